"""LangChain's messages, content blocks and tools as a chat request's."""

from typing import TYPE_CHECKING

from weryai_core.integration import lazy_names

if TYPE_CHECKING:
    from langchain_weryai.request.messages import to_params
    from langchain_weryai.request.token_counts import count_tokens
    from langchain_weryai.request.tools import answer_tools, to_tools
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "langchain_weryai.request.messages": ("to_params",),
            "langchain_weryai.request.token_counts": ("count_tokens",),
            "langchain_weryai.request.tools": ("answer_tools", "to_tools"),
        },
    )

__all__ = [
    "answer_tools",
    "count_tokens",
    "to_params",
    "to_tools",
]

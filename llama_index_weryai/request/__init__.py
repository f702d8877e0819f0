"""LlamaIndex's messages, content blocks and tools -> the parameters of a chat request."""

from typing import TYPE_CHECKING

from weryai_core.integration import lazy_names

if TYPE_CHECKING:
    from llama_index_weryai.request.check import check_messages, check_prompt
    from llama_index_weryai.request.content_parts import have_media
    from llama_index_weryai.request.messages import ato_params, to_params
    from llama_index_weryai.request.tools import allows_several_calls, to_tool_parameters
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "llama_index_weryai.request.check": ("check_messages", "check_prompt"),
            "llama_index_weryai.request.content_parts": ("have_media",),
            "llama_index_weryai.request.messages": ("ato_params", "to_params"),
            "llama_index_weryai.request.tools": ("allows_several_calls", "to_tool_parameters"),
        },
    )

__all__ = [
    "allows_several_calls",
    "ato_params",
    "check_messages",
    "check_prompt",
    "have_media",
    "to_params",
    "to_tool_parameters",
]

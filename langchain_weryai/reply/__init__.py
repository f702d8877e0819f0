"""A reply of the core as LangChain's messages, events and content blocks."""

from typing import TYPE_CHECKING

from weryai_core.integration import lazy_names

if TYPE_CHECKING:
    from langchain_weryai.reply.content_blocks import translate_content, translate_content_chunk
    from langchain_weryai.reply.events import EventTranslator
    from langchain_weryai.reply.messages import StreamTranslator, sum_usage, to_result
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "langchain_weryai.reply.content_blocks": (
                "translate_content",
                "translate_content_chunk",
            ),
            "langchain_weryai.reply.events": ("EventTranslator",),
            "langchain_weryai.reply.messages": ("StreamTranslator", "sum_usage", "to_result"),
        },
    )

__all__ = [
    "EventTranslator",
    "StreamTranslator",
    "sum_usage",
    "to_result",
    "translate_content",
    "translate_content_chunk",
]

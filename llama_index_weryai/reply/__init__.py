"""A reply's chunks -> LlamaIndex's responses, citations, tool selections and objects."""

from typing import TYPE_CHECKING

from weryai_core.integration import lazy_names

if TYPE_CHECKING:
    from llama_index_weryai.reply.completions import CompletionBuilder
    from llama_index_weryai.reply.responses import ResponseBuilder
    from llama_index_weryai.reply.structured_answer import ObjectReader, class_name, make_reader
    from llama_index_weryai.reply.tool_selections import (
        akeep_one_call_each,
        is_known,
        keep_one_call,
        keep_one_call_each,
        to_answer,
        to_selections,
        unknown_tool_output,
    )
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "llama_index_weryai.reply.completions": ("CompletionBuilder",),
            "llama_index_weryai.reply.responses": ("ResponseBuilder",),
            "llama_index_weryai.reply.structured_answer": (
                "ObjectReader",
                "class_name",
                "make_reader",
            ),
            "llama_index_weryai.reply.tool_selections": (
                "akeep_one_call_each",
                "is_known",
                "keep_one_call",
                "keep_one_call_each",
                "to_answer",
                "to_selections",
                "unknown_tool_output",
            ),
        },
    )

__all__ = [
    "CompletionBuilder",
    "ObjectReader",
    "ResponseBuilder",
    "akeep_one_call_each",
    "class_name",
    "is_known",
    "keep_one_call",
    "keep_one_call_each",
    "make_reader",
    "to_answer",
    "to_selections",
    "unknown_tool_output",
]

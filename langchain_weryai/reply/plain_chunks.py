"""LangChain's objects for the usual chunks: the next piece of one text alone.

The text is that of the answer, its reasoning, or the arguments of a tool call.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from langchain_core.messages import AIMessageChunk, base
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk

from langchain_weryai.provider import PROVIDER
from weryai_core.integration import (
    choose_maker,
    new_object,
    set_extra,
    set_fields,
    set_names,
    set_private,
)

PlainMaker = Callable[[str, str], ChatGenerationChunk]
"""Makes the chunk of a piece of text and a piece of reasoning; either may be empty."""

ArgumentsMaker = Callable[[int, str], ChatGenerationChunk]
"""Makes the chunk of a piece of the arguments of the call with an index; see `is_inner`."""

# The class of texts, which may still be called; a release may drop it.
_Text: type[str] = getattr(base, "TextAccessor", str)

_EXAMPLES = (("", ""), (" Hi\n", ""), ("", "Hm. "), ('\u00e9\U0001f600 {"a": "', "<b>\x00\t"))
_ARGUMENTS = ((0, ' Rome"'), (1, '": {"a": 1}'), (2, "]"), (3, " \n"), (4, "12"), (5, '[{"a": "'))


@cache
def plain_maker() -> PlainMaker:
    """The maker of this process: the quick one unless LangChain's classes have changed.

    Compared on first use, which takes less than a millisecond.
    """
    return choose_maker(make_quickly, make_validated, _EXAMPLES)


def make_validated(text: str, reasoning: str) -> ChatGenerationChunk:
    """The chunk, made by LangChain's constructors in 8 us."""
    fields: dict[str, Any] = {"response_metadata": {"model_provider": PROVIDER}}
    if reasoning:
        fields["additional_kwargs"] = {"reasoning_content": reasoning}
    message = AIMessageChunk(content=text, **fields)
    return ChatGenerationChunk(message=message)


def make_quickly(text: str, reasoning: str) -> ChatGenerationChunk:
    """The chunk, made without validation in 1.5 us. Nothing in it is shared with another one."""
    message = new_object(AIMessageChunk)
    set_fields(
        message,
        {
            "content": text,
            "additional_kwargs": {"reasoning_content": reasoning} if reasoning else {},
            "response_metadata": {"model_provider": PROVIDER},
            "type": "AIMessageChunk",
            "name": None,
            "id": None,
            "tool_calls": [],
            "invalid_tool_calls": [],
            "usage_metadata": None,
            "tool_call_chunks": [],
            "chunk_position": None,
        },
    )
    names = {"content", "response_metadata"}
    if reasoning:
        names.add("additional_kwargs")
    set_names(message, names)
    set_extra(message, {})
    set_private(message, None)
    return _generation_of(message, text)


def is_inner(arguments: str) -> bool:
    """Whether LangChain cannot read an object from a piece of arguments, which is invalid then."""
    return bool(arguments) and not arguments.lstrip(" \t\n\r").startswith("{")


@cache
def arguments_maker() -> ArgumentsMaker:
    """`plain_maker` for pieces of arguments."""
    return choose_maker(make_arguments_quickly, make_arguments_validated, _ARGUMENTS)


def make_arguments_validated(index: int, arguments: str) -> ChatGenerationChunk:
    """The chunk, made by LangChain's constructors in 40 us: they try to read each piece."""
    message = AIMessageChunk(
        content="",
        response_metadata={"model_provider": PROVIDER},
        tool_call_chunks=[tool_call_chunk(args=arguments, index=index)],
    )
    return ChatGenerationChunk(message=message)


def make_arguments_quickly(index: int, arguments: str) -> ChatGenerationChunk:
    """The chunk, made without validation in 2 us."""
    message = new_object(AIMessageChunk)
    invalid = {
        "name": None,
        "args": arguments,
        "id": None,
        "error": None,
        "type": "invalid_tool_call",
    }
    fragment = {
        "name": None,
        "args": arguments,
        "id": None,
        "index": index,
        "type": "tool_call_chunk",
    }
    set_fields(
        message,
        {
            "content": "",
            "additional_kwargs": {},
            "response_metadata": {"model_provider": PROVIDER},
            "type": "AIMessageChunk",
            "name": None,
            "id": None,
            "tool_calls": [],
            "invalid_tool_calls": [invalid],
            "usage_metadata": None,
            "tool_call_chunks": [fragment],
            "chunk_position": None,
        },
    )
    names = {
        "content",
        "response_metadata",
        "tool_calls",
        "invalid_tool_calls",
        "tool_call_chunks",
    }
    set_names(message, names)
    set_extra(message, {})
    set_private(message, None)
    return _generation_of(message, "")


def _generation_of(message: AIMessageChunk, text: str) -> ChatGenerationChunk:
    generation = new_object(ChatGenerationChunk)
    set_fields(
        generation,
        {
            "text": str.__new__(_Text, text),
            "generation_info": None,
            "type": "ChatGenerationChunk",
            "message": message,
        },
    )
    set_names(generation, {"text", "message"})
    set_extra(generation, None)
    set_private(generation, None)
    return generation

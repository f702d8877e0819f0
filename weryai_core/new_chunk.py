"""Makes the pieces of a stream at a fifth of the price of their constructors.

The constructor of a frozen dataclass sets each field by a call. Here the fields are set while the
object is of a class with the same slots that is not frozen, and then it becomes what it is.
https://docs.python.org/3/reference/datamodel.html#slots allows that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from weryai_core.chunk import Choice, Chunk, ToolCallDelta, Usage

Identity = tuple[str | None, str | None, int | None, str | None]
"""`id`, `model`, `created` and `system_fingerprint` of a chunk."""


class _OpenDelta:
    __slots__ = ToolCallDelta.__slots__


class _OpenChoice:
    __slots__ = Choice.__slots__


class _OpenChunk:
    __slots__ = Chunk.__slots__


_new = object.__new__


def new_chunk(
    choice: Choice,
    identity: Identity,
    raw: Mapping[str, Any],
    usage: Usage | None = None,
    is_last: bool = False,
) -> Chunk:
    """A chunk that has one choice, or a piece of one.

    Args:
        choice: The piece.
        identity: That of the chunk.
        raw: The JSON object as it came.
        usage: What the reply cost.
        is_last: Whether it is the last chunk, or the only one.
    """
    chunk: Any = _new(_OpenChunk)
    chunk.choices = (choice,)
    chunk.id, chunk.model, chunk.created, chunk.system_fingerprint = identity
    chunk.usage = usage
    chunk.sources = {}
    chunk.metadata = {}
    chunk.is_last = is_last
    chunk.raw = raw
    chunk.__class__ = Chunk
    return cast(Chunk, chunk)


def new_choice(
    index: int,
    text: str = "",
    reasoning: str = "",
    tool_calls: tuple[ToolCallDelta, ...] = (),
    finish_reason: str | None = None,
) -> Choice:
    """A choice, or a piece of one, with these fields alone."""
    choice: Any = _new(_OpenChoice)
    choice.index = index
    choice.text = text
    choice.reasoning = reasoning
    choice.refusal = ""
    choice.tool_calls = tool_calls
    choice.citations = choice.images = ()
    choice.finish_reason = finish_reason
    choice.logprobs = None
    choice.sources = {}
    choice.audio = {}
    choice.extra = {}
    choice.__class__ = Choice
    return cast(Choice, choice)


def new_fragment(index: int, arguments: str) -> ToolCallDelta:
    """A fragment of a tool call with arguments alone."""
    delta: Any = _new(_OpenDelta)
    delta.index = index
    delta.id = delta.name = None
    delta.arguments = arguments
    delta.extra = {}
    delta.__class__ = ToolCallDelta
    return cast(ToolCallDelta, delta)


def changed(choice: Choice, **fields: Any) -> Choice:
    """`dataclasses.replace` for a choice."""
    new: Any = _new(_OpenChoice)
    new.index = choice.index
    new.text = choice.text
    new.reasoning = choice.reasoning
    new.refusal = choice.refusal
    new.tool_calls = choice.tool_calls
    new.citations = choice.citations
    new.images = choice.images
    new.finish_reason = choice.finish_reason
    new.logprobs = choice.logprobs
    new.sources = choice.sources
    new.audio = choice.audio
    new.extra = choice.extra
    for name, value in fields.items():
        setattr(new, name, value)
    new.__class__ = Choice
    return cast(Choice, new)

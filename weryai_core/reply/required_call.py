"""The answer to a request with tools: calls written in it, and the call that is due. No I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from weryai_core.chunk import Chunk
from weryai_core.errors import ToolCallError
from weryai_core.prompted.read_calls import CallReader
from weryai_core.reply.decode import StreamDecoder

# Of answers that were cut off or blocked: what they lack, the model may have had in mind.
_UNFINISHED = frozenset(("length", "content_filter"))
_MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class ToolUse:
    """What a request's tools mean for reading its answer.

    Attributes:
        is_prompted: Whether tools are described in the prompt, so that calls come as text.
        is_forced: Whether an answer without a call is an error.
    """

    is_prompted: bool = False
    is_forced: bool = False


def read_reply(reply: Chunk, tool_use: ToolUse) -> Chunk:
    """A whole reply with its tool calls.

    Raises:
        ToolCallError: It has none, though one was demanded.
    """
    reading = _Reading(tool_use)
    read = reading.take(reply) or reply
    if reading.lacks_call:
        raise reading.error(read)
    return read


class ToolStreamDecoder(StreamDecoder):
    """A `StreamDecoder` for a request with such tools.

    Args:
        tool_use: What the tools of the request mean for the answer.
        options: As `StreamDecoder` takes them.
    """

    def __init__(self, tool_use: ToolUse, **options: Any) -> None:
        super().__init__(**options)
        self._reading = _Reading(tool_use)

    @property
    def partial(self) -> Chunk | None:
        """What has arrived so far, merged, with the calls as far as they go."""
        arrived = super().partial
        return None if arrived is None else self._reading.again(arrived)

    def feed(self, data: bytes) -> Iterator[Chunk]:
        """See `StreamDecoder.feed`; besides, `ToolCallError`."""
        for chunk in super().feed(data):
            yield from self._read(chunk)

    def close(self) -> Iterator[Chunk]:
        """See `StreamDecoder.close`; besides, `ToolCallError`."""
        for chunk in super().close():
            yield from self._read(chunk)

    def _read(self, chunk: Chunk) -> Iterator[Chunk]:
        read = self._reading.take(chunk)
        if read is None:
            return
        if read.is_last and self._reading.lacks_call:
            raise self._reading.error(self.partial or read)
        yield read


class _Reading:
    """What was read of one reply."""

    def __init__(self, tool_use: ToolUse) -> None:
        self._tool_use = tool_use
        self._reader = CallReader() if tool_use.is_prompted else None
        self._has_calls = False
        self._is_unfinished = False

    def take(self, chunk: Chunk) -> Chunk | None:
        """The next chunk as it shall be given out; None for nothing."""
        read = chunk if self._reader is None else self._reader.take(chunk)
        for choice in () if read is None else read.choices:
            self._has_calls = self._has_calls or bool(choice.tool_calls)
            self._is_unfinished = self._is_unfinished or choice.finish_reason in _UNFINISHED
        return read

    def again(self, arrived: Chunk) -> Chunk:
        """All that arrived, in one chunk."""
        return arrived if self._reader is None else self._reader.read_again(arrived)

    @property
    def lacks_call(self) -> bool:
        """Whether the reply, if it has ended, should have a call and has none."""
        return self._tool_use.is_forced and not self._has_calls and not self._is_unfinished

    def error(self, answer: Chunk) -> ToolCallError:
        """What to raise for an answer that lacks its call."""
        text = answer.text or answer.choice.refusal
        shown = f"{text[:_MOST_SHOWN]}..." if len(text) > _MOST_SHOWN else text
        reason = (
            "The model does not do as the prompt says; another model may."
            if self._tool_use.is_prompted
            else 'The model or the gateway may not know `tools`: tool_calling="prompted" puts '
            "them into the prompt."
        )
        return ToolCallError(
            f"The request demands a tool call (`tool_choice`), but the answer has none: {shown!r}. "
            f"{reason}",
            status_code=200,
            partial=answer,
        )

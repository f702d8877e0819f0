"""Reads the tool calls that a model wrote in its text: pieces of a choice in, pieces out.

The form of a call is that of `write_tools`. What counts as a call depends on the text alone, never
on how a stream happened to cut it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from weryai_core.chunk import Choice, ToolCallDelta, merge_logprobs
from weryai_core.new_chunk import changed
from weryai_core.prompted.find_calls import TextReader
from weryai_core.prompted.parse_calls import NO_TOOLS, Tools
from weryai_core.steps.move_citations import move_citations


class CallReader:
    """Reads the pieces of one choice; a whole choice is one piece.

    Args:
        prefix: What the ids of the calls begin with; each call appends its number.
        tools: The tools of the request.
    """

    def __init__(self, prefix: str, tools: Tools = NO_TOOLS) -> None:
        self._prefix = prefix
        self._text = TextReader(tools)
        self._calls = 0
        self._numbers: dict[int, int] = {}  # of native calls, by their own index
        self._logprobs: list[Any] = []  # of text that is held back

    def read(self, piece: Choice, is_last: bool) -> Choice:
        """The piece with tool calls in place of their text; it may hold nothing.

        Args:
            piece: The next piece of the choice.
            is_last: Whether no more pieces follow: text that was held back is then returned.
        """
        is_end = is_last or piece.finish_reason is not None
        text, found = self._text.feed(piece.text, is_end=is_end)
        is_plain = text == piece.text and not (found or self._calls or self._logprobs)
        if is_plain and not (piece.tool_calls or piece.logprobs or piece.citations):
            return piece
        # Native calls were not asked for, but they are calls.
        calls = [self._renumbered(call) for call in piece.tool_calls]
        for name, arguments in found:
            id_ = f"{self._prefix}{self._calls:02x}"
            calls.append(ToolCallDelta(self._calls, id_, name, arguments))
            self._calls += 1
        is_stop = piece.finish_reason == "stop" and self._calls
        return changed(
            piece,
            text=text,
            tool_calls=tuple(calls),
            finish_reason="tool_calls" if is_stop else piece.finish_reason,
            logprobs=self._released_logprobs(piece.logprobs, has_calls=bool(found)),
            citations=move_citations(piece.citations, self._text.removed),
        )

    def copies(self, piece: Choice) -> bool:
        """Whether pieces like this one pass unchanged; see `reply.chain.Step`."""
        return not (piece.text or self._calls or self._logprobs)

    def note_copied(self, text: str, reasoning: str) -> None:
        """Skip what has passed unchanged: no later piece depends on it."""

    def _renumbered(self, call: ToolCallDelta) -> ToolCallDelta:
        """A native call, or a fragment of one, with a number that no call in the text has."""
        number = self._numbers.get(call.index)
        if number is None:
            number = self._numbers[call.index] = self._calls
            self._calls += 1
        return replace(call, index=number)

    def _released_logprobs(self, logprobs: Any, *, has_calls: bool) -> Any:
        """The log probabilities of the text that is returned now; None if pieces mix it."""
        if logprobs:
            self._logprobs.append(logprobs)
        if self._text.is_holding and not has_calls:
            return None
        kept, self._logprobs = self._logprobs, []
        if has_calls or not kept:
            return None
        return kept[0] if len(kept) == 1 else merge_logprobs(kept)

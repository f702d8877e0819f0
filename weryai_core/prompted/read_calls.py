"""Tool calls that a model wrote in its text, as tool calls: chunks in, chunks out. No I/O.

The form of a call is that of `_prompted_tools`. What is a call, and what is not, follows from the
text alone, never from how a stream happened to cut it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from weryai_core.chunk import Choice, Chunk, Citation, ToolCallDelta, merge_logprobs
from weryai_core.prompted.find_calls import TextReader


class CallReader:
    """Reads the chunks of one reply, a streamed one or a whole one.

    Args:
        seed: What the ids of calls begin with; drawn by default.
    """

    def __init__(self, seed: str | None = None) -> None:
        self._seed = seed or uuid.uuid4().hex[:20]
        self._choices: dict[int, _ChoiceReader] = {}

    def take(self, chunk: Chunk) -> Chunk | None:
        """The chunk with calls instead of their text; None if that leaves nothing of it."""
        given = {choice.index: choice for choice in chunk.choices}
        if chunk.is_last:
            for index in self._choices:
                given.setdefault(index, Choice(index))
        asked = {choice.index for choice in chunk.choices} if chunk.is_last else set()
        read = [self._read(choice, is_last=chunk.is_last) for choice in given.values()]
        choices = [choice for choice in read if choice.index in asked or _has_content(choice)]
        if not choices and not chunk.is_last:
            return None
        return replace(chunk, choices=tuple(sorted(choices, key=lambda choice: choice.index)))

    def read_again(self, chunk: Chunk) -> Chunk:
        """A chunk that holds all that came so far, its calls with the ids that they had."""
        read = CallReader(self._seed).take(replace(chunk, is_last=True))
        return chunk if read is None else replace(read, is_last=chunk.is_last)

    def _read(self, choice: Choice, *, is_last: bool) -> Choice:
        reader = self._choices.get(choice.index)
        if reader is None:
            prefix = f"call_{self._seed}{choice.index:02x}"
            reader = self._choices[choice.index] = _ChoiceReader(prefix)
        return reader.take(choice, is_last=is_last)


class _ChoiceReader:
    """Reads one of the `n` answers."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._text = TextReader()
        self._calls = 0
        self._logprobs: list[Any] = []  # of text that is held back

    def take(self, choice: Choice, *, is_last: bool) -> Choice:
        is_end = is_last or choice.finish_reason is not None
        text, found = self._text.feed(choice.text, is_end=is_end)
        # Native calls are none that we asked for, but they are calls.
        calls = list(choice.tool_calls)
        self._calls = max([self._calls, *(call.index + 1 for call in calls)])
        for name, arguments in found:
            id_ = f"{self._prefix}{self._calls:02x}"
            calls.append(ToolCallDelta(self._calls, id_, name, arguments))
            self._calls += 1
        is_stop = choice.finish_reason == "stop" and self._calls
        return replace(
            choice,
            text=text,
            tool_calls=tuple(calls),
            finish_reason="tool_calls" if is_stop else choice.finish_reason,
            logprobs=self._settle_logprobs(choice.logprobs, has_calls=bool(found)),
            citations=self._place(choice.citations),
        )

    def _settle_logprobs(self, logprobs: Any, *, has_calls: bool) -> Any:
        """Those of the text that was given out, as far as whole chunks tell; else None."""
        if logprobs:
            self._logprobs.append(logprobs)
        if self._text.is_holding and not has_calls:
            return None
        kept, self._logprobs = self._logprobs, []
        if has_calls or not kept:
            return None
        return kept[0] if len(kept) == 1 else merge_logprobs(kept)

    def _place(self, citations: Sequence[Citation]) -> tuple[Citation, ...]:
        """The citations, their places in the text that is left; None where nothing is left."""
        if not self._text.removed:
            return tuple(citations)
        placed = []
        for citation in citations:
            if citation.start_index is not None and citation.end_index is not None:
                start, end = map(self._position, (citation.start_index, citation.end_index))
                is_left = start < end
                citation = replace(
                    citation,
                    start_index=start if is_left else None,
                    end_index=end if is_left else None,
                )
            placed.append(citation)
        return tuple(dict.fromkeys(placed))

    def _position(self, position: int) -> int:
        """Where a character of the text as it came is in the text that is left."""
        gone = (min(end, position) - start for start, end in self._text.removed if start < position)
        return position - sum(gone)


def _has_content(choice: Choice) -> bool:
    return choice != Choice(choice.index)

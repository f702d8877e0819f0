"""Moves the reasoning that a model wrote in tags out of its text: pieces of a choice in and out."""

from __future__ import annotations

from typing import Any

from weryai_core.chunk import Choice, merge_logprobs
from weryai_core.new_chunk import changed
from weryai_core.reasoning_tags import TagReader
from weryai_core.steps.move_citations import move_citations


class ReasoningReader:
    """Reads the pieces of one choice; a whole choice is one piece.

    Args:
        held_back: Up to how many characters of text to hold back for an end tag without a start
            tag.
    """

    def __init__(self, held_back: int = 0) -> None:
        self._tags = TagReader(held_back)
        self._may_wait = bool(held_back)
        self._has_text = False
        self._has_reasoning = False  # it came in a field or a part
        self._has_tags = False  # or in tags before that
        self._has_begun = False  # the answer after it
        self._logprobs: list[Any] = []  # of text that is held back

    def read(self, piece: Choice, is_last: bool) -> Choice:
        """The piece with its reasoning as `reasoning`; it may hold nothing.

        Args:
            piece: The next piece of the choice.
            is_last: Whether no more pieces follow: text that was held back is then returned.
        """
        if piece.reasoning and self._has_tags:  # some servers send it both ways
            piece = changed(piece, reasoning="")
        if piece.reasoning and not self._has_reasoning:
            self._has_reasoning = True
            self._tags.stop_waiting()
        if piece.tool_calls or piece.refusal or piece.images or piece.audio:
            self._tags.has_answer = True
        is_quiet = not (piece.text or self._tags.is_holding or self._logprobs)
        if (self._has_begun or is_quiet) and not piece.citations:
            return piece
        is_end = is_last or piece.finish_reason is not None
        if is_end and self._may_wait and not self._has_text and not self._has_reasoning:
            self._tags.wait_to_end()  # all of the text is here
        self._has_text = self._has_text or bool(piece.text)
        reasoning, text = self._tags.feed(piece.text, is_end=is_end)
        if self._has_reasoning:
            reasoning = ""
        self._has_tags = self._has_tags or bool(reasoning)
        if text == piece.text and not (reasoning or self._logprobs or piece.logprobs):
            self._has_begun = self._has_begun or self._tags.is_copying
            if not piece.citations:
                return piece
        return changed(
            piece,
            text=text,
            reasoning=piece.reasoning + reasoning,
            logprobs=self._released_logprobs(piece.logprobs, is_end=is_end),
            citations=move_citations(piece.citations, self._tags.edits),
        )

    def copies(self, piece: Choice) -> bool:
        """Whether pieces like this one pass unchanged; see `reply.chain.Step`."""
        if piece.text or self._has_begun:
            return self._has_begun and not (piece.reasoning and self._has_tags)
        waits = self._tags.is_holding or self._logprobs
        return self._has_reasoning and not (self._has_tags or waits)

    def note_copied(self, text: str, reasoning: str) -> None:
        """Skip what has passed unchanged: no later piece depends on it."""

    def _released_logprobs(self, logprobs: Any, *, is_end: bool) -> Any:
        """The log probabilities of the text that is returned now; None if it was mixed."""
        if self._has_begun:
            return logprobs
        self._has_begun = self._tags.is_copying
        if logprobs:
            self._logprobs.append(logprobs)
        if not (self._has_begun or is_end):
            return None
        kept, self._logprobs = self._logprobs, []
        return None if self._tags.edits else merge_logprobs(kept)

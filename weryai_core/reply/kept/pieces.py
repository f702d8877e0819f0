"""Keeps the pieces of one choice merged, as `merge_choices` would merge them at the end.

A stream of a million pieces takes the memory of its texts and values, not of a million objects.
"""

from __future__ import annotations

from dataclasses import replace

from weryai_core.chunk import Choice, ToolCallDelta, merge_choices
from weryai_core.extras import GrowingExtras
from weryai_core.new_chunk import changed
from weryai_core.text_pieces import TextPieces

_MOST_PIECES = 64  # to keep before they are merged


class KeptPieces:
    """The pieces of one choice so far, without their sources and signed reasoning.

    Args:
        index: Number of the choice.
    """

    __slots__ = ("_first", "_index", "_merged")

    def __init__(self, index: int) -> None:
        self._index = index
        self._first: Choice | None = None  # nothing is merged as long as it is the only one
        self._merged: _Merged | None = None

    @property
    def has_text(self) -> bool:
        """Whether a piece has text."""
        if self._merged is not None:
            return bool(self._merged.text)
        return self._first is not None and bool(self._first.text)

    @property
    def text(self) -> str:
        """The text so far."""
        if self._merged is not None:
            return str(self._merged.text)
        return "" if self._first is None else self._first.text

    def add(self, piece: Choice) -> None:
        """Keep a piece."""
        if self._merged is not None:
            self._merged.add(piece)
        elif self._first is None:
            self._first = piece
        else:
            self._merged = _Merged()
            self._merged.add(self._first)
            self._merged.add(piece)
            self._first = None

    def merged(self, late: Choice | None) -> Choice:
        """All pieces as one.

        Args:
            late: What follows them; None for nothing.
        """
        pieces = [self._first] if self._first is not None else []
        if self._merged is not None:
            pieces.append(self._merged.to_choice(self._index))
        if late is not None:
            pieces.append(late)
        return merge_choices(self._index, pieces)


class _Merged:
    """Several pieces of a choice."""

    __slots__ = ("_calls", "_others", "_reasoning", "text")

    def __init__(self) -> None:
        self.text = TextPieces()
        self._reasoning = TextPieces()
        self._calls: dict[int, _Call] = {}
        self._others: list[list[Choice]] = []  # the pieces with anything else; see `_keep`

    def add(self, piece: Choice) -> None:
        if piece.text:
            self.text.add(piece.text)
        if piece.reasoning:
            self._reasoning.add(piece.reasoning)
        for call in piece.tool_calls:
            known = self._calls.get(call.index)
            if known is None:
                known = self._calls[call.index] = _Call(call)
            elif call.id or call.name or call.extra:
                known.complete(call)
            known.arguments.add(call.arguments)
        if piece.finish_reason or piece.refusal or piece.logprobs or piece.audio or piece.images:
            self._keep(changed(piece, text="", reasoning="", tool_calls=()))

    def to_choice(self, index: int) -> Choice:
        others = [piece for level in reversed(self._others) for piece in level]
        return replace(
            merge_choices(index, others),
            text=str(self.text),
            reasoning=str(self._reasoning),
            tool_calls=tuple(self._calls[number].merged() for number in sorted(self._calls)),
        )

    def _keep(self, piece: Choice) -> None:
        """Keep a piece. Each level has pieces that are merged from as many of the one below."""
        for level in self._others:
            level.append(piece)
            if len(level) < _MOST_PIECES:
                return
            piece = merge_choices(piece.index, level)
            level.clear()
        self._others.append([piece])


class _Call:
    """The fragments of a tool call."""

    __slots__ = ("_extra", "_first", "arguments")

    def __init__(self, first: ToolCallDelta) -> None:
        self.arguments = TextPieces()
        self._first = replace(first, arguments="", extra={})
        self._extra = GrowingExtras()
        self._extra.add(first.extra)

    def complete(self, fragment: ToolCallDelta) -> None:
        """Add what a fragment has next to its arguments."""
        first = self._first
        id_, name = first.id or fragment.id, first.name or fragment.name
        self._first = replace(first, id=id_, name=name)
        self._extra.add(fragment.extra)

    def merged(self) -> ToolCallDelta:
        extra = self._extra.value()
        return replace(self._first, arguments=str(self.arguments), extra=extra)

"""Collects tool calls that come as JSON text in pieces, instead of as a list."""

from __future__ import annotations

from weryai_core.brackets import JsonEnd
from weryai_core.text_pieces import TextPieces


class CallText:
    """The text of the calls so far. It is read once, when its JSON has ended."""

    __slots__ = ("_end", "_text")

    def __init__(self) -> None:
        self._text = TextPieces()
        self._end = JsonEnd()

    def add(self, piece: str) -> str:
        """Add the next piece; the text if its JSON ends in it, else ""."""
        if self._end.has_come:  # it was no call
            return ""
        self._text.add(piece)
        return str(self._text) if self._end.add(piece.encode("utf-8", "replace")) else ""

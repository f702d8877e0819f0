"""Texts that grow by small pieces, in linear time and in the memory of the text.

`TextPieces` is a text that is read at its end. A `Backlog` stands before a reader that holds text
back and looks at all of it again with each piece.
"""

from __future__ import annotations

_LONG = 2048  # characters that a reader may look at again with each piece
_PART = 16

_MOST_PIECES = 256  # a piece of two characters takes as much memory as fifty in one text


class TextPieces:
    """The pieces of one text, in order."""

    __slots__ = ("_blocks", "_pieces", "_size")

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._pieces: list[str] = []
        self._size = 0  # of the blocks

    def __len__(self) -> int:
        """How many characters have come."""
        return self._size + sum(map(len, self._pieces))

    def __bool__(self) -> bool:
        """Whether a piece has come, be it an empty one."""
        return bool(self._pieces or self._blocks)

    def __str__(self) -> str:
        """The text so far."""
        return "".join((*self._blocks, *self._pieces))

    def add(self, piece: str) -> None:
        """Append a piece."""
        self._pieces.append(piece)
        if len(self._pieces) >= _MOST_PIECES:
            block = "".join(self._pieces)
            self._blocks.append(block)
            self._size += len(block)
            self._pieces.clear()

    def take(self) -> str:
        """The text so far, which is then forgotten."""
        text = str(self)
        self._blocks.clear()
        self._pieces.clear()
        self._size = 0
        return text


class Backlog:
    """Pieces for a reader that holds text back.

    Once much is held back, the pieces wait until they are a sixteenth of it. So the reader looks
    at each character a few times, however small the pieces are.
    """

    __slots__ = ("_pieces", "_size")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._size = 0

    def __bool__(self) -> bool:
        """Whether pieces wait."""
        return bool(self._pieces)

    def add(self, piece: str, held: int, *, is_end: bool = False) -> str | None:
        """The text to read now; None if the piece waits.

        Args:
            piece: The next piece.
            held: How many characters the reader holds back.
            is_end: Whether this is the last piece, or the reader needs all of the text.
        """
        if held < _LONG and not self._pieces:
            return piece
        self._pieces.append(piece)
        self._size += len(piece)
        if not is_end and self._size * _PART < held:
            return None
        text = "".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        return text

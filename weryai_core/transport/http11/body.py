"""Bodies of plain answers: bytes of the connection go in, bytes of the body come out.

Most servers write each event of a stream as a chunk. A chunk that is strictly `hex CRLF data CRLF`
is read here, for a fifth of what h11 needs; all that have arrived come out as one piece. Anything
else, such as extensions, trailers or faults, is `odd`: h11 reads the rest, or refuses it.
"""

from __future__ import annotations

import re

import httpcore2

_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})\r\n")
_CUT_SIZE = re.compile(rb"[0-9a-fA-F]{1,8}\r?")
_LAST = b"0\r\n\r\n"
_LINE_END = b"\r\n"


class SizedBody:
    """A body of known length.

    Args:
        length: Its bytes.

    Attributes:
        is_complete: Whether all of it was read.
        rest: What came after its end.
        odd: None: any byte is plain.
    """

    __slots__ = ("_left", "_length", "is_complete", "rest")

    odd: None = None

    def __init__(self, length: int) -> None:
        self._left = self._length = length
        self.is_complete: bool = not length
        self.rest: bytes = b""

    def feed(self, data: bytes) -> bytes:
        """The bytes of the body among those that arrived."""
        size = len(data)
        if size < self._left:
            self._left -= size
            return data
        body, self.rest = (data, b"") if size == self._left else self._cut(data)
        self._left = 0
        self.is_complete = True
        return body

    def _cut(self, data: bytes) -> tuple[bytes, bytes]:
        return data[: self._left], data[self._left :]

    def end(self) -> None:
        """Note that the connection has ended.

        Raises:
            httpcore2.RemoteProtocolError: The body is not complete.
        """
        raise httpcore2.RemoteProtocolError(
            "peer closed connection without sending complete message body "
            f"(received {self._length - self._left} bytes, expected {self._length})"
        )


class ChunkedBody:
    """A body in chunks.

    Attributes:
        is_complete: Whether all of it was read.
        rest: What came after its end.
        odd: What h11 has to read, from the line end after the data of a chunk on; None while all
            is plain.
    """

    __slots__ = ("_at_line_end", "_kept", "_left", "is_complete", "odd", "rest")

    def __init__(self) -> None:
        self._left = 0  # bytes of the chunk's data
        self._at_line_end = False  # of a chunk
        self._kept = b""  # a cut size or line end
        self.is_complete: bool = False
        self.rest: bytes = b""
        self.odd: bytes | None = None

    def feed(self, data: bytes) -> bytes:
        """The bytes of the body among those that arrived; what is odd comes after them."""
        if self._kept:
            data, self._kept = self._kept + data, b""
        pieces = []
        place = 0
        if self._left or self._at_line_end:
            place = min(self._left, len(data))
            pieces.append(data[:place])
            self._left -= place
            if not self._left:
                place = self._pass_line_end(data, place)
        end = len(data)
        while place < end:
            size = _SIZE.match(data, place)
            count = int(size[1], 16) if size is not None else 0
            if size is None or not count:
                self._end_body(data[place:])
                break
            begin = size.end()
            place = begin + count
            pieces.append(data[begin:place])
            if place > end:
                self._left = place - end
                break
            place = self._pass_line_end(data, place)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def end(self) -> None:
        """Note that the connection has ended: h11 has to say what that means."""
        is_inside = self._left or self._at_line_end
        self.odd = self._kept if is_inside else _LINE_END + self._kept

    def _pass_line_end(self, data: bytes, place: int) -> int:
        """The place after the line end of a chunk; that after the data if it is cut or odd."""
        if data.startswith(_LINE_END, place):
            self._at_line_end = False
            return place + 2
        self._at_line_end = True
        rest = data[place:]
        if rest in (b"", b"\r"):
            self._kept = rest
        else:
            self.odd = rest
        return len(data)

    def _end_body(self, rest: bytes) -> None:
        """Look at what is not the size of a chunk with data: the end, something cut, or odd."""
        if rest.startswith(_LAST):
            self.is_complete = True
            self.rest = rest[len(_LAST) :]
        elif _LAST.startswith(rest) or _CUT_SIZE.fullmatch(rest):
            self._kept = rest
        else:
            self.odd = _LINE_END + rest

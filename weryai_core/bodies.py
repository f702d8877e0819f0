"""Reads the bodies of answers in bounded pieces, and no more of them than the limits allow.

The HTTP libraries decompress each piece whole: one piece of 64 KB may become gigabytes. So a
compressed body is read as it comes, and decompressed here. `call` asks for `ACCEPTED` encodings.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any, Protocol

from weryai_core.errors import ProtocolError
from weryai_core.limits import MAX_ERROR_BYTES, too_large

ACCEPTED = "gzip, deflate"
_READ = ("gzip", "x-gzip", "deflate")
_COMPRESSIONS = (*_READ, "br", "zstd", "compress", "x-compress", "dcb", "dcz")
_PIECE = 128 * 1024  # bytes to decompress at once
_GZIP_START = b"\x1f\x8b"
_MOST_LAYERS = 2
# Compressed bytes that need not hold anything: what is read beyond a multiple of what came of it.
# Flushing after each byte takes seven bytes for one.
_MOST_EMPTY = 1024 * 1024
_MOST_OVERHEAD = 16
_MEMBER = 1024  # bytes for which a member of a gzip body counts: it takes that long


class Response(Protocol):
    """An HTTP library's response whose body is not read yet."""

    headers: Any
    is_stream_consumed: bool


class WholeBody:
    """The pieces of a body that is read whole.

    Args:
        limit: How large the body may be.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._data = BytesIO()  # gives its bytes without a copy of them

    def add(self, data: bytes) -> None:
        """Add a piece.

        Raises:
            ReplyTooLargeError: The body is larger than the limit.
        """
        if self._data.tell() + len(data) > self._limit:
            self._data = BytesIO()
            raise too_large("The body of the answer is over", self._limit, "max_reply_bytes")
        self._data.write(data)

    def read(self) -> bytes:
        """What has come of the body."""
        return self._data.getvalue()


class ErrorBody:
    """The beginning of the body of an error, which is enough."""

    def __init__(self) -> None:
        self._data = bytearray()

    def add(self, data: bytes) -> bool:
        """Add a piece; whether there is enough."""
        self._data += data[: MAX_ERROR_BYTES - len(self._data)]
        return len(self._data) >= MAX_ERROR_BYTES

    def read(self) -> bytes:
        """The beginning of the body."""
        return bytes(self._data)


def pieces_of(response: Any) -> Iterator[bytes]:
    """The pieces of a body, decompressed."""
    decompressor = _decompressor(response)
    if decompressor is None:
        body: Iterator[bytes] = response.iter_bytes()
        return body
    return _decompressed(response.iter_raw(), decompressor)


def apieces_of(response: Any, pause: Callable[[], Awaitable[None]]) -> AsyncIterator[bytes]:
    """Async version of `pieces_of`.

    Args:
        response: The response.
        pause: Gives other tasks their turn, while a few bytes become thousands of pieces.
    """
    decompressor = _decompressor(response)
    if decompressor is None:
        body: AsyncIterator[bytes] = response.aiter_bytes()
        return body
    return _adecompressed(response.aiter_raw(), decompressor, pause)


def read_whole(pieces: Iterator[bytes], body: WholeBody) -> bytes:
    """A whole body, read into `body`.

    Raises:
        ReplyTooLargeError: It is larger than the limit.
    """
    for data in pieces:
        body.add(data)
    return body.read()


def read_error(
    open_body: Callable[[], Iterator[bytes]], broken: tuple[type[Exception], ...]
) -> bytes:
    """The beginning of the body of an error; none of a body that cannot be read is needed.

    Args:
        open_body: Returns the pieces of the body.
        broken: The exceptions of a body that breaks off or does not end in time.
    """
    body = ErrorBody()
    with suppress(ProtocolError, *broken):
        for data in open_body():
            if body.add(data):
                break
    return body.read()


async def aread_whole(pieces: AsyncIterator[bytes], body: WholeBody) -> bytes:
    """Async version of `read_whole`."""
    async for data in pieces:
        body.add(data)
    return body.read()


async def aread_error(
    open_body: Callable[[], AsyncIterator[bytes]], broken: tuple[type[Exception], ...]
) -> bytes:
    """Async version of `read_error`."""
    body = ErrorBody()
    with suppress(ProtocolError, *broken):
        async for data in open_body():
            if body.add(data):
                break
    return body.read()


def is_compressed(response: Response) -> bool:
    """Whether decompressing the body of a response is up to `pieces_of`."""
    return bool(_compressions_of(response))


def _compressions_of(response: Response) -> list[str]:
    """The compressions of a body, unless it was read by a hook."""
    encodings = response.headers.get("content-encoding")
    if not encodings or response.is_stream_consumed:
        return []
    names = [name.strip().lower() for name in encodings.split(",")]
    # Some servers name a charset here. Ignore names that are not compressions.
    return [name for name in names if name in _COMPRESSIONS]


def _decompressor(response: Response) -> _Decompressor | None:
    """The decompressor of a body; None if it is not compressed, or was read by a hook."""
    names = _compressions_of(response)
    return _Decompressor(names) if names else None


def _decompressed(raw: Iterator[bytes], decompressor: _Decompressor) -> Iterator[bytes]:
    for data in raw:
        yield from decompressor.feed(data)


async def _adecompressed(
    raw: AsyncIterator[bytes],
    decompressor: _Decompressor,
    pause: Callable[[], Awaitable[None]],
) -> AsyncIterator[bytes]:
    async for data in raw:
        for number, piece in enumerate(decompressor.feed(data)):
            if number:
                await pause()
            yield piece


class _Decompressor:
    """Decompresses a body in pieces of bounded size.

    Args:
        names: The encodings, in the order in which they were applied.

    Raises:
        ProtocolError: One of them was not asked for, or there are too many.
    """

    def __init__(self, names: list[str]) -> None:
        unknown = [name for name in names if name not in _READ]
        if unknown:
            raise _refused(f"as {unknown[0][:40]!r}, which was not asked for")
        if len(names) > _MOST_LAYERS:
            raise _refused(f"{len(names)} times, one inside the other")
        self._layers = [_Layer(is_gzip=name != "deflate") for name in reversed(names)]

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The pieces that these bytes complete.

        Raises:
            zlib.error: The bytes are not compressed as they should be.
            ReplyTooLargeError: Many compressed bytes hold nothing.
        """
        return self._through(0, data)

    def _through(self, number: int, data: bytes) -> Iterator[bytes]:
        if number == len(self._layers):
            yield data
            return
        for piece in self._layers[number].feed(data):
            yield from self._through(number + 1, piece)


def _refused(how: str) -> ProtocolError:
    error = ProtocolError(
        f"The answer is compressed {how}. Ask for {ACCEPTED!r} or 'identity' in "
        "`accept-encoding`, or check `base_url`."
    )
    error.is_retryable = False
    return error


class _Layer:
    """One compression of a body: any number of members of gzip, or zlib's format.

    Compressed bytes may hold nothing without end: empty blocks, empty members, a long header. So
    the bytes read may exceed the bytes written by so much only.
    """

    def __init__(self, *, is_gzip: bool) -> None:
        self._is_gzip = is_gzip
        self._inflate = _inflate(is_gzip)
        self._start: bytes | None = b""  # of a member; None once two bytes of it have come
        self._is_first = True  # whether no member has ended
        self._is_over = False
        self._spare = _MOST_EMPTY

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The pieces that these bytes complete."""
        while True:
            if self._start is not None:
                size = len(data)
                data = self._begin(self._start + data)
                self._note(size - len(data), 0)
                if self._start is not None:
                    return
            piece = self._inflate.decompress(data, _PIECE)
            is_end = self._inflate.eof
            rest = self._inflate.unused_data if is_end else self._inflate.unconsumed_tail
            self._note(len(data) - len(rest) + (_MEMBER if is_end else 0), len(piece))
            if piece:
                yield piece
            data = rest
            if is_end:
                self._start, self._is_first, self._is_over = b"", False, not self._is_gzip
            elif not data and len(piece) < _PIECE:
                return

    def _begin(self, data: bytes) -> bytes:
        """Look at the first two bytes of a member; what to decompress of these bytes."""
        if not self._is_first:
            data = data.lstrip(b"\0")  # members may be padded
        if self._is_over:
            return b""
        if len(data) < len(_GZIP_START):
            self._start = data
            return b""
        if self._is_first:
            # Some servers send deflate without zlib's header.
            self._inflate = _inflate(self._is_gzip, is_bare=not _has_header(data))
        elif data.startswith(_GZIP_START):
            self._inflate = _inflate(is_gzip=True)
        else:
            self._is_over = True  # as gzip's own programs have it
            return b""
        self._start = None
        return data

    def _note(self, read: int, written: int) -> None:
        self._spare += _MOST_OVERHEAD * written - read
        if self._spare < 0:
            what = "The bytes of the compressed answer that hold nothing are more than"
            raise too_large(what, _MOST_EMPTY)


def _inflate(is_gzip: bool, *, is_bare: bool = False) -> Any:
    if is_gzip:
        return zlib.decompressobj(zlib.MAX_WBITS | 16)
    return zlib.decompressobj(-zlib.MAX_WBITS if is_bare else zlib.MAX_WBITS)


def _has_header(data: bytes) -> bool:
    """Whether data begins with zlib's header; RFC 1950 has its rules."""
    method, flags = data[0], data[1]
    return method & 0x8F == 8 and not flags & 0x20 and (method << 8 | flags) % 31 == 0

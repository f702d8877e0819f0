"""Reads the bodies of answers in bounded pieces, and no more of them than the limits allow.

The HTTP libraries decompress each piece whole: one piece of 64 KB may become gigabytes. So a
compressed body is read as it comes, and decompressed here. `call` asks for `ACCEPTED` encodings.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Any, Protocol

from weryai_core.errors import ProtocolError
from weryai_core.limits import MAX_ERROR_BYTES, too_large

ACCEPTED = "gzip, deflate"
_READ = ("gzip", "x-gzip", "deflate")
_COMPRESSIONS = (*_READ, "br", "zstd", "compress", "x-compress", "dcb", "dcz")
_PIECE = 128 * 1024  # bytes to decompress at once


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
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, data: bytes) -> None:
        """Add a piece.

        Raises:
            ReplyTooLargeError: The body is larger than the limit.
        """
        self._size += len(data)
        if self._size > self._limit:
            self._pieces.clear()
            raise too_large("The body of the answer is over", self._limit, "max_reply_bytes")
        self._pieces.append(data)

    def read(self) -> bytes:
        """What has come of the body."""
        self._pieces = [b"".join(self._pieces)]
        return self._pieces[0]


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


def apieces_of(response: Any) -> AsyncIterator[bytes]:
    """Async version of `pieces_of`."""
    decompressor = _decompressor(response)
    if decompressor is None:
        body: AsyncIterator[bytes] = response.aiter_bytes()
        return body
    return _adecompressed(response.aiter_raw(), decompressor)


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


def _decompressor(response: Response) -> _Decompressor | None:
    """The decompressor of a body; None if it is not compressed, or was read by a hook."""
    encodings = response.headers.get("content-encoding")
    if not encodings or response.is_stream_consumed:
        return None
    names = [name.strip().lower() for name in encodings.split(",")]
    # Some servers name a charset here; what is no compression leaves the body as it is.
    names = [name for name in names if name in _COMPRESSIONS]
    return _Decompressor(names) if names else None


def _decompressed(raw: Iterator[bytes], decompressor: _Decompressor) -> Iterator[bytes]:
    for data in raw:
        yield from decompressor.feed(data)


async def _adecompressed(
    raw: AsyncIterator[bytes], decompressor: _Decompressor
) -> AsyncIterator[bytes]:
    async for data in raw:
        for piece in decompressor.feed(data):
            yield piece


class _Decompressor:
    """Decompresses a body in pieces of bounded size.

    Args:
        names: The encodings, in the order in which they were applied.

    Raises:
        ProtocolError: One of them was not asked for.
    """

    def __init__(self, names: list[str]) -> None:
        unknown = [name for name in names if name not in _READ]
        if unknown:
            error = ProtocolError(
                f"The answer is compressed as {unknown[0][:40]!r}, which was not asked for. Ask "
                f"for {ACCEPTED!r} or 'identity' in `accept-encoding`, or check `base_url`."
            )
            error.is_retryable = False
            raise error
        self._layers = [_Layer(is_gzip=name != "deflate") for name in reversed(names)]

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The pieces that these bytes complete.

        Raises:
            zlib.error: The bytes are not compressed as they should be.
        """
        return self._through(0, data)

    def _through(self, number: int, data: bytes) -> Iterator[bytes]:
        if number == len(self._layers):
            yield data
            return
        for piece in self._layers[number].feed(data):
            yield from self._through(number + 1, piece)


class _Layer:
    def __init__(self, *, is_gzip: bool) -> None:
        self._may_be_bare = not is_gzip  # some servers send deflate without zlib's header
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16 if is_gzip else zlib.MAX_WBITS)

    def feed(self, data: bytes) -> Iterator[bytes]:
        while not self._inflate.eof:
            piece = self._inflated(data)
            if piece:
                yield piece
            data = self._inflate.unconsumed_tail
            if not data and len(piece) < _PIECE:
                return

    def _inflated(self, data: bytes) -> bytes:
        may_be_bare, self._may_be_bare = self._may_be_bare, False
        try:
            return self._inflate.decompress(data, _PIECE)
        except zlib.error:
            if not may_be_bare:
                raise
            self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
            return self._inflate.decompress(data, _PIECE)

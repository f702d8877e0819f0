"""An HTTP client that keeps what it sends and what comes back, while others read it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import httpx2

from weryai_core.bodies import pieces_of
from weryai_core.doctor.record.exchange import Exchange, Piece
from weryai_core.transport.http_errors import http_errors


class TappedClient(httpx2.Client):
    """A client whose exchanges are kept.

    Args:
        options: Those of `httpx2.Client`.

    Attributes:
        base_path: What the address of each request begins with; it is not kept.
        exchanges: The requests and answers so far.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.base_path: str = ""
        self.exchanges: list[Exchange] = []

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send a request, as `httpx2.Client` does."""
        path = str(request.url).partition("?")[0].removeprefix(self.base_path)
        exchange = Exchange(request.method, path, request.content, datetime.now(UTC))
        self.exchanges.append(exchange)
        start = time.monotonic()
        try:
            response = super().send(request, **options)
        except http_errors() as error:
            exchange.failure = type(error).__name__
            raise
        exchange.status = response.status_code
        exchange.headers = [(name.lower(), value) for name, value in response.headers.multi_items()]
        exchange.wait = time.monotonic() - start
        stream = cast(httpx2.SyncByteStream, response.stream)
        response.stream = _Tap(stream, exchange, start)
        return response


class _Tap(httpx2.SyncByteStream):
    """A body that is noted while it is read."""

    def __init__(self, stream: httpx2.SyncByteStream, exchange: Exchange, start: float) -> None:
        self._stream = stream
        self._exchange = exchange
        self._start = start
        self._arrived: list[Piece] = []

    def __iter__(self) -> Iterator[bytes]:
        try:
            for data in self._stream:
                self._arrived.append(Piece(time.monotonic() - self._start, data))
                yield data
        except http_errors() as error:
            self._exchange.failure = type(error).__name__
            raise

    def close(self) -> None:
        """Close the body, and note what has come of it."""
        self._stream.close()
        self._exchange.pieces = list(_Decompressed(self._exchange, self._arrived).pieces())


class _Decompressed:
    """The pieces of a body without its compression. It is a response, as far as that needs one."""

    is_stream_consumed = False

    def __init__(self, exchange: Exchange, arrived: list[Piece]) -> None:
        self.headers = dict(exchange.headers)
        self._exchange = exchange
        self._arrived = arrived
        self._time = 0.0

    def pieces(self) -> Iterator[Piece]:
        """The pieces, each with the time of the bytes that complete it."""
        try:
            for data in pieces_of(self):
                yield Piece(self._time, data)
        except Exception as error:  # the client has raised it, too; here it must end no run
            self._exchange.failure = type(error).__name__

    def iter_raw(self) -> Iterator[bytes]:
        """The pieces as they came."""
        for piece in self._arrived:
            self._time = piece.time
            yield piece.data

    iter_bytes = iter_raw

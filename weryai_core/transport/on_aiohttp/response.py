"""An answer of our own asynchronous client, whose body still arrives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from weryai_core.bodies import apieces_of, is_compressed
from weryai_core.clock import Clock
from weryai_core.transport.on_aiohttp.body import Body
from weryai_core.transport.on_aiohttp.connection import Connection
from weryai_core.transport.passed_in import pause, timed


class Response:
    """An answer.

    Args:
        message: Its head, as aiohttp has it.
        content: Its body, as aiohttp has it.
        connection: The connection, which may serve another call once the body is whole.
        clock: The clock of the call.

    Attributes:
        status_code: The status.
        headers: The headers, names in lower case. Repeated ones are joined.
    """

    __slots__ = ("_clock", "_connection", "_content", "headers", "status_code")

    is_stream_consumed = False

    def __init__(
        self, message: Any, content: aiohttp.StreamReader, connection: Connection, clock: Clock
    ) -> None:
        self.status_code: int = message.code
        self.headers: dict[str, str] = _headers(message.raw_headers)
        self._content = content
        self._connection = connection
        self._clock = clock

    @property
    def is_success(self) -> bool:
        """Whether the status is a success."""
        return 200 <= self.status_code < 300

    @property
    def num_bytes_downloaded(self) -> int:
        """How many bytes of the body have arrived."""
        return self._content.total_bytes

    def pieces(self) -> AsyncIterator[bytes]:
        """The pieces of the body, decompressed, for as long as the clock allows.

        The connection looks at the clock. Few compressed bytes may become many pieces, for which it
        does not wait.
        """
        if not is_compressed(self):
            return self.aiter_raw()
        return timed(apieces_of(self, pause), self._clock)

    def aiter_raw(self) -> AsyncIterator[bytes]:
        """The pieces of the body as they come."""
        return Body(self._content, self._connection.begin_wait, self._clock.end_wait)

    async def aclose(self) -> None:
        """Close the connection, unless the body is whole."""
        if not self._content.is_eof():
            self._connection.close()


def _headers(raw: tuple[tuple[bytes, bytes], ...]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), _decode(value)
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _decode(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")

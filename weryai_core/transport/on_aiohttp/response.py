"""An answer of our own asynchronous client, whose body still arrives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy

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
        headers: The headers.
    """

    __slots__ = ("_clock", "_connection", "_content", "headers", "status_code")

    is_stream_consumed = False

    def __init__(
        self, message: Any, content: aiohttp.StreamReader, connection: Connection, clock: Clock
    ) -> None:
        self.status_code: int = message.code
        self.headers: Headers = Headers(message.headers)
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


class Headers(Mapping[str, str]):
    """Headers by their names, in any case. Repeated ones are joined.

    Args:
        headers: The headers, as aiohttp has them.
    """

    __slots__ = ("_headers",)

    def __init__(self, headers: CIMultiDictProxy[str]) -> None:
        self._headers = headers

    def __getitem__(self, name: str) -> str:
        value = ", ".join(self._headers.getall(name))
        return value if value.isascii() else _decode(value)

    def get(self, name: str, default: Any = None) -> Any:
        """A header, or the default."""
        return self[name] if name in self._headers else default

    def __iter__(self) -> Iterator[str]:
        return iter({name.lower(): None for name in self._headers})

    def __len__(self) -> int:
        return len(list(iter(self)))


def _decode(value: str) -> str:
    """A header as its bytes read in UTF-8, else in Latin-1. aiohttp marks bytes it cannot read."""
    data = value.encode("utf-8", "surrogateescape")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")

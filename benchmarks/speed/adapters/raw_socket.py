"""A raw socket with orjson: the physical limit of a client in Python.

It reads what the loopback server writes, and no other reply: no errors, no time limits, no TLS.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlsplit

import orjson

from speed.adapters.engines import Engine, Events

_READ = 1 << 18
_LENGTH = re.compile(rb"content-length: (\d+)")


class Whole:
    """Collects a whole reply."""

    def __init__(self) -> None:
        self._received = b""

    def feed(self, data: bytes) -> Any:
        """Return the JSON once it is complete, or None."""
        self._received += data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head) if blank else None
        return orjson.loads(body) if length and len(body) == int(length.group(1)) else None


class Frames:
    """Takes the data out of HTTP's chunks."""

    def __init__(self) -> None:
        self._received = b""
        self._has_head = False
        self.is_over = False

    def feed(self, received: bytes) -> bytes:
        """Return the data of the chunks that have become complete."""
        received = self._received + received
        at, data = 0, []
        if not self._has_head:
            at = received.find(b"\r\n\r\n") + 4
            self._has_head = at >= 4
        while self._has_head and (line := received.find(b"\r\n", at)) >= 0:
            size = int(received[at:line], 16)
            end = line + 2 + size
            if len(received) < end + 2:
                break
            data.append(received[line + 2 : end])
            at = end + 2
            if size == 0:
                self.is_over = True
                break
        self._received = received[max(at, 0) :]
        return b"".join(data)


class RawSocket(Engine):
    """Sockets of the standard library, kept alive."""

    sync = aio = True

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        url = urlsplit(self.url)
        self._address = (url.hostname or "", url.port or 80)
        self._head = f"POST {url.path} HTTP/1.1\r\nhost: {url.netloc}\r\ncontent-length: ".encode()
        self._idle: list[socket.socket] = []
        self._aidle: list[socket.socket] = []

    def _request(self, prompt: Any, is_stream: bool = False) -> bytes:
        body = self.body(prompt, is_stream)
        return b"%b%d\r\n\r\n%b" % (self._head, len(body), body)

    def _open(self) -> socket.socket:
        try:
            return self._idle.pop()
        except IndexError:
            return socket.create_connection(self._address)

    async def _aopen(self) -> socket.socket:
        if self._aidle:
            return self._aidle.pop()
        connection = socket.socket()
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, self._address)
        return connection

    async def aclose(self) -> None:
        """Close the connections."""
        for connection in [*self._idle, *self._aidle]:
            connection.close()

    def call(self, prompt: Any) -> Any:
        """Return a whole reply."""
        connection, whole = self._open(), Whole()
        connection.sendall(self._request(prompt))
        while (reply := whole.feed(connection.recv(_READ))) is None:
            pass
        self._idle.append(connection)
        return reply

    async def acall(self, prompt: Any) -> Any:
        """Return a whole reply."""
        connection, whole = await self._aopen(), Whole()
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(connection, self._request(prompt))
        while (reply := whole.feed(await loop.sock_recv(connection, _READ))) is None:
            pass
        self._aidle.append(connection)
        return reply

    def stream(self, prompt: Any) -> Iterator[Any]:
        """Yield the chunks of a stream."""
        connection, frames, events = self._open(), Frames(), Events()
        connection.sendall(self._request(prompt, True))
        while not frames.is_over:
            yield from events.feed(frames.feed(connection.recv(_READ)))
        self._idle.append(connection)

    async def astream(self, prompt: Any) -> AsyncIterator[Any]:
        """Return the iterator of a stream."""
        return self._astream(prompt)

    async def _astream(self, prompt: Any) -> AsyncIterator[Any]:
        connection, frames, events = await self._aopen(), Frames(), Events()
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(connection, self._request(prompt, True))
        while not frames.is_over:
            for event in events.feed(frames.feed(await loop.sock_recv(connection, _READ))):
                yield event
        self._aidle.append(connection)

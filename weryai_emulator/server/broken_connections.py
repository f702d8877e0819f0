"""Broken connections: write any bytes, and close, reset or hold the connection after them.

Neither Starlette nor uvicorn can do this. uvicorn creates a connection of ours for each client,
and every request on it has that connection in its `state`.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from weryai_emulator.server.script import ScriptedWire

# SO_LINGER with a limit of 0 seconds makes a close a reset.
_RESET = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


class Connection(Protocol):
    """A client's connection, which an answer may close as a failing server does."""

    @property
    def lost(self) -> bool:
        """Whether the client closed the connection, rather than the emulator."""

    def close(self) -> None:
        """Close after the bytes written so far, without the last chunk of a chunked body."""

    def reset(self) -> None:
        """Close at once, with a reset (RST) in place of an orderly end (FIN)."""

    async def wait_closed(self) -> None:
        """Wait until the connection is closed, by either side, without reading."""

    def next_bytes(self) -> asyncio.Event:
        """Return an event: the client sends more from now on, or the connection is closed."""

    async def write(self, data: bytes) -> None:
        """Write bytes past the HTTP server, at the speed at which the client reads."""


class _H11Connection(H11Protocol):
    _closed_here = False

    def connection_made(  # type: ignore[override]  # uvicorn narrows the argument too
        self, transport: asyncio.Transport
    ) -> None:
        super().connection_made(transport)
        self._closed = asyncio.Event()
        self._more = asyncio.Event()
        self.app_state = {**self.app_state, "connection": self}

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._closed.set()
        self._more.set()

    def data_received(self, data: bytes) -> None:
        self._more.set()
        super().data_received(data)

    @property
    def lost(self) -> bool:
        return self.transport.is_closing() and not self._closed_here

    def close(self) -> None:
        self._closed_here = True
        self.transport.close()

    def reset(self) -> None:
        self._closed_here = True
        connected = self.transport.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()

    async def wait_closed(self) -> None:
        await self._closed.wait()

    def next_bytes(self) -> asyncio.Event:
        self._more.clear()
        return self._more

    async def write(self, data: bytes) -> None:
        self.transport.write(data)
        await self.flow.drain()

    def shutdown(self) -> None:
        super().shutdown()
        # uvicorn waits for the end of an answer; the emulator cuts it.
        if not self.transport.is_closing():
            self._closed_here = True
            self.transport.abort()


# The class that uvicorn creates for each client.
H11_CONNECTION: type[asyncio.Protocol] = _H11Connection


async def hang(scope: Scope, receive: Receive, send: Send) -> None:
    """Send nothing until the client closes the connection; an ASGI application."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def drop(scope: Scope, receive: Receive, send: Send) -> None:
    """Close the connection without an answer; an ASGI application."""
    scope["state"]["connection"].close()
    # uvicorn sends an error for the missing answer, unless it has seen the connection close.
    await hang(scope, receive, send)


def wire(scripted: ScriptedWire) -> ASGIApp:
    """Return an ASGI application that writes these bytes to the connection."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        connection: Connection = scope["state"]["connection"]
        # Who leaves after the whole answer has not left it.
        is_watched = scripted.reads and not scripted.ends_with_next
        leaving = hang(scope, receive, send) if is_watched else connection.wait_closed()
        gone = asyncio.ensure_future(leaving)
        more = connection.next_bytes()
        try:
            for part in scripted.parts:
                if isinstance(part, bytes):
                    await connection.write(part)
                    part = 0
                await asyncio.wait([gone], timeout=part)
                if gone.done():
                    return
            if scripted.ends_with_next:
                await more.wait()
                if connection.lost:
                    return
            if scripted.end == "close":
                connection.close()
            elif scripted.end == "reset":
                connection.reset()
            # uvicorn sends an error for a missing answer, unless it has seen the connection close.
            await gone
        finally:
            gone.cancel()

    return answer

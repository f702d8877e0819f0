"""Broken connections: close one in the middle of an answer, or leave a request unanswered.

Neither Starlette nor uvicorn can do this. uvicorn creates a connection of ours for each client,
and every request on it has that connection in its `state`.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol


class Connection(Protocol):
    """A client's connection, which an answer may close as a failing server does."""

    @property
    def lost(self) -> bool:
        """Whether the client closed the connection, rather than the emulator."""

    def close(self) -> None:
        """Close after the bytes written so far, without the last chunk of a chunked body."""


class _H11Connection(H11Protocol):
    _closed_here = False

    def connection_made(  # type: ignore[override]  # uvicorn narrows the argument too
        self, transport: asyncio.Transport
    ) -> None:
        super().connection_made(transport)
        self.app_state = {**self.app_state, "connection": self}

    @property
    def lost(self) -> bool:
        return self.transport.is_closing() and not self._closed_here

    def close(self) -> None:
        self._closed_here = True
        self.transport.close()

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

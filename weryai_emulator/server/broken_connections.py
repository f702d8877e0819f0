"""What Starlette and uvicorn do not do: break a connection off, and leave a request unanswered."""

from __future__ import annotations

import asyncio

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol


class Connection(H11Protocol):
    """A client's connection, which an answer may close as a server that fails does."""

    _closed_here = False

    def connection_made(  # type: ignore[override]  # uvicorn narrows the argument as well
        self, transport: asyncio.Transport
    ) -> None:
        """Keep this connection in the `state` of each request on it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "connection": self}

    @property
    def lost(self) -> bool:
        """Whether the client went away, rather than the emulator."""
        return self.transport.is_closing() and not self._closed_here

    def close(self) -> None:
        """Close after what was written, without the last chunk of the chunked coding."""
        self._closed_here = True
        self.transport.close()

    def shutdown(self) -> None:
        """Close because the server stops; cuts an answer, which uvicorn would wait for."""
        super().shutdown()
        if not self.transport.is_closing():
            self._closed_here = True
            self.transport.abort()


async def hang(scope: Scope, receive: Receive, send: Send) -> None:
    """Send nothing until the connection is gone; an ASGI application."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def drop(scope: Scope, receive: Receive, send: Send) -> None:
    """Close the connection without an answer; an ASGI application."""
    scope["state"]["connection"].close()
    # Not over before the server knows: it would send an error for the missing answer.
    await hang(scope, receive, send)

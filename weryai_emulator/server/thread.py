"""An HTTP server in a background thread: ready after `start`, gone after `stop`."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from weryai_emulator.server.broken_connections import H11_CONNECTION

# Seconds for open connections to end when the emulator stops; streams are cut before.
_GRACE = 1

# Turns of the event loop between a client's connect and its connection. If the server closes in
# between, asyncio forgets the client and leaves it waiting.
_TURNS_TO_ACCEPT = 3


class _Server(uvicorn.Server):
    """A server that signals when it is ready, and that stops on a signal, without polling."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready = ready
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._loop = asyncio.get_running_loop()
        self._ready.set()

    async def main_loop(self) -> None:
        await self._stop.wait()
        for _ in range(_TURNS_TO_ACCEPT):
            await asyncio.sleep(0)

    def stop_soon(self) -> None:
        """Ask the server to stop, from another thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)


class ServerThread:
    """Serves an ASGI application on its own thread and event loop.

    Args:
        app: The application.
        host: The address to listen on.
        port: The port; 0 for a free one.
        log_level: A log level of uvicorn; None keeps the server silent.

    Raises:
        OSError: The address is taken or not available on this machine.
    """

    def __init__(self, app: ASGIApp, *, host: str, port: int, log_level: str | None) -> None:
        self._ready = threading.Event()
        self._socket = _listen(host, port)
        settings: dict[str, Any] = {"log_level": log_level or "critical"}
        if log_level is None:
            settings |= {"log_config": None, "access_log": False}
        config = uvicorn.Config(
            app,
            loop="asyncio",
            http=H11_CONNECTION,
            ws="none",
            lifespan="off",
            server_header=False,
            date_header=False,
            # The client's address decides about the control API, so no header may replace it.
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE,
            **settings,
        )
        self._server = _Server(config, self._ready)
        self._thread = threading.Thread(target=self._run, name="weryai-emulator", daemon=True)

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        port: int = self._socket.getsockname()[1]
        return port

    def start(self) -> None:
        """Start the thread; the server accepts requests when this returns."""
        self._thread.start()
        self._ready.wait()
        if not self._server.started:
            self.stop()
            raise RuntimeError(
                "The emulator's server did not start; its thread printed why to standard error."
            )

    def stop(self) -> None:
        """Stop the server, cut open answers, and wait for the end of the thread."""
        self._server.stop_soon()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        finally:
            # After a failure too, because `start` waits for this event.
            self._ready.set()


def _listen(host: str, port: int) -> socket.socket:
    """Return a bound socket, so that the port is known before the thread runs."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only on sockets with an explicit protocol. With Nagle's
    # algorithm every answer waits 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise OSError(
            error.errno,
            f"Cannot listen on {host}:{port} ({error.strerror}). "
            "Choose another port, or 0 for a free one.",
        ) from error
    return listener

"""The sockets of our own synchronous clients: each wait is as long as the call's clock allows.

httpx2 passes the timeout of a step down to the socket. Ours is a `Seconds`, which knows the clock
of its call, so that a server that sends a byte now and then cannot hold a call for ever.
"""

from __future__ import annotations

import ssl
import threading
from math import inf
from typing import Any

import httpcore2
import httpx2

from weryai_core.clock import Clock, Seconds
from weryai_core.config import Timeout

_WRITE_SIZE = 256 * 1024  # bytes that are sent between two looks at the clock


def sync_client(**options: Any) -> httpx2.Client:
    """An `httpx2.Client` whose waits end with the calls.

    Args:
        options: Those of `httpx2.Client`.
    """
    return _Client(**options)


class _Client(httpx2.Client):
    def close(self) -> None:
        """Close the connections; at the end of the interpreter, those that are not in use.

        Daemon threads may read from the others. They end with the interpreter, without a word;
        a connection that closes under them would be an error on stderr.
        """
        if threading.main_thread().is_alive():
            super().close()
            return
        transports: list[Any] = [self._transport, *self._mounts.values()]
        for transport in transports:
            for connection in transport._pool.connections if transport else ():
                if connection.is_idle():
                    connection.close()

    # The options are httpx2's own; they are passed through.
    def _init_transport(self, **options: Any) -> httpx2.BaseTransport:  # type: ignore[override]  # by keyword
        return _bounded(super()._init_transport(**options))

    def _init_proxy_transport(  # type: ignore[override]  # by keyword
        self, proxy: httpx2.Proxy, **options: Any
    ) -> httpx2.BaseTransport:
        return _bounded(super()._init_proxy_transport(proxy, **options))


def _bounded(transport: Any) -> httpx2.BaseTransport:
    """The transport with our sockets in its pool."""
    transport._pool._network_backend = _Backend()
    return transport  # type: ignore[no-any-return]  # what came in


class _Backend(httpcore2.SyncBackend):
    def connect_tcp(  # type: ignore[override]  # the others by keyword
        self, host: str, port: int, timeout: float | None = None, **options: Any
    ) -> httpcore2.NetworkStream:
        seconds = _shortened(timeout, httpcore2.ConnectTimeout)
        return BoundedStream(super().connect_tcp(host, port, seconds, **options))


class BoundedStream(httpcore2.NetworkStream):
    """A connection whose waits end with the call that it serves.

    Args:
        stream: httpcore2's connection.
    """

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what has arrived, for as long as the clock allows."""
        if type(timeout) is Seconds:
            clock = timeout.clock
            if not clock.has_begun:
                clock.wait_for_head(timeout)
            timeout = _shortened(timeout, httpcore2.ReadTimeout)
        return self._stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write, for as long as the clock allows."""
        if isinstance(timeout, Seconds):
            timeout.clock.note_writing()
        rest = memoryview(buffer)
        while rest:
            seconds = _shortened(timeout, httpcore2.WriteTimeout)
            self._stream.write(rest[:_WRITE_SIZE], seconds)  # type: ignore[arg-type]  # is enough
            rest = rest[_WRITE_SIZE:]

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        """The same connection with TLS."""
        seconds = _shortened(timeout, httpcore2.ConnectTimeout)
        return BoundedStream(self._stream.start_tls(ssl_context, server_hostname, seconds))

    def get_extra_info(self, info: str) -> Any:
        """What the connection knows, such as its socket."""
        return self._stream.get_extra_info(info)


def with_clock(timeout: Timeout | None, clock: Clock) -> dict[str, float | None]:
    """The timeouts of a request's steps, as httpx2 passes them on, with the clock of the call."""
    steps = timeout or Timeout(None, None, None, None)
    timed = {
        name: Seconds(seconds, clock) for name, seconds in steps._asdict().items() if name != "pool"
    }
    return {**timed, "pool": steps.pool}


def _shortened(timeout: float | None, error: type[Exception]) -> float | None:
    """The timeout of a step, or the time that the call has left if that is less.

    Raises:
        Exception: The given error: the call has no time left.
    """
    if not isinstance(timeout, Seconds):
        return timeout
    left = timeout.clock.left()
    if left <= 0:
        raise error
    if left < timeout:
        return left
    return None if timeout == inf else timeout

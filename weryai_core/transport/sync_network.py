"""The sockets of our own synchronous clients: each wait is as long as the call's clock allows.

httpx2 passes the timeout of a step down to the socket. Ours is a `Seconds`, which knows the clock
of its call, so that a server that sends a byte now and then cannot hold a call for ever.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from math import inf
from typing import Any

import httpcore2
import httpx2

from weryai_core.clock import Clock, Seconds
from weryai_core.config import Timeout
from weryai_core.transport.http_options import show_progress

_SHORTER = 0.9  # of a timeout
_UNKNOWN = -1.0
_WRITE_SIZE = 16 * 1024  # bytes to send at once through TLS in TLS


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
    transport._pool._network_backend = Backend()
    return transport  # type: ignore[no-any-return]  # what came in


class Backend(httpcore2.SyncBackend):
    """Opens our connections."""

    def connect_tcp(  # type: ignore[override]  # the others by keyword
        self, host: str, port: int, timeout: float | None = None, **options: Any
    ) -> BoundedStream:
        """A new connection.

        Raises:
            httpcore2.ConnectError: No address of the host can be reached.
            httpcore2.ConnectTimeout: None can in time.
        """
        ends_at = time.monotonic() + (inf if timeout is None else timeout)
        error: Exception = httpcore2.ConnectError(f"{host} has no address")
        addresses = _addresses(host, port)
        for number, address in enumerate(addresses):
            left = ends_at - time.monotonic()
            if isinstance(timeout, Seconds):
                left = min(left, timeout.clock.left())
            if left <= 0:
                raise httpcore2.ConnectTimeout
            # One that does not answer leaves time for the others.
            seconds = None if left == inf else left / (len(addresses) - number)
            try:
                stream = super().connect_tcp(address, port, seconds, **options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as failure:
                error = failure
            else:
                show_progress(stream.get_extra_info("socket"))
                return BoundedStream(stream)
        raise error


def _addresses(host: str, port: int) -> list[str]:
    """The addresses of a host.

    Raises:
        httpcore2.ConnectError: It has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore2.ConnectError(str(error)) from error
    numbers = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV
    return [socket.getnameinfo(address, numbers)[0] for *_, address in found]


class BoundedStream(httpcore2.NetworkStream):
    """A connection whose waits end with the call that it serves.

    Args:
        stream: httpcore2's connection.
    """

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream
        # Through TLS in TLS, the socket is not what to write to.
        is_nested = isinstance(stream.get_extra_info("ssl_object"), ssl.SSLObject)
        self._socket = None if is_nested else stream.get_extra_info("socket")
        self._waits: float = _UNKNOWN  # the timeout of the socket

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what has arrived, for as long as the clock allows."""
        if type(timeout) is Seconds:
            clock = timeout.clock
            if not clock.has_begun:
                clock.wait_for_head(timeout)
            timeout = _shortened(timeout, httpcore2.ReadTimeout)
        connection = self._socket
        if connection is None or timeout is None:
            self._waits = _UNKNOWN
            return self._stream.read(max_bytes, timeout)
        # To set a timeout is a system call. One that is a little shorter lasts for many reads: the
        # time that a call has left shrinks with each.
        if not timeout * _SHORTER / 2 <= self._waits <= timeout:
            self._waits = timeout * _SHORTER
            connection.settimeout(self._waits)
        try:
            data: bytes = connection.recv(max_bytes)
        except TimeoutError:
            rest, self._waits = timeout - self._waits, _UNKNOWN
            return self._stream.read(max_bytes, rest)
        except OSError as error:
            raise httpcore2.ReadError(str(error)) from error
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write, for as long as the clock allows."""
        if isinstance(timeout, Seconds):
            timeout.clock.note_writing()
        rest = memoryview(buffer)
        # httpcore2 sends all of it, and waits for each part of it as long as for the first.
        connection = self._socket
        while rest:
            seconds = _shortened(timeout, httpcore2.WriteTimeout)
            if connection is None:
                self._stream.write(rest[:_WRITE_SIZE], seconds)  # type: ignore[arg-type]  # is enough
                rest = rest[_WRITE_SIZE:]
                continue
            try:
                self._waits = _UNKNOWN
                connection.settimeout(seconds)
                rest = rest[connection.send(rest) :]
            except TimeoutError as error:
                raise httpcore2.WriteTimeout(str(error)) from error
            except OSError as error:
                raise httpcore2.WriteError(str(error)) from error

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> BoundedStream:
        """The same connection with TLS."""
        seconds = _shortened(timeout, httpcore2.ConnectTimeout)
        return BoundedStream(self._stream.start_tls(ssl_context, server_hostname, seconds))

    def is_readable(self) -> bool:
        """Whether bytes, or its end, can be read without a wait."""
        return bool(self._stream.get_extra_info("is_readable"))

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

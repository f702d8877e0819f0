"""Synchronous HTTP: one client a process, and how a stream's connection is ended.

Our own clients are httpx2's. Clients that users pass in may be httpx's; `drain` and `close_apart`
know both.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from math import inf
from typing import Any

import httpx
import httpx2
from pydantic import SecretStr

from weryai_core import clock as time_limits
from weryai_core.clock import Clock
from weryai_core.transport import http_options
from weryai_core.transport.http_errors import HTTP_ERRORS
from weryai_core.transport.sync_network import BoundedStream, sync_client

# With a limit, a request that waits for a connection would run into the timeout. httpx2's pool
# looks at each connection on every request, so those that are kept idle are bounded.
_LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=100)

WATCH = "weryai-watch"
"""Name of the threads that watch connections of clients that were passed in."""


class OwnClient:
    """One HTTP client a process, built on first use and closed when this is garbage-collected.

    Args:
        proxy: Address of a proxy; None: that of the environment.
    """

    def __init__(self, proxy: SecretStr | None = None) -> None:
        self._proxy = proxy
        self._http: httpx2.Client | None = None
        self._finalizer: weakref.finalize[Any, Any] | None = None
        self._pid = os.getpid()
        self._lock = threading.Lock()

    def current(self) -> httpx2.Client:
        """The client of this process."""
        if self._pid != os.getpid():
            # After a fork the old client is dropped, not closed: its sockets are the parent's. The
            # lock is replaced, since another thread of the parent may have held it.
            self._http, self._pid, self._lock = None, os.getpid(), threading.Lock()
        http = self._http
        if http is None:
            with self._lock:
                http = self._http
                if http is None:
                    http = self._http = http_options.build_client(sync_client, self._proxy, _LIMITS)
                    self._finalizer = weakref.finalize(self, http.close)
        return http

    def close(self) -> None:
        """Close the client, if there is one. The next use builds another."""
        with self._lock:
            http, self._http = self._http, None
            finalizer, self._finalizer = self._finalizer, None
        if finalizer is not None:
            finalizer.detach()
        if http is not None:
            http.close()


def timed(body: Iterator[bytes], clock: Clock) -> Iterator[bytes]:
    """The pieces of a body on a connection that does not look at the clock by itself.

    Looks when a piece has come. `watch` looks while none comes.
    """
    for data in body:
        clock.is_waiting = False
        yield data
        clock.is_waiting = True
        if clock.left() <= 0:
            raise httpx2.ReadTimeout("the call has no time left")


def watch(response: httpx.Response | httpx2.Response, clock: Clock) -> Callable[[], None] | None:
    """Shut the connection of a response down once the clock has no time left for its body.

    Returns:
        What ends the watch; None if there is nothing to watch, or no thread can be started.
    """
    connection = _socket_of(response)
    if connection is None or clock.left() == inf:
        return None
    done = threading.Event()

    def look() -> None:
        while (left := clock.left()) > 0:
            # The finish reason may make the time shorter.
            if done.wait(min(left, time_limits.GRACE)):
                return
        clock.has_fired = True
        _shut_down(connection)

    try:
        threading.Thread(target=look, name=WATCH, daemon=True).start()
    except RuntimeError:
        return None
    return done.set


def drain(response: httpx.Response | httpx2.Response, body: Iterator[bytes], clock: Clock) -> None:
    """Read the rest of a stream's body after its answer, so that the connection can be used again.

    If the server keeps the body open, the connection is shut down after `LINGER` seconds, which
    ends the body with one of the `HTTP_ERRORS`.
    """
    if response.http_version == "HTTP/2":
        return  # the connection is shared with other answers, and is kept anyway
    clock.end_within(http_options.LINGER)
    stop_watching = None
    if not isinstance(response.extensions.get("network_stream"), BoundedStream):
        stop_watching = watch(response, clock)
        if stop_watching is None and _socket_of(response) is not None:
            return
    try:
        for _ in body:
            pass
    finally:
        if stop_watching is not None:
            stop_watching()


def close_apart(response: httpx.Response | httpx2.Response) -> None:
    """Close a response in a thread of its own, and wait at most `LINGER` seconds for it.

    For a stream that ends because it is garbage-collected. The garbage collector may run within an
    operation of the HTTP library in this very thread, which holds the lock that closing needs.
    Closed in this thread, both would wait for each other forever; another thread gets the lock as
    soon as the garbage collector is done.

    While the interpreter shuts down, no thread runs any more: one that was started would be waited
    for forever. Then only the socket is closed.
    """
    if sys.is_finalizing():
        connection = _socket_of(response)
        if connection is not None:
            connection.close()
        response.is_closed = True  # the library would close it now, in modules that are gone
        return
    closing = threading.Thread(target=_close_quietly, args=[response], daemon=True)
    try:
        closing.start()
    except RuntimeError:
        _close_quietly(response)  # no thread can be started, as at the end of the interpreter
        return
    closing.join(http_options.LINGER)


def _socket_of(response: httpx.Response | httpx2.Response) -> socket.socket | None:
    """The socket of a response that no other response shares; None without one."""
    network = response.extensions.get("network_stream")
    if network is None or response.http_version == "HTTP/2":
        return None
    connection: socket.socket | None = network.get_extra_info("socket")
    return connection


def _close_quietly(response: httpx.Response | httpx2.Response) -> None:
    with suppress(*HTTP_ERRORS):
        response.close()


def _shut_down(connection: socket.socket) -> None:
    with suppress(OSError):  # already closed
        connection.shutdown(socket.SHUT_RDWR)

"""Synchronous HTTP: one client a process, and how a stream's connection is ended.

Our own clients are httpx2's. Clients that users pass in may be httpx's; `drain` and `close_apart`
know both.
"""

from __future__ import annotations

import os
import socket
import threading
import weakref
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import httpx2
from pydantic import SecretStr

from weryai_core.transport import http_options
from weryai_core.transport.http_errors import HTTP_ERRORS

# With a limit, a request that waits for a connection would run into the timeout. httpx2's pool
# looks at each connection on every request, so those that are kept idle are bounded.
_LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=100)


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
                    http = self._http = http_options.build_client(
                        httpx2.Client, self._proxy, _LIMITS
                    )
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


def drain(response: httpx.Response | httpx2.Response, body: Iterator[bytes]) -> None:
    """Read the rest of a stream's body after its answer, so that the connection can be used again.

    If the server keeps the body open, the connection is shut down after `LINGER` seconds, which
    ends the body with one of the `HTTP_ERRORS`.
    """
    if response.http_version == "HTTP/2":
        return  # the connection is shared with other answers, and is kept anyway
    network = response.extensions.get("network_stream")
    connection = network.get_extra_info("socket") if network is not None else None
    if connection is None:  # a user's transport without a network: the body is there
        for _ in body:
            pass
        return
    timer = threading.Timer(http_options.LINGER, _shut_down, [connection])
    timer.daemon = True
    try:
        timer.start()
    except RuntimeError:
        return  # no thread can be started, as while the interpreter shuts down
    try:
        for _ in body:
            pass
    finally:
        timer.cancel()


def close_apart(response: httpx.Response | httpx2.Response) -> None:
    """Close a response in a thread of its own, and wait at most `LINGER` seconds for it.

    For a stream that ends because it is garbage-collected. The garbage collector may run within an
    operation of the HTTP library in this very thread, which holds the lock that closing needs.
    Closed in this thread, both would wait for each other forever; another thread gets the lock as
    soon as the garbage collector is done.
    """
    closing = threading.Thread(target=_close_quietly, args=[response], daemon=True)
    try:
        closing.start()
    except RuntimeError:
        _close_quietly(response)  # no thread can be started, as while the interpreter shuts down
        return
    closing.join(http_options.LINGER)


def _close_quietly(response: httpx.Response | httpx2.Response) -> None:
    with suppress(*HTTP_ERRORS):
        response.close()


def _shut_down(connection: socket.socket) -> None:
    with suppress(OSError):  # already closed
        connection.shutdown(socket.SHUT_RDWR)

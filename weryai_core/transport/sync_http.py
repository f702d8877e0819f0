"""Synchronous HTTP: clients that are shared in a process, and how a stream's connection is ended.

Our own clients are httpx2's. Clients that users pass in may be httpx's; `drain` and `close_apart`
know both.
"""

from __future__ import annotations

import _thread
import os
import socket
import sys
import threading
import time
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
    """The HTTP client of one `Client`: built on first use, and shared with others of its process.

    It is closed when the last of them is closed, or some seconds after the last was
    garbage-collected: the next one is often made at once.

    Args:
        proxy: Address of a proxy; None: that of the environment.
    """

    def __init__(self, proxy: SecretStr | None = None) -> None:
        self._proxy = proxy
        self._pool: _Pool | None = None
        self._finalizer: weakref.finalize[Any, Any] | None = None

    def current(self) -> httpx2.Client:
        """The client of this process."""
        pool = self._pool
        if pool is None or pool.pid != os.getpid():
            # After a fork the old client is dropped, not closed: its sockets are the parent's.
            pool = self._join()
        return pool.http

    def close(self) -> None:
        """Close the client, unless others use it. The next use builds another."""
        pool, self._pool = self._pool, None
        if self._finalizer is not None:
            self._finalizer.detach()
        if pool is not None:
            _pools.leave(self, pool)

    def _join(self) -> _Pool:
        pool = _pools.join(self, self._proxy)
        finalizer = weakref.finalize(self, _pools.keep_for_a_while, pool)
        finalizer.atexit = False
        self._pool, self._finalizer = pool, finalizer
        return pool


class _Pool:
    """A client, and those who use it."""

    def __init__(self, key: tuple[str | None, ...], http: httpx2.Client) -> None:
        self.key = key
        self.http = http
        self.pid: int = os.getpid()
        self.users: weakref.WeakSet[OwnClient] = weakref.WeakSet()
        self.finalizer: weakref.finalize[Any, Any] = weakref.finalize(self, http.close)


class _Pools:
    """The clients of this process, one for each proxy and environment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_key: weakref.WeakValueDictionary[tuple[str | None, ...], _Pool] = (
            weakref.WeakValueDictionary()
        )
        self._unused_since: dict[_Pool, float] = {}
        self._is_sweeping = False

    def known(self) -> list[_Pool]:
        """The clients that are open."""
        return list(self._by_key.values())

    def join(self, user: OwnClient, proxy: SecretStr | None) -> _Pool:
        """The pool for a user, who counts from now on."""
        key = http_options.pool_key(proxy)
        with self._lock:
            pool = self._by_key.get(key)
            if pool is None or pool.http.is_closed:
                http = http_options.build_client(sync_client, proxy, _LIMITS)
                pool = self._by_key[key] = _Pool(key, http)
            pool.users.add(user)
        return pool

    def leave(self, user: OwnClient, pool: _Pool) -> None:
        """End a user's share. The last one closes the client."""
        with self._lock:
            pool.users.discard(user)
            if pool.users or pool.pid != os.getpid():
                return
            if self._by_key.get(pool.key) is pool:
                del self._by_key[pool.key]
        self._unused_since.pop(pool, None)
        if pool.finalizer.detach():
            pool.http.close()

    def keep_for_a_while(self, pool: _Pool) -> None:
        """Keep a pool that a user was dropped from; a thread lets go of it later.

        The garbage collector calls this, anywhere, so that no lock is taken here. `threading` takes
        some when it starts a thread.
        """
        is_closed = pool.pid != os.getpid() or not pool.finalizer.alive
        if is_closed or _is_used(pool) or sys.is_finalizing():
            return
        self._unused_since[pool] = time.monotonic()
        if not self._is_sweeping:
            self._is_sweeping = True
            try:
                _thread.start_new_thread(self._sweep, ())
            except RuntimeError:  # no thread can be started
                self._is_sweeping = False
                self._unused_since.clear()

    def _sweep(self) -> None:
        """Let go of the pools that were unused for long enough, until there are none."""
        while self._is_sweeping:
            time.sleep(http_options.POOL_LINGER / 4)
            self._let_go(time.monotonic() - http_options.POOL_LINGER)
            if not self._unused_since:
                self._is_sweeping = False
                # One may have come just before.
                self._is_sweeping = bool(self._unused_since)

    def _let_go(self, longest: float) -> None:
        # The last reference to a pool closes it, in this method's thread.
        for pool, since in list(self._unused_since.items()):
            if since < longest:
                self._unused_since.pop(pool, None)


_pools = _Pools()


_inherited: list[_Pool] = []  # from the parent process


def _is_used(pool: _Pool) -> bool:
    return next(iter(pool.users), None) is not None  # `len` would count the one that was dropped


def _restart_in_child() -> None:
    global _pools
    for pool in _pools.known():
        # Not closed: its sockets are the parent's, and a thread of the parent may hold its lock.
        pool.finalizer.detach()
        _inherited.append(pool)
    _pools = _Pools()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_restart_in_child)


def timed(body: Iterator[bytes], clock: Clock) -> Iterator[bytes]:
    """The pieces of a body on a connection that does not look at the clock by itself.

    Looks when a piece has come. `watch` looks while none comes.
    """
    for data in body:
        clock.end_wait()
        yield data
        clock.begin_wait()
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
    for forever. Then only the socket is closed. This thread may be ending itself, as when a stream
    in a thread-local goes; so nothing of `threading` is used, which would register it again.
    """
    if sys.is_finalizing():
        connection = _socket_of(response)
        if connection is not None:
            connection.close()
        response.is_closed = True  # the library would close it now, in modules that are gone
        return
    is_open = _thread.allocate_lock()
    is_open.acquire()

    def close() -> None:
        try:
            _close_quietly(response)
        finally:
            is_open.release()

    try:
        _thread.start_new_thread(close, ())
    except RuntimeError:
        _close_quietly(response)  # no thread can be started, as at the end of the interpreter
        return
    is_open.acquire(timeout=http_options.LINGER)


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

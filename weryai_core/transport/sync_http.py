"""Synchronous HTTP: clients of our own that are shared in a process, and how each is closed."""

from __future__ import annotations

import _thread
import atexit
import os
import sys
import threading
import time
import weakref

from pydantic import SecretStr

from weryai_core.transport import http_options
from weryai_core.transport.call import Call
from weryai_core.transport.http11.client import Http11Client
from weryai_core.transport.sync_replies import AnyReply, close_apart, close_quietly


class OwnClient:
    """The HTTP client of one `Client`: built on first use, and shared with others of its process.

    It is closed when the last of them is closed, or some seconds after the last was
    garbage-collected: the next one is often made at once.

    Args:
        proxy: Address of a proxy; None: that of the environment.
    """

    def __init__(self, proxy: SecretStr | None = None) -> None:
        self._proxy = proxy
        # After a fork the parent's client is not closed: its sockets are the parent's.
        self._by_process: dict[_Pools, _Share] = {}
        weakref.finalize(self, _drop, self._by_process).atexit = False

    def send(self, call: Call) -> AnyReply:
        """The reply to a call, whose body is not read yet."""
        return self.current().send(call)

    def current(self) -> Http11Client:
        """The client of this process."""
        share = self._by_process.get(_pools)
        if share is None or share.pool.http.is_closed:
            share = self._join()
        return share.pool.http

    def close(self) -> None:
        """Close the client, unless others use it. The next use builds another."""
        share = self._by_process.pop(_pools, None)
        if share is not None:
            share.end()

    def _join(self) -> _Share:
        joined = _pools.join(self._proxy)
        share = self._by_process.setdefault(_pools, joined)
        if share.pool.http.is_closed:  # at the end of the process
            self._by_process[_pools] = share = joined
        if share is not joined:
            joined.end()  # another thread was faster
        return share


class _Pool:
    """A client, and the shares of those who use it.

    No lock guards them, since shares end in the garbage collector, which may run anywhere. Who
    joins adds a share and then looks whether the pool is retired. Who finds no share retires the
    pool and then looks once more for shares. So one of the two always notices the other.
    """

    def __init__(self, key: tuple[str | None, ...], http: Http11Client) -> None:
        self.key = key
        self.http = http
        self.shares: set[_Share] = set()
        self.is_retired: bool = False  # nobody joins any more


class _Share:
    """That somebody uses a pool; the pool's client is open at least until all shares have ended."""

    def __init__(self, pool: _Pool) -> None:
        self.pool = pool
        pool.shares.add(self)

    def end(self) -> None:
        """End the share. The last one closes the client."""
        self.pool.shares.discard(self)
        _pools.close_if_unused(self.pool)

    def drop(self) -> None:
        """End the share. If it was the last one, the client is closed some seconds later."""
        self.pool.shares.discard(self)
        if not self.pool.shares:
            _pools.keep_for_a_while(self.pool)


class _Pools:
    """The clients of this process, one for each proxy and environment."""

    def __init__(self) -> None:
        self._building = threading.RLock()  # the garbage collector may want a client as well
        self._by_key: dict[tuple[str | None, ...], _Pool] = {}
        self._open: dict[_Pool, bool] = {}
        self._unused_since: dict[_Pool, float] = {}
        self._is_sweeping = False

    def join(self, proxy: SecretStr | None) -> _Share:
        """A share of the pool for this proxy."""
        key = http_options.pool_key(proxy)
        while True:
            share = _Share(self._joinable(key) or self._build(key, proxy))
            if not share.pool.is_retired:
                return share
            share.end()

    def close_if_unused(self, pool: _Pool) -> None:
        """Retire a pool without shares, and close its client. Others' pools are left alone."""
        if pool.shares or pool not in self._open:
            return
        pool.is_retired = True
        if self._by_key.get(pool.key) is pool:
            self._by_key.pop(pool.key, None)
        if not pool.shares and self._open.pop(pool, False):
            self._unused_since.pop(pool, None)
            close_apart(pool.http.close)

    def keep_for_a_while(self, pool: _Pool) -> None:
        """Have a thread close a pool later, unless it is used again. Never waits.

        `threading` takes locks when it starts a thread; the garbage collector may run within them.
        """
        if pool not in self._open or sys.is_finalizing():
            return
        self._unused_since[pool] = time.monotonic()
        if not self._is_sweeping:
            self._is_sweeping = True
            try:
                _thread.start_new_thread(self._sweep, ())
            except RuntimeError:  # no thread can be started; the next one who is dropped tries it
                self._is_sweeping = False

    def close_all(self) -> None:
        """Close all clients, at the end of the process."""
        for pool in self.known():
            if self._open.pop(pool, False):
                pool.is_retired = True
                close_quietly(pool.http.close)

    def known(self) -> list[_Pool]:
        """The pools whose clients are open."""
        return list(self._open)

    def _joinable(self, key: tuple[str | None, ...]) -> _Pool | None:
        pool = self._by_key.get(key)
        return None if pool is None or pool.http.is_closed else pool

    def _build(self, key: tuple[str | None, ...], proxy: SecretStr | None) -> _Pool:
        with self._building:
            pool = self._joinable(key)
            if pool is None:
                http = http_options.build_client(Http11Client, proxy, http_options.POOL_LIMITS)
                pool = self._by_key[key] = _Pool(key, http)
                self._open[pool] = True
            return pool

    def _sweep(self) -> None:
        """Close the pools that were unused for long enough, until there are none."""
        while self._is_sweeping:
            time.sleep(http_options.POOL_LINGER / 4)
            self._close_unused(time.monotonic() - http_options.POOL_LINGER)
            if not self._unused_since:
                self._is_sweeping = False
                # One may have come just before.
                self._is_sweeping = bool(self._unused_since)

    def _close_unused(self, longest: float) -> None:
        for pool in list(self._unused_since):
            # Removed before the look at the shares: one that ends after it is noted anew.
            since = self._unused_since.pop(pool, None)
            if since is None or pool.shares:
                continue
            if since < longest:
                self.close_if_unused(pool)
            else:
                self._unused_since.setdefault(pool, since)


_pools = _Pools()
_inherited: list[_Pool] = []  # from the parent process


def _drop(by_process: dict[_Pools, _Share]) -> None:
    """Called by the garbage collector, within anything: takes no lock and waits for nothing."""
    share = by_process.pop(_pools, None)
    if share is not None:
        share.drop()


def _restart_in_child() -> None:
    global _pools
    # Not closed: their sockets are the parent's, and a thread of the parent may hold their locks.
    _inherited.extend(_pools.known())
    _pools = _Pools()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_restart_in_child)


@atexit.register
def _close_at_exit() -> None:
    _pools.close_all()

"""Asynchronous HTTP: clients that are shared in an event loop, and how each of them is closed.

They run on aiohttp's connections, which serve a thousand requests at once where httpx's own pool
stalls at a hundred.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import weakref
from collections.abc import AsyncGenerator
from contextlib import suppress
from math import inf

from pydantic import SecretStr

from weryai_core.transport import http_options
from weryai_core.transport.on_aiohttp.engine import Engine


class LoopClients:
    """The HTTP clients of one `AsyncClient`: one an event loop, each shared with others there.

    Each is closed when its loop shuts down, when the last of its users is closed, some seconds
    after the last was garbage-collected, or when the interpreter exits.

    Args:
        proxy: Address of a proxy; None: that of the environment.
    """

    def __init__(self, proxy: SecretStr | None = None) -> None:
        self._proxy = proxy
        self._by_loop: dict[asyncio.AbstractEventLoop, _Share] = {}
        weakref.finalize(self, _drop, self._by_loop).atexit = False

    def known(self) -> Engine | None:
        """The client of the running loop, if there is one already."""
        share = self._by_loop.get(asyncio.get_running_loop())
        return share.pool.http if share is not None and share.pool.is_usable() else None

    async def current(self) -> Engine:
        """The client of the running loop."""
        return self.known() or (await self._join(asyncio.get_running_loop())).pool.http

    async def close_current(self) -> None:
        """Close the client of the running loop, unless others use it."""
        share = self._by_loop.pop(asyncio.get_running_loop(), None)
        if share is not None:
            share.end()
            await share.pool.close_if_unused()

    async def _join(self, loop: asyncio.AbstractEventLoop) -> _Share:
        for known in [known for known in self._by_loop if known.is_closed()]:
            stale = self._by_loop.pop(known, None)
            if stale is not None:
                # Its connections ended with its loop; this only marks it closed.
                await stale.pool.http.aclose()
        share = self._by_loop.get(loop)
        if share is None or not share.pool.is_usable():  # no other task was faster
            # Without an await between, nobody closes the pool before the share counts.
            pool = _pool_of(loop, self._proxy)
            share = self._by_loop[loop] = _Share(pool)
            await pool.watch_loop()
        return share


class _LoopPool:
    """A client of one event loop, and the shares of those who use it.

    Only code that runs in the loop joins a pool or retires it; a retired one is joined by nobody.

    Attributes:
        http: The client.
        shares: Those who use it.
    """

    def __init__(self, key: _Key, http: Engine) -> None:
        self.http = http
        self.shares: set[_Share] = set()
        self._key = key
        self._pid = os.getpid()
        self._is_retired = False
        self._unused_since = inf
        self._has_timer = False
        self._closing: asyncio.Future[None] | None = None
        self._guard: AsyncGenerator[None, None] | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop."""
        return self._key[0]

    def is_usable(self) -> bool:
        """Whether the client is open, and of this process.

        After a fork it is not closed: its sockets are the parent's.
        """
        return not self._is_retired and self._pid == os.getpid()

    async def watch_loop(self) -> None:
        """Have the loop close the client when it shuts down.

        Loops close their asynchronous generators then, and one of those closes the client.
        """
        if self._guard is None:
            self._guard = self._until_shutdown()
            await self._guard.__anext__()

    async def close_if_unused(self) -> None:
        """Close the client unless somebody uses it, and wait until it is closed."""
        if not self.shares and self.is_usable():
            await self.close()

    async def close(self) -> None:
        """Close the client for good; who asks for one next gets another."""
        await self._close_http()
        guard, self._guard = self._guard, None
        if guard is not None:
            # Raised if the loop is shutting down and is closing the generator itself.
            with suppress(RuntimeError):
                await guard.aclose()

    def keep_for_a_while(self) -> None:
        """Have the loop close the client later, unless it is used again; from any thread.

        The garbage collector calls this, within anything: it takes no lock and waits for nothing.
        """
        if self.is_usable():
            with suppress(RuntimeError):  # the loop is closed, and has closed the client
                self.loop.call_soon_threadsafe(self._note_unused)

    def _note_unused(self) -> None:
        self._unused_since = self.loop.time()
        self._wait(http_options.POOL_LINGER)

    def _wait(self, seconds: float) -> None:
        if not self._has_timer:
            self._has_timer = True
            self.loop.call_later(seconds, self._look)

    def _look(self) -> None:
        """Close the client if it was unused for long enough; whoever is dropped later asks anew."""
        self._has_timer = False
        if self.shares or not self.is_usable():
            return
        left = self._unused_since + http_options.POOL_LINGER - self.loop.time()
        if left > 0:
            self._wait(left)
        else:
            self._retire()
            self._task = self.loop.create_task(self.close())

    def _retire(self) -> None:
        self._is_retired = True
        if _pools.get(self._key) is self:
            _pools.pop(self._key, None)

    async def _until_shutdown(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            # Loops that do not track their generators (nest_asyncio's) leave them to the end of the
            # process, when there is no loop to close anything in.
            if _has_loop():
                await self._close_http()

    async def _close_http(self) -> None:
        self._retire()
        if self._closing is None:
            self._closing = asyncio.ensure_future(self.http.aclose())
        if not self._closing.done():
            await asyncio.wait([self._closing])


class _Share:
    """That somebody uses a pool."""

    def __init__(self, pool: _LoopPool) -> None:
        self.pool = pool
        pool.shares.add(self)

    def end(self) -> None:
        """End the share."""
        self.pool.shares.discard(self)

    def drop(self) -> None:
        """End the share. If it was the last one, the client is closed some seconds later."""
        self.end()
        if not self.pool.shares:
            self.pool.keep_for_a_while()


_Key = tuple[asyncio.AbstractEventLoop, tuple[str | None, ...]]

# A pool lives as long as its shares, or as its loop plans to close it.
_pools: weakref.WeakValueDictionary[_Key, _LoopPool] = weakref.WeakValueDictionary()
_inherited: list[_LoopPool] = []


def _pool_of(loop: asyncio.AbstractEventLoop, proxy: SecretStr | None) -> _LoopPool:
    """The pool of a loop for this proxy."""
    key = (loop, http_options.pool_key(proxy))
    pool = _pools.get(key)
    if pool is None or pool.http.is_closed:
        pool = _pools[key] = _LoopPool(key, Engine(proxy))
    return pool


def _drop(by_loop: dict[asyncio.AbstractEventLoop, _Share]) -> None:
    while by_loop:
        _, share = by_loop.popitem()
        share.drop()


def _restart_in_child() -> None:
    _inherited.extend(_pools.values())  # not closed: their sockets are the parent's
    _pools.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_restart_in_child)


@atexit.register
def _close_at_exit() -> None:
    """Close the clients of loops that were not shut down.

    Some frameworks' synchronous methods run asynchronous ones in such a loop. Where a stream is
    still open, nothing is closed: its reader would be woken, and the loop would then stop again.
    """
    for pool in list(_pools.values()):
        # Raised, for instance, if another exit handler has closed the loop already.
        with suppress(RuntimeError):
            if pool.loop.is_closed():
                asyncio.run(pool.http.aclose())
            elif not pool.loop.is_running() and not pool.http.is_in_use():
                pool.loop.run_until_complete(pool.close())


def _has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True

"""Asynchronous HTTP: clients that are shared in an event loop, and how each of them is closed.

They are httpx2's clients on aiohttp's transport, which serves a thousand requests at once where
httpx's own pool stalls at a hundred.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import weakref
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from math import inf
from typing import Any, NamedTuple

import httpx2
from pydantic import SecretStr

from weryai_core.bodies import apieces_of
from weryai_core.clock import Clock
from weryai_core.transport import http_options
from weryai_core.transport.aiohttp_transport import aiohttp_client, is_in_use, is_timed

# With a limit, a request that waits for a connection would run into the timeout. aiohttp takes 0
# for "no limit"; None would mean 100.
_LIMITS = httpx2.Limits(max_connections=0)


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

    async def current(self) -> httpx2.AsyncClient:
        """The client of the running loop."""
        loop = asyncio.get_running_loop()
        share = self._by_loop.get(loop)
        if share is None or share.pool.pid != os.getpid():
            # After a fork the old client is not closed: its sockets are the parent's.
            share = await self._join(loop)
        return share.pool.http

    async def close_current(self) -> None:
        """Close the client of the running loop, unless others use it."""
        share = self._by_loop.pop(asyncio.get_running_loop(), None)
        if share is None or share.pool.pid != os.getpid():
            return
        share.finalizer.detach()
        share.pool.users.discard(self)
        if not share.pool.users:
            await share.pool.close()

    async def _join(self, loop: asyncio.AbstractEventLoop) -> _Share:
        for known in [known for known in self._by_loop if known.is_closed()]:
            stale = self._by_loop.pop(known, None)
            if stale is not None:
                stale.finalizer.detach()
                # Its connections ended with its loop; this only marks it closed.
                await stale.pool.http.aclose()
        key = (loop, http_options.pool_key(self._proxy))
        pool = _pools.get(key)
        if pool is None or pool.http.is_closed:
            http = http_options.build_client(aiohttp_client, self._proxy, _LIMITS)
            pool = _pools[key] = _LoopPool(loop, http)
            await pool.closing.watch_loop()
        pool.users.add(self)
        finalizer = weakref.finalize(self, _keep_for_a_while, pool)
        finalizer.atexit = False
        share = self._by_loop[loop] = _Share(pool, finalizer)
        return share


class _LoopPool:
    """A client of one event loop, and those who use it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, http: httpx2.AsyncClient) -> None:
        self.loop = loop
        self.http = http
        self.closing = _Closing(http)
        self.pid: int = os.getpid()
        self.users: weakref.WeakSet[LoopClients] = weakref.WeakSet()

    async def close(self) -> None:
        """Close the client for good; who asks for one next gets another."""
        for key in [key for key, pool in list(_pools.items()) if pool is self]:
            _pools.pop(key, None)
        await self.closing.close()

    def wait_for_users(self) -> None:
        """Close the client if nobody uses it for some seconds."""
        if not self.users:
            self.loop.call_later(http_options.POOL_LINGER, self._close_if_unused)

    def _close_if_unused(self) -> None:
        if not self.users:
            self._task = self.loop.create_task(self.close())


class _Share(NamedTuple):
    pool: _LoopPool
    finalizer: weakref.finalize[Any, Any]


# A pool lives as long as its users, or as its loop plans to close it.
_pools: weakref.WeakValueDictionary[Any, _LoopPool] = weakref.WeakValueDictionary()
_inherited: list[_LoopPool] = []


def _keep_for_a_while(pool: _LoopPool) -> None:
    """Have a loop close its client later, from any thread; a closed loop has done so already."""
    # `len` would count the user that was dropped.
    if pool.pid == os.getpid() and next(iter(pool.users), None) is None:
        with suppress(RuntimeError):
            pool.loop.call_soon_threadsafe(pool.wait_for_users)


def _restart_in_child() -> None:
    _inherited.extend(_pools.values())  # not closed: their sockets are the parent's
    _pools.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_restart_in_child)


@atexit.register
def _close_at_exit() -> None:
    """Close the clients of loops that were not shut down: aiohttp would complain on stderr.

    Some frameworks' synchronous methods run asynchronous ones in such a loop. Where a stream is
    still open, nothing is closed: its reader would be woken, and the loop would then stop again.
    """
    for pool in list(_pools.values()):
        # Raised, for instance, if another exit handler has closed the loop already.
        with suppress(RuntimeError):
            if pool.loop.is_closed():
                asyncio.run(pool.http.aclose())
            elif not pool.loop.is_running():
                if is_in_use(pool.http):
                    _ignore_open_connections(pool.loop)
                else:
                    pool.loop.run_until_complete(pool.close())


def _ignore_open_connections(loop: asyncio.AbstractEventLoop) -> None:
    """Have a loop drop what aiohttp says of connections that end with the interpreter."""
    handler = loop.get_exception_handler()

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if str(context.get("message")).startswith("Unclosed c"):  # connection, connector, client
            return
        if handler is None:
            loop.default_exception_handler(context)
        else:
            handler(loop, context)

    loop.set_exception_handler(handle)


class _Closing:
    """Closes a client once: for its owner, or for an event loop that shuts down first."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http
        self._task: asyncio.Future[None] | None = None
        self._guard: AsyncGenerator[None, None] | None = None

    async def watch_loop(self) -> None:
        """Have the running loop close the client when it shuts down.

        Loops close their asynchronous generators then, and one of those closes the client.
        """
        self._guard = self._until_shutdown()
        await self._guard.__anext__()

    async def close(self) -> None:
        """Close the client, and wait until it is closed."""
        await self._close_http()
        guard, self._guard = self._guard, None
        if guard is not None:
            # Raised if the loop is shutting down and is closing the generator itself.
            with suppress(RuntimeError):
                await guard.aclose()

    async def _until_shutdown(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            # Loops that do not track their generators (nest_asyncio's) leave them to the end of the
            # process, when there is no loop to close anything in.
            if _has_loop():
                await self._close_http()

    async def _close_http(self) -> None:
        if self._task is None:
            self._task = asyncio.ensure_future(self._http.aclose())
        if not self._task.done():
            await asyncio.wait([self._task])


def _has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def timed_body(response: Any, clock: Clock) -> AsyncIterator[bytes]:
    """The pieces of a body, for as long as the clock allows.

    Our connections of aiohttp look at the clock by themselves.
    """
    body = apieces_of(response)
    return body if is_timed(response) else _timed(body, clock)


async def _timed(body: AsyncIterator[bytes], clock: Clock) -> AsyncIterator[bytes]:
    while True:
        left = clock.left()
        try:
            async with asyncio.timeout(None if left == inf else left):
                data = await anext(body)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise httpx2.ReadTimeout("the call has no time left") from None
        yield data

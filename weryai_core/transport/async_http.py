"""Asynchronous HTTP: one client an event loop, and how each of them is closed.

They are httpx2's clients on aiohttp's transport, which serves a thousand requests at once where
httpx's own pool stalls at a hundred.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
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
from weryai_core.transport.aiohttp_transport import aiohttp_client, is_timed

# With a limit, a request that waits for a connection would run into the timeout. aiohttp takes 0
# for "no limit"; None would mean 100.
_LIMITS = httpx2.Limits(max_connections=0)


class LoopClients:
    """One HTTP client an event loop.

    Each is closed when its loop shuts down, when this object is garbage-collected, or when the
    interpreter exits.

    Args:
        proxy: Address of a proxy; None: that of the environment.
    """

    def __init__(self, proxy: SecretStr | None = None) -> None:
        self._proxy = proxy
        self._by_loop: dict[asyncio.AbstractEventLoop, _LoopClient] = {}
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._inherited: list[object] = []
        _all_loop_clients.add(self)

    async def current(self) -> httpx2.AsyncClient:
        """The client of the running loop."""
        loop = asyncio.get_running_loop()
        if self._pid != os.getpid():
            # After a fork the old clients are kept, not closed: their sockets are the parent's. The
            # lock is replaced, since another thread of the parent may have held it.
            self._inherited.append(self._by_loop)
            self._by_loop, self._pid, self._lock = {}, os.getpid(), threading.Lock()
        entry = self._by_loop.get(loop)
        if entry is None:
            for stale in self._take_stale():
                # Its connections ended with its loop; this only marks it closed.
                await stale.http.aclose()
            entry = self._by_loop.get(loop)
        if entry is None:
            entry = await self._build(loop)
        return entry.http

    async def close_current(self) -> None:
        """Close the client of the running loop, if there is one."""
        with self._lock:
            entry = self._by_loop.pop(asyncio.get_running_loop(), None)
        if entry is not None:
            entry.finalizer.detach()
            await entry.closing.close()

    def close_idle(self) -> None:
        """Close the clients of all loops that do not run, closed ones included."""
        if self._pid != os.getpid():
            return  # the sockets are the parent's
        for stale in self._take_stale():
            asyncio.run(stale.http.aclose())
        with self._lock:
            idle = [loop for loop in self._by_loop if not loop.is_running()]
            entries = [(loop, self._by_loop.pop(loop)) for loop in idle]
        for loop, entry in entries:
            entry.finalizer.detach()
            loop.run_until_complete(entry.closing.close())

    async def _build(self, loop: asyncio.AbstractEventLoop) -> _LoopClient:
        http = http_options.build_client(aiohttp_client, self._proxy, _LIMITS)
        closing = _Closing(http)
        await closing.watch_loop()
        # The finalizer holds the client, too. Collected in one cycle with this object, the client
        # would otherwise be destroyed before it is closed.
        finalizer = weakref.finalize(self, _close_soon, loop, closing)
        finalizer.atexit = False
        entry = _LoopClient(http, closing, finalizer)
        with self._lock:
            self._by_loop[loop] = entry
        return entry

    def _take_stale(self) -> list[_LoopClient]:
        """Take out the clients whose loops are closed."""
        with self._lock:
            closed = [loop for loop in self._by_loop if loop.is_closed()]
            stale = [self._by_loop.pop(loop) for loop in closed]
        for entry in stale:
            entry.finalizer.detach()
        return stale


_all_loop_clients: weakref.WeakSet[LoopClients] = weakref.WeakSet()


@atexit.register
def _close_at_exit() -> None:
    """Close the clients of loops that were not shut down: aiohttp would complain on stderr.

    Some frameworks' synchronous methods run asynchronous ones in such a loop.
    """
    for clients in list(_all_loop_clients):
        # Raised, for instance, if another exit handler has closed the loop already.
        with suppress(RuntimeError):
            clients.close_idle()


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


class _LoopClient(NamedTuple):
    http: httpx2.AsyncClient
    closing: _Closing
    finalizer: weakref.finalize[Any, Any]


def _close_soon(loop: asyncio.AbstractEventLoop, closing: _Closing) -> None:
    """Have a loop close its client, from any thread; a closed loop has done so already."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(lambda: loop.create_task(closing.close()))


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

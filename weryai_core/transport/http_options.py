"""The HTTP clients that calls run on, and what their exceptions mean.

Our own clients are httpx2's; async they run on aiohttp's transport, which serves a thousand
requests at once where httpx's own pool stalls at a hundred. Clients passed in may be httpx's, too.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import os
import socket
import ssl
import threading
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

import aiohttp
import anyio
import httpx
import httpx2
from pydantic import SecretStr

from weryai_core.config import DEFAULT_TIMEOUT, Config, Timeout, to_timeout
from weryai_core.errors import (
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
    WeryAIError,
)
from weryai_core.transport.aiohttp_transport import AiohttpClient

H = TypeVar("H", httpx2.Client, httpx2.AsyncClient)

# aiohttp's own errors escape its httpx transport where that has no name for them.
HTTP_ERRORS = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    aiohttp.ClientError,
    aiohttp.http_exceptions.HttpProcessingError,
)
_TIMEOUTS = (httpx.TimeoutException, httpx2.TimeoutException)
_LINGER = 1.0  # seconds that a body may stay open after [DONE]
_LIBRARY_DEFAULT_TIMEOUT = to_timeout(httpx.Timeout(5.0))

# Without a limit, waiting in line for a connection cannot turn into a timeout. aiohttp takes 0
# for "no limit" (None would mean 100); httpx2's own pool looks at each connection on every request,
# so there those that are kept idle are bounded.
_SYNC_LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=100)
_ASYNC_LIMITS = httpx2.Limits(max_connections=0)


class OwnClient:
    """One HTTP client a process, built on first use and closed when this is dropped."""

    def __init__(self, proxy: SecretStr | None = None) -> None:
        self._proxy = proxy
        self._http: httpx2.Client | None = None
        self._finalizer: weakref.finalize[Any, Any] | None = None
        self._pid = os.getpid()
        self._lock = threading.Lock()

    def current(self) -> httpx2.Client:
        """The client of this process."""
        if self._pid != os.getpid():
            # After a fork the old one is dropped, not closed: its sockets are the parent's. So is
            # the lock, which another thread of the parent may have held.
            self._http, self._pid, self._lock = None, os.getpid(), threading.Lock()
        http = self._http
        if http is None:
            with self._lock:
                http = self._http
                if http is None:
                    http = self._http = _build(httpx2.Client, self._proxy, _SYNC_LIMITS)
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


class LoopClients:
    """One HTTP client an event loop.

    It is closed when its loop shuts down, when this is dropped, or when the interpreter ends.
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
            # Held on to and not closed: the sockets are the parent's. So is the lock.
            self._inherited.append(self._by_loop)
            self._by_loop, self._pid, self._lock = {}, os.getpid(), threading.Lock()
        entry = self._by_loop.get(loop)
        if entry is None:
            for stale in self._take_stale():
                # Its connections went with its loop; this only marks it closed.
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
        http = _build(AiohttpClient, self._proxy, _ASYNC_LIMITS)
        closing = _Closing(http)
        await closing.watch_loop()
        # The finalizer, and not only this object, holds the client: dropped in a cycle together
        # with this object, it would be destroyed before it is closed.
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
    """Close what is open in loops that nobody shut down: aiohttp would complain on stderr.

    Such a loop is what LlamaIndex's synchronous methods run their asynchronous ones in.
    """
    for clients in list(_all_loop_clients):
        # E.g. another exit handler, which came first, has closed the loop in the meantime.
        with suppress(RuntimeError):
            clients.close_idle()


class _Closing:
    """Closes a client once, whoever asks first: its owner, or the event loop that shuts down."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http
        self._task: asyncio.Future[None] | None = None
        self._guard: AsyncGenerator[None, None] | None = None

    async def watch_loop(self) -> None:
        """Have the running loop close the client when it shuts down, as it does generators."""
        self._guard = self._until_shutdown()
        await self._guard.__anext__()

    async def close(self) -> None:
        """Close the client, and wait until it is closed."""
        await self._close_http()
        guard, self._guard = self._guard, None
        if guard is not None:
            # Fails if the loop, shutting down, is at it already.
            with suppress(RuntimeError):
                await guard.aclose()

    async def _until_shutdown(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            # Loops that do not know of their generators (nest_asyncio's) leave them to the end of
            # the process, when there is no loop to close anything with.
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
    """Have a loop close its client, from whichever thread; a closed loop has done so."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(lambda: loop.create_task(closing.close()))


def drain(response: Any, body: Iterator[bytes]) -> None:
    """Read what is left behind a stream's answer, so that its connection can be used again.

    A server that keeps the body open is waited for `_LINGER` seconds; then the connection is shut
    down, which ends the body with one of the `HTTP_ERRORS`.
    """
    if response.http_version == "HTTP/2":
        return  # other answers may be under way on this connection, which outlives this one anyway
    network = response.extensions.get("network_stream")
    connection = network.get_extra_info("socket") if network is not None else None
    if connection is None:  # no network: a transport of the user's, which has it all at hand
        for _ in body:
            pass
        return
    timer = threading.Timer(_LINGER, _shut_down, [connection])
    timer.daemon = True
    try:
        timer.start()
    except RuntimeError:
        return  # there are no more threads, as when the interpreter shuts down
    try:
        for _ in body:
            pass
    finally:
        timer.cancel()


async def adrain(body: AsyncIterator[bytes]) -> None:
    """`drain`, asynchronous: what is not over in time is closed with the response."""
    with anyio.move_on_after(_LINGER):
        async for _ in body:
            pass


def close_apart(response: Any) -> None:
    """Close a response in a thread of its own, and wait `_LINGER` seconds at the most.

    For a stream that ends because nobody holds it any more. The collector of garbage may find that
    out amid an operation of the HTTP library in this very thread, which holds the lock that closing
    needs. Closed here, both would wait for each other forever; there, it has the lock as soon as
    the collector is done.
    """
    closing = threading.Thread(target=_close_quietly, args=[response], daemon=True)
    try:
        closing.start()
    except RuntimeError:
        _close_quietly(response)  # there are no more threads, as when the interpreter shuts down
        return
    closing.join(_LINGER)


def _close_quietly(response: Any) -> None:
    with suppress(*HTTP_ERRORS):
        response.close()


def _shut_down(connection: socket.socket) -> None:
    with suppress(OSError):  # closed in the meantime
        connection.shutdown(socket.SHUT_RDWR)


def check_given(http: Any) -> None:
    """See that an HTTP client passed in can still be used.

    Raises:
        ConfigurationError: It is closed.
    """
    if http is not None and http.is_closed:
        raise ConfigurationError("The HTTP client that was passed in is closed; pass an open one.")


def settle_timeout(given: Any, config: Config, http: Any) -> Timeout:
    """This call's, else the client's, else that of the HTTP client passed in, else the default."""
    if given is not None:
        return to_timeout(given)
    if config.timeout is not None:
        return config.timeout
    if http is not None and to_timeout(http.timeout) != _LIBRARY_DEFAULT_TIMEOUT:
        return to_timeout(http.timeout)
    return DEFAULT_TIMEOUT


def to_error(exception: BaseException) -> WeryAIError | None:
    """An exception of the HTTP libraries as one of ours; None for any other."""
    if type(exception) is RuntimeError:
        # What asyncio and the libraries raise for a client of another event loop, or a closed one.
        error = APIConnectionError(
            f"The HTTP client cannot be used here ({exception}). If it was passed in, it must be "
            "open, and made for the event loop that runs."
        )
        error.is_retryable = False
        return error
    if not isinstance(exception, (*HTTP_ERRORS, UnicodeError)):
        return None
    # The aiohttp transport calls all that goes wrong with a connection a ConnectTimeout; what
    # aiohttp said tells. Its own timeouts are asyncio's.
    cause = exception.__cause__
    origin = cause if isinstance(cause, aiohttp.ClientError) else exception
    if isinstance(origin, (*_TIMEOUTS, asyncio.TimeoutError)):
        return APITimeoutError(
            f"WeryAI did not answer in time ({type(exception).__name__}). "
            "Raise `timeout` if the model needs longer."
        )
    what = f"{type(origin).__name__}: {origin}".rstrip(": ")
    return APIConnectionError(
        f"The connection to WeryAI failed ({what}). Check `base_url` and the network."
    )


def _build(kind: type[H], proxy: SecretStr | None, limits: httpx2.Limits) -> H:
    options: dict[str, Any] = {} if proxy is None else {"proxy": proxy.get_secret_value()}
    cause: Exception | None = None
    try:
        return kind(verify=_tls(), limits=limits, **options)
    except (OSError, ImportError, ValueError) as error:
        cause = error
    except httpx2.InvalidURL:
        # Not repeated: what it takes for the port may be the password.
        pass
    raise ConfigurationError(
        "The HTTP client cannot be set up. Look at `proxy` and at the variables for proxies "
        "and certificates (HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE ...): "
        f"{str(cause or 'the address of a proxy cannot be read').rstrip('.')}."
    ) from cause


@functools.lru_cache(maxsize=4)
def _tls_for(cert_file: str | None, cert_dir: str | None) -> ssl.SSLContext:
    return httpx2.create_ssl_context()


def _tls() -> ssl.SSLContext:
    """One TLS context for all clients: loading the certificates takes tens of milliseconds."""
    return _tls_for(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))

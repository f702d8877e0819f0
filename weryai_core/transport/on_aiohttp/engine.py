"""Our own asynchronous client: keeps connections, and sends calls on them.

aiohttp opens the connections, also through a proxy, and parses the answers. Its session, its pool
and its requests are not used: they cost more than all else in a call. A SOCKS proxy, which aiohttp
does not know, is reached by httpx2's own connections.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections import deque
from functools import partial
from math import inf
from typing import Any

import aiohttp
import httpx2
from pydantic import SecretStr
from yarl import URL

from weryai_core.errors import ConfigurationError
from weryai_core.transport import http_options
from weryai_core.transport.call import Call
from weryai_core.transport.http_options import IDLE_LIFETIME
from weryai_core.transport.on_aiohttp.connection import Connection
from weryai_core.transport.on_aiohttp.faults import fault_of
from weryai_core.transport.on_aiohttp.request import Address, address_of, head_of
from weryai_core.transport.on_aiohttp.response import Response
from weryai_core.transport.passed_in import PassedIn, PassedInResponse

_NO_LIMITS = aiohttp.ClientTimeout()


class Engine:
    """An HTTP client for one event loop, which must be running when it is made.

    Args:
        proxy: Address of a proxy; None: that of the environment.

    Raises:
        ConfigurationError: The proxy, or a variable for proxies or certificates, cannot be used.

    Attributes:
        is_closed: Whether it is closed.
    """

    def __init__(self, proxy: SecretStr | None = None) -> None:
        self.is_closed: bool = False
        self._loop = asyncio.get_running_loop()
        self._proxies = http_options.proxies(proxy)
        self._tls = http_options.configured(http_options.tls)
        self._routes: dict[str, _Route | PassedIn] = {}
        self._connections: set[Connection] = set()
        self._idle: dict[str, deque[Connection]] = {}
        self._opening = 0
        self._has_timer = False
        self._socks: list[httpx2.AsyncClient] = []
        self._connector = aiohttp.TCPConnector(limit=0, ssl=self._tls)
        connector: Any = self._connector
        connector._factory = partial(Connection, self._loop)

    async def send(self, call: Call) -> Response | PassedInResponse:
        """Send a call; its answer, whose body is not read yet.

        Raises:
            httpx2.HTTPError: A step failed.
        """
        address, _, query = call.url.partition("?")
        parts = address_of(address)
        route = self._routes.get(parts.origin) or self._build_route(parts)
        if isinstance(route, PassedIn):
            return await route.send(call)
        target = f"{route.prefix}{parts.path}?{query}" if query else route.prefix + parts.path
        head = head_of(call, parts.host, target, route.headers)
        connection = self._take(parts.origin)
        try:
            if connection is None:
                connection = await self._open(route, call)
            message, content = await connection.send(head, call.body, call.clock, call.timeout)
        except BaseException as error:
            if connection is not None:
                connection.give_up(call.clock)
            fault = fault_of(error) if isinstance(error, Exception) else None
            if fault is None:
                raise
        else:
            return Response(message, content, connection, call.clock)
        # Raised outside the `except`: some of aiohttp's errors show headers.
        raise fault.error from fault.cause

    def is_in_use(self) -> bool:
        """Whether a connection serves a call."""
        return (
            bool(self._opening)
            or any(connection.is_serving() for connection in self._connections)
            or any(map(_is_busy, self._socks))
        )

    async def aclose(self) -> None:
        """Close all connections."""
        self.is_closed = True
        connections, self._connections = [*self._connections], set()
        self._idle.clear()
        if self._loop.is_closed():
            return  # its connections ended with it
        ended = []
        for connection in connections:
            closed = connection.closed
            # An orderly end of TLS would wait for the server.
            connection.abort()
            if closed is not None:
                ended.append(closed)
        if ended:
            await asyncio.gather(*ended, return_exceptions=True)
        await self._connector.close()
        for socks in self._socks:
            await socks.aclose()

    def take_back(self, connection: Connection) -> None:
        """Keep a connection for another call, if it can serve one."""
        if self.is_closed or not connection.is_reusable():
            connection.close()
            return
        connection.idle_since = self._loop.time()
        idle = self._idle.get(connection.origin)
        if idle is None:
            idle = self._idle[connection.origin] = deque()
        idle.append(connection)
        if not self._has_timer:
            self._has_timer = True
            self._loop.call_later(IDLE_LIFETIME, self._close_idle)

    def forget(self, connection: Connection) -> None:
        """Forget a connection that has ended."""
        self._connections.discard(connection)

    def _take(self, origin: str) -> Connection | None:
        """The connection that was used last, if it can still be used.

        Between two calls the loop may have stopped, and no timer have closed an old connection.
        """
        idle = self._idle.get(origin)
        longest = self._loop.time() - IDLE_LIFETIME
        while idle:
            connection = idle.pop()
            is_young = connection.idle_since > longest
            if is_young and connection.is_reusable() and not connection.has_news():
                return connection
            connection.close()
        return None

    def _close_idle(self) -> None:
        """Close connections that nobody has used for a while."""
        self._has_timer = False
        longest = self._loop.time() - IDLE_LIFETIME
        for idle in self._idle.values():
            while idle and (idle[0].idle_since <= longest or not idle[0].is_reusable()):
                idle.popleft().close()
        first = min((idle[0].idle_since for idle in self._idle.values() if idle), default=None)
        if first is not None and not self.is_closed:
            self._has_timer = True
            self._loop.call_at(first + IDLE_LIFETIME, self._close_idle)

    async def _open(self, route: _Route, call: Call) -> Connection:
        """A new connection."""
        connector: Any = self._connector
        left = min(route.seconds_to_open(call), call.clock.remaining())
        self._opening += 1
        try:
            async with asyncio.timeout(None if left == inf else left):
                connection: Connection = await connector._create_connection(
                    route.request(self._loop), [], route.limits(call)
                )
        finally:
            self._opening -= 1
        if self.is_closed:
            connection.abort()
            raise aiohttp.ClientConnectionError("the client was closed")
        connection.owner, connection.origin = self, route.address.origin
        self._connections.add(connection)
        return connection

    def _build_route(self, address: Address) -> _Route | PassedIn:
        proxy = self._proxies(address.origin)
        route: _Route | PassedIn
        if proxy is None or proxy.url.scheme in ("http", "https"):
            route = _Route(address, proxy)
        else:
            route = PassedIn(self._build_socks(proxy))
        self._routes[address.origin] = route
        return route

    def _build_socks(self, proxy: httpx2.Proxy) -> httpx2.AsyncClient:
        try:
            transport = httpx2.AsyncHTTPTransport(
                verify=self._tls, proxy=proxy, limits=http_options.POOL_LIMITS
            )
        except ImportError as error:
            raise ConfigurationError(
                "A SOCKS proxy needs another package: pip install 'httpx2[socks]'."
            ) from error
        http = httpx2.AsyncClient(transport=transport, cookies=http_options.no_cookies())
        self._socks.append(http)
        return http


class _Route:
    """How an address is reached.

    Args:
        address: The address.
        proxy: The proxy; None for none.

    Attributes:
        address: The address.
        prefix: What precedes the path in the request: of a proxy, the address.
        headers: Lines of headers for the proxy.
    """

    def __init__(self, address: Address, proxy: httpx2.Proxy | None) -> None:
        self.address = address
        self.prefix = self.headers = ""
        self._proxy = proxy
        self._direct: aiohttp.ClientRequest | None = None
        if proxy is not None and address.origin.startswith("http://"):
            self.prefix = address.origin
            if proxy.auth is not None:
                self.headers = f"Proxy-Authorization: {_basic(proxy.auth)}\r\n"

    def request(self, loop: asyncio.AbstractEventLoop) -> aiohttp.ClientRequest:
        """What aiohttp needs to open a connection. TLS is the connector's, which no error shows."""
        url = URL(self.address.origin, encoded=True)
        proxy = self._proxy
        if proxy is None:
            if self._direct is None:
                self._direct = aiohttp.ClientRequest("GET", url, loop=loop)
            return self._direct
        headers = dict(proxy.headers)
        if proxy.auth is not None:
            # aiohttp makes `Proxy-Authorization` of it; its own class for it is deprecated.
            headers["Authorization"] = _basic(proxy.auth)
        return aiohttp.ClientRequest(
            "GET",
            url,
            loop=loop,
            proxy=URL(str(proxy.url), encoded=True),
            proxy_headers=headers,
        )

    def limits(self, call: Call) -> aiohttp.ClientTimeout:
        """What bounds the connection to a proxy; `seconds_to_open` bounds any other."""
        if self._proxy is None or call.timeout is None:
            return _NO_LIMITS
        return aiohttp.ClientTimeout(sock_connect=call.timeout.connect)

    def seconds_to_open(self, call: Call) -> float:
        """The time for a connection to be there. The pool has no limit, so nobody waits for it.

        aiohttp's time to connect is that of each address, and none bounds what a proxy says.
        """
        if call.timeout is None:
            return inf
        connect, read, _, pool = call.timeout
        left = inf if pool is None else pool
        if connect is None:
            return left
        if self._proxy is not None:
            connect += inf if read is None else read
        return min(left, connect)


def _basic(auth: tuple[str, str]) -> str:
    return f"Basic {b64encode(':'.join(auth).encode()).decode()}"


def _is_busy(client: Any) -> bool:
    """Whether a connection of httpx2's serves a call."""
    connections = client._transport._pool.connections
    return any(not connection.is_idle() for connection in connections)

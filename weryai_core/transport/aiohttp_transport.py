"""Runs httpx2's asynchronous client on aiohttp's connections, and corrects faults of aiohttp.

aiohttp repeats some requests by itself, drops what has arrived when a connection breaks, and does
not know SOCKS proxies. `aiohttp_connection` corrects what concerns the time.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import ExitStack
from functools import partial
from io import BytesIO
from math import inf
from typing import Any

import aiohttp
import httpx2
from httpx_aiohttp.httpx2 import AiohttpTransport, Httpx2AiohttpClient
from httpx_aiohttp.httpx2.transport import AiohttpResponseStream, map_aiohttp_exceptions

from weryai_core.errors import ConfigurationError
from weryai_core.transport.aiohttp_connection import Connection, WriteTimeout

_GONE = "the connection ended within the body"
_LARGE = 2**20  # bytes
_TIMED = "weryai.timed"  # an extension of our responses
_SOCKS_LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=100)


def aiohttp_client(**options: Any) -> httpx2.AsyncClient:
    """An `httpx2.AsyncClient` that runs on aiohttp, or behind a SOCKS proxy on httpx2's own pool.

    Args:
        options: Those of `httpx2.AsyncClient`.
    """
    return _AiohttpClient(**options)


def is_timed(response: Any) -> bool:
    """Whether the connection of a response looks at the clock of its call."""
    return _TIMED in response.extensions


def keep_what_arrives(response: Any) -> None:
    """Have a body on aiohttp give all that arrived before an error, whoever made the client."""
    stream = response.stream  # the client's own, around that of the transport
    inner: Any = getattr(stream, "_stream", None)
    if hasattr(inner, "_aiohttp_response"):
        stream._stream = _Body(inner._aiohttp_response)


def is_in_use(client: Any) -> bool:
    """Whether a connection of a client of ours serves a call."""
    transports = (client._transport, *client._mounts.values())
    return any(transport is not None and transport.is_in_use() for transport in transports)


class _AiohttpClient(Httpx2AiohttpClient):
    # The options are httpx2's own; they are passed through.
    def _init_transport(self, **options: Any) -> AiohttpTransport:  # type: ignore[override]  # by keyword
        return _Transport(**options)

    def _init_proxy_transport(  # type: ignore[override]  # by keyword
        self, proxy: httpx2.Proxy, **options: Any
    ) -> httpx2.AsyncBaseTransport:
        if proxy.url.scheme.startswith("http"):
            return _Transport(proxy=_with_header(proxy), **options)
        return _SocksTransport(proxy, verify=options["verify"])


def _with_header(proxy: httpx2.Proxy) -> httpx2.Proxy:
    """The proxy with its password in a header: aiohttp's own class for it is deprecated."""
    if proxy.auth is None:
        return proxy
    credentials = b64encode(":".join(proxy.auth).encode()).decode()
    # aiohttp makes `Proxy-Authorization` of it, whether it opens a tunnel or not.
    headers = {**proxy.headers, "Authorization": f"Basic {credentials}"}
    return httpx2.Proxy(proxy.url, ssl_context=proxy.ssl_context, headers=headers)


class _Transport(AiohttpTransport):
    def is_in_use(self) -> bool:
        """Whether a connection serves a call."""
        session = self.client if isinstance(self.client, aiohttp.ClientSession) else None
        connector: Any = None if session is None else session.connector
        return connector is not None and bool(connector._acquired)

    def get_client(self) -> aiohttp.ClientSession:
        session = super().get_client()
        # aiohttp repeats a GET on a lost connection by itself; we retry in one layer only.
        session._retry_connection = False
        # The session is shared by clients with different keys.
        session._cookie_jar = aiohttp.DummyCookieJar()
        session._request_class = _Request
        connector: Any = session.connector
        connector._factory = partial(Connection, loop=asyncio.get_running_loop())
        return session

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        steps = request.extensions.get("timeout")
        if steps is not None:
            request.extensions["timeout"] = {**steps, "pool": self._time_to_connect(steps)}
        try:
            response = await super().handle_async_request(request)
        except (aiohttp.ClientResponseError, httpx2.ProxyError) as error:
            fault: httpx2.RequestError = httpx2.RemoteProtocolError(str(error))
        except httpx2.ReadTimeout as error:
            if not isinstance(error.__cause__, WriteTimeout):
                raise
            fault = httpx2.WriteTimeout(str(error))
        else:
            stream: Any = response.stream
            response.stream = _Body(stream._aiohttp_response)
            response.extensions[_TIMED] = True
            return response
        # Raised outside the `except`: aiohttp's error shows the request's headers, key and all.
        raise fault

    def _time_to_connect(self, steps: Any) -> float | None:
        """The time for a connection to be there. The pool has no limit, so nobody waits for it.

        aiohttp's time to connect is that of each address, and none bounds what a proxy says.
        """
        connect, pool = steps.get("connect"), steps.get("pool")
        if connect is None:
            return pool  # type: ignore[no-any-return]  # of a dict of timeouts
        if self.proxy is not None:
            connect += inf if steps.get("read") is None else steps["read"]
        seconds = min(connect, inf if pool is None else pool)
        return None if seconds == inf else seconds


class _Request(aiohttp.ClientRequest):
    """A request that gives a large body piece by piece; aiohttp warns of one that comes at once."""

    def update_body_from_data(self, body: Any, *args: Any) -> None:
        if isinstance(body, bytes) and len(body) > _LARGE:
            body = BytesIO(body)
        super().update_body_from_data(body, *args)


class _Body(AiohttpResponseStream):
    """A body that gives all that has arrived before it raises an error. aiohttp drops the rest."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        content = self._aiohttp_response.content
        connection = self._aiohttp_response.connection
        # No connection is left if the whole body is there. Those of other clients know no clock.
        protocol = None if connection is None else connection.protocol
        ours = protocol if isinstance(protocol, Connection) else None
        closed = None if ours is not None else getattr(protocol, "closed", None)
        end = partial(_end, content)
        if closed is not None:
            closed.add_done_callback(end)
        with map_aiohttp_exceptions(), ExitStack() as at_end:
            if closed is not None:
                at_end.callback(closed.remove_done_callback, end)
            while True:
                if ours is not None:
                    ours.begin_wait()
                try:
                    data = await content.readany()
                except Exception as error:
                    rest = content._read_nowait(-1)
                    if rest:
                        yield rest
                    if type(error) is RuntimeError:  # of a connection that is gone already
                        raise aiohttp.ClientPayloadError(_GONE) from error
                    raise
                finally:
                    if ours is not None:
                        ours.end_wait()
                if not data:
                    return
                yield data


def _end(content: aiohttp.StreamReader, closed: asyncio.Future[None]) -> None:
    """End a body that is not whole when its connection is closed.

    aiohttp leaves its reader waiting after a malformed chunk. Our own connections see to it.
    """
    if not closed.cancelled():
        closed.exception()  # so that nobody warns that it was not looked at
    if not content.is_eof() and content.exception() is None:
        content.set_exception(aiohttp.ClientPayloadError(_GONE))


class _SocksTransport(httpx2.AsyncBaseTransport):
    """httpx2's own connections through a SOCKS proxy, which aiohttp does not know.

    Set up by the first request: many environments name such a proxy in `ALL_PROXY` without using
    it, and without the package that it needs.
    """

    def __init__(self, proxy: httpx2.Proxy, *, verify: Any) -> None:
        self._proxy, self._verify = proxy, verify
        self._transport: httpx2.AsyncHTTPTransport | None = None

    def is_in_use(self) -> bool:
        """Whether a connection serves a call."""
        connections: Any = () if self._transport is None else self._transport._pool.connections
        return any(not connection.is_idle() for connection in connections)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._transport is None:
            try:
                self._transport = httpx2.AsyncHTTPTransport(
                    verify=self._verify, proxy=self._proxy, limits=_SOCKS_LIMITS
                )
            except ImportError as error:
                raise ConfigurationError(
                    "A SOCKS proxy needs another package: pip install 'httpx2[socks]'."
                ) from error
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        if self._transport is not None:
            await self._transport.aclose()

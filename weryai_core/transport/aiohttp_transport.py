"""Runs httpx2's asynchronous client on aiohttp's connections, and corrects three faults of aiohttp.

aiohttp repeats some requests by itself, may wait forever for a body whose connection has ended, and
does not know SOCKS proxies.
"""

from __future__ import annotations

import asyncio
import weakref
from base64 import b64encode
from typing import Any

import aiohttp
import httpx2
from httpx_aiohttp.httpx2 import AiohttpTransport, Httpx2AiohttpClient

from weryai_core.errors import ConfigurationError

_SOCKS_LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=100)


def aiohttp_client(**options: Any) -> httpx2.AsyncClient:
    """An `httpx2.AsyncClient` that runs on aiohttp, or behind a SOCKS proxy on httpx2's own pool.

    Args:
        options: Those of `httpx2.AsyncClient`.
    """
    return _AiohttpClient(**options)


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
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._watched: weakref.WeakSet[Any] = weakref.WeakSet()

    def get_client(self) -> aiohttp.ClientSession:
        session = super().get_client()
        # aiohttp repeats a GET on a lost connection by itself; we retry in one layer only.
        session._retry_connection = False
        # The session is shared by clients with different keys.
        session._cookie_jar = aiohttp.DummyCookieJar()
        return session

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        try:
            response = await super().handle_async_request(request)
        except (aiohttp.ClientResponseError, httpx2.ProxyError) as error:
            fault = httpx2.RemoteProtocolError(str(error))
        else:
            stream: Any = response.stream
            self._end_with_connection(stream._aiohttp_response)
            return response
        # Raised outside the `except`: aiohttp's error shows the request's headers, key and all.
        raise fault

    def _end_with_connection(self, response: aiohttp.ClientResponse) -> None:
        """Make reading a body fail when its connection ends before the body does.

        After a malformed chunk header, aiohttp closes the connection without an error. Reading the
        body would then wait forever, since the read timeout ends with the connection.
        """
        body, connection = response.content, response.connection
        protocol = None if connection is None else connection.protocol
        # Not `if not protocol`: an idle one is an empty queue, and so is false.
        closed = None if protocol is None else protocol.closed
        if closed is None:
            return  # the body is complete
        if protocol not in self._watched:
            self._watched.add(protocol)
            closed.add_done_callback(_retrieve_exception)

        def fail(_: asyncio.Future[None]) -> None:
            if not body.is_eof() and body.exception() is None:
                body.set_exception(
                    aiohttp.ClientPayloadError("the connection ended within the body")
                )

        def forget() -> None:
            closed.remove_done_callback(fail)

        closed.add_done_callback(fail)
        # The connection serves other requests after this one, and should not hold its body.
        body.on_eof(forget)


class _SocksTransport(httpx2.AsyncBaseTransport):
    """httpx2's own connections through a SOCKS proxy, which aiohttp does not know.

    Set up by the first request: many environments name such a proxy in `ALL_PROXY` without using
    it, and without the package that it needs.
    """

    def __init__(self, proxy: httpx2.Proxy, *, verify: Any) -> None:
        self._proxy, self._verify = proxy, verify
        self._transport: httpx2.AsyncHTTPTransport | None = None

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


def _retrieve_exception(closed: asyncio.Future[None]) -> None:
    """Retrieve how a connection ended: asyncio warns about errors that nobody retrieved."""
    if not closed.cancelled():
        closed.exception()

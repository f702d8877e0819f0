"""httpx2's asynchronous client on aiohttp's connections, with what aiohttp does amiss put right."""

from __future__ import annotations

import asyncio
import weakref
from typing import Any

import aiohttp
import httpx2
from httpx_aiohttp.httpx2 import AiohttpTransport, Httpx2AiohttpClient


class AiohttpClient(Httpx2AiohttpClient):
    """An `httpx2.AsyncClient` that runs on aiohttp; it knows http proxies only.

    Raises:
        ValueError: The proxy is of another kind.
    """

    # The options are httpx2's own; they are handed on as they come.
    def _init_transport(self, **options: Any) -> AiohttpTransport:  # type: ignore[override]  # by keyword
        return _Transport(**options)

    def _init_proxy_transport(self, proxy: httpx2.Proxy, **options: Any) -> AiohttpTransport:  # type: ignore[override]  # by keyword
        if not proxy.url.scheme.startswith("http"):
            raise ValueError(
                f"aiohttp knows no {proxy.url.scheme} proxies. Pass an httpx2.AsyncClient with one."
            )
        return _Transport(proxy=proxy, **options)


class _Transport(AiohttpTransport):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._watched: weakref.WeakSet[Any] = weakref.WeakSet()

    def get_client(self) -> aiohttp.ClientSession:
        session = super().get_client()
        # aiohttp repeats a GET on a lost connection by itself; retries are in one layer, ours.
        session._retry_connection = False
        return session

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        stream: Any = response.stream
        self._end_with_connection(stream._aiohttp_response)
        return response

    def _end_with_connection(self, response: aiohttp.ClientResponse) -> None:
        """Have a body fail when its connection ends before it.

        After a malformed chunk header aiohttp closes the connection and tells nobody: who reads
        the body would wait without end, for the read timeout is dropped with the connection.
        """
        body, connection = response.content, response.connection
        protocol = None if connection is None else connection.protocol
        # Not `if not protocol`: one that is idle is an empty queue, and false.
        closed = None if protocol is None else protocol.closed
        if closed is None:
            return  # all that there will be of the body is here
        if protocol not in self._watched:
            self._watched.add(protocol)
            closed.add_done_callback(_take_note)

        def fail(_: asyncio.Future[None]) -> None:
            if not body.is_eof() and body.exception() is None:
                body.set_exception(aiohttp.ClientPayloadError("the connection ended amid the body"))

        def forget() -> None:
            closed.remove_done_callback(fail)

        closed.add_done_callback(fail)
        # The connection goes on to serve other requests, and should not hold this one's body.
        body.on_eof(forget)


def _take_note(closed: asyncio.Future[None]) -> None:
    """Look at how a connection ended: asyncio warns of errors that nobody saw."""
    if not closed.cancelled():
        closed.exception()

"""Asynchronous HTTP clients of httpx and httpx2, on whatever transport, and their answers.

Users pass them in; one of our own serves the calls behind a SOCKS proxy.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from math import inf
from typing import TYPE_CHECKING, Any

import httpx2

from weryai_core.bodies import apieces_of
from weryai_core.clock import Clock
from weryai_core.transport.call import Call
from weryai_core.transport.http_options import AsyncHttp
from weryai_core.transport.on_aiohttp.body import PassedBody

if TYPE_CHECKING:
    import httpx


class PassedIn:
    """Sends calls with a client that was passed in.

    Args:
        http: The client.
    """

    def __init__(self, http: AsyncHttp) -> None:
        # Any: httpx and httpx2 have the same methods and no common type.
        self._http: Any = http

    async def send(self, call: Call) -> PassedInResponse:
        """Send a call; its answer, whose body is not read yet."""
        request = self._http.build_request(
            call.method, call.url, content=call.body, headers=call.headers, timeout=call.steps()
        )
        response = await self._send(request, call.clock.remaining())
        stream: Any = response.stream  # the client's own, around that of the transport
        inner: Any = getattr(stream, "_stream", None)
        if hasattr(inner, "_aiohttp_response"):
            stream._stream = PassedBody(inner)
        return PassedInResponse(response, call.clock)

    async def _send(self, request: Any, left: float) -> httpx.Response | httpx2.Response:
        """The head of the answer, if it comes before the call has to end."""
        if left == inf:
            return await self._http.send(request, stream=True, follow_redirects=False)  # type: ignore[no-any-return]  # of either library
        try:
            async with asyncio.timeout(left):
                return await self._http.send(request, stream=True, follow_redirects=False)  # type: ignore[no-any-return]  # of either library
        except TimeoutError:
            raise httpx2.ConnectTimeout("the call has no time left") from None


class PassedInResponse:
    """An answer that came through a client that was passed in.

    Args:
        response: The library's response.
        clock: The clock of the call.

    Attributes:
        status_code: The status.
        headers: The headers.
        is_success: Whether the status is a success.
    """

    __slots__ = ("_clock", "_response", "headers", "is_success", "status_code")

    def __init__(self, response: httpx.Response | httpx2.Response, clock: Clock) -> None:
        self.status_code: int = response.status_code
        self.headers: httpx.Headers | httpx2.Headers = response.headers
        self.is_success: bool = response.is_success
        self._response = response
        self._clock = clock

    @property
    def num_bytes_downloaded(self) -> int:
        """How many bytes of the body have arrived."""
        return self._response.num_bytes_downloaded

    def pieces(self) -> AsyncIterator[bytes]:
        """The pieces of the body, decompressed, for as long as the clock allows."""
        return timed(apieces_of(self._response, pause), self._clock)

    async def aclose(self) -> None:
        """Close the response; the connection too, unless the body is whole."""
        await self._response.aclose()


async def pause() -> None:
    """Give other tasks their turn."""
    await asyncio.sleep(0)


async def timed(body: AsyncIterator[bytes], clock: Clock) -> AsyncIterator[bytes]:
    """The pieces of a body that no connection times, for as long as the clock allows."""
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

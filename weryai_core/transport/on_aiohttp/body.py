"""Reads a body from aiohttp: all that arrived comes before an error. aiohttp drops the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any, Self

import aiohttp

from weryai_core.transport.on_aiohttp.connection import GONE
from weryai_core.transport.on_aiohttp.faults import fault_of


def _nothing() -> None:
    pass


class Body:
    """The pieces of a body.

    Not a generator, which the event loop would have to keep track of.

    Args:
        content: The body, as aiohttp has it.
        begin_wait: Called before a wait for bytes.
        end_wait: Called after it.
    """

    __slots__ = ("_begin_wait", "_content", "_end_wait", "_failure")

    def __init__(
        self,
        content: aiohttp.StreamReader,
        begin_wait: Callable[[], None] = _nothing,
        end_wait: Callable[[], None] = _nothing,
    ) -> None:
        self._content = content
        self._begin_wait = begin_wait
        self._end_wait = end_wait
        self._failure: Exception | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        content = self._content
        if self._failure is None:
            try:
                if content.is_eof():  # the connection may serve another call
                    data = content.read_nowait()
                else:
                    self._begin_wait()
                    data = await content.readany()
            except Exception as error:  # of any kind: it is raised below
                self._failure = error
                data = content._read_nowait(-1)
            finally:
                self._end_wait()
            if data:
                return data
            if self._failure is None:
                raise StopAsyncIteration
        failure = self._failure
        if type(failure) is RuntimeError:  # of a connection that is gone already
            failure = aiohttp.ClientPayloadError(GONE)
        fault = fault_of(failure)
        if fault is None:
            raise failure
        raise fault.error from fault.cause


class PassedBody:
    """A body that came through a client that was passed in, which is httpx-aiohttp's.

    Args:
        stream: The body, as httpx-aiohttp has it.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        response: aiohttp.ClientResponse = self._stream._aiohttp_response
        # No connection is left if the whole body is there.
        protocol = None if response.connection is None else response.connection.protocol
        closed = None if protocol is None else protocol.closed
        end = partial(_end, response.content)
        if closed is not None:
            closed.add_done_callback(end)
        try:
            async for data in Body(response.content):
                yield data
        finally:
            if closed is not None:
                closed.remove_done_callback(end)

    async def aclose(self) -> None:
        """Close the response."""
        await self._stream.aclose()


def _end(content: aiohttp.StreamReader, closed: asyncio.Future[None]) -> None:
    """End a body that is not whole when its connection is closed.

    aiohttp leaves its reader waiting after a malformed chunk. Our own connections see to it.
    """
    if not closed.cancelled():
        closed.exception()  # so that nobody warns that it was not looked at
    if not content.is_eof() and content.exception() is None:
        content.set_exception(aiohttp.ClientPayloadError(GONE))

"""`AsyncClient`: the service over asynchronous HTTP. See its twin, `weryai_core.client.Client`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, Self, TypeVar, Unpack

from weryai_core.base_client import BALANCE, MODELS, BaseClient, CallOptions, hide_headers
from weryai_core.bodies import aread_error, aread_whole
from weryai_core.chunk import Chunk
from weryai_core.clock import ArrivingBody
from weryai_core.config import Config
from weryai_core.reply.account import ModelEntry, decode_balance, decode_models
from weryai_core.transport import http_options
from weryai_core.transport.async_http import LoopClients
from weryai_core.transport.call import Call
from weryai_core.transport.http_options import AsyncHttp
from weryai_core.transport.on_aiohttp.response import Response
from weryai_core.transport.passed_in import PassedIn, PassedInResponse

T = TypeVar("T")


class AsyncClient(BaseClient[AsyncHttp]):
    """WeryAI's chat API, asynchronous: the arguments of `Client`, and its methods to await.

    May be used from several event loops, one after another or at once: each has its own
    connections, which are closed with the loop. One `asyncio.run` for each call works as well as
    one loop for all.

    Args:
        api_key: See `Client`.
        base_url: See `Client`.
        timeout: See `Client`.
        stream_chunk_timeout: See `Client`.
        total_timeout: See `Client`.
        deadline: See `Client`.
        max_retries: See `Client`.
        max_reply_bytes: See `Client`.
        max_event_bytes: See `Client`.
        default_headers: See `Client`.
        default_query: See `Client`.
        proxy: See `Client`.
        max_concurrency: See `Client`.
        http_client: An `httpx2.AsyncClient` or `httpx.AsyncClient` to use instead; keeping it to
            one event loop is then up to the caller.

    Raises:
        ConfigurationError: No key, or an unusable setting.
    """

    _kind = "AsyncClient"

    def _set_up(self, config: Config, http_client: AsyncHttp | None) -> None:
        super()._set_up(config, http_client)
        self._own = LoopClients(config.proxy)
        self._passed_in = None if http_client is None else PassedIn(http_client)

    async def chat(self, request: Mapping[str, Any], **options: Unpack[CallOptions]) -> Chunk:
        """The whole reply to a chat request, as one chunk. See `Client.chat`."""
        hide_headers(options)
        call = self._chat_call(request, stream=False, options=options)
        return await self._fetch(call, call.decode_reply)

    def stream(
        self, request: Mapping[str, Any], **options: Unpack[CallOptions]
    ) -> AsyncGenerator[Chunk, None]:
        """The reply in chunks as they arrive; `aclose` it to end early. See `Client.stream`."""
        hide_headers(options)
        return self._stream(self._chat_call(request, stream=True, options=options))

    async def models(self) -> list[ModelEntry]:
        """The models that the service offers now. See `Client.models`."""
        call = self._call("GET", MODELS)
        return await self._fetch(call, call.decoding(decode_models, "models"))

    async def balance(self) -> float:
        """The credits left on the account. See `Client.balance`."""
        call = self._call("GET", BALANCE)
        return await self._fetch(call, call.decoding(decode_balance, "data"))

    async def aclose(self) -> None:
        """Close the connections of the running event loop. The client may be used again."""
        await self._own.close_current()

    close = aclose

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    async def _stream(self, call: Call) -> AsyncGenerator[Chunk, None]:
        while True:
            with call.attempt(), await self._places.wait_in_loop(call):
                async with self._exchange(call) as response:
                    decoder = call.decoder(response.headers, response.status_code)
                    body = response.pieces()
                    chunk: Chunk | None
                    try:
                        async for data in body:
                            for chunk in decoder.feed(data):
                                call.delivered = True
                                yield chunk
                            if decoder.is_done:
                                call.clock.end_within(http_options.LINGER)
                                async for _ in body:
                                    pass
                                break
                    except self._http_errors:
                        if not decoder.is_complete:
                            for chunk in call.delivering(decoder.read_last_events()):
                                yield chunk
                            raise
                    finally:
                        data, chunk = b"", None
                    for chunk in call.delivering(decoder.close()):
                        yield chunk
                    return
            await asyncio.sleep(call.delay)

    async def _fetch(self, call: Call, decode: Callable[[int, Mapping[str, str], bytes], T]) -> T:
        while True:
            with call.attempt(), await self._places.wait_in_loop(call):
                async with self._exchange(call) as response:
                    return decode(
                        response.status_code,
                        response.headers,
                        await aread_whole(response.pieces(), call.whole_body()),
                    )
            await asyncio.sleep(call.delay)

    def _exchange(self, call: Call) -> _AsyncExchange:
        return _AsyncExchange(call, self._passed_in, self._own, self._http_errors)


class _AsyncExchange:
    """The answer, if its status is a success; it is closed at the end of the block.

    Not a generator: an event loop that shuts down closes generators in any order, and the stream
    inside might find its own closed.
    """

    def __init__(
        self,
        call: Call,
        passed_in: PassedIn | None,
        own: LoopClients,
        http_errors: tuple[type[Exception], ...],
    ) -> None:
        self._call = call
        self._http_errors = http_errors
        self._passed_in = passed_in
        self._own = own
        self._response: Any = None

    async def __aenter__(self) -> Response | PassedInResponse:
        call = self._call
        http = self._passed_in or self._own.known() or await self._own.current()
        response = self._response = await http.send(call)
        call.answered = True
        call.clock.begin_answer(ArrivingBody(response))
        if response.is_success:
            return response
        try:
            body = await aread_error(response.pieces, self._http_errors)
            raise call.refusal(response.status_code, response.headers, body)
        finally:
            await response.aclose()

    async def __aexit__(self, *exc_info: object) -> None:
        await self._response.aclose()

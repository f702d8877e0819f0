"""`Client`: the service over synchronous HTTP.

Its twin is `AsyncClient`. Each is a loop that sends, reads and waits; what to send, how to read the
answer and when to retry is decided by a `Call`, which both drive. They are in two modules, since
each imports an HTTP library that the other does not need.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

from weryai_core.base_client import BALANCE, MODELS, BaseClient, CallOptions, hide_headers
from weryai_core.bodies import read_error, read_whole
from weryai_core.chunk import Chunk
from weryai_core.clock import ArrivingBody
from weryai_core.config import Config
from weryai_core.reply.account import ModelEntry, decode_balance, decode_models
from weryai_core.transport.call import Call
from weryai_core.transport.http_options import SyncHttp
from weryai_core.transport.sync_http import OwnClient
from weryai_core.transport.sync_replies import (
    AnyReply,
    close_collected,
    drain,
    pieces_in_time,
    send,
    watch,
)

T = TypeVar("T")


class Client(BaseClient[SyncHttp]):
    """WeryAI's chat API, synchronous.

    Safe to use from several threads. Connections are opened on first use, kept, and opened again
    after a fork. Use it as a context manager or `close` it; otherwise the garbage collector closes
    it.

    Args:
        api_key: Default: `WERYAI_API_KEY`.
        base_url: With or without `/v1`. Default: `WERYAI_BASE_URL` or `WERYAI_API_BASE`, else
            `https://api.weryai.com/v1`.
        timeout: Seconds for each step, or the HTTP library's `Timeout`, or a tuple (connect, read,
            write, pool). Default: 10 s to connect and 600 s for the rest, since reasoning models
            take minutes.
        stream_chunk_timeout: Seconds without payload, once an answer has begun: keep-alives and
            single bytes are none. Default: 600 s; None for no limit.
        total_timeout: Seconds for a call with all its attempts and waits. Default: no limit.
        deadline: Another name of `total_timeout`.
        max_retries: Retries after a temporary failure. Default: 2.
        max_reply_bytes: The largest body of an answer, decompressed, and the memory that is kept
            of a streamed answer. Default: 64 MiB.
        max_event_bytes: The largest event of a stream. Default: 16 MiB.
        default_headers: Sent with every request.
        default_query: Query parameters of every request's address.
        proxy: Address of a proxy. Default: that of the environment.
        max_concurrency: Most chat requests in flight, counted over all clients and models of this
            process with the same key and address. A stream counts until it ends; the others wait.
            Default: as many as the service takes, which its refusals show.
        allow_insecure: Whether the key may be sent to a public host by http://, unencrypted.
        http_client: An `httpx2.Client` or `httpx.Client` to use instead of our own. It is not
            closed by us. Its timeout is used unless that is the library's default of 5 s, or
            `timeout` is given.

    Raises:
        ConfigurationError: No key, or an unusable setting.
    """

    _kind = "Client"

    def _set_up(self, config: Config, http_client: SyncHttp | None) -> None:
        super()._set_up(config, http_client)
        self._own = OwnClient(config.proxy)
        self._send: Callable[[Call], AnyReply] = (
            self._own.send if http_client is None else partial(send, http_client)
        )

    def chat(self, request: Mapping[str, Any], **options: Unpack[CallOptions]) -> Chunk:
        """The whole reply to a chat request, as one chunk.

        Args:
            request: A `ChatRequest`.
            options: `timeout`, `stream_chunk_timeout` and `total_timeout` (or `deadline`) of this
                call, and `headers` in addition to the default ones.

        Raises:
            InvalidRequestError: The request breaks a documented bound; nothing was sent.
            ToolCallError: The answer has no tool call, although `tool_choice` requires one, or none
                that can be run.
            WeryAIError: See `weryai_core.errors`.
        """
        hide_headers(options)
        call = self._chat_call(request, stream=False, options=options)
        return self._fetch(call, call.decode_reply)

    def stream(
        self, request: Mapping[str, Any], **options: Unpack[CallOptions]
    ) -> Generator[Chunk, None, None]:
        """The reply in chunks as they arrive; the last one has `is_last` and the usage.

        Close the generator to end early; that closes the connection. Arguments and errors are those
        of `chat`, and `StreamError` if the reply breaks off. The request is checked at once, and
        sent when the first chunk is requested.
        """
        hide_headers(options)
        return self._stream(self._chat_call(request, stream=True, options=options))

    def models(self) -> list[ModelEntry]:
        """The models that the service offers now, with their limits and prices.

        Raises:
            WeryAIError: See `weryai_core.errors`.
        """
        call = self._call("GET", MODELS)
        return self._fetch(call, call.decoding(decode_models, "models"))

    def balance(self) -> float:
        """The credits left on the account.

        Raises:
            WeryAIError: See `weryai_core.errors`.
        """
        call = self._call("GET", BALANCE)
        return self._fetch(call, call.decoding(decode_balance, "data"))

    def close(self) -> None:
        """Close the connections. The client may be used again; it then opens new ones."""
        self._own.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _stream(self, call: Call) -> Generator[Chunk, None, None]:
        while True:
            with call.attempt(), self._places.wait(call), self._exchange(call) as response:
                decoder = call.decoder(response.headers, response.status_code)
                body = pieces_in_time(response, call.clock)
                chunk: Chunk | None
                try:
                    for data in body:
                        for chunk in decoder.feed(data):
                            call.delivered = True
                            yield chunk
                        if decoder.is_done:
                            drain(response, body, call.clock)
                            break
                    call.check_time(decoder)
                except self._http_errors:
                    # A connection that breaks after the answer has lost nothing.
                    if not decoder.is_complete:
                        yield from call.delivering(decoder.read_last_events())
                        raise
                finally:
                    data, chunk = b"", None  # what the service says may be shown with an error
                yield from call.delivering(decoder.close())
                return
            time.sleep(call.delay)

    def _fetch(self, call: Call, decode: Callable[[int, Mapping[str, str], bytes], T]) -> T:
        while True:
            with call.attempt(), self._places.wait(call), self._exchange(call) as response:
                return decode(response.status_code, response.headers, self._read(call, response))
            time.sleep(call.delay)

    def _read(self, call: Call, response: Any) -> bytes:
        """A whole body."""
        body = read_whole(pieces_in_time(response, call.clock), call.whole_body())
        call.check_time()
        return body

    def _exchange(self, call: Call) -> _Exchange:
        return _Exchange(call, self._send, self._http_errors)


class _Exchange:
    """The answer, if its status is a success; it is closed at the end of the block."""

    __slots__ = ("_call", "_http_errors", "_response", "_send", "_stop_watching")

    def __init__(
        self,
        call: Call,
        send: Callable[[Call], AnyReply],
        http_errors: tuple[type[Exception], ...],
    ) -> None:
        self._call = call
        self._send = send
        self._http_errors = http_errors

    def __enter__(self) -> AnyReply:
        call = self._call
        self._response = response = self._send(call)
        call.answered = True
        call.clock.begin_answer(ArrivingBody(response))
        self._stop_watching = watch(response, call.clock)
        if response.is_success:
            return response
        try:
            body = read_error(partial(pieces_in_time, response, call.clock), self._http_errors)
            raise call.refusal(response.status_code, response.headers, body)
        finally:
            self._end(response.close)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        response = self._response
        if exc_type is GeneratorExit:  # the garbage collector may have thrown it
            self._end(partial(close_collected, response))
        else:
            self._end(response.close)

    def _end(self, close: Callable[[], None]) -> None:
        try:
            close()
        finally:
            if self._stop_watching is not None:
                self._stop_watching()

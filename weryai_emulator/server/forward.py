"""Forward chat requests to an upstream, and its answers to the clients as they come."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from weryai_emulator.answers.retrieval import question_of
from weryai_emulator.json_text import to_bytes
from weryai_emulator.options import Options
from weryai_emulator.request.chat_request import ChatRequest
from weryai_emulator.request.errors import PARAMETER, Refusal
from weryai_emulator.server.broken_connections import hang
from weryai_emulator.server.event_stream import DONE, event_stream, json_event
from weryai_emulator.text import topic_of
from weryai_emulator.upstream.address import Upstream
from weryai_emulator.upstream.answer import Answer, AnswerStream
from weryai_emulator.upstream.connection import UpstreamClient
from weryai_emulator.upstream.reply import Reply
from weryai_emulator.upstream.request import to_upstream
from weryai_emulator.upstream.sources import Search
from weryai_emulator.web_search.pages import search, web_plugin
from weryai_emulator.web_search.source_shapes import SHAPES

# What servers send to keep a connection while a model reads its prompt.
_COMMENT = b":\n\n"


class Forwarder:
    """Answers checked requests with the answers of an upstream.

    Args:
        upstream: Where the answers come from.
        options: The form of errors and of sources, and the delay between chunks.
    """

    def __init__(self, upstream: Upstream, options: Options) -> None:
        self._client = UpstreamClient(upstream)
        self._options = options
        # How this emulator is called in the header `Via` (RFC 9110, 7.6.3).
        self._pseudonym = f"weryai-emulator-{secrets.token_hex(4)}"

    def answer(self, request: ChatRequest, *, id: str) -> ASGIApp:
        """Return the answer to a request as an ASGI application.

        When the client leaves, the connection to the upstream is closed, and the upstream stops.

        Args:
            request: The request.
            id: The identifier of the completion.
        """

        async def forward(scope: Scope, receive: Receive, send: Send) -> None:
            answering = asyncio.ensure_future(self._forward(request, id, scope, receive, send))
            leaving = asyncio.ensure_future(hang(scope, receive, send))
            try:
                await asyncio.wait([answering, leaving], return_when=asyncio.FIRST_COMPLETED)
                if answering.done():
                    answering.result()
            finally:
                answering.cancel()
                leaving.cancel()
                await asyncio.gather(answering, leaving, return_exceptions=True)

        return forward

    async def _forward(
        self, request: ChatRequest, id: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        via = Headers(scope=scope).get("via", "")
        if self._pseudonym in via:
            message = "The upstream of this emulator is the emulator itself."
            raise Refusal(PARAMETER, f"{message} Give it the address of another server.")
        found = self._search(request)
        # JSON has no sources: an offset into it would cite a piece of its syntax.
        is_text = request.response_format.get("type", "text") == "text"
        answer = Answer(id, request.model, found if is_text else None)
        model = await self._client.find_model(request.model)
        body = to_upstream(request, model, found.pages if found else ())
        via = f"{via}, 1.1 {self._pseudonym}".removeprefix(", ")
        async with self._client.complete(body, via=via) as reply:
            if reply.is_stream:
                response: Response = event_stream(self._events(reply, AnswerStream(answer)))
            else:
                document = answer.document(await reply.read())
                response = Response(to_bytes(document), media_type="application/json")
            await response(scope, receive, send)

    def _search(self, request: ChatRequest) -> Search | None:
        plugin = web_plugin(request, self._options)
        question = question_of(request)
        if plugin is None or not question:
            return None
        pages = tuple(search(question, plugin))
        return Search(topic_of(question), pages, SHAPES[self._options.source_shape])

    async def _events(self, reply: Reply, stream: AnswerStream) -> AsyncIterator[bytes]:
        """Yield the events to send; a failure of the upstream is the last of them."""
        try:
            async for chunk in reply.chunks():
                if chunk is None:
                    yield _COMMENT
                    continue
                for translated in stream.translate(chunk):
                    yield json_event(translated)
                    await asyncio.sleep(self._options.chunk_delay)
            for translated in stream.finish():
                yield json_event(translated)
        except Refusal as refusal:
            yield json_event(refusal.to_body(self._options.error_style))
        if reply.is_done:
            yield DONE

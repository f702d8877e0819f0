"""Decodes the body of a reply: a JSON document or an event stream, to chunks.

Bytes go in as they arrive. What they begin with shows whether they are a document or a stream,
whichever was requested. Events are cut out of a stream (`SSEDecoder`) and parsed. `outcome.payload`
tells completions from errors, in documents and events alike, and the `ReplyStream` makes chunks of
completions. When the bytes end, the stream must be complete: each choice has a finish reason, or
`[DONE]` has come after nothing else went wrong. A stream that was cut is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic_core import from_json, to_json

from weryai_core.chunk import Chunk, merge_chunks
from weryai_core.errors import APIError, ProtocolError, StreamError, WeryAIError
from weryai_core.reply.outcome.error_body import error_from_response
from weryai_core.reply.outcome.payload import (
    find_completion,
    has_message,
    is_error_payload,
    is_harmless,
    is_plain_chunk,
)
from weryai_core.reply.outcome.redact import redact
from weryai_core.reply.reply_stream import ReplyStream
from weryai_core.reply.sse import ServerSentEvent, SSEDecoder
from weryai_core.reply_options import NO_OPTIONS, ReplyOptions
from weryai_core.surrogates import without_surrogates
from weryai_core.wire import BOM, parse_json, parse_leniently

_DONE = (b"[DONE]", b'"[DONE]"')
_EVENT_STREAM = re.compile(rb"(data|event|id|retry)?:")
_MAX_SHOWN = 200  # characters of an event in a message


class StreamDecoder:
    """Decodes the body of a streamed reply, fed with the bytes as they arrive.

    Chunks that carry nothing (the role, a keep-alive) are not yielded. Usage and the sources of a
    web search, which may come early, late or again and again, are kept for the closing chunk.
    A server that answers `stream: true` with one JSON document is understood as well.

    Args:
        options: What the request means for reading its reply.
        headers: Response headers, names in lower case; errors take the request id from them.
        secrets: Texts to redact from errors: the key, values of headers.
        status: HTTP status of the response.

    Attributes:
        is_done: True once `[DONE]` has come.
    """

    def __init__(
        self,
        options: ReplyOptions = NO_OPTIONS,
        *,
        headers: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
        status: int = 200,
    ) -> None:
        self._options = options
        self._status = status
        self._headers = headers or {}
        self._secrets = secrets
        self._events = SSEDecoder()
        self._reply = ReplyStream(options)
        self._unsniffed: bytes | None = b""  # the first bytes; None once their kind is known
        self._document: bytearray | None = None  # the body, if it is not an event stream
        self._unknown: bytes | None = None  # the last event that is neither a chunk nor an error
        self._is_closed = False
        self.is_done: bool = False

    @property
    def is_complete(self) -> bool:
        """True once the answer is known to be whole: each choice has a finish reason, or `[DONE]`.

        More may still come: usage, sources.
        """
        return self.is_done or self._reply.is_finished

    @property
    def partial(self) -> Chunk | None:
        """What has arrived so far, merged; None if nothing has."""
        return self._reply.partial

    def feed(self, data: bytes) -> Iterator[Chunk]:
        """The chunks that these bytes complete.

        Raises:
            WeryAIError: An event is an error, or cannot be understood. `partial` carries what
                had arrived.
            ToolCallError: The answer is complete and lacks the required call.
        """
        if self._unsniffed is not None:
            data = self._sniff(data)
        if self._document is not None:
            self._document += data
            return
        try:
            for event in self._events.feed(data):
                chunk = self._read_event(event)
                if chunk is not None:
                    yield chunk
            if self.is_done and not self._is_closed:
                # Yielded at once: the connection may take its time to end.
                yield self._closing_chunk()
        except WeryAIError as error:
            error.partial = error.partial or self.partial
            raise

    def close(self) -> Iterator[Chunk]:
        """The closing chunk (`is_last`) with usage and sources, unless `feed` has yielded it.

        To be called when the bytes have ended.

        Raises:
            StreamError: The stream ended before its answer did. `partial` carries what arrived.
            ToolCallError: The answer lacks the required call.
            WeryAIError: Nothing came, or something other than an event stream; the class says what.
        """
        if self._document is not None or self._unsniffed is not None:
            yield self._read_document(bytes(self._document or b""))
        elif not self._is_closed:
            yield from self._read_last_event()
            yield self._closing_chunk()

    def read_whole(self, body: bytes) -> Chunk:
        """The reply in a body that has arrived whole, as one chunk.

        Args:
            body: A document; an event stream is understood as well.

        Raises:
            WeryAIError: See `feed` and `close`.
        """
        if not _EVENT_STREAM.match(body.removeprefix(BOM).lstrip()):
            return self._read_document(body)
        chunks = [*self.feed(body), *self.close()]
        return chunks[0] if len(chunks) == 1 else merge_chunks(chunks)

    def _read_document(self, body: bytes) -> Chunk:
        payload = parse_json(body)
        completion = find_completion(payload)
        if is_error_payload(payload):
            error = self._error(body)
            if completion is not None:
                self._reply.keep(completion)
                error.partial = self.partial
            raise error
        reply = None if completion is None else self._reply.read_whole(completion)
        if reply is None:
            raise self._error(body)
        return reply

    def _read_last_event(self) -> Iterator[Chunk]:
        """The chunk of an event that lacks the empty line after it, if it is whole."""
        event = self._events.flush()
        if event is None or (event.data.strip() not in _DONE and parse_json(event.data) is None):
            return
        try:
            chunk = self._read_event(event)
        except WeryAIError as error:
            error.partial = error.partial or self.partial
            raise
        if chunk is not None:
            yield chunk

    def _closing_chunk(self) -> Chunk:
        if self._unknown is not None and not self._reply.is_finished:
            error = self._error(self._unknown)
            error.partial = self.partial
            raise error
        if not self._reply.has_choices:
            raise ProtocolError("The stream held no answer.", status_code=200)
        if not self.is_complete:
            raise StreamError(
                "The stream ended before the answer did: neither a finish reason nor [DONE] came. "
                "The error's `partial` holds what arrived.",
                status_code=200,
                partial=self.partial,
            )
        self._is_closed = True
        try:
            return self._reply.close()
        except WeryAIError as error:
            error.partial = error.partial or self.partial
            raise

    def _sniff(self, data: bytes) -> bytes:
        """Distinguish a JSON or HTML document from an event stream by the first visible byte.

        The content type does not: some gateways send either under either.
        """
        data = (self._unsniffed or b"") + data
        visible = data.removeprefix(BOM).lstrip()
        if not visible or BOM.startswith(visible):
            self._unsniffed = data
            return b""
        self._unsniffed = None
        # No meaningful line of an event stream begins with one of these.
        if visible.startswith((b"{", b"[", b"<")):
            self._document = bytearray()
        return data

    def _read_event(self, event: ServerSentEvent) -> Chunk | None:
        data = event.data.strip()
        if self.is_done or not data:
            return None
        if data in _DONE:
            self.is_done = True
            return None
        try:
            payload, torn = _parse(data)
        except ValueError as error:
            raise self._error_of_text(data, is_named=event.event == "error") from error
        if isinstance(payload, str):
            raise self._error_of_text(payload.encode("utf-8", "replace"), is_named=False)
        if event.event != "error" and torn is None:
            chunk = self._reply.add_plain(payload)
            if chunk is not None:
                return chunk if chunk.choices else None
        if event.event != "error" and is_plain_chunk(payload):
            return self._reply.add(payload, torn=torn)
        completion = find_completion(payload)
        is_error = event.event == "error" or is_error_payload(payload)
        if is_error or not isinstance(payload, dict):
            if completion is not None:
                self._reply.keep(completion, torn=find_completion(torn))
            raise self._error(data)
        if (completion is None or not has_message(completion)) and not is_harmless(payload):
            # Explains a stream that turns out to be cut; means nothing in a complete one.
            self._unknown = data
        return self._reply.add(completion or payload, torn=find_completion(torn))

    def _error(self, data: bytes) -> WeryAIError:
        return error_from_response(self._status, self._headers, data, secrets=self._secrets)

    def _error_of_text(self, data: bytes, *, is_named: bool) -> WeryAIError:
        """The error of an event that is a text.

        Args:
            data: The data of the event.
            is_named: Whether the event is named an error.
        """
        text = data.decode("utf-8", "replace")
        error = self._error(to_json({"error": text}))
        if is_named or type(error) is not APIError:
            return error
        shown = redact(text, self._secrets)[:_MAX_SHOWN]
        return ProtocolError(
            f"An event of the stream is not a JSON object: {shown!r}.",
            status_code=self._status,
            request_id=error.request_id,
            response=error.response,
        )


def _parse(data: bytes) -> tuple[Any, Any]:
    """The JSON of an event; and once more with the halves of characters in it, None without any.

    Raises:
        ValueError: The event is not JSON.
    """
    try:
        return from_json(data), None
    except ValueError as error:
        try:
            torn = parse_leniently(data)
            payload = without_surrogates(torn)
        except ValueError:
            raise error from None
    return payload, torn if torn != payload else None

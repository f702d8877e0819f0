"""Decodes the body of a reply: a JSON document or an event stream, to chunks.

Bytes go in as they arrive. The first visible byte shows whether they are a document or a stream.
Events are cut out of a stream (`SSEDecoder`), parsed, checked for errors and given to the
`ReplyStream`, which makes chunks of them. When the bytes end, the stream must be complete: each
choice has a finish reason, or `[DONE]` has come. A stream that was cut is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic_core import from_json

from weryai_core.chunk import Chunk
from weryai_core.errors import ProtocolError, StreamError, WeryAIError
from weryai_core.reply.error_body import error_from_response, is_error_payload
from weryai_core.reply.reply_stream import ReplyStream
from weryai_core.reply.sse import ServerSentEvent, SSEDecoder
from weryai_core.reply_options import NO_OPTIONS, ReplyOptions
from weryai_core.surrogates import HalfJoiner
from weryai_core.wire import BOM, parse_json, parse_leniently

_DONE = b"[DONE]"


def decode_document(body: bytes, options: ReplyOptions = NO_OPTIONS) -> Chunk | None:
    """The reply in a JSON document, as one chunk; None if it holds no completion.

    Raises:
        ToolCallError: The answer lacks the required call.
    """
    payload = parse_json(body)
    # A non-empty `choices` is a success whatever an envelope around it says.
    return ReplyStream(options).read_whole(payload) if isinstance(payload, dict) else None


class StreamDecoder:
    """Decodes the body of a streamed reply, fed with the bytes as they arrive.

    Chunks that carry nothing (the role, a keep-alive) are not yielded. Usage and the sources of a
    web search, which may come early, late or again and again, are kept for the closing chunk.
    A server that answers `stream: true` with one JSON document is understood as well.

    Args:
        options: What the request means for reading its reply.
        headers: Response headers, names in lower case; errors take the request id from them.
        secrets: Texts to redact from errors: the key, values of headers.

    Attributes:
        is_done: True once `[DONE]` has come.
    """

    def __init__(
        self,
        options: ReplyOptions = NO_OPTIONS,
        *,
        headers: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
    ) -> None:
        self._options = options
        self._headers = headers or {}
        self._secrets = secrets
        self._events = SSEDecoder()
        self._halves = HalfJoiner()
        self._reply = ReplyStream(options)
        self._unsniffed: bytes | None = b""  # the first bytes; None once their kind is known
        self._document: bytearray | None = None  # the body, if it is not an event stream
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
            body = bytes(self._document or b"")
            reply = decode_document(body, self._options)
            if reply is None:
                raise self._error(body)
            yield reply
        elif not self._is_closed:
            yield self._closing_chunk()

    def _closing_chunk(self) -> Chunk:
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
        return self._reply.close()

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
        if data == _DONE:
            self.is_done = True
            held = self._halves.close()
            return None if held is None else self._reply.add(held)
        try:
            payload = self._parse(data)
        except ValueError as error:
            if event.event == "error":
                raise self._error(data) from error
            raise ProtocolError(
                f"An event of the stream is not JSON: {error}.", status_code=200
            ) from error
        if not isinstance(payload, dict) or event.event == "error" or is_error_payload(payload):
            raise self._error(data)
        return self._reply.add(payload)

    def _parse(self, data: bytes) -> Any:
        """The JSON of an event, with the halves of characters that the event before it lacks.

        Raises:
            ValueError: The event is not JSON.
        """
        try:
            payload = from_json(data)
        except ValueError as error:
            try:
                payload = parse_leniently(data)
            except ValueError:
                raise error from None
        else:
            if not self._halves.is_holding:
                return payload
        return self._halves.join(payload) if isinstance(payload, dict) else payload

    def _error(self, data: bytes) -> WeryAIError:
        return error_from_response(200, self._headers, data, secrets=self._secrets)

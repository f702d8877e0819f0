"""Decodes the body of a reply: a JSON document or an event stream, to chunks.

Bytes go in as they arrive. What they begin with shows whether they are a document or a stream,
whichever was requested. Events are cut out of a stream (`events`) and parsed. `outcome.payload`
tells completions from errors, in documents and events alike, and the `ReplyStream` makes chunks of
completions. When the bytes end, the stream must be complete: each choice has a finish reason, or
`[DONE]` has come after nothing else went wrong. A stream that was cut is an error.

JSON objects on lines of their own, or in one list, are a stream as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic_core import from_json, to_json

from weryai_core.chunk import Chunk, merge_chunks
from weryai_core.clock import PIECE
from weryai_core.errors import APIError, ProtocolError, StreamError, WeryAIError
from weryai_core.limits import (
    DEFAULT_LIMITS,
    LARGE,
    MAX_ERROR_BYTES,
    KeptBytes,
    ReplyLimits,
    too_large,
)
from weryai_core.reply.events.data import (
    ends_stream,
    is_done,
    parse_event,
    says_error,
    split_event,
)
from weryai_core.reply.events.documents import (
    events_in,
    is_document,
    is_page,
    is_stream,
    is_stream_of_lines,
    without_blank_lines,
)
from weryai_core.reply.events.sse import STRAY, ServerSentEvent, SSEDecoder
from weryai_core.reply.outcome.completions import find_completion, says_something
from weryai_core.reply.outcome.error_body import error_from_response
from weryai_core.reply.outcome.payload import is_error_payload, is_harmless, is_plain
from weryai_core.reply.outcome.words import KEEP_ALIVE, names_failure, says_nothing
from weryai_core.reply.plain.whole_answer import read_plain_answer
from weryai_core.reply.reply_stream import ReplyStream
from weryai_core.reply_options import NO_OPTIONS, ReplyOptions
from weryai_core.secrets.redact import NO_SECRETS, Secrets
from weryai_core.wire import BOM, parse_body, parse_json

_MOST_WORDS = 2000  # bytes of a body whose words may say what went wrong
_MAX_SHOWN = 200  # characters of an event in a message


class StreamDecoder:
    """Decodes the body of a streamed reply, fed with the bytes as they arrive.

    Chunks that carry nothing (the role, a keep-alive) are not yielded. Usage and the sources of a
    web search, which may come early, late or again and again, are kept for the closing chunk.
    A server that answers `stream: true` with one JSON document is understood as well.

    Args:
        options: What the request means for reading its reply.
        headers: Response headers, names in lower case; errors take the request id from them.
        secrets: What to redact from errors.
        status: HTTP status of the response.
        limits: The sizes at which the reply is given up.

    Attributes:
        is_done: True once `[DONE]` has come.
    """

    def __init__(
        self,
        options: ReplyOptions = NO_OPTIONS,
        *,
        headers: Mapping[str, str] | None = None,
        secrets: Secrets = NO_SECRETS,
        status: int = 200,
        limits: ReplyLimits = DEFAULT_LIMITS,
    ) -> None:
        self._options = options
        self._status = status
        self._headers = headers or {}
        self._secrets = secrets
        self._limits = limits
        self._kept = KeptBytes(limits.reply_bytes)
        self._events = SSEDecoder(limits.event_bytes)
        self._reply = ReplyStream(options)
        self._unsniffed: bytes | None = b""  # the first bytes; None once their kind is known
        self._document: bytearray | None = None  # the body, if it is not an event stream
        self._answer: Chunk | None = None  # the whole answer, if it was read the short way
        self._is_first_line = True  # whether the first line of the document goes on
        self._may_be_lines = True  # whether the document may be a stream of JSON lines
        # What explains a stream that turns out to be cut; means nothing in a complete one.
        self._doubt: WeryAIError | None = None
        self._is_piece_lost = False  # whether that is a broken chunk
        self._is_closed = False
        self.is_done: bool = False

    @property
    def is_complete(self) -> bool:
        """True once the answer is known to be whole: each choice has a finish reason, or `[DONE]`.

        More may still come: usage, sources.
        """
        return self.is_done or self._answer is not None or self._reply.is_finished

    @property
    def received(self) -> int:
        """How many pieces of the answer have arrived. Keep-alives and roles are none.

        Of an event or a document that is arriving, large pieces count.
        """
        document = self._document
        unread = self._events.unread if document is None else len(document)
        # An event that is whole counts for more than its pieces, which are gone then.
        return (self._reply.received << 32) + unread // PIECE

    @property
    def is_answered(self) -> bool:
        """True once each of the requested choices seems to have ended.

        More may still come: usage, sources.
        """
        return self._answer is not None or self._reply.is_answered

    @property
    def partial(self) -> Chunk | None:
        """What has arrived so far, merged; None if nothing has."""
        if self._answer is not None:
            return replace(self._answer, raw={}, is_last=False)
        return self._reply.partial

    def feed(self, data: bytes) -> Iterator[Chunk]:
        """The chunks that these bytes complete.

        Raises:
            WeryAIError: An event is an error, or cannot be understood. `partial` carries what
                had arrived.
            ToolCallError: The answer is complete and lacks the required call.
        """
        size = len(data)
        if self._unsniffed is not None:
            data = self._sniff(data)
        if self._document is not None:
            self._document += data
            if len(self._document) > self._limits.reply_bytes:
                self._document = bytearray()
                what = "The body of the answer is over"
                raise too_large(what, self._limits.reply_bytes, "max_reply_bytes")
            if not (self._may_be_lines and self._is_stream_of_lines(data)):
                return
            data, self._document = bytes(self._document), None
        try:
            plain = self._events.feed_plain(data)
            for text in plain or ():
                chunk = self._read_plain(text)
                if chunk is not None:
                    yield chunk
            for event in self._events.feed(data) if plain is None else ():
                chunk = self._read_event(event)
                if chunk is not None:
                    yield chunk
            self._kept.note(size, self._reply, self._events)
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
        if self._document and self._may_be_lines and self._is_stream_of_lines(None):
            data, self._document = bytes(self._document), None
            yield from self.feed(data)
        if self._document is not None or self._unsniffed is not None:
            data = bytes(self._document or b"")
            self._document = bytearray()
            yield self._read_document(data)
        elif not self._is_closed:
            yield from self.read_last_events()
            yield self._closing_chunk()

    def read_whole(self, body: bytes) -> Chunk:
        """The reply in a body that has arrived whole, as one chunk.

        Args:
            body: A document; an event stream is understood as well.

        Raises:
            WeryAIError: See `feed` and `close`.
        """
        if not is_stream(body):
            return self._read_document(body)
        chunks = [*self.feed(body), *self.close()]
        return chunks[0] if len(chunks) == 1 else merge_chunks(chunks)

    def _read_document(self, body: bytes) -> Chunk:
        payload, parts = None, []
        if not is_page(body):
            payload = parse_body(body, self._limits.reply_bytes)
            self._answer = read_plain_answer(payload, self._options)
            if self._answer is not None:
                return self._answer
            parts = events_in(payload, body)
        start, size = body[:MAX_ERROR_BYTES], len(body)  # an error needs no more
        if parts:
            self._document, self._unsniffed, payload, body = None, None, None, b""
            return merge_chunks([*self.feed(b"\n".join(parts) + b"\n"), *self.close()])
        is_good = is_plain(payload)
        if payload is None and not is_page(start):
            error = self._error_of_text(start, is_named=False)
            if type(error) is not ProtocolError and size <= _MOST_WORDS:
                raise error
        completion = payload if is_good else find_completion(payload)
        if not is_good and is_error_payload(payload):
            error = self._error(start)
            if completion is not None:
                self._reply.keep(completion)
                error.partial = self.partial
            raise error
        reply = None if completion is None else self._reply.read_whole(completion)
        if reply is None:
            raise self._error(start)
        return reply

    def read_last_events(self) -> Iterator[Chunk]:
        """The chunks of events that lack the empty line after them, if they are whole.

        To be called when no more bytes can come.
        """
        for event in self._events.flush():
            data = event.data.strip()
            may_be_cut = event.event != STRAY or data.startswith((b"{", b"["))
            try:
                if may_be_cut and self._is_cut(data):
                    continue
                chunk = self._read_event(event)
            except WeryAIError as error:
                error.partial = error.partial or self.partial
                raise
            if chunk is not None:
                yield chunk

    def _is_cut(self, data: bytes) -> bool:
        """Whether the last event is not whole."""
        return parse_json(data, self._limits.event_bytes) is None and not split_event(data)

    def _closing_chunk(self) -> Chunk:
        if self._doubt is not None and not self._reply.is_finished:
            self._doubt.partial = self.partial
            raise self._doubt
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

    def _is_stream_of_lines(self, new: bytes | None) -> bool:
        """Whether the document is a stream of JSON objects.

        Args:
            new: The last bytes of it; None at its end. The whole is looked at once its first line
                has ended, and again when more than white space follows.
        """
        if new is not None and not (b"\n" in new if self._is_first_line else new.strip()):
            return False
        found = is_stream_of_lines(self._document or b"")
        self._may_be_lines = found is not False
        self._is_first_line = False
        return found is True

    def _sniff(self, data: bytes) -> bytes:
        """Distinguish a JSON or HTML document from an event stream by the first visible byte."""
        data = (self._unsniffed or b"") + data
        found = is_document(data)
        if found is None:
            self._unsniffed = without_blank_lines(data)
            return b""
        self._unsniffed = None
        if found:
            self._document = bytearray()
            return data.removeprefix(BOM).lstrip()
        return data

    def _read_plain(self, data: bytes) -> Chunk | None:
        """`_read_event` for an event that has data alone."""
        if self.is_done or len(data) > LARGE or not data.startswith(b"{"):
            return self._read_event(ServerSentEvent(data))
        try:
            payload = from_json(data)
        except ValueError:
            return self._read_event(ServerSentEvent(data))
        chunk = None if self._doubt else self._reply.add_alike(payload)
        return self._read_json(payload, None, ServerSentEvent(data)) if chunk is None else chunk

    def _read_event(self, event: ServerSentEvent) -> Chunk | None:
        data = event.data.strip()
        if self.is_done or not (data or names_failure(event.event)):
            return None
        if is_done(data):
            self.is_done = True
            return None
        try:
            payload, torn = parse_event(data, self._limits.event_bytes)
        except ValueError as error:
            return self._read_odd_event(event, data, error)
        if torn is None and event.event == "message" and self._doubt is None:
            chunk = self._reply.add_alike(payload)
            if chunk is not None:
                return chunk
        return self._read_json(payload, torn, event)

    def _read_json(self, payload: Any, torn: Any, event: ServerSentEvent) -> Chunk | None:
        """Read an event that is one JSON value; `torn` is None or has halves of characters."""
        is_named = event.event != "message" and names_failure(event.event)
        chunk = self._reply.add_plain(payload) if torn is None and not is_named else None
        if chunk is not None:
            chunk = chunk if chunk.choices else None
        else:
            before = self._reply.received
            if not is_named and is_plain(payload):
                chunk = self._reply.add(payload, torn=torn)
            else:
                chunk = self._read_payload(payload, torn, event)
            if self._reply.received == before:
                self._kept.note_empty()
        if self._doubt is not None and chunk is not None and not self._is_piece_lost:
            self._doubt = None  # the answer goes on after it
        return chunk

    def _read_odd_event(
        self, event: ServerSentEvent, data: bytes, error: ValueError | None
    ) -> Chunk | None:
        """Read an event that is not one JSON value: several, or words."""
        is_named = names_failure(event.event) or says_error(data)
        parts = split_event(data)
        if parts:
            named = replace(event, event="error") if is_named else event
            return self._read_parts(named, parts)
        words = data.decode("utf-8", "replace")
        if not is_named and (event.event in KEEP_ALIVE or says_nothing(words)):
            return None
        found = self._error_of_text(data, is_named=is_named)
        is_stray = event.event == STRAY
        is_broken = data.startswith((b"{", b"[")) or type(found) is not ProtocolError
        if is_named or (is_broken and not is_stray):
            raise found from error
        self._keep_doubt(found, is_piece_lost=False)
        return None

    def _read_parts(self, event: ServerSentEvent, parts: Sequence[bytes]) -> Chunk | None:
        """Read the events in one."""
        found = [self._read_event(replace(event, data=part)) for part in parts]
        chunks = [chunk for chunk in found if chunk is not None]
        return merge_chunks(chunks) if len(chunks) > 1 else next(iter(chunks), None)

    def _read_payload(self, payload: Any, torn: Any, event: ServerSentEvent) -> Chunk | None:
        """Read the JSON of an event that is not a plain chunk."""
        kind, data = event.event, event.data.strip()
        if payload and isinstance(payload, str):
            text = payload.encode("utf-8", "replace")
            return self._read_odd_event(replace(event, data=text), text, None)
        completion = find_completion(payload)
        is_named = names_failure(kind)
        is_error = is_named or is_error_payload(payload)
        if isinstance(payload, list) and payload and not is_error:
            return self._read_parts(event, [to_json(entry) for entry in payload])
        if not is_error and not isinstance(payload, dict):
            self._keep_doubt(self._error(data), is_piece_lost=True)
            return None
        if is_error:
            if completion is not None:
                self._reply.keep(completion, torn=find_completion(torn))
            if is_named and isinstance(payload, dict) and not is_error_payload(payload):
                data = to_json({"error": {**payload, "type": kind}})
            raise self._error(data)
        chunk = self._reply.add(completion or payload, torn=find_completion(torn))
        if ends_stream(payload, kind):
            self.is_done = True
        elif (completion is None or not says_something(completion)) and not is_harmless(payload):
            is_piece = completion is not None or not payload or "choices" in payload
            self._keep_doubt(self._error(data), is_piece_lost=is_piece)
        return chunk

    def _keep_doubt(self, error: WeryAIError, *, is_piece_lost: bool) -> None:
        if not self._is_piece_lost:
            self._doubt, self._is_piece_lost = error, is_piece_lost

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
        shown = self._secrets.redact(text)[:_MAX_SHOWN]
        return ProtocolError(
            f"An event of the stream is not a JSON object: {shown!r}.",
            status_code=self._status,
            request_id=error.request_id,
            response=error.response,
        )

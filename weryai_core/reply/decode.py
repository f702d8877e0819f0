"""A JSON document or an event stream to chunks; tells a cut stream from a finished one. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic_core import from_json

from weryai_core.chunk import Choice, Chunk, Usage, merge_chunks
from weryai_core.errors import ProtocolError, StreamError, WeryAIError
from weryai_core.reply.choice_stream import SourceCollector, with_citations
from weryai_core.reply.completion import (
    BOM,
    NO_IDENTITY,
    find_usage,
    parse_json,
    to_choices,
    to_identity,
    to_sources,
    to_usage,
)
from weryai_core.reply.error_body import error_from_response, is_error_payload
from weryai_core.reply.sse import ServerSentEvent, SSEDecoder
from weryai_core.reply.tool_calls import ToolCallAssembler

_DONE = b"[DONE]"


def decode_reply(
    body: bytes,
    *,
    headers: Mapping[str, str] | None = None,
    secrets: Sequence[str] = (),
    status: int = 200,
) -> Chunk:
    """A reply that was not streamed, as one chunk.

    Args:
        body: The whole body.
        headers: Response headers, names in lower case; an error takes its request id from them.
        secrets: Texts to keep out of errors: the key, values of headers.
        status: HTTP status.

    Raises:
        WeryAIError: The body is no completion; the class says what it is instead.
    """
    reply = to_reply(body)
    if reply is None:
        raise error_from_response(status, headers or {}, body, secrets=secrets)
    return reply


def to_reply(body: bytes) -> Chunk | None:
    """The reply in a whole body, as one chunk; None if there is none."""
    payload = parse_json(body)
    # A non-empty `choices` is a success whatever an envelope around it says.
    choices = to_choices(payload, None) if isinstance(payload, dict) else ()
    if not choices:
        return None
    sources = to_sources(payload)
    # Some number a sole answer 1.
    ordered = enumerate(sorted(choices, key=lambda choice: choice.index))
    return Chunk(
        tuple(with_citations(replace(choice, index=number), sources) for number, choice in ordered),
        *to_identity(payload),
        usage=to_usage(find_usage(payload)),
        sources=sources,
        is_last=True,
        raw=payload,
    )


class StreamDecoder:
    """Decodes the body of a streamed reply, fed with the bytes as they arrive.

    Chunks that carry nothing (the role, a keep-alive) are not passed on. Usage and the sources of a
    web search, which may come early, late or again and again, are kept for the closing chunk.
    A server that answers `stream: true` with one JSON document is understood, too.

    Args:
        headers: Response headers, names in lower case.
        secrets: Texts to keep out of errors: the key, values of headers.
        is_single: Whether one answer was asked for: it is number 0, whatever the service calls it.

    Attributes:
        is_done: True once `[DONE]` has come.
    """

    def __init__(
        self,
        *,
        headers: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
        is_single: bool = False,
    ) -> None:
        self._headers = headers or {}
        self._secrets = secrets
        self._events = SSEDecoder()
        self._unsniffed: bytes | None = b""  # the first bytes; None once their kind is known
        self._document: bytearray | None = None  # the body, when it is no event stream
        self._seen: list[tuple[Choice, ...]] = []
        self._assemblers: dict[int, ToolCallAssembler] = {}
        self._is_single = is_single
        self._started: dict[int, int] = {}  # the service's index of a choice -> ours
        self._finished: set[int] = set()
        self._begun: set[int] = set()  # the service's indices of choices that have something
        self._usage: Usage | None = None
        self._sources = SourceCollector()
        self._identity = NO_IDENTITY
        self._is_closed = False
        self.is_done = False

    @property
    def is_complete(self) -> bool:
        """True once the answer is known to be whole: each choice has a finish reason, or `[DONE]`.

        More may still come: usage, sources.
        """
        return self.is_done or (bool(self._finished) and len(self._finished) == len(self._started))

    @property
    def partial(self) -> Chunk | None:
        """What has arrived so far, merged; None if nothing has."""
        if not self._seen:
            return None
        pieces = (*self._seen, self._late_choices())
        choices = merge_chunks([Chunk(piece) for piece in pieces]).choices
        return Chunk(choices, *self._identity, usage=self._usage, sources=self._sources.shared)

    def feed(self, data: bytes) -> Iterator[Chunk]:
        """The chunks that these bytes complete.

        Raises:
            WeryAIError: An event is an error, or cannot be understood. `partial` carries what
                had arrived.
        """
        if self._unsniffed is not None:
            data = self._sniff(data)
        if self._document is not None:
            self._document += data
            return
        try:
            for event in self._events.feed(data):
                chunk = self._take_event(event)
                if chunk is not None:
                    self._seen.append(chunk.choices)
                    yield chunk
            if self.is_done and not self._is_closed:
                # Given out at once: the connection may take its time to end.
                yield self._closing_chunk()
        except WeryAIError as error:
            error.partial = self.partial
            raise

    def close(self) -> Iterator[Chunk]:
        """The closing chunk (`is_last`), which has usage and sources, if it is still due.

        To be called when the bytes have ended.

        Raises:
            StreamError: The stream ended before its answer did. `partial` carries what arrived.
            WeryAIError: Nothing, or no event stream came; the class says what came instead.
        """
        if self._document is not None or self._unsniffed is not None:
            body = bytes(self._document or b"")
            reply = to_reply(body)
            if reply is None:
                raise self._error(body)
            yield reply
        elif not self._is_closed:
            yield self._closing_chunk()

    def _closing_chunk(self) -> Chunk:
        if not self._started:
            raise ProtocolError("The stream held no answer.", status_code=200)
        if not self.is_complete:
            raise StreamError(
                "The stream ended before the answer did: neither a finish reason nor [DONE] came. "
                "The error's `partial` holds what arrived.",
                status_code=200,
                partial=self.partial,
            )
        self._is_closed = True
        return Chunk(
            self._late_choices(),
            *self._identity,
            usage=self._usage,
            sources=self._sources.shared,
            is_last=True,
        )

    def _late_choices(self) -> tuple[Choice, ...]:
        """What of the choices is told at the end only: sources, and arguments held back."""
        late = {choice.index: choice for choice in self._sources.choices(self._seen)}
        for wire_index, assembler in self._assemblers.items():
            calls = assembler.held()
            if calls:
                index = self._started[wire_index]
                late[index] = replace(late.get(index, Choice(index)), tool_calls=calls)
        return tuple(late[index] for index in sorted(late))

    def _sniff(self, data: bytes) -> bytes:
        """Tell a JSON or HTML document from an event stream by the first visible byte.

        The content type does not: gateways are seen to send either under either.
        """
        data = (self._unsniffed or b"") + data
        visible = data.removeprefix(BOM).lstrip()
        if not visible or BOM.startswith(visible):
            self._unsniffed = data
            return b""
        self._unsniffed = None
        # No line of an event stream that means anything begins with one of these.
        if visible.startswith((b"{", b"[", b"<")):
            self._document = bytearray()
        return data

    def _take_event(self, event: ServerSentEvent) -> Chunk | None:
        data = event.data.strip()
        if self.is_done or not data:
            return None
        if data == _DONE:
            self.is_done = True
            return None
        try:
            payload = from_json(data)
        except ValueError as error:
            if event.event == "error":
                raise self._error(data) from error
            raise ProtocolError(
                f"An event of the stream is not JSON: {error}.", status_code=200
            ) from error
        if not isinstance(payload, dict) or event.event == "error" or is_error_payload(payload):
            raise self._error(data)
        return self._take_payload(payload)

    def _take_payload(self, payload: Mapping[str, Any]) -> Chunk | None:
        usage = find_usage(payload)
        if usage is not None:
            # Repeated on every chunk by some, in a last chunk without choices by others: the
            # latest value of each count is that of the whole stream.
            self._usage = to_usage(usage, self._usage)
        choices = to_choices(payload, self._assemblers, self._begun)
        self._sources.take_shared(to_sources(payload))
        self._identity = to_identity(payload, self._identity)
        news = []
        for choice in choices:
            wire_index = choice.index
            first_number = len(self._started) if self._is_single else wire_index
            number = self._started.setdefault(wire_index, first_number)
            if number != wire_index:
                choice = replace(choice, index=number)
            if choice.finish_reason and choice.index in self._finished:
                choice = replace(choice, finish_reason=None)  # some repeat it on every later chunk
            elif choice.finish_reason:
                self._finished.add(choice.index)
            choice = self._sources.take(choice)
            if not _is_empty(choice):
                self._begun.add(wire_index)
                news.append(choice)
        if not news:
            return None
        return Chunk(tuple(news), *self._identity, raw=payload)

    def _error(self, data: bytes) -> WeryAIError:
        return error_from_response(200, self._headers, data, secrets=self._secrets)


def _is_empty(choice: Choice) -> bool:
    return not (
        choice.text
        or choice.tool_calls
        or choice.finish_reason
        or choice.reasoning
        or choice.refusal
        or choice.audio
        or choice.logprobs
    )

"""One request and its answer, as both were on the wire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from weryai_core.reply.events.sse import SSEDecoder
from weryai_core.wire import parse_body, parse_json

DONE = "[DONE]"


class Piece(NamedTuple):
    """A piece of a body, decompressed, and the seconds from the request to its arrival."""

    time: float
    data: bytes


class Event(NamedTuple):
    """An event of a stream, and the seconds from the request to its arrival.

    Attributes:
        time: The seconds.
        data: The data as text.
        json: The JSON object in it; None for anything else.
    """

    time: float
    data: str
    json: dict[str, Any] | None


@dataclass
class Exchange:
    """A request, and what came of its answer.

    Attributes:
        method: The method of the request.
        path: Its path below the base URL, as in "/chat/completions".
        body: Its body.
        started: When it was sent.
        status: The HTTP status; 0 if no answer came.
        headers: The headers of the answer, names in lower case, in their order.
        wait: Seconds until the head of the answer came.
        pieces: Its body.
        failure: What ended the answer before its time; "" for nothing.
    """

    method: str
    path: str
    body: bytes
    started: datetime
    status: int = 0
    headers: Sequence[tuple[str, str]] = ()
    wait: float = 0.0
    pieces: list[Piece] = field(default_factory=list)
    failure: str = ""

    def header(self, name: str) -> str:
        """The value of a header; "" without it."""
        return next((value for known, value in self.headers if known == name), "")

    @property
    def content(self) -> bytes:
        """The whole body."""
        return b"".join(piece.data for piece in self.pieces)

    @property
    def is_stream(self) -> bool:
        """Whether the answer is an event stream."""
        is_named = self.header("content-type").startswith("text/event-stream")
        return is_named or self.content.lstrip().startswith((b"data:", b"event:", b":"))

    # Both are asked for by several probes, and only once the answer has come whole.
    @cached_property
    def json(self) -> dict[str, Any]:
        """The JSON object that the body is; an empty one if it is anything else."""
        found = parse_body(self.content)
        return found if isinstance(found, dict) else {}

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """The events of a stream."""
        return tuple(self._read_events())

    @property
    def payloads(self) -> list[dict[str, Any]]:
        """The JSON objects of the answer: that of a document, or those of the events."""
        if self.is_stream:
            return [event.json for event in self.events if event.json is not None]
        return [self.json] if self.json else []

    def _read_events(self) -> Iterator[Event]:
        decoder = SSEDecoder()
        time = 0.0
        for time, data in self.pieces:
            yield from (_to_event(time, event.data) for event in decoder.feed(data))
        yield from (_to_event(time, event.data) for event in decoder.flush())


def _to_event(time: float, data: bytes) -> Event:
    found = parse_json(data)
    return Event(time, data.decode("utf-8", "replace"), found if isinstance(found, dict) else None)


def entries_of(payload: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The entries of `choices` in a completion or a chunk; none without them."""
    choices = payload.get("choices")
    found = choices if isinstance(choices, list) else []
    return [entry for entry in found if isinstance(entry, Mapping)]


def messages_of(payload: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The messages or deltas of the choices in a completion or a chunk."""
    found = (entry.get("message") or entry.get("delta") for entry in entries_of(payload))
    return [message for message in found if isinstance(message, Mapping)]

"""The queue of answers that a test wrote; each answers one request, first in, first out.

The `scripted_*` functions turn the arguments of the emulator's `reply*` methods into answers of
several kinds. An answer checks itself: one that cannot be sent is a ValueError when it is made. A
request that finds the queue empty may meet a fault by chance.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from weryai_emulator.checks import (
    WITHOUT_BODY,
    check_flag,
    check_headers,
    check_json,
    check_list,
    check_number,
    check_object,
    check_status,
    check_text,
    check_whole,
    header_value,
    wrong,
)
from weryai_emulator.json_text import JsonObject, to_bytes
from weryai_emulator.options import ErrorStyle
from weryai_emulator.request.chat_request import ChatRequest
from weryai_emulator.request.errors import Refusal, kind_for
from weryai_emulator.server.delivery import Delivery
from weryai_emulator.server.record import RecordedRequest

Headers = Mapping[str, str | int | float]

# An item of a queued event stream; see `Emulator.reply_chunks`.
StreamItem = JsonObject | str | bytes | float | int | threading.Event


@dataclass(frozen=True, slots=True)
class ScriptedMessage:
    """A whole reply; sent as a document or as a stream, as the request asks."""

    message: JsonObject
    finish_reason: str | None
    usage: JsonObject | None
    extra: JsonObject
    delivery: Delivery

    def __post_init__(self) -> None:
        check_object("message", self.message)
        check_text("finish_reason", self.finish_reason, or_null=True)
        check_object("usage", self.usage, or_null=True)
        for name, value in self.extra.items():
            check_json(name, value)
        if "choices" in self.extra:
            raise ValueError("`choices` cannot be replaced. Queue the whole body: `reply_json`.")


@dataclass(frozen=True, slots=True)
class ScriptedEvents:
    """A stream, sent item by item."""

    items: tuple[StreamItem, ...]
    done: bool
    abort: bool
    headers: Mapping[str, str]

    def __post_init__(self) -> None:
        for number, item in enumerate(self.items, 1):
            _check_item(f"item {number}", item)
        check_flag("done", self.done)
        check_flag("abort", self.abort)
        object.__setattr__(self, "headers", check_headers(self.headers))


@dataclass(frozen=True, slots=True)
class ScriptedRaw:
    """A complete response: status, bytes and headers."""

    status: int
    body: bytes
    content_type: str
    headers: Mapping[str, str]

    def __post_init__(self) -> None:
        check_status(self.status, self.body)
        object.__setattr__(self, "content_type", header_value("content-type", self.content_type))
        object.__setattr__(self, "headers", check_headers(self.headers))


@dataclass(frozen=True, slots=True)
class ScriptedPieces:
    """A recorded response, sent as it came; the emulator adds no header to it.

    Attributes:
        status: The HTTP status.
        headers: All headers but those about length and encoding.
        pieces: The body, piece by piece, each with the seconds since the one before.
        is_cut: Whether the connection breaks after them.
    """

    status: int
    headers: Sequence[tuple[str, str]]
    pieces: Sequence[tuple[float, bytes]]
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer: the connection stays open, or closes at once."""

    close: bool = False


@dataclass(frozen=True, slots=True)
class ScriptedWire:
    """What is written to the connection itself, HTTP head included.

    Attributes:
        parts: Bytes in order; a number is a pause in seconds.
        end: What follows: the connection is closed, is reset, or stays open until the client
            closes it.
        ends_with_next: Whether the end comes only with the first bytes of the next request.
        reads: Whether the server reads on. Otherwise a client that closes is not noticed.
    """

    parts: Iterable[bytes | float]
    end: Literal["close", "reset", "hold"] = "close"
    ends_with_next: bool = False
    reads: bool = True


@dataclass(frozen=True, slots=True)
class ScriptedFault:
    """A fault of the catalogue; see `weryai_emulator.faults`.

    Attributes:
        name: The name of the fault.
        answer: Returns the answer to a request.
        reads: Whether the body of the request is read before.
    """

    name: str
    answer: Callable[[ChatRequest], ScriptedRaw | ScriptedWire | Silence]
    reads: bool = True


Scripted = (
    ScriptedMessage
    | ScriptedEvents
    | ScriptedRaw
    | ScriptedPieces
    | ScriptedWire
    | ScriptedFault
    | Silence
)


@dataclass(slots=True)
class Script:
    """The queue. Threads may share it, because a deque's append and popleft are atomic.

    Attributes:
        limit: How many chat requests are answered at once; None for any number.
        chance: Returns the fault of a request that finds the queue empty, or None for none.
        replay: Returns the recorded answer to a request that meets no fault; without it, such a
            request is answered by rule.
    """

    limit: int | None = None
    chance: Callable[[], ScriptedFault | None] | None = None
    replay: Callable[[RecordedRequest], Scripted] | None = None
    _queue: deque[Scripted] = field(default_factory=deque)

    def add(self, scripted: Scripted) -> None:
        """Queue an answer."""
        self._queue.append(scripted)

    def pop(self) -> Scripted | None:
        """Remove and return the next answer; without one, the fault that chance brings, or None."""
        try:
            return self._queue.popleft()
        except IndexError:
            chance = self.chance  # another thread may replace it
            return None if chance is None else chance()

    def pop_unread(self) -> ScriptedFault | None:
        """Remove and return the next answer if it is for a request whose body is not read."""
        try:
            first = self._queue[0]
        except IndexError:
            return None
        if isinstance(first, ScriptedFault) and not first.reads:
            self._queue.popleft()
            return first
        return None

    def clear(self) -> None:
        """Remove all answers, and all faults by chance."""
        self._queue.clear()
        self.chance = None

    def __len__(self) -> int:
        return len(self._queue)


def scripted_message(
    message: str | Mapping[str, Any],
    *,
    finish_reason: str | None,
    usage: JsonObject | None,
    extra: JsonObject,
    delivery: Delivery,
) -> ScriptedMessage:
    """Return a whole reply with this text or message."""
    if isinstance(message, str):
        message = {"content": message}
    if not isinstance(message, Mapping):
        raise wrong("message", message, "text, or an object with the fields of the message")
    whole = {"role": "assistant", **message}
    return ScriptedMessage(whole, finish_reason, usage, extra, delivery)


def scripted_events(
    items: Sequence[StreamItem], *, done: bool, abort: bool, headers: Headers | None
) -> ScriptedEvents:
    """Return a stream of these items."""
    check_list("items", items, "objects, texts, bytes, seconds or events")
    return ScriptedEvents(tuple(items), done, abort, check_headers(headers))


def scripted_json(body: Any, *, status: int, headers: Headers | None) -> ScriptedRaw:
    """Return a response with this value as JSON."""
    check_json("body", body)
    return scripted_raw(status, to_bytes(body, compact=False), "application/json", headers)


def scripted_error(
    status: int,
    body: JsonObject | str | bytes | None,
    *,
    headers: Headers | None,
    code: int | None,
    message: str | None,
    style: ErrorStyle,
) -> ScriptedRaw:
    """Return an error response; without a body, the service's envelope is built."""
    check_whole("code", code, or_null=True)
    check_text("message", message, or_null=True)
    check_status(status)
    if isinstance(body, dict):
        return scripted_json(body, status=status, headers=headers)
    if body is None and status in WITHOUT_BODY:
        body = b""
    if body is not None:
        return scripted_raw(status, body, "text/plain; charset=utf-8", headers)
    kind = kind_for(status)
    if code is not None:
        kind = replace(kind, code=code)
    refusal = Refusal(kind, kind.desc if message is None else message)
    return scripted_json(refusal.to_body(style), status=status, headers=headers)


def scripted_raw(
    status: int, body: bytes | str, content_type: str, headers: Headers | None
) -> ScriptedRaw:
    """Return a response with exactly these bytes; text is sent as UTF-8."""
    if isinstance(body, str):
        check_text("body", body)
        body = body.encode()
    if not isinstance(body, bytes):
        raise wrong("body", body, "text or bytes")
    return ScriptedRaw(status, body, content_type, check_headers(headers))


def _check_item(name: str, item: Any) -> None:
    match item:
        case str():
            check_text(name, item)
        case dict():
            check_json(name, item)
        case float() | int() if not isinstance(item, bool):
            check_number(name, item)
        case bytes() | threading.Event():
            pass
        case _:
            wanted = (
                "an object (one JSON event), text (the data of one event), bytes (written as they "
                "are), a number (seconds to wait) or a threading.Event (waited for)"
            )
            raise wrong(name, item, wanted)

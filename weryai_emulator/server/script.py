"""The queue of answers that a test wrote; each answers one request, first in, first out.

The `scripted_*` functions turn the arguments of the emulator's `reply*` methods into one of four
kinds of answers.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from weryai_emulator.json_text import JsonObject, to_bytes
from weryai_emulator.options import ErrorStyle
from weryai_emulator.request.errors import Refusal, kind_for
from weryai_emulator.server.delivery import Delivery

Headers = Mapping[str, str]

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


@dataclass(frozen=True, slots=True)
class ScriptedEvents:
    """A stream, sent item by item."""

    items: tuple[StreamItem, ...]
    done: bool
    abort: bool
    headers: Headers


@dataclass(frozen=True, slots=True)
class ScriptedRaw:
    """A complete response: status, bytes and headers."""

    status: int
    body: bytes
    content_type: str
    headers: Headers


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer: the connection stays open, or closes at once."""

    close: bool = False


Scripted = ScriptedMessage | ScriptedEvents | ScriptedRaw | Silence


@dataclass(slots=True)
class Script:
    """The queue. Threads may share it, because a deque's append and popleft are atomic."""

    _queue: deque[Scripted] = field(default_factory=deque)

    def add(self, scripted: Scripted) -> None:
        """Queue an answer."""
        self._queue.append(scripted)

    def pop(self) -> Scripted | None:
        """Remove and return the next answer, or None if the queue is empty."""
        try:
            return self._queue.popleft()
        except IndexError:
            return None

    def clear(self) -> None:
        """Remove all answers."""
        self._queue.clear()

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
    content = {"content": message} if isinstance(message, str) else dict(message)
    whole = {"role": "assistant", **content}
    return ScriptedMessage(whole, finish_reason, usage, extra, delivery)


def scripted_events(
    items: Sequence[StreamItem], *, done: bool, abort: bool, headers: Headers | None
) -> ScriptedEvents:
    """Return a stream of these items.

    Raises:
        TypeError: An item cannot be sent.
    """
    for item in items:
        if isinstance(item, bool) or not isinstance(
            item, (dict, str, bytes, float, int, threading.Event)
        ):
            raise TypeError(
                f"A stream item of type {type(item).__name__} cannot be sent. Pass a dict (one "
                "JSON event), a str (the data of one event), bytes (written as they are), a "
                "number (seconds to wait) or a threading.Event (waited for)."
            )
    return ScriptedEvents(tuple(items), done, abort, dict(headers or {}))


def scripted_json(body: Any, *, status: int, headers: Headers | None) -> ScriptedRaw:
    """Return a response with this value as JSON."""
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
    if isinstance(body, dict):
        return scripted_json(body, status=status, headers=headers)
    if body is not None:
        encoded = body.encode() if isinstance(body, str) else body
        return scripted_raw(status, encoded, "text/plain; charset=utf-8", headers)
    kind = kind_for(status)
    if code is not None:
        kind = replace(kind, code=code)
    refusal = Refusal(kind, kind.desc if message is None else message)
    return scripted_json(refusal.to_body(style), status=status, headers=headers)


def scripted_raw(
    status: int, body: bytes, content_type: str, headers: Headers | None
) -> ScriptedRaw:
    """Return a response with exactly these bytes."""
    return ScriptedRaw(status, body, content_type, dict(headers or {}))

"""Answers that come late, in drops, or stop coming.

Pauses are in seconds. Where the client gives up, the emulator notices and stops.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, repeat

from weryai_emulator.checks import check_choice
from weryai_emulator.faults.replies import (
    END_OF_CHUNKS,
    TEXT,
    body_parts,
    chunk,
    event,
    frame,
    framed,
    head,
    paced,
    text_events,
)
from weryai_emulator.faults.statuses import http_error
from weryai_emulator.request.chat_request import ChatRequest
from weryai_emulator.server.script import ScriptedWire, Silence

_EMPTY_CALL = {"index": 0, "function": {"arguments": ""}}


def hang(chat: ChatRequest) -> Silence:
    """Never answers, and holds the connection open."""
    return Silence()


def unread(chat: ChatRequest, *, seconds: float = 30.0) -> ScriptedWire:
    """Does not read the body of the request, and closes the connection in the end.

    As part of `fail_sometimes`, it has read the body.
    """
    return ScriptedWire((seconds,), reads=False)


def slow_start(chat: ChatRequest, *, seconds: float = 5.0) -> ScriptedWire:
    """Sends a good answer after a pause."""
    start, parts = framed(chat, body_parts(chat, TEXT))
    end = END_OF_CHUNKS if chat.stream else b""
    return ScriptedWire([seconds, start, *parts, end])


def stall(chat: ChatRequest, *, after: int = 2) -> ScriptedWire:
    """Stops in the middle of the body, and holds the connection open."""
    start, parts = framed(chat, body_parts(chat, TEXT))
    sent = [start, *[part for part, _ in zip(parts, range(after), strict=False)]]
    return ScriptedWire(sent, "hold")


def held_open(chat: ChatRequest) -> ScriptedWire:
    """Sends a whole stream with its finish reason, no `[DONE]`, and holds the connection open."""
    start, parts = framed(chat, body_parts(chat, TEXT)[: -1 if chat.stream else None])
    return ScriptedWire([start, *parts], "hold")


def drip_head(chat: ChatRequest, *, pause: float = 0.5) -> ScriptedWire:
    """Sends the head byte by byte."""
    start, parts = framed(chat, body_parts(chat, TEXT))
    end = END_OF_CHUNKS if chat.stream else b""
    return ScriptedWire(chain(paced(_drops(start), pause), parts, [end]))


def drip(chat: ChatRequest, *, pause: float = 0.5) -> ScriptedWire:
    """Sends the body byte by byte."""
    body = b"".join(body_parts(chat, TEXT))
    if chat.stream:
        dripped = paced(map(frame, _drops(body)), pause)
        return ScriptedWire(chain([head(chat)], dripped, [END_OF_CHUNKS]))
    return ScriptedWire(chain([head(chat, length=len(body))], paced(_drops(body), pause)))


def drip_error(chat: ChatRequest, *, status: int = 500, pause: float = 0.5) -> ScriptedWire:
    """Refuses the request, and sends the body of the error byte by byte."""
    body = http_error(chat, status=status).body
    start = head(chat, status, length=len(body), content_type="application/json")
    return ScriptedWire(chain([start], paced(_drops(body), pause)))


def keep_alives(
    chat: ChatRequest, *, after: int = 2, pause: float = 0.5, kind: str = "comments"
) -> ScriptedWire:
    """Sends keep-alives for ever after a part of the text; a document has spaces before it.

    Args:
        chat: The request.
        after: How many pieces of the text come first.
        pause: Seconds between two keep-alives.
        kind: "comments", "empty choices", "roles", "empty calls", "usage" or "blank lines".
    """
    events = {
        "comments": b": keep-alive\n\n",
        "empty choices": event({**chunk(chat, {}), "choices": []}),
        "roles": event(chunk(chat, {"role": "assistant", "content": ""})),
        "empty calls": event(chunk(chat, {"tool_calls": [_EMPTY_CALL]})),
        "usage": event({**chunk(chat, {}), "choices": [], "usage": {"total_tokens": 1}}),
        "blank lines": b"\n",
    }
    check_choice("kind", kind, events)
    sign = frame(events[kind] if chat.stream else b" ")
    first = [frame(one) for one in text_events(chat, TEXT)[:after]] if chat.stream else []
    return ScriptedWire(chain([head(chat), *first], paced(repeat(sign), pause)))


FAULTS = (hang, unread, slow_start, stall, held_open, drip_head, drip, drip_error, keep_alives)


def _drops(data: bytes) -> Iterator[bytes]:
    return (bytes([byte]) for byte in data)

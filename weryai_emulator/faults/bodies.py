"""Answers with status 200 whose body is something else than a completion, or an odd one."""

from __future__ import annotations

import random
from typing import Any

from weryai_emulator.checks import check_choice
from weryai_emulator.faults.replies import (
    DONE,
    TEXT,
    answer,
    body_parts,
    chunk,
    document,
    end_events,
    event,
    json_answer,
    pieces_of,
    text_events,
)
from weryai_emulator.json_text import JsonObject, to_bytes
from weryai_emulator.request.chat_request import ChatRequest
from weryai_emulator.server.script import ScriptedRaw

_ODD = {
    "nan": b'"extra":NaN,',
    "infinity": b'"limit":1e999,',
    "long integer": b'"count":%b,' % (b"9" * 5000),
    "doubled key": b'"id":"first","id":"second",',
}
_PAGE = b"<html><head><title>Sign in</title></head><body>Sign in to continue.</body></html>"


def empty_body(chat: ChatRequest, *, blank: bool = False) -> ScriptedRaw:
    """Answers 200 with an empty body, or with white space."""
    return answer(chat, b" \r\n" if blank else b"")


def html_page(chat: ChatRequest) -> ScriptedRaw:
    """Answers 200 with a page, as a proxy that wants a login."""
    return ScriptedRaw(200, _PAGE, "text/html", {})


def plain_text(chat: ChatRequest, *, text: str = "Service unavailable") -> ScriptedRaw:
    """Answers 200 with a line of text."""
    return ScriptedRaw(200, text.encode(), "text/plain", {})


def random_bytes(chat: ChatRequest, *, size: int = 1000, seed: int = 0) -> ScriptedRaw:
    """Answers 200 with random bytes."""
    return answer(chat, random.Random(seed).randbytes(size))


def no_choices(chat: ChatRequest, *, field: str = "empty") -> ScriptedRaw:
    """Answers with a completion without choices.

    Args:
        chat: The request.
        field: The field `choices`: "empty", "null" or "missing".
    """
    check_choice("field", field, ("empty", "null", "missing"))
    value: JsonObject = document(chat, "")
    value["choices"] = [] if field == "empty" else None
    if field == "missing":
        del value["choices"]
    return answer(chat, [event(value), DONE] if chat.stream else to_bytes(value))


def no_data(chat: ChatRequest) -> ScriptedRaw:
    """Answers with a success envelope around nothing."""
    return json_answer({"status": 0, "desc": "success", "message": "success", "data": None})


def no_message(chat: ChatRequest) -> ScriptedRaw:
    """Answers with a choice whose message is null, and without a finish reason."""
    choice = {"delta" if chat.stream else "message": None}
    if chat.stream:
        return answer(chat, [event(chunk(chat, {}, choice=choice)), DONE])
    return answer(chat, to_bytes(document(chat, "", choice=choice, finish_reason=None)))


def truncated_json(chat: ChatRequest, *, after: int = 2) -> ScriptedRaw:
    """Ends in the middle of its JSON, as if that were the whole body."""
    if not chat.stream:
        return answer(chat, body_parts(chat, TEXT)[:after])
    events = text_events(chat, TEXT)
    broken = events[min(after, len(events) - 1)][:-20] + b"\n\n"
    return answer(chat, [*events[:after], broken, DONE])


def unfinished(chat: ChatRequest, *, after: int = 2, done: bool = False) -> ScriptedRaw:
    """Ends a stream without a finish reason; in a document it is null.

    Args:
        chat: The request.
        after: How many pieces of the text come.
        done: Whether `[DONE]` ends the stream.
    """
    if chat.stream:
        return answer(chat, [*text_events(chat, TEXT)[:after], DONE if done else b""])
    return answer(chat, to_bytes(document(chat, TEXT, finish_reason=None)))


def lost_event(chat: ChatRequest, *, after: int = 2) -> ScriptedRaw:
    """Has an event in the stream whose JSON is broken; the document is broken so."""
    parts = body_parts(chat, TEXT)
    after = min(after, len(parts) - 2)
    broken = parts[after].replace(b'"', b"", 1)
    return answer(chat, [*parts[:after], broken, *parts[after + 1 :]])


def wrong_delivery(chat: ChatRequest) -> ScriptedRaw:
    """Sends a document for a stream, and a stream for a document."""
    if chat.stream:
        return json_answer(document(chat, TEXT))
    stream = b"".join([*text_events(chat, TEXT), *end_events(chat)])
    return ScriptedRaw(200, stream, "text/event-stream", {})


def odd_json(chat: ChatRequest, *, kind: str = "all") -> ScriptedRaw:
    """Has odd JSON in fields that do not matter.

    Args:
        chat: The request.
        kind: "nan", "infinity", "long integer", "doubled key" or "all".
    """
    check_choice("kind", kind, (*_ODD, "all"))
    odd = b"{" + (b"".join(_ODD.values()) if kind == "all" else _ODD[kind])
    parts = body_parts(chat, TEXT)
    if not chat.stream:
        parts = [b"".join(parts)]
    return answer(chat, [part.replace(b"{", odd, 1) for part in parts])


def changing_types(chat: ChatRequest) -> ScriptedRaw:
    """Has `logprobs` and `usage` of another type in each chunk."""
    types: tuple[Any, ...] = ({"content": []}, [1], "x", 7, None, {"content": {"a": 1}})
    if not chat.stream:
        return json_answer(document(chat, TEXT, choice={"logprobs": [1]}, usage="none"))
    chunks = [
        chunk(chat, piece, choice={"logprobs": kind}, usage=kind)
        for piece, kind in zip(pieces_of(TEXT), types, strict=False)
    ]
    return answer(chat, [*map(event, chunks), *end_events(chat)])


FAULTS = (
    empty_body,
    html_page,
    plain_text,
    random_bytes,
    no_choices,
    no_data,
    no_message,
    truncated_json,
    unfinished,
    lost_event,
    wrong_delivery,
    odd_json,
    changing_types,
)

"""What the emulator is told to answer. No I/O.

Every reply has a `system_fingerprint`, which WeryAI does not document: ChatOpenRouter reads none
without. One row tries a reply that has just what is documented.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

JsonObject = dict[str, Any]

USAGE = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
BUSY = "The upstream of the test is busy"
"""A text that an error should tell."""

REFUSED_KEY: JsonObject = {
    "status": 1002,
    "desc": "Authentication failed",
    "message": "Invalid API Key",
}
"""The error that WeryAI's documentation shows."""

_HEADER = {
    "id": "chatcmpl-abc123def456",
    "created": 1711929600,
    "model": "GPT_4O",
    "system_fingerprint": "fp_test",
}


def document(message: JsonObject | str, finish_reason: str = "stop", **extra: Any) -> JsonObject:
    """A whole reply."""
    fields = {"content": message} if isinstance(message, str) else message
    message = {"role": "assistant", **fields}
    return {
        **_HEADER,
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": USAGE,
        **extra,
    }


def documented(text: str) -> JsonObject:
    """A whole reply with the documented fields and no other."""
    whole = document(text)
    return {name: value for name, value in whole.items() if name != "system_fingerprint"}


def chunk(delta: JsonObject | str, finish_reason: str | None = None, **extra: Any) -> JsonObject:
    """One chunk of a streamed reply."""
    fields = {"content": delta} if isinstance(delta, str) else delta
    return {
        **_HEADER,
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": fields, "finish_reason": finish_reason}],
        **extra,
    }


def opening() -> JsonObject:
    """The chunk with which streams begin."""
    return chunk({"role": "assistant", "content": ""})


def ending(finish_reason: str = "stop") -> JsonObject:
    """The chunk with which streams end."""
    return chunk({}, finish_reason)


def streamed(*deltas: JsonObject | str, finish_reason: str = "stop") -> list[JsonObject]:
    """The chunks of a reply."""
    return [opening(), *(chunk(delta) for delta in deltas), ending(finish_reason)]


def tool_call(
    arguments: Any, *, id: str | None = None, index: int | None = None, name: str | None = None
) -> JsonObject:
    """One entry of `tool_calls`, with what is given."""
    function = {"arguments": arguments} | ({"name": name} if name else {})
    call: JsonObject = {"function": function}
    if id is not None:
        call |= {"id": id, "type": "function"}
    return call if index is None else {"index": index, **call}


def weather(city: str, id: str, index: int | None = None) -> JsonObject:
    """A whole call of `get_weather`."""
    return tool_call(json.dumps({"city": city}), id=id, index=index, name="get_weather")


def annotation(url: str, title: str, start: int, end: int) -> JsonObject:
    """A source, as OpenAI and OpenRouter tell it."""
    place = {"start_index": start, "end_index": end}
    return {"type": "url_citation", "url_citation": {"url": url, "title": title, **place}}


def envelope(code: int, text: str) -> Mapping[str, Any]:
    """An error as WeryAI reports it."""
    return {"status": code, "desc": text, "message": text}

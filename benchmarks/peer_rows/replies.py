"""Scripted replies for the emulator.

Every reply has a `system_fingerprint`, although WeryAI does not document it: ChatOpenRouter reads
no reply without one. One row tries a reply with the documented fields only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

JsonObject = dict[str, Any]

USAGE = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
BUSY = "The upstream of the test is busy"
"""A text that an error should quote."""

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
    """Return a whole reply."""
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
    """Return a whole reply with the documented fields only."""
    whole = document(text)
    return {name: value for name, value in whole.items() if name != "system_fingerprint"}


def chunk(delta: JsonObject | str, finish_reason: str | None = None, **extra: Any) -> JsonObject:
    """Return one chunk of a streamed reply."""
    fields = {"content": delta} if isinstance(delta, str) else delta
    return {
        **_HEADER,
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": fields, "finish_reason": finish_reason}],
        **extra,
    }


def opening() -> JsonObject:
    """Return the first chunk of a stream."""
    return chunk({"role": "assistant", "content": ""})


def ending(finish_reason: str = "stop") -> JsonObject:
    """Return the last chunk of a stream."""
    return chunk({}, finish_reason)


def streamed(*deltas: JsonObject | str, finish_reason: str = "stop") -> list[JsonObject]:
    """Return the chunks of a reply."""
    return [opening(), *(chunk(delta) for delta in deltas), ending(finish_reason)]


def tool_call(
    arguments: Any, *, id: str | None = None, index: int | None = None, name: str | None = None
) -> JsonObject:
    """Return one entry of `tool_calls` with the given fields."""
    function = {"arguments": arguments} | ({"name": name} if name else {})
    call: JsonObject = {"function": function}
    if id is not None:
        call |= {"id": id, "type": "function"}
    return call if index is None else {"index": index, **call}


def weather(city: str, id: str, index: int | None = None) -> JsonObject:
    """Return a complete call of `get_weather`."""
    return tool_call(json.dumps({"city": city}), id=id, index=index, name="get_weather")


def annotation(url: str, title: str, start: int, end: int) -> JsonObject:
    """Return a source in the shape of OpenAI and OpenRouter."""
    place = {"start_index": start, "end_index": end}
    return {"type": "url_citation", "url_citation": {"url": url, "title": title, **place}}


def envelope(code: int, text: str) -> Mapping[str, Any]:
    """Return an error in WeryAI's envelope."""
    return {"status": code, "desc": text, "message": text}

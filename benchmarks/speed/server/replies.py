"""The replies of the loopback server, as lists of bytes: each element is one write.

The first part of the path names the reply, so that each client asks for it by its base URL:

    /coalesced-1000/v1   a stream of 1,000 chunks, in writes of 64 KB
    /each-1000/v1        the same, one write a chunk
    /paced-1000/v1       the same, with a pause after each write, so that each is read alone
    /tools-1000/v1       one tool call whose arguments come in 1,000 fragments, in writes of 64 KB
    /reasoning-1000/v1   1,000 chunks of reasoning and one of text, in writes of 64 KB
    /crowd-200/v1        as "each"; the floors let others run between chunks
    /delay/v1            a reply after 50 ms

A request that is not for a stream gets a whole reply. The delay holds for streams, too.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, NamedTuple

WORDS = (" some", " words")
"""The text of a stream, in turn: LiteLLM refuses a stream that repeats one chunk."""

ANSWER = "A short answer of a few words."
TOOL = "write_text"
USAGE = (10, 1000)
"""Tokens of the prompt and of the answer, in every reply."""

DELAY = 0.05  # seconds
PAUSE = 0.0002  # seconds between the writes of a paced stream
_WRITE = 65536


def words(count: int) -> list[str]:
    """Return the texts of so many chunks."""
    return [WORDS[n % 2] for n in range(count)]


class Reply(NamedTuple):
    """What to write after a request.

    Attributes:
        writes: Bytes of the writes.
        delay: Seconds before the first.
        pause: Seconds between two.
    """

    writes: list[bytes]
    delay: float = 0.0
    pause: float = 0.0


@cache
def reply_for(variant: str, is_stream: bool) -> Reply:
    """Return the reply to a request whose path starts with this variant."""
    kind, _, number = variant.partition("-")
    delay = DELAY if kind == "delay" else 0.0
    if not is_stream:
        return Reply([_whole()], delay=delay)
    deltas = _deltas(kind, int(number or 1000))
    if kind in ("each", "crowd", "paced"):
        writes = [_HEAD, *map(_frame, deltas), _END]
        return Reply(writes, delay=delay, pause=PAUSE if kind == "paced" else 0.0)
    data = b"".join(deltas)
    pieces = [data[start : start + _WRITE] for start in range(0, len(data), _WRITE)]
    return Reply([_HEAD + _frame(pieces[0]), *map(_frame, pieces[1:]), _END], delay=delay)


def _deltas(kind: str, count: int) -> list[bytes]:
    role = {"role": "assistant"}
    if kind == "tools":
        call = {"index": 0, "id": "call_1", "type": "function"}
        first = {**call, "function": {"name": TOOL, "arguments": '{"text": "'}}
        deltas = [
            _event({**role, "content": None, "tool_calls": [first]}),
            *(_event(_fragment(text)) for text in [*words(count - 2), '"}']),
            _event({}, "tool_calls"),
        ]
    elif kind == "reasoning":
        thoughts = [{"content": "", "reasoning_content": text} for text in words(count)]
        thoughts[0] = {**role, **thoughts[0]}
        deltas = [*map(_event, thoughts), _event({"content": ANSWER}), _event({}, "stop")]
    else:
        texts = [{"content": text} for text in words(count)]
        texts[0] = {**role, **texts[0]}
        deltas = [*map(_event, texts), _event({}, "stop")]
    return [*deltas, _usage_event(), b"data: [DONE]\n\n"]


def _fragment(arguments: str) -> dict[str, Any]:
    return {"tool_calls": [{"index": 0, "function": {"arguments": arguments}}]}


def _event(delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    event = {**_ENVELOPE, "object": "chat.completion.chunk", "choices": [choice]}
    if finish_reason:
        event["x_groq"] = {"usage": _USAGE}  # ChatGroq reads no other usage in a stream
    return _data(event)


def _usage_event() -> bytes:
    return _data({**_ENVELOPE, "object": "chat.completion.chunk", "choices": [], "usage": _USAGE})


def _data(event: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(event, separators=(",", ":")).encode() + b"\n\n"


def _frame(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _whole() -> bytes:
    message = {"role": "assistant", "content": ANSWER}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = {**_ENVELOPE, "object": "chat.completion", "choices": [choice], "usage": _USAGE}
    data = json.dumps(body).encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % len(data) + data


_ENVELOPE = {
    "id": "chatcmpl-benchmark",
    "created": 1711929600,
    "model": "GPT_4O",
    "system_fingerprint": "fp_benchmark",  # ChatOpenRouter reads no reply without it
}
_USAGE = {"prompt_tokens": USAGE[0], "completion_tokens": USAGE[1], "total_tokens": sum(USAGE)}
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
_END = b"0\r\n\r\n"

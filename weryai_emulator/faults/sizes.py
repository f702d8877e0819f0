"""Answers that are too large, too many or too deep.

Each is made while it is sent, so that the emulator itself needs little memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, repeat

from weryai_emulator.faults.replies import (
    END_OF_CHUNKS,
    TEXT,
    body_parts,
    chunk,
    document,
    end_events,
    event,
    frame,
    head,
    paced,
    with_long_text,
)
from weryai_emulator.json_text import JsonObject, to_bytes
from weryai_emulator.request.chat_request import ChatRequest
from weryai_emulator.server.script import ScriptedWire

_PER_WRITE = 200  # events


def huge_event(chat: ChatRequest, *, size: int = 64_000_000) -> ScriptedWire:
    """Sends a text of any size in one event, or in one document."""
    return _chunked(chat, with_long_text(chat, size))


def huge_error(chat: ChatRequest, *, status: int = 500, size: int = 64_000_000) -> ScriptedWire:
    """Refuses the request with a body of any size."""
    start = head(chat, status, length=size, content_type="text/plain")
    block = b"x" * 65_536
    return ScriptedWire(
        chain([start], repeat(block, size // len(block)), [block[: size % len(block)]])
    )


def endless(chat: ChatRequest, *, pause: float = 0.0) -> ScriptedWire:
    """Sends pieces of text for ever; a document is one text without end."""
    if chat.stream:
        parts: Iterable[bytes] = repeat(event(chunk(chat, "more ")) * _PER_WRITE)
    else:
        start = to_bytes(document(chat, "<text>")).partition(b"<text>")[0]
        parts = chain([start], repeat(b"more " * _PER_WRITE))
    return ScriptedWire(chain([head(chat)], paced(map(frame, parts), pause)))


def many_chunks(chat: ChatRequest, *, number: int = 1_000_000) -> ScriptedWire:
    """Sends a stream of many chunks of one letter; a document with as many choices."""
    if chat.stream:
        letters = chain(_repeated(event(chunk(chat, "a")), number), end_events(chat))
        return _chunked(chat, letters)
    return many_choices(chat, number=number)


def many_choices(chat: ChatRequest, *, number: int = 100_000) -> ScriptedWire:
    """Sends many choices, though the request asked for one."""
    if chat.stream:
        texts = (
            event(chunk(chat, "a", finish_reason="stop", choice={"index": index}))
            for index in range(number)
        )
        return _chunked(chat, chain(_batched(texts), [b"data: [DONE]\n\n"]))
    message = {"role": "assistant", "content": "a"}
    choices = (
        {"index": index, "message": message, "finish_reason": "stop"} for index in range(number)
    )
    whole = to_bytes({**document(chat, ""), "choices": ["<here>"]})
    return _chunked(chat, _listed(whole, choices))


def many_fragments(chat: ChatRequest, *, number: int = 100_000) -> ScriptedWire:
    """Sends the arguments of one tool call in many fragments; a document has as many calls."""
    if not chat.stream:
        message = {"content": None, "tool_calls": ["<here>"]}
        whole = to_bytes(document(chat, message, finish_reason="tool_calls"))
        return _chunked(
            chat, _listed(whole, (_call(index, '{"a": "x"}') for index in range(number)))
        )
    first = event(chunk(chat, {"tool_calls": [_call(0, '{"a": "')]}))
    fragment = {"index": 0, "function": {"arguments": "x"}}
    last = {"index": 0, "function": {"arguments": '"}'}}
    end = event(chunk(chat, {"tool_calls": [last]}, finish_reason="tool_calls"))
    middle = _repeated(event(chunk(chat, {"tool_calls": [fragment]})), number)
    return _chunked(chat, chain([first], middle, [end, b"data: [DONE]\n\n"]))


def deep_json(chat: ChatRequest, *, levels: int = 100_000) -> ScriptedWire:
    """Has a list of many levels in a field that does not matter."""
    deep = b'{"extra":%b%b,' % (b"[" * levels, b"]" * levels)
    parts = body_parts(chat, TEXT)
    if not chat.stream:
        parts = [b"".join(parts)]
    return _chunked(chat, (part.replace(b"{", deep, 1) for part in parts))


def blank_start(chat: ChatRequest, *, size: int = 16_000_000) -> ScriptedWire:
    """Sends white space before a good answer."""
    block = b"\n" * 65_536
    blank = repeat(block, size // len(block))
    return _chunked(chat, chain(blank, [block[: size % len(block)]], body_parts(chat, TEXT)))


FAULTS = (
    huge_event,
    huge_error,
    endless,
    many_chunks,
    many_choices,
    many_fragments,
    deep_json,
    blank_start,
)


def _chunked(chat: ChatRequest, parts: Iterable[bytes]) -> ScriptedWire:
    return ScriptedWire(chain([head(chat)], (frame(one) for one in parts if one), [END_OF_CHUNKS]))


def _repeated(data: bytes, number: int) -> Iterator[bytes]:
    yield from repeat(data * _PER_WRITE, number // _PER_WRITE)
    yield data * (number % _PER_WRITE)


def _batched(parts: Iterator[bytes]) -> Iterator[bytes]:
    batch: list[bytes] = []
    for part in parts:
        batch.append(part)
        if len(batch) == _PER_WRITE:
            yield b"".join(batch)
            batch.clear()
    yield b"".join(batch)


def _listed(whole: bytes, items: Iterator[JsonObject]) -> Iterator[bytes]:
    """Yield a document with these items in the place of the one that says "<here>"."""
    start, _, end = whole.partition(b'"<here>"')
    yield start
    yield from _batched(
        (b"," if number else b"") + to_bytes(item) for number, item in enumerate(items)
    )
    yield end


def _call(index: int, arguments: str) -> JsonObject:
    function = {"name": "get_weather", "arguments": arguments}
    return {"index": index, "id": f"call_{index}", "type": "function", "function": function}

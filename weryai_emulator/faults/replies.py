"""The answer that a fault damages: a document or a stream, as the request asks, in HTTP's frame.

The text of the answer goes in pieces. A stream has one event for each piece; a document is cut
into as many parts, so that "after two pieces" means the middle of either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from itertools import repeat
from typing import Any

from weryai_emulator.checks import check_status
from weryai_emulator.json_text import JsonObject, to_bytes
from weryai_emulator.request.chat_request import ChatRequest
from weryai_emulator.server.script import ScriptedRaw

TEXT = "One two three four five."
DONE = b"data: [DONE]\n\n"
END_OF_CHUNKS = b"0\r\n\r\n"

_BLOCK = b"0" * 65_536
_STATUSES = {status.value for status in HTTPStatus}
_CREATED = 1_711_929_600
_WORDS = re.compile(r"\S+\s*")


def document(chat: ChatRequest, message: JsonObject | str, **fields: Any) -> JsonObject:
    """Return a completion with this message.

    Args:
        chat: The request.
        message: The text, or the fields of the message.
        fields: Fields of the completion; `choice` and `finish_reason` are about its choice.
    """
    content = {"content": message} if isinstance(message, str) else message
    choice = {
        "index": 0,
        "message": {"role": "assistant", **content},
        "finish_reason": fields.pop("finish_reason", "stop"),
        **fields.pop("choice", {}),
    }
    return _reply(chat, "chat.completion", choices=[choice], **fields)


def chunk(chat: ChatRequest, delta: JsonObject | str, **fields: Any) -> JsonObject:
    """Return one chunk of a stream; the arguments are those of `document`."""
    content = {"content": delta} if isinstance(delta, str) else delta
    choice = {
        "index": 0,
        "delta": content,
        "finish_reason": fields.pop("finish_reason", None),
        **fields.pop("choice", {}),
    }
    return _reply(chat, "chat.completion.chunk", choices=[choice], **fields)


def event(data: JsonObject | bytes) -> bytes:
    """Return a server-sent event with this JSON, or with these bytes."""
    return b"data: %b\n\n" % (data if isinstance(data, bytes) else to_bytes(data))


def pieces_of(text: str) -> list[str]:
    """Return the pieces of a text: its words, each with the space after it."""
    return _WORDS.findall(text)


def text_events(chat: ChatRequest, text: str) -> list[bytes]:
    """Return one event for each piece of a text, without an end."""
    return [event(chunk(chat, piece)) for piece in pieces_of(text)]


def end_events(chat: ChatRequest) -> list[bytes]:
    """Return the events that complete a stream."""
    return [event(chunk(chat, {}, finish_reason="stop")), DONE]


def body_parts(chat: ChatRequest, text: str) -> list[bytes]:
    """Return the body of a good answer in parts: one for each piece of the text, and the end."""
    if chat.stream:
        return [*text_events(chat, text), *end_events(chat)]
    body = to_bytes(document(chat, text))
    count = len(pieces_of(text)) + 1
    size = -(-len(body) // count)
    return [body[start : start + size] for start in range(0, len(body), size)]


def with_long_text(chat: ChatRequest, size: int) -> Iterator[bytes]:
    """Yield the body of a good answer whose text has `size` digits; a stream has it in one event.

    The parts are small, so that an answer of any size takes no memory.
    """
    mark = "<text>"
    if chat.stream:
        whole = event(chunk(chat, mark, finish_reason="stop")) + DONE
    else:
        whole = to_bytes(document(chat, mark))
    start, _, end = whole.partition(mark.encode())
    yield start
    yield from repeat(_BLOCK, size // len(_BLOCK))
    yield _BLOCK[: size % len(_BLOCK)]
    yield end


def media_type(chat: ChatRequest) -> str:
    """Return the content type of a good answer."""
    return "text/event-stream" if chat.stream else "application/json"


def answer(
    chat: ChatRequest, body: Iterable[bytes] | bytes, headers: Mapping[str, str] | None = None
) -> ScriptedRaw:
    """Return a response with status 200, the content type of a good answer and this body."""
    data = body if isinstance(body, bytes) else b"".join(body)
    return ScriptedRaw(200, data, media_type(chat), headers or {})


def json_answer(body: Any, status: int = 200) -> ScriptedRaw:
    """Return a response with this JSON, whether or not the request asks for a stream."""
    return ScriptedRaw(status, to_bytes(body), "application/json", {})


def head(
    chat: ChatRequest,
    status: int = 200,
    *,
    length: int | None = None,
    connection: str = "close",
    **headers: str,
) -> bytes:
    """Return the head of a response.

    Args:
        chat: The request.
        status: The HTTP status.
        length: The content length; None for a body in chunks.
        connection: "close" or "keep-alive".
        headers: More headers; an underscore in a name is a hyphen.
    """
    check_status(status)
    reason = HTTPStatus(status).phrase if status in _STATUSES else "Unknown"
    framing = ("transfer_encoding", "chunked") if length is None else ("content_length", length)
    given = {"content_type": media_type(chat), framing[0]: framing[1], **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in given.items()]
    first, last = f"HTTP/1.1 {status} {reason}", f"connection: {connection}"
    return "\r\n".join([first, *lines, last, "", ""]).encode()


def frame(data: bytes) -> bytes:
    """Return one chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def paced(parts: Iterable[bytes], pause: float) -> Iterator[bytes | float]:
    """Yield the parts with a pause after each."""
    for part in parts:
        yield part
        yield pause


def framed(
    chat: ChatRequest, parts: list[bytes], *, connection: str = "close"
) -> tuple[bytes, Iterator[bytes]]:
    """Return the head of an answer with this body, and the parts as they are on the wire.

    A stream is chunked; it lacks its last chunk. A document has a content length.
    """
    if chat.stream:
        return head(chat, connection=connection), map(frame, parts)
    return head(chat, length=sum(map(len, parts)), connection=connection), iter(parts)


def _reply(chat: ChatRequest, kind: str, **fields: Any) -> JsonObject:
    start = {"id": "chatcmpl-fault", "object": kind, "created": _CREATED, "model": chat.model}
    return {**start, **fields}

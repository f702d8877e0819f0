"""Connections that break, and answers that are not HTTP.

`after` counts the parts of the body that arrive: pieces of a streamed text, or as many parts of a
document.
"""

from __future__ import annotations

import random
from itertools import chain, repeat

from weryai_emulator.faults.replies import (
    END_OF_CHUNKS,
    TEXT,
    body_parts,
    frame,
    framed,
    head,
    media_type,
    paced,
)
from weryai_emulator.request.chat_request import ChatRequest
from weryai_emulator.server.script import ScriptedWire, Silence


def drop(chat: ChatRequest) -> Silence:
    """Closes the connection without an answer."""
    return Silence(close=True)


def reset(chat: ChatRequest) -> ScriptedWire:
    """Resets the connection without an answer."""
    return ScriptedWire((), "reset")


def cut(chat: ChatRequest, *, after: int = 2, reset: bool = False) -> ScriptedWire:
    """Closes the connection in the middle of the body.

    Args:
        chat: The request.
        after: How many parts of the body come; 0 ends it after the head.
        reset: Whether to reset the connection instead of closing it.
    """
    start, parts = framed(chat, body_parts(chat, TEXT))
    sent = [start, *[part for part, _ in zip(parts, range(after), strict=False)]]
    return ScriptedWire(sent, "reset" if reset else "close")


def cut_head(chat: ChatRequest) -> ScriptedWire:
    """Closes the connection in the middle of the head."""
    return ScriptedWire([head(chat)[:40]])


def cut_end(chat: ChatRequest) -> ScriptedWire:
    """Closes the connection after the whole answer, but before the end of the body."""
    start, parts = framed(chat, body_parts(chat, TEXT))
    return ScriptedWire([start, *parts])


def not_http(
    chat: ChatRequest, *, text: str = "SSH-2.0-OpenSSH_9.6", size: int = 0, seed: int = 0
) -> ScriptedWire:
    """Answers with something else than HTTP: a text, or random bytes.

    Args:
        chat: The request.
        text: The text.
        size: How many random bytes to send instead; 0 sends the text.
        seed: Of the random bytes.
    """
    noise = random.Random(seed).randbytes(size)
    return ScriptedWire([noise or f"{text}\r\n\r\n".encode()])


def bad_chunk(chat: ChatRequest, *, after: int = 2) -> ScriptedWire:
    """Breaks HTTP's framing in the middle of a chunked body."""
    parts = body_parts(chat, TEXT)
    good = [frame(part) for part in parts[:after]]
    return ScriptedWire([head(chat), *good, b"zz\r\nnot a length\r\n"])


def short_length(chat: ChatRequest, *, after: int = 2) -> ScriptedWire:
    """Has a content length that ends the body too early."""
    parts = body_parts(chat, TEXT)
    length = sum(map(len, parts[:after]))
    return ScriptedWire([head(chat, length=length), *parts])


def two_lengths(chat: ChatRequest) -> ScriptedWire:
    """Has two content lengths that contradict each other."""
    body = b"".join(body_parts(chat, TEXT))
    start = head(chat, length=len(body)).replace(b"\r\n", b"\r\ncontent-length: 7\r\n", 1)
    return ScriptedWire([start, body])


def long_head(chat: ChatRequest, *, size: int = 1_000_000) -> ScriptedWire:
    """Has a header of a megabyte."""
    body = b"".join(body_parts(chat, TEXT))
    return ScriptedWire([head(chat, length=len(body), x_padding="x" * size), body])


def until_close(chat: ChatRequest) -> ScriptedWire:
    """Sends a good answer of HTTP/1.0, whose end is the end of the connection."""
    start = f"HTTP/1.0 200 OK\r\ncontent-type: {media_type(chat)}\r\n\r\n"
    return ScriptedWire([start.encode(), *body_parts(chat, TEXT)])


def idle_close(chat: ChatRequest, *, reset: bool = False) -> ScriptedWire:
    """Sends a good answer, keeps the connection, and closes it when the next request comes on it.

    Args:
        chat: The request.
        reset: Whether to reset the connection instead of closing it.
    """
    start, parts = framed(chat, body_parts(chat, TEXT), connection="keep-alive")
    end = END_OF_CHUNKS if chat.stream else b""
    return ScriptedWire([start, *parts, end], "reset" if reset else "close", ends_with_next=True)


def interim(chat: ChatRequest, *, count: int = 3, pause: float = 0.0) -> ScriptedWire:
    """Sends interim responses (HTTP 103) before a good answer."""
    hint = b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\n"
    start, parts = framed(chat, body_parts(chat, TEXT))
    end = END_OF_CHUNKS if chat.stream else b""
    return ScriptedWire(chain(paced(repeat(hint, count), pause), [start, *parts, end]))


FAULTS = (
    drop,
    reset,
    cut,
    cut_head,
    cut_end,
    not_http,
    bad_chunk,
    short_length,
    two_lengths,
    long_head,
    until_close,
    idle_close,
    interim,
)

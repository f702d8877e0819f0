"""Answers whose encoding is not what their headers say, and ones that grow when unpacked."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

from weryai_emulator.faults.replies import (
    END_OF_CHUNKS,
    TEXT,
    answer,
    body_parts,
    frame,
    head,
    media_type,
    with_long_text,
)
from weryai_emulator.request.chat_request import ChatRequest
from weryai_emulator.server.script import ScriptedRaw, ScriptedWire

_GZIP = 31  # zlib's number for a gzip header
_ACCENTS = "Où est le café?"


def gzipped(chat: ChatRequest) -> ScriptedRaw:
    """Sends a good answer, compressed with gzip."""
    return _packed(chat, b"".join(_gzip(body_parts(chat, TEXT))))


def not_gzip(chat: ChatRequest, *, encoding: str = "gzip") -> ScriptedRaw:
    """Says that the body is compressed, and it is not."""
    return answer(chat, body_parts(chat, TEXT), {"content-encoding": encoding})


def cut_gzip(chat: ChatRequest) -> ScriptedRaw:
    """Sends half of a compressed body, as if that were the whole."""
    whole = b"".join(_gzip(body_parts(chat, TEXT)))
    return _packed(chat, whole[: len(whole) // 2])


def gzip_bomb(chat: ChatRequest, *, size: int = 64_000_000, status: int = 200) -> ScriptedWire:
    """Sends a small body that unpacks to a text of any size; an error too, by its status."""
    packed = _gzip(with_long_text(chat, size))
    start = head(chat, status, content_encoding="gzip")
    return ScriptedWire(chain([start], map(frame, packed), [END_OF_CHUNKS]))


def latin_1(chat: ChatRequest) -> ScriptedRaw:
    """Sends a text with accents in Latin-1, which is not UTF-8."""
    body = b"".join(body_parts(chat, _ACCENTS)).decode().encode("latin-1")
    return answer(chat, body, {"content-type": f"{media_type(chat)}; charset=iso-8859-1"})


def utf_16(chat: ChatRequest) -> ScriptedRaw:
    """Sends the answer in UTF-16."""
    return answer(chat, b"".join(body_parts(chat, TEXT)).decode().encode("utf-16"))


def byte_order_mark(chat: ChatRequest) -> ScriptedRaw:
    """Sends a good answer behind a byte order mark."""
    return answer(chat, [b"\xef\xbb\xbf", *body_parts(chat, TEXT)])


def wrong_type(chat: ChatRequest, *, content_type: str = "text/html") -> ScriptedRaw:
    """Sends a good answer with another content type."""
    return answer(chat, body_parts(chat, TEXT), {"content-type": content_type})


FAULTS = (
    gzipped,
    not_gzip,
    cut_gzip,
    gzip_bomb,
    latin_1,
    utf_16,
    byte_order_mark,
    wrong_type,
)


def _packed(chat: ChatRequest, body: bytes) -> ScriptedRaw:
    return answer(chat, body, {"content-encoding": "gzip"})


def _gzip(parts: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=_GZIP)
    # The packer returns nothing until it has enough, and an empty chunk would end the body.
    yield from filter(None, map(packer.compress, parts))
    yield packer.flush()

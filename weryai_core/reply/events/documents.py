"""Tells JSON documents from event streams, and finds the events in documents that are streams.

The content type tells neither: some gateways send either under either.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic_core import to_json

from weryai_core.reply.events.data import split_event
from weryai_core.reply.outcome.completions import is_piece
from weryai_core.wire import BOM, parse_json

_EVENT_STREAM = re.compile(rb"(data|event|id|retry)?:")
_BEFORE = re.compile(rb"(?:%b)?\s*" % BOM)
_VISIBLE = re.compile(rb"\S")
_LONGEST_BLANK = 1000  # bytes
# No meaningful line of an event stream begins with one of these.
_DOCUMENTS = (b"{", b"[", b"<", b'"')


def is_document(start: bytes) -> bool | None:
    """Whether a body is a document, such as JSON or a page; None if its start does not tell yet."""
    visible = start.removeprefix(BOM).lstrip()
    if not visible or BOM.startswith(visible):
        return None
    return visible.startswith(_DOCUMENTS)


def without_blank_lines(start: bytes) -> bytes:
    """The white space that a body begins with, as far as it matters: its last line.

    Of a long line the end is enough.
    """
    if not BOM.startswith(start[:1]):
        start = start[max(start.rfind(b"\n"), start.rfind(b"\r")) + 1 :][-_LONGEST_BLANK:]
    elif len(start) > _LONGEST_BLANK:
        start = BOM + without_blank_lines(start.removeprefix(BOM))
    return start


def is_page(body: bytes) -> bool:
    """Whether a body is a page, or an error in XML."""
    return body.startswith(b"<", _start_of(body))


def is_stream(body: bytes) -> bool:
    """Whether a whole body is an event stream, or JSON objects on lines of their own."""
    start = _start_of(body)
    if _EVENT_STREAM.match(body, start):
        return True
    return body.startswith(b"{", start) and is_stream_of_lines(body) is True


def is_stream_of_lines(document: bytes | bytearray) -> bool | None:
    """Whether a document is a stream of JSON objects, as its first two lines show.

    The second line may also begin an event stream. None if there is no second line yet.
    """
    start = _start_of(document)
    end = document.find(b"\n", start)
    if end < 0 or _VISIBLE.search(document, end) is None:
        return None
    return parse_json(bytes(document[start:end])) is not None


def _start_of(body: bytes | bytearray) -> int:
    """Where a body begins, after a byte order mark and white space. Copies nothing."""
    found = _BEFORE.match(body)
    return found.end() if found else 0


def events_in(payload: Any, body: bytes) -> list[bytes]:
    """The events in a document that is several objects, a list of them, or a piece of an answer.

    Args:
        payload: The JSON of the document; None if it is not JSON.
        body: The document.
    """
    if isinstance(payload, dict):
        return [to_json(payload)] if is_piece(payload) else []
    if isinstance(payload, list) and all(isinstance(entry, dict) for entry in payload):
        parts = [to_json(entry) for entry in payload]
    else:
        parts = split_event(body) if payload is None else []
    return parts if len(parts) > 1 else []

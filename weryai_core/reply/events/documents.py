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


def is_stream(body: bytes) -> bool:
    """Whether a whole body is an event stream, or JSON objects on lines of their own."""
    visible = body.removeprefix(BOM).lstrip()
    if _EVENT_STREAM.match(visible):
        return True
    return visible.startswith(b"{") and is_stream_of_lines(visible) is True


def is_stream_of_lines(document: bytes) -> bool | None:
    """Whether a document is a stream of JSON objects, as its first two lines show.

    The second line may also begin an event stream. None if there is no second line yet.
    """
    first, line_end, rest = document.lstrip().partition(b"\n")
    if not line_end:
        return None
    if parse_json(first) is None:
        return False
    return True if rest.strip() else None


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

"""Reads the data of an event: JSON, the mark of the end, or what services make of them.

Some services leave out the line ends between events, write `data:` twice or in other letters, or
end with `DONE` in place of `[DONE]`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

from weryai_core.brackets import shallow
from weryai_core.limits import (
    DEFAULT_MAX_EVENT_BYTES,
    LARGE,
    check_document,
    check_odd_document,
)
from weryai_core.reply.outcome.completions import entries_of
from weryai_core.reply.outcome.words import as_code
from weryai_core.surrogates import without_surrogates
from weryai_core.wire import parse_leniently

_SETTING = "max_event_bytes"
_DONE = (b"[DONE]", b'"[DONE]"')
_DONE_ALIKE = re.compile(r"[\s\"'\[]*done[\s\"'\]]*", re.IGNORECASE)
_END_KINDS = frozenset(("done", "end", "finish", "finished", "complete", "message_stop"))
# What stands before the data in an event that is not one.
_PREFIX = re.compile("[\\s\ufeff]*(?:(?:data|error) ?:[\\s\ufeff]*)*", re.IGNORECASE)
_ERROR_PREFIX = re.compile(rb"\W*error ?:", re.IGNORECASE)

_decoder = json.JSONDecoder(strict=False)


def is_done(data: bytes) -> bool:
    """Whether the data is the mark of the end, `[DONE]`."""
    return data in _DONE


def ends_stream(payload: object, kind: str) -> bool:
    """Whether an event without an answer is a mark of the end: `{"done": true}`, `event: done`.

    Args:
        payload: The JSON of the event.
        kind: The type of the event.
    """
    if not isinstance(payload, Mapping) or any(entries_of(payload)):
        return False
    if payload.get("done") is True or kind in _END_KINDS:
        return True
    return as_code(payload.get("type") or payload.get("event")) in _END_KINDS


def parse_event(data: bytes, limit: int = DEFAULT_MAX_EVENT_BYTES) -> tuple[Any, Any]:
    """The JSON of an event; and once more with the halves of characters in it, None without any.

    Args:
        data: The data of the event.
        limit: How large an event may be.

    Raises:
        ValueError: The event is not JSON.
        ReplyTooLargeError: Its values take too much memory.
    """
    if len(data) > LARGE:
        check_document(data, limit, _SETTING)
    try:
        return from_json(data), None
    except ValueError as error:
        check_odd_document(data, limit, _SETTING)
        try:
            torn = parse_leniently(data)
            payload = without_surrogates(torn)
        except ValueError:
            raise error from None
    return payload, torn if torn != payload else None


def split_event(data: bytes) -> list[bytes]:
    """The JSON texts in data that is not JSON, and `[DONE]`; none if it holds anything else."""
    text = shallow(data).decode("utf-8", "surrogateescape")
    found: list[bytes] = []
    place = _end_of_prefix(text, 0)
    while place < len(text):
        if _DONE_ALIKE.fullmatch(text, place):
            return [*found, _DONE[0]]
        if not text.startswith(("{", "["), place):
            return []
        try:
            end = _decoder.raw_decode(text, place)[1]
        except (ValueError, RecursionError):
            return []
        found.append(text[place:end].encode("utf-8", "surrogateescape"))
        place = _end_of_prefix(text, end)
    return found


def says_error(data: bytes) -> bool:
    """Whether a line that is not a field begins with `error:`."""
    return _ERROR_PREFIX.match(data) is not None


def _end_of_prefix(text: str, place: int) -> int:
    found = _PREFIX.match(text, place)
    return found.end() if found else place

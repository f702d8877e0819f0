"""How much of an answer is read and kept, whatever a server sends.

Two limits are settings, see `ReplyLimits`. The others are constants: no answer comes near them.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, NamedTuple, Protocol

from weryai_core.errors import ConfigurationError, ReplyTooLargeError
from weryai_core.json_size import parsed_size, text_size

DEFAULT_MAX_REPLY_BYTES = 64 * 1024 * 1024
DEFAULT_MAX_EVENT_BYTES = 16 * 1024 * 1024

MAX_ERROR_BYTES = 1024 * 1024
"""How much of the body of an error is read; the rest is left."""

MAX_CHOICES = 256
"""How many choices an answer may have."""

MAX_TOOL_CALLS = 10_000
"""How many tool calls a choice may have."""

LARGE = 64 * 1024
"""Bytes of a JSON text from which on its values are counted before it is parsed."""

_MOST_GROWTH = 2  # how many times its limit a JSON text and its values may take
_MOST_INNER_GROWTH = 8  # how many times its size one within another may take
# A tiny value takes that many times the bytes that it had in the stream.
_MOST_EXPANSION = 32
_LEAST_STEP = 1024 * 1024
_LEAST_EVENT = 256  # bytes for which an empty event counts: it takes as long as 256 of comments
_MOST_AROUND = LARGE  # bytes around a piece of an answer: ids, usage, the answer so far once more
_REPLY = "max_reply_bytes"
_SHARED = (type, ModuleType, FunctionType, BuiltinFunctionType)  # what no answer owns


class ReplyLimits(NamedTuple):
    """The sizes at which a reply is given up.

    Attributes:
        reply_bytes: Of a whole body, decompressed; and what is kept of a streamed answer.
        event_bytes: Of one event of a stream.
    """

    reply_bytes: int = DEFAULT_MAX_REPLY_BYTES
    event_bytes: int = DEFAULT_MAX_EVENT_BYTES


DEFAULT_LIMITS = ReplyLimits()


def check_size(name: str, value: object) -> int:
    """The value of a setting that is a number of bytes.

    Raises:
        ConfigurationError: It is not an integer above 0.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigurationError(f"`{name}` must be an integer of 1 or more, not {value!r}.")
    return value


def too_large(what: str, limit: int, setting: str = "") -> ReplyTooLargeError:
    """The error for what is beyond a limit; the caller raises it.

    Args:
        what: What is too large: "The body of the answer is over", "An event ... is over".
        limit: The limit.
        setting: The setting to raise; "" for a limit that is a constant.
    """
    size = f"{what} {limit:,}" + (" bytes" if setting else "")
    advice = f" Raise `{setting}` if such answers are expected." if setting else ""
    return ReplyTooLargeError(f"{size}, so it was given up.{advice}", status_code=200)


def check_document(body: bytes, limit: int, setting: str = _REPLY) -> None:
    """Check that a JSON text and its values do not take much more memory than its bytes may.

    Args:
        body: The text.
        limit: How large the text may be.
        setting: The setting of this limit.

    Raises:
        ReplyTooLargeError: They take more than twice the limit.
    """
    if len(body) > LARGE:
        most = limit * _MOST_GROWTH
        _check_taken(len(body) + parsed_size(body, most - len(body)), most, setting)


def check_inner_document(body: bytes) -> None:
    """Check the same for a JSON text of no limit of its own, such as one in a field."""
    if len(body) > LARGE:
        check_document(body, min(DEFAULT_MAX_REPLY_BYTES, len(body) * _MOST_INNER_GROWTH))


def check_odd_document(body: bytes, limit: int, setting: str = _REPLY) -> None:
    """Check the same for a text that a strict parser refuses: reading it takes several copies."""
    if len(body) > LARGE:
        most = limit * _MOST_GROWTH
        copies = len(body) + 2 * text_size(body)
        _check_taken(copies + parsed_size(body, most), most, setting)


def _check_taken(taken: int, most: int, setting: str) -> None:
    if taken > most:
        raise too_large("A JSON text and its values take more than", most, setting)


class Kept(Protocol):
    """What is kept of a streamed answer.

    Attributes:
        received: How many pieces that hold something have arrived.
    """

    received: int


class Events(Protocol):
    """What cuts a stream into events."""

    @property
    def unread(self) -> int:
        """How many bytes of an event have arrived that is not whole."""


class KeptBytes:
    """Watches how much memory the parts of a streamed answer take that are kept.

    It also watches how many bytes come that bring nothing of the answer: comments and empty events,
    which a small compressed body may hold without end.

    They are measured now and then only: as long as few bytes have come, they cannot take much.

    Args:
        limit: How much they may take, and how many bytes may bring nothing.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._step = limit // _MOST_EXPANSION
        self._left = self._step  # bytes that may come before the next look
        self._taken = self._pieces = self._idle = 0  # at the last look

    def note(self, size: int, kept: Kept, events: Events) -> None:
        """Note that more bytes have come.

        Args:
            size: How many.
            kept: What holds all that is kept.
            events: What cuts the bytes into events.

        Raises:
            ReplyTooLargeError: What is kept takes more than the limit, or more bytes than the limit
                have brought nothing.
        """
        self._left -= size
        if self._left > 0:
            return
        unread = events.unread
        if self._left + unread > 0:
            return
        taken = memory_of(kept)
        if taken > self._limit:
            raise too_large("What is kept of the answer takes more than", self._limit, _REPLY)
        come = self._step - self._left - unread
        brought = taken - self._taken + (kept.received - self._pieces) * _MOST_AROUND
        self._note_idle(max(0, come - max(brought, 0)))
        self._taken, self._pieces = taken, kept.received
        self._step = max((self._limit - taken) // _MOST_EXPANSION, _LEAST_STEP)
        self._left = self._step - unread

    def note_empty(self) -> None:
        """Note that an event has brought nothing of the answer.

        Raises:
            ReplyTooLargeError: There are too many of them.
        """
        self._note_idle(_LEAST_EVENT)

    def _note_idle(self, size: int) -> None:
        self._idle += size
        if self._idle > self._limit:
            what = "The comments and empty events of the stream are over"
            raise too_large(what, self._limit, _REPLY)


def memory_of(*values: object) -> int:
    """How many bytes objects take, with all that they hold."""
    seen: set[int] = set()
    total = 0
    level: Iterable[Any] = values
    while level:
        new = []
        for value in level:
            if id(value) not in seen and not isinstance(value, _SHARED):
                seen.add(id(value))
                total += sys.getsizeof(value)
                new.append(value)
        level = gc.get_referents(*new)
    return total

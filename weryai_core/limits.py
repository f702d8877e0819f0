"""How much of an answer is read and kept, whatever a server sends.

Two limits are settings, see `ReplyLimits`. The others are constants: no answer comes near them.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, NamedTuple

from weryai_core.errors import ConfigurationError, ReplyTooLargeError

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

_MOST_GROWTH = 4  # how many times its limit a document may take once it is parsed
# Bytes that these take, about, once they are parsed.
_OBJECT, _LIST, _VALUE = 232, 64, 32
# A tiny value takes that many times the bytes that it had in the stream.
_MOST_EXPANSION = 32
_LEAST_STEP = 1024 * 1024
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


def check_document(body: bytes, limit: int) -> None:
    """Check that the values of a JSON text do not take much more memory than its bytes.

    A million empty lists are two megabytes of text, and sixty-four once they are parsed.

    Raises:
        ReplyTooLargeError: They take more than four times the limit.
    """
    if len(body) <= LARGE:
        return
    taken = body.count(b"{") * _OBJECT + body.count(b"[") * _LIST + body.count(b",") * _VALUE
    if taken > limit * _MOST_GROWTH:
        raise too_large("The values of a JSON text take more than", limit * _MOST_GROWTH, _REPLY)


_REPLY = "max_reply_bytes"


class KeptBytes:
    """Watches how much memory the parts of a streamed answer take that are kept.

    They are measured now and then only: as long as few bytes have come, they cannot take much.

    Args:
        limit: How much they may take.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._left = limit // _MOST_EXPANSION  # bytes that may come before the next look

    def note(self, size: int, kept: object) -> None:
        """Note that more bytes have come.

        Args:
            size: How many.
            kept: What holds all that is kept.

        Raises:
            ReplyTooLargeError: What is kept takes more than the limit.
        """
        self._left -= size
        if self._left > 0:
            return
        taken = memory_of(kept)
        if taken > self._limit:
            raise too_large("What is kept of the answer takes more than", self._limit, _REPLY)
        self._left = max((self._limit - taken) // _MOST_EXPANSION, _LEAST_STEP)


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

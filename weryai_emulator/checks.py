"""Check the values that users give, from Python, in JSON or on the command line.

A function takes the name that the user wrote and the value. It raises a ValueError that shows the
value and says what to pass. Whoever makes an answer or the options calls
them, so that every way in has the same checks before anything is queued.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from ipaddress import IPv6Address
from os import PathLike
from typing import Any
from urllib.parse import SplitResult, urlsplit

from weryai_emulator.json_text import to_bytes

HIGHEST = 1_000_000_000
"""The highest number of seconds, bytes or pieces: more is a mistake."""

WITHOUT_BODY = (204, 304)
"""The statuses to which HTTP allows no body."""

_LONGEST = 80  # characters of a value in a message
_HEADER_NAME = re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_KEY = re.compile(r"[\x21-\x7e]+")
_VISIBLE = re.compile(r"[^\s\x00-\x20\x7f]+")
_FRAMING = {"content-length": "short_length", "transfer-encoding": "bad_chunk"}


def show(value: Any) -> str:
    """Return a value for a message: short, on one line, and without an error of its own."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer too long, or a list too deep
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def wrong(name: str, value: Any, wanted: str) -> ValueError:
    """Return the error for a value: `wanted` says what to pass, as in "a list"."""
    return ValueError(f"`{name}` is {show(value)}. Pass {wanted}.")


def check_text(name: str, value: Any, *, or_null: bool = False) -> None:
    """Check that a value is a text that UTF-8 can encode, or null."""
    if value is None and or_null:
        return
    if not isinstance(value, str):
        raise wrong(name, value, "text or null" if or_null else "text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise wrong(name, value, "text without half a surrogate pair") from error


def check_path(name: str, value: Any) -> None:
    """Check that a value is the path of a directory, or null."""
    if value is not None and not isinstance(value, (str, PathLike)):
        raise wrong(name, value, "the path of a directory or null")


def check_whole(
    name: str, value: Any, low: int | None = 0, high: int | None = HIGHEST, *, or_null: bool = False
) -> None:
    """Check that a value is a whole number in a range, or null."""
    if value is None and or_null:
        return
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or not (low is None or low <= value) or not (high is None or value <= high):
        limits = "" if low is None else f" from {low}" + ("" if high is None else f" to {high}")
        raise wrong(name, value, f"a whole number{limits}" + (" or null" if or_null else ""))


def check_number(
    name: str, value: Any, low: float = 0, high: float = HIGHEST, *, or_null: bool = False
) -> None:
    """Check that a value is a number in a range, or null."""
    if value is None and or_null:
        return
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not low <= value <= high:
        raise wrong(name, value, f"a number from {low} to {high}" + (" or null" if or_null else ""))


def check_flag(name: str, value: Any) -> None:
    """Check that a value is true or false."""
    if not isinstance(value, bool):
        raise wrong(name, value, "true or false")


def check_choice(name: str, value: Any, known: Collection[str], *, or_null: bool = False) -> None:
    """Check that a value is one of the known names, or null."""
    if value is None and or_null:
        return
    if not isinstance(value, str) or value not in known:
        names = ", ".join(map(repr, known)) + (" or null" if or_null else "")
        raise wrong(name, value, f"one of {names}")


def check_object(name: str, value: Any, *, or_null: bool = False) -> None:
    """Check that a value is an object that JSON can write, or null."""
    if value is None and or_null:
        return
    if not isinstance(value, Mapping):
        raise wrong(name, value, "an object or null" if or_null else "an object")
    check_json(name, value)


def check_url(name: str, value: Any, *, or_null: bool = False) -> None:
    """Check that a value is a base URL, or null. The message hides it: it may hold a password."""
    if value is None and or_null:
        return
    if not isinstance(value, str) or not _is_base_url(value):
        example = "http://127.0.0.1:11434/v1"
        raise ValueError(f'`{name}` is not the base URL of an API. Pass one such as "{example}".')


def check_key(name: str, value: Any, *, or_null: bool = False) -> None:
    """Check that a value is a key that a header can hold, or null. The message hides it."""
    if value is None and or_null:
        return
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise ValueError(f"`{name}` is not a key. Pass text without spaces and line breaks.")


def check_list(name: str, value: Any, of: str) -> None:
    """Check that a value is a list; `of` says of what, as in "names"."""
    if isinstance(value, (str, bytes, bytearray)) or not isinstance(value, Sequence):
        raise wrong(name, value, f"a list of {of}")


def check_json(name: str, value: Any) -> None:
    """Check that JSON can write a value."""
    try:
        to_bytes(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise wrong(name, value, f"a value that JSON can write ({error})") from error


def check_status(value: Any, body: bytes = b"") -> None:
    """Check the HTTP status of a last response, and that it may have this body."""
    check_whole("status", value, 200, 599)
    if value in WITHOUT_BODY and body:
        raise ValueError(f"`status` is {value}, to which HTTP allows no body. Pass an empty one.")


def check_headers(value: Any) -> dict[str, str]:
    """Return headers as text; a number is written as one, and null is none at all."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise wrong("headers", value, 'an object such as {"Retry-After": 1}')
    return {_header_name(name): header_value(name, one) for name, one in value.items()}


def header_value(name: str, value: Any) -> str:
    """Return the value of a header as text."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        check_number(name, value, -HIGHEST)
        return write_number(value)
    if not isinstance(value, str) or not _HEADER_VALUE.fullmatch(value):
        raise ValueError(
            f"The header `{name}` is {show(value)}. Pass a number, or text on one line in Latin-1."
        )
    return value.strip(" \t")


def write_number(value: float) -> str:
    """Return a number in decimal digits, as a header has it."""
    return f"{value:f}".rstrip("0").rstrip(".")


def _is_base_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        has_valid_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_complete = parts.scheme in ("http", "https") and bool(parts.hostname)
    is_readable = bool(_VISIBLE.fullmatch(text)) and _is_host(parts)
    return is_complete and is_readable and has_valid_port and not parts.query and not parts.fragment


def _is_host(parts: SplitResult) -> bool:
    if "[" not in parts.netloc:
        return True
    try:
        return bool(IPv6Address(parts.hostname or ""))
    except ValueError:
        return False


def _header_name(name: Any) -> str:
    if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
        raise ValueError(f"The name of a header is {show(name)}. Pass one such as 'Retry-After'.")
    fault = _FRAMING.get(name.lower())
    if fault is not None:
        raise ValueError(f"The emulator sets the header `{name}`. Queue the fault `{fault}`.")
    return name

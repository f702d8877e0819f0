"""Finds texts in whatever spelling a service writes them.

JSON, HTML, addresses, Python and logs escape the same character in different ways, and one inside
the other. So a text is reduced: its escapes are replaced by what they stand for until none is left,
and then letters are made small, and backslashes, white space and plus signs are left out. What is
looked for is reduced in the same way. Base64 and hexadecimal digits are looked for as such.

All of this works on UTF-8 and takes time in proportion to the text. Where something was found, the
steps are repeated with a map back to the original text.
"""

from __future__ import annotations

import re
from base64 import b64encode
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from html import unescape

_SHORTEST = 4  # bytes of a reduced text; shorter ones would be found everywhere
_MOST_PASSES = 8

# Each alternative is tried once in a run of its own characters: so the time is linear.
_ESCAPE = re.compile(
    rb"""(?<!\\)\\++(?: u([0-9a-f]{4}) | x([0-9a-f]{2}) )
    | %(?:25)*([0-9a-f]{2})
    | &(?:amp;)*( \#[0-9]{1,7}; | \#x[0-9a-f]{1,6}; | [a-z]{2,8}; )""",
    re.IGNORECASE | re.VERBOSE,
)
_LEFT_OUT = b"\\+ \t\r\n\v\f\0"
_LEFT_OUT_RUN = re.compile(rb"[\\+\s\0]+")


class Spellings:
    """The spellings of some texts, to be found in others.

    Args:
        texts: What to look for.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        plain: set[bytes] = set()
        reduced: set[bytes] = set()
        for text in texts:
            data = _to_bytes(text)
            plain.add(data.lower())
            # What looks like an escape in the text itself may be divided over two lines.
            reduced.add(data.translate(None, _LEFT_OUT).lower())
            reduced.update(_reduce(form) for form in (data, *_encodings(data)))
        self._plain = plain
        self._reduced = {form for form in reduced if len(form) >= _SHORTEST}

    def are_in(self, text: str) -> bool:
        """Whether one of them is in a text."""
        data = _to_bytes(text)
        lower, reduced = data.lower(), _reduce(data)
        return any(form in lower for form in self._plain) or any(
            form in reduced for form in self._reduced
        )

    def replace(self, text: str, mark: str) -> str:
        """The text with a mark in place of each of them."""
        if not self.are_in(text):
            return text
        data = _to_bytes(text)
        spans = [*_spans(data.lower(), self._plain), *self._reduced_spans(data)]
        pieces, end = [], 0
        for start, stop in sorted(spans):
            if start >= end:
                pieces += [data[end:start], mark.encode()]
            end = max(end, stop)
        return _to_text(b"".join([*pieces, data[end:]]))

    def _reduced_spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        maps = []
        for _ in range(_MOST_PASSES):
            before = len(data)
            data, places = _replace(data, _ESCAPE, _meaning)
            maps.append(places)
            if len(data) == before:
                break
        data, places = _replace(data, _LEFT_OUT_RUN, lambda match: b"")
        maps.append(places)
        for start, stop in _spans(data.lower(), self._reduced):
            for places in reversed(maps):
                start, stop = places.first(start), places.end(stop)
            yield start, stop


class _Places:
    """Where the pieces of a text that was replaced in part come from."""

    def __init__(self) -> None:
        self._new: list[int] = []
        self._old: list[tuple[int, int]] = []

    def add(self, new: int, start: int, stop: int) -> None:
        """Note that what begins at `new` was between two places before."""
        self._new.append(new)
        self._old.append((start, stop))

    def first(self, place: int) -> int:
        """Where the byte at a place was before; the beginning of its escape."""
        number = bisect_right(self._new, place) - 1
        start, _ = self._old[number]
        return start + place - self._new[number] if self._is_same(number) else start

    def end(self, place: int) -> int:
        """Where the byte before a place ended; the end of its escape."""
        number = bisect_right(self._new, place - 1) - 1
        start, stop = self._old[number]
        return start + place - self._new[number] if self._is_same(number) else stop

    def _is_same(self, number: int) -> bool:
        """Whether a piece was not replaced: even numbers are what stands between escapes."""
        return number % 2 == 0


def _replace(
    data: bytes, pattern: re.Pattern[bytes], meaning: Callable[[re.Match[bytes]], bytes]
) -> tuple[bytes, _Places]:
    places = _Places()
    pieces: list[bytes] = []
    new = old = 0
    for match in pattern.finditer(data):
        for start, stop, piece in (
            (old, match.start(), data[old : match.start()]),
            (match.start(), match.end(), meaning(match)),
        ):
            places.add(new, start, stop)
            pieces.append(piece)
            new += len(piece)
        old = match.end()
    places.add(new, old, len(data))
    return b"".join([*pieces, data[old:]]), places


def _reduce(data: bytes) -> bytes:
    for _ in range(_MOST_PASSES):
        before = len(data)
        data = _ESCAPE.sub(_meaning, data)
        if len(data) == before:
            break
    return data.translate(None, _LEFT_OUT).lower()


def _meaning(match: re.Match[bytes]) -> bytes:
    """What an escape stands for."""
    unit, byte, percent, entity = match.groups()
    if unit is not None:
        return chr(int(unit, 16)).encode("utf-8", "surrogatepass")
    if byte is not None or percent is not None:
        return bytes([int(byte or percent, 16)])
    return _entity(entity)


@lru_cache(maxsize=256)
def _entity(name: bytes) -> bytes:
    return unescape(f"&{name.decode()}").encode("utf-8", "surrogatepass")


def _spans(data: bytes, forms: Iterable[bytes]) -> Iterator[tuple[int, int]]:
    for form in forms:
        start = data.find(form)
        while start >= 0:
            yield start, start + len(form)
            start = data.find(form, start + len(form))


def _encodings(data: bytes) -> Iterator[bytes]:
    """Base64 and hexadecimal digits of bytes, wherever they stand among others."""
    yield data.hex().encode()
    for before in range(3):
        digits = b64encode(bytes(before) + data)
        # Only the digits that no byte before or after changes.
        inner = digits[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
        yield inner
        yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def _to_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _to_text(data: bytes) -> str:
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:  # a mark stands within a character
        return data.decode("utf-8", "replace")

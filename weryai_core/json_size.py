"""Estimates how much memory JSON takes while it is parsed, before it is.

Few bytes may become many: a million empty lists are three megabytes of text and sixty-four of
values. One emoji makes each character of its string take four bytes. Most documents are judged by
counting bytes; only what might be too large is read token by token, up to the limit.
"""

from __future__ import annotations

import re

# Bytes that these take, about, once they are parsed.
_OBJECT, _LIST, _VALUE = 232, 64, 32
_DEEPEST = 200  # levels that are parsed
_PASSED_OVER = 4  # what lies deeper takes the time of a look
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{},]', re.DOTALL)
_WIDEST = re.compile(rb"[\xf0-\xff]|\\u[dD][89abAB]")  # beyond U+FFFF
_WIDE = re.compile(rb"[\xc4-\xff]|\\u(?!00)")  # beyond U+00FF
_CONTINUING = bytes(range(0x80, 0xC0))
_SLICE = 1024 * 1024
_LONGEST_ESCAPE = 6
_QUOTE, _COMMA, _BRACE = b'",{'
_OPENING = b"[{"
_SHORT = 64  # bytes of a string that hardly count


def parsed_size(document: bytes, most: int) -> int:
    """How many bytes parsing a document takes next to it, about.

    Args:
        document: The JSON text.
        most: Where counting ends.

    Returns:
        More than `most` if it takes more; otherwise any estimate that is not too low.
    """
    total = len(document) * _most_width(document)
    total += document.count(b"{") * _OBJECT + document.count(b"[") * _LIST
    total += document.count(b",") * _VALUE
    return total if total <= most else _exact_size(document, most)


def text_size(document: bytes) -> int:
    """How many bytes a document takes as one text, with halves of characters in it."""
    halves = 2 if b"\\u" in document else 1
    return len(document) * max(halves, _width(document, 0, len(document)))


def _most_width(document: bytes) -> int:
    if not document.isascii() or b"\\u" in document:
        return 5
    return 2 if b"\\" in document else 1


def _exact_size(document: bytes, most: int) -> int:
    total = depth = longest = 0
    for token in _TOKEN.finditer(document):
        start, end = token.span()
        sign = document[start]
        if sign == _QUOTE:
            total += _string_size(document, start, end)
            if end - start > longest and document.find(b"\\", start, end) >= 0:
                longest = end - start  # escapes are resolved in a copy
        elif sign == _COMMA:
            total += _VALUE if depth <= _DEEPEST else _PASSED_OVER
        elif sign in _OPENING:
            depth += 1
            size = _OBJECT if sign == _BRACE else _LIST
            total += size if depth <= _DEEPEST else _PASSED_OVER
        else:
            depth -= 1
        if total + longest > most:
            break
    return total + longest


def _string_size(document: bytes, start: int, end: int) -> int:
    size = end - start
    if size <= _SHORT:
        return size
    width = _width(document, start, end)
    if width > 1:
        size = sum(
            len(document[place : min(place + _SLICE, end)].translate(None, _CONTINUING))
            for place in range(start, end, _SLICE)
        )
    return size * width


def _width(document: bytes, start: int, end: int) -> int:
    """How many bytes each character of a passage takes as text."""
    width = 1
    for place in range(start, end, _SLICE):
        part = document[place : min(place + _SLICE + _LONGEST_ESCAPE, end)]
        if part.isascii() and b"\\u" not in part:
            continue  # as nearly all of an image
        if _WIDEST.search(part):
            return 4
        width = 2 if width == 2 or _WIDE.search(part) else 1
    return width

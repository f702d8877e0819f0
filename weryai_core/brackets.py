"""Follows the brackets of JSON without recursion, in linear time.

Parsers give up on JSON that is nested in hundreds of levels, and with it on the whole document.
`shallow` replaces what lies too deep, so that the rest can be read. `JsonEnd` finds where a value
ends that comes in pieces, so that it is parsed once and not with each piece.
"""

from __future__ import annotations

import re

DEEPEST = 100
"""Levels of a document that are read, if it has more of them than a parser takes."""

TOO_DEEP = "[nested too deeply]"
"""What stands in place of a list or an object that lies deeper."""

TOO_LONG = "[integer too long]"
"""What stands in place of an integer that Python does not read."""

PLACEHOLDERS = (TOO_DEEP, TOO_LONG)

# A string may lack its end, lest the search begins anew at each quote in it.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
_MARK = re.compile(rb'\\.|["\[\]{}]', re.DOTALL)
_QUOTE = ord('"')
_OPENING = b"[{"


def shallow(document: bytes) -> bytes:
    """A JSON document with `TOO_DEEP` in place of the lists and objects that lie too deep."""
    if document.count(b"[") + document.count(b"{") <= DEEPEST:
        return document
    kept: list[bytes] = []
    depth = start = 0
    for token in _TOKEN.finditer(document):
        sign = document[token.start()]
        if sign == _QUOTE:
            continue
        if sign in _OPENING:
            depth += 1
            if depth == DEEPEST + 1:
                kept.append(document[start : token.start()])
        else:
            if depth == DEEPEST + 1:
                kept.append(b'"%b"' % TOO_DEEP.encode())
                start = token.end()
            depth -= 1
    if depth > DEEPEST or not kept:  # truncated, or not deep
        return document
    return b"".join((*kept, document[start:]))


def as_broken(text: str) -> str:
    """JSON with such placeholders as a text that is no longer JSON, lest it is taken for whole.

    Any other text is unchanged.
    """
    for placeholder in PLACEHOLDERS:
        text = text.replace(f'"{placeholder}"', placeholder)
    return text


class JsonEnd:
    """Finds where the list, the object or the string ends with which a text begins.

    Attributes:
        has_come: Whether that end has come.
    """

    __slots__ = ("_depth", "_is_escaped", "_is_in_string", "has_come")

    def __init__(self) -> None:
        self.has_come: bool = False
        self._depth = 0
        self._is_in_string = False
        self._is_escaped = False

    def add(self, piece: bytes) -> bool:
        """Read the next piece; whether the end has come."""
        if self.has_come or not piece:
            return self.has_come
        start = 1 if self._is_escaped else 0
        for mark in _MARK.finditer(piece, start):
            sign = piece[mark.start()]
            if sign == _QUOTE:
                self._is_in_string = not self._is_in_string
            elif self._is_in_string or mark.end() - mark.start() > 1:
                continue
            else:
                self._depth += 1 if sign in _OPENING else -1
            if self._depth <= 0 and not self._is_in_string:
                self.has_come = True
                return True
        backslashes = len(piece) - start - len(piece[start:].rstrip(b"\\"))
        self._is_escaped = backslashes % 2 == 1
        return False

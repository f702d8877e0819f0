r"""Texts that match the `pattern` of a JSON schema.

In goes a regular expression, out comes a short text in which it is found, always the same:
"ABC-1234" for `^[A-Z]{3}-\d{4}$`. The expression is read into pieces with their repetitions. Then a
text is written: of several branches the first, of a class one character after another, of a
repetition a few. What is not known here, such as a lookahead, is left out. The result is checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_letters

# Characters to choose from, the readable ones first.
_LATIN = "1234567890" + ascii_letters + " -_.,:;@/+#%&*()[]{}=?!~'\"$<>|\\^`\t\n"
_OTHERS = "".join(map(chr, range(0xA1, 0x3100)))

# Repetitions over the least number, tried in this order until the text fits.
_EXTRA = (3, 2, 1, 0, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100, 200)
_MOST = 500  # characters of a text, since repetitions of repetitions grow fast

_ANCHOR = re.compile(r"[\^$]|\\[bBAZz]")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL)
_GROUP = re.compile(r"\((?:\?(?P<kind>:|P?<\w+>|=|!|<=|<!|[a-zA-Z-]+[:)]|\#))?")
_LOOKAROUNDS = ("=", "!", "<=", "<!", "#")
_QUANTIFIER = re.compile(r"(?:(?P<sign>[*+?])|\{(?P<least>\d+)(?P<comma>,(?P<most>\d*))?\})[?+]?")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a pattern: characters to choose from, or branches of pieces; and how often."""

    characters: str
    branches: tuple[tuple[_Piece, ...], ...]
    least: int
    most: int | None

    def times(self, extra: int) -> int:
        """Return how often to write it."""
        # "x*" once, "x+" three times, "x{5,}" eight times.
        wanted = (
            (max(extra - 2, 0), max(extra, 1))[self.least] if self.least < 2 else self.least + extra
        )
        return wanted if self.most is None else min(wanted, self.most)


_NO_BRANCHES: tuple[tuple[_Piece, ...], ...] = ()


@lru_cache(maxsize=256)
def matching_text(pattern: str, least: int = 0, most: int | None = None) -> str | None:
    """Return a text in which a pattern is found; None if none was made.

    Args:
        pattern: A regular expression, not anchored by itself.
        least: The length at least.
        most: The length at most.
    """
    compiled = compiled_pattern(pattern)
    if compiled is None:
        return None
    pieces = _Reader(pattern).branches()
    for extra in _EXTRA:
        text = "".join(_write(pieces, extra))
        fits = least <= len(text) and (most is None or len(text) <= most)
        if fits and compiled.search(text):
            return text
    return None


def found_text(pattern: str, text: str) -> str | None:
    """Return the first part of a text that matches: whole words, none of them cut."""
    compiled = compiled_pattern(pattern)
    core = compiled_pattern(rf"(?<![\w.-])(?:{pattern.lstrip('^').rstrip('$')})(?![\w-])")
    if compiled is None or core is None:
        return None
    parts = (found.group() for found in core.finditer(text))
    return next((part for part in parts if part and compiled.search(part)), None)


@lru_cache(maxsize=256)
def compiled_pattern(pattern: str) -> re.Pattern[str] | None:
    """Return a pattern as Python has it; None if Python does not know it."""
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None


class _Reader:
    """Reads a pattern that Python knows into pieces."""

    def __init__(self, pattern: str) -> None:
        self._rest = pattern

    def branches(self) -> tuple[tuple[_Piece, ...], ...]:
        """Read branches up to the end of the pattern, or of the group around them."""
        found = [tuple(self._sequence())]
        while self._rest.startswith("|"):
            self._rest = self._rest[1:]
            found.append(tuple(self._sequence()))
        return tuple(found)

    def _sequence(self) -> Iterator[_Piece]:
        while self._rest and self._rest[0] not in "|)":
            if (anchor := _ANCHOR.match(self._rest)) is not None:
                self._rest = self._rest[anchor.end() :]
                continue
            characters, branches = "", _NO_BRANCHES
            if self._rest.startswith("("):
                branches = self._group()
            else:
                characters = self._characters()
            least, most = self._quantifier()
            yield _Piece(characters, branches, least, most)

    def _group(self) -> tuple[tuple[_Piece, ...], ...]:
        start = _GROUP.match(self._rest)
        kind = start["kind"] if start else None
        self._rest = self._rest[start.end() if start else 1 :]
        if kind and kind.endswith(")"):
            return ()  # flags
        branches = self.branches()
        self._rest = self._rest[1:]
        return () if kind in _LOOKAROUNDS else branches

    def _characters(self) -> str:
        atom = _CLASS.match(self._rest) or _ESCAPE.match(self._rest)
        text = atom.group() if atom else self._rest[0]
        self._rest = self._rest[len(text) :]
        return _allowed(text)

    def _quantifier(self) -> tuple[int, int | None]:
        """Read how often the piece before it occurs, at least and at most."""
        found = _QUANTIFIER.match(self._rest)
        if found is None:
            return 1, 1
        self._rest = self._rest[found.end() :]
        if found["sign"]:
            return int(found["sign"] == "+"), 1 if found["sign"] == "?" else None
        least = int(found["least"])
        if found["comma"] is None:
            return least, least
        return least, int(found["most"]) if found["most"] else None


def _write(branches: tuple[tuple[_Piece, ...], ...], extra: int) -> Iterator[str]:
    """Yield the text of the first branch, character by character."""
    written = 0
    for piece in branches[0] if branches else ():
        for turn in range(piece.times(extra)):
            text = "".join(_write(piece.branches, extra))
            if piece.characters:
                text = piece.characters[turn % len(piece.characters)]
            yield text
            written += len(text)
            if written > _MOST:
                return


@lru_cache(maxsize=256)
def _allowed(atom: str) -> str:
    """Return the characters that an atom matches, of one kind so that the text reads well."""
    compiled = compiled_pattern(atom)
    if compiled is None:
        return ""
    allowed = "".join(filter(compiled.fullmatch, _LATIN))
    if allowed and not allowed.strip():
        return allowed[0]
    lower = "".join(filter(str.islower, allowed))
    upper = "".join(filter(str.isupper, allowed))
    return lower or upper or allowed or "".join(filter(compiled.fullmatch, _OTHERS))

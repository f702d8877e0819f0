"""Tells whether a place of a text that comes in pieces is code, or a quotation."""

from __future__ import annotations

import re

_MARKS = re.compile(r"`+|~+|\n")
_FENCE = 3  # marks that make a fence
_TAIL = 9  # characters
_OPENING_QUOTE = re.compile(r"(?:\A|[\s(\[{])[\"'\u201c\u2018«]\Z")
_INDENT = re.compile(r"(?:\A|\n)(?: {4,}|\t)\Z")
_AFTER_WORD = re.compile(r"[^\W_][,:;]?[ \t]\Z")
_LIST = re.compile(r":\s*\Z|(?:\A|\n)[ \t]*(?:[-*\u2022]|\d{1,3}[.)])[ \t]+\Z")


class CodeSpans:
    """Reads Markdown as far as code needs it: fences, and backticks within a line.

    Attributes:
        tail: The last characters of the text.
    """

    def __init__(self) -> None:
        self.tail: str = ""
        self._fence = ""  # that is open
        self._span = ""  # backticks that are open
        self._run = ""  # marks at the end, which may go on

    def read(self, text: str) -> None:
        """Read the next piece."""
        if not text:
            return
        self.tail = (self.tail + text[-_TAIL:])[-_TAIL:]
        text = self._run + text
        self._run = ""
        for found in _MARKS.finditer(text):
            if found.end() == len(text) and found[0] != "\n":
                self._run = found[0]
            else:
                self._mark(found[0])

    @property
    def is_code(self) -> bool:
        """Whether what follows is in a code fence, in backticks or after a quotation mark."""
        if self._run:
            self._mark(self._run)
            self._run = ""
        return bool(self._fence or self._span or _OPENING_QUOTE.search(self.tail))

    @property
    def is_indented(self) -> bool:
        """Whether what follows is indented as code is."""
        return _INDENT.search(self.tail) is not None

    @property
    def is_sentence(self) -> bool:
        """Whether what follows is in the middle of a sentence."""
        return _AFTER_WORD.search(self.tail) is not None

    @property
    def is_list(self) -> bool:
        """Whether what follows is an item of a list, or announced by a colon."""
        return _LIST.search(self.tail) is not None

    def _mark(self, marks: str) -> None:
        if marks == "\n":
            self._span = ""
        elif self._fence:
            if marks.startswith(self._fence):
                self._fence = ""
        elif self._span:
            if marks == self._span:
                self._span = ""
        elif len(marks) >= _FENCE:
            self._fence = marks
        elif marks[0] == "`":
            self._span = marks

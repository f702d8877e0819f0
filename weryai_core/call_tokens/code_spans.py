"""Tells whether a place of a text that comes in pieces is code, or a quotation.

An HTML tag of code may be open, or only mentioned. Who reads on sees which: its end tag follows.
"""

from __future__ import annotations

import re

_MARKS = re.compile(r"`+|~+|\n|</?(?:pre|code|blockquote)(?=[\s>])", re.IGNORECASE)
_FENCE = 3  # marks that make a fence
_TAIL = 9  # characters
_OPENING_QUOTE = re.compile(r"(?:\A|[\s(\[{])[\"'\u201c\u2018«]\Z")
_QUOTED_LINE = re.compile(r" {0,3}>")
_LINE_START = 8  # characters
_INDENT = re.compile(r"(?:\A|\n)(?: {4,}|\t)\Z")
_AFTER_WORD = re.compile(r"[^\W_][,:;]?[ \t]\Z")
_LIST = re.compile(r":\s*\Z|(?:\A|\n)[ \t]*(?:[-*\u2022]|\d{1,3}[.)])[ \t]+\Z")


class CodeSpans:
    """Reads Markdown as far as code needs it: fences, backticks within a line, quoted lines.

    Attributes:
        tail: The last characters of the text.
        tag: The tag of code or of a quotation that is open; "" for none.
    """

    def __init__(self) -> None:
        self.tail: str = ""
        self.tag: str = ""
        self._line = ""  # how the last line begins
        self._fence = ""  # that is open
        self._span = ""  # backticks that are open
        self._run = ""  # marks at the end, which may go on

    def read(self, text: str) -> None:
        """Read the next piece."""
        if not text:
            return
        self.tail = (self.tail + text[-_TAIL:])[-_TAIL:]
        _, newline, last = text.rpartition("\n")
        self._line = (last if newline else self._line + last)[:_LINE_START]
        text = self._run + text
        self._run = ""
        for found in _MARKS.finditer(text):
            if found.end() == len(text) and found[0] != "\n":
                self._run = found[0]
            else:
                self._mark(found[0])

    @property
    def is_code(self) -> bool:
        """Whether what follows is in a code fence, in backticks or quoted."""
        if self._run:
            self._mark(self._run)
            self._run = ""
        is_quoted = _QUOTED_LINE.match(self._line) or _OPENING_QUOTE.search(self.tail)
        return bool(self._fence or self._span or is_quoted)

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
        elif marks.startswith("</"):
            self.tag = "" if self.tag == marks[2:].lower() else self.tag
        elif marks.startswith("<"):
            self.tag = self.tag or marks[1:].lower()
        elif len(marks) >= _FENCE:
            self._fence = marks
        elif marks[0] == "`":
            self._span = marks

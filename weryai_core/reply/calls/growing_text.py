"""What the text of each fragment adds to the arguments of its call.

Three rules, in this order:

1. What is not the arguments yet is held back: an empty object, `null` or an empty string, which some
   send before the real arguments; and JSON text within JSON text, which is read at its end.
2. Arguments are cumulative where the text of a fragment begins with all of the text before it. JSON
   tells that from a nested object: no object may begin there. Where one may (after a colon, a comma
   or a bracket), both readings are kept until one of them is broken, at the latest until the end.
   Source: https://github.com/NousResearch/hermes-agent/pull/35718
3. Every other text is the next piece.

The calls of one answer hold up to all of its text, so each text is read once.
"""

from __future__ import annotations

import re

from weryai_core.json_text import parse_arguments, read_json
from weryai_core.strict_json import StrictJson

# Sent by some for a tool without parameters, and by some before the real arguments.
_PLACEHOLDERS = re.compile(r'(?:\s|null|None|""|\{\s*+\})*+')
_PLACEHOLDER_SO_FAR = re.compile(r'(?:\{\s*|"|n(?:u(?:ll?)?)?|N(?:o(?:ne?)?)?)?\Z')
_MOST_ENCODINGS = 3  # how often arguments may be JSON text within JSON text
# How arguments may begin, and how many characters tell that from a piece of them.
_LEAST = {"{": 1, '"': 2, "`": 4}
_ENCODED, _PLAIN = "encoded", "plain"


class GrowingText:
    """The arguments of one call: texts of fragments in, arguments out."""

    __slots__ = (
        "_head",
        "_is_cumulative",
        "_kind",
        "_parts",
        "_placeholder",
        "_restated",
        "_scanned",
        "_size",
        "_strict",
        "_unsent",
    )

    def __init__(self) -> None:
        self._kind = ""  # until it is known whether the arguments are encoded
        self._placeholder = ""  # what preceded the arguments
        self._parts: list[str] = []  # the arguments, without what preceded them
        self._size = 0  # of the parts
        self._head: list[str] = []  # of the parts, as long as the kind is unknown
        self._unsent: list[str] = []
        self._is_cumulative = False
        self._restated: list[str] = []  # texts that may be pieces, or all so far once more
        self._strict = StrictJson()
        self._scanned = 0  # parts that it has read

    @property
    def is_blank(self) -> bool:
        """Whether nothing has come but what may precede the arguments."""
        return not self._size

    @property
    def is_explicitly_empty(self) -> bool:
        """Whether an empty object has come, and nothing else."""
        return self.is_blank and "{" in self._placeholder

    @property
    def is_plain(self) -> bool:
        """Whether each piece that does not begin as the arguments do leaves at once."""
        return self._kind == _PLAIN and not self._restated and not self._is_cumulative

    @property
    def is_complete(self) -> bool:
        """Whether the arguments have come to the end of their JSON."""
        if not self._restated:
            return self._scan().is_complete
        whole, pieces = self._restated[-1], (*self._parts, *self._restated)
        return _is_whole(whole) or _is_whole("".join(pieces))

    def may_hold(self, text: str) -> bool:
        """Whether a text may be the next piece, or all so far once more."""
        if self._restated and not begins(text):
            return True
        strict = self._scan()
        if strict.is_in_string or strict.takes_value:
            return True
        return not (begins(text) or strict.is_complete) or self.is_beginning_of(text)

    def is_beginning_of(self, text: str) -> bool:
        """Whether a text begins as arguments do, and with all of those so far."""
        if not 0 < self._size <= len(text) or text[0] not in _LEAST:
            return False
        return self._size >= _LEAST[text[0]] and text.startswith(self.so_far())

    def equals(self, text: str) -> bool:
        """Whether these are the arguments once more."""
        given = parse_arguments(text)
        return given is not None and parse_arguments(self.so_far()) == given

    def so_far(self) -> str:
        """The arguments as far as they have come, without what preceded them."""
        if self._restated:
            return self._restated[-1]
        if len(self._parts) > 1:
            self._scan()
            self._parts, self._scanned = ["".join(self._parts)], 1
        return "".join(self._parts)

    def add(self, text: str) -> None:
        """Add the text of the next fragment."""
        if self._restated:
            if text.startswith(self._restated[-1]):
                self._restated.append(text)
                return
            self._append(*self._restated)
            self._restated = []
        if self.is_beginning_of(text):
            if not self._is_cumulative and self._scan().takes_value:
                self._restated.append(text)
                return
            self._is_cumulative = self._is_cumulative or len(text) > self._size
            self._append(text[self._size :])
        elif not self._is_cumulative or not self.so_far().startswith(text):
            self._append(text)

    def copy(self) -> GrowingText:
        """A text that grows from here on its own."""
        twin = GrowingText()
        twin._kind, twin._placeholder = self._kind, self._placeholder
        twin._parts, twin._size, twin._head = [*self._parts], self._size, [*self._head]
        twin._unsent, twin._restated = [*self._unsent], [*self._restated]
        twin._is_cumulative = self._is_cumulative
        return twin

    def append(self, text: str) -> None:
        """Add a piece that leaves at once, see `is_plain`."""
        self._parts.append(text)
        self._size += len(text)

    def take(self) -> str:
        """The arguments that are certain and have not left yet; they leave."""
        if not self._unsent:
            return ""
        unsent, self._unsent = self._unsent, []
        return "".join(unsent)

    def rest(self) -> str:
        """The arguments that have not left yet, if no fragment follows. Changes nothing."""
        late = self._restated
        if late and self._is_restated():
            late = [late[-1][self._size :]]
        if self._kind == _PLAIN:
            return "".join((*self._unsent, *late))
        text = "".join((*self._parts, *late))
        return _decoded(text) if text else "{}" * ("{" in self._placeholder)

    def _is_restated(self) -> bool:
        """Whether the last text is all of the arguments, and not their last piece."""
        whole = self._restated[-1]
        if _is_whole(whole):
            return True
        return not _is_whole("".join((*self._parts, *self._restated)))

    def _append(self, *pieces: str) -> None:
        for piece in pieces:
            if not self._size and not piece.strip():
                self._placeholder += piece
            elif piece:
                self.append(piece)
                if self._kind == _PLAIN:
                    self._unsent.append(piece)
                elif self._kind != _ENCODED:
                    self._head.append(piece)
                    if not piece.isspace():
                        self._decide()

    def _decide(self) -> None:
        """Decide whether the arguments have begun, and how."""
        head = "".join(self._head)
        found = _PLACEHOLDERS.match(head)
        if found and found.end():
            self._placeholder += found.group()
            head = head[found.end() :]
            self._parts, self._size = [head] * bool(head), len(head)
            self._strict, self._scanned = StrictJson(), 0
        self._head = [head]
        if _PLACEHOLDER_SO_FAR.match(head):
            return
        if head.startswith('"'):
            self._kind = _ENCODED
            return
        self._kind = _PLAIN
        self._unsent.append(head if head.startswith("{") else self._placeholder + head)

    def _scan(self) -> StrictJson:
        if self._scanned < len(self._parts):
            self._strict.feed("".join(self._parts[self._scanned :]))
            self._scanned = len(self._parts)
        return self._strict


def begins(text: str) -> bool:
    """Whether a text may begin the arguments of a call."""
    return text.lstrip().startswith("{")


def is_nothing(text: str) -> bool:
    """Whether a text is blank, or a word for missing arguments."""
    return text.strip() in ("", "null", "None", '""')


def _is_whole(text: str) -> bool:
    strict = StrictJson()
    strict.feed(text)
    return strict.is_complete and not strict.tail.strip()


def _decoded(text: str) -> str:
    """The object in arguments that are JSON text within JSON text; other arguments unchanged."""
    inner = text
    try:
        for _ in range(_MOST_ENCODINGS):
            value = read_json(inner)
            if not isinstance(value, str):
                break
            inner = value
    except ValueError:
        return text
    if inner == text or parse_arguments(inner) is None:
        return text
    found = _PLACEHOLDERS.match(inner)
    rest = inner[found.end() :] if found else inner
    return rest or "{}" * ("{" in inner)

"""What the text of each fragment adds to the arguments of its call.

1. What is not the arguments yet is held back: an empty object, `null` or an empty string, which
   some send before the real arguments; and JSON text within JSON text or with escaped quotes,
   which is read at its end.
2. The text of a fragment is cumulative if it begins with all of the text before it. JSON tells that
   from a nested object, which may begin after a colon or in a list only. There, both readings are
   kept until the next text fits only one of them, at the latest until the end: then the one that
   is complete JSON counts. Once a text has been cumulative, the later ones of the call are, too.
   Source: https://github.com/NousResearch/hermes-agent/pull/35718
3. Any other text is the next piece.

Each text is read once, so that the time is linear in the length of the stream.
"""

from __future__ import annotations

import re
from typing import Any

from weryai_core.json_patterns import FILLER
from weryai_core.json_text import (
    ESCAPED,
    NO_ARGUMENTS,
    PLACEHOLDERS,
    comparable,
    parse_arguments,
    read_json,
    unescaped,
)
from weryai_core.strict_json import StrictJson

_MOST_ENCODINGS = 3  # how often arguments may be JSON text within JSON text
# How arguments may begin, and how many characters tell that from a piece of a text.
_LEAST = {"{": 1, '"': 2, "`": 4}
_NOTHING = frozenset(("", *NO_ARGUMENTS)) - {"{}", "[]"}
# Arguments of which it is not known yet whether their quotes are escaped.
_ESCAPED_SO_FAR = re.compile(r"(?:`{1,3}\w*\s*)?(?:\{\s*(?:\\+|&#?\w{0,6})?)?")
_BLANK = " \t\r\n\f\v\ufeff\u200b\u200c\u200d\u2060"
_MOST_PARTS = 256  # to keep before they are joined
_LONG = 1024  # characters without a kind that are looked at again with each piece
_ENCODED, _PLAIN = "encoded", "plain"


class GrowingText:
    """The arguments of one call: texts of fragments in, arguments out."""

    __slots__ = (
        "_blocks",
        "_decided",
        "_head",
        "_is_cumulative",
        "_joined",
        "_kind",
        "_parsed",
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
        self._placeholder: list[str] = []  # what preceded the arguments
        self._parts: list[str] = []  # the arguments, without what preceded them
        self._blocks = 0  # how many of the parts are joined ones
        self._size = 0  # of the parts
        self._head: list[str] = []  # the parts, as long as the kind is unknown
        self._decided = 0  # the size at which to look at them again
        self._unsent: list[str] = []
        self._is_cumulative = False
        self._restated: list[str] = []  # texts that may be pieces, or all so far once more
        self._joined = StrictJson()  # has read all as pieces, while there are such texts
        self._strict = StrictJson()
        self._scanned = 0  # parts that it has read
        self._parsed: tuple[int, Any] = (0, None)  # the value of the first so many characters

    @property
    def is_blank(self) -> bool:
        """Whether nothing has come but what may precede the arguments."""
        return not self._size

    @property
    def is_empty_object(self) -> bool:
        """Whether an empty object has come, and nothing else."""
        return not self._size and any("{" in text for text in self._placeholder)

    @property
    def is_void(self) -> bool:
        """Whether nothing has come, not even an empty object."""
        return not self._size and not self.is_empty_object

    @property
    def is_complete(self) -> bool:
        """Whether the arguments have come to the end of their JSON; `{}` does not count."""
        if not self._restated:
            return self._scan().is_complete
        return self._ends_as_pieces or _is_whole(self._restated[-1])

    @property
    def is_open(self) -> bool:
        """Whether the arguments have begun, and go on."""
        return not self.is_blank and not self.is_complete

    def takes_at_once(self, text: str) -> bool:
        """Whether a text is the next piece for certain, and leaves at once; a quick check."""
        if self._kind != _PLAIN or self._restated or self._is_cumulative or begins(text):
            return False
        return not self._parts[-1].rstrip().endswith("}")

    def may_hold(self, text: str) -> bool:
        """Whether a text may be the next piece, or all so far once more."""
        is_begin = begins(text)
        if self._restated and not is_begin:
            return True
        strict = self._scan()
        if strict.is_in_string or strict.takes_value:
            return True
        return self.is_beginning_of(text) or not (is_begin or strict.is_complete)

    def is_beginning_of(self, text: str) -> bool:
        """Whether a text begins as arguments do, and with all of those so far."""
        if not 0 < self._size <= len(text) or text[0] not in _LEAST:
            return False
        return self._size >= _LEAST[text[0]] and text.startswith(self.so_far())

    def equals(self, text: str) -> bool:
        """Whether these are the arguments once more."""
        given, so_far = parse_arguments(text), self.parsed()
        if given is None or so_far is None:
            return False
        return given == so_far and comparable(given) == comparable(so_far)

    def parsed(self) -> dict[str, Any] | None:
        """The value of the arguments so far; None if they are not a JSON object."""
        so_far = self.so_far()
        if self._parsed[0] != len(so_far):
            self._parsed = (len(so_far), parse_arguments(so_far))
        return {} if self.is_blank else self._parsed[1]

    def so_far(self) -> str:
        """The arguments as far as they have come, without what preceded them."""
        if self._restated:
            return (
                self._restated[-1] if self._is_restated else "".join(self._parts + self._restated)
            )
        if len(self._parts) > 1:
            self._scan()
            self._parts, self._scanned, self._blocks = ["".join(self._parts)], 1, 1
        return "".join(self._parts)

    def add(self, text: str) -> None:
        """Add the text of the next fragment."""
        if self._restated:
            if text.startswith(self._restated[-1]):
                self._restate(text)
                return
            pieces, self._restated = self._restated, []
            self._append(*pieces)
        if self.is_beginning_of(text):
            if not self._is_cumulative and self._scan().takes_value:
                self._joined = StrictJson()
                self._joined.feed(self.so_far())
                self._restate(text)
                return
            self._is_cumulative = self._is_cumulative or len(text) > self._size
            self._append(text[self._size :])
        elif not self._is_cumulative or not self.so_far().startswith(text):
            self._append(text)

    def append(self, text: str) -> None:
        """Add a piece that leaves at once, see `takes_at_once`."""
        self._parts.append(text)
        self._size += len(text)
        if len(self._parts) - self._blocks >= _MOST_PARTS:
            self._scan()
            self._parts[self._blocks :] = ["".join(self._parts[self._blocks :])]
            self._blocks += 1
            self._scanned = len(self._parts)

    def take(self) -> str:
        """The arguments that are certain and have not left yet; they leave."""
        if not self._unsent:
            return ""
        unsent, self._unsent = self._unsent, []
        return "".join(unsent)

    def rest(self) -> str:
        """The arguments that have not left yet, if no fragment follows. Changes nothing."""
        late = self._restated
        if late and self._is_restated:
            late = [late[-1][self._size :]]
        if self._kind == _PLAIN:
            return "".join((*self._unsent, *late))
        text = "".join((*self._parts, *late))
        return _decoded(text) if text else "{}" * self.is_empty_object

    def with_texts(self, texts: list[str]) -> GrowingText:
        """These arguments and the texts of further fragments. Changes nothing."""
        twin = GrowingText()
        twin._kind, twin._placeholder = self._kind, [*self._placeholder]
        twin._parts, twin._size, twin._head = [*self._parts], self._size, [*self._head]
        twin._blocks = self._blocks
        twin._unsent, twin._is_cumulative = [*self._unsent], self._is_cumulative
        for text in (*self._restated, *texts):
            twin.add(text)
        return twin

    @property
    def _is_restated(self) -> bool:
        """Whether the last text is all of the arguments, rather than their last piece."""
        return _is_whole(self._restated[-1]) or not self._ends_as_pieces

    @property
    def _ends_as_pieces(self) -> bool:
        """Whether all texts in a row are JSON, perhaps with a bracket too many at its end."""
        return self._joined.is_complete and FILLER.fullmatch(self._joined.tail) is not None

    def _restate(self, text: str) -> None:
        self._restated.append(text)
        self._joined.feed(text)

    def _append(self, *pieces: str) -> None:
        for piece in pieces:
            if not self._size and not piece.strip():
                self._placeholder.append(piece)
                continue
            self.append(piece)
            if self._kind == _PLAIN:
                self._unsent.append(piece)
            elif self._kind != _ENCODED:
                self._head.append(piece)
                if piece.strip() and self._size >= self._decided:
                    self._decide()

    def _decide(self) -> None:
        """Decide whether the arguments have begun, and how."""
        head = "".join(self._head)
        found = PLACEHOLDERS.match(head)
        if found and found.end():
            self._placeholder.append(found.group())
            head = head[found.end() :]
            self._parts, self._size = [head] * bool(head), len(head)
            self._strict, self._scanned, self._blocks = StrictJson(), 0, 0
        if self._size >= _LONG:
            self._decided = self._size + self._size // 16
        self._head = [head] * bool(head)
        if any(word.startswith(head.rstrip()) for word in NO_ARGUMENTS):
            return
        if _ESCAPED_SO_FAR.fullmatch(head):
            return
        if head.startswith('"') or ESCAPED.match(head):
            self._kind = _ENCODED
            return
        self._kind = _PLAIN
        is_object = head.startswith("{")
        self._unsent.append(head if is_object else "".join((*self._placeholder, head)))

    def _scan(self) -> StrictJson:
        if self._scanned < len(self._parts):
            self._strict.feed("".join(self._parts[self._scanned :]))
            self._scanned = len(self._parts)
        return self._strict


def begins(text: str) -> bool:
    """Whether a text may begin the arguments of a call."""
    return text.lstrip(_BLANK).startswith("{")


def is_nothing(text: str) -> bool:
    """Whether a text is blank, or a word for missing arguments."""
    return text.strip() in _NOTHING


def _is_whole(text: str) -> bool:
    """Whether a text is JSON up to its end."""
    strict = StrictJson()
    strict.feed(text)
    return strict.is_complete and not strict.tail.strip()


def _decoded(text: str) -> str:
    """The object in arguments that are JSON text within JSON text; other arguments unchanged."""
    inner = unescaped(text)
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
    found = PLACEHOLDERS.match(inner)
    rest = inner[found.end() :] if found else inner
    return rest or "{}" * ("{" in inner)

r"""Makes text of what UTF-8 cannot write: halves of surrogate pairs, alone or torn apart.

An emoji is one character here, two "surrogates" in JavaScript, Java and JSON's escapes, and four
bytes on the wire. What cuts a text there leaves a half: `"\ud83d"` at the end of one event and
`"\ude00"` at the start of the next, or the end of a page of a PDF. Two halves that meet become
their character; a half that stays alone becomes U+FFFD.

Bytes that are not UTF-8 are decoded by `surrogateescape` before they come here: U+DC80 to U+DCFF.
A character whose bytes were torn apart is joined the same way.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import Any

REPLACEMENT = "\ufffd"

_SURROGATE = re.compile("[\ud800-\udfff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_BYTES = re.compile("[\udc80-\udcff]+")
# What the next piece of a text may complete: the first half, or the first bytes of a character.
_UNFINISHED = re.compile(
    "(?:[\ud800-\udbff]"
    "|(?<![\ud800-\udbff])(?:[\udcc2-\udcdf]"
    "|[\udce0-\udcef][\udc80-\udcbf]?"
    "|\udced[\udca0-\udcaf][\udc80-\udcbf]"  # a first half in three bytes
    "|[\udcf0-\udcf4][\udc80-\udcbf]{0,2}))\\Z"
)

_DEEPEST = 200  # as `pydantic_core.from_json` has it


def to_text(text: str) -> str:
    """The text without surrogates: pairs are joined, halves become U+FFFD."""
    if _SURROGATE.search(text) is None:
        return text
    text = _PAIR.sub(_joined_pair, text)
    # Bytes may turn out to be halves themselves.
    text = _PAIR.sub(_joined_pair, _BYTES.sub(_decoded_bytes, text))
    return _SURROGATE.sub(REPLACEMENT, text)


def without_surrogates(value: Any) -> Any:
    """A JSON value whose texts, names of fields included, hold no surrogates.

    Raises:
        ValueError: It is nested too deeply.
    """
    return _mapped(value, 0)


class HalfJoiner:
    """Joins the characters that were torn apart between the pieces of texts that grow.

    A half at the end of a piece is held back until its text goes on.
    """

    def __init__(self) -> None:
        self._held: dict[Hashable, str] = {}

    @property
    def held(self) -> Mapping[Hashable, str]:
        """The halves that are held back, by the key of their text, as U+FFFD."""
        return {key: to_text(half) for key, half in self._held.items()}

    def join(self, key: Hashable, piece: str) -> str:
        """The next piece of a text, without surrogates, with the half that belongs to it.

        Args:
            key: Which text it is.
            piece: The piece.
        """
        text = self._held.pop(key, "") + piece
        unfinished = _UNFINISHED.search(text)
        if unfinished is not None:
            self._held[key] = unfinished.group()
            text = text[: unfinished.start()]
        return to_text(text)

    def peek(self, key: Hashable, piece: str) -> str:
        """The same for the last piece of a text. Changes nothing."""
        return to_text(self._held.get(key, "") + piece)

    def clear(self) -> None:
        """Forget what is held back."""
        self._held.clear()


def _mapped(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError("JSON is nested too deeply")
    if isinstance(value, str):
        return to_text(value)
    if isinstance(value, Mapping):
        return {
            to_text(name) if isinstance(name, str) else name: _mapped(entry, depth + 1)
            for name, entry in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_mapped(entry, depth + 1) for entry in value]
    return value


def _joined_pair(pair: re.Match[str]) -> str:
    return pair.group().encode("utf-16", "surrogatepass").decode("utf-16")


def _decoded_bytes(found: re.Match[str]) -> str:
    torn = found.group().encode("utf-8", "surrogateescape")
    try:
        return torn.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return torn.decode("utf-8", "replace")

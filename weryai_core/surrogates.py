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
from collections.abc import Callable, Mapping, Sequence
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

# Where the text of a streamed choice is: in its delta, or in a message that takes its place.
_DELTAS = ("delta", "message")
# The fields whose text goes on in the next event, and those around them. Others come whole.
_GROWING = frozenset(
    (
        *("content", "text", "value", "reasoning_content", "reasoning", "thinking", "summary"),
        *("refusal", "arguments", "name", "transcript"),
    )
)
_AROUND = frozenset(
    (*_GROWING, "tool_calls", "function", "reasoning_details", "thinking_blocks", "audio")
)

_DEEPEST = 200  # as `pydantic_core.from_json` has it

Path = tuple[str | int, ...]
"""The names of fields, and the numbers of entries in lists."""


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
    return _mapped(value, (), lambda text, _: to_text(text))


class HalfJoiner:
    """Joins the characters that were torn apart between the events of one stream.

    A half at the end of a text is held back until the text of the same field goes on.
    """

    def __init__(self) -> None:
        self._held: dict[Path, str] = {}

    @property
    def is_holding(self) -> bool:
        """Whether halves are held back. Then each event has to come here."""
        return bool(self._held)

    def join(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """An event without surrogates, with the halves that belong to it.

        A choice that ends gets what is still held of it, as U+FFFD.

        Raises:
            ValueError: The event is nested too deeply.
        """
        entries = payload.get("choices")
        if not isinstance(entries, list):
            cleaned: dict[str, Any] = without_surrogates(payload)
            return cleaned
        choices = [
            _mapped(entry, (_number(entry, at),), self._join) for at, entry in enumerate(entries)
        ]
        for at, entry in enumerate(choices):
            if isinstance(entry, dict) and entry.get("finish_reason"):
                self._release_into(entry, _number(entry, at))
        rest = {name: value for name, value in payload.items() if name != "choices"}
        return {**without_surrogates(rest), "choices": choices}

    def close(self) -> dict[str, Any] | None:
        """An event with what is still held; None if nothing is."""
        if not self._held:
            return None
        choices = []
        for number in dict.fromkeys(path[0] for path in self._held):
            entry: dict[str, Any] = {"index": number}
            self._release_into(entry, number)
            choices.append(entry)
        return {"choices": choices}

    def _join(self, text: str, path: Path) -> str:
        if not _goes_on(path):
            return to_text(text)
        text = self._held.pop(path, "") + text
        unfinished = _UNFINISHED.search(text)
        if unfinished is not None:
            self._held[path] = unfinished.group()
            text = text[: unfinished.start()]
        return to_text(text)

    def _release_into(self, entry: dict[str, Any], number: str | int) -> None:
        for path in [path for path in self._held if path[0] == number]:
            _append(entry, path[1:], to_text(self._held.pop(path)))


def _goes_on(path: Path) -> bool:
    """Whether the text at a path of a choice may go on in the next event."""
    names = [name for name in path[1:] if isinstance(name, str)]
    if not names or (names[0] not in _DELTAS and names != ["text"]):
        return False
    return names[-1] in (*_GROWING, *_DELTAS) and _AROUND.issuperset(names[1:])


def _mapped(value: Any, path: Path, change: Callable[[str, Path], str]) -> Any:
    if len(path) > _DEEPEST:
        raise ValueError("JSON is nested too deeply")
    if isinstance(value, str):
        return change(value, path)
    if isinstance(value, Mapping):
        return {
            to_text(name) if isinstance(name, str) else name: _mapped(entry, (*path, name), change)
            for name, entry in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [
            _mapped(entry, (*path, _number(entry, at)), change) for at, entry in enumerate(value)
        ]
    return value


def _number(entry: Any, position: int) -> int:
    """The number of an entry in a list: its own, which holds between events, or its position."""
    index = entry.get("index") if isinstance(entry, Mapping) else None
    return index if isinstance(index, int) else position


def _append(target: dict[str, Any], path: Sequence[Any], text: str) -> None:
    """Append a text to the field at a path, which may not exist."""
    name, *rest = path
    found = target.get(name)
    if not rest:
        if not found or isinstance(found, str):  # else the field has become a list
            target[name] = f"{found or ''}{text}"
    elif isinstance(rest[0], int):
        entries = target[name] = found if isinstance(found, list) else []
        _append_to_entry(entries, rest, text)
    else:
        inner = target[name] = found if isinstance(found, dict) else {}
        _append(inner, rest, text)


def _append_to_entry(entries: list[Any], path: Sequence[Any], text: str) -> None:
    number, *rest = path
    if not rest:
        entries.append(text)
        return
    entry = next((one for at, one in enumerate(entries) if _number(one, at) == number), None)
    if not isinstance(entry, dict):
        entry = {"index": number}
        entries.append(entry)
    _append(entry, rest, text)


def _joined_pair(pair: re.Match[str]) -> str:
    return pair.group().encode("utf-16", "surrogatepass").decode("utf-16")


def _decoded_bytes(found: re.Match[str]) -> str:
    torn = found.group().encode("utf-8", "surrogateescape")
    try:
        return torn.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return torn.decode("utf-8", "replace")

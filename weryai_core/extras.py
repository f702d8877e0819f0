"""Merges fields for signed reasoning, as a stream brings them: lists entry by entry, texts joined.

    {"reasoning_details": [{"type": "reasoning.text", "text": "I am", "index": 0}]}
    {"reasoning_details": [{"type": "reasoning.text", "text": " here.", "index": 0}]}

Each piece is read once, so that the time is linear in the length of the stream.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from weryai_core.text_pieces import TextPieces

# The fields of signed reasoning that come in pieces.
_GROWING = frozenset(
    (
        *("text", "thinking", "summary", "data", "thought"),
        *("reasoning", "reasoning_content", "reasoning_text"),
    )
)
_ENCRYPTED = ("data", "encrypted_content")


def merge_extras(pieces: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Merge fields for signed reasoning: lists entry by entry, objects field by field.

    Texts of reasoning are joined. Of other values the last one counts.
    """
    merged = GrowingExtras()
    for piece in pieces:
        merged.add(piece)
    return merged.value()


def merge_entries(before: Sequence[Any], entries: Sequence[Any]) -> list[Any]:
    """Merge entries of signed reasoning into those before: fragments of one entry become one."""
    merged = _GrowingEntries(before)
    merged.add(entries)
    return merged.value()


class GrowingExtras:
    """Fields for signed reasoning, as far as they have come."""

    __slots__ = ("_fields",)

    def __init__(self) -> None:
        self._fields: dict[str, Any] = {}

    def add(self, piece: Mapping[str, Any]) -> None:
        """Merge the fields of the next piece."""
        for name, value in piece.items():
            self._fields[name] = self._merged(name, self._fields.get(name), value)

    def value(self) -> dict[str, Any]:
        """The fields so far."""
        return {name: _value_of(value) for name, value in self._fields.items()}

    def _merged(self, name: str, before: Any, value: Any) -> Any:
        if value is None:
            return before
        if isinstance(before, (list, _GrowingEntries)) and isinstance(value, list):
            entries = _GrowingEntries(before) if isinstance(before, list) else before
            entries.add(value)
            return entries
        if isinstance(before, (Mapping, GrowingExtras)) and isinstance(value, Mapping):
            if isinstance(before, Mapping):
                fields, before = before, GrowingExtras()
                before.add(fields)
            before.add(value)
            return before
        if name in _GROWING and isinstance(before, (str, TextPieces)) and isinstance(value, str):
            return _joined(before, value)
        return value


class _GrowingEntries:
    """Entries of signed reasoning, as far as they have come.

    Args:
        entries: Those that have come; they are not merged.
    """

    __slots__ = ("_entries", "_opaque", "_places")

    def __init__(self, entries: Sequence[Any]) -> None:
        self._entries: list[Any] = []
        self._places: dict[Hashable, _Places] = {}  # of the entries with a type and an index
        self._opaque: set[str] = set()  # entries that some services send again
        for entry in entries:
            self._append(entry)
            if (key := _opaque_key(entry)) is not None:
                self._opaque.add(key)

    def add(self, entries: Sequence[Any]) -> None:
        """Merge the entries of the next piece."""
        new: set[str] = set()
        for entry in entries:
            key = _opaque_key(entry)
            is_again = _is_encrypted(entry) and (key in self._opaque or key in new)
            place = None if is_again else self._continued_by(entry)
            if place is not None:
                self._continue(place, entry)
            elif key is None or key not in self._opaque:
                self._append(entry)
                if key is not None:
                    new.add(key)
        self._opaque |= new

    def value(self) -> list[Any]:
        """The entries so far."""
        return [
            {name: _value_of(value) for name, value in entry.items()}
            if isinstance(entry, _Grown)
            else entry
            for entry in self._entries
        ]

    def _append(self, entry: Any) -> None:
        if isinstance(entry, Mapping) and entry.get("index") is not None:
            self._places_of(entry).add(len(self._entries), entry.get("id"))
        self._entries.append(entry)

    def _places_of(self, entry: Mapping[str, Any]) -> _Places:
        """The places of the entries with the type and the index of this one."""
        key = _key(entry.get("type")), _key(entry["index"])
        places = self._places.get(key)
        if places is None:
            places = self._places[key] = _Places()
        return places

    def _continued_by(self, entry: Any) -> int | None:
        """Which entry a fragment continues: that of its type and index, or the last if unsigned."""
        if not isinstance(entry, Mapping) or not self._entries:
            return None
        if entry.get("index") is None:
            place = len(self._entries) - 1
            last = self._entries[place]
            if not isinstance(last, Mapping) or last.get("type") != entry.get("type"):
                return None
            is_open = not (last.get("signature") or _is_encrypted(last) or _is_encrypted(entry))
            return place if is_open and _has_same_id(last, entry) else None
        return self._places_of(entry).last(entry.get("id"))

    def _continue(self, place: int, entry: Mapping[str, Any]) -> None:
        known = self._entries[place]
        if not isinstance(known, _Grown):
            key = _opaque_key(known)
            if key is not None:
                self._opaque.discard(key)
            known = self._entries[place] = _Grown(known)
        elif any(_is_whole_again(known.get(name), entry.get(name)) for name in _ENCRYPTED):
            return
        if known.get("id") is None and entry.get("id") is not None and "index" in known:
            self._places_of(known).name(place, entry["id"])
        for name, value in entry.items():
            before = known.get(name)
            is_text = name in _GROWING and isinstance(value, str)
            if not is_text or not isinstance(before, (str, TextPieces)):
                known[name] = value or before
            # LiteLLM's last fragment, with the signature, may hold the whole text again.
            elif not (entry.get("signature") and _is_same(before, value)):
                known[name] = _joined(before, value)


class _Places:
    """The places of the entries with one type and one index: each place is found at once."""

    __slots__ = ("_by_id", "_last", "_without_id")

    def __init__(self) -> None:
        self._last: int | None = None
        self._by_id: dict[Hashable, int] = {}  # id -> the last place that has it
        self._without_id: list[int] = []

    def add(self, place: int, id_: object) -> None:
        """Note an entry after those before."""
        self._last = place
        if id_ is None:
            self._without_id.append(place)
        else:
            self._by_id[_key(id_)] = place

    def name(self, place: int, id_: object) -> None:
        """Note the id of the last entry without one, which a fragment has brought."""
        if self._without_id and self._without_id[-1] == place:
            self._without_id.pop()
            key = _key(id_)
            self._by_id[key] = max(place, self._by_id.get(key, place))

    def last(self, id_: object) -> int | None:
        """The last entry with this id or without one; without an id, the last of all."""
        if id_ is None:
            return self._last
        found = [*self._without_id[-1:], self._by_id.get(_key(id_), -1)]
        place = max(found)
        return None if place < 0 else place


class _Grown(dict[str, Any]):
    """An entry that fragments have continued; its texts may be `TextPieces`."""


def _joined(before: str | TextPieces, value: str) -> str | TextPieces:
    if isinstance(before, str):
        if not before or not value:
            return before or value
        text, before = before, TextPieces()
        before.add(text)
    before.add(value)
    return before


def _value_of(value: Any) -> Any:
    if isinstance(value, TextPieces):
        return str(value)
    return value.value() if isinstance(value, (GrowingExtras, _GrowingEntries)) else value


def _is_whole_again(known: Any, value: Any) -> bool:
    """Whether a text that fragments have made comes once more, as a whole."""
    return isinstance(known, TextPieces) and isinstance(value, str) and _is_same(known, value)


def _is_same(known: str | TextPieces, value: str) -> bool:
    return len(known) == len(value) and str(known) == value


def _has_same_id(known: Mapping[str, Any], entry: Mapping[str, Any]) -> bool:
    ids = known.get("id"), entry.get("id")
    return None in ids or ids[0] == ids[1]


def _is_encrypted(entry: Any) -> bool:
    return isinstance(entry, Mapping) and any(map(entry.get, _ENCRYPTED))


def _opaque_key(entry: Any) -> str | None:
    """An entry that some services send again, as a text that equal ones have in common."""
    if isinstance(entry, str) or _is_encrypted(entry):
        return json.dumps(entry, sort_keys=True, default=repr)
    return None


def _key(value: object) -> Hashable:
    return value if isinstance(value, (str, int, float)) else repr(value)

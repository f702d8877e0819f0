"""Decides at the end of an answer which calls are parts of others, or repeat them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from weryai_core.chunk import merge_extras
from weryai_core.json_text import parse_arguments
from weryai_core.reply.calls.growing_call import GrowingCall
from weryai_core.reply.calls.growing_text import GrowingText
from weryai_core.reply.calls.known_names import KnownNames
from weryai_core.reply.calls.rules import Habits


class Ending:
    """How calls end if no fragment follows. The calls stay as they are.

    Args:
        calls: The calls in the order in which they began.
        habits: What their fragments have shown of the service.
        names: The names of the tools.

    Attributes:
        parts: The calls that are none of their own -> the calls that they are a part of.
    """

    def __init__(self, calls: Sequence[GrowingCall], habits: Habits, names: KnownNames) -> None:
        self.parts: dict[GrowingCall, GrowingCall] = {}
        self._habits = replace(habits)
        self._known = names
        self._names: dict[GrowingCall, str] = {}
        self._ids: dict[GrowingCall, str | None] = {}
        self._texts: dict[GrowingCall, GrowingText] = {}
        self._extras: dict[GrowingCall, Mapping[str, Any]] = {}
        # The texts and names of the parts of a call, as they came.
        self._raw: dict[GrowingCall, list[str]] = {}
        self._raw_names: dict[GrowingCall, list[str]] = {}
        doubtful = [(call, call.doubts) for call in reversed(calls) if call.doubts is not None]
        for call, before in doubtful:
            if self._completes_name(call, before):
                self._merge(call, before)
                self._habits.ids_change |= call.wire_id not in (None, before.wire_id)
                self._habits.index_grows |= call.wire_index not in (None, before.wire_index)
        for call, before in reversed(doubtful):
            if call not in self.parts and self._names_before(call, self._whole(before)):
                self._merge(call, self._whole(before))
        for call, before in doubtful:
            if call not in self.parts and self._is_part(call, self._whole(before)):
                self._merge(call, self._whole(before))
        self._find_repeats(calls)

    def text_of(self, call: GrowingCall) -> GrowingText:
        """The arguments of a call with those of its parts."""
        return self._texts.get(call, call.text)

    def name_of(self, call: GrowingCall) -> str:
        """The name of a call with the pieces of its parts."""
        return self._names.get(call, call.name)

    def id_of(self, call: GrowingCall) -> str | None:
        """The service's id of a call, which a part may have brought."""
        return self._ids.get(call, call.wire_id)

    def extra_of(self, call: GrowingCall) -> Mapping[str, Any]:
        """The fields that have not left yet of a call and of its parts."""
        return self._extras.get(call, call.extra)

    def _whole(self, call: GrowingCall) -> GrowingCall:
        while call in self.parts:
            call = self.parts[call]
        return call

    def _merge(self, call: GrowingCall, before: GrowingCall) -> None:
        self.parts[call] = before
        if not self.text_of(before).is_complete:
            self._raw[before] = [*self._raw.get(before, ()), *self._texts_of(call)]
            self._texts[before] = _with(before.text, self._raw[before])
        if before.number is None and (self._known.all or not before.name):
            self._raw_names[before] = [*self._raw_names.get(before, ()), *self._pieces_of(call)]
            self._names[before] = self._joined(before.name, self._raw_names[before])
        if self.id_of(before) is None:
            self._ids[before] = self.id_of(call)
        extra = self.extra_of(call)
        if extra:
            self._extras[before] = merge_extras((self.extra_of(before), extra))

    def _texts_of(self, call: GrowingCall) -> list[str]:
        return [*call.raw, *self._raw.get(call, ())]

    def _pieces_of(self, call: GrowingCall) -> list[str]:
        return [*call.raw_names, *self._raw_names.get(call, ())]

    def _names_before(self, call: GrowingCall, before: GrowingCall) -> bool:
        """Whether a call is the name of the arguments before it."""
        if self.name_of(before) or not self.name_of(call) or not _is_hollow(self.text_of(call)):
            return False
        text = self.text_of(before)
        return not text.is_blank or text.is_explicitly_empty

    def _is_part(self, call: GrowingCall, before: GrowingCall) -> bool:
        text, so_far, habits = self.text_of(call), self.text_of(before), self._habits
        is_hollow = _is_hollow(text)
        name, name_before = self.name_of(call).strip(), self.name_of(before).strip()
        if not name_before:
            return not name and _is_hollow(so_far)
        if not name:
            return is_hollow
        if self._completes_name(call, before):
            return True
        if name != name_before:
            return False
        is_own_index = call.wire_index not in (None, before.wire_index) and not habits.index_grows
        is_same_id = call.wire_id == before.wire_id if call.wire_id else before.began_with_id
        is_own_index = is_own_index and not is_same_id
        if is_own_index and habits.index_is_right:
            return False
        is_own_id = call.wire_id not in (None, before.wire_id) and not habits.ids_change
        if is_own_id and (habits.ids_stay or (call.id_stays and so_far.is_explicitly_empty)):
            return False
        if is_hollow or so_far.is_complete:
            return text.is_blank
        if not so_far.is_blank:
            texts = [*self._raw.get(before, ()), *self._texts_of(call)]
            return text.is_blank or _with(before.text, texts).is_complete
        if not so_far.is_explicitly_empty:
            return True
        is_whole = text.is_explicitly_empty or call.began_in == before.began_in
        return not (is_own_index or (is_own_id and is_whole))

    def _completes_name(self, call: GrowingCall, before: GrowingCall) -> bool:
        """Whether the name of a call is the rest of the name before it."""
        name = self.name_of(before)
        if not before.text.is_blank or not name or self._known.is_known(name):
            return False
        has_own_id = call.wire_id not in (None, before.wire_id)
        if has_own_id and (self._habits.ids_stay or call.id_stays):
            return False
        return self._known.is_known(self._joined(name, self._pieces_of(call)))

    def _joined(self, name: str, pieces: Sequence[str]) -> str:
        for piece in pieces:
            name = self._known.join(name, piece) if name else piece
        return name

    def _find_repeats(self, calls: Sequence[GrowingCall]) -> None:
        """Find the calls that come again, with the same name and arguments."""
        first: dict[tuple[Any, ...], GrowingCall] = {}
        for call in calls:
            name = self.name_of(call).strip()
            if call.part_of is not None or call in self.parts or not name:
                continue
            content = (name, _value_of(self.text_of(call)))
            wire_id = self.id_of(call)
            of_id, of_index = (*content, "id", wire_id), (*content, "index", call.wire_index)
            is_keyed = wire_id is not None and not self._habits.index_returns
            other = first.get(of_id if is_keyed else of_index)
            if other is not None and call.number is None and other.began_in != call.began_in:
                self.parts[call] = other
                if call.extra:
                    self._extras[other] = merge_extras((self.extra_of(other), call.extra))
                continue
            first.setdefault(of_id, call)
            first.setdefault(of_index, call)


def _with(text: GrowingText, pieces: Sequence[str]) -> GrowingText:
    """A text with the texts of further fragments."""
    joined = text.copy()
    for piece in pieces:
        joined.add(piece)
    return joined


def _is_hollow(text: GrowingText) -> bool:
    return text.is_blank and not text.is_explicitly_empty


def _value_of(text: GrowingText) -> str:
    """Arguments in one way of writing them."""
    arguments = parse_arguments(text.so_far())
    return text.so_far() if arguments is None else json.dumps(arguments, sort_keys=True)

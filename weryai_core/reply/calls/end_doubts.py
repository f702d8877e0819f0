"""Decides at the end of an answer which calls are parts of others, or repeat them.

A call that is still in doubt is a part of the call before it, with the same name, if

- it has no arguments of its own: some send name and id once more at the end;
- the call before has no arguments: no tool runs with `{}` though its arguments came;
- the arguments of both are complete together only.

It is a call of its own if the service has shown that its ids or indices can be trusted, or if the
one before has sent `{}` itself and the index, or a second id that stays, speaks for two calls, or
if both the id and the index are its own, and no fragment shows that they change within a call.

A call that comes again without an id of its own, with the same name, arguments and index, or with
the same id, is the same call. It may be two equal calls, but a tool that runs once too often, such
as a payment, is worse than one that runs once too few. Equal calls in one delta are two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from weryai_core.extras import GrowingExtras
from weryai_core.json_text import comparable
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
        self._extras: dict[GrowingCall, GrowingExtras] = {}
        # The texts and names of the parts of a call, as they came.
        self._raw: dict[GrowingCall, list[str]] = {}
        self._raw_names: dict[GrowingCall, list[str]] = {}
        doubtful = [(call, call.before) for call in calls if call.before is not None]
        self._complete_names(doubtful)
        for call, before in doubtful:
            if call not in self.parts and self._names_arguments(call, self._whole(before)):
                self._merge(call, self._whole(before))
        for call, before in reversed(doubtful):
            if call not in self.parts and self._is_part(call, self._whole(before)):
                self._merge(call, self._whole(before))
        self._find_repeats(calls)
        self._share_out([call for call in calls if call.part_of is None])

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
        extras = self.extras_of(call)
        return {} if extras is None else extras.value()

    def extras_of(self, call: GrowingCall) -> GrowingExtras | None:
        """`extra_of` as it grows; None for no fields."""
        return self._extras.get(call, call.extras)

    def _whole(self, call: GrowingCall) -> GrowingCall:
        while call in self.parts:
            call = self.parts[call]
        return call

    def _complete_names(self, doubtful: Sequence[tuple[GrowingCall, GrowingCall]]) -> None:
        """Merge the calls whose names are pieces of one name."""
        for call, before in reversed(doubtful):
            if self._completes_name(call, before):
                self._habits.ids_change |= call.has_own_id
                self._habits.index_grows |= call.has_own_index
                self._merge(call, before)

    def _completes_name(self, call: GrowingCall, before: GrowingCall) -> bool:
        name = self.name_of(before)
        if not before.text.is_blank or not name or self._known.is_known(name):
            return False
        if call.has_own_id and (self._habits.ids_stay or call.id_stays):
            return False
        return self._known.is_known(self._joined(name, self._names_in(call)))

    def _names_arguments(self, call: GrowingCall, before: GrowingCall) -> bool:
        """Whether a call is the name of the arguments before it."""
        if self.name_of(before) or not self.name_of(call) or self.text_of(before).is_void:
            return False
        habits = self._habits
        is_own = habits.index_is_right or (call.has_own_id and not habits.ids_change)
        if is_own and call.has_own_index and not habits.index_grows:
            return False
        return self.text_of(call).is_void

    def _is_part(self, call: GrowingCall, before: GrowingCall) -> bool:
        text, so_far = self.text_of(call), self.text_of(before)
        name, name_before = self.name_of(call).strip(), self.name_of(before).strip()
        if not name_before:
            return not name and so_far.is_void
        if not name:
            return text.is_void
        if name != name_before:
            return self._completes_name(call, before)
        if self._is_own(call, before):
            return False
        if text.is_void or so_far.is_complete:
            return text.is_blank
        if not so_far.is_blank:
            return text.is_blank or self._with_parts(before, call).is_complete
        return True

    def _is_own(self, call: GrowingCall, before: GrowingCall) -> bool:
        """Whether an id or an index shows that a call is one of its own."""
        text, habits = self.text_of(call), self._habits
        is_other_index = call.wire_index not in (None, before.wire_index)
        has_own_index = is_other_index and not habits.index_grows
        if has_own_index and habits.index_is_right:
            return True
        is_other_id = call.wire_id not in (None, before.wire_id)
        has_own_id = is_other_id and not habits.ids_change
        if has_own_id and (habits.ids_stay or has_own_index):
            return True
        if habits.names_once and call.is_bare and text.is_empty_object:
            return True
        so_far = self.text_of(before)
        if has_own_id and call.id_stays and (so_far.is_empty_object or so_far.is_complete):
            return True
        if text.is_void or not so_far.is_empty_object:
            return False
        if habits.names_once:
            return True
        if has_own_id and (text.is_empty_object or call.began_in == before.began_in):
            return True
        has_same_id = call.wire_id == before.wire_id if call.wire_id else before.began_with_id
        return has_own_index and (not has_same_id or call.began_in == before.began_in)

    def _merge(self, call: GrowingCall, before: GrowingCall) -> None:
        self.parts[call] = before
        if not self.text_of(before).is_complete:
            self._texts[before] = self._with_parts(before, call)
            self._raw[before] = [*self._raw.get(before, ()), *self._texts_in(call)]
        if before.number is None and not self._known.is_whole(self.name_of(before)):
            self._raw_names[before] = [*self._raw_names.get(before, ()), *self._names_in(call)]
            self._names[before] = self._joined(before.name, self._raw_names[before])
        if self.id_of(before) is None:
            self._ids[before] = self.id_of(call)
        self._add_extra(before, call)

    def _add_extra(self, call: GrowingCall, part: GrowingCall) -> None:
        """Add the fields of a part to those of its call."""
        extra = self.extra_of(part)
        if not extra:
            return
        if call not in self._extras:
            self._extras[call] = GrowingExtras()
            self._extras[call].add({} if call.extras is None else call.extras.value())
        self._extras[call].add(extra)

    def _texts_in(self, call: GrowingCall) -> list[str]:
        return [*call.raw, *self._raw.get(call, ())]

    def _names_in(self, call: GrowingCall) -> list[str]:
        return [*call.raw_names, *self._raw_names.get(call, ())]

    def _with_parts(self, before: GrowingCall, call: GrowingCall) -> GrowingText:
        return before.text.with_texts([*self._raw.get(before, ()), *self._texts_in(call)])

    def _joined(self, name: str, pieces: Iterable[str]) -> str:
        for piece in pieces:
            name = self._known.join(name, piece) if name else piece
        return name

    def _find_repeats(self, calls: Sequence[GrowingCall]) -> None:
        """Find the calls that come again, with the same name and arguments."""
        first: dict[tuple[object, ...], GrowingCall] = {}
        for call in calls:
            name, id_ = self.name_of(call).strip(), self.id_of(call)
            if call.part_of is not None or call in self.parts or not name:
                continue
            content = (name, _value_of(self.text_of(call)))
            of_id, of_index = (*content, "id", id_), (*content, "index", call.wire_index)
            is_keyed = id_ is not None and not self._habits.index_returns
            other = first.get(of_id if is_keyed else of_index)
            if other is None or call.number is not None or other.began_in == call.began_in:
                first.setdefault(of_id, call)
                first.setdefault(of_index, call)
                continue
            self.parts[call] = other
            self._add_extra(other, call)

    def _share_out(self, calls: Sequence[GrowingCall]) -> None:
        """Give arguments that follow several names to those calls in order, if no key tells."""
        heads: list[GrowingCall] = []  # calls without arguments, and the first one with some
        for call in calls:
            if call in self.parts:
                continue
            text, name = self.text_of(call), self.name_of(call).strip()
            is_next = heads[:1] and not self.text_of(heads[-1]).is_void
            is_keyless = call.number is None and self.id_of(call) is None
            if not is_keyless or (heads and heads[0].wire_index != call.wire_index):
                heads = []
            elif not name and text.is_complete and is_next and self.text_of(heads[0]).is_void:
                texts = [*map(self.text_of, heads), text]
                self._texts.update(zip(heads, texts[1:], strict=True))
                self.parts[call] = heads[-1]
            elif name:
                heads = [call] if is_next else [*heads, call]
            else:
                heads = []


def _value_of(text: GrowingText) -> str:
    """Arguments in one way of writing them."""
    value = text.parsed()
    return text.so_far() if value is None else comparable(value)

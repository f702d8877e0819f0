"""Finds the call of each fragment, by the rules in `rules`."""

from __future__ import annotations

from weryai_core.chunk import merge_extras
from weryai_core.reply.calls.end_doubts import Ending
from weryai_core.reply.calls.growing_call import Fragment, GrowingCall
from weryai_core.reply.calls.growing_text import begins
from weryai_core.reply.calls.known_names import KnownNames
from weryai_core.reply.calls.rules import Habits, Match, decide


class CallFinder:
    """The calls of one choice, as far as they have come.

    Args:
        names: The names of the tools.

    Attributes:
        calls: The calls in the order in which they began.
    """

    def __init__(self, names: KnownNames) -> None:
        self.calls: list[GrowingCall] = []
        self._names = names
        # The call that last had a fragment with the id, index or name.
        self._ids: dict[str, GrowingCall] = {}
        self._indices: dict[int, GrowingCall] = {}
        self._by_name: dict[str, GrowingCall] = {}
        self._open: list[GrowingCall] = []  # those that may be incomplete
        self._latest: GrowingCall | None = None
        self._last_index: int | None = None
        self._shared: set[str] = set()  # ids that two calls have
        self._habits = Habits()

    def add(self, fragment: Fragment) -> GrowingCall:
        """Add a fragment to its call, which may be a new one; gives the call."""
        if fragment.is_empty and self._latest is not None and fragment.index is None:
            return self._latest
        match = self._match(fragment)
        if match is None:
            call = self._begin(fragment, None)
        else:
            call = self._judge(fragment, match)
        if fragment.id is not None:
            if call.doubts is None and whole(self._ids.get(fragment.id, call)) is not call:
                self._shared.add(fragment.id)
            self._ids[fragment.id] = call
            if call.wire_id is None:
                call.wire_id = fragment.id
        if fragment.index is not None:
            self._indices[fragment.index] = call
            self._last_index = fragment.index
        self._latest = call
        self._extend(call, fragment)
        return call

    def _judge(self, fragment, match):
        call = match.call
        verdict = decide(fragment, match, self._names)
        if verdict == "begins" and fragment.name is not None:
            other = self._with_name(fragment, match)
            if other is not None:
                verdict, call = "continues", other
        if verdict != "continues":
            return self._begin(fragment, call if verdict == "may begin" else None)
        if call.rival is not None and call.rival.differs_in(match.key):
            self._confirm(call.rival)
        if match.has_other_id:
            self._habits.ids_change = True
        elif call.wire_id is not None and fragment.id == call.wire_id:
            call.id_stays = True
        if not match.has_other_id and call.doubts is None and call.wire_id is not None:
            is_once = fragment.id is None and (fragment.text or fragment.name)
            if is_once or fragment.id == call.wire_id:
                self._habits.ids_stay = True
        if match.has_other_index:
            self._habits.index_grows = True
        is_rest = fragment.kind == "rest" and call.text.is_complete
        if match.has_other_id or match.has_other_index or is_rest:
            while self._is_part(call):
                call = self._merge(call)
        return call

    def _begin(self, fragment, doubted):
        call = GrowingCall(fragment)
        call.doubts = doubted
        if doubted is not None:
            doubted.rival = call
            doubted.id_stays = doubted.id_stays or doubted.wire_id == fragment.id is not None
            call.began_with_id = doubted.began_with_id
        self.calls.append(call)
        self._open.append(call)
        return call

    def _match(self, fragment: Fragment) -> Match | None:
        if self._latest is None:
            return None
        is_new_id = fragment.id is not None and fragment.id not in self._ids
        is_new_index = fragment.index is not None and fragment.index not in self._indices
        habits = self._habits
        if fragment.index is not None and not habits.index_grows:
            if not is_new_index and fragment.index != self._last_index:
                habits.index_returns = True
            habits.index_stays = habits.index_stays or not is_new_index
            is_other = len(self._indices) + is_new_index > 1
            habits.index_is_right = habits.index_stays and is_other
        call, key = whole(self._latest), "latest"
        if fragment.index is not None and not is_new_index:
            call, key = whole(self._indices[fragment.index]), "index"
        if fragment.id is not None and not is_new_id:
            of_id = whole(self._ids[fragment.id])
            is_elsewhere = of_id.doubts is not None and of_id.wire_index != fragment.index
            is_doubtful = fragment.id in self._shared or is_elsewhere
            if key != "index" or not is_doubtful:
                call, key = of_id, "id"
        if is_new_id or is_new_index:
            while call.doubts is not None and call.is_hollow:
                is_placed = key == "index" and call.doubts.wire_index != fragment.index
                is_late_id = fragment.id is not None and fragment.kind == "nothing"
                is_late_id = is_late_id and call.doubts.wire_id is None
                is_its_rest = bool(call.name) and fragment.name is None and not is_late_id
                has_own_id = call.wire_id not in (None, call.doubts.wire_id)
                is_piece = call.name and fragment.name not in (None, call.name)
                if is_placed or is_its_rest or is_piece or (has_own_id and not is_new_id):
                    break
                call = call.doubts
        if (
            fragment.index is not None
            and not is_new_index
            and call.doubts is not None
            and call.wire_index == fragment.index != call.doubts.wire_index
        ):
            self._confirm(call)
        if key != "id" and fragment.kind == "rest":
            if call.text.is_blank or not call.text.may_hold(fragment.text):
                other = self._last_open()
                if other is not None and (
                    fragment.name is None or other.name.strip() == fragment.name.strip()
                ):
                    call, key = self._merge(call) if call.doubts is other else other, "latest"
        return Match(
            fragment,
            call,
            key,
            is_new_index and call.wire_index is not None,
            is_new_id
            and (call.wire_id is not None or (fragment.name is not None and call.began_with_id)),
            is_new_id,
            self._habits,
        )

    def _last_open(self) -> GrowingCall | None:
        """The last call whose arguments have begun and may go on."""
        while self._open and (self._open[-1].part_of or self._open[-1].text.is_complete):
            self._open.pop()
        return next(
            (
                call
                for call in reversed(self._open)
                if not call.text.is_blank and not call.part_of and not call.text.is_complete
            ),
            None,
        )

    def _with_name(self, fragment, match):
        other = self._by_name.get(fragment.name.strip())
        if other is None or match.key == "id":
            return None
        other = whole(other)
        if (
            other.text.is_complete
            or other is match.call
            or (other.doubts is not None and other.text.is_blank)
        ):
            return None
        if other.text.is_explicitly_empty:
            return None
        if match.has_new_id and not self._habits.ids_change:
            return None
        if match.has_other_index and not self._habits.index_grows and fragment.kind != "rest":
            return None
        return other

    def _extend(self, call: GrowingCall, fragment: Fragment) -> None:
        """Add to a call what the fragment holds."""
        if fragment.name is not None and call.number is None:
            if call.doubts is not None:
                call.raw_names.append(fragment.name)
            if not call.name:
                call.is_named_first = call.is_new
                call.is_named_late = not call.text.is_blank or call.text.is_explicitly_empty
                call.name = fragment.name
            elif call.text.is_blank or self._names.all:
                call.name = self._names.join(call.name, fragment.name)
            self._by_name[call.name.strip()] = call
        call.is_new = False
        text = fragment.text
        if text:
            if call.doubts is not None:
                call.raw.append(text)
                is_own = call.wire_id is not None and call.wire_id != call.doubts.wire_id
                if is_own and call.doubts.text.is_complete and not self._habits.ids_change:
                    self._confirm(call)
            if not (
                call.text.is_complete and (fragment.kind == "nothing" or call.text.equals(text))
            ):
                call.text.add(text)
        if fragment.extra:
            call.extra = merge_extras((call.extra, fragment.extra))

    def _is_part(self, call: GrowingCall) -> bool:
        """Whether a call that goes on with another id or index is a part of the one before it."""
        before = call.doubts
        if before is None or before.text.is_complete or before.is_named_late:
            return False
        has_own_id = call.wire_id not in (None, before.wire_id)
        if has_own_id and (self._habits.ids_stay or call.id_stays):
            return False
        is_same = not call.name or not before.name or call.name.strip() == before.name.strip()
        return is_same or not self._names.is_known(before.name)

    def _confirm(self, call: GrowingCall) -> None:
        """End the doubts about a call: it is one of its own."""
        if call.doubts is not None:
            if call.wire_id is not None and call.wire_id == call.doubts.wire_id:
                self._shared.add(call.wire_id)
            call.doubts.rival = None
            call.doubts = None

    def _merge(self, call: GrowingCall) -> GrowingCall:
        """Make a call a part of the one that it doubts; gives that one."""
        before = call.doubts
        assert before is not None
        self._confirm(call)
        call.part_of = before
        if before.doubts is not None:
            before.raw_names += call.raw_names
        for name in call.raw_names:
            if before.number is None:
                before.name = self._names.join(before.name, name)
        for text in () if before.text.is_complete else call.raw:
            before.text.add(text)
            if before.doubts is not None:
                before.raw.append(text)
        if call.extra:
            before.extra = merge_extras((before.extra, call.extra))
        return before

    def end(self) -> None:
        """End all doubts, since no fragment follows."""
        ending = self.ending()
        for call, before in ending.parts.items():
            self._confirm(call)
            call.part_of = before
        for call in self.calls:
            if call.doubts is not None:
                self._confirm(call)
            call.text, call.name = ending.text_of(call), ending.name_of(call)
            call.wire_id = ending.id_of(call)
            call.extra = ending.extra_of(call)

    def ending(self) -> Ending:
        """How the calls end if no fragment follows. Changes nothing."""
        return Ending(self.calls, self._habits, self._names)


def whole(call: GrowingCall) -> GrowingCall:
    while call.part_of is not None:
        call = call.part_of
    return call

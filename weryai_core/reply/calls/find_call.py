"""Finds the call of each fragment by the `rules`, and adds the fragment to it."""

from __future__ import annotations

from weryai_core.reply.calls.end_doubts import Ending
from weryai_core.reply.calls.growing_call import Fragment, GrowingCall
from weryai_core.reply.calls.known_names import KnownNames
from weryai_core.reply.calls.rules import Habits, Key, Match, decide


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
        self._habits = Habits()
        # The call that last had a fragment with the id, the index, the name.
        self._of_id: dict[str, GrowingCall] = {}
        self._of_index: dict[int, GrowingCall] = {}
        self._of_name: dict[str, GrowingCall] = {}
        self._begun: list[GrowingCall] = []  # whose arguments may be open
        self._latest: GrowingCall | None = None
        self._last_index: int | None = None

    def add(self, fragment: Fragment) -> GrowingCall:
        """Add a fragment to its call, which may be a new one; gives the call."""
        match = self._match(fragment)
        call = self._begin(fragment) if match is None else self._decide(match)
        was_blank = call.text.is_blank
        call.add(fragment, self._names)
        if was_blank and not call.text.is_blank:
            self._begun.append(call)
        before = call.before
        is_own = call.has_own_id and not self._habits.ids_change
        if before is not None and fragment.text and is_own:
            is_proven = call.has_own_index and call.text.is_complete
            if is_proven or before.text.is_complete:
                call.confirm()
        self._register(call, fragment)
        return call

    def add_piece(self, index: int, text: str) -> GrowingCall | None:
        """`add` for the next piece of arguments; None, and no change, if that is not certain.

        Args:
            index: The service's index of the call.
            text: The piece, which comes without id and name.
        """
        call = self._of_index.get(index)
        if call is None or call.number is None or call.before or call.rival:
            return None
        if not text or not call.text.takes_at_once(text):
            return None
        self._note_index(index, is_new=False)
        self._habits.ids_stay = self._habits.ids_stay or call.wire_id is not None
        self._habits.names_once = True
        self._latest, self._last_index = call, index
        call.text.append(text)
        return call

    def ending(self) -> Ending:
        """How the calls end if no fragment follows. Changes nothing."""
        return Ending(self.calls, self._habits, self._names)

    def end(self) -> None:
        """End all doubts, since no fragment follows."""
        ending = self.ending()
        for call in self.calls:
            call.confirm()
            call.text, call.name = ending.text_of(call), ending.name_of(call)
            call.wire_id, call.extras = ending.id_of(call), ending.extras_of(call)
        for call, before in ending.parts.items():
            call.part_of = before

    def _match(self, fragment: Fragment) -> Match | None:
        """The call that a fragment seems to belong to; None if there is none yet."""
        if self._latest is None:
            return None
        index, id_ = fragment.index, fragment.id
        is_new_index = index is not None and index not in self._of_index
        is_new_id = id_ is not None and id_ not in self._of_id
        if index is not None:
            self._note_index(index, is_new=is_new_index)
        key: Key = "latest"
        call = self._latest.whole
        if index is not None and not is_new_index:
            call, key = self._of_index[index].whole, "index"
        if id_ is not None and not is_new_id:
            of_id = self._of_id[id_].whole
            is_elsewhere = of_id.before is not None and of_id.wire_index != index
            if key != "index" or not (of_id.shares_id or is_elsewhere):
                call, key = of_id, "id"
        if is_new_id or is_new_index:
            call = _without_hollow(fragment, call, key, is_new_id=is_new_id)
        is_placed = not is_new_index and call.wire_index == index
        if index is not None and is_placed and call.has_own_index:
            call.confirm()
        if fragment.kind == "rest":
            call, key = self._open_for(fragment, call, key)
        has_id = call.wire_id is not None or (fragment.name is not None and call.began_with_id)
        return Match(
            fragment,
            call,
            key,
            has_new_id=is_new_id,
            has_other_id=is_new_id and has_id,
            has_other_index=is_new_index and call.wire_index is not None,
            habits=self._habits,
        )

    def _decide(self, match: Match) -> GrowingCall:
        """The call that a fragment continues, or a new one."""
        fragment, call, habits = match.fragment, match.call, self._habits
        verdict = decide(match, self._names)
        other = self._with_name(match) if verdict == "begins" else None
        if other is not None:
            call = other
        elif verdict != "continues":
            return self._begin(fragment, call if verdict == "may begin" else None)
        rival = call.rival
        if rival is not None and (
            (match.key == "id" and rival.has_own_id)
            or (match.key == "index" and rival.has_own_index)
        ):
            rival.confirm()
        if match.has_other_id:
            habits.ids_change = True
        elif call.wire_id is not None and fragment.id in (None, call.wire_id):
            is_same = fragment.id is not None
            call.id_stays = call.id_stays or is_same
            if call.before is None and (is_same or fragment.text or fragment.name):
                habits.ids_stay = True
        if fragment.name is None and fragment.text and call.name:
            habits.names_once = True
        habits.index_grows = habits.index_grows or match.has_other_index
        if match.has_other_id or match.has_other_index:
            while self._is_part(call):
                call = call.merge(self._names)
        return call

    def _begin(self, fragment: Fragment, before: GrowingCall | None = None) -> GrowingCall:
        call = GrowingCall(fragment, before)
        latest = self._latest
        call.is_after_name = latest is not None and bool(latest.name) and latest.text.is_void
        self.calls.append(call)
        return call

    def _register(self, call: GrowingCall, fragment: Fragment) -> None:
        if fragment.id is not None:
            other = self._of_id.get(fragment.id, call).whole
            if other is not call and call.before is None:
                call.shares_id = other.shares_id = True
            self._of_id[fragment.id] = call
        if fragment.index is not None:
            self._of_index[fragment.index] = call
            self._last_index = fragment.index
        if fragment.name is not None:
            self._of_name[call.name.strip()] = call
        self._latest = call

    def _note_index(self, index: int, *, is_new: bool) -> None:
        habits = self._habits
        if not habits.index_grows:
            habits.indices = len(self._of_index) + is_new
            habits.index_stays = habits.index_stays or not is_new
            habits.index_returns = habits.index_returns or (
                not is_new and index != self._last_index
            )

    def _open_for(self, fragment: Fragment, call: GrowingCall, key: Key) -> tuple[GrowingCall, Key]:
        """The call whose arguments go on with a text that cannot begin any."""
        before = call.before
        if key == "id" and before is None:
            return call, key
        if not call.text.is_blank and call.text.may_hold(fragment.text):
            return call, key
        if before is not None and before.text.is_open:
            return call.merge(self._names), "latest"
        if key == "latest":
            other = self._last_open()
            name = fragment.name
            if other is not None and (name is None or name.strip() == other.name.strip()):
                return other, "latest"
        return call, key

    def _last_open(self) -> GrowingCall | None:
        """The last call whose arguments have begun and go on."""
        begun = self._begun
        while begun and (begun[-1].part_of is not None or not begun[-1].text.is_open):
            begun.pop()
        return begun[-1] if begun else None

    def _with_name(self, match: Match) -> GrowingCall | None:
        """An open call with the name of the fragment, where calls take turns."""
        fragment, habits = match.fragment, self._habits
        name = (fragment.name or "").strip()
        call = self._of_name.get(name)
        if call is None or match.key == "id" or not self._names.is_known(name):
            return None
        call = call.whole
        if call is match.call or call.text.is_complete or call.text.is_empty_object:
            return None
        if call.before is not None and call.text.is_blank:
            return None
        if match.has_new_id and not habits.ids_change:
            return None
        if match.has_other_index and not habits.index_grows and fragment.kind != "rest":
            return None
        return call

    def _is_part(self, call: GrowingCall) -> bool:
        """Whether a call that goes on with another id or index is a part of the one before it."""
        before = call.before
        if before is None or before.text.is_complete or before.is_named_late:
            return False
        if call.has_own_id and (self._habits.ids_stay or call.id_stays):
            return False
        is_same = not call.name or not before.name or call.name.strip() == before.name.strip()
        return is_same or not self._names.is_known(before.name)


def _without_hollow(
    fragment: Fragment, call: GrowingCall, key: Key, *, is_new_id: bool
) -> GrowingCall:
    """The call before those that hold nothing, unless the fragment belongs to one of them."""
    while call.before is not None and call.is_hollow:
        before = call.before
        is_late_id = fragment.id is not None and fragment.kind == "nothing" and not before.wire_id
        is_for_named = bool(call.name) and fragment.name is None and not is_late_id
        is_other_name = bool(call.name) and fragment.name not in (None, call.name)
        is_placed = key == "index" and before.wire_index != fragment.index
        if is_placed or is_for_named or is_other_name or (call.has_own_id and not is_new_id):
            break
        call = before
    return call

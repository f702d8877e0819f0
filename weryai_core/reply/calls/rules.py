"""RULES"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from weryai_core.reply.calls.growing_call import Fragment, GrowingCall
from weryai_core.reply.calls.known_names import KnownNames

Verdict = Literal["continues", "begins", "may begin"]


@dataclass(slots=True)
class Habits:
    """What the fragments so far have shown of the service."""

    ids_change: bool = False
    ids_stay: bool = False
    index_grows: bool = False
    index_stays: bool = False
    index_is_right: bool = False
    index_returns: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A fragment and the call that it seems to belong to."""

    fragment: Fragment
    call: GrowingCall
    key: Literal["id", "index", "latest"]
    has_other_index: bool
    has_other_id: bool
    has_new_id: bool
    habits: Habits

    @property
    def has_own_id(self) -> bool:
        is_right = self.key == "index" and self.habits.index_is_right
        return self.has_other_id and not self.habits.ids_change and not is_right

    @property
    def has_own_index(self) -> bool:
        if not self.has_other_index or self.habits.index_grows:
            return False
        if self.key == "id" and self.fragment.name is None and self.call.is_named_first:
            return False
        return self.fragment.id is not None or not self.call.began_with_id

    @property
    def has_own_key(self) -> bool:
        return self.has_own_id or self.has_own_index


def decide(fragment: Fragment, match: Match, names: KnownNames) -> Verdict:
    if fragment.name is None:
        return _without_name(fragment, match)
    if not match.call.name:
        return _with_first_name(fragment, match)
    call = match.call
    has_arguments = not call.text.is_blank or call.text.is_explicitly_empty
    fit = names.fit(call.name, fragment.name, has_arguments=has_arguments)
    if fit == "same":
        return _with_same_name(fragment, match)
    if fit == "grown" and (match.has_own_key or (fragment.index is None and match.key != "id")):
        fit = "other"
    if fit == "other":
        return "begins"
    if not match.has_own_key or not names.may_begin(fragment.name):
        return "continues"
    is_own = match.has_own_id and match.has_own_index and names.is_known(call.name)
    return "begins" if is_own or not names.all else "may begin"


def _with_same_name(fragment: Fragment, match: Match) -> Verdict:
    call, text, habits = match.call, match.call.text, match.habits
    if text.is_complete:
        if fragment.kind == "nothing" and match.has_new_id and not match.has_other_id:
            return "continues"
        is_something = fragment.kind != "nothing"
        if match.has_own_id and (habits.ids_stay or is_something or match.has_own_index):
            return "begins"
        if match.has_own_index and (habits.index_is_right or is_something):
            return "begins"
        return "continues" if fragment.kind == "rest" else "may begin"
    if not text.is_blank:
        if fragment.kind == "rest" or (fragment.text and fragment.kind == "nothing"):
            return "continues"
        if fragment.kind == "begin" and not text.may_hold(fragment.text):
            return "may begin"
    if match.key == "id":
        return "may begin" if match.has_own_index else "continues"
    if match.has_own_id and habits.ids_stay:
        return "begins"
    if match.has_other_index:
        if habits.index_grows and not match.has_own_id:
            return "continues"
        is_certain = match.has_own_index and (match.has_other_id or habits.index_stays)
        return "begins" if is_certain else "may begin"
    if match.has_other_id:
        return "may begin" if match.has_own_id else "continues"
    is_keyless = fragment.index is None and fragment.id is None and call.wire_id is None
    is_same_delta = match.call.began_in == fragment.delta
    if text.is_explicitly_empty and fragment.kind == "begin" and is_same_delta and is_keyless:
        return "begins"
    return "continues"


def _with_first_name(fragment: Fragment, match: Match) -> Verdict:
    text = match.call.text
    if fragment.kind == "begin" and text.is_complete:
        is_same = text.equals(fragment.text) and not match.has_own_key
        return "continues" if is_same else "begins"
    has_arguments = not text.is_blank or text.is_explicitly_empty
    if match.key == "latest" and match.has_own_key:
        return "continues" if has_arguments and not match.has_own_index else "may begin"
    return "continues"


def _without_name(fragment: Fragment, match: Match) -> Verdict:
    call, text = match.call, match.call.text
    has_own_key = match.has_own_key
    has_other_key = match.has_other_id or match.has_other_index
    is_late = call.is_named_late
    if fragment.kind == "rest":
        return "continues"
    if fragment.kind == "nothing":
        if match.has_new_id and call.wire_id is None:
            return "continues"
        if is_late and text.is_complete and has_other_key:
            return "begins"
        return "may begin" if has_own_key else "continues"
    if text.is_complete or is_late:
        if has_own_key:
            return "begins"
        if is_late:
            return "begins"
        if text.equals(fragment.text):
            return "continues"
        has_no_key = fragment.index is None and fragment.id is None
        return "begins" if not call.name or has_other_key or has_no_key else "continues"
    if not has_own_key:
        return "continues"
    if not text.is_blank and not text.may_hold(fragment.text):
        return "begins"
    is_perhaps_late = call.doubts is not None and not call.doubts.name
    return "continues" if call.is_named_first and not is_perhaps_late else "may begin"

"""The rules by which a fragment continues a call, or begins one.

A service should number its calls and send id and name of each once, first (OpenAI). Services behind
gateways get the index, the id and the name wrong. Two things tell what they mean all the same: JSON
ends with its last bracket, and a call has one name. The call that a fragment seems to belong to is
the one with its id, else the one with its index, else the latest one.

What continues a call:

1. Text that cannot begin arguments, whatever the id and the index next to it. It goes to the call
   whose arguments are open. Services invent an id or an index for each fragment.
   https://github.com/poolsideai/pool/issues/9, https://github.com/BerriAI/litellm/pull/28223,
   https://github.com/dirac-run/dirac/pull/215
2. A fragment without a name, as long as the arguments are not complete.
   https://github.com/vllm-project/vllm/pull/23522
3. The same name as long as the arguments are not complete, the next piece of a name, and the name
   so far with more. https://github.com/SillyTavern/SillyTavern/pull/5948
4. A name for a call without one, and an id for a call without one.
   https://github.com/vercel/ai/issues/14722, https://github.com/XiaomiMiMo/MiMo-Code/pull/2421

What begins a call:

5. Another name. https://github.com/openclaw/openclaw/pull/40996
6. The same name after complete arguments, whatever the id and the index.
   https://github.com/unslothai/unsloth/issues/9807,
   https://github.com/vllm-project/vllm/issues/18412,
   https://github.com/huggingface/smolagents/pull/1958,
   https://github.com/HKUDS/nanobot/pull/3943
7. The same name with an id and an index of its own, as OpenAI sends it; before the arguments of
   the call before are complete, once its own are, or a fragment has its index.
8. An object without a name after complete arguments. It is left out unless its name follows.

What may begin a call: the same name with an id, or an index, of its own before the arguments are
complete, and what follows complete arguments but brings nothing new. It is held back, in doubt,
until a later fragment tells: one with the id or the index of the call before shows that there are
two calls; one that rule 1 gives to the call in doubt shows that ids change or that the index grows,
and that there is one. `Habits` keeps what has been shown, for the rest of the answer. What is in
doubt at the end is decided by `end_doubts`: one call rather than two, so that no tool runs with
`{}` though its arguments came, and none runs twice.
https://github.com/unslothai/unsloth/pull/10275, https://github.com/charmbracelet/crush/issues/3107

What a text adds to the arguments, and when it is cumulative, is decided by `growing_text`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from weryai_core.reply.calls.growing_call import Fragment, GrowingCall
from weryai_core.reply.calls.known_names import KnownNames

Key = Literal["id", "index", "latest"]
Verdict = Literal["continues", "begins", "may begin"]


@dataclass(slots=True)
class Habits:
    """What the fragments so far have shown of the service.

    Attributes:
        ids_change: A fragment with a new id continued a call that had one.
        ids_stay: A fragment with the id of its call, or without one, continued a call.
        index_grows: A fragment with a new index continued a call that had one.
        index_stays: Two fragments had the same index.
        index_returns: An index came again after another one.
        names_once: A fragment without a name continued a call with one.
        indices: How many indices have come.
    """

    ids_change: bool = False
    ids_stay: bool = False
    index_grows: bool = False
    index_stays: bool = False
    index_returns: bool = False
    names_once: bool = False
    indices: int = 0

    @property
    def index_is_right(self) -> bool:
        """Whether the index neither grows nor is the same for all calls."""
        return self.index_stays and self.indices > 1 and not self.index_grows


@dataclass(slots=True)  # not frozen, which takes twice the time
class Match:
    """A fragment, and the call that it seems to belong to.

    Attributes:
        fragment: The fragment.
        call: The call.
        key: What they have in common.
        has_new_id: Whether the fragment has an id that no call had before.
        has_other_id: Whether the call has another one.
        has_other_index: Whether the fragment has a new index, and the call has another one.
        habits: What the fragments before have shown.
    """

    fragment: Fragment
    call: GrowingCall
    key: Key
    has_new_id: bool
    has_other_id: bool
    has_other_index: bool
    habits: Habits

    @property
    def has_own_id(self) -> bool:
        """Whether the id speaks for another call."""
        is_placed = self.key == "index" and self.habits.index_is_right
        return self.has_other_id and not self.habits.ids_change and not is_placed

    @property
    def has_own_index(self) -> bool:
        """Whether the index speaks for another call."""
        if not self.has_other_index or self.habits.index_grows:
            return False
        if self.key == "id" and self.fragment.name is None and self.call.is_named_first:
            return False
        fragment, call = self.fragment, self.call
        if fragment.id is None and call.began_with_id:
            # Where calls begin with an id, what has none begins no call, unless all come at once.
            return fragment.kind == "begin" and fragment.delta == call.began_in
        return True

    @property
    def has_own_key(self) -> bool:
        """Whether the id or the index speaks for another call."""
        return self.has_own_id or self.has_own_index


def decide(match: Match, names: KnownNames) -> Verdict:
    """Whether a fragment continues the call that it seems to belong to."""
    name, call = match.fragment.name, match.call
    if name is None:
        return _without_name(match)
    if not call.name:
        return _with_first_name(match)
    fit = names.fit(call.name, name, has_arguments=not call.text.is_void)
    if fit == "same":
        return _with_same_name(match)
    is_unplaced = match.fragment.index is None and match.key != "id"
    if fit == "other" or (fit == "grown" and (match.has_own_key or is_unplaced)):
        return "begins"
    if not match.has_own_key:
        return "continues"
    is_own = match.has_own_id and match.has_own_index
    if not names.may_begin(name):
        is_other = call.before is None and (is_own or names.may_begin(call.name))
        return "begins" if is_other and not names.may_begin(call.name + name) else "continues"
    is_own = is_own and names.is_known(call.name)
    return "begins" if is_own or not names.all else "may begin"


def _without_name(match: Match) -> Verdict:
    fragment, call, text = match.fragment, match.call, match.call.text
    has_other_key = match.has_other_id or match.has_other_index
    if fragment.kind == "rest" or (fragment.kind == "nothing" and fragment.text and text.is_open):
        return "continues"
    if fragment.kind == "nothing":
        if match.has_new_id and call.wire_id is None:
            return "continues"
        if call.is_named_late and text.is_complete and has_other_key:
            return "begins"
        return "may begin" if match.has_own_key else "continues"
    if text.is_complete or call.is_named_late:
        if match.has_own_key or call.is_named_late:
            return "begins"
        is_keyless = fragment.index is None and fragment.id is None
        is_other = is_keyless or has_other_key or not call.name or call.is_after_name
        # Two objects in one call are no arguments, as in a whole reply.
        return "begins" if is_other and not text.equals(fragment.text) else "continues"
    if not match.has_own_key:
        return "continues"
    if text.is_open and not text.may_hold(fragment.text):
        return "begins"
    may_be_named = call.before is not None and not call.before.name
    return "continues" if call.is_named_first and not may_be_named else "may begin"


def _with_first_name(match: Match) -> Verdict:
    fragment, text = match.fragment, match.call.text
    if fragment.kind == "begin" and text.is_complete:
        is_repeated = text.equals(fragment.text) and not match.has_own_key
        return "continues" if is_repeated else "begins"
    if match.key == "latest" and match.has_own_key and (text.is_void or match.has_own_index):
        return "may begin"
    return "continues"


def _with_same_name(match: Match) -> Verdict:
    fragment, text, habits = match.fragment, match.call.text, match.habits
    if text.is_complete:
        return _after_complete(match)
    if text.is_open:
        if fragment.kind == "rest" or (fragment.kind == "nothing" and fragment.text):
            return "continues"
        if fragment.kind == "begin" and not text.may_hold(fragment.text):
            return "may begin"
    if text.is_empty_object and (habits.names_once or _is_next_in_list(match)):
        return "begins"
    if match.key == "id":
        return "may begin" if match.has_own_index else "continues"
    if match.has_own_id and habits.ids_stay:
        return "begins"
    if match.has_other_index:
        if habits.index_grows and not match.has_own_id:
            return "continues"
        # Without `ids_stay`, arguments that a third fragment goes on with are those of one call.
        is_certain = match.has_own_index and habits.index_stays
        return "begins" if is_certain else "may begin"
    return "may begin" if match.has_own_id else "continues"


def _after_complete(match: Match) -> Verdict:
    """The verdict on a fragment with the name of a call whose arguments are complete."""
    fragment, habits = match.fragment, match.habits
    is_nothing = fragment.kind == "nothing"
    if is_nothing and match.has_new_id and not match.has_other_id:
        return "continues"
    if match.has_own_id and (habits.ids_stay or not is_nothing or match.has_own_index):
        return "begins"
    if match.has_own_index and (habits.index_is_right or not is_nothing):
        return "begins"
    return "continues" if fragment.kind == "rest" else "may begin"


def _is_next_in_list(match: Match) -> bool:
    """Whether a fragment has neither id nor index, and stands in the same delta as its call."""
    fragment, call = match.fragment, match.call
    is_keyless = fragment.index is None and fragment.id is None and call.wire_id is None
    return is_keyless and fragment.kind == "begin" and call.began_in == fragment.delta

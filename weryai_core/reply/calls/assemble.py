"""Puts fragments of tool calls in order, whatever the upstream's habits.

OpenAI numbers the calls of a streamed answer and sends id and name once. Upstreams behind gateways
also give two calls the same number or id, or none; repeat id and name on every fragment, or the
whole call at the end; cut the name, or send it or the id late or never; and send as arguments an
object, an empty object before the real one, or JSON text within JSON text.

`ToolCallAssembler` finds the call of each fragment. A call leaves when its id and its whole name
are known, at the latest when the answer ends, and calls leave in the order in which they began.
So the first fragment that leaves has the id and the name, and no id is made up that comes later. A
call without a name never leaves. `tool_names` are the names that the request sent: they tell a cut
name from a whole one, and each name is translated to the one that the user gave.

A call that a later delta brings again, with the same name and arguments, under the same index and
without an id of its own, is the same call. It may be two equal calls, but a tool that runs once too
often, such as a payment, is worse than one that runs once too few. Equal calls in one delta are
two.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from weryai_core.chunk import ToolCallDelta, merge_extras
from weryai_core.identifiers.written_names import ToolNames, given_name, read_name, with_name
from weryai_core.reply.calls.growing_call import EMPTY_OBJECT, GrowingCall, begins, finished
from weryai_core.wire import arguments_of, call_extras, id_of, write_json

_log = logging.getLogger(__name__)


class ToolCallAssembler:
    """Numbers the tool calls of one streamed choice: 0, 1, 2 ... as they began.

    Args:
        tool_names: The names that the request sent.
    """

    def __init__(self, tool_names: ToolNames) -> None:
        self._tool_names = tool_names
        # A model may also write the name that it reads in the prompt.
        self._known = frozenset((*tool_names, *tool_names.values()))
        self._calls: list[GrowingCall] = []
        self._owners: dict[str, GrowingCall] = {}  # of the service's ids
        self._deltas = 0
        self._left = 0  # calls that have left, and so the number of the next one

    def add(self, fragments: Sequence[Mapping[str, Any]]) -> tuple[ToolCallDelta, ...]:
        """The entries of one `delta.tool_calls`: what can leave, one fragment a call."""
        self._deltas += 1
        for fragment in fragments:
            self._take(fragment)
        return tuple(self._release())

    def add_arguments(self, index: int, arguments: str) -> ToolCallDelta | None:
        """`add` for a fragment with arguments alone; None, and no change, if that is not certain.

        Args:
            index: The service's index of the call.
            arguments: The next piece of its arguments.
        """
        same = (call for call in reversed(self._calls) if call.wire_index == index)
        call = next(same, None)
        if call is None or call.index is None or not call.arguments or begins(arguments):
            return None
        self._deltas += 1
        call.append(arguments)
        return ToolCallDelta(call.index, arguments=arguments)

    def finish(self) -> tuple[ToolCallDelta, ...]:
        """What was held back because an id or the rest of a name might come: none does."""
        return tuple(self._release(is_end=True))

    def held(self) -> tuple[ToolCallDelta, ...]:
        """What `finish` and the end of the stream bring. Changes nothing."""
        late = []
        number = self._left
        for call in self._without_repeats():
            arguments = call.unsent if call.arguments else finished(call.held)
            if call.index is not None:
                if arguments and not call.arguments:
                    late.append(ToolCallDelta(call.index, arguments=arguments))
            elif call.name.strip():
                name = self._given_name(call.name)
                late.append(ToolCallDelta(number, self._id_of(call), name, arguments, call.extra))
                number += 1
        return tuple(late)

    def log_nameless(self) -> None:
        """Log how many calls of the answer are left out because they have no name."""
        log_nameless(sum(not call.name.strip() for call in self._calls))

    def _without_repeats(self) -> Iterator[GrowingCall]:
        """The calls without those that only repeat an earlier one."""
        for number, call in enumerate(self._calls):
            # Those that have left are kept.
            is_kept = call.index is not None or not call.name.strip()
            if is_kept or not any(map(call.repeats, self._calls[:number])):
                yield call

    def _take(self, fragment: Mapping[str, Any]) -> None:
        fragment = with_name(fragment, self._known)
        wire_id, wire_index = id_of(fragment), _number(fragment.get("index"))
        name, arguments = read_name(fragment, self._known), _to_text(arguments_of(fragment))
        call = self._find(wire_index, wire_id, name, arguments)
        if call is None:
            call = GrowingCall(wire_index, self._deltas)
            self._calls.append(call)
        elif begins(arguments) and call.is_complete and call.equals(arguments):
            arguments = ""  # some repeat the whole call at the end
        elif (rest := call.rest_of(arguments)) is not None:
            arguments = rest  # some repeat the arguments so far on each fragment
        call.wire_id = call.wire_id or wire_id
        if name is not None and call.index is None:
            call.name = self._joined(call, name)
        if not call.arguments:
            arguments = call.begin(arguments)
        if arguments:
            call.append(arguments)
            call.unsent += arguments
        extra = call_extras(fragment)
        if extra:
            call.extra = merge_extras((call.extra, extra))

    def _release(self, *, is_end: bool = False) -> Iterator[ToolCallDelta]:
        waits = False  # a call that waits holds back those that began after it
        for call in self._without_repeats() if is_end else self._calls:
            if call.index is not None:
                if call.unsent or call.extra:
                    yield ToolCallDelta(call.index, arguments=call.unsent, extra=call.extra)
            elif (is_end and call.name.strip()) or (not waits and self._is_ready(call)):
                call.index = self._left
                self._left += 1
                id_, name = self._id_of(call), self._given_name(call.name)
                yield ToolCallDelta(call.index, id_, name, call.unsent, call.extra)
            else:
                waits = True
                continue
            call.unsent, call.extra = "", {}

    def _is_ready(self, call: GrowingCall) -> bool:
        """Whether id and name are known, the name is whole, and the call is no repeated one."""
        name = call.name.strip()
        if not call.wire_id or not name:
            return False
        if self._owners.get(call.wire_id, call) is not call:
            return False  # perhaps the other call once more
        if self._is_beginning(name):
            return False  # the rest may come after the arguments
        return name in self._known or call.has_arguments

    def _is_beginning(self, name: str) -> bool:
        """Whether a known name begins with this name and goes on."""
        name = name.strip()
        return any(other != name and other.startswith(name) for other in self._known)

    def _id_of(self, call: GrowingCall) -> str:
        """The service's id; a generated one if it is missing or another call has it."""
        if call.wire_id and self._owners.setdefault(call.wire_id, call) is call:
            return call.wire_id
        call.own_id = call.own_id or _generated_id()
        return call.own_id

    def _given_name(self, name: str) -> str:
        return given_name(name, self._tool_names)

    def _joined(self, call: GrowingCall, piece: str) -> str:
        """The name of a call with the next piece, which may also be the whole name again."""
        if not call.name:
            return piece
        joined = call.name + piece
        if call.has_arguments and not self._known:
            return call.name
        if piece.startswith(call.name):
            # Some repeat the name so far on each fragment, or the whole name.
            whole = next((name for name in (piece, joined) if name in self._known), None)
            options = [whole or piece, joined]
        else:
            options = [joined, call.name, piece]
        return next((name for name in options if _may_become(name, self._known)), options[0])

    def _find(
        self, wire_index: int | None, wire_id: str | None, name: str | None, arguments: str
    ) -> GrowingCall | None:
        """The call that a fragment continues; None if it begins a new call."""
        if not self._calls:
            return None
        if wire_id:
            same_id = [
                call
                for call in self._calls
                if call.wire_id == wire_id
                and (wire_index is None or call.wire_index in (None, wire_index))
            ]
            if same_id:
                return self._unless_anew(same_id[-1], wire_index, name, arguments, has_id=True)
        candidates = [
            call for call in self._calls if wire_index is None or call.wire_index == wire_index
        ]
        latest = candidates[-1] if candidates else self._calls[-1]
        if not candidates or (wire_id and latest.wire_id):
            # Another index or id is another call, unless this can only be the rest of the latest:
            # some make up an index or an id for each fragment.
            is_rest = name in (None, latest.name) and arguments.strip() and not begins(arguments)
            return latest if is_rest and latest.arguments and not latest.is_complete else None
        return self._unless_anew(latest, wire_index, name, arguments, has_id=False)

    def _unless_anew(
        self,
        call: GrowingCall,
        wire_index: int | None,
        name: str | None,
        arguments: str,
        *,
        has_id: bool,
    ) -> GrowingCall | None:
        """The call, unless a fragment with its index or its id begins another one.

        Arguments begin with a brace; what follows complete arguments belongs to another call.
        """
        is_begin, is_later = begins(arguments), call.began_in != self._deltas
        if name is None and call.name and (has_id or wire_index is not None):
            return call  # two objects in one call are no arguments, as in a whole reply
        if name is None or not call.name:
            is_other = is_begin and call.is_complete and not call.equals(arguments)
            return None if is_other else call
        if not call.has_arguments:
            return None if self._are_two(call, name, wire_index) else call
        if name == call.name or self._may_continue(call.name, name):
            is_repeated = is_later and call.equals(arguments)
            is_empty = EMPTY_OBJECT.fullmatch(call.held) is not None
            is_done = call.is_complete or (is_empty and not has_id and not is_later)
            return None if is_begin and is_done and not is_repeated else call
        return None

    def _may_continue(self, name: str, piece: str) -> bool:
        """Whether a piece continues a name although its arguments have begun."""
        if not self._known:
            return False
        if name.strip() in self._known:
            return self._is_beginning(name) and _may_become(name + piece, self._known)
        return any(_may_become(whole, self._known) for whole in (name + piece, piece))

    def _are_two(self, call: GrowingCall, name: str, wire_index: int | None) -> bool:
        """Whether two names without arguments are two calls, and not two pieces of a name."""
        if name == call.name or (self._known and _may_become(call.name + name, self._known)):
            return False
        grows = name.startswith(call.name)  # or another tool, whose name begins with that of one
        if call.name in self._known and name in self._known:
            return wire_index is None or not grows
        return wire_index is None and not grows and call.began_in == self._deltas


def whole_tool_calls(
    entries: Sequence[Mapping[str, Any]], tool_names: ToolNames
) -> tuple[ToolCallDelta, ...]:
    """The calls of a whole reply's `message.tool_calls`. Those without a name are left out."""
    calls: list[ToolCallDelta] = []
    ids: set[str] = set()
    known = frozenset((*tool_names, *tool_names.values()))
    for given in entries:
        entry = with_name(given, known)
        name = (read_name(entry, known) or "").strip()
        if not name:
            continue
        call = GrowingCall(None, 0)
        arguments = call.begin(_to_text(arguments_of(entry))) or finished(call.held)
        id_ = id_of(entry)
        if id_ is None or id_ in ids:
            id_ = _generated_id()
        ids.add(id_)
        name = given_name(name, tool_names)
        calls.append(ToolCallDelta(len(calls), id_, name, arguments, call_extras(entry)))
    log_nameless(len(entries) - len(calls))
    return tuple(calls)


def _generated_id() -> str:
    """An id in the form of OpenAI's."""
    return f"call_{uuid.uuid4().hex[:24]}"


def log_nameless(count: int) -> None:
    """Log how many calls of an answer are left out because they have no name."""
    if count:
        _log.warning("The answer has %d tool calls without a name. They are left out.", count)


def _may_become(name: str, known: Collection[str]) -> bool:
    """Whether a name is known, or the beginning of a known one. Without known names, any may."""
    return not known or any(whole.startswith(name.strip()) for whole in known)


def _to_text(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else write_json(value).decode()


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) else None

"""Puts fragments of tool calls in order, whatever the upstream's habits.

`CallFinder` finds the call of each fragment; its rules stand in `rules`. A call leaves when its id
and its whole name are known and it is not in doubt, at the latest when the answer ends, and calls
leave in the order in which they began. So the first fragment that leaves has the id and the name,
and no id is made up that comes later. A call without a name never leaves. `tool_names` are the
names that the request sent: they tell a cut name from a whole one, and each name is translated to
the one that the user gave.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from weryai_core.brackets import as_broken
from weryai_core.chunk import ToolCallDelta
from weryai_core.identifiers.written_names import ToolNames, log_nameless, read_name, with_name
from weryai_core.limits import MAX_TOOL_CALLS, too_large
from weryai_core.new_chunk import new_fragment
from weryai_core.reply.calls.find_call import CallFinder
from weryai_core.reply.calls.growing_call import Fragment, GrowingCall
from weryai_core.reply.calls.growing_text import GrowingText
from weryai_core.reply.calls.known_names import KnownNames
from weryai_core.wire import arguments_of, call_extras, id_of, write_json

_MANY = "The tool calls of the answer are more than"


class ToolCallAssembler:
    """Numbers the tool calls of one streamed choice: 0, 1, 2 ... as they began.

    Args:
        tool_names: The names that the request sent.
    """

    def __init__(self, tool_names: ToolNames) -> None:
        self._names = KnownNames(tool_names)
        self._finder = CallFinder(self._names)
        self._owners: dict[str, GrowingCall] = {}  # of the service's ids
        self._deltas = 0
        self._next = 0  # place of the first call that may not have left
        self._has_name = False  # whether a call with a name has come
        self._left = 0  # calls that have left, and so the number of the next one

    @property
    def has_call(self) -> bool:
        """Whether a call with a name has come."""
        return self._left > 0 or self._has_name

    def add(self, fragments: Sequence[Mapping[str, Any]]) -> tuple[ToolCallDelta, ...]:
        """The entries of one `delta.tool_calls`: what can leave, one fragment a call."""
        self._deltas += 1
        calls = []
        for entry in fragments:
            calls.append(self._finder.add(self._read(entry)))
            if len(self._finder.calls) > MAX_TOOL_CALLS:
                raise too_large(_MANY, MAX_TOOL_CALLS)
        self._has_name = self._has_name or any(call.name.strip() for call in calls)
        return (*_grown(dict.fromkeys(calls)), *self._released())

    def add_arguments(self, index: int, arguments: str) -> ToolCallDelta | None:
        """`add` for a fragment with arguments alone; None, and no change, if that is not certain.

        Args:
            index: The service's index of the call.
            arguments: The next piece of its arguments.
        """
        call = self._finder.add_piece(index, arguments)
        if call is None or call.number is None:
            return None
        self._deltas += 1
        return new_fragment(call.number, arguments)

    def finish(self) -> tuple[ToolCallDelta, ...]:
        """What was held back because an id or the rest of a name might come: none does."""
        self._finder.end()
        return (*_grown(self._finder.calls), *self._released(is_end=True))

    def held(self) -> tuple[ToolCallDelta, ...]:
        """What `finish` and the end of the stream bring. Changes nothing."""
        ending = self._finder.ending()
        late = []
        number = self._left
        for call in self._finder.calls:
            name, extra = ending.name_of(call), ending.extra_of(call)
            rest = ending.text_of(call).rest()
            if call.number is not None:
                if rest or extra:
                    late.append(ToolCallDelta(call.number, arguments=rest, extra=extra))
            elif name.strip() and call.part_of is None and call not in ending.parts:
                id_ = self._id_of(call, ending.id_of(call))
                late.append(ToolCallDelta(number, id_, self._names.given(name), rest, extra))
                number += 1
        return tuple(late)

    def log_nameless(self) -> None:
        """Log how many calls of the answer are left out because they have no name."""
        ending = self._finder.ending()
        own = (call for call in self._finder.calls if call.part_of is None)
        log_nameless(
            sum(call not in ending.parts and not ending.name_of(call).strip() for call in own)
        )

    def _read(self, entry: Mapping[str, Any]) -> Fragment:
        entry = with_name(entry, self._names.all)
        return Fragment(
            self._deltas,
            _number(entry.get("index")),
            id_of(entry),
            read_name(entry, self._names.all),
            _to_text(arguments_of(entry)),
            call_extras(entry),
        )

    def _released(self, *, is_end: bool = False) -> Iterator[ToolCallDelta]:
        """The calls that leave; one that waits holds back those that began after it."""
        calls = self._finder.calls
        for place in range(self._next, len(calls)):
            call = calls[place]
            if call.number is None and call.part_of is None:
                if is_end and not call.name.strip():
                    continue
                if not is_end and not self._is_ready(call):
                    return
                call.number = self._left
                self._left += 1
                id_, name = self._id_of(call, call.wire_id), self._names.given(call.name)
                text = call.text.take()
                yield ToolCallDelta(call.number, id_, name, text, call.take_extra())
            if place == self._next:
                self._next += 1

    def _is_ready(self, call: GrowingCall) -> bool:
        """Whether id and name are known, the name is whole, and the call is not in doubt."""
        name = call.name.strip()
        if not call.wire_id or not name or call.before is not None:
            return False
        if self._owners.get(call.wire_id, call) is not call:
            return False  # perhaps the other call once more
        if self._names.is_beginning(name):
            return False  # the rest may come after the arguments
        return self._names.is_known(name) or not call.text.is_void

    def _id_of(self, call: GrowingCall, wire_id: str | None) -> str:
        """The service's id; a generated one if it is missing or another call has it."""
        if wire_id and self._owners.setdefault(wire_id, call) is call:
            return wire_id
        call.own_id = call.own_id or _generated_id()
        return call.own_id


def whole_tool_calls(
    entries: Sequence[Mapping[str, Any]], tool_names: ToolNames
) -> tuple[ToolCallDelta, ...]:
    """The calls of a whole reply's `message.tool_calls`. Those without a name are left out."""
    if len(entries) > MAX_TOOL_CALLS:
        raise too_large(_MANY, MAX_TOOL_CALLS)
    calls: list[ToolCallDelta] = []
    ids: set[str] = set()
    names = KnownNames(tool_names)
    for given in entries:
        entry = with_name(given, names.all)
        name = (read_name(entry, names.all) or "").strip()
        if not name:
            continue
        text = GrowingText()
        text.add(_to_text(arguments_of(entry)))
        id_ = id_of(entry)
        if id_ is None or id_ in ids:
            id_ = _generated_id()
        ids.add(id_)
        extra = call_extras(entry)
        calls.append(ToolCallDelta(len(calls), id_, names.given(name), text.rest(), extra))
    log_nameless(len(entries) - len(calls))
    return tuple(calls)


def _grown(calls: Iterable[GrowingCall]) -> Iterator[ToolCallDelta]:
    """What is new of the calls that have left."""
    for call in calls:
        if call.number is not None:
            text, extra = call.text.take(), call.take_extra()
            if text or extra:
                yield ToolCallDelta(call.number, arguments=text, extra=extra)


def _generated_id() -> str:
    """An id in the form of OpenAI's."""
    return f"call_{uuid.uuid4().hex[:24]}"


def _to_text(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else as_broken(write_json(value).decode())


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) else None

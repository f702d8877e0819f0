"""Puts fragments of tool calls in order, whatever the upstream's habits.

OpenAI numbers the calls of a streamed answer and sends id and name once. Upstreams behind gateways
also give two calls the same number or id, or none; repeat id and name on every fragment, or the
whole call at the end; leave the id out; and send as arguments an object, an empty object before the
real one, or JSON text within JSON text. The fragments that leave here are numbered from 0 in order
of appearance, with id and name once.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic_core import to_json

from weryai_core.chunk import ToolCallDelta, merge_tool_calls
from weryai_core.json_text import parse_arguments, read_json
from weryai_core.wire import arguments_of, call_extras, id_of, name_of

# Sent by some for a tool without parameters, and by some before the real arguments.
_PLACEHOLDERS = ("", "null", "{}")


class _Call:
    """A call that has begun: what identifies its further fragments."""

    __slots__ = ("arguments", "held", "index", "name", "wire_id", "wire_index")

    def __init__(self, index: int, wire_index: int | None, wire_id: str | None) -> None:
        self.index = index
        self.wire_index = wire_index
        self.wire_id = wire_id
        self.name: str | None = None
        self.arguments: list[str] = []
        self.held = ""  # first arguments, which may not be the real ones


class ToolCallAssembler:
    """Numbers the tool-call fragments of one streamed choice."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._ids: set[str] = set()

    def add(self, fragment: Mapping[str, Any]) -> ToolCallDelta:
        """One entry of `delta.tool_calls`, numbered, with id and name the first time only."""
        wire_id = id_of(fragment)
        wire_index = _number(fragment.get("index"))
        name = name_of(fragment)
        arguments = _to_text(arguments_of(fragment))
        call = self._find(wire_index, wire_id, name, arguments)
        is_new = call is None
        if call is None:
            call = _Call(len(self._calls), wire_index, wire_id)
            self._calls.append(call)
        call.wire_id = call.wire_id or wire_id
        has_name = call.name is None and name is not None
        call.name = call.name or name
        if not call.arguments:
            arguments = _held_back(call, arguments)
        elif wire_id and arguments and _repeats(call, arguments):
            arguments = ""
        if arguments:
            call.arguments.append(arguments)
        return ToolCallDelta(
            index=call.index,
            id=self._new_id(wire_id) if is_new else None,
            name=name if has_name else None,
            arguments=arguments,
            extra=call_extras(fragment),
        )

    def held(self) -> tuple[ToolCallDelta, ...]:
        """The arguments that were held back; they are the real ones if the reply ends here."""
        calls = (call for call in self._calls if call.held and not call.arguments)
        return tuple(ToolCallDelta(call.index, arguments=_decoded(call.held)) for call in calls)

    def _new_id(self, wire_id: str | None) -> str:
        """The service's id; a generated one if it is missing or another call has it."""
        id_ = wire_id if wire_id and wire_id not in self._ids else f"call_{uuid.uuid4().hex[:24]}"
        self._ids.add(id_)
        return id_

    def _find(
        self, wire_index: int | None, wire_id: str | None, name: str | None, arguments: str
    ) -> _Call | None:
        """The call that a fragment continues; None if it begins a new call."""
        if wire_id:
            same_id = [
                call
                for call in self._calls
                if call.wire_id == wire_id
                and (wire_index is None or call.wire_index in (None, wire_index))
                and (name is None or call.name in (None, name))
            ]
            if same_id:
                return same_id[-1]
        candidates = [
            call for call in self._calls if wire_index is None or call.wire_index == wire_index
        ]
        if not candidates:
            return None
        latest = candidates[-1]
        if wire_id and latest.wire_id:
            return None  # another id: another call, even at the same index
        return None if _begins_anew(latest, name, arguments) else latest


def whole_tool_call(index: int, entry: Mapping[str, Any]) -> ToolCallDelta:
    """One entry of a whole reply's `message.tool_calls`."""
    assembler = ToolCallAssembler()
    (call,) = merge_tool_calls([assembler.add(entry), *assembler.held()])
    return replace(call, index=index)


def _begins_anew(call: _Call, name: str | None, arguments: str) -> bool:
    """Whether a fragment with a name and without an id begins another call than this one.

    Some upstreams repeat the name on each fragment: then the arguments so far are incomplete.
    Others send whole calls without ids: then they are complete.
    """
    if name is None or call.name is None:
        return False
    if name != call.name:
        return True
    # Arguments begin with a brace. Checked first, since checking for completeness is slow.
    if not arguments.lstrip().startswith("{"):
        return False
    return call.held == "{}" or _is_complete("".join(call.arguments))


def _held_back(call: _Call, arguments: str) -> str:
    """The part of a call's first arguments that can be passed on; the rest is held back.

    Real arguments begin with a brace.
    """
    text = arguments.strip()
    if call.held.startswith('"') or text.startswith('"'):
        call.held = f"{call.held.removeprefix('{}')}{arguments}"
        return ""
    if text in _PLACEHOLDERS:
        call.held = call.held or ("{}" if text == "{}" else "")
        return ""
    return arguments


def _decoded(held: str) -> str:
    """The object in arguments that are JSON text within JSON text; other arguments unchanged."""
    try:
        inner = read_json(held)
    except ValueError:
        return held
    is_object = isinstance(inner, str) and parse_arguments(inner) is not None
    return inner if is_object else held


def _repeats(call: _Call, arguments: str) -> bool:
    """Whether a fragment repeats the whole call, as some upstreams do at the end."""
    if not arguments.lstrip().startswith("{"):
        return False
    known = "".join(call.arguments)
    return _is_complete(known) and parse_arguments(known) == parse_arguments(arguments)


def _is_complete(arguments: str) -> bool:
    try:
        read_json(arguments)
    except ValueError:
        return False
    return True


def _to_text(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else to_json(value).decode()


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) else None

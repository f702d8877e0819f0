"""Fragments of tool calls, as upstreams really send them, to fragments that can be trusted. No I/O.

OpenAI numbers the calls of a streamed answer and sends id and name once. Upstreams behind gateways
also give two calls the same number or id, or none, repeat id and name on every fragment or the
whole call at the end, leave the id out, and send as arguments an object, an empty object before the
real one, or a text that holds the text. What leaves here is numbered from 0 in the order of
appearance, with id and name once.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic_core import from_json, to_json

from weryai_core.chunk import ToolCallDelta, merge_tool_calls

# What some send for a tool without parameters, and some before the real arguments.
_PLACEHOLDERS = ("", "null", "{}")

# What models want back with their calls: Gemini's thought signatures, as Google's own endpoint and
# LiteLLM have them.
_EXTRAS = frozenset(("extra_content", "provider_specific_fields", "thought_signature"))
_NO_EXTRA: Mapping[str, Any] = {}


class _Call:
    """A call under way: what identifies its further fragments."""

    __slots__ = ("arguments", "held", "index", "name", "wire_id", "wire_index")

    def __init__(self, index: int, wire_index: int | None, wire_id: str | None) -> None:
        self.index = index
        self.wire_index = wire_index
        self.wire_id = wire_id
        self.name: str | None = None
        self.arguments: list[str] = []
        self.held = ""  # arguments so far that may turn out to be something else


class ToolCallAssembler:
    """Numbers the tool-call fragments of one choice. One object a streamed choice."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._ids: set[str] = set()

    def take(self, fragment: Mapping[str, Any]) -> ToolCallDelta:
        """One entry of `delta.tool_calls`, numbered, with id and name where they are news."""
        function = fragment.get("function")
        function = function if isinstance(function, Mapping) else {}
        wire_id = _text(fragment.get("id"))
        wire_index = _number(fragment.get("index"))
        name = _text(function.get("name"))

        arguments = _arguments(function.get("arguments"))

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
        """What was held back and, now that the reply has ended, are arguments."""
        calls = (call for call in self._calls if call.held and not call.arguments)
        return tuple(ToolCallDelta(call.index, arguments=_decoded(call.held)) for call in calls)

    def _new_id(self, wire_id: str | None) -> str:
        """The id of a call: the service's, unless there is none or another call has it."""
        id_ = wire_id if wire_id and wire_id not in self._ids else f"call_{uuid.uuid4().hex[:24]}"
        self._ids.add(id_)
        return id_

    def _find(
        self, wire_index: int | None, wire_id: str | None, name: str | None, arguments: str
    ) -> _Call | None:
        """The call that a fragment continues; None if it begins a new one."""
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
    (call,) = merge_tool_calls([assembler.take(entry), *assembler.held()])
    return replace(call, index=index)


def parse_arguments(text: str) -> dict[str, Any] | None:
    """The arguments of a whole tool call; {} for none, None if the text is no JSON object."""
    if text.strip() in _PLACEHOLDERS:
        return {}
    try:
        arguments = from_json(text)
    except ValueError:
        return None
    return arguments if isinstance(arguments, dict) else None


def call_extras(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an entry of `tool_calls` has that its model wants back with it, as it came."""
    if _EXTRAS.isdisjoint(entry):
        return _NO_EXTRA
    return {name: entry[name] for name in _EXTRAS if entry.get(name)}


def _begins_anew(call: _Call, name: str | None, arguments: str) -> bool:
    """Whether a named fragment without an id of its own begins another call than this one.

    Some upstreams repeat the name on each fragment, others send whole calls without ids: the
    former while the arguments are incomplete, the latter when they are complete.
    """
    if name is None or call.name is None:
        return False
    if name != call.name:
        return True
    # Arguments open with a brace; looked at first, since to look for completeness takes its time.
    if not arguments.lstrip().startswith("{"):
        return False
    return call.held == "{}" or _is_complete("".join(call.arguments))


def _held_back(call: _Call, arguments: str) -> str:
    """What of the first arguments of a call can be handed on; the rest is held back.

    Real ones open with a brace.
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
    """Arguments that were written as a text within the text; others as they are."""
    try:
        inner = from_json(held)
    except ValueError:
        return held
    is_object = isinstance(inner, str) and parse_arguments(inner) is not None
    return inner if is_object else held


def _repeats(call: _Call, arguments: str) -> bool:
    """Whether a fragment is the whole call again, as some send it at the end."""
    if not arguments.lstrip().startswith("{"):
        return False
    known = "".join(call.arguments)
    return _is_complete(known) and parse_arguments(known) == parse_arguments(arguments)


def _is_complete(arguments: str) -> bool:
    try:
        from_json(arguments)
    except ValueError:
        return False
    return True


def _arguments(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else to_json(value).decode()


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None

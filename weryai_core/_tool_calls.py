"""Fragments of tool calls, as upstreams really send them, to fragments that can be trusted. No I/O.

OpenAI numbers the calls of a streamed answer and sends id and name once. Upstreams behind gateways
also give two calls the same number, or none, repeat id and name on every fragment, leave the id
out, or send the arguments as an object. What leaves here is numbered from 0 in the order of
appearance, with id and name once.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json, to_json

from weryai_core._reply import ToolCallDelta


class _Call:
    """A call under way: what identifies its further fragments."""

    __slots__ = ("arguments", "index", "name", "wire_id", "wire_index")

    def __init__(self, index: int, wire_index: int | None, wire_id: str | None) -> None:
        self.index = index
        self.wire_index = wire_index
        self.wire_id = wire_id
        self.name: str | None = None
        self.arguments: list[str] = []


class ToolCallAssembler:
    """Numbers the tool-call fragments of one choice. One object a streamed choice."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []

    def take(self, fragment: Mapping[str, Any]) -> ToolCallDelta:
        """One entry of `delta.tool_calls`, numbered, with id and name where they are news."""
        function = fragment.get("function")
        function = function if isinstance(function, Mapping) else {}
        wire_id = _text(fragment.get("id"))
        wire_index = fragment.get("index")
        wire_index = wire_index if isinstance(wire_index, int) else None
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
        if arguments.strip() in ("", "null") and not call.arguments:
            arguments = ""  # what some send for a tool without parameters; real ones open with "{"
        if arguments:
            call.arguments.append(arguments)
        return ToolCallDelta(
            index=call.index,
            id=(wire_id or f"call_{uuid.uuid4().hex[:24]}") if is_new else None,
            name=name if has_name else None,
            arguments=arguments,
        )

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
    call = ToolCallAssembler().take(entry)
    return ToolCallDelta(index, call.id, call.name, call.arguments)


def parse_arguments(text: str) -> dict[str, Any] | None:
    """The arguments of a whole tool call; {} for none, None if the text is no JSON object."""
    if not text.strip() or text.strip() == "null":
        return {}
    try:
        arguments = from_json(text)
    except ValueError:
        return None
    return arguments if isinstance(arguments, dict) else None


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
    return arguments.lstrip().startswith("{") and _is_complete("".join(call.arguments))


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


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None

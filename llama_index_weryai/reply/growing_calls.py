"""The tool calls of a streamed reply, as far as they have come, in both of LlamaIndex's shapes.

Each response holds all calls so far. A chunk makes anew only those that it continues, and takes its
place in the lists, so that thousands of calls take linear time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from llama_index.core.base.llms.types import ToolCallBlock

from weryai_core import ToolCallDelta
from weryai_core.integration import (
    GrowingExtras,
    merge_tool_calls,
    parse_arguments,
    with_extras,
)


class GrowingCalls:
    """The calls of one reply in the order of their indices.

    Attributes:
        blocks: The calls as blocks, whose arguments are text.
        params: The calls as they are sent back, without the fields for signed reasoning.
    """

    def __init__(self) -> None:
        self.blocks: list[ToolCallBlock] = []
        self.params: list[dict[str, Any]] = []
        self._indices: list[int] = []
        self._calls: list[ToolCallDelta] = []
        self._extras: dict[int, GrowingExtras] = {}

    def __bool__(self) -> bool:
        """Whether a call has come."""
        return bool(self._calls)

    def add(self, fragments: Sequence[ToolCallDelta]) -> None:
        """Add the fragments of a chunk."""
        if len(fragments) == 1 and self._continue(fragments[0]):
            return
        by_index: dict[int, list[ToolCallDelta]] = {}
        for fragment in fragments:
            by_index.setdefault(fragment.index, []).append(fragment)
        for index, new in by_index.items():
            place = bisect_left(self._indices, index)
            is_known = place < len(self._indices) and self._indices[place] == index
            for fragment in new:
                if fragment.extra:
                    self._extras.setdefault(index, GrowingExtras()).add(fragment.extra)
            bare = [replace(fragment, extra={}) if fragment.extra else fragment for fragment in new]
            (call,) = merge_tool_calls([self._calls[place], *bare] if is_known else bare)
            self._put(place, place + is_known, call)

    def _continue(self, fragment: ToolCallDelta) -> bool:
        """Add a fragment that is the next piece of a call's arguments; False for any other."""
        place = bisect_left(self._indices, fragment.index)
        is_known = place < len(self._indices) and self._indices[place] == fragment.index
        if not is_known or fragment.id or fragment.name or fragment.extra:
            return False
        call = self._calls[place]
        arguments = call.arguments + fragment.arguments
        call = ToolCallDelta(call.index, call.id, call.name, arguments, call.extra)
        self._put(place, place + 1, call)
        return True

    def _put(self, start: int, end: int, call: ToolCallDelta) -> None:
        """Put a call in place of those between two places."""
        self._indices[start:end] = [call.index]
        self._calls[start:end] = [call]
        self.blocks[start:end] = [_to_block(call, call.arguments)]
        self.params[start:end] = [_to_param(call)]

    def whole_blocks(self) -> list[ToolCallBlock]:
        """The calls as blocks, with the arguments as objects where they are JSON objects."""
        return [_to_block(call, parse_arguments(call.arguments)) for call in self._calls]

    def whole_params(self) -> list[dict[str, Any]]:
        """The calls as they are sent back, with all of their fields."""
        extras = {index: extra.value() for index, extra in self._extras.items()}
        return [
            with_extras(param, extras[index]) if index in extras else param
            for index, param in zip(self._indices, self.params, strict=True)
        ]


def _to_block(call: ToolCallDelta, arguments: dict[str, Any] | str | None) -> ToolCallBlock:
    return ToolCallBlock(
        tool_call_id=call.id,
        tool_name=call.name or "",
        tool_kwargs=call.arguments if arguments is None else arguments,
    )


def _to_param(call: ToolCallDelta) -> dict[str, Any]:
    function = {"name": call.name or "", "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}

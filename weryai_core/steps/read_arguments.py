"""Makes strict JSON of the arguments of tool calls, as their fragments come.

Frameworks and services parse arguments themselves, each with another parser: a line break in a
string, which is a valid call for one, is none for the next.
"""

from __future__ import annotations

from dataclasses import replace
from operator import is_

from pydantic_core import from_json

from weryai_core.chunk import Choice, ToolCallDelta, merge_tool_calls
from weryai_core.strict_json import StrictJson


class ArgumentsReader:
    """Reads the arguments of the calls of one choice; a whole choice is one piece."""

    def __init__(self) -> None:
        self._calls: dict[int, StrictJson] = {}

    def read(self, piece: Choice, is_last: bool) -> Choice:
        """The piece with arguments that are strict JSON, if they are JSON.

        Args:
            piece: The next piece of the choice.
            is_last: Whether no more pieces follow: what was held back is then returned.
        """
        if not piece.tool_calls and not (is_last and self._calls):
            return piece
        calls = [self._read_call(call, is_last=is_last) for call in piece.tool_calls]
        if is_last:
            rests = {index: call.feed("", is_end=True) for index, call in self._calls.items()}
            calls += [ToolCallDelta(index, arguments=rest) for index, rest in rests.items() if rest]
            return replace(piece, tool_calls=merge_tool_calls(calls))
        if all(map(is_, calls, piece.tool_calls)):
            return piece
        return replace(piece, tool_calls=tuple(calls))

    def _read_call(self, call: ToolCallDelta, *, is_last: bool) -> ToolCallDelta:
        strict = self._calls.get(call.index)
        if strict is None:
            strict = self._calls[call.index] = StrictJson()
            if is_last and _is_json(call.arguments):
                return call  # a whole call, as it should be
        arguments = strict.feed(call.arguments)
        return call if arguments == call.arguments else replace(call, arguments=arguments)


def _is_json(text: str) -> bool:
    try:
        from_json(text)
    except (ValueError, TypeError):  # TypeError: half a surrogate pair
        return False
    return True

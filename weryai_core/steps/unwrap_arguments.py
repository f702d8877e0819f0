"""Takes the arguments of tool calls out of what models put around them: pieces in, pieces out.

Some models write a call into the arguments of a call, such as `{"name": "add", "arguments": {...}}`
or `{"add": {...}}`. A tool would run with its defaults then, or fail. Where the arguments hold no
parameter of the tool, and the one wrapper in them does, the arguments are what the wrapper holds.

Arguments pass through from a parameter of the tool on. What may be a wrapper is held back to its
end. Tools that take other names than those of their parameters are left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from operator import is_
from types import MappingProxyType
from typing import Any

from weryai_core.chunk import Choice, ToolCallDelta, merge_tool_calls
from weryai_core.new_chunk import changed
from weryai_core.schemas.answers import AnswerShape, to_shape
from weryai_core.steps.unwrap_answer import UnwrappedText


class ArgumentsUnwrapper:
    """Unwraps the arguments of the calls of one choice; a whole choice is one piece.

    Args:
        tools: The schemas of the tools' parameters, by the names that the request has.
        names: The names of tools as the request has them -> the names that the user gave.
    """

    def __init__(
        self,
        tools: Mapping[str, Mapping[str, Any]],
        names: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._schemas = {names.get(name, name): schema for name, schema in tools.items()}
        self._calls: dict[int, UnwrappedText | None] = {}  # None: passes through

    def read(self, piece: Choice, is_last: bool) -> Choice:
        """The piece with what of its arguments is certain.

        Args:
            piece: The next piece of the choice.
            is_last: Whether no more pieces follow: what was held back is then returned.
        """
        if not piece.tool_calls and not (is_last and self._calls):
            return piece
        if not is_last and all(map(self._passes, piece.tool_calls)):
            return piece
        calls = [self._read_call(call) for call in piece.tool_calls]
        if is_last:
            rests = {index: text.end() for index, text in self._calls.items() if text}
            late = [ToolCallDelta(index, arguments=rest) for index, rest in rests.items() if rest]
            calls = [*merge_tool_calls([*calls, *late])] if late else calls
        else:
            calls = [call for call in calls if call.arguments or call.id or call.name or call.extra]
        if len(calls) == len(piece.tool_calls) and all(map(is_, calls, piece.tool_calls)):
            return piece
        return changed(piece, tool_calls=tuple(calls))

    def copies(self, piece: Choice) -> bool:
        """Whether pieces like this one pass unchanged; see `reply.chain.Step`."""
        return True

    def note_copied(self, text: str, reasoning: str) -> None:
        """Skip what has passed unchanged: no later piece depends on it."""

    def _passes(self, call: ToolCallDelta) -> bool:
        """Whether what a fragment has passes through; it has something."""
        if call.index not in self._calls:
            return False
        text = self._calls[call.index]
        return (text is None or text.is_decided) and bool(call.arguments)

    def _read_call(self, call: ToolCallDelta) -> ToolCallDelta:
        if call.index not in self._calls:
            self._calls[call.index] = self._text_of(call.name)
        text = self._calls[call.index]
        if text is None:
            return call
        arguments = text.feed(call.arguments)
        return call if arguments == call.arguments else replace(call, arguments=arguments)

    def _text_of(self, name: str | None) -> UnwrappedText | None:
        schema = self._schemas.get(name or "")
        if schema is None or _takes_any_name(schema):
            return None
        shape = to_shape(schema, name=name)
        return UnwrappedText(shape, lambda value: _find(shape, value)) if shape.names else None


def _find(shape: AnswerShape, value: Any) -> Any:
    """What the wrapper around a tool's arguments holds; the value itself if that is uncertain."""
    found = shape.find(value)
    return found if isinstance(found, Mapping) and shape.names & found.keys() else value


def _takes_any_name(schema: Mapping[str, Any]) -> bool:
    others = (schema.get("additionalProperties"), schema.get("patternProperties"))
    return any(other not in (None, False) for other in others)

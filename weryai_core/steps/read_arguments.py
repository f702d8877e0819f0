"""Makes strict JSON of the arguments of tool calls, as their fragments come.

Frameworks and services parse arguments themselves, each with another parser: a line break in a
string, which is a valid call for one, is none for the next.

What follows the arguments is left out where it says nothing new: the same object once more, or an
empty one.
"""

from __future__ import annotations

from dataclasses import replace
from operator import is_

from pydantic_core import from_json

from weryai_core.chunk import Choice, ToolCallDelta, are_whole, merge_tool_calls
from weryai_core.json_patterns import FILLER
from weryai_core.json_text import PLACEHOLDERS, comparable, parse_arguments, read_json_at
from weryai_core.limits import MAX_TOOL_CALLS, too_large
from weryai_core.new_chunk import changed
from weryai_core.strict_json import StrictJson
from weryai_core.text_pieces import TextPieces


class ArgumentsReader:
    """Reads the arguments of the calls of one choice; a whole choice is one piece."""

    def __init__(self) -> None:
        self._calls: dict[int, StrictJson] = {}
        self._written: dict[int, TextPieces] = {}

    @property
    def has_unreadable_calls(self) -> bool:
        """Whether calls have come, and none of them with arguments that can be read."""
        given = map(str, self._written.values())
        return bool(self._written) and all(parse_arguments(text) is None for text in given)

    def read(self, piece: Choice, is_last: bool) -> Choice:
        """The piece with arguments that are strict JSON, if they are JSON.

        Args:
            piece: The next piece of the choice.
            is_last: Whether no more pieces follow: what was held back is then returned.
        """
        if not piece.tool_calls and not (is_last and self._calls):
            return piece
        if len(piece.tool_calls) == 1 and not is_last:  # as nearly all
            [call] = piece.tool_calls
            read = self._read_call(call, is_last=False)
            return piece if read is call else changed(piece, tool_calls=(read,))
        calls = [self._read_call(call, is_last=is_last) for call in piece.tool_calls]
        if is_last:
            rests = {index: self._end_call(index) for index in self._calls}
            for index, rest in rests.items():
                self._written.setdefault(index, TextPieces()).add(rest)
            calls += [ToolCallDelta(index, arguments=rest) for index, rest in rests.items() if rest]
            if calls == [*piece.tool_calls] and are_whole(calls):
                return piece
            return changed(piece, tool_calls=merge_tool_calls(calls))
        if all(map(is_, calls, piece.tool_calls)):
            return piece
        return changed(piece, tool_calls=tuple(calls))

    def copies(self, piece: Choice) -> bool:
        """Whether pieces like this one pass unchanged; see `reply.chain.Step`."""
        return True

    def note_copied(self, text: str, reasoning: str) -> None:
        """Skip what has passed unchanged: no later piece depends on it."""

    def _end_call(self, index: int) -> str:
        strict = self._calls[index]
        rest = strict.feed("", is_end=True)
        if not rest or rest.isspace() or not strict.is_complete:
            return rest
        written = str(self._written.get(index, ""))
        return "" if _repeats(written, rest) else rest

    def _read_call(self, call: ToolCallDelta, *, is_last: bool) -> ToolCallDelta:
        strict = self._calls.get(call.index)
        if strict is None:
            if len(self._calls) >= MAX_TOOL_CALLS:
                raise too_large("The tool calls of the answer are more than", MAX_TOOL_CALLS)
            strict = self._calls[call.index] = StrictJson()
            self._written[call.index] = TextPieces()
            if is_last and _is_json(call.arguments):
                self._written[call.index].add(call.arguments)
                return call  # a whole call, as it should be
        arguments = strict.feed(call.arguments)
        self._written[call.index].add(arguments)
        return call if arguments == call.arguments else replace(call, arguments=arguments)


def _repeats(arguments: str, tail: str) -> bool:
    """Whether a text holds nothing but these arguments once more, and empty ones."""
    given = parse_arguments(arguments)
    expected = comparable(given)
    place = _end_of_fillers(tail, 0)
    while place < len(tail):
        try:
            value, place = read_json_at(tail, place)
        except ValueError:
            return False
        if isinstance(value, str):
            value = parse_arguments(value)
        if given is None or comparable(value) != expected:
            return False
        place = _end_of_fillers(tail, place)
    return True


def _end_of_fillers(text: str, place: int) -> int:
    """Where something begins that may be arguments."""
    end = -1
    while end < place:
        end = place
        for filler in (FILLER, PLACEHOLDERS):
            found = filler.match(text, place)
            place = found.end() if found else place
    return place


def _is_json(text: str) -> bool:
    try:
        from_json(text)
    except (ValueError, TypeError):  # TypeError: half a surrogate pair
        return False
    return True

"""`<tool_call>{"name": ..., "arguments": ...}</tool_call>` in a text that comes in pieces. No I/O.

Models write it less strictly than they are told to. Understood as well: code fences around the
JSON or the markers, a missing end marker, other names for the arguments, arguments as a JSON text,
lists of calls, line breaks in strings, and too many or too few braces at the end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic_core import to_json

Call = tuple[str, str]
"""Name and arguments, the latter as JSON text; or, if the model wrote no JSON, what it wrote."""

_OPEN, _CLOSE = "<tool_call>", "</tool_call>"
# Reasoning in the text, as open models behind plain servers send it.
_THOUGHTS = {"<think>": "</think>", "<thinking>": "</thinking>"}
# What may end a call, and what decides whether it stands in a string of its JSON.
_TOKEN = re.compile(r'\\.|"|</?tool_call>', re.DOTALL)
_FENCE_LINE = re.compile(r"[ \t]*(?:`{1,2}|```\w*)[ \t]*")
_BETWEEN = re.compile(r"[\s,]*")
_LEADING_FENCE = re.compile(r"\s*```\w*")

_NAME_KEYS = ("name", "function", "tool")
_ARGUMENT_KEYS = ("arguments", "parameters", "args")
_WRITTEN_NAME = re.compile(r'"(?:name|function|tool)"\s*:\s*"([^"\\]+)"')
_WRITTEN_ARGUMENTS = re.compile(r'"(?:arguments|parameters|args)"\s*:\s*')
# Not strict: models break lines in strings.
_decoder = json.JSONDecoder(strict=False)


class TextReader:
    """Takes the calls out of a text.

    Attributes:
        removed: Where in the text as it came something was taken out: start and end, in order.
    """

    def __init__(self) -> None:
        self.removed: list[tuple[int, int]] = []
        self._rest = ""  # what is not decided yet
        self._position = 0  # where in the text it begins
        self._step: Callable[[TextReader, bool], bool] = TextReader._begin
        self._text: list[str] = []
        self._calls: list[Call] = []
        self._thoughts_end = ""
        self._is_mid_line = False
        self._follows_call = False  # nothing but white space since the last call
        self._is_fenced = False
        self._start_call(0, "")

    @property
    def is_holding(self) -> bool:
        """Whether some of the text that came may yet become a call."""
        return bool(self._rest or self._opening)

    def feed(self, text: str, *, is_end: bool) -> tuple[str, list[Call]]:
        """The text that is none of a call, as far as that is known, and the calls that are whole.

        Args:
            text: The next piece.
            is_end: Whether it is the last one.
        """
        self._rest += text
        while self._step(self, is_end):
            pass
        given, calls = "".join(self._text), self._calls
        self._text, self._calls = [], []
        return given, calls

    def _begin(self, is_end: bool) -> bool:
        """At the start, where thoughts may come first."""
        visible = self._rest.lstrip()
        for start, end in _THOUGHTS.items():
            if visible.startswith(start):
                self._thoughts_end = end
                self._step = TextReader._think
                return True
            if start.startswith(visible) and not is_end:
                return False
        self._step = TextReader._search
        return True

    def _think(self, is_end: bool) -> bool:
        """Amid thoughts; a call in them is none."""
        end = self._rest.find(self._thoughts_end)
        if end >= 0:
            self._give(end + len(self._thoughts_end))
            self._step = TextReader._search
            return True
        self._give(len(self._rest) - (0 if is_end else _overlap(self._rest, self._thoughts_end)))
        return False

    def _search(self, is_end: bool) -> bool:
        """Amid text, in which a call may begin."""
        if self._is_fenced and self._rest.lstrip().startswith("```"):
            self._remove(self._rest.index("```") + 3)
            self._is_fenced = False
        found = self._rest.find(_OPEN)
        if found >= 0:
            start = self._before_marker(found)
            self._give(start)
            end = found - start + len(_OPEN)
            self._start_call(self._position, self._rest[:end])
            self._skip(end)
            self._step = TextReader._read_call
            return True
        if not is_end:
            self._give(self._before_marker(len(self._rest) - _overlap(self._rest, _OPEN)))
        elif self._follows_call and not self._rest.strip():
            self._remove(len(self._rest))
        else:
            self._give(len(self._rest))
        return False

    def _before_marker(self, position: int) -> int:
        """Where a marker begins with the white space, and the code fence, in front of it."""
        visible = self._rest[:position].rstrip()
        line = visible.rfind("\n") + 1
        if (line or not self._is_mid_line) and _FENCE_LINE.fullmatch(visible, line):
            visible = visible[:line].rstrip()
        return len(visible)

    def _start_call(self, start: int, opening: str) -> None:
        self._start = start
        self._opening = opening  # the marker and what is in front of it, to be given if it is none
        self._scanned = 0
        self._is_in_string = False
        self._end_in_string: re.Match[str] | None = None

    def _read_call(self, is_end: bool) -> bool:
        """Behind the marker of a call, up to the marker at its end."""
        visible = self._rest.lstrip()
        if not visible and not is_end:
            return False
        if not visible.startswith(("{", "[", "```")):
            if visible and "```".startswith(visible) and not is_end:
                return False
            self._give_opening()  # somebody speaks of the marker
            return True
        end = self._find_end(is_end)
        if end is None and not is_end:
            return False
        self._settle(*(end.span() if end else (len(self._rest), len(self._rest))))
        return True

    def _find_end(self, is_end: bool) -> re.Match[str] | None:
        """The marker at the end of a call; None if it has not come.

        One in a string of the JSON does not count, unless the quotes turn out not to match.
        """
        limit = len(self._rest)
        if not is_end:
            limit -= max(_overlap(self._rest, marker) for marker in (_OPEN, _CLOSE))
        for token in _TOKEN.finditer(self._rest, self._scanned, limit):
            self._scanned = token.end()
            if token.group() == '"':
                self._is_in_string = not self._is_in_string
            elif token.group().startswith("\\"):
                continue
            elif self._is_in_string:
                self._end_in_string = self._end_in_string or token
            elif self._end_in_string is None or _is_json(self._rest[: token.start()]):
                return token
            else:
                return self._end_in_string
        # A backslash that is left over escapes a character that has not come.
        self._scanned = limit - self._rest.endswith("\\", self._scanned, limit)
        if not is_end or self._end_in_string is None or _is_json(self._rest):
            return None
        return self._end_in_string

    def _settle(self, start: int, end: int) -> None:
        """Take the call out that is in front of a marker with this place."""
        if self._rest.startswith(_OPEN, start):
            end = start  # the next call has begun without an end of this one
        calls = list(parse_calls(self._rest[:start]))
        if not calls:
            self._give_opening()
            self._give(end)
            return
        self._calls += calls
        if "`" in self._opening:
            self._is_fenced = True
        self._skip(end)
        self.removed.append((self._start, self._position))
        self._start_call(0, "")
        self._is_mid_line = False
        self._follows_call = True
        self._step = TextReader._search

    def _give_opening(self) -> None:
        self._text.append(self._opening)
        self._is_mid_line = True
        self._follows_call = self._is_fenced = False
        self._start_call(0, "")
        self._step = TextReader._search

    def _give(self, length: int) -> None:
        """Give out so much of the rest as text."""
        if length > 0:
            self._text.append(self._rest[:length])
            self._is_mid_line = True
            self._follows_call = self._is_fenced = False
            self._skip(length)

    def _remove(self, length: int) -> None:
        if length:
            self.removed.append((self._position, self._position + length))
            self._skip(length)

    def _skip(self, length: int) -> None:
        self._rest = self._rest[length:]
        self._position += length


def parse_calls(text: str) -> Iterator[Call]:
    """The calls between two markers; none if the text is no call."""
    fence = _LEADING_FENCE.match(text)
    position = fence.end() if fence else 0
    while (position := _skip_between(text, position)) < len(text):
        try:
            value, position = _decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            yield from _broken_call(text[position:])
            return
        for entry in value if isinstance(value, list) else [value]:
            call = _to_call(entry)
            if call is not None:
                yield call


def _skip_between(text: str, position: int) -> int:
    """Where the next value begins, past white space and commas."""
    found = _BETWEEN.match(text, position)
    return found.end() if found else position


def _to_call(entry: Any) -> Call | None:
    if not isinstance(entry, Mapping):
        return None
    if isinstance(entry.get("function"), Mapping):
        entry = entry["function"]  # as OpenAI nests it
    name = next((entry[key] for key in _NAME_KEYS if isinstance(entry.get(key), str)), "")
    if not name:
        return None
    given = [entry[key] for key in _ARGUMENT_KEYS if key in entry]
    return name, _to_arguments(given[0] if given else None)


def _to_arguments(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return "{}" if value is None else to_json(value).decode()
    except ValueError:
        return json.dumps(value)  # half a surrogate pair, which only JSON's escapes can write


def _broken_call(text: str) -> Iterator[Call]:
    """A call that is no JSON, its arguments as far as they go, if its name can be told."""
    found = _WRITTEN_ARGUMENTS.search(text)
    name = _WRITTEN_NAME.search(text, 0, found.start() if found else len(text))
    if name is None:
        return
    if found is None:
        yield name[1], text.strip()
        return
    try:
        # Braces may be missing behind them only.
        value, _ = _decoder.raw_decode(text, found.end())
        arguments = _to_arguments(value)
    except (ValueError, RecursionError):
        arguments = text[found.end() :].strip()
    yield name[1], arguments


def _is_json(text: str) -> bool:
    """Whether this begins with whole JSON, a code fence apart."""
    fence = _LEADING_FENCE.match(text)
    try:
        _decoder.raw_decode(text, _skip_between(text, fence.end() if fence else 0))
    except (ValueError, RecursionError):
        return False
    return True


def _overlap(text: str, marker: str) -> int:
    """How many characters at the end of a text may be the beginning of a marker."""
    longest = min(len(text), len(marker) - 1)
    return next((length for length in range(longest, 0, -1) if text.endswith(marker[:length])), 0)

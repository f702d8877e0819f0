"""`<tool_call>{"name": ..., "arguments": ...}</tool_call>` in a text that comes in pieces. No I/O.

Models write it less strictly than they are told to. Understood as well: a code fence around the
markers, a missing end marker, an end marker in a string of the JSON. `_prompted_json_calls` reads
what is in between.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from weryai_core.prompted.parse_calls import Call, begins_with_json, parse_calls

_OPEN, _CLOSE = "<tool_call>", "</tool_call>"
# Reasoning in the text, as open models behind plain servers send it.
_THOUGHTS = {"<think>": "</think>", "<thinking>": "</thinking>"}
# What may end a call, and what decides whether it stands in a string of its JSON.
_TOKEN = re.compile(r'\\.|"|</?tool_call>', re.DOTALL)
_FENCE_LINE = re.compile(r"[ \t]*(?:`{1,2}|```\w*)[ \t]*")


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
            elif self._end_in_string is None or begins_with_json(self._rest[: token.start()]):
                return token
            else:
                return self._end_in_string
        # A backslash that is left over escapes a character that has not come.
        self._scanned = limit - self._rest.endswith("\\", self._scanned, limit)
        if not is_end or self._end_in_string is None or begins_with_json(self._rest):
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


def _overlap(text: str, marker: str) -> int:
    """How many characters at the end of a text may be the beginning of a marker."""
    longest = min(len(text), len(marker) - 1)
    return next((length for length in range(longest, 0, -1) if text.endswith(marker[:length])), 0)

"""Finds `<tool_call>{"name": ..., "arguments": ...}</tool_call>` in a text that comes in pieces.

`TextReader` is a state machine with four steps: begin, skip reasoning, search for a marker, read a
call. Each step takes what it can from the text so far and says whether to go on; what a later
piece may still change is held back.

Models are less strict than the instructions. A code fence around the markers, a missing end marker
and an end marker in a string of the JSON are accepted. `parse_calls` reads what is between markers.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from weryai_core.identifiers.written_names import log_nameless
from weryai_core.prompted.parse_calls import NO_TOOLS, Call, Tools, begins_with_json, parse_calls
from weryai_core.reasoning_marks import before_tag, find_end, may_start, start_kind
from weryai_core.strict_json import Edit
from weryai_core.text_pieces import Backlog

_OPEN, _CLOSE = "<tool_call>", "</tool_call>"
# What may end a call, and what decides whether that is in a string of its JSON.
_TOKEN = re.compile(r'\\.|"|</?tool_call>', re.DOTALL)
_FENCE_LINE = re.compile(r"[ \t]*(?:`{1,2}|```\w*)[ \t]*")


class TextReader:
    """Separates the calls in a text from the rest of it.

    Args:
        tools: The tools of the request.

    Attributes:
        removed: What was removed from the original text, in order: start, end and the new length,
            which is 0.
    """

    def __init__(self, tools: Tools = NO_TOOLS) -> None:
        self._tools = tools
        self.removed: list[Edit] = []
        self._rest = ""  # text that is held back
        self._backlog = Backlog()
        self._position = 0  # where it begins in the original text
        self._step: Callable[[TextReader, bool], bool] = TextReader._begin
        self._has_call = False
        self._nameless = ""  # calls without a name, as long as there is no other
        self._text: list[str] = []
        self._calls: list[Call] = []
        self._reasoning_kind = ""
        self._last = ""  # the last character of the text before
        self._is_mid_line = False
        self._follows_call = False  # only white space since the last call
        self._is_fenced = False
        self._start_call(0, "")

    @property
    def is_holding(self) -> bool:
        """Whether text is held back because it may become a call."""
        return bool(self._rest or self._opening)

    def feed(self, text: str, *, is_end: bool) -> tuple[str, list[Call]]:
        """Read the next piece.

        Args:
            text: The piece.
            is_end: Whether it is the last one.

        Returns:
            The text that is not part of a call, as far as that is certain, and the calls that are
            complete.
        """
        new = self._backlog.add(text, len(self._rest), is_end=is_end)
        if new is None:
            return "", []
        self._rest += new
        while self._step(self, is_end):
            pass
        if is_end and self._nameless:
            self._text.append(self._nameless)  # an error, and not an empty answer
        released, calls = "".join(self._text), self._calls
        self._text, self._calls = [], []
        return released, calls

    def _begin(self, is_end: bool) -> bool:
        """Read the start of the text, which may be reasoning."""
        visible = self._rest.lstrip()
        if not is_end and may_start(visible):
            return False
        self._reasoning_kind = start_kind(visible)
        self._step = TextReader._skip_reasoning if self._reasoning_kind else TextReader._search
        return True

    def _skip_reasoning(self, is_end: bool) -> bool:
        """Release reasoning as text, also calls in it."""
        end = find_end(self._rest, self._reasoning_kind)
        if end:
            self._release(end.end())
            self._step = TextReader._search
            return True
        length = len(self._rest)
        self._release(length if is_end else before_tag(self._rest))
        return False

    def _search(self, is_end: bool) -> bool:
        """Release text up to the marker of a call."""
        is_plain = "<" not in self._rest and "`" not in self._rest
        if is_plain and not is_end and self._rest[-1:].strip():
            self._release(len(self._rest))
            return False
        if self._is_fenced and self._rest.lstrip().startswith("```"):
            self._remove(self._rest.index("```") + 3)
            self._is_fenced = False
        found = self._rest.find(_OPEN)
        if found >= 0:
            start = self._before_marker(found)
            if start == found and (self._rest[:found] or self._last).endswith("`"):
                self._release(found + len(_OPEN))  # the model only mentions the marker
                return True
            self._release(start)
            end = found - start + len(_OPEN)
            self._start_call(self._position, self._rest[:end])
            self._skip(end)
            self._step = TextReader._read_call
            return True
        if not is_end:
            self._release(self._before_marker(len(self._rest) - _overlap(self._rest, _OPEN)))
        elif self._follows_call and not self._rest.strip():
            self._remove(len(self._rest))
        else:
            self._release(len(self._rest))
        return False

    def _before_marker(self, position: int) -> int:
        """Where the white space and the code fence before a marker begin."""
        visible = self._rest[:position].rstrip()
        line = visible.rfind("\n") + 1
        if (line or not self._is_mid_line) and _FENCE_LINE.fullmatch(visible, line):
            visible = visible[:line].rstrip()
        return len(visible)

    def _start_call(self, start: int, opening: str) -> None:
        self._start = start
        self._opening = opening  # the marker and what precedes it: text, unless a call follows
        self._scanned = 0
        self._is_in_string = False
        self._end_in_string: re.Match[str] | None = None

    def _read_call(self, is_end: bool) -> bool:
        """Read what follows the marker of a call, up to the marker at its end."""
        visible = self._rest.lstrip()
        if not visible and not is_end:
            return False
        if not visible.startswith(("{", "[", "```")):
            if visible and "```".startswith(visible) and not is_end:
                return False
            self._release_opening()  # the model only mentions the marker
            return True
        end = self._find_end(is_end)
        if end is None and not is_end:
            return False
        self._end_call(*(end.span() if end else (len(self._rest), len(self._rest))))
        return True

    def _find_end(self, is_end: bool) -> re.Match[str] | None:
        """The marker at the end of a call; None if it has not come.

        A marker in a string of the JSON does not count, unless the quotes turn out not to match.
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
        # A backslash at the end escapes a character that has not come.
        self._scanned = limit - self._rest.endswith("\\", self._scanned, limit)
        if not is_end or self._end_in_string is None or begins_with_json(self._rest):
            return None
        return self._end_in_string

    def _end_call(self, start: int, end: int) -> None:
        """Remove the call before an end marker at this place."""
        if self._rest.startswith(_OPEN, start):
            end = start  # the next call begins without an end of this one
        calls = list(parse_calls(self._rest[:start], self._tools))
        if not calls:
            self._release_opening()
            self._release(end)
            return
        self._add_calls(calls, self._opening + self._rest[:end])
        if "`" in self._opening:
            self._is_fenced = True
        self._skip(end)
        self.removed.append((self._start, self._position, 0))
        self._start_call(0, "")
        self._is_mid_line = False
        self._follows_call = True
        self._step = TextReader._search

    def _add_calls(self, calls: list[Call], text: str) -> None:
        """Add the calls of a text that have a name."""
        named = [call for call in calls if call[0]]
        log_nameless(len(calls) - len(named))
        self._calls += named
        self._has_call = self._has_call or bool(named)
        self._nameless = "" if self._has_call else self._nameless + text

    def _release_opening(self) -> None:
        self._text.append(self._opening)
        self._is_mid_line = True
        self._follows_call = self._is_fenced = False
        self._start_call(0, "")
        self._step = TextReader._search

    def _release(self, length: int) -> None:
        """Release the beginning of the rest as text."""
        if length > 0:
            self._text.append(self._rest[:length])
            self._last = self._rest[length - 1]
            self._is_mid_line = True
            self._follows_call = self._is_fenced = False
            self._skip(length)

    def _remove(self, length: int) -> None:
        if length:
            self.removed.append((self._position, self._position + length, 0))
            self._skip(length)

    def _skip(self, length: int) -> None:
        self._rest = self._rest[length:]
        self._position += length


def _overlap(text: str, marker: str) -> int:
    """How many characters at the end of a text may begin a marker."""
    longest = min(len(text), len(marker) - 1)
    return next((length for length in range(longest, 0, -1) if text.endswith(marker[:length])), 0)

"""Finds where the text of an answer goes on as a tool call, be it a broken one.

A mark alone is not enough: prose mentions them. After it, the name of a tool of the request must
follow, or what only a call has: the first names of its JSON, or its name and arguments in tokens of
their own. Marks in code or in quotes are text.

At the head of a text, some calls come without the mark that begins them, because a server has
dropped it. `begins_bare_call` finds those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from weryai_core.call_tokens.code_spans import CodeSpans
from weryai_core.call_tokens.marks import (
    ADDRESSED,
    ARGUMENTS_ALONE,
    BEFORE_ARGUMENTS,
    BEFORE_JSON,
    BEFORE_TAGS,
    BETWEEN,
    FENCE,
    IN_CHANNEL,
    IN_TAG,
    IN_TOOL_NAME,
    IS_SPECIAL,
    MARK,
    PROSE_AFTER_END,
    PYTHON,
)

Tools = Mapping[str, Mapping[str, Any]]
"""The parameters' schemas of a request's tools, by name."""

LOOKAHEAD = 300
"""Characters from a mark on that show whether a call follows."""

_LONGEST_BARE = 2000  # characters of JSON in which the name of its tool must stand

_OPENING_FENCE = re.compile(r"```tool_(?:code|calls?)\s*|tool_code\s*\n")
_JSON_START = re.compile(r'[\[\s]*\{+\s*"(?:name|function|tool|arguments|parameters|type|id)"\s*:')
_NAME_IN_JSON = re.compile(r'"(?:name|function|tool)"\s*:\s*"([^"\\]*)"')
_PROSE = re.compile(r"[\w.,;:!?)]")
# A JSON object so far, before its first value.
_JSON_SO_FAR = re.compile(r'(?:\[\s*)?(?:\{\s*(?:"(?:[a-z]{1,10}(?:"\s*)?)?)?)?\Z')
# What follows the name in a call without its first mark, and the beginning of that.
_BARE_TAIL = re.compile(rf"(?:(?::\d{{1,9}})?\s*{BEFORE_ARGUMENTS}|\s*<arg_key>)", re.IGNORECASE)
_BARE_TAIL_SO_FAR = re.compile(
    r"(?::\d{0,9})?\s{0,9}(?:<[^\s<>]{0,40}|\[[A-Z_]{0,10})?\Z", re.IGNORECASE
)
_IN_PYTHON = ("default_api.", "print(default_api.", "call:default_api:")
# gpt-oss and GPT-5 write to whom a message goes.
_MOST_DEBRIS = 200  # characters between the name and the JSON
_ADDRESSES = tuple(
    f"{before}to=functions."
    for before in ("", "commentary ", "analysis ", "assistantcommentary ", "assistant ")
)
# What may stand between a mark and the name of a tool, and what follows the name in a call.
_AROUND_NAME = re.compile(
    r"functions?|invoke|name|tools?|calls?|tool_call|commentary|analysis|to|json|code|print"
    r"|default_api|[\W\d_]"
)
_AFTER_NAME = re.compile(r"(?::\d+|\.call)?\s*?(?:[^\w\s,;.!?]|\n)")
_NAME_ENDS = re.compile(r"(?::\d+|\.call)?\s*\Z")


def find_head(text: str, position: int, tools: Tools, marks: str) -> re.Match[str] | None:
    """How the call at a position begins, if it begins with its name and its arguments follow.

    Args:
        text: The text.
        position: The position.
        tools: The tools of the request.
        marks: What precedes the position. After a mark, any name is one; without, only a tool's.
    """
    for head in IN_CHANNEL:
        if found := head.match(text, position):
            return found
    found = ADDRESSED.match(text, position)
    if found and found["name"] in tools:
        return found
    is_marked = "<" in marks or "[" in marks
    for head in (IN_TAG, IN_TOOL_NAME):
        found = head.match(text, position)
        if found and (is_marked or found["prefix"] or found["name"] in tools):
            return found
    found = BEFORE_TAGS.match(text, position)
    if found and (is_marked or found["name"] in tools):
        return found
    found = BEFORE_JSON.match(text, position)
    if found and (found["marks"] or found["name"] in tools or IS_SPECIAL.search(marks)):
        return found
    return None


def skip_marks(text: str, position: int = 0) -> int:
    """Where a call may begin: after the marks at a position."""
    for skipped in (BETWEEN, _OPENING_FENCE, FENCE):
        found = skipped.match(text, position)
        position = found.end() if found else position
    return position


def is_attempt(text: str, tools: Tools, *, is_end: bool = True) -> bool:
    """Whether a text that begins with a mark goes on like a call.

    Without tools, only special tokens count: users may have a form of tags that is their own.

    Args:
        text: The text.
        tools: The tools of the request.
        is_end: Whether nothing follows the text.
    """
    is_end = is_end or len(text) >= LOOKAHEAD
    text = text[:LOOKAHEAD]
    mark = MARK.match(text)
    if mark is None or (not tools and not IS_SPECIAL.match(text)):
        return False
    start = skip_marks(text)
    if find_head(text, start, tools, text[:start]):
        return True
    if mark["start"] and _JSON_START.match(text, start):
        return True
    if is_python(text, start, tools, text[:start]):
        return True
    if not tools:
        return False
    return ARGUMENTS_ALONE.match(text) is not None or _names_tool(
        text, mark.end(), tools, is_end=is_end
    )


def find_attempts(text: str, tools: Tools) -> Iterator[int]:
    """Where a text goes on like a call after a mark, outside of code."""
    spans = CodeSpans()
    position = 0
    for mark in MARK.finditer(text):
        spans.read(text[position : mark.start()])
        position = mark.start()
        if not spans.is_code and is_attempt(text[position : position + LOOKAHEAD], tools):
            yield position


def begins_bare_call(text: str, tools: Tools, *, is_end: bool) -> bool | None:
    """Whether a text begins with a call of a tool without the mark before it; None if it may.

    Args:
        text: The beginning of an answer, without white space before it.
        tools: The tools of the request.
        is_end: Whether nothing follows the text.
    """
    if text.startswith(("{", "[")):
        found = _begins_bare_json(text[:_LONGEST_BARE], tools)
        if found or (found is None and not is_end and len(text) < _LONGEST_BARE):
            return found
    known = [*tools, *(f"functions.{name}" for name in tools)]
    addressed = [f"{address}{name}" for address in _ADDRESSES for name in tools]
    in_python = [*(f"[{name}(" for name in tools), *_IN_PYTHON]
    candidates = [*known, *addressed, *in_python, "function", "tool_code"]
    if not is_end and any(candidate.startswith(text) for candidate in candidates):
        return None
    for candidate in candidates:
        if text.startswith(candidate):
            found = _follows_bare_name(candidate, text[len(candidate) :], tools)
            if found or (found is None and not is_end):
                return found
    return False


def _begins_bare_json(text: str, tools: Tools) -> bool | None:
    """Whether JSON is that of a call: it names a tool of the request. None if it may be."""
    if not _JSON_START.match(text):
        return None if _JSON_SO_FAR.match(text) else False
    name = _NAME_IN_JSON.search(text)
    return None if name is None else name[1] in tools


def _follows_bare_name(candidate: str, tail: str, tools: Tools) -> bool | None:
    if candidate in _IN_PYTHON or candidate.startswith("["):
        return True
    if candidate.startswith(_ADDRESSES):
        if re.match(r"[\w-]", tail):
            return False  # another name
        return "{" in tail[:_MOST_DEBRIS] or (None if len(tail) < _MOST_DEBRIS else False)
    if candidate != "tool_code":
        found = _BARE_TAIL.match(tail)
        return True if found else (None if _BARE_TAIL_SO_FAR.match(tail) else False)
    code = tail.lstrip()
    if not code:
        return None
    if "\n" not in tail[: len(tail) - len(code)]:
        return False
    starts = ("print(", "default_api.", *(f"{name}(" for name in tools))
    if code.startswith(starts):
        return True
    return None if any(start.startswith(code) for start in starts) else False


def goes_on(text: str, rest: str) -> bool:
    """Whether the sentence before a call goes on after it.

    Args:
        text: The call, and what follows it.
        rest: What follows; "" if that is not known.
    """
    if not rest:
        return PROSE_AFTER_END.search(text) is not None
    call = text[: len(text) - len(rest)]
    is_next = "\n" not in call[len(call.rstrip()) :]
    return is_next and _PROSE.match(rest) is not None


def is_python(text: str, position: int, tools: Tools, marks: str) -> bool:
    """Whether a call begins at a position as Python writes it; for arguments see `find_head`."""
    found = PYTHON.match(text, position)
    if found is None:
        return False
    if found["name"] in tools or (tools and found["api"]):
        return True
    return bool((found["method"] or found["list"]) and IS_SPECIAL.search(marks))


def _names_tool(text: str, position: int, tools: Tools, *, is_end: bool) -> bool:
    """Whether the name of a tool follows a mark, and something else than prose the name."""
    for name in tools:
        found = text.find(name, position)
        if found >= 0 and not _AROUND_NAME.sub("", text[position:found]):
            end = found + len(name)
            if _AFTER_NAME.match(text, end) or (is_end and _NAME_ENDS.match(text, end)):
                return True
    return False

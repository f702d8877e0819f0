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

from weryai_core.call_tokens.begun_json import JSON_START, begins_call, may_be_call
from weryai_core.call_tokens.code_spans import CodeSpans
from weryai_core.call_tokens.marks import (
    ADDRESSED,
    ADDRESSEES,
    ARGUMENTS_ALONE,
    BEFORE_ARGUMENTS,
    BEFORE_JSON,
    BEFORE_TAGS,
    BETWEEN,
    CLAUSE_AFTER_END,
    CLAUSE_AFTER_TAG,
    FENCE,
    IN_BROKEN_TAG,
    IN_CHANNEL,
    IN_TAG,
    IN_TOOL_NAME,
    IS_SPECIAL,
    MARK,
    PROSE_AFTER_END,
    PYTHON,
    TAG_OF_CALL,
    WITHOUT_ARGUMENTS,
)

Tools = Mapping[str, Mapping[str, Any]]
"""The parameters' schemas of a request's tools, by name."""

LOOKAHEAD = 300
"""Characters from a mark on that show whether a call follows."""

_LONGEST_BARE = 2000  # characters of JSON in which the name of its tool must stand

_OPENING_FENCE = re.compile(r"```tool_(?:code|calls?)\s*|tool_code\s*\n")
_IMPORTS = re.compile(r"(?:(?:import|from)\b[^\n]*\n\s*|#[^\n]*\n\s*)+")
_IMPORT_SO_FAR = re.compile(
    r"(?:(?:import|from)\b[^\n]*|#[^\n]*|i(?:m(?:p(?:or?)?)?)?|f(?:ro?)?)?\Z"
)
_LONGEST_GAP = 20  # characters
_GAP = re.compile(r"(?:[ \t]+|,[ \t]*)\Z")
_PROSE = re.compile(r"[\w.,;:!?)]")
# How a sentence goes on whose subject is a call.
_PREDICATE = re.compile(
    r"(?:(?:is|are|was|were|isn't|has|had|does|doesn't|can|could|will|would|should|may|might|must"
    r"|and|or|in|of|as|with|where|which|that|tags?|calls?|tokens?)"
    r"|(?:look|mean|call|run|start|begin|end|tell|show|make|give|return|work|stand|belong|use|ask"
    r"|invoke|add|name|become|get|need|take|denote|represent|trigger|request|appear|seem)s)\b"
)
# What follows the name in a call without its first mark, and the beginning of that.
_BARE_TAIL = re.compile(rf"(?:(?::\d{{1,9}})?\s*{BEFORE_ARGUMENTS}|\s*<arg_key>)", re.IGNORECASE)
_BARE_TAIL_SO_FAR = re.compile(
    r"(?:(?::\d{0,9})?\s{0,9}(?:<[^\s<>]{0,40}|\[[A-Z_]{0,10})?|:\d{1,9}\s{0,9}\{\s{0,9})\Z",
    re.IGNORECASE,
)
_IN_PYTHON = ("default_api.", "print(default_api.", "call:default_api:")
_NUMBERED_TAIL = re.compile(r":\d{1,9}\s*\{\s*[\"}]")
_OF_ANOTHER_NAME = re.compile(r"(?!(?:json|code)(?:[^\w-]|\Z)|(?:js?|jso|co?|cod)\Z)[\w-]")
# gpt-oss and GPT-5 write to whom a message goes.
_MOST_DEBRIS = 200  # characters between the name and the JSON
_ADDRESSES = tuple(f"{addressee}to=functions." for addressee in ("", *ADDRESSEES))
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
    for head in ADDRESSED:
        found = head.match(text, position)
        if found and found["name"] in tools:
            return found
    is_marked = "<" in marks or "[" in marks
    for head in (IN_TAG, IN_BROKEN_TAG, IN_TOOL_NAME):
        found = head.match(text, position)
        if found and (is_marked or found["prefix"] or found["name"] in tools):
            return found
    found = BEFORE_TAGS.match(text, position)
    if found and (is_marked or found["name"] in tools):
        return found
    found = BEFORE_JSON.match(text, position)
    if found and (found["marks"] or found["name"] in tools or IS_SPECIAL.search(marks)):
        return found
    found = WITHOUT_ARGUMENTS.match(text, position) if is_marked else None
    return found if found and takes_nothing(tools.get(found["name"])) else None


def takes_nothing(schema: Mapping[str, Any] | None) -> bool:
    """Whether the tool with these parameters is known, and can be called without arguments."""
    return schema is not None and not schema.get("required")


def skip_marks(text: str, position: int = 0) -> int:
    """Where a call may begin: after the marks at a position."""
    start = position
    for skipped in (BETWEEN, _OPENING_FENCE, FENCE):
        found = skipped.match(text, position)
        position = found.end() if found else position
    if "tool_code" in text[start:position].lower() and (found := _IMPORTS.match(text, position)):
        position = found.end()
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
    if JSON_START.match(text, start) and (mark["start"] or begins_call(text[start:], tools)):
        return True
    if is_python(text, start, tools, text[:start]):
        return True
    if not tools:
        return False
    return ARGUMENTS_ALONE.match(text) is not None or _names_tool(
        text, max(mark.end(), start), tools, is_end=is_end
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
        head = text[:_LONGEST_BARE]
        found = begins_call(head, tools) if may_be_call(head) else False
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


def _follows_bare_name(candidate: str, tail: str, tools: Tools) -> bool | None:
    if candidate in _IN_PYTHON or candidate.startswith("["):
        return True
    if candidate.startswith(_ADDRESSES):
        if _OF_ANOTHER_NAME.match(tail):
            return False
        return "{" in tail[:_MOST_DEBRIS] or (None if len(tail) < _MOST_DEBRIS else False)
    if candidate != "tool_code":
        found = _BARE_TAIL.match(tail) or (
            candidate.startswith("functions.") and _NUMBERED_TAIL.match(tail)
        )
        return True if found else (None if _BARE_TAIL_SO_FAR.match(tail) else False)
    code = tail.lstrip()
    if not code:
        return None
    if "\n" not in tail[: len(tail) - len(code)]:
        return False
    imports = _IMPORTS.match(code)
    code = code[imports.end() :] if imports else code
    if _IMPORT_SO_FAR.match(code):
        return None
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


def is_subject(
    text: str, rest: str, tools: Tools, *, is_read: bool, is_whole: bool = False
) -> bool:
    """Whether a call is the beginning of a sentence: "`<function=add>` is a tag".

    Args:
        text: The call, and what follows it.
        rest: What follows, if the call was read.
        tools: The tools of the request.
        is_read: Whether it was read.
        is_whole: Whether it was read with its mark, at the head of the text. Then lower-case words
            after it may also be what the model says next.
    """
    if is_read:
        end = len(text) - len(rest)
        gap = _GAP.search(text[max(0, end - _LONGEST_GAP) : end])
        if not rest or not gap:
            return False
        goes_on = _PREDICATE.match(rest) is not None if is_whole else rest[0].islower()
        return goes_on or "," in gap[0]
    after_end = CLAUSE_AFTER_END.search(text)
    if after_end and after_end["letter"].islower():
        return TAG_OF_CALL.search(text, after_end.end()) is None
    after_tag = CLAUSE_AFTER_TAG.match(text)
    return bool(
        after_tag
        and after_tag["word"].islower()
        and after_tag["word"] not in (*tools, "assistant", "analysis", "commentary", "final")
    )


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

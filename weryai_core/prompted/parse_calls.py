"""Reads the JSON of tool calls that a model wrote between markers.

It accepts more than the instructions ask for: code fences, other names for the arguments, arguments
as JSON text, lists and rows of calls, too many or too few braces at the end. `json_text` reads the
JSON itself. Arguments that are not JSON are passed on as the text that the model wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import to_json

from weryai_core.call_shapes import WRITTEN_ARGUMENTS, parameters_of, to_call
from weryai_core.identifiers.written_names import is_nameless
from weryai_core.json_text import ESCAPED, parse_arguments, read_json_at, unescaped
from weryai_core.wire import arguments_of, name_of

Call = tuple[str, str]
"""Name and arguments; these are JSON text, or what the model wrote if that is not JSON.

The name is empty if the call has none.
"""

Tools = Mapping[str, Mapping[str, Any]]
"""The parameters' schemas of a request's tools, by name."""

NO_TOOLS: Tools = {}

# Too many braces may open the next call.
_BETWEEN = re.compile(r"[\s,]*(?:\{(?=\{))*")
_LEADING_FENCE = re.compile(r"\s*```\w*")

_WRITTEN_NAME = re.compile(r"""["'](?:name|function|tool)["']\s*:\s*["']([^"'\\]+)["']""")


def parse_calls(text: str, tools: Tools = NO_TOOLS) -> Iterator[Call]:
    """The calls in a text between two markers; none if it holds no call.

    Args:
        text: The text.
        tools: The tools of the request.
    """
    text = unescaped(text)
    fence = _LEADING_FENCE.match(text)
    position = fence.end() if fence else 0
    while (position := _skip_between(text, position)) < len(text):
        try:
            value, position = read_json_at(text, position)
        except ValueError:
            yield from _broken_call(text[position:])
            return
        for entry in value if isinstance(value, list) else [value]:
            call = _to_call(entry, tools)
            if call is not None:
                yield call


def _skip_between(text: str, position: int) -> int:
    """Where the next value begins, after white space and commas."""
    found = _BETWEEN.match(text, position)
    return found.end() if found else position


def _to_call(entry: Any, tools: Tools) -> Call | None:
    if not isinstance(entry, Mapping):
        return None
    if is_nameless(entry, tools):
        return "", ""
    name = name_of(to_call(entry))
    if name is None:
        return None
    call = to_call(entry, known=parameters_of(tools.get(name)))
    return name, _to_arguments(arguments_of(call))


def _to_arguments(value: Any) -> str:
    if isinstance(value, str):
        is_encoded = value.lstrip().startswith('"') or ESCAPED.match(value)
        inner = parse_arguments(value) if is_encoded else None
        return to_json(inner).decode() if inner else value
    return "{}" if value is None else to_json(value).decode()


def _broken_call(text: str) -> Iterator[Call]:
    """A call that is not JSON, with its arguments as far as they go, if it has a name."""
    found = WRITTEN_ARGUMENTS.search(text)
    name = _WRITTEN_NAME.search(text, 0, found.start() if found else len(text))
    if name is None:
        return
    if found is None:
        yield name[1], text.strip()
        return
    try:
        # The arguments may be valid, and only braces after them missing.
        value, _ = read_json_at(text, found.end())
        arguments = _to_arguments(value)
    except ValueError:
        arguments = text[found.end() :].strip()
    yield name[1], arguments


def begins_with_json(text: str) -> bool:
    """Whether a text begins with complete JSON, which may be in a code fence."""
    fence = _LEADING_FENCE.match(text)
    try:
        read_json_at(text, _skip_between(text, fence.end() if fence else 0))
    except ValueError:
        return False
    return True

"""Reads the tool calls in JSON that a model wrote: with tokens around it, or bare.

JSON with tokens around it is meant as a call. Bare JSON may be anything the user asked for: the
definition of a tool, a list of steps, a log of earlier calls. It is a call only if it has the
fields of a call and no others. A definition is never a call, whatever is around it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic_core import to_json

from weryai_core.call_shapes import (
    WRITTEN_ARGUMENTS,
    holds_arguments,
    is_argument,
    is_type,
    parameters_of,
)
from weryai_core.call_shapes import to_call as to_openais_call
from weryai_core.call_tokens.begun_json import CALL_TYPES, ID_KEYS, NAME_KEYS
from weryai_core.call_tokens.find import Tools
from weryai_core.call_tokens.marks import AFTER_JSON
from weryai_core.identifiers.written_names import is_nameless
from weryai_core.json_text import parse_arguments, read_json, read_json_at
from weryai_core.wire import arguments_of, function_of, name_of


class TokenCall(NamedTuple):
    """A call: its id if the model gave one, its name, and its arguments as JSON text."""

    id: str | None
    name: str
    arguments: str


CallsAndEnd = tuple[list[TokenCall], int]
"""Calls, and where they end."""

_TEXT_TYPES = ("string", "number", "integer", "boolean", "array", "null", "float")
_WRITTEN_NAME = re.compile(rf'"(?:{"|".join(NAME_KEYS)})"\s*:\s*"(?P<name>[^"\\]+)"')
_MISSING_ENDS = ("}", "}}", "}]", "}}]")


def read_json_calls(text: str, position: int, tools: Tools, *, is_bare: bool) -> CallsAndEnd | None:
    """The calls in the JSON value at a position; None if it holds anything else.

    Args:
        text: The text.
        position: Where the value begins.
        tools: The tools of the request.
        is_bare: Whether no token is around the JSON.

    Raises:
        ValueError: No JSON begins there, or its arguments are truncated.
    """
    try:
        value, end = read_value(text, position)
    except ValueError:
        return _read_unclosed(text, position, tools, is_bare=is_bare)
    calls = _to_calls(value, tools, is_bare=is_bare)
    return None if calls is None else (calls, end)


def read_value(text: str, position: int) -> tuple[Any, int]:
    """A JSON value and where it ends, also one with too many braces around it.

    Raises:
        ValueError: No JSON begins there, or it is truncated.
    """
    while text.startswith("{{", position):
        position += 1
    value, end = read_json_at(text, position)
    excess = AFTER_JSON.match(text, end)
    return value, excess.end() if excess else end


def written_name(text: str, position: int) -> str | None:
    """The first name of a tool in the JSON at a position, which may be truncated."""
    name = _WRITTEN_NAME.search(text, position)
    return name["name"] if name else None


def to_call(
    name: str, arguments: Any, tools: Tools, id_: str | None = None, *, is_bare: bool = False
) -> TokenCall | None:
    """The call of a tool; None if its arguments are no object, or the schema of a tool."""
    if isinstance(arguments, str):
        arguments = parse_arguments(arguments)
    if not isinstance(arguments, Mapping):
        return None
    if _is_schema(arguments, tools.get(name, {}), is_bare=is_bare):
        return None
    return TokenCall(id_ if id_ != name else None, name, to_json(arguments).decode())


def _read_unclosed(text: str, position: int, tools: Tools, *, is_bare: bool) -> CallsAndEnd | None:
    """The call in JSON whose arguments are complete, and which lacks the braces after them."""
    written = WRITTEN_ARGUMENTS.search(text, position)
    if written is None:
        return None
    name = _WRITTEN_NAME.search(text, position, written.start())
    if name is None:
        return None
    value, end = read_json_at(text, written.end())
    excess = AFTER_JSON.match(text, end)
    if excess is None or not isinstance(value, Mapping):
        return None
    if not is_bare:
        call = to_call(name["name"], value, tools)
        return ([call], excess.end()) if call else None
    for missing in _MISSING_ENDS:
        try:
            whole = read_json(text[position:end] + missing)
        except ValueError:
            continue
        calls = _to_calls(whole, tools, is_bare=True)
        return (calls, excess.end()) if calls else None
    return None


def _to_calls(value: Any, tools: Tools, *, is_bare: bool) -> list[TokenCall] | None:
    """The calls of a JSON value; None if an entry is no call. Those without a name are left out."""
    entries = value if isinstance(value, list) else [value]
    named = entries if is_bare else [one for one in entries if not is_nameless(one, tools)]
    calls = [call for entry in named if (call := _to_whole_call(entry, tools, is_bare=is_bare))]
    return calls if entries and len(calls) == len(named) else None


def _to_whole_call(entry: Any, tools: Tools, *, is_bare: bool) -> TokenCall | None:
    if not isinstance(entry, Mapping):
        return None
    name = (name_of(to_openais_call(entry)) or "").removeprefix("functions.")
    if not name or not (name in tools or holds_arguments(entry)):
        return None
    if is_bare and not (name in tools and _has_only_the_fields_of_a_call(entry)):
        return None
    call = to_openais_call(entry, known=parameters_of(tools.get(name)))
    arguments = arguments_of(call)
    return to_call(name, {} if arguments is None else arguments, tools, is_bare=is_bare)


def _has_only_the_fields_of_a_call(entry: Mapping[str, Any]) -> bool:
    """Whether an object has one name, one value of arguments, and nothing that no call has."""
    function = function_of(entry)
    rest = {key: value for key, value in entry.items() if not function or key != "function"}
    if rest.get("type") not in CALL_TYPES:
        return False
    if any(isinstance(rest.get(key), (Mapping, list)) for key in ID_KEYS):
        return False
    fields = (function.keys() | rest.keys()) - ID_KEYS - {"type"}
    names, arguments = fields.intersection(NAME_KEYS), [*filter(is_argument, fields)]
    return len(names) == len(arguments) == 1 and len(fields) == len(names) + len(arguments)


def _is_schema(arguments: Mapping[str, Any], schema: Mapping[str, Any], *, is_bare: bool) -> bool:
    """Whether what stands in the place of arguments is the schema of the tool's parameters.

    `{"type": "object"}` with tokens around it may be the arguments of a tool that takes any name.
    """
    own = schema.get("properties")
    properties: Mapping[str, Any] = own if isinstance(own, Mapping) else {}
    if arguments.get("type") == "object" and not arguments.keys() <= properties.keys():
        if len(arguments) > 1:
            return isinstance(arguments.get("properties"), Mapping)
        return is_bare or (bool(properties) and not schema.get("additionalProperties"))
    return bool(arguments) and all(
        _is_parameter(value, properties.get(key)) for key, value in arguments.items()
    )


def _is_parameter(value: Any, schema: Any) -> bool:
    """Whether a value describes a parameter that takes text or a number."""
    takes_text = isinstance(schema, Mapping) and schema.get("type") in _TEXT_TYPES
    return takes_text and is_type(value)

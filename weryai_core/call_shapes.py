"""Reads the tool calls of a message in any API's form, as entries of OpenAI's `tool_calls`.

A list may come as one call, as calls by their number, or as JSON text. A call may have its fields
next to the id, in an object of any name, or in one within another, and names of its own for them.
What is beyond doubt is read; the rest stays as it came, and counts as a call without a name.

The arguments are the first field with a name for them that holds some; without one, the fields that
are left over. No tool runs with `{}` though its arguments came.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from pydantic_core import from_json

from weryai_core.brackets import shallow

Fields = Mapping[str, Any]
Names = AbstractSet[str]

_NO_FIELDS: Fields = {}
_OBJECT = (dict, Mapping)  # dict first: checks of abstract classes are slow
_MOST_ENCODINGS = 3  # how often calls may be JSON text within JSON text
_DEEPEST = 3  # objects within one another

# OpenAI's names of what holds name and arguments first, then those of others.
_FUNCTIONS = (
    *("function", "custom", "functionCall", "function_call", "toolUse", "tool_use", "toolCall"),
    *("tool_call", "func", "tool"),
)
_OTHER_NAMES = frozenset(
    ("tool_name", "toolName", "function_name", "functionName", "recipient_name", "action")
)
_NAMES = ("name", *_OTHER_NAMES)
_OF_NAMED = frozenset((*_NAMES, *_FUNCTIONS))
ARGUMENT_NAMES = (
    *("arguments", "args", "input", "parameters", "tool_kwargs", "params", "kwargs", "inputs"),
    *("argument", "parameter", "function_arguments", "function_args", "arguments_json"),
    *("partial_json", "tool_input", "tool_arguments", "tool_args", "tool_parameters"),
    *("action_input", "action_arguments"),
)
"""The names that APIs and models give to the arguments, in snake case."""

WRITTEN_ARGUMENTS = re.compile(
    rf"""["'](?:{"|".join(name.replace("_", "_?") for name in ARGUMENT_NAMES)})["']\s*:\s*""",
    re.IGNORECASE,
)
"""Such a name in JSON, up to its value."""

# In any case, with underscores or without.
_ARGUMENTS = frozenset(name.replace("_", "") for name in ARGUMENT_NAMES)
# Those whose value is the arguments also if it is not an object; it may be a piece of a text.
_CERTAIN = frozenset(("arguments", "argumentsjson", "functionarguments", "partialjson"))
# What services send where arguments are missing.
_EMPTY = (None, "", "{}", "null", "None", "undefined", "[]", '""')
# Fields of a call that are no arguments: exactly these, or names that begin so.
_OF_CALLS = frozenset(
    (
        *("index", "status", "role", "object", "call_id", "tool_call_id", "caller", "signature"),
        *("annotations", "output", "result", "metadata", "extra", "provider", *_FUNCTIONS),
    )
)
_OTHERS_BEGIN = ("extra_", "provider_", "thought", "reasoning", "cache_", "meta_")
# Fields of a tool's definition, which some repeat next to empty arguments.
_OF_TOOLS = frozenset(("description", "strict", "title"))
_CALL_TYPES = frozenset(
    (
        *("function", "custom", "tool", "toolCall", "tool_call", "tool_use", "toolUse"),
        *("function_call", "functionCall", "custom_tool_call", "server_tool_use"),
    )
)
_SCHEMA_TYPES = frozenset(
    ("string", "number", "integer", "boolean", "array", "object", "null", "any", "float")
)
_CALL_ID = re.compile(r"(?:call|toolu|tool|fc|chatcmpl|functions)[-_.]")
# Fields that a call of OpenAI has next to its function.
_PLAIN = frozenset(("index", "id", "type", "function"))


def to_calls(calls: object) -> list[Fields]:
    """The value of `tool_calls` as a list of calls, each with its name and arguments in `function`.

    Values that are no calls are left out.
    """
    if not calls:
        return []
    calls = _parsed(calls)
    if not isinstance(calls, list) and isinstance(calls, Mapping):
        calls = [calls] if _is_call(calls) else _calls_by_key(calls)
    if not isinstance(calls, (list, tuple)):
        return []
    entries = [call if isinstance(call, _OBJECT) else _parsed(call) for call in calls]
    inner = [entry if isinstance(entry, list) else [entry] for entry in entries]
    return [to_call(call) for calls in inner for call in calls if isinstance(call, _OBJECT)]


def _calls_by_key(calls: Fields) -> list[Any]:
    """The calls of an object of several, by their numbers, ids or names.

    A value without a name has that of its key: it is the arguments, or holds them.
    """
    found = []
    for key, value in calls.items():
        inner = _parsed(value)
        is_number = key.isdecimal() or _CALL_ID.match(key) is not None
        if is_number or not isinstance(inner, Mapping) or not _OF_NAMED.isdisjoint(inner):
            found.append(inner)
        elif "arguments" in inner:
            found.append({"name": key, **inner})
        else:
            found.append({"name": key, "arguments": value})
    return found


def to_call(call: Fields, depth: int = 0, *, known: Names | None = None) -> Fields:
    """A call of any API as OpenAI writes it; unchanged if it is so already.

    Args:
        call: The call, or a fragment of one.
        depth: In how many objects it stands.
        known: For a call that is whole, the parameters of its tool; empty if they are unknown.
            Then arguments may be fields of the call, also next to an empty `arguments`.
    """
    holder = call.get("function")
    inner: Fields = holder if isinstance(holder, _OBJECT) else _NO_FIELDS
    if "arguments" in inner and "name" not in call and _OTHER_NAMES.isdisjoint(inner):
        is_bare = len(inner) <= 2 and call.keys() <= _PLAIN
        if is_bare or _is_filled(inner["arguments"]):
            return call
    function = next((found for key in _FUNCTIONS if (found := _held(call.get(key)))), _NO_FIELDS)
    if depth < _DEEPEST and not function.keys().isdisjoint(_FUNCTIONS):
        nested = to_call(function, depth + 1, known=known)
        function = _held(nested.get("function")) or function
        call = {**nested, **{key: value for key, value in call.items() if value is not None}}
    names = [fields.get(key) for fields in (function, call) for key in _NAMES]
    names += [holder] if isinstance(holder, str) and not holder.startswith(("{", "[")) else []
    names += [call.get("tool")]
    name = next((name for name in names if isinstance(name, str)), None)
    arguments = _arguments_of(function, call, name, known)
    found = {"name": name, "arguments": arguments}
    found = {key: value for key, value in found.items() if value is not None}
    if not found or (holder is function and found.items() <= function.items()):
        return call
    return {**call, "function": {**function, **found}}


def holds_arguments(call: Fields) -> bool:
    """Whether a call has a field for its arguments, be it an empty one."""
    functions = (_held(call.get(key)) for key in _FUNCTIONS)
    return any(is_argument(key) for fields in (*functions, call) for key in fields)


def _arguments_of(function: Fields, call: Fields, name: str | None, known: Names | None) -> Any:
    """The arguments of a call: a filled field before an empty one, then the fields of their own."""
    given = [
        (key, value)
        for fields in (function, call)
        for key, value in fields.items()
        if is_argument(key)
    ]
    if not all(_is_filled(value) for _, value in given):  # next to it, some repeat the schema
        given = [(key, value) for key, value in given if not _is_definition(key, value)]
    given = [(key, value) for key, value in given if value is not None]
    filled = [(key, value) for key, value in given if _is_filled(value)]
    for key, value in filled:
        if _is_object(value) or _normalized(key) in _CERTAIN:
            return value
    if name is not None and (known is not None or not given):
        holders = [function] if function else [call]
        holders += [call] if function and known is not None else []
        for fields in holders:
            own = _own_arguments(fields, name, known, has_field=bool(given))
            if own is not None:
                return own
    return next((value for _, value in (*filled, *given)), None)


def _own_arguments(fields: Fields, name: str, known: Names | None, *, has_field: bool) -> Any:
    """The arguments that stand among the fields of a call; None if there are none.

    A single object is the arguments, under an unknown name, unless a parameter has that name.
    """
    found = {
        key: value
        for key, value in fields.items()
        if _may_be_own(key, value, name, known, has_field=has_field)
    }
    others = {key for key in found if not is_argument(key)}
    if has_field or known:
        others -= _OF_TOOLS.difference(known or ())
    if not others:
        return None
    [only, *more] = others
    if not more and _is_object(found[only]) and len(found) == 1 and only not in (known or ()):
        inner = _held(found[only])
        if not known or not inner or not known.isdisjoint(inner):
            return found[only]
    return found


def _may_be_own(key: str, value: Any, name: str, known: Names | None, *, has_field: bool) -> bool:
    """Whether a field of a call may be an argument itself."""
    if value == name and (key in _NAMES or key in _FUNCTIONS):
        return False
    if known and key in known:
        return True
    if key == "type":
        return isinstance(value, str) and value not in _CALL_TYPES and known is not None
    if key == "id":
        is_of_call = value is None or (isinstance(value, str) and _CALL_ID.match(value) is not None)
        return known is not None and not (known or has_field or is_of_call)
    if value is None or is_argument(key):
        return _is_filled(value)
    return key not in _OF_CALLS and not key.startswith(_OTHERS_BEGIN)


def _is_definition(key: str, value: object) -> bool:
    """Whether a field for arguments has the schema of a tool's parameters instead."""
    fields = {} if _normalized(key) in _CERTAIN else _held(value)
    if fields.get("type") == "object":
        return len(fields) == 1 or isinstance(fields.get("properties"), Mapping)
    return bool(fields) and all(map(is_type, fields.values()))


def is_type(value: object) -> bool:
    """Whether a value is the schema of one parameter."""
    if not isinstance(value, Mapping):
        return False
    named = value.get("type")
    return isinstance(named, str) and named in _SCHEMA_TYPES


def _normalized(key: str) -> str:
    return key.replace("_", "").lower()


def _is_filled(value: object) -> bool:
    """Whether arguments hold something."""
    if isinstance(value, str):
        return value.strip() not in _EMPTY
    return bool(value) or isinstance(value, (bool, int, float))


def _is_object(value: object) -> bool:
    """Whether a value is an object, or a text that begins as one, which may be encoded."""
    if isinstance(value, str):
        return value.lstrip().startswith(("{", '"{', "```"))
    return isinstance(value, _OBJECT)


def is_argument(key: object) -> bool:
    """Whether a field of this name holds the arguments of a call."""
    return isinstance(key, str) and (key in _ARGUMENTS or _normalized(key) in _ARGUMENTS)


def parameters_of(schema: object) -> Names:
    """The names of the parameters in a tool's schema."""
    properties = schema.get("properties") if isinstance(schema, _OBJECT) else None
    return frozenset(properties if isinstance(properties, _OBJECT) else ())


def _held(value: object) -> Fields:
    """The object that a value is, which may be JSON text or in a list of its own; else empty."""
    value = _parsed(value)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, Mapping) else _NO_FIELDS


def _parsed(value: object) -> object:
    """The list or object in a text that is JSON; any other value unchanged."""
    if not isinstance(value, str):
        return value
    parsed: object = value
    for _ in range(_MOST_ENCODINGS):
        if not isinstance(parsed, str) or not parsed.lstrip().startswith(("{", "[", '"')):
            break
        try:
            parsed = _value_of(parsed)
        except ValueError:
            return value
    return parsed if isinstance(parsed, (Mapping, list)) else value


def _value_of(text: str) -> Any:
    """The JSON in a text, which may be nested too deeply.

    Raises:
        ValueError: The text is not JSON.
    """
    try:
        return from_json(text)
    except (ValueError, TypeError):  # TypeError: half a surrogate pair
        body = text.encode()
        document = shallow(body)
        if document is body:
            raise ValueError("not JSON") from None
        return from_json(document)


def _is_call(fields: Fields) -> bool:
    """Whether this is a call, and not an object of several."""
    return not fields.keys().isdisjoint((*_NAMES, *_FUNCTIONS)) or any(map(is_argument, fields))

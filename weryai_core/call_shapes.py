"""Reads the tool calls of a message in any API's form, as entries of OpenAI's `tool_calls`.

A list may come as one call, as calls by their number, or as JSON text. A call may have its fields
next to the id, in an object of any name, or in one within another, and names of its own for them.
What is beyond doubt is read; the rest stays as it came, and counts as a call without a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

Fields = Mapping[str, Any]

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
_ARGUMENTS = (
    *("arguments", "args", "input", "parameters", "tool_kwargs", "params", "kwargs", "inputs"),
    *("function_arguments", "functionArguments", "arguments_json", "argumentsJson", "partial_json"),
    *("tool_input", "toolInput", "action_input", "actionInput"),
)
# Parts of names of fields that are no arguments.
_NO_ARGUMENTS = ("extra", "provider", "thought", "meta", "cache", "annotation", "output", "result")


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
    """The calls of an object of several; what is not a call is arguments, and its key a name."""
    found = []
    for key, value in calls.items():
        inner = _parsed(value)
        is_arguments = isinstance(inner, Mapping) and not (key.isdecimal() or _is_call(inner))
        found.append({"name": key, "arguments": value} if is_arguments else inner)
    return found


def to_call(call: Fields, depth: int = 0) -> Fields:
    """A call of any API as OpenAI writes it; unchanged if it is so already."""
    holder = call.get("function")
    inner: Fields = holder if isinstance(holder, _OBJECT) else _NO_FIELDS
    if "arguments" in inner and "name" not in call and _OTHER_NAMES.isdisjoint(inner):
        return call
    function = next((found for key in _FUNCTIONS if (found := _held(call.get(key)))), _NO_FIELDS)
    if depth < _DEEPEST and not function.keys().isdisjoint(_FUNCTIONS):
        nested = to_call(function, depth + 1)
        function = _held(nested.get("function")) or function
        call = {**nested, **{key: value for key, value in call.items() if value is not None}}
    names = [fields.get(key) for fields in (function, call) for key in _NAMES]
    names += [holder] if isinstance(holder, str) and not holder.startswith(("{", "[")) else []
    names += [call.get("tool")]
    name = next((name for name in names if isinstance(name, str)), None)
    values = (fields.get(key) for fields in (function, call) for key in _ARGUMENTS)
    arguments = next((value for value in values if value is not None), None)
    if arguments is None and name is not None:
        arguments = _only_object(function)
    found = {"name": name, "arguments": arguments}
    found = {key: value for key, value in found.items() if value is not None}
    if not found or (holder is function and found.items() <= function.items()):
        return call
    return {**call, "function": {**function, **found}}


def _held(value: object) -> Fields:
    """The object that a value is, which may be JSON text or in a list of its own; else empty."""
    value = _parsed(value)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, Mapping) else _NO_FIELDS


def _only_object(function: Fields) -> Any:
    """The value of the only field that can be the arguments, under an unknown name; else None."""
    found = [
        value
        for key, value in function.items()
        if key not in _NAMES and not any(word in key.lower() for word in _NO_ARGUMENTS)
        if isinstance(value, Mapping) or isinstance(_parsed(value), Mapping)
    ]
    return found[0] if len(found) == 1 else None


def _parsed(value: object) -> object:
    """The list or object in a text that is JSON; any other value unchanged."""
    if not isinstance(value, str):
        return value
    parsed: object = value
    for _ in range(_MOST_ENCODINGS):
        if not isinstance(parsed, str) or not parsed.lstrip().startswith(("{", "[", '"')):
            break
        try:
            parsed = from_json(parsed)
        except ValueError:
            return value
    return parsed if isinstance(parsed, (Mapping, list)) else value


def _is_call(fields: Fields) -> bool:
    """Whether this is a call, and not an object of several."""
    return not fields.keys().isdisjoint((*_NAMES, *_FUNCTIONS, *_ARGUMENTS))

"""Messages, content and tool calls as JSON has them: one reader for each, used everywhere.

The readers take any value, also one that is not what it should be: whether a message is valid is
decided by the checks of a request and by the service. What cannot be read is None or empty.

    {"role": "assistant",                                                       role_of
     "content": "text" or [{"type": "text", "text": "text"}],                   parts_of
     "tool_calls": [                                                            calls_of
        {"id": "call_1",                                                        id_of
         "type": "function",
         "function": {"name": "add", "arguments": "{}"}}]}                      function_of, name_of
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from math import isfinite
from typing import Any, Literal

from pydantic_core import PydanticSerializationError, from_json, to_json, to_jsonable_python

from weryai_core.brackets import TOO_LONG, shallow
from weryai_core.call_shapes import to_calls
from weryai_core.limits import LARGE, check_document, check_inner_document, check_odd_document
from weryai_core.surrogates import without_surrogates

Message = Mapping[str, Any]
Part = Mapping[str, Any]
Call = Mapping[str, Any]

_MOST_DIGITS = 300  # more are no count, and overflow a float
BOM = b"\xef\xbb\xbf"

TOOL_PARAMETERS = ("tools", "tool_choice", "parallel_tool_calls")
"""The parameters of a request that are about tools."""

# `developer` is OpenAI's newer name for `system`.
_INSTRUCTION_ROLES = ("system", "developer")
SPEAKERS = ("user", "assistant", *_INSTRUCTION_ROLES)
"""The roles of messages that are no results."""

# `function` goes with `function_call`, OpenAI's older way.
_RESULT_ROLES = ("tool", "function")

EXTRAS = frozenset(
    (
        "reasoning_details",
        "thinking_blocks",
        "provider_specific_fields",
        "extra_content",
        "thought_signature",
        "thoughtSignature",
        "reasoning_items",
        "reasoning_opaque",
        "reasoning_text",
        "reasoning_signature",
    )
)
"""What models want back with their calls: fields for signed or encrypted reasoning.

OpenRouter's come first, then LiteLLM's, Google's, LiteLLM's for OpenAI, and those of smaller
gateways. They are fields of the message, of a call, or of its `function`.
"""

_LISTS = ("reasoning_details", "thinking_blocks", "reasoning_items")
# LiteLLM also appends Gemini's signature to the id of the call.
_SIGNATURE_IN_ID = "__thought__"

NOT_NUMBERS = ("NaN", "Infinity")
"""What many parsers and models write for numbers that JSON does not have."""

_OF_CALL = {"id", "type", "function"}
_OF_FUNCTION = {"name", "arguments"}
_NO_FIELDS: Mapping[str, Any] = {}
_WITHOUT_NAN = frozenset((str, int, bool, type(None)))
_OBJECT = (dict, Mapping)  # dict first: checks of abstract classes are slow


def parse_json(body: bytes, limit: int | None = None) -> Any:
    """The JSON in a body that a service sent, with or without a byte order mark; else None.

    Args:
        body: The body.
        limit: How large it may be, if it has a limit of its own.

    Raises:
        ReplyTooLargeError: Its values take too much memory.
    """
    body = body.removeprefix(BOM)
    if len(body) > LARGE:
        check_inner_document(body) if limit is None else check_document(body, limit)
    try:
        return from_json(body)
    except ValueError:
        pass
    if limit is not None:
        check_odd_document(body, limit)
    try:
        return without_surrogates(parse_leniently(body))
    except ValueError:
        return None


def parse_body(body: bytes, limit: int | None = None) -> Any:
    """`parse_json` for a body that may be JSON text within JSON text."""
    value = parse_json(body, limit)
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        # Less than the limit is left for it: the text that it was in takes memory, too.
        inner = parse_json(value.encode("utf-8", "replace"), limit and limit // 2)
        return value if inner is None else inner
    return value


def parse_leniently(body: bytes) -> Any:
    """The JSON in a body that `from_json` refuses; it may hold surrogates.

    Halves of surrogate pairs, bytes that are not UTF-8 and control characters are read. Integers of
    thousands of digits, which Python refuses, are `TOO_LONG`; what lies too deep is `TOO_DEEP`.

    Raises:
        ValueError: The body is not JSON.
    """
    try:
        text = shallow(body).decode("utf-8", "surrogateescape")
        return json.loads(text, strict=False, parse_int=_to_integer)
    except RecursionError:
        raise ValueError("JSON is nested too deeply") from None


def _to_integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MOST_DIGITS else TOO_LONG


def write_json(value: Any, *, inf_nan_mode: Literal["constants", "strings"] = "constants") -> bytes:
    """A value as JSON. Halves of surrogate pairs, e.g. of a text from a PDF, become U+FFFD.

    Args:
        value: The value.
        inf_nan_mode: How to write numbers that JSON does not have.

    Raises:
        ValueError: The value holds something else that JSON cannot.
    """
    try:
        return to_json(value, inf_nan_mode=inf_nan_mode)
    except PydanticSerializationError as error:
        if "surrogates" not in str(error):
            raise
    # First without those in names of fields, for which pydantic would fail once more.
    plain = to_jsonable_python(without_surrogates(value))
    return to_json(without_surrogates(plain), inf_nan_mode=inf_nan_mode)


def may_hold_nan(value: Any) -> bool:
    """Whether a value may hold a number that JSON does not have: a look at its numbers alone.

    Of objects other than JSON's own nothing is known, so they may. The value must not contain
    itself.
    """
    found = [value]
    while found:
        one = found.pop()
        if isinstance(one, dict):
            one = one.values()
        elif not isinstance(one, (list, tuple)):
            is_finite = isinstance(one, float) and isfinite(one)
            if not is_finite and type(one) not in _WITHOUT_NAN:
                return True
            continue
        found += [inner for inner in one if type(inner) is not str]
    return False


def is_json(value: Any) -> bool:
    """Whether a value consists of JSON's own types, and of tuples. It must not contain itself."""
    found = [value]
    while found:
        one = found.pop()
        if type(one) is dict:
            found += [key for key in one if type(key) is not str]
            one = one.values()
        elif type(one) not in (list, tuple):
            if type(one) is not float and type(one) not in _WITHOUT_NAN:
                return False
            continue
        found += [inner for inner in one if type(inner) is not str]
    return True


def role_of(message: object) -> str | None:
    """The role of a message."""
    role = message.get("role") if isinstance(message, _OBJECT) else None
    return role if isinstance(role, str) else None


def is_plain(message: object) -> bool:
    """Whether this is a text of a user, an assistant or a system, and nothing else."""
    if not isinstance(message, dict) or len(message) != 2:
        return False
    return message.get("role") in SPEAKERS and isinstance(message.get("content"), str)


def is_plain_call(call: object) -> bool:
    """Whether this is a function's call as OpenAI's API defines it, and nothing else."""
    if type(call) is not dict or call.keys() != _OF_CALL or call["type"] != "function":
        return False
    id_, function = call["id"], call["function"]
    if not isinstance(id_, str) or not id_ or _SIGNATURE_IN_ID in id_:
        return False
    if type(function) is not dict or function.keys() != _OF_FUNCTION:
        return False
    name = function["name"]
    return isinstance(name, str) and bool(name) and isinstance(function["arguments"], str)


def is_instruction(message: object) -> bool:
    """Whether this is a system or developer message."""
    return role_of(message) in _INSTRUCTION_ROLES


def is_result(message: object) -> bool:
    """Whether this is the result of a tool call."""
    return role_of(message) in _RESULT_ROLES


def parts_of(content: object) -> list[Any]:
    """Content as a list of parts: text becomes one part, no content none."""
    if isinstance(content, (list, tuple)):
        return [*content]
    if isinstance(content, str):
        content = {"type": "text", "text": content} if content else None
    return [content] if content else []


def join_contents(*contents: Any) -> str | list[Any]:
    """Contents in one: text if all of them are text, otherwise a list of parts."""
    filled = [content for content in contents if content]
    if all(isinstance(content, str) for content in filled):
        return "\n\n".join(filled)
    return [part for content in filled for part in parts_of(content)]


def calls_of(message: object) -> list[Call]:
    """The entries of a message's `tool_calls`, each with its name and arguments in `function`."""
    return to_calls(message.get("tool_calls")) if isinstance(message, _OBJECT) else []


def legacy_call_of(message: object) -> Call | None:
    """A message's `function_call`, OpenAI's older way, as an entry of `tool_calls` without id."""
    function = message.get("function_call") if isinstance(message, _OBJECT) else None
    return {"function": function} if isinstance(function, _OBJECT) else None


def id_of(call: Call) -> str | None:
    """The id of a tool call; None if it is missing or empty."""
    return _text(call.get("id"))


def function_of(entry: object) -> Mapping[str, Any]:
    """The `function` of a tool, a `tool_choice` or a tool call; empty if there is none."""
    function = entry.get("function") if isinstance(entry, _OBJECT) else None
    return function if isinstance(function, _OBJECT) else _NO_FIELDS


def name_of(entry: object) -> str | None:
    """The name of the function in a tool, a `tool_choice` or a tool call."""
    return _text(function_of(entry).get("name"))


def allowed_names(choice: object) -> list[str] | None:
    """The names in OpenAI's `tool_choice` of several tools; None if it is another choice.

    The chat API has them in an object of the same name, the Responses API next to the type.
    """
    if not isinstance(choice, Mapping) or choice.get("type") != "allowed_tools":
        return None
    held = choice.get("allowed_tools")
    tools = (held if isinstance(held, Mapping) else choice).get("tools")
    found = []
    for tool in tools if isinstance(tools, (list, tuple)) else ():
        flat = tool.get("name") if isinstance(tool, Mapping) else tool
        found.append(name_of(tool) or _text(flat))
    return [name for name in found if name is not None]


def mode_of(choice: object) -> Any:
    """The word in a `tool_choice`: "auto", "required" ...; None where it names one tool."""
    if not isinstance(choice, Mapping):
        return choice
    if choice.get("type") != "allowed_tools":
        return None
    held = choice.get("allowed_tools")
    return (held if isinstance(held, Mapping) else choice).get("mode")


def arguments_of(call: Call) -> Any:
    """The arguments of a tool call as they came: JSON text, or an object from some services."""
    return function_of(call).get("arguments")


def has_extras(message: Mapping[str, Any]) -> bool:
    """Whether a message or a tool call has fields that `message_extras` names, be they empty."""
    return not EXTRAS.isdisjoint(message)


def message_extras(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of a message that its model wants back with its tool calls, as they came."""
    if EXTRAS.isdisjoint(message):
        return _NO_FIELDS
    found = {name: _finite(_kept(name, message[name])) for name in EXTRAS if name in message}
    return {name: value for name, value in found.items() if _holds(value)}


def call_extras(call: Call) -> Mapping[str, Any]:
    """The fields of a tool call that its model wants back with it, as they came.

    Those of its `function` are in an object of that name.
    """
    extras, inner = message_extras(call), message_extras(function_of(call))
    if inner:
        extras = {**extras, "function": inner}
    _, _, signature = (id_of(call) or "").partition(_SIGNATURE_IN_ID)
    if signature and not extras:
        return {"provider_specific_fields": {"thought_signature": signature}}
    return extras


def with_extras(call: Call, extras: Mapping[str, Any]) -> dict[str, Any]:
    """The tool call with these `call_extras`."""
    inner = extras.get("function")
    if not isinstance(inner, Mapping):
        return {**call, **extras}
    return {**call, **extras, "function": {**function_of(call), **inner}}


def without_extras(call: Call) -> dict[str, Any]:
    """The tool call without the fields that `call_extras` names."""
    bare = {name: value for name, value in call.items() if name not in EXTRAS}
    if not EXTRAS.isdisjoint(function_of(call)):
        function = function_of(call)
        bare["function"] = {name: function[name] for name in function if name not in EXTRAS}
    return bare


def _kept(name: str, value: Any) -> Any:
    """A field for signed reasoning as it goes back; one entry is a list of one."""
    if name in _LISTS and isinstance(value, _OBJECT):
        return [value]
    if name == "reasoning_details" and isinstance(value, str) and value:
        return [{"type": "reasoning.text", "text": value}]
    if isinstance(value, bytes):  # Google's own package has them
        return b64encode(value).decode()
    if name != "extra_content" or not isinstance(value, Mapping):
        return value
    # Google marks a piece of reasoning so; on a whole answer the mark would mean all of it.
    return {
        vendor: {key: inner for key, inner in fields.items() if key != "thought"}
        if isinstance(fields, Mapping) and "thought" in fields
        else fields
        for vendor, fields in value.items()
    }


def _finite(value: Any) -> Any:
    """A JSON value with null in place of NaN and Infinity, which no service takes back."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(inner) for name, inner in value.items()}
    return [*map(_finite, value)] if isinstance(value, list) else value


def _holds(value: object) -> bool:
    """Whether a value holds something; gateways send objects of nulls."""
    return any(map(_holds, value.values())) if isinstance(value, Mapping) else bool(value)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None

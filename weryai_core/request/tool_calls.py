"""Earlier tool calls of any framework or API, as entries of a message's `tool_calls`.

`to_call_param` reads one call; `with_readable_calls` those of a request that has them as they came.
`identifiers` then makes their ids and names fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weryai_core.errors import InvalidRequestError
from weryai_core.json_text import PLACEHOLDERS, parse_arguments, to_strict_json
from weryai_core.wire import (
    NOT_NUMBERS,
    Call,
    Message,
    arguments_of,
    call_extras,
    calls_of,
    function_of,
    is_plain_call,
    name_of,
    with_extras,
    write_json,
)

# The names of one thing in frameworks' messages, Anthropic's API, and OpenAI's Responses and chat.
# OpenAI's Responses name the call (`call_id`) and the item that holds it (`id`).
_IDS = ("tool_call_id", "tool_id", "call_id", "id")
_NAMES = ("tool_name", "name")
_ARGUMENTS = ("tool_kwargs", "args", "input", "arguments")

_FLAT = {"name", "args", "id", "type"}


def to_call_param(call: Call) -> dict[str, Any]:
    """A tool call of any framework or API as an entry of a message's `tool_calls`.

    Arguments that are not a JSON object, such as truncated ones, are put into one: some upstreams
    refuse a conversation with other arguments.

    Returns:
        The entry. Its id is None and its name "" if the call has none; calls without a name are
        left out when the request is prepared, together with their results.

    Raises:
        InvalidRequestError: The arguments hold something that JSON cannot.
    """
    if type(call) is dict and call.keys() == _FLAT:
        return _from_flat(call)
    fields = function_of(call) or call
    name = _first(fields, _NAMES)
    name = name if isinstance(name, str) else ""
    id_ = _first(call, _IDS)
    param = {
        "id": id_ if isinstance(id_, str) else None,
        "type": "function",
        "function": {"name": name, "arguments": _to_text(_first(fields, _ARGUMENTS), name)},
    }
    return with_extras(param, call_extras(call))


def _from_flat(call: Call) -> dict[str, Any]:
    """A call with nothing but a name, arguments and an id, side by side."""
    id_, name = call["id"], call["name"]
    name = name if isinstance(name, str) else ""
    param = {
        "id": id_ if isinstance(id_, str) and id_ else None,
        "type": "function",
        "function": {"name": name, "arguments": _to_text(call["args"] or None, name)},
    }
    return param if is_plain_call(param) else with_extras(param, call_extras(call))


def with_readable_calls(messages: Sequence[Message]) -> Sequence[Message]:
    """The messages with tool calls in the form of `to_call_param`. Those that fit stay as they are.

    Raises:
        InvalidRequestError: See `to_call_param`.
    """
    if not any(isinstance(one, Mapping) and "tool_calls" in one for one in messages):
        return messages
    return [_with_readable_calls(message) for message in messages]


def _with_readable_calls(message: Message) -> Message:
    calls = calls_of(message)
    if not calls:
        if not isinstance(message, Mapping) or "tool_calls" not in message:
            return message
        value = message["tool_calls"]
        if value and not (isinstance(value, str) and PLACEHOLDERS.fullmatch(value)):
            return message
        # OpenAI refuses an empty list, and null.
        return {name: value for name, value in message.items() if name != "tool_calls"}
    readable = [call if _is_readable(call) else to_call_param(call) for call in calls]
    return message if readable == message["tool_calls"] else {**message, "tool_calls": readable}


def _is_readable(call: Call) -> bool:
    arguments = arguments_of(call)
    return (
        call.get("type") == "function"
        and name_of(call) is not None
        and isinstance(arguments, str)
        and arguments == _to_text(arguments, "")
    )


def _to_text(arguments: Any, name: str) -> str:
    """Arguments as the text of a JSON object."""
    if isinstance(arguments, (bytes, bytearray)):
        arguments = bytes(arguments).decode("utf-8", "replace")
    if isinstance(arguments, str):
        value = parse_arguments(arguments)
        is_object = value is not None and arguments.lstrip().startswith("{")
        if is_object and not any(word in arguments for word in NOT_NUMBERS):
            return to_strict_json(arguments)
        arguments = {"invalid_arguments": arguments} if value is None else value
    if not arguments:
        return "{}"
    if not isinstance(arguments, Mapping):
        arguments = {"invalid_arguments": arguments}
    try:
        # Numbers that JSON does not have are written as strings.
        return write_json(arguments, inf_nan_mode="strings").decode()
    except (ValueError, RecursionError) as error:  # pydantic's own is a ValueError
        raise InvalidRequestError(
            f"The arguments of a call of {name or 'a tool'} cannot be written as JSON: {error}. "
            "Correct or remove the call in `messages`."
        ) from error


def _first(fields: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((fields[name] for name in names if fields.get(name)), None)

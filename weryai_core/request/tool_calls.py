"""Earlier tool calls and their results: one form for all APIs, and ids that match.

`to_call_param` reads a call of any framework or API. `with_call_ids` gives an id to each call and
each result of a conversation that lacks one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

from weryai_core.errors import InvalidRequestError
from weryai_core.json_text import parse_arguments, to_strict_json
from weryai_core.wire import (
    Call,
    Message,
    call_extras,
    calls_of,
    function_of,
    name_of,
    role_of,
    with_extras,
    write_json,
)

# The names of one thing in frameworks' messages, Anthropic's API, and OpenAI's Responses and chat.
# OpenAI's Responses name the call (`call_id`) and the item that holds it (`id`).
_IDS = ("tool_call_id", "tool_id", "call_id", "id")
_NAMES = ("tool_name", "name")
_ARGUMENTS = ("tool_kwargs", "args", "input", "arguments")


def to_call_param(call: Call) -> dict[str, Any] | None:
    """A tool call of any framework or API as an entry of a message's `tool_calls`.

    Arguments that are not a JSON object, such as truncated ones, are put into one: some upstreams
    refuse a conversation with other arguments.

    Returns:
        The entry, whose id is None if the call has none; None if the call has no name.

    Raises:
        InvalidRequestError: The arguments hold something that JSON cannot.
    """
    fields = function_of(call) or call
    name = _first(fields, _NAMES)
    if not isinstance(name, str):
        return None
    param = {
        "id": _first(call, _IDS),
        "type": "function",
        "function": {"name": name, "arguments": _to_text(_first(fields, _ARGUMENTS), name)},
    }
    return with_extras(param, call_extras(call))


def with_call_ids(messages: Sequence[Message]) -> Sequence[Message]:
    """The messages, with an id on each tool call and the id of its call on each result.

    Some frameworks and older histories leave ids out; upstreams refuse null. A call takes the id
    of the next result that belongs to no other call. Otherwise it is named after its tool, so that
    the same history is always sent the same way. A result without an id belongs to the first call
    without a result so far, of its name if it has one.

    Raises:
        InvalidRequestError: A result without an id comes after no call that it could belong to.
    """
    if not any(map(_lacks_id, messages)):
        return messages
    taken = {str(call.get("id")) for message in messages for call in calls_of(message)}
    complete: list[Message] = []
    waiting: list[Call] = []  # calls without a result so far
    for number, message in enumerate(messages):
        if _is_tool_result(message):
            call = _call_of(message, waiting)
            if call is not None:
                waiting.remove(call)
                message = {**message, "tool_call_id": call["id"]}
            elif not message.get("tool_call_id"):
                raise InvalidRequestError(
                    f"`messages[{number}]` is the result of a tool call without a `tool_call_id`, "
                    "and no call before it lacks a result. Add the id of its call."
                )
        elif _lacks_id(message):
            free = _ids_of_results(messages[number + 1 :], taken)
            message = {**message, "tool_calls": _with_ids(message["tool_calls"], free, taken)}
        waiting += calls_of(message)
        complete.append(message)
    return complete


def _to_text(arguments: Any, name: str) -> str:
    """Arguments as the text of a JSON object."""
    if isinstance(arguments, str):
        value = parse_arguments(arguments)
        if value is not None and arguments.lstrip().startswith("{"):
            return to_strict_json(arguments)
        arguments = {"invalid_arguments": arguments} if value is None else value
    try:
        return write_json(arguments or {}).decode()
    except ValueError as error:  # pydantic's own is one
        raise InvalidRequestError(
            f"The arguments of a call of {name} cannot be written as JSON: {error}"
        ) from error


def _is_tool_result(message: Message) -> bool:
    return role_of(message) == "tool"


def _lacks_id(message: Message) -> bool:
    if _is_tool_result(message):
        return not message.get("tool_call_id")
    return any(not call.get("id") for call in calls_of(message))


def _ids_of_results(messages: Sequence[Message], taken: set[str]) -> Iterator[str]:
    """The ids of the results that come next and belong to no call that has an id."""
    for result in takewhile(_is_tool_result, messages):
        id_ = result.get("tool_call_id")
        if isinstance(id_, str) and id_ and id_ not in taken:
            yield id_


def _with_ids(calls: Sequence[Any], free: Iterator[str], taken: set[str]) -> list[Any]:
    complete = []
    for call in calls:
        if isinstance(call, Mapping) and not call.get("id"):
            id_ = next(free, None) or _new_id(name_of(call) or "call", taken)
            taken.add(id_)
            call = {**call, "id": id_}
        complete.append(call)
    return complete


def _new_id(name: str, taken: set[str]) -> str:
    number, id_ = 1, name
    while id_ in taken:
        number += 1
        id_ = f"{name}_{number}"
    return id_


def _call_of(result: Message, calls: Sequence[Call]) -> Call | None:
    """The call that a result belongs to, among those without a result."""
    id_, name = result.get("tool_call_id"), result.get("name")
    for call in calls:
        if call["id"] == id_ if id_ else name in (None, name_of(call)):
            return call
    return None


def _first(fields: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((fields[name] for name in names if fields.get(name)), None)

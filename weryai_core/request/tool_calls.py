"""Tool calls and their results as a request's messages hold them. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

from pydantic_core import to_json

from weryai_core.errors import InvalidRequestError
from weryai_core.json_text import parse_arguments
from weryai_core.wire import call_extras

# Where LlamaIndex, LangChain, Anthropic and OpenAI, in Responses and in chat, have the same thing.
# OpenAI's Responses name the call (`call_id`) apart from the item that holds it (`id`).
_IDS = ("tool_call_id", "tool_id", "call_id", "id")
_NAMES = ("tool_name", "name")
_ARGUMENTS = ("tool_kwargs", "args", "input", "arguments")

Message = Mapping[str, Any]


def to_call_param(call: Mapping[str, Any]) -> dict[str, Any] | None:
    """A tool call in the words of any framework or API, as an entry of a message's `tool_calls`.

    The id is None where the call has none; the request then gets one. Arguments that are no JSON
    object, as those that were cut off, are put into one: some upstreams refuse a conversation with
    others. None for what has no name.
    """
    function = call.get("function")
    fields = function if isinstance(function, Mapping) else call
    name = _first(fields, _NAMES)
    if not isinstance(name, str):
        return None
    arguments = _first(fields, _ARGUMENTS)
    return {
        "id": _first(call, _IDS),
        "type": "function",
        "function": {"name": name, "arguments": _to_text(arguments)},
        **call_extras(call),
    }


def with_call_ids(messages: Sequence[Message]) -> Sequence[Message]:
    """The messages, with an id on each tool call, and on each result that of its call.

    Some frameworks and older histories leave them out; upstreams refuse null. A call takes the id
    of a result that follows it and belongs to no other, else it is named after its tool, so that
    the same history is always sent alike. A result without an id belongs to the first call of its
    name that has no result yet, or, without a name, to the first call of all.

    Raises:
        InvalidRequestError: A result without an id comes after no call that it could belong to.
    """
    concerned = [one for one in messages if "tool_calls" in one or one["role"] == "tool"]
    if not any(_lacks_id(message) for message in concerned):
        return messages
    taken = {str(call.get("id")) for message in messages for call in _calls_of(message)}
    settled: list[Message] = []
    waiting: list[Mapping[str, Any]] = []  # calls without a result so far
    for number, message in enumerate(messages):
        if message["role"] == "tool":
            call = _call_of(message, waiting)
            if call is not None:
                waiting.remove(call)
                message = {**message, "tool_call_id": call["id"]}
            elif not message.get("tool_call_id"):
                raise InvalidRequestError(
                    f"`messages[{number}]` is the result of a tool call, but has no "
                    "`tool_call_id`, and there is no call before it whose result it could be."
                )
        elif _lacks_id(message):
            free = _ids_of_results(messages[number + 1 :], taken)
            message = {**message, "tool_calls": _with_ids(message["tool_calls"], free, taken)}
        waiting += _calls_of(message)
        settled.append(message)
    return settled


def _to_text(arguments: Any) -> str:
    """Arguments as the text of a JSON object."""
    if not isinstance(arguments, str):
        return to_json(arguments or {}).decode()
    value = parse_arguments(arguments)
    if value is None:
        return to_json({"invalid_arguments": arguments}).decode()
    return arguments if arguments.lstrip().startswith("{") else to_json(value).decode()


def _lacks_id(message: Message) -> bool:
    if message["role"] == "tool":
        return not message.get("tool_call_id")
    return any(not call.get("id") for call in _calls_of(message))


def _ids_of_results(messages: Sequence[Message], taken: set[str]) -> Iterator[str]:
    """The ids of the results that come next and belong to no call that has an id."""
    for result in takewhile(lambda message: message["role"] == "tool", messages):
        id_ = result.get("tool_call_id")
        if isinstance(id_, str) and id_ and id_ not in taken:
            yield id_


def _with_ids(calls: Sequence[Any], free: Iterator[str], taken: set[str]) -> list[Any]:
    settled = []
    for call in calls:
        if isinstance(call, Mapping) and not call.get("id"):
            id_ = next(free, None) or _new_id(_name(call) or "call", taken)
            taken.add(id_)
            call = {**call, "id": id_}
        settled.append(call)
    return settled


def _new_id(name: str, taken: set[str]) -> str:
    number, id_ = 1, name
    while id_ in taken:
        number += 1
        id_ = f"{name}_{number}"
    return id_


def _call_of(result: Message, calls: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The call that a result is of, among those that wait for one."""
    id_, name = result.get("tool_call_id"), result.get("name")
    for call in calls:
        if call["id"] == id_ if id_ else name in (None, _name(call)):
            return call
    return None


def _calls_of(message: Message) -> list[Mapping[str, Any]]:
    calls = message.get("tool_calls")
    if not isinstance(calls, (list, tuple)):
        return []
    return [call for call in calls if isinstance(call, Mapping)]


def _name(call: Mapping[str, Any]) -> Any:
    function = call.get("function")
    return function.get("name") if isinstance(function, Mapping) else None


def _first(fields: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((fields[name] for name in names if fields.get(name)), None)

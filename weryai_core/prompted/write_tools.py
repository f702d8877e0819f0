"""Tools put into the prompt, for models and gateways that take no `tools`. No I/O.

What is written is what Hermes and Qwen models are trained on, and others follow:

    <tools>                                                     one tool a line
    {"name":"add","description":"...","parameters":{...}}
    </tools>
    <tool_call>{"name":"add","arguments":{"a":1}}</tool_call>   a call, in the assistant's turn
    <tool_response id="..." name="add">                         its result, in the user's
    3
    </tool_response>

`_prompted_calls` reads the calls of the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any

from pydantic_core import from_json, to_json

from weryai_core.errors import InvalidRequestError
from weryai_core.request.tool_choice import named_tool

Message = Mapping[str, Any]
Part = Mapping[str, Any]

TOOL_PARAMETERS = ("tools", "tool_choice", "parallel_tool_calls")
"""The parameters of a request that tell of tools."""

_INTRODUCTION = """\
# Tools

You have the tools below, each with the JSON schema of its arguments:

<tools>
{tools}
</tools>

To call a tool, write its name and its arguments as JSON between these markers, without a fence:

<tool_call>{{"name":"a tool's name","arguments":{{"an argument's name":"its value"}}}}</tool_call>

Then end your turn: the next message brings the result, between <tool_response> and \
</tool_response>. Never write a result yourself."""
_SEVERAL = "You may make several calls in one turn, each between markers of its own."
_ONE = "Make no more than one call in a turn."
_FREE = "Call tools where they help; else answer in words, without markers."
_ANY_TOOL = "Your next turn must call a tool: write nothing but the call."
_THIS_TOOL = "Your next turn must call the tool {name}: write nothing but the call."
_NO_TOOL = "Call no tools from now on: answer in words, without markers."


def with_tools_in_prompt(body: Mapping[str, Any], *, most_messages: int) -> dict[str, Any]:
    """A request that says in words what its tools, and the calls and results in it, say.

    Args:
        body: A request. It is not changed.
        most_messages: How many messages it may have.

    Raises:
        InvalidRequestError: A tool is not a function.
    """
    messages = _in_words(body["messages"])
    text = _instructions(body, has_calls=messages != list(body["messages"]))
    if text:
        messages = _with_text(messages, text, most_messages)
    rest = {name: value for name, value in body.items() if name not in TOOL_PARAMETERS}
    return {**rest, "messages": messages}


def describes_tools(body: Mapping[str, Any]) -> bool:
    """Whether there are tools in this request, and calling one is not forbidden."""
    return bool(body.get("tools")) and body.get("tool_choice") != "none"


def _instructions(body: Mapping[str, Any], *, has_calls: bool) -> str:
    """What the tools are and when to call them; "" if there is nothing to say."""
    if not describes_tools(body):
        return _NO_TOOL if body.get("tools") and has_calls else ""
    choice = body.get("tool_choice")
    name = named_tool(choice)
    if name is not None:
        demand = _THIS_TOOL.format(name=_encode(name))
    else:
        demand = _ANY_TOOL if choice in ("required", "any") else _FREE
    tools = "\n".join(map(_describe, body["tools"]))
    number = _ONE if body.get("parallel_tool_calls") is False else _SEVERAL
    return f"{_INTRODUCTION.format(tools=tools)} {number}\n\n{demand}"


def _describe(tool: Any) -> str:
    function = tool.get("function") if isinstance(tool, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        kind = tool.get("type") if isinstance(tool, Mapping) else type(tool).__name__
        raise InvalidRequestError(
            f'With tool_calling="prompted", tools must be functions with a name; one is of the '
            f"type {kind!r:.80}."
        )
    told = ("name", "description", "parameters")
    return _encode({name: function[name] for name in told if function.get(name)})


def _with_text(messages: list[Message], text: str, most_messages: int) -> list[Message]:
    """The messages with a text in the system message, or where it is as good as in one."""
    for position, message in enumerate(messages):
        if message.get("role") in ("system", "developer"):
            changed = {**message, "content": _joined(message.get("content"), text)}
            return [*messages[:position], changed, *messages[position + 1 :]]
    if len(messages) < most_messages:
        return [{"role": "system", "content": text}, *messages]
    first = {**messages[0], "content": _joined(text, messages[0].get("content"))}
    return [first, *messages[1:]]


def _joined(before: Any, after: Any) -> str | list[Any]:
    """Two contents in one, each a text, a list of parts, or nothing."""
    if not isinstance(before, list) and not isinstance(after, list):
        return "\n\n".join(text for text in (before, after) if text)
    return [*_parts(before), *_parts(after)]


def _parts(content: Any) -> list[Any]:
    if isinstance(content, list):
        return content
    return [{"type": "text", "text": content}] if content else []


def _in_words(messages: Sequence[Message]) -> list[Message]:
    """The messages, their tool calls and results written out."""
    names: dict[str, str] = {}
    plain: list[Message] = []
    for are_results, group in groupby(messages, key=_is_result):
        if are_results:
            plain.append({"role": "user", "content": _tell_results(group, names)})
            continue
        for message in group:
            calls = _calls(message)
            names.update((str(call.get("id")), _function(call)[0]) for call in calls)
            plain.append(_with_written_calls(message, calls) if calls else message)
    return plain


def _is_result(message: Message) -> bool:
    return message.get("role") in ("tool", "function")


def _calls(message: Message) -> list[Mapping[str, Any]]:
    calls = message.get("tool_calls")
    return [call for call in calls if isinstance(call, Mapping)] if isinstance(calls, list) else []


def _function(call: Mapping[str, Any]) -> tuple[str, Any]:
    """Name and arguments of a call."""
    function = call.get("function")
    function = function if isinstance(function, Mapping) else {}
    return str(function.get("name") or ""), function.get("arguments")


def _with_written_calls(message: Message, calls: Sequence[Mapping[str, Any]]) -> Message:
    rest = {name: value for name, value in message.items() if name != "tool_calls"}
    written = "\n".join(f"<tool_call>{_write(call)}</tool_call>" for call in calls)
    return {**rest, "content": _joined(message.get("content"), written)}


def _write(call: Mapping[str, Any]) -> str:
    """A call as the model is to write it, with its id: results name that."""
    name, arguments = _function(call)
    if isinstance(arguments, str):
        with suppress(ValueError):  # what is no JSON stays the text that the model wrote
            arguments = from_json(arguments or "{}")
    told = {"name": name, "arguments": arguments, "id": call.get("id")}
    return _encode({key: value for key, value in told.items() if value is not None})


def _tell_results(messages: Iterator[Message], names: Mapping[str, str]) -> str | list[Part]:
    """The content of a user's message with these results: a text, unless there are other parts."""
    parts: list[Part] = []
    for message in messages:
        id_ = message.get("tool_call_id")
        told = {"id": id_, "name": message.get("name") or names.get(str(id_))}
        attributes = [f" {key}={_encode(value)}" for key, value in told.items() if value]
        content = message.get("content")
        parts.append({"type": "text", "text": f"<tool_response{''.join(attributes)}>"})
        parts += _parts(content)
        parts.append({"type": "text", "text": "</tool_response>"})
    merged: list[Part] = []
    for are_texts, group in groupby(parts, key=_is_text):
        if are_texts:
            text = "\n".join(part["text"] for part in group)
            merged.append({"type": "text", "text": text})
        else:
            merged += group
    return merged[0]["text"] if len(merged) == 1 else merged


def _is_text(part: Any) -> bool:
    return isinstance(part, Mapping) and part.keys() == {"type", "text"}


def _encode(value: object) -> str:
    try:
        return to_json(value).decode()
    except ValueError as error:  # pydantic's own is one
        raise InvalidRequestError(f"The tools cannot be written as JSON: {error}") from error

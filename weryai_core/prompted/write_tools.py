"""Writes tools, calls and results into the prompt, for models and gateways without `tools`.

The form is what Hermes and Qwen models are trained on, and what others follow:

    <tools>                                                     one tool a line
    {"name":"add","description":"...","parameters":{...}}
    </tools>
    <tool_call>{"name":"add","arguments":{"a":1}}</tool_call>   a call, in the assistant's turn
    <tool_response id="..." name="add">                         its result, in the user's turn
    3
    </tool_response>

`read_calls` reads the calls of the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any

from weryai_core.errors import InvalidRequestError
from weryai_core.json_text import read_json
from weryai_core.wire import (
    TOOL_PARAMETERS,
    Call,
    Message,
    Part,
    allowed_names,
    arguments_of,
    calls_of,
    function_of,
    is_instruction,
    is_result,
    join_contents,
    mode_of,
    name_of,
    parts_of,
    write_json,
)

_NO_PARAMETERS = {"type": "object", "properties": {}}

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


def with_tools_in_prompt(body: Mapping[str, Any], *, max_messages: int) -> dict[str, Any]:
    """A request that describes its tools, and the calls and results in it, in words.

    Args:
        body: A request. It is not changed.
        max_messages: The most messages that it may have.

    Raises:
        InvalidRequestError: A tool is not a function.
    """
    messages = _in_words(body["messages"])
    text = _instructions(body, has_calls=messages != list(body["messages"]))
    if text:
        messages = _with_text(messages, text, max_messages)
    rest = {name: value for name, value in body.items() if name not in TOOL_PARAMETERS}
    return {**rest, "messages": messages}


def describes_tools(body: Mapping[str, Any]) -> bool:
    """Whether a request has tools that the model may call."""
    return bool(body.get("tools")) and body.get("tool_choice") != "none"


def _instructions(body: Mapping[str, Any], *, has_calls: bool) -> str:
    """What the tools are and when to call them; "" if the messages need no instructions."""
    if not describes_tools(body):
        return _NO_TOOL if body.get("tools") and has_calls else ""
    choice = body.get("tool_choice")
    name = name_of(choice)
    if name is not None:
        when = _THIS_TOOL.format(name=_encode(name))
    else:
        when = _ANY_TOOL if mode_of(choice) in ("required", "any") else _FREE
    allowed = allowed_names(choice)
    offered = [tool for tool in body["tools"] if allowed is None or name_of(tool) in allowed]
    tools = "\n".join(map(_describe, offered))
    number = _ONE if body.get("parallel_tool_calls") is False else _SEVERAL
    return f"{_INTRODUCTION.format(tools=tools)} {number}\n\n{when}"


def _describe(tool: Any) -> str:
    function = function_of(tool)
    if name_of(tool) is None:
        kind = tool.get("type") if isinstance(tool, Mapping) else type(tool).__name__
        raise InvalidRequestError(
            f'With tool_calling="prompted", tools must be functions with a name; one is of the '
            f"type {kind!r:.80}."
        )
    described = {key: function.get(key) for key in ("name", "description", "parameters")}
    if described["parameters"] == _NO_PARAMETERS:
        del described["parameters"]
    return _encode({key: value for key, value in described.items() if value})


def _with_text(messages: list[Message], text: str, max_messages: int) -> list[Message]:
    """The messages with a text in the system message; in the first one if there is no room."""
    for position, message in enumerate(messages):
        if is_instruction(message):
            changed = {**message, "content": join_contents(message.get("content"), text)}
            return [*messages[:position], changed, *messages[position + 1 :]]
    if len(messages) < max_messages:
        return [{"role": "system", "content": text}, *messages]
    first = {**messages[0], "content": join_contents(text, messages[0].get("content"))}
    return [first, *messages[1:]]


def _in_words(messages: Sequence[Message]) -> list[Message]:
    """The messages with their tool calls and results written as text."""
    names: dict[str, str] = {}
    plain: list[Message] = []
    for are_results, group in groupby(messages, key=is_result):
        if are_results:
            plain.append({"role": "user", "content": _write_results(group, names)})
            continue
        for message in group:
            calls = calls_of(message)
            names.update((str(call.get("id")), name_of(call) or "") for call in calls)
            plain.append(_with_written_calls(message, calls) if calls else message)
    return plain


def _with_written_calls(message: Message, calls: Sequence[Call]) -> Message:
    rest = {name: value for name, value in message.items() if name != "tool_calls"}
    written = "\n".join(f"<tool_call>{_write_call(call)}</tool_call>" for call in calls)
    return {**rest, "content": join_contents(message.get("content"), written)}


def _write_call(call: Call) -> str:
    """A call in the form that the model is to use, with its id, which results refer to."""
    arguments = arguments_of(call)
    if isinstance(arguments, str):
        with suppress(ValueError):  # invalid arguments stay the text that the model wrote
            arguments = read_json(arguments or "{}")
    fields = {"name": name_of(call) or "", "arguments": arguments, "id": call.get("id")}
    return _encode({key: value for key, value in fields.items() if value is not None})


def _write_results(results: Iterable[Message], names: Mapping[str, str]) -> str | list[Part]:
    """The content of a user message with these results: text, unless there are other parts."""
    parts: list[Part] = []
    for result in results:
        id_ = result.get("tool_call_id")
        given = {"id": id_, "name": result.get("name") or names.get(str(id_))}
        attributes = [f" {key}={_encode(value)}" for key, value in given.items() if value]
        parts.append({"type": "text", "text": f"<tool_response{''.join(attributes)}>"})
        parts += parts_of(result.get("content"))
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
        return write_json(value).decode()
    except ValueError as error:  # pydantic's own is one
        raise InvalidRequestError(f"The tools cannot be written as JSON: {error}") from error

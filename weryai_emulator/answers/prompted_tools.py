"""Tools that the prompt describes, in the syntax of Hermes and Qwen models.

`<tools>` has one JSON object a line, `<tool_call>` a name and arguments, `<tool_response>` a
result. A request with these is turned into one with `tools`, tool calls and tool messages, so that
the same rules answer it. The calls of the answer are turned back into text.
"""

from __future__ import annotations

import json
import re
from typing import Any

from weryai_emulator.answers.completion import Choice
from weryai_emulator.json_text import JsonObject, read_object, to_json
from weryai_emulator.request.chat_request import ChatRequest, text_of

_TOOLS = re.compile(r"^<tools>\n(?P<tools>.*?)\n</tools>$", re.MULTILINE | re.DOTALL)
_DESCRIPTION = re.compile(
    r"\s*^# Tools$.*?^</tools>$.*?^(?:Call tools|Your next turn)\b[^\n]*\s*",
    re.MULTILINE | re.DOTALL,
)
_CALL = re.compile(r"<tool_call>(?P<call>.*?)</tool_call>", re.DOTALL)
_RESPONSE = re.compile(
    r"<tool_response(?P<attributes>[^>\n]*)>\n(?P<result>.*?)\n?</tool_response>", re.DOTALL
)
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')

_MUST_CALL = re.compile(r"\bmust call (?:a tool|the tool \"(?P<name>[^\"]+)\")")
_ONE_CALL = re.compile(r"\bno more than one call\b")


def has_prompted_tools(request: ChatRequest) -> bool:
    """Return whether the prompt describes tools, or contains calls or results."""
    # A request with `tools` may quote the syntax for another reason.
    return not request.tools and any(
        pattern.search(text_of(message))
        for message in request.messages
        for pattern in _patterns(message)
    )


def with_tools_from_prompt(request: ChatRequest) -> ChatRequest:
    """Return the request with `tools`, tool calls and tool messages in place of their text."""
    body = dict(request.body)
    messages: list[JsonObject] = []
    for message in request.messages:
        text = text_of(message)
        tools = _TOOLS.search(text)
        if tools is not None and message["role"] != "assistant":
            body.update(_tool_fields(text, tools["tools"]))
            message = _without_tools(message)
        if message["role"] == "assistant" and _CALL.search(text):
            messages.append(_with_calls(message, text, len(messages)))
        elif message["role"] == "user" and _RESPONSE.search(text):
            messages.extend(_to_results(message))
        else:
            messages.append(message)
    return ChatRequest({**body, "messages": messages}, request.model, messages)


def with_calls_as_text(choice: Choice) -> Choice:
    """Return the answer with its tool calls in its text."""
    calls = choice.message.pop("tool_calls", None)
    if calls:
        choice.message["content"] = "\n".join(map(_write_call, calls))
        choice.finish_reason = "stop"
    return choice


def _patterns(message: JsonObject) -> tuple[re.Pattern[str], ...]:
    """Return the patterns of the syntax that a message of this role may contain."""
    return (_CALL,) if message["role"] == "assistant" else (_TOOLS, _RESPONSE)


def _tool_fields(text: str, tools: str) -> JsonObject:
    """Return `tools`, `tool_choice` and `parallel_tool_calls` as the prompt words them."""
    functions = [tool for line in tools.splitlines() if (tool := read_object(line)) is not None]
    must = _MUST_CALL.search(text)
    choice: Any = "auto" if must is None else "required"
    if must is not None and must["name"]:
        choice = {"type": "function", "function": {"name": must["name"]}}
    return {
        "tools": [{"type": "function", "function": function} for function in functions],
        "tool_choice": choice,
        "parallel_tool_calls": _ONE_CALL.search(text) is None,
    }


def _without_tools(message: JsonObject) -> JsonObject:
    """Return the message without the description of the tools, which is not a context."""
    content = message["content"]
    if isinstance(content, str):
        return {**message, "content": _DESCRIPTION.sub("", content)}
    parts = [
        {**part, "text": _DESCRIPTION.sub("", part["text"])} if part["type"] == "text" else part
        for part in content
    ]
    return {**message, "content": parts}


def _with_calls(message: JsonObject, text: str, position: int) -> JsonObject:
    calls: list[JsonObject] = []
    for number, found in enumerate(_CALL.finditer(text)):
        call = read_object(found["call"]) or {}
        function = {
            "name": str(call.get("name") or ""),
            "arguments": to_json(call.get("arguments") or {}),
        }
        id_ = str(call.get("id") or f"call_{position}_{number}")
        calls.append({"id": id_, "type": "function", "function": function})
    return {**message, "content": _CALL.sub("", text).strip() or None, "tool_calls": calls}


def _to_results(message: JsonObject) -> list[JsonObject]:
    """Return the results in a message as tool messages.

    An image or another part between the tags of a result becomes a part of that result.
    """
    results: list[JsonObject] = []
    content = message["content"]
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    # The other parts, each with its position in the text: the result around it encloses that.
    text = ""
    others: list[tuple[int, JsonObject]] = []
    for part in parts:
        if part["type"] == "text":
            text += f"{part['text']}\n"
        else:
            others.append((len(text), part))
    for found in _RESPONSE.finditer(text):
        attributes = dict(_ATTRIBUTE.findall(found["attributes"]))
        inside = [part for position, part in others if found.start() < position < found.end()]
        result: Any = found["result"]
        if inside:
            result = [{"type": "text", "text": result}, *inside]
        id_, name = attributes.get("id", ""), attributes.get("name")
        results.append({"role": "tool", "tool_call_id": id_, "name": name, "content": result})
    return results


def _write_call(call: JsonObject) -> str:
    function = call["function"]
    written = {"name": function["name"], "arguments": json.loads(function["arguments"])}
    return f"<tool_call>{to_json(written)}</tool_call>"

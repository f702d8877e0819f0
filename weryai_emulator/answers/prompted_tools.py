"""Tools that the prompt describes: a request with them as one with `tools`, and back. No I/O.

The form is that which Hermes and Qwen models know: `<tools>` with a JSON object a line,
`<tool_call>` with a name and arguments, `<tool_response>` with a result. What is demanded is taken
from the words around the tools.
"""

from __future__ import annotations

import json
import re
from typing import Any

from weryai_emulator.answers.completion import Choice
from weryai_emulator.request.chat_request import ChatRequest, JsonObject, text_of

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


def tells_of_tools(request: ChatRequest) -> bool:
    """Return whether the prompt describes tools, or has calls or results of some."""
    # A prompt beside `tools` may speak of all that, for whatever reason.
    return not request.tools and any(
        pattern.search(text_of(message))
        for message in request.messages
        for pattern in _patterns(message)
    )


def with_read_tools(request: ChatRequest) -> ChatRequest:
    """Return the request as it would be if its tools, calls and results were no text."""
    body = dict(request.body)
    messages: list[JsonObject] = []
    for message in request.messages:
        text = text_of(message)
        tools = _TOOLS.search(text)
        if tools is not None and message["role"] != "assistant":
            body.update(_read_demand(text, tools["tools"]))
            message = _without_tools(message)
        if message["role"] == "assistant" and _CALL.search(text):
            messages.append(_with_calls(message, text, len(messages)))
        elif message["role"] == "user" and _RESPONSE.search(text):
            messages.extend(_to_results(message))
        else:
            messages.append(message)
    return ChatRequest({**body, "messages": messages}, request.model, messages)


def with_written_calls(choice: Choice) -> Choice:
    """Return the answer with its calls as text."""
    calls = choice.message.pop("tool_calls", None)
    if calls:
        choice.message["content"] = "\n".join(map(_write_call, calls))
        choice.finish_reason = "stop"
    return choice


def _patterns(message: JsonObject) -> tuple[re.Pattern[str], ...]:
    """Return what tells of tools in a message of this role."""
    return (_CALL,) if message["role"] == "assistant" else (_TOOLS, _RESPONSE)


def _read_demand(text: str, tools: str) -> JsonObject:
    """Return the fields of a request that say what the words say."""
    functions = [tool for line in tools.splitlines() if (tool := _read_object(line)) is not None]
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
    """Return the message without the description of the tools: it is no context to look into."""
    content = message["content"]
    if isinstance(content, str):
        return {**message, "content": _DESCRIPTION.sub("", content)}
    parts = [
        {**part, "text": _DESCRIPTION.sub("", part["text"])} if part["type"] == "text" else part
        for part in content
    ]
    return {**message, "content": parts}


def _with_calls(message: JsonObject, text: str, position: int) -> JsonObject:
    calls = []
    for number, found in enumerate(_CALL.finditer(text)):
        call = _read_object(found["call"]) or {}
        function = {
            "name": str(call.get("name") or ""),
            "arguments": json.dumps(call.get("arguments") or {}, ensure_ascii=False),
        }
        id_ = str(call.get("id") or f"call_{position}_{number}")
        calls.append({"id": id_, "type": "function", "function": function})
    return {**message, "content": _CALL.sub("", text).strip() or None, "tool_calls": calls}


def _to_results(message: JsonObject) -> list[JsonObject]:
    """Return the results in a message; a part that is no text stays in the one it stands in."""
    results: list[JsonObject] = []
    content = message["content"]
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    # Where a part stands in the text, so that the result around it is found by the text alone.
    text, others = "", []
    for part in parts:
        if part["type"] == "text":
            text += f"{part['text']}\n"
        else:
            others.append((len(text), part))
    for found in _RESPONSE.finditer(text):
        told = dict(_ATTRIBUTE.findall(found["attributes"]))
        inside = [part for place, part in others if found.start() < place < found.end()]
        result: Any = found["result"]
        if inside:
            result = [{"type": "text", "text": result}, *inside]
        id_, name = told.get("id", ""), told.get("name")
        results.append({"role": "tool", "tool_call_id": id_, "name": name, "content": result})
    return results


def _write_call(call: JsonObject) -> str:
    function = call["function"]
    written = {"name": function["name"], "arguments": json.loads(function["arguments"])}
    return f"<tool_call>{json.dumps(written, ensure_ascii=False)}</tool_call>"


def _read_object(text: str) -> JsonObject | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None

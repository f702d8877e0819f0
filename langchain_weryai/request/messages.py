"""LangChain's messages to those of a chat request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from langchain_weryai.request.content_parts import Content, Part, to_parts, unwrapped
from weryai_core import UnsupportedContentError
from weryai_core.integration import is_plain, to_call_param

# Blocks of an assistant's turn that are not content: tool calls and reasoning, which have fields of
# their own, and traces of what another provider's servers did on the way to the answer.
_CALLS = frozenset(("tool_use", "tool_call", "invalid_tool_call", "function_call"))
_REASONING = frozenset(("reasoning", "reasoning_content", "thinking"))
_TRACES = frozenset(
    (
        "tool_call_chunk",
        "input_json_delta",
        "redacted_thinking",
        "server_tool_call",
        "server_tool_call_chunk",
        "server_tool_result",
        # Anthropic's and OpenAI's own names of the same.
        "server_tool_use",
        "web_search_tool_result",
        "web_fetch_tool_result",
        "web_search_call",
    )
)
_NO_CONTENT = _CALLS | _REASONING | _TRACES

# The key of an AIMessage's `additional_kwargs` for what models want back with their calls, by id.
EXTRAS = "tool_call_extras"

# The request has no field that marks a tool call as failed.
_FAILED = "The tool call failed:"


def to_params(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """The messages as a request's `messages`, with reasoning as `reasoning_content`.

    The messages are not changed.

    Raises:
        UnsupportedContentError: A message or a content block cannot be sent; the error names it.
    """
    return [to_param(message) for message in messages]


def to_param(message: BaseMessage) -> dict[str, Any]:
    """One message as an entry of a request's `messages`. See `to_params`."""
    match message:
        case AIMessage():
            param = _from_ai(message)
        case HumanMessage():
            param = {"role": "user", "content": _to_content(message.content)}
        case SystemMessage():
            # LangChain keeps here that a message has OpenAI's developer role.
            role = message.additional_kwargs.get("__openai_role__", "system")
            param = {"role": role, "content": _to_content(message.content)}
        case ToolMessage():
            param = {
                "role": "tool",
                "tool_call_id": message.tool_call_id,
                "content": _to_result(message),
            }
        case FunctionMessage():
            # OpenAI's older way. Its calls have no ids; the core adds ids by their names.
            param = {"role": "tool", "content": _to_content(message.content)}
        case ChatMessage(role="assistant"):
            answer = AIMessage(message.content, additional_kwargs=message.additional_kwargs)
            param = _from_ai(answer)
        case ChatMessage():
            param = {"role": message.role, "content": _to_content(message.content)}
        case _:
            raise UnsupportedContentError(
                f"A {type(message).__name__} cannot be sent; use a SystemMessage, HumanMessage, "
                "AIMessage, ToolMessage or ChatMessage."
            )
    if message.name:
        param["name"] = message.name
    return param


def _from_ai(message: AIMessage) -> dict[str, Any]:
    blocks = _blocks(message.content)
    parts = to_parts([block for block in blocks if block.get("type") not in _NO_CONTENT])
    # The blocks of a streamed answer are one text, so they are joined without a separator.
    content: Any = "".join(part["text"] for part in parts) if is_plain(parts) else parts
    # A refusal is what the model said.
    content = content or message.additional_kwargs.get("refusal") or ""
    param: dict[str, Any] = {"role": "assistant", "content": content}
    reasoning = _reasoning(message, blocks)
    if reasoning:
        param["reasoning_content"] = reasoning
    audio = message.additional_kwargs.get("audio")
    if isinstance(audio, Mapping) and audio.get("id"):
        param["audio"] = {"id": audio["id"]}  # OpenAI looks the audio up by its id
    calls = _calls(message, blocks)
    if calls:
        param["tool_calls"] = calls
    if param.keys() & {"audio", "tool_calls"}:
        # OpenAI writes null for a turn of tool calls only; some services reject "".
        param["content"] = content or None
    return param


def _blocks(content: Content) -> list[dict[str, Any]]:
    if isinstance(content, str):
        content = [content]
    return [
        {"type": "text", "text": block} if isinstance(block, str) else unwrapped(block)
        for block in content
    ]


def _reasoning(message: AIMessage, blocks: Sequence[Mapping[str, Any]]) -> str:
    """The model's reasoning, from the field of its own or from blocks."""
    reasoning = message.additional_kwargs.get("reasoning_content")
    if isinstance(reasoning, str):
        return reasoning
    return "".join(_block_reasoning(block) for block in blocks if block.get("type") in _REASONING)


def _block_reasoning(block: Mapping[str, Any]) -> str:
    summary = block.get("summary")  # a list of parts in OpenAI's Responses
    if isinstance(summary, list):
        return "".join(str(part.get("text") or "") for part in summary if isinstance(part, Mapping))
    return str(block.get("reasoning") or block.get("thinking") or "")


def _calls(message: AIMessage, blocks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The tool calls of a turn: those in its fields, then those that only its content has."""
    calls: list[Any] = [*message.tool_calls, *message.invalid_tool_calls]
    found = [to_call_param(call) for call in calls]
    known = {call["id"] for call in calls}
    in_content = (to_call_param(block) for block in blocks if block.get("type") in _CALLS)
    found += [call for call in in_content if call["id"] not in known]
    function = message.additional_kwargs.get("function_call")
    if isinstance(function, Mapping) and not found:
        found.append(to_call_param(function))  # see `FunctionMessage` above
    extras = message.additional_kwargs.get(EXTRAS) or {}
    return [{**call, **extras.get(call["id"], {})} for call in found]


def _to_result(message: ToolMessage) -> str | list[Part]:
    """A tool's result. Several texts become one string, since many upstreams take only that."""
    content = _to_content(message.content)
    if isinstance(content, list) and is_plain(content):
        content = "\n".join(part["text"] for part in content)
    if message.status != "error":
        return content
    if isinstance(content, list):
        return [{"type": "text", "text": _FAILED}, *content]
    # A text that says so itself, as LangGraph's own messages do, stays as it is.
    return content if content.lower().startswith("error") else f"{_FAILED}\n{content}"


def _to_content(content: Content) -> str | list[Part]:
    """Content as a string where it is one text, else as a list of parts."""
    if isinstance(content, str):
        return content
    blocks = _blocks(content)
    for block in blocks:
        if block.get("type") in _NO_CONTENT:
            raise UnsupportedContentError(
                f"A content block of type {block['type']!r} is allowed in an AIMessage only."
            )
    parts = to_parts(blocks)
    if not parts:
        return ""
    return str(parts[0]["text"]) if len(parts) == 1 and is_plain(parts) else parts

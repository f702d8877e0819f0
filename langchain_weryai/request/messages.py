"""LangChain's messages to those of a chat request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
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

from langchain_weryai.request.block_parts import Part
from langchain_weryai.request.blocks import CALLS, Block, Content, as_call, kind_of, to_blocks
from langchain_weryai.request.content_parts import parts_of_answer, parts_of_result, to_parts
from langchain_weryai.request.invalid_calls import written_arguments
from langchain_weryai.request.signatures import maker_of, signed_calls, signed_reasoning
from weryai_core import UnsupportedContentError
from weryai_core.integration import (
    is_plain,
    is_reasoning,
    mark_end,
    reasoning_in_fields,
    reasoning_in_part,
    to_call_param,
)

# The request has no field that marks a tool call as failed.
_FAILED = "The tool call failed:"


def to_params(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """The messages as a request's `messages`, with reasoning as `reasoning_content`.

    The messages are not changed.

    Raises:
        UnsupportedContentError: A message or a content block cannot be sent; the error names it.
    """
    answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    params: list[dict[str, Any]] = []
    for message in messages:
        params.append(to_param(message, answered))
        mark_end(params, message.additional_kwargs.get("cache_control"))
    return params


def to_param(message: BaseMessage, answered: AbstractSet[str] = frozenset()) -> dict[str, Any]:
    """One message as an entry of a request's `messages`. See `to_params`.

    Args:
        message: The message.
        answered: The ids of the calls that the conversation has results of.
    """
    match message:
        case AIMessage():
            param = _from_ai(message, answered)
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
            param = {"role": "tool", "content": _to_output(message.content)}
        case ChatMessage(role="assistant"):
            answer = AIMessage(message.content, additional_kwargs=message.additional_kwargs)
            param = _from_ai(answer, answered)
        case ChatMessage(role="tool" | "function"):
            param = {"role": "tool", "content": _to_output(message.content)}
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


def _from_ai(message: AIMessage, answered: AbstractSet[str]) -> dict[str, Any]:
    content = message.content
    if isinstance(content, str) and not (message.additional_kwargs or message.invalid_tool_calls):
        return _from_text_and_calls(message, content)
    blocks = to_blocks(message.content)
    spoken = "".join(str(block.get("text")) for block in blocks if block.get("type") == "text")
    # A refusal may be the text once more.
    kept = [b for b in blocks if b.get("type") != "refusal" or b.get("refusal") != spoken.strip()]
    parts = parts_of_answer(kept)
    if isinstance(message.content, str):
        # Images that a model made; content that is a list has them among its blocks.
        images = message.additional_kwargs.get("images") or ()
        parts += [dict(image) for image in images if isinstance(image, Mapping)]
    # The blocks of a streamed answer are one text, so they are joined without a separator.
    refusal = message.additional_kwargs.get("refusal")
    if (
        refusal
        and isinstance(refusal, str)
        and refusal != spoken.strip()
        and all(block.get("type") != "refusal" for block in blocks)
    ):
        parts.append({"type": "text", "text": refusal})  # it is what the model said
    sent: Any = "".join(part["text"] for part in parts) if is_plain(parts) else parts
    param: dict[str, Any] = {"role": "assistant", "content": sent}
    reasoning = reasoning_in_fields(message.additional_kwargs) or _reasoning(blocks)
    if reasoning:
        param["reasoning_content"] = reasoning
    audio = message.additional_kwargs.get("audio")
    if isinstance(audio, Mapping):
        # The core sends what was said, or the id by which OpenAI looks it up.
        param["audio"] = {name: audio[name] for name in ("id", "transcript") if audio.get(name)}
    calls = signed_calls(message, blocks, _calls(message, blocks, answered))
    signed = signed_reasoning(message, blocks, calls)
    param |= signed
    if calls:
        param["tool_calls"] = calls
    maker = maker_of(message)
    if maker and (calls or signed):
        param["model"] = maker  # it is never sent, and tells the core whose these are
    if param.keys() & {"audio", "tool_calls"}:
        # OpenAI writes null for a turn of tool calls only; some services reject "".
        param["content"] = sent or None
    return param


def _from_text_and_calls(message: AIMessage, text: str) -> dict[str, Any]:
    """An answer that is a text and calls, and nothing else, as most are."""
    if not message.tool_calls:
        return {"role": "assistant", "content": text}
    calls = [to_call_param(call) for call in message.tool_calls]
    param: dict[str, Any] = {"role": "assistant", "content": text or None, "tool_calls": calls}
    maker = maker_of(message)
    return {**param, "model": maker} if maker else param


def _reasoning(blocks: Sequence[Block]) -> str:
    return "".join(reasoning_in_part(block) for block in blocks if is_reasoning(block))


def _calls(
    message: AIMessage, blocks: Sequence[Block], answered: AbstractSet[str]
) -> list[dict[str, Any]]:
    """The tool calls of a turn: those in its fields, then those that only its content has.

    A block of any kind that a tool message answers is a call, such as OpenAI's `computer_call`: a
    result without its call would be refused.
    """
    calls: list[Any] = [*message.tool_calls]
    calls += [{**call, "args": written_arguments(call)} for call in message.invalid_tool_calls]
    found = [to_call_param(call) for call in calls]
    known = {call["id"] for call in calls}
    names = {call["name"] for call in calls}
    for block in blocks:
        call_id = block.get("call_id")
        if kind_of(block) in CALLS or (isinstance(call_id, str) and call_id in answered):
            call = to_call_param(as_call(block))
            # Google's blocks have no ids, and its calls in fields do.
            if call["id"] not in known and (call["id"] or call["function"]["name"] not in names):
                found.append(call)
    function = message.additional_kwargs.get("function_call")
    if isinstance(function, Mapping) and not found:
        found.append(to_call_param(function))  # see `FunctionMessage` above
    return found


def _to_result(message: ToolMessage) -> str | list[Part]:
    content = _to_output(message.content)
    if message.status != "error":
        return content
    if isinstance(content, list):
        return [{"type": "text", "text": _FAILED}, *content]
    # A text that says so itself, as LangGraph's own messages do, stays as it is.
    return content if content.lower().startswith("error") else f"{_FAILED}\n{content}"


def _to_output(content: Content) -> str | list[Part]:
    """A tool's output. Several texts become one string, since many upstreams take only that."""
    if isinstance(content, str):
        return content
    parts = parts_of_result(to_blocks(content))
    return "\n".join(part["text"] for part in parts) if is_plain(parts) else parts


def _to_content(content: Content) -> str | list[Part]:
    """Content as a string where it is one text, else as a list of parts."""
    if isinstance(content, str):
        return content
    parts = to_parts(to_blocks(content))
    if not parts:
        return ""
    return str(parts[0]["text"]) if len(parts) == 1 and is_plain(parts) else parts

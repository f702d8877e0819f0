"""LlamaIndex's messages to those of a chat request. Reads media blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from llama_index.core.base.llms.types import (
    CachePoint,
    ChatMessage,
    CitationBlock,
    ContentBlock,
    MessageRole,
    ThinkingBlock,
    ToolCallBlock,
)
from pydantic import BaseModel

from llama_index_weryai.request.content_parts import to_parts, uncacheable
from weryai_core import UnsupportedContentError
from weryai_core.integration import call_extras, is_plain, to_call_param

_ROLES = {
    MessageRole.CHATBOT: "assistant",
    MessageRole.MODEL: "assistant",
    MessageRole.FUNCTION: "tool",  # OpenAI's older way
}


def to_params(messages: Sequence[ChatMessage]) -> list[dict[str, Any]]:
    """The messages as a request's `messages`, with the thoughts as `reasoning_content`.

    The messages are not changed.

    Raises:
        UnsupportedContentError: A content block cannot be sent; the error names it.
        InvalidRequestError: The file or address that a block names cannot be read.
    """
    return [to_param(message) for message in messages]


def to_param(message: ChatMessage) -> dict[str, Any]:
    """One message as an entry of a request's `messages`. See `to_params`."""
    role = _ROLES.get(message.role, message.role.value)
    extra = message.additional_kwargs
    if role == "assistant":
        param = _from_assistant(message)
    else:
        param = {"role": role, "content": _to_content(message.blocks)}
    if role == "tool":
        param["tool_call_id"] = extra.get("tool_call_id")
    if isinstance(extra.get("name"), str):
        param["name"] = extra["name"]
    return param


def _from_assistant(message: ChatMessage) -> dict[str, Any]:
    # Sources are not sent back: the text that rests on them is. Tool calls and thoughts have a
    # place of their own.
    apart = (ThinkingBlock, ToolCallBlock, CitationBlock)
    for before, block in pairwise(message.blocks):
        if isinstance(before, ToolCallBlock) and isinstance(block, CachePoint):
            raise uncacheable("is behind a tool call")
    content = _to_content([block for block in message.blocks if not isinstance(block, apart)])
    # The words of a refusal are what the model said.
    content = content or message.additional_kwargs.get("refusal") or ""
    param: dict[str, Any] = {"role": "assistant", "content": content}
    blocks = [block for block in message.blocks if isinstance(block, ThinkingBlock)]
    thoughts = "".join(block.content or "" for block in blocks)
    if thoughts:
        param["reasoning_content"] = thoughts
    calls = _call_params(message)
    if calls:
        param["tool_calls"] = calls
        # Null is OpenAI's way of saying that a turn is tool calls only; some refuse "".
        param["content"] = content or None
    return param


def _to_content(blocks: Sequence[ContentBlock]) -> str | list[dict[str, Any]]:
    """Content as a string where it is text alone, else as a list of parts."""
    parts = to_parts(blocks)
    # As `ChatMessage.content` joins them.
    return "\n".join(part["text"] for part in parts) if is_plain(parts) else parts


def _call_params(message: ChatMessage) -> list[dict[str, Any]]:
    blocks = [block for block in message.blocks if isinstance(block, ToolCallBlock)]
    entries = message.additional_kwargs.get("tool_calls") or []
    if blocks:
        # A block has no room for what a model wants back with its call.
        known = [entry for entry in entries if isinstance(entry, Mapping)]
        extras = {entry.get("id"): call_extras(entry) for entry in known}
        return [{**_call_param(block), **extras.get(block.tool_call_id, {})} for block in blocks]
    # How older histories, and those of other integrations, keep them.
    if not entries and message.additional_kwargs.get("function_call"):
        entries = [message.additional_kwargs["function_call"]]
    return [_call_param(entry) for entry in entries]


def _call_param(call: Any) -> dict[str, Any]:
    fields = call.model_dump() if isinstance(call, BaseModel) else call
    param = to_call_param(fields) if isinstance(fields, Mapping) else None
    if param is None:
        raise UnsupportedContentError(
            f"A {type(call).__name__} among the `tool_calls` of a message cannot be sent: it has "
            "no name of a tool."
        )
    return param

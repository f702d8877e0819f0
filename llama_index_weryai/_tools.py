"""LlamaIndex's tools to a request's, and the calls of an answer to LlamaIndex's. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ToolCallBlock
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools.types import BaseTool
from pydantic_core import from_json

from weryai_core import strict_tool


def to_specs(
    tools: Sequence[BaseTool | Mapping[str, Any]], *, strict: bool
) -> list[dict[str, Any]]:
    """The tools as a request's `tools`; those that are dicts stay as they are."""
    specs = [
        dict(tool)
        if isinstance(tool, Mapping)
        else tool.metadata.to_openai_tool(skip_length_check=True)
        for tool in tools
    ]
    return [strict_tool(spec) for spec in specs] if strict else specs


def to_selections(response: ChatResponse) -> list[ToolSelection]:
    """The tool calls of a response; of one still growing, as far as they go."""
    is_finished = "finish_reason" in response.additional_kwargs
    return [
        ToolSelection(
            tool_id=block.tool_call_id or "",
            tool_name=block.tool_name,
            tool_kwargs=_arguments(block.tool_kwargs, is_finished=is_finished),
        )
        for block in _calls(response.message)
    ]


def keep_one_call(message: ChatMessage) -> None:
    """Take all tool calls but the first out of a message."""
    calls = _calls(message)
    if len(calls) > 1:
        message.blocks = [
            block
            for block in message.blocks
            if block is calls[0] or not isinstance(block, ToolCallBlock)
        ]
        message.additional_kwargs["tool_calls"] = message.additional_kwargs["tool_calls"][:1]


def _calls(message: ChatMessage) -> list[ToolCallBlock]:
    return [block for block in message.blocks if isinstance(block, ToolCallBlock)]


def _arguments(arguments: dict[str, Any] | str, *, is_finished: bool) -> dict[str, Any]:
    """Arguments of a call; of unfinished text as far as it goes."""
    if isinstance(arguments, dict):
        return arguments
    if is_finished:
        # Cut off, or no JSON. Half a path is not what a tool should be run with, nor is nothing,
        # where all of its parameters have defaults: with this, it answers with an error, which
        # tells the model. Two of them, since core would hand over a single one without its name.
        return {"invalid_arguments": arguments, "reason": "They are not a JSON object."}
    try:
        value = from_json(arguments, allow_partial="trailing-strings")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}

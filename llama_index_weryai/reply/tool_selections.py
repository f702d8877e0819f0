"""LlamaIndex's tools to a request's, and the calls of an answer to LlamaIndex's. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ToolCallBlock
from llama_index.core.chat_engine.types import AgentChatResponse
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools.types import BaseTool, ToolOutput
from pydantic_core import from_json

from weryai_core.integration import parse_arguments, strict_tool, to_call_param


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
    calls = _calls(response.message) or _entries(response.message)
    return [_to_selection(call, is_finished=is_finished) for call in calls]


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


def is_known(selection: ToolSelection, tools: Sequence[BaseTool]) -> bool:
    """Whether one of the tools is the one that is called."""
    return any(tool.metadata.name == selection.tool_name for tool in tools)


def refuse(selection: ToolSelection) -> ToolOutput:
    """The output of a tool that there is not."""
    told = f"Encountered error: there is no tool {selection.tool_name}."
    return ToolOutput(
        content=told,
        tool_name=selection.tool_name,
        raw_input=selection.tool_kwargs,
        raw_output=told,
        is_error=True,
    )


def to_answer(
    response: ChatResponse, outputs: Sequence[ToolOutput], *, error_on_tool_error: bool
) -> AgentChatResponse:
    """The outputs of the tools that a model called, or what it said if it called none.

    Raises:
        ValueError: A tool failed, and that is to be an error.
    """
    told = "\n\n".join(output.content for output in outputs)
    if error_on_tool_error and any(output.is_error for output in outputs):
        raise ValueError(told)
    content = told if outputs else response.message.content or ""
    return AgentChatResponse(response=content, sources=[*outputs])


def _calls(message: ChatMessage) -> list[ToolCallBlock]:
    return [block for block in message.blocks if isinstance(block, ToolCallBlock)]


def _entries(message: ChatMessage) -> list[ToolCallBlock]:
    """The calls of a message from elsewhere, which may have them in `additional_kwargs` only."""
    entries = message.additional_kwargs.get("tool_calls") or ()
    params = [to_call_param(entry) for entry in entries if isinstance(entry, Mapping)]
    return [
        ToolCallBlock(
            tool_call_id=param["id"],
            tool_name=param["function"]["name"],
            tool_kwargs=parse_arguments(param["function"]["arguments"]) or {},
        )
        for param in params
        if param is not None
    ]


def _to_selection(block: ToolCallBlock, *, is_finished: bool) -> ToolSelection:
    name, arguments = block.tool_name, block.tool_kwargs
    if isinstance(arguments, str) and not is_finished:
        arguments = _so_far(arguments)
    if isinstance(arguments, str):
        # Cut off, or no JSON. Half a path is not what a tool should be run with, nor is nothing,
        # where all of its parameters have defaults. Agents answer calls of tools that they do not
        # know with an error that has the name in it, which tells the model.
        name += " (called with arguments that are no JSON object)"
        arguments = {"invalid_arguments": arguments}
    return ToolSelection(tool_id=block.tool_call_id or "", tool_name=name, tool_kwargs=arguments)


def _so_far(arguments: str) -> dict[str, Any]:
    """Arguments of a call, as far as an unfinished text goes."""
    try:
        value = from_json(arguments, allow_partial="trailing-strings")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}

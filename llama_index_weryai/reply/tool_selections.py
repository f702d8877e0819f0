"""The tool calls of a response as LlamaIndex's tool selections, and the outputs of tools."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing, closing
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ChatResponseGen,
    ToolCallBlock,
)
from llama_index.core.chat_engine.types import AgentChatResponse
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools.types import BaseTool, ToolOutput

from weryai_core.integration import (
    arguments_of,
    calls_of,
    explain_end,
    name_of,
    parse_arguments,
    read_growing,
    to_call_param,
)


def to_selections(response: ChatResponse) -> list[ToolSelection]:
    """Return the tool calls of a response. In a streamed response, arguments may be partial."""
    is_finished = "finish_reason" in response.additional_kwargs
    end = explain_end(response.additional_kwargs.get("finish_reason"))
    calls = _calls(response.message) or _calls_in_kwargs(response.message)
    how = f"the answer {end[0]}" if end else ""
    return [_to_selection(call, how, is_finished=is_finished) for call in calls]


def keep_one_call(message: ChatMessage) -> None:
    """Remove all tool calls but the first from a message of ours, in which they are in a row."""
    count = len(message.additional_kwargs.get("tool_calls") or ())
    if count > 1:
        blocks = message.blocks
        first = next(n for n, block in enumerate(blocks) if isinstance(block, ToolCallBlock))
        del blocks[first + 1 : first + count]
        del message.additional_kwargs["tool_calls"][1:]


def keep_one_call_each(responses: ChatResponseGen) -> ChatResponseGen:
    """Yield the responses of a stream with one tool call each."""
    with closing(responses):
        for response in responses:
            keep_one_call(response.message)
            yield response


async def akeep_one_call_each(responses: ChatResponseAsyncGen) -> ChatResponseAsyncGen:
    """Async version of `keep_one_call_each`."""
    async with aclosing(responses):
        async for response in responses:
            keep_one_call(response.message)
            yield response


def is_known(selection: ToolSelection, tools: Sequence[BaseTool]) -> bool:
    """Return whether the called tool is one of these."""
    return any(tool.metadata.name == selection.tool_name for tool in tools)


def unknown_tool_output(selection: ToolSelection) -> ToolOutput:
    """Return the error output for a call to an unknown tool."""
    text = f"Encountered error: there is no tool {selection.tool_name}."
    return ToolOutput(
        content=text,
        tool_name=selection.tool_name,
        raw_input=selection.tool_kwargs,
        raw_output=text,
        is_error=True,
    )


def to_answer(
    response: ChatResponse, outputs: Sequence[ToolOutput], *, error_on_tool_error: bool
) -> AgentChatResponse:
    """Return the outputs of the called tools, or the model's text if it called none.

    Raises:
        ValueError: A tool failed, and `error_on_tool_error` is set.
    """
    text = "\n\n".join(output.content for output in outputs)
    if error_on_tool_error and any(output.is_error for output in outputs):
        raise ValueError(text)
    content = text if outputs else response.message.content or ""
    return AgentChatResponse(response=content, sources=[*outputs])


def _calls(message: ChatMessage) -> list[ToolCallBlock]:
    return [block for block in message.blocks if isinstance(block, ToolCallBlock)]


def _calls_in_kwargs(message: ChatMessage) -> list[ToolCallBlock]:
    """Read the calls of another integration's message, which may hold no blocks for them."""
    params = [to_call_param(entry) for entry in calls_of(message.additional_kwargs)]
    return [
        ToolCallBlock(
            tool_call_id=param["id"],
            tool_name=name,
            tool_kwargs=parse_arguments(arguments_of(param)) or {},
        )
        for param in params
        if (name := name_of(param)) is not None
    ]


def _to_selection(block: ToolCallBlock, how_it_ended: str, *, is_finished: bool) -> ToolSelection:
    name, arguments = block.tool_name, block.tool_kwargs
    if isinstance(arguments, str) and not is_finished:
        arguments = _parse_partial(arguments)
    if isinstance(arguments, str):
        # Truncated or invalid JSON. Running the tool with half a path, or with its defaults only,
        # could do harm. Agents answer a call to an unknown tool with an error that quotes the
        # name, so the name carries the reason to the model.
        reason = "arguments that are not a JSON object"
        name += f" (called with {'; '.join(filter(None, (reason, how_it_ended)))})"
        arguments = {"invalid_arguments": arguments}
    return ToolSelection(tool_id=block.tool_call_id or "", tool_name=name, tool_kwargs=arguments)


def _parse_partial(arguments: str) -> dict[str, Any]:
    """Parse the arguments of a call that is still being streamed."""
    value = read_growing(arguments)
    return value if isinstance(value, dict) else {}

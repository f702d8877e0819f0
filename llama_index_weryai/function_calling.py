"""Tool calling through LlamaIndex's entrances, where core's own would do something else.

`FunctionCallingLLM` builds everything on `chat`. Its versions of these methods ignore how many
calls are allowed when they stream, crash on a call to an unknown tool, and know no web search
among the tools.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ChatResponseGen,
)
from llama_index.core.chat_engine.types import AgentChatResponse
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools.calling import acall_tool_with_selection, call_tool_with_selection
from llama_index.core.tools.types import BaseTool, ToolOutput

from llama_index_weryai import reply, request
from weryai_core import ToolCallError, integration


class FunctionCalling(FunctionCallingLLM):
    """`FunctionCallingLLM` that keeps to the allowed number of calls and runs known tools only."""

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **kwargs: Any
    ) -> list[ToolSelection]:
        """Return the tool calls of a response. A streamed response may hold partial arguments.

        Raises:
            ToolCallError: There is no call, and `error_on_no_tool_call` is set. It is a ValueError.
        """
        calls = reply.to_selections(response)
        if not calls and error_on_no_tool_call:
            message = response.message
            refusal = message.additional_kwargs.get("refusal")
            said = f"model refused: {refusal}" if refusal else f"answer is: {message.content}"
            raise ToolCallError(f"Expected a tool call, but the {said}", status_code=200)
        return calls

    def stream_chat_with_tools(
        self,
        tools: Sequence[BaseTool],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        **kwargs: Any,
    ) -> ChatResponseGen:
        """Stream an answer that may call tools: one call, unless several are allowed."""
        responses = super().stream_chat_with_tools(
            tools,
            user_msg,
            chat_history,
            verbose,
            allow_parallel_tool_calls,
            tool_required,
            **kwargs,
        )
        if request.allows_several_calls(allow_parallel_tool_calls, kwargs):
            return responses
        return reply.keep_one_call_each(responses)

    async def astream_chat_with_tools(
        self,
        tools: Sequence[BaseTool],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        **kwargs: Any,
    ) -> ChatResponseAsyncGen:
        """Async version of `stream_chat_with_tools`."""
        responses = await super().astream_chat_with_tools(
            tools,
            user_msg,
            chat_history,
            verbose,
            allow_parallel_tool_calls,
            tool_required,
            **kwargs,
        )
        if request.allows_several_calls(allow_parallel_tool_calls, kwargs):
            return responses
        return reply.akeep_one_call_each(responses)

    def predict_and_call(
        self,
        tools: Sequence[BaseTool | Mapping[str, Any]],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        error_on_no_tool_call: bool | None = None,
        error_on_tool_error: bool = False,
        **kwargs: Any,
    ) -> AgentChatResponse:
        """Let the model call tools, run them and return their output.

        The output is an error if the model calls an unknown tool, or if the arguments of its call
        are not a JSON object. No tool runs then.

        Args:
            tools: The tools. Dicts that mean a web search, e.g. `{"type": "web_search"}`, turn on
                the plugin.
            user_msg: The question.
            chat_history: The messages before it.
            verbose: Whether to print the calls.
            allow_parallel_tool_calls: Whether the model may make several calls.
            error_on_no_tool_call: Whether an answer without a call is an error. By default it is,
                unless a web search is among the tools: its answer is complete without a call.
            error_on_tool_error: Whether to raise the error of a tool.
            kwargs: More parameters of the request.

        Raises:
            ValueError: See `error_on_no_tool_call` and `error_on_tool_error`.
        """
        offered: list[Any] = [*tools]
        functions, searches = integration.split_tools(offered)
        if not self.metadata.is_function_calling_model:
            return super().predict_and_call(
                functions, user_msg, chat_history, verbose, **_with_react(kwargs)
            )
        response = self.chat_with_tools(
            offered, user_msg, chat_history, verbose, allow_parallel_tool_calls, **kwargs
        )
        selections = self.get_tool_calls_from_response(
            response, not searches if error_on_no_tool_call is None else error_on_no_tool_call
        )
        outputs = [
            call_tool_with_selection(selection, functions, verbose)
            if reply.is_known(selection, functions)
            else reply.unknown_tool_output(selection)
            for selection in selections
        ]
        return reply.to_answer(response, outputs, error_on_tool_error=error_on_tool_error)

    async def apredict_and_call(
        self,
        tools: Sequence[BaseTool | Mapping[str, Any]],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        error_on_no_tool_call: bool | None = None,
        error_on_tool_error: bool = False,
        **kwargs: Any,
    ) -> AgentChatResponse:
        """Async version of `predict_and_call`. Several tools run at the same time."""
        offered: list[Any] = [*tools]
        functions, searches = integration.split_tools(offered)
        if not self.metadata.is_function_calling_model:
            return await super().apredict_and_call(
                functions, user_msg, chat_history, verbose, **_with_react(kwargs)
            )
        response = await self.achat_with_tools(
            offered, user_msg, chat_history, verbose, allow_parallel_tool_calls, **kwargs
        )
        selections = self.get_tool_calls_from_response(
            response, not searches if error_on_no_tool_call is None else error_on_no_tool_call
        )

        async def output(selection: ToolSelection) -> ToolOutput:
            if not reply.is_known(selection, functions):
                return reply.unknown_tool_output(selection)
            return await acall_tool_with_selection(selection, functions, verbose)

        outputs = await asyncio.gather(*map(output, selections))
        return reply.to_answer(response, outputs, error_on_tool_error=error_on_tool_error)

    def _validate_chat_with_tools_response(
        self,
        response: ChatResponse,
        tools: Sequence[BaseTool],
        allow_parallel_tool_calls: bool = False,
        **kwargs: Any,
    ) -> ChatResponse:
        """Keep one call where only one is allowed. Some models make several anyway."""
        if not request.allows_several_calls(allow_parallel_tool_calls, kwargs):
            reply.keep_one_call(response.message)
        return response


def _with_react(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Add what core's ReAct agent requires; core's `predict_and_call` passes None by default."""
    from llama_index.core.agent.react import ReActChatFormatter, ReActOutputParser

    return {
        **kwargs,
        "react_chat_formatter": kwargs.get("react_chat_formatter") or ReActChatFormatter(),
        "output_parser": kwargs.get("output_parser") or ReActOutputParser(),
    }

"""The part of the LLM class that is about tools: asking with them, and reading the calls."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ChatResponseGen,
    MessageRole,
)
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools.calling import acall_tool_with_selection, call_tool_with_selection
from llama_index.core.tools.types import BaseTool, ToolOutput

from llama_index_weryai.reply.tool_selections import (
    is_known,
    keep_one_call,
    refuse,
    to_answer,
    to_selections,
    to_specs,
)
from weryai_core.integration import split_tools, to_tool_choice

if TYPE_CHECKING:
    from llama_index.core.chat_engine.types import AgentChatResponse


class FunctionCalling(FunctionCallingLLM):
    """An LLM that takes tools as this API does: `FunctionCallingLLM` asks `chat` with them."""

    if TYPE_CHECKING:
        strict: bool

        def _parameters(self) -> dict[str, Any]: ...

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **kwargs: Any
    ) -> list[ToolSelection]:
        """The tool calls of a response; of one still growing, as far as they go.

        Raises:
            ValueError: There is none, and `error_on_no_tool_call` is set.
        """
        calls = to_selections(response)
        if not calls and error_on_no_tool_call:
            raise ValueError(f"Expected a tool call, but the answer is: {response.message.content}")
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
        """A streamed answer that may call tools; one of them, unless several are allowed."""
        responses = super().stream_chat_with_tools(
            tools,
            user_msg,
            chat_history,
            verbose,
            allow_parallel_tool_calls,
            tool_required,
            **kwargs,
        )

        are_several_welcome = _are_several_welcome(allow_parallel_tool_calls, kwargs)

        def settled() -> ChatResponseGen:
            with closing(responses):
                for response in responses:
                    if not are_several_welcome:
                        keep_one_call(response.message)
                    yield response

        return settled()

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
        """`stream_chat_with_tools`, asynchronous."""
        responses = await super().astream_chat_with_tools(
            tools,
            user_msg,
            chat_history,
            verbose,
            allow_parallel_tool_calls,
            tool_required,
            **kwargs,
        )

        are_several_welcome = _are_several_welcome(allow_parallel_tool_calls, kwargs)

        async def settled() -> ChatResponseAsyncGen:
            async with aclosing(responses):
                async for response in responses:
                    if not are_several_welcome:
                        keep_one_call(response.message)
                    yield response

        return settled()

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
        """Have the model call tools, call them, and give their output.

        A tool is not run, and its output is an error, if the model calls it with arguments that
        are no JSON object, or if there is no tool of that name.

        Args:
            tools: The tools; dicts that mean a web search turn on the plugin.
            user_msg: What to ask.
            chat_history: What was said before.
            verbose: Whether to print the calls.
            allow_parallel_tool_calls: Whether several calls are welcome.
            error_on_no_tool_call: Whether an answer without a call is an error. By default it is,
                unless there is a web search among the tools: that will often do.
            error_on_tool_error: Whether a tool's error is raised.
            kwargs: Further parameters of the request.

        Raises:
            ValueError: See the last two switches.
        """
        functions, options, is_call_due = self._without_web_search(tools, kwargs)
        if not self.metadata.is_function_calling_model:
            asked = super().predict_and_call
            return asked(functions, user_msg, chat_history, verbose, **_with_react(options))
        response = self.chat_with_tools(
            functions, user_msg, chat_history, verbose, allow_parallel_tool_calls, **options
        )
        selections = self.get_tool_calls_from_response(
            response, is_call_due if error_on_no_tool_call is None else error_on_no_tool_call
        )
        outputs = [
            call_tool_with_selection(selection, functions, verbose)
            if is_known(selection, functions)
            else refuse(selection)
            for selection in selections
        ]
        return to_answer(response, outputs, error_on_tool_error=error_on_tool_error)

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
        """`predict_and_call`, asynchronous; several tools run at the same time."""
        functions, options, is_call_due = self._without_web_search(tools, kwargs)
        if not self.metadata.is_function_calling_model:
            asked = super().apredict_and_call
            return await asked(functions, user_msg, chat_history, verbose, **_with_react(options))
        response = await self.achat_with_tools(
            functions, user_msg, chat_history, verbose, allow_parallel_tool_calls, **options
        )
        selections = self.get_tool_calls_from_response(
            response, is_call_due if error_on_no_tool_call is None else error_on_no_tool_call
        )

        async def output(selection: ToolSelection) -> ToolOutput:
            if not is_known(selection, functions):
                return refuse(selection)
            return await acall_tool_with_selection(selection, functions, verbose)

        outputs = await asyncio.gather(*map(output, selections))
        return to_answer(response, outputs, error_on_tool_error=error_on_tool_error)

    def _without_web_search(
        self, tools: Sequence[BaseTool | Mapping[str, Any]], kwargs: Mapping[str, Any]
    ) -> tuple[list[BaseTool], dict[str, Any], bool]:
        """A call's tools and parameters, with the plugin instead of tools that mean a search.

        Thirdly, whether a call of a tool is due.
        """
        functions, searches = split_tools(list(tools))
        if not searches:
            return functions, dict(kwargs), True
        settled = {**self._parameters(), **kwargs}
        plugins = [*(settled.get("plugins") or ()), *searches]
        return functions, {**kwargs, "plugins": plugins}, False

    def _prepare_chat_with_tools(
        self,
        tools: Sequence[BaseTool | Mapping[str, Any]],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        tool_choice: str | Mapping[str, Any] | None = None,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """The arguments of `chat` for a conversation with tools."""
        specs = to_specs(tools, strict=self.strict if strict is None else strict)
        if isinstance(user_msg, str):
            user_msg = ChatMessage(role=MessageRole.USER, content=user_msg)
        choice = tool_choice or ("required" if tool_required else "auto")
        return {
            "messages": [*(chat_history or []), *([user_msg] if user_msg else [])],
            "tools": specs,
            "tool_choice": to_tool_choice(choice, specs),
            **kwargs,
            "parallel_tool_calls": _are_several_welcome(allow_parallel_tool_calls, kwargs),
        }

    def _validate_chat_with_tools_response(
        self,
        response: ChatResponse,
        tools: Sequence[BaseTool],
        allow_parallel_tool_calls: bool = False,
        **kwargs: Any,
    ) -> ChatResponse:
        """Keep one tool call where only one is allowed, whatever the model thought of that."""
        if not _are_several_welcome(allow_parallel_tool_calls, kwargs):
            keep_one_call(response.message)
        return response


def _are_several_welcome(allow_parallel_tool_calls: bool, kwargs: Mapping[str, Any]) -> bool:
    """Whether an answer may have several calls: the request's own word for it counts most."""
    said = kwargs.get("parallel_tool_calls")
    return allow_parallel_tool_calls if said is None else bool(said)


def _with_react(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """A call's parameters with what core's ReAct agent needs and core does not give it."""
    from llama_index.core.agent.react import ReActChatFormatter, ReActOutputParser

    return {
        **kwargs,
        "react_chat_formatter": kwargs.get("react_chat_formatter") or ReActChatFormatter(),
        "output_parser": kwargs.get("output_parser") or ReActOutputParser(),
    }

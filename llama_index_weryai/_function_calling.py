"""The part of the LLM class that is about tools: asking with them, and reading the calls."""

from __future__ import annotations

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
from llama_index.core.tools.types import BaseTool

from llama_index_weryai._tools import keep_one_call, to_selections, to_specs
from weryai_core import split_tools, to_tool_choice

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

        def settled() -> ChatResponseGen:
            with closing(responses):
                for response in responses:
                    if not allow_parallel_tool_calls:
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

        async def settled() -> ChatResponseAsyncGen:
            async with aclosing(responses):
                async for response in responses:
                    if not allow_parallel_tool_calls:
                        keep_one_call(response.message)
                    yield response

        return settled()

    def predict_and_call(
        self, tools: Sequence[BaseTool | Mapping[str, Any]], *args: Any, **kwargs: Any
    ) -> AgentChatResponse:
        """Have the model call tools, call them, and give their output.

        Args:
            tools: The tools; dicts that mean a web search turn on the plugin, and an answer that
                calls none of the others is then no error.
            args: As `FunctionCallingLLM.predict_and_call` takes them.
            kwargs: Likewise; further ones are parameters of the request.
        """
        functions, options = self._without_web_search(tools, kwargs)
        return super().predict_and_call(functions, *args, **options)

    async def apredict_and_call(
        self, tools: Sequence[BaseTool | Mapping[str, Any]], *args: Any, **kwargs: Any
    ) -> AgentChatResponse:
        """`predict_and_call`, asynchronous."""
        functions, options = self._without_web_search(tools, kwargs)
        return await super().apredict_and_call(functions, *args, **options)

    def _without_web_search(
        self, tools: Sequence[BaseTool | Mapping[str, Any]], kwargs: Mapping[str, Any]
    ) -> tuple[list[BaseTool], dict[str, Any]]:
        """The tools that core can call, and a call's parameters with the plugin for the others."""
        functions, searches = split_tools(list(tools))
        if not searches:
            return functions, dict(kwargs)
        settled = {**self._parameters(), **kwargs}
        return functions, {
            "error_on_no_tool_call": False,  # a search is no tool call, and will often do
            **kwargs,
            "plugins": [*(settled.get("plugins") or ()), *searches],
        }

    def _prepare_chat_with_tools(
        self,
        tools: Sequence[BaseTool | Mapping[str, Any]],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        tool_choice: str | Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """The arguments of `chat` for a conversation with tools."""
        specs = to_specs(tools, strict=self.strict)
        if isinstance(user_msg, str):
            user_msg = ChatMessage(role=MessageRole.USER, content=user_msg)
        choice = tool_choice or ("required" if tool_required else "auto")
        return {
            "messages": [*(chat_history or []), *([user_msg] if user_msg else [])],
            "tools": specs,
            "tool_choice": to_tool_choice(choice, specs),
            "parallel_tool_calls": allow_parallel_tool_calls,
            **kwargs,
        }

    def _validate_chat_with_tools_response(
        self,
        response: ChatResponse,
        tools: Sequence[BaseTool],
        allow_parallel_tool_calls: bool = False,
        **kwargs: Any,
    ) -> ChatResponse:
        """Keep one tool call where only one is allowed, whatever the model thought of that."""
        if not allow_parallel_tool_calls:
            keep_one_call(response.message)
        return response

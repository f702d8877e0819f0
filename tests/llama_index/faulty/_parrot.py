"""A small LLM in memory, `Parrot`, which passes the conformance suites.

It repeats the prompt, counts on request, calls the tools that the prompt names, and
fills schemas with the numbers and names that it hears.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from llama_index.core.base.llms.generic_utils import (
    achat_to_completion_decorator,
    astream_chat_to_completion_decorator,
    chat_to_completion_decorator,
    stream_chat_to_completion_decorator,
)
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ContentBlock,
    ImageBlock,
    LLMMetadata,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.llms.utils import parse_partial_json
from pydantic import Field

THOUGHTS = "Somebody speaks to me."


class Parrot(FunctionCallingLLM):
    """An LLM without a model."""

    requests: ClassVar[int] = 0

    model: str = "parrot-1"
    api_key: str = Field(default_factory=lambda: os.environ["PARROT_KEY"], exclude=True, repr=False)
    max_tokens: int = 200

    @classmethod
    def class_name(cls) -> str:
        return "Parrot"

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(
            context_window=self.max_tokens + 4000,
            num_output=self.max_tokens,
            is_chat_model=True,
            is_function_calling_model=True,
            model_name=self.model,
        )

    # --- the eight methods

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return self._chat(messages, **kwargs)

    @llm_chat_callback()
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return await self._achat(messages, **kwargs)

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        return self._stream(messages, **kwargs)

    @llm_chat_callback()
    async def astream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        return await self._astream(messages, **kwargs)

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        return chat_to_completion_decorator(self._chat)(self._wrap(prompt, formatted), **kwargs)

    @llm_completion_callback()
    async def acomplete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        answer = achat_to_completion_decorator(self._achat)
        return await answer(self._wrap(prompt, formatted), **kwargs)

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        answer = stream_chat_to_completion_decorator(self._stream)
        return answer(self._wrap(prompt, formatted), **kwargs)

    @llm_completion_callback()
    async def astream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        answer = astream_chat_to_completion_decorator(self._astream)
        return await answer(self._wrap(prompt, formatted), **kwargs)

    def _wrap(self, prompt: str, formatted: bool) -> str:
        return prompt if formatted else self.completion_to_prompt(prompt)

    def _chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return [*self._stream(messages, **kwargs)][-1]

    async def _achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        await asyncio.sleep(0)
        return self._chat(messages, **kwargs)

    async def _astream(
        self, messages: Sequence[ChatMessage], **kwargs: Any
    ) -> ChatResponseAsyncGen:
        async def responses() -> ChatResponseAsyncGen:
            for response in self._stream(messages, **kwargs):
                await asyncio.sleep(0)
                yield response

        return responses()

    def _stream(
        self, messages: Sequence[ChatMessage], max_tokens: int | None = None, **kwargs: Any
    ) -> Iterator[ChatResponse]:
        Parrot.requests += 1
        check(messages)
        calls = choose_calls(messages, **kwargs)
        words = [] if calls else re.findall(r"\s*\S+", answer(messages))
        words = words[: max_tokens or self.max_tokens]
        yield respond("", thinking_delta=THOUGHTS)
        for number, word in enumerate(words, 1):
            yield respond("".join(words[:number]), delta=word)
        for call in calls:
            half = json.dumps(call.tool_kwargs)[:6]
            yield respond("", [call.model_copy(update={"tool_kwargs": half})])
        usage = {"prompt_tokens": 7, "completion_tokens": 1 + len(words)}
        yield respond("".join(words), calls, usage=usage)

    # --- tools

    def _prepare_chat_with_tools(
        self,
        tools: Sequence[Any],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        asked = ChatMessage(content=user_msg) if isinstance(user_msg, str) else user_msg
        return {
            "messages": [*(chat_history or []), *([asked] if asked else [])],
            "tools": tools,
            "tool_choice": tool_choice or ("required" if tool_required else "auto"),
            "parallel": allow_parallel_tool_calls,
            **kwargs,
        }

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **kwargs: Any
    ) -> list[ToolSelection]:
        blocks = [one for one in response.message.blocks if isinstance(one, ToolCallBlock)]
        if error_on_no_tool_call and not blocks:
            raise ValueError("No tool was called.")
        return [
            ToolSelection(
                tool_id=block.tool_call_id or "",
                tool_name=block.tool_name,
                tool_kwargs=self.read_arguments(block.tool_kwargs),
            )
            for block in blocks
        ]

    def read_arguments(self, arguments: dict[str, Any] | str) -> dict[str, Any]:
        if isinstance(arguments, dict):
            return arguments
        try:
            return parse_partial_json(arguments)
        except ValueError:
            return {}


def respond(
    text: str,
    calls: Sequence[ToolCallBlock] = (),
    *,
    delta: str = "",
    usage: dict[str, int] | None = None,
    **more: Any,
) -> ChatResponse:
    blocks: list[ContentBlock] = [ThinkingBlock(content=THOUGHTS)]
    blocks += calls or [TextBlock(text=text)]
    extra = {"tool_calls": [to_entry(call) for call in calls]} if calls else {}
    return ChatResponse(
        message=ChatMessage(role="assistant", blocks=blocks, additional_kwargs=extra),
        delta=delta,
        raw={"usage": usage} if usage else {},
        additional_kwargs=more,
    )


def to_entry(call: ToolCallBlock) -> dict[str, Any]:
    arguments = call.tool_kwargs
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    function = {"name": call.tool_name, "arguments": text}
    return {"id": call.tool_call_id, "type": "function", "function": function}


def check(messages: Sequence[ChatMessage]) -> None:
    """Reject unsupported blocks and results without a call."""
    known: set[str | None] = set()
    for message in messages:
        for block in message.blocks:
            if isinstance(block, ToolCallBlock):
                known.add(block.tool_call_id)
            elif not isinstance(block, (TextBlock, ImageBlock, ThinkingBlock)):
                raise ValueError(f"A block of type {block.block_type} cannot be sent.")
        known |= {entry["id"] for entry in message.additional_kwargs.get("tool_calls") or ()}
        if (
            message.role == MessageRole.TOOL
            and message.additional_kwargs["tool_call_id"] not in known
        ):
            raise ValueError("A result answers no call.")


def answer(messages: Sequence[ChatMessage]) -> str:
    """The text of the answer, or JSON for a prompt with a schema."""
    text = messages[-1].content or ""
    if "Count" in text:
        return " ".join(map(str, range(1, 101)))
    if '"properties"' in text:
        # Some prompts still have the double braces of a template.
        text = text.replace("{{", "{").replace("}}", "}")
        start, end = text.index("{"), text.rindex("}") + 1
        return json.dumps(fill(json.loads(text[start:end]), text[:start]))
    return f"You said: {text}"


def choose_calls(
    messages: Sequence[ChatMessage],
    tools: Sequence[Any] = (),
    tool_choice: str = "auto",
    parallel: bool = False,
) -> list[ToolCallBlock]:
    text = messages[-1].content or ""
    if messages[-1].role == MessageRole.TOOL:
        return []
    heard = [tool for tool in tools if re.search(rf"\b{tool.metadata.name}\b", text, re.IGNORECASE)]
    if tool_choice == "required":
        heard = heard or [*tools]
    elif tool_choice != "auto":
        heard = [tool for tool in tools if tool.metadata.name == tool_choice]
    return [
        ToolCallBlock(
            tool_call_id=f"call_{number}",
            tool_name=tool.metadata.name,
            tool_kwargs=fill(tool.metadata.get_parameters_dict(), text),
        )
        for number, tool in enumerate(heard if parallel else heard[:1])
    ]


def fill(schema: dict[str, Any], text: str) -> dict[str, Any]:
    """An object of a schema, filled with the numbers and names of a text."""
    numbers, names = iter(re.findall(r"\d+", text)), iter(re.findall("Ann|Rome", text))
    kinds = {name: value.get("type") for name, value in schema.get("properties", {}).items()}
    return {
        name: int(next(numbers, 0))
        if kind == "integer"
        else ([] if kind == "array" else next(names, "?"))
        for name, kind in kinds.items()
    }

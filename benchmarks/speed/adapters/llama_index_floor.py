"""A LlamaIndex model that answers from memory: what LlamaIndex itself costs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    LLMMetadata,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from llama_index.core.llms.callbacks import llm_chat_callback
from llama_index.core.llms.custom import CustomLLM

from speed.adapters.script import Script, script_of
from speed.server.replies import ANSWER, TOOL, USAGE, words


class LlamaIndexFloor(CustomLLM):
    """Answers from memory what the server would answer at this base URL."""

    script: Script

    @classmethod
    def at(cls, base_url: str) -> LlamaIndexFloor:
        """Return a model for a base URL."""
        return cls(script=script_of(base_url))

    @property
    def metadata(self) -> LLMMetadata:
        """Return the defaults."""
        return LLMMetadata()

    @llm_chat_callback()
    def chat(self, messages: Any, **kwargs: Any) -> ChatResponse:
        """Return one answer."""
        if self.script.delay:
            time.sleep(self.script.delay)
        return _response()

    @llm_chat_callback()
    async def achat(self, messages: Any, **kwargs: Any) -> ChatResponse:
        """Return one answer."""
        if self.script.delay:
            await asyncio.sleep(self.script.delay)
        return _response()

    @llm_chat_callback()
    def stream_chat(self, messages: Any, **kwargs: Any) -> Any:
        """Return the responses of the script."""
        return _responses(self.script)

    @llm_chat_callback()
    async def astream_chat(self, messages: Any, **kwargs: Any) -> Any:
        """Return the responses of the script."""
        return _aresponses(self.script)

    def complete(self, *args: Any, **kwargs: Any) -> Any:
        """Not measured."""

    def stream_complete(self, *args: Any, **kwargs: Any) -> Any:
        """Not measured."""


def _response() -> ChatResponse:
    return ChatResponse(message=ChatMessage(ANSWER, role=MessageRole.ASSISTANT), raw=_RAW)


async def _aresponses(script: Script) -> AsyncIterator[ChatResponse]:
    is_crowd = script.kind == "crowd"
    for number, response in enumerate(_responses(script)):
        if is_crowd and number % 10 == 0:
            await asyncio.sleep(0)  # a stream that arrives lets others run
        yield response


def _responses(script: Script) -> Iterator[ChatResponse]:
    text = last = ""
    role = MessageRole.ASSISTANT
    message = ChatMessage(role=role)
    if script.kind == "tools":
        for fragment in script.fragments():
            text += fragment
            call = ToolCallBlock(tool_call_id="call_1", tool_name=TOOL, tool_kwargs=text)
            message = ChatMessage(role=role, blocks=[call])
            yield ChatResponse(message=message, delta="")
    elif script.kind == "reasoning":
        for word in words(script.chunks):
            text += word
            message = ChatMessage(role=role, blocks=[ThinkingBlock(content=text)])
            additional = {"thinking_delta": word}
            yield ChatResponse(message=message, delta="", additional_kwargs=additional)
        last = ANSWER
        message = ChatMessage(role=role, blocks=[ThinkingBlock(content=text), TextBlock(text=last)])
    else:
        for word in words(script.chunks):
            text += word
            message = ChatMessage(text, role=role)
            yield ChatResponse(message=message, delta=word)
    yield ChatResponse(message=message, delta=last, raw=_RAW)


_RAW = {"usage": {"prompt_tokens": USAGE[0], "completion_tokens": USAGE[1]}}

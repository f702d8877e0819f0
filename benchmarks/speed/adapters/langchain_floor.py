"""A LangChain model that answers from memory: what LangChain itself costs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from speed.adapters.script import Script, script_of
from speed.server.replies import ANSWER, TOOL, USAGE, words


class LangChainFloor(BaseChatModel):
    """Answers from memory what the server would answer at this base URL."""

    script: Script

    @classmethod
    def at(cls, base_url: str) -> LangChainFloor:
        """Return a model for a base URL."""
        return cls(script=script_of(base_url))

    @property
    def _llm_type(self) -> str:
        return "floor"

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        if self.script.delay:
            time.sleep(self.script.delay)
        return _result()

    async def _agenerate(self, *args: Any, **kwargs: Any) -> ChatResult:
        if self.script.delay:
            await asyncio.sleep(self.script.delay)
        return _result()

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        return _chunks(self.script)

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        is_crowd = self.script.kind == "crowd"
        for number, chunk in enumerate(_chunks(self.script)):
            if is_crowd and number % 10 == 0:
                await asyncio.sleep(0)  # a stream that arrives lets others run
            yield chunk


def _result() -> ChatResult:
    return ChatResult(
        generations=[ChatGeneration(message=AIMessage(ANSWER, usage_metadata=_TOKENS))]
    )


def _chunks(script: Script) -> Iterator[ChatGenerationChunk]:
    text = ""
    if script.kind == "tools":
        call = tool_call_chunk(name=TOOL, id="call_1", index=0)
        for fragment in script.fragments():
            call["args"] = fragment
            yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[call]))
            call = tool_call_chunk(index=0)
    elif script.kind == "reasoning":
        for word in words(script.chunks):
            reasoning = {"reasoning_content": word}
            message = AIMessageChunk(content="", additional_kwargs=reasoning)
            yield ChatGenerationChunk(message=message)
        text = ANSWER
    else:
        for word in words(script.chunks):
            yield ChatGenerationChunk(message=AIMessageChunk(content=word))
    last = AIMessageChunk(content=text, usage_metadata=_TOKENS, chunk_position="last")
    yield ChatGenerationChunk(message=last)


_TOKENS: Any = {"input_tokens": USAGE[0], "output_tokens": USAGE[1], "total_tokens": sum(USAGE)}

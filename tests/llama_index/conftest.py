"""What the tests of the LlamaIndex integration share: models of the emulator, and ways to ask."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage

from llama_index_weryai import WeryAI
from weryai_emulator import Emulator

KEY = "sk-0123456789abcdef0123456789abcdef"
CHAT_METHODS = ("chat", "achat", "stream_chat", "astream_chat")
COMPLETION_METHODS = ("complete", "acomplete", "stream_complete", "astream_complete")


@pytest.fixture
def make_llm(weryai_emulator: Emulator) -> Callable[..., WeryAI]:
    """Makes a model that is served by the emulator."""

    def make(**settings: Any) -> WeryAI:
        given = {"model": "GPT_4O", "api_key": KEY, "api_base": weryai_emulator.base_url}
        return WeryAI(**given | settings)

    return make


@pytest.fixture
def llm(make_llm: Callable[..., WeryAI]) -> WeryAI:
    return make_llm()


@pytest.fixture(params=CHAT_METHODS)
def chat_method(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=COMPLETION_METHODS)
def completion_method(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=CHAT_METHODS + COMPLETION_METHODS)
def method(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=["stream_chat", "astream_chat"])
def stream_method(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=["sync", "async"])
def way(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def ask() -> Callable[..., list[Any]]:
    """Calls a method of a model by its name, and gives all its responses as a list.

    The question is a text or messages; what the method takes is made of it.
    """

    def call(llm: WeryAI, method: str, question: Any = "Hello", **kwargs: Any) -> list[Any]:
        if "chat" in method and isinstance(question, str):
            question = [ChatMessage(content=question)]
        function = getattr(llm, method)
        if method.startswith("a"):
            return asyncio.run(collect(function, question, **kwargs))
        answer = function(question, **kwargs)
        return list(answer) if "stream" in method else [answer]

    async def collect(function: Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        answer = await function(*args, **kwargs)
        return [one async for one in answer] if hasattr(answer, "__aiter__") else [answer]

    return call


@pytest.fixture
def to_chunks() -> Callable[..., list[dict[str, Any]]]:
    """Writes the chunks of a stream, of the deltas in it, as the service sends them."""

    def write(*deltas: dict[str, Any], finish_reason: str = "stop") -> list[dict[str, Any]]:
        head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        end = {"index": 0, "delta": {}, "finish_reason": finish_reason}
        return [
            *(
                {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
                for delta in deltas
            ),
            {**head, "choices": [end]},
        ]

    return write


@pytest.fixture
def to_reply() -> Callable[..., dict[str, Any]]:
    """Writes a whole reply, of the message in it, as the service sends it."""

    def write(message: dict[str, Any], finish_reason: str = "stop", **extra: Any) -> dict[str, Any]:
        choice = {"index": 0, "message": message, "finish_reason": finish_reason}
        head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m"}
        return {**head, "choices": [choice], **extra}

    return write

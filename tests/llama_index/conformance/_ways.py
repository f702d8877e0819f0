"""Calling an LLM's methods by name: whole or streamed, sync or async."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse
from llama_index.core.llms.llm import LLM

Response = ChatResponse | CompletionResponse

CHAT = ("chat", "achat", "stream_chat", "astream_chat")
COMPLETE = ("complete", "acomplete", "stream_complete", "astream_complete")
STREAMS = ("stream_chat", "astream_chat", "stream_complete", "astream_complete")
TOOLS = (
    "chat_with_tools",
    "achat_with_tools",
    "stream_chat_with_tools",
    "astream_chat_with_tools",
)
PREDICT = ("predict", "apredict", "stream", "astream")
TWINS = (
    ("chat", "achat"),
    ("stream_chat", "astream_chat"),
    ("complete", "acomplete"),
    ("stream_complete", "astream_complete"),
)

each_method = pytest.mark.parametrize("method", CHAT + COMPLETE)
each_chat = pytest.mark.parametrize("method", CHAT)
each_completion = pytest.mark.parametrize("method", COMPLETE)
each_stream = pytest.mark.parametrize("method", STREAMS)
each_prediction = pytest.mark.parametrize("method", PREDICT)
each_tool_chat = pytest.mark.parametrize("method", TOOLS)
each_twin = pytest.mark.parametrize(("sync", "asynchronous"), TWINS)

HELLO = "Say hello."


def ask(llm: LLM, method: str, question: str = HELLO, **kwargs: Any) -> list[Any]:
    """All responses to a question, passed as a prompt or a message."""
    return call(llm, method, as_argument(method, question), **kwargs)


async def aask(llm: LLM, method: str, question: str = HELLO, **kwargs: Any) -> list[Any]:
    """`ask` in the running event loop, whatever the method."""
    return await _acall(getattr(llm, method), as_argument(method, question), **kwargs)


def call(llm: LLM, method: str, *args: Any, **kwargs: Any) -> list[Any]:
    """All results of a method in a list. Async methods run in an event loop of their own."""
    function = getattr(llm, method)
    if method.startswith("a"):
        return asyncio.run(_acall(function, *args, **kwargs))
    answer = function(*args, **kwargs)
    return list(answer) if isinstance(answer, Iterator) else [answer]


async def _acall(function: Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
    answer = function(*args, **kwargs)
    if hasattr(answer, "__await__"):
        answer = await answer
    if hasattr(answer, "__aiter__"):
        return [one async for one in answer]
    return list(answer) if isinstance(answer, Iterator) else [answer]


def as_argument(method: str, question: str) -> Any:
    """The question as a method's first argument."""
    return [ChatMessage(role="user", content=question)] if "chat" in method else question


def text_of(response: Response) -> str:
    """The text of a response; "" if it has none."""
    if isinstance(response, CompletionResponse):
        return response.text
    return response.message.content or ""

"""Fixtures of the LlamaIndex tests: models served by the emulator, and ways to call them.

A fact that holds for every method is tested with two of them, `chat` and `astream_chat`: one
sync and whole, one async and streamed. Only tests about the methods themselves use all eight.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from zlib import crc32

import pytest
from llama_index.core import Document
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.memory import Memory
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.types import PydanticProgramMode
from llama_index.retrievers.bm25 import BM25Retriever
from songs import PAIRS, call

from llama_index_weryai import WeryAI
from weryai_emulator import Emulator

KEY = "sk-0123456789abcdef0123456789abcdef"
CHAT_METHODS = ("chat", "achat", "stream_chat", "astream_chat")
COMPLETION_METHODS = ("complete", "acomplete", "stream_complete", "astream_complete")

# The documents of the engines' tests. A question finds two of them.
NORBY = {
    "lighthouse": "The lighthouse of Norby was built in 1887. It is 34 metres high.",
    "bakery": "The bakery of Norby opens at six in the morning. It sells rye bread.",
    "ferry": "The ferry to Norby leaves every hour. A ticket costs four euros.",
}


# Fixtures with two values.
TWO = {
    "way": ("sync", "async"),
    "streaming": (True, False),
    "tool_calling": ("native", "prompted"),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes fixtures of `TWO` with each value of each, and not with their product.

    Which values come together alternates between tests.
    """
    marks = metafunc.definition.iter_markers("parametrize")
    given = {name for mark in marks for name in TWO if name in mark.args[0]}
    names = [name for name in TWO if name in metafunc.fixturenames and name not in given]
    if names:
        flips = crc32(metafunc.function.__name__.encode())
        rows = [
            [TWO[name][(row + (flips >> number)) % 2] for number, name in enumerate(names)]
            for row in (0, 1)
        ]
        ids = [
            "-".join(f"{name}={value}" for name, value in zip(names, row, strict=True))
            for row in rows
        ]
        metafunc.parametrize(names, rows, indirect=True, ids=ids)


@pytest.fixture
def make_llm(weryai_emulator: Emulator) -> Callable[..., WeryAI]:
    """Makes a model served by the emulator."""

    def make(**settings: Any) -> WeryAI:
        given = {"model": "GPT_4O", "api_key": KEY, "api_base": weryai_emulator.base_url}
        return WeryAI(**given | settings)

    return make


@pytest.fixture
def llm(make_llm: Callable[..., WeryAI]) -> WeryAI:
    return make_llm()


@pytest.fixture(params=["chat", "astream_chat"])
def chat_method(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=["complete", "astream_complete"])
def completion_method(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=CHAT_METHODS + COMPLETION_METHODS)
def method(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def way(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def ask() -> Callable[..., list[Any]]:
    """Calls a method of a model by its name and returns all responses as a list.

    The question is a text or messages. Chat methods get a text as a user message.
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
    """Writes deltas as the chunks of a stream."""

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
    """Writes a message as a whole reply."""

    def write(message: dict[str, Any], finish_reason: str = "stop", **extra: Any) -> dict[str, Any]:
        choice = {"index": 0, "message": message, "finish_reason": finish_reason}
        head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m"}
        return {**head, "choices": [choice], **extra}

    return write


@pytest.fixture
def streaming(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.fixture(params=PAIRS, ids=lambda pair: f"{pair[0].value}, {pair[1]}")
def pair(request: pytest.FixtureRequest) -> tuple[PydanticProgramMode, str]:
    """A mode and an entrance of structured output."""
    return request.param


@pytest.fixture
def mode(pair: tuple[PydanticProgramMode, str]) -> PydanticProgramMode:
    return pair[0]


@pytest.fixture
def entrance(pair: tuple[PydanticProgramMode, str]) -> str:
    return pair[1]


@pytest.fixture
def say(weryai_emulator: Emulator, mode: PydanticProgramMode) -> Callable[..., None]:
    """Queues an answer with this JSON where a model puts it in this mode."""

    def write(text: str, name: str = "Song", finish_reason: str | None = None) -> None:
        if mode == PydanticProgramMode.FUNCTION:
            message = {"content": None, "tool_calls": [call(text, name)]}
            weryai_emulator.reply(message, finish_reason=finish_reason or "tool_calls")
        else:
            weryai_emulator.reply(text, finish_reason=finish_reason or "stop")

    return write


@pytest.fixture
def main_loop() -> Iterator[None]:
    """Sets the main thread's event loop and shuts it down at the end.

    LlamaIndex's sync methods run async ones in it and never close it.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    asyncio.set_event_loop(None)


@pytest.fixture
async def make_memory() -> AsyncIterator[Callable[..., Memory]]:
    """Makes memories with a database, which they never close themselves."""
    made: list[Memory] = []

    def make(**settings: Any) -> Memory:
        made.append(Memory.from_defaults(**settings))
        return made[-1]

    yield make
    for memory in made:
        engine, _ = await memory.sql_store._setup_connections()
        await engine.dispose()


@pytest.fixture(scope="session")
def norby() -> dict[str, str]:
    """Texts about a village, by subject."""
    return NORBY


@pytest.fixture(scope="session")
def retriever() -> BM25Retriever:
    """Finds two of the texts in `norby`."""
    nodes = SentenceSplitter(tokenizer=str.split).get_nodes_from_documents(
        [Document(text=text) for text in NORBY.values()]
    )
    return BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=2)


# --- tools as parameters, and in the prompt for a gateway that ignores the parameters


@pytest.fixture(scope="session")
def tool_gateway() -> Iterator[Emulator]:
    with Emulator(ignore_tools=True) as emulator:
        yield emulator


@pytest.fixture
def tool_calling(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def tool_emulator(
    tool_calling: str, weryai_emulator: Emulator, tool_gateway: Emulator
) -> Iterator[Emulator]:
    """Serves `tool_llm`: knows tools, or ignores them like some gateways."""
    emulator = weryai_emulator if tool_calling == "native" else tool_gateway
    emulator.reset()
    yield emulator
    emulator.reset()


@pytest.fixture
def tool_llm(make_llm: Callable[..., WeryAI], tool_calling: str, tool_emulator: Emulator) -> WeryAI:
    """A model that calls tools, natively or prompted."""
    return make_llm(api_base=tool_emulator.base_url, tool_calling=tool_calling)


@pytest.fixture
def reply_calls(tool_calling: str, tool_emulator: Emulator) -> Callable[..., None]:
    """Queues an answer that calls tools, each as a name and arguments."""

    def reply(*calls: tuple[str, dict[str, Any]], text: str | None = None) -> None:
        if tool_calling == "prompted":
            written = [json.dumps({"name": name, "arguments": given}) for name, given in calls]
            lines = [f"<tool_call>{one}</tool_call>" for one in written]
            tool_emulator.reply("\n".join([text, *lines] if text else lines))
            return
        reply_number = tool_emulator.pending_replies
        entries = [
            {
                "id": f"call_{reply_number}_{number}",
                "type": "function",
                "function": {"name": name, "arguments": json.dumps(given)},
            }
            for number, (name, given) in enumerate(calls)
        ]
        message = {"content": text, "tool_calls": entries}
        tool_emulator.reply(message, finish_reason="tool_calls")

    return reply


@pytest.fixture
def read_tools(tool_calling: str) -> Callable[[dict[str, Any]], tuple[list[str], list[str]]]:
    """Reads the tools' names and the calls' results from a request, native or prompted."""

    def read(request: dict[str, Any]) -> tuple[list[str], list[str]]:
        messages = request["messages"]
        if tool_calling == "native":
            names = [tool["function"]["name"] for tool in request.get("tools", ())]
            return names, [one["content"] for one in messages if one["role"] == "tool"]
        assert not {"tools", "tool_choice", "parallel_tool_calls"} & request.keys()
        assert "tool" not in [one["role"] for one in messages]
        said = [one["content"] for one in messages if one["role"] == "user"]
        result = re.compile(r"^<tool_response[^\n]*>\n(.*?)\n</tool_response>$", re.DOTALL | re.M)
        names = re.findall(r'^\{"name":"(\w+)"', messages[0]["content"], re.MULTILINE)
        return names, [one for text in said for one in result.findall(text)]

    return read

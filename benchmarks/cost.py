"""Measure what a call and a chunk cost, compared with the framework's own cost.

    make bench

FLOOR is a minimal model of the same framework that answers from memory: no integration can be
cheaper. Peers are measured, too, if they are installed
(`pip install langchain-openai llama-index-llms-openai-like`). The figures are CPU microseconds of
this process, medians of interleaved rounds. Machines are noisy, so compare only figures of one run.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, LLMMetadata
from llama_index.core.llms.callbacks import llm_chat_callback
from llama_index.core.llms.custom import CustomLLM

from langchain_weryai import ChatWeryAI
from llama_index_weryai import WeryAI

HERE = Path(__file__).parent
CHUNKS = 1000
ROUNDS = 7
CALLS = 50
PROMPT = "Hello"
HISTORY = [ChatMessage(PROMPT)]

Operation = Callable[[], int]
"""Does something and returns the number of units (calls or chunks)."""


class LangChainFloor(BaseChatModel):
    """Answer from memory, to measure LangChain itself."""

    @property
    def _llm_type(self) -> str:
        return "floor"

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage("A short answer."))])

    async def _agenerate(self, *args: Any, **kwargs: Any) -> ChatResult:
        return self._generate()

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        for _ in range(CHUNKS):
            yield ChatGenerationChunk(message=AIMessageChunk(content=" word"))

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._stream():
            yield chunk


class LlamaIndexFloor(CustomLLM):
    """Answer from memory, to measure LlamaIndex itself."""

    @property
    def metadata(self) -> LLMMetadata:
        """Return the defaults."""
        return LLMMetadata()

    @llm_chat_callback()
    def chat(self, messages: Any, **kwargs: Any) -> ChatResponse:
        """Return one answer."""
        return ChatResponse(message=ChatMessage("A short answer."))

    @llm_chat_callback()
    async def achat(self, messages: Any, **kwargs: Any) -> ChatResponse:
        """Return one answer."""
        return ChatResponse(message=ChatMessage("A short answer."))

    @llm_chat_callback()
    def stream_chat(self, messages: Any, **kwargs: Any) -> Any:
        """Return CHUNKS responses."""
        return self._responses()

    @llm_chat_callback()
    async def astream_chat(self, messages: Any, **kwargs: Any) -> Any:
        """Return CHUNKS responses."""

        async def responses() -> Any:
            for response in self._responses():
                yield response

        return responses()

    def complete(self, *args: Any, **kwargs: Any) -> Any:
        """Not measured."""

    def stream_complete(self, *args: Any, **kwargs: Any) -> Any:
        """Not measured."""

    def _responses(self) -> Any:
        text = ""
        for _ in range(CHUNKS):
            text += " word"
            yield ChatResponse(message=ChatMessage(text), delta=" word")


def langchain_models(base_url: str) -> dict[str, BaseChatModel]:
    """Return the floor, our class, and the installed peers."""
    models = {
        "FLOOR": LangChainFloor(),
        "ChatWeryAI": ChatWeryAI(model="GPT_4O", base_url=base_url, api_key="k"),
    }
    with suppress(ImportError):
        from langchain_openai import ChatOpenAI

        models["ChatOpenAI"] = ChatOpenAI(model="GPT_4O", base_url=base_url, api_key="k")
    return models


def llama_index_models(base_url: str) -> dict[str, Any]:
    """Return the floor, our class, and the installed peers."""
    models: dict[str, Any] = {
        "FLOOR": LlamaIndexFloor(),
        "WeryAI": WeryAI(model="GPT_4O", base_url=base_url, api_key="k"),
    }
    with suppress(ImportError):
        from llama_index.llms.openai_like import OpenAILike

        models["OpenAILike"] = OpenAILike(
            model="GPT_4O", api_base=base_url, api_key="k", is_chat_model=True
        )
    return models


def langchain_operations(model: BaseChatModel, loop: asyncio.AbstractEventLoop) -> dict[str, Any]:
    """Return the operations to measure on a LangChain model."""

    async def ainvoke() -> int:
        for _ in range(CALLS):
            await model.ainvoke(PROMPT)
        return CALLS

    async def astream() -> int:
        return len([None async for _ in model.astream(PROMPT)])

    async def events() -> int:
        return len([None async for _ in model.astream_events(PROMPT, version="v2")])

    return {
        "invoke": lambda: len([model.invoke(PROMPT) for _ in range(CALLS)]),
        "ainvoke": lambda: loop.run_until_complete(ainvoke()),
        "stream": lambda: len(list(model.stream(PROMPT))),
        "astream": lambda: loop.run_until_complete(astream()),
        "v2 events": lambda: loop.run_until_complete(events()),
        "v3 events": lambda: len(list(model.stream_events(PROMPT, version="v3"))),
    }


def llama_index_operations(model: Any, loop: asyncio.AbstractEventLoop) -> dict[str, Any]:
    """Return the operations to measure on a LlamaIndex model."""

    async def achat() -> int:
        for _ in range(CALLS):
            await model.achat(HISTORY)
        return CALLS

    async def astream_chat() -> int:
        return len([None async for _ in await model.astream_chat(HISTORY)])

    return {
        "chat": lambda: len([model.chat(HISTORY) for _ in range(CALLS)]),
        "achat": lambda: loop.run_until_complete(achat()),
        "stream_chat": lambda: len(list(model.stream_chat(HISTORY))),
        "astream_chat": lambda: loop.run_until_complete(astream_chat()),
    }


def measure(operations: dict[str, dict[str, Operation]]) -> None:
    """Run every operation of every model in turn, ROUNDS times, and print the medians."""
    columns = list(next(iter(operations.values())))
    costs: dict[tuple[str, str], list[float]] = {}
    for round_number in range(ROUNDS + 1):
        for name, of_model in operations.items():
            for column, operation in of_model.items():
                gc.collect()
                start = time.process_time()
                units = operation()
                spent = (time.process_time() - start) / units * 1e6
                if round_number:  # the first round warms up
                    costs.setdefault((name, column), []).append(spent)
    print(f"{'us of CPU':14}" + "".join(f"{column:>14}" for column in columns))
    for name in operations:
        medians = (statistics.median(costs[name, column]) for column in columns)
        print(f"{name:14}" + "".join(f"{median:14.1f}" for median in medians))


def measure_concurrency(base_url: str, loop: asyncio.AbstractEventLoop) -> None:
    """Print requests per second, by concurrency, for an answer that takes 50 ms."""
    print(f"\n{'requests/s':14}" + "".join(f"{count:>14}" for count in (20, 100, 1000)))
    headers = {"x-delay": "0.05"}
    model = ChatWeryAI(model="GPT_4O", base_url=base_url, api_key="k", default_headers=headers)
    rates = []
    for count in (20, 100, 1000):
        total = max(count * 2, 200)

        async def worker(left: list[int]) -> None:
            while left:
                left.pop()
                await model.ainvoke(PROMPT)

        async def run(count: int = count, total: int = total) -> None:
            left = list(range(total))
            await asyncio.gather(*(worker(left) for _ in range(count)))

        start = time.perf_counter()
        loop.run_until_complete(run())
        rates.append(total / (time.perf_counter() - start))
    print(f"{'ChatWeryAI':14}" + "".join(f"{rate:14.0f}" for rate in rates))


def measure_imports() -> None:
    """Print the wall seconds that importing a module takes, compared with the framework alone."""
    print()
    for module in (
        "langchain_core.language_models.chat_models",
        "langchain_weryai",
        "llama_index.core.llms.function_calling",
        "llama_index_weryai",
    ):
        times = []
        for _ in range(3):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
            times.append(time.perf_counter() - start)
        print(f"import {module:45} {statistics.median(times):6.2f} s")


@contextmanager
def server() -> Iterator[str]:
    """Run the loopback server in its own process and yield its base URL."""
    with tempfile.TemporaryDirectory() as folder:
        port_file = Path(folder) / "port"
        process = subprocess.Popen([sys.executable, str(HERE / "server.py"), str(port_file)])
        try:
            while not (port_file.exists() and port_file.read_text()):
                time.sleep(0.01)
            yield f"http://127.0.0.1:{port_file.read_text()}/v1"
        finally:
            process.kill()
            process.wait()


def main() -> None:
    """Measure, and print one table per framework."""
    loop = asyncio.new_event_loop()
    with server() as base_url:
        print("LangChain: a call; a chunk of a stream of 1,000; an event")
        measure({n: langchain_operations(m, loop) for n, m in langchain_models(base_url).items()})
        print("\nLlamaIndex: a call; a chunk of a stream of 1,000")
        models = llama_index_models(base_url)
        measure({n: llama_index_operations(m, loop) for n, m in models.items()})
        measure_concurrency(base_url, loop)
        loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    measure_imports()


if __name__ == "__main__":
    main()

"""The small real model behind the emulator, once for all tests here, and ways to call it.

`make test-local` runs these tests. They are not part of `make test`, because the weights are not
part of the environment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from llama_index.core.base.llms.types import ChatMessage

from langchain_weryai import ChatWeryAI
from llama_index_weryai import WeryAI
from weryai_emulator import Emulator
from weryai_emulator.local_model.process import LocalModel

REPORT = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[REPORT] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests report and do not assert."""
    lines = terminalreporter.config.stash[REPORT]
    if lines:
        terminalreporter.section("The local model")
        for line in lines:
            terminalreporter.line(line)


@pytest.fixture
def report(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Adds a line to the summary of the run."""
    return pytestconfig.stash[REPORT].append


@pytest.fixture(scope="session")
def local_model() -> Iterator[LocalModel]:
    with LocalModel() as model:
        yield model


@pytest.fixture(scope="session")
def session_emulator(local_model: LocalModel) -> Iterator[Emulator]:
    with Emulator(upstream=local_model.base_url, upstream_api_key=local_model.api_key) as emulator:
        yield emulator


@pytest.fixture
def emulator(session_emulator: Emulator) -> Emulator:
    session_emulator.reset()
    return session_emulator


@pytest.fixture(scope="session")
def server(local_model: LocalModel) -> Iterator[httpx2.Client]:
    """A client of the model's own server, for what OpenAI's API does not have."""
    with httpx2.Client(
        base_url=local_model.base_url.removesuffix("/v1"),
        headers={"Authorization": f"Bearer {local_model.api_key}"},
        timeout=60,
    ) as client:
        yield client


@pytest.fixture
def make_chat(emulator: Emulator) -> Iterator[Callable[..., ChatWeryAI]]:
    """Makes LangChain models that use the local model."""
    made = []

    def make(**settings: Any) -> ChatWeryAI:
        given = {"model": "GPT_4O", "api_key": "any", "base_url": emulator.base_url}
        made.append(ChatWeryAI(**{**given, "max_retries": 0, **settings}))
        return made[-1]

    yield make
    for model in made:
        model.close()


@pytest.fixture
def make_llm(emulator: Emulator) -> Callable[..., WeryAI]:
    """Makes LlamaIndex models that use the local model."""

    def make(**settings: Any) -> WeryAI:
        given = {"model": "GPT_4O", "api_key": "any", "api_base": emulator.base_url}
        return WeryAI(**{**given, "max_retries": 0, **settings})

    return make


@pytest.fixture
def ask_chat() -> Callable[..., Any]:
    """Calls a LangChain runnable in a style; returns its message, the pieces of a stream added."""

    def ask(runnable: Any, style: str, question: Any, **arguments: Any) -> Any:
        call = getattr(runnable, style)
        if style == "invoke":
            return call(question, **arguments)
        if style == "ainvoke":
            return asyncio.run(call(question, **arguments))
        if style == "stream":
            pieces = list(call(question, **arguments))
        else:
            pieces = asyncio.run(_collect(call(question, **arguments)))
        message = pieces[0]
        for piece in pieces[1:]:
            message += piece
        return message

    return ask


@pytest.fixture
def ask_llm() -> Callable[..., Any]:
    """Calls a method of a LlamaIndex model; returns its responses, one if it does not stream."""

    def ask(llm: WeryAI, method: str, question: str, **arguments: Any) -> list[Any]:
        messages = [ChatMessage(content=question)]
        call = getattr(llm, method)
        if method == "chat":
            return [call(messages, **arguments)]
        if method == "stream_chat":
            return list(call(messages, **arguments))
        if method == "achat":
            return [asyncio.run(call(messages, **arguments))]
        return asyncio.run(_collect_from(call(messages, **arguments)))

    return ask


async def _collect(pieces: Any) -> list[Any]:
    return [piece async for piece in pieces]


async def _collect_from(coming: Any) -> list[Any]:
    return await _collect(await coming)

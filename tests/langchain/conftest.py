"""Fixtures for the LangChain package: a model, ways of calling it, and replies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import reduce
from operator import add
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from zlib import crc32

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.runnables import AddableDict
from langchain_tests.conftest import base_vcr_config

from langchain_weryai import ChatWeryAI
from weryai_emulator import Emulator

KEY = "sk-test-0123456789abcdef"
STYLES = ("invoke", "ainvoke", "stream", "astream")
HALVES = (("invoke", "astream"), ("ainvoke", "stream"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes `style` whole and streamed, sync and async: in two of the four styles.

    The two alternate between tests. A test about the styles themselves is marked `every_style`.
    """
    marks = metafunc.definition.iter_markers("parametrize")
    is_named = any("style" in mark.args[0] for mark in marks)
    if "style" in metafunc.fixturenames and not is_named:
        is_about_styles = metafunc.definition.get_closest_marker("every_style")
        half = HALVES[crc32(metafunc.function.__name__.encode()) % 2]
        metafunc.parametrize("style", STYLES if is_about_styles else half)


@pytest.fixture
def key() -> str:
    """The key of the models of `make_model`."""
    return KEY


@pytest.fixture
def make_model(weryai_emulator: Emulator) -> Iterator[Callable[..., ChatWeryAI]]:
    """Makes models that use the emulator and do not retry. The end of the test closes them."""
    made = []

    def make(**arguments: Any) -> ChatWeryAI:
        settings = {"api_key": KEY, "base_url": weryai_emulator.base_url, "max_retries": 0}
        if "model_name" not in arguments:
            settings["model"] = "GPT_4O"
        made.append(ChatWeryAI(**{**settings, **arguments}))
        return made[-1]

    yield make
    for model in made:
        model.close()


@pytest.fixture
def model(make_model: Callable[..., ChatWeryAI]) -> ChatWeryAI:
    return make_model()


@pytest.fixture
def sent(weryai_emulator: Emulator) -> Callable[[], Any]:
    """Returns the JSON body of the newest request."""
    return lambda: weryai_emulator.last_request.json


@pytest.fixture
def call(style: str) -> Callable[..., Awaitable[Any]]:
    """Calls a runnable in `style` and adds the pieces of a stream up."""

    async def ask(runnable: Any, question: Any = "Hello", **arguments: Any) -> Any:
        if style == "invoke":
            return runnable.invoke(question, **arguments)
        if style == "ainvoke":
            return await runnable.ainvoke(question, **arguments)
        if style == "stream":
            return add_up(list(runnable.stream(question, **arguments)))
        return add_up([piece async for piece in runnable.astream(question, **arguments)])

    return ask


@pytest.fixture(scope="session")
def vcr_config() -> dict[str, Any]:
    """LangChain's own, without what ties a cassette to a machine or to a run of the emulator."""
    config = base_vcr_config()
    # The command line and the place of the test decide these.
    del config["record_mode"], config["cassette_library_dir"]
    return {
        **config,
        "before_record_request": on_any_port,
        "before_record_response": without_headers,
    }


@pytest.fixture
def merge() -> Callable[[list[Any]], Any]:
    return add_up


@pytest.fixture
def chunk() -> Callable[..., dict[str, Any]]:
    """Writes a chunk of a streamed reply."""

    def write(
        delta: dict[str, Any] | None = None, finish_reason: str | None = None, **fields: Any
    ) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta or {}, "finish_reason": finish_reason}
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1711929600,
            "model": "GPT_4O",
            "choices": [choice],
            **fields,
        }

    return write


@pytest.fixture
def whole() -> Callable[..., dict[str, Any]]:
    """Writes a reply that is not streamed."""

    def write(
        message: dict[str, Any], finish_reason: str = "stop", **fields: Any
    ) -> dict[str, Any]:
        message = {"role": "assistant", "content": None, **message}
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1711929600,
            "model": "GPT_4O",
            "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
            **fields,
        }

    return write


def on_any_port(request: Any) -> Any:
    """Remove from a recorded request the port, and the headers with the key."""
    request.uri = urlunsplit(urlsplit(request.uri)._replace(netloc="emulator"))
    request.headers = {}
    return request


def without_headers(response: dict[str, Any]) -> dict[str, Any]:
    """Remove the headers from a recorded response."""
    return {**response, "headers": {}}


def add_up(pieces: list[Any]) -> Any:
    if all(isinstance(piece, AddableDict) for piece in pieces):
        return reduce(add, pieces)
    if not all(isinstance(piece, AIMessage) for piece in pieces):
        return pieces[-1]  # parsed output: each piece replaces the one before
    merged = pieces[0]
    for piece in pieces[1:]:
        assert isinstance(piece, AIMessageChunk)
        merged += piece
    return merged

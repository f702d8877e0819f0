from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from weryai_emulator import Emulator
from weryai_emulator.options import SOURCE_SHAPES

MODEL = "GPT_4O"


@pytest.fixture(scope="session")
def server() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(server: Emulator) -> Iterator[Emulator]:
    server.reset()
    yield server
    server.reset()


@pytest.fixture(scope="session")
def session_http(server: Emulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.base_url, timeout=10) as client:
        yield client


@pytest.fixture
def http(emulator: Emulator, session_http: httpx.Client) -> httpx.Client:
    return session_http


@pytest.fixture
def ask(http: httpx.Client) -> Callable[..., dict[str, Any]]:
    """Return a function that asks for a completion and returns its body."""
    return asking(http)


@pytest.fixture(scope="session", params=SOURCE_SHAPES)
def shape(request: pytest.FixtureRequest) -> str:
    """Return each shape of sources in turn."""
    return request.param


@pytest.fixture(scope="session")
def ask_shaped(shape: Any) -> Iterator[Callable[..., dict[str, Any]]]:
    """Return a function that asks an emulator of this shape."""
    with (
        Emulator(source_shape=shape) as emulator,
        httpx.Client(base_url=emulator.base_url, timeout=10) as http,
    ):
        yield asking(http)


def asking(http: httpx.Client) -> Callable[..., dict[str, Any]]:
    def ask(messages: Any, **fields: Any) -> dict[str, Any]:
        if isinstance(messages, str):
            messages = [{"role": "user", "content": messages}]
        body = {"model": MODEL, "messages": messages, **fields}
        response = http.post("/chat/completions", json=body)
        assert response.status_code == 200, response.text
        if not body.get("stream"):
            return response.json()
        return {"chunks": read_chunks(response.text)}

    return ask


@pytest.fixture
def say(ask: Callable[..., dict[str, Any]]) -> Callable[..., str]:
    """Return a function that asks and returns the text of the first answer."""

    def say(messages: Any, **fields: Any) -> str:
        return ask(messages, **fields)["choices"][0]["message"]["content"]

    return say


@pytest.fixture
def calls(ask: Callable[..., dict[str, Any]]) -> Callable[..., list[tuple[str, Any]]]:
    """Return a function that asks and returns the name and arguments of each tool call."""

    def calls(messages: Any, **fields: Any) -> list[tuple[str, Any]]:
        message = ask(messages, **fields)["choices"][0]["message"]
        return [
            (call["function"]["name"], json.loads(call["function"]["arguments"]))
            for call in message.get("tool_calls") or ()
        ]

    return calls


def read_chunks(text: str) -> list[Any]:
    events = [event.removeprefix("data: ") for event in text.split("\n\n") if event]
    assert events[-1] == "[DONE]"
    return [json.loads(event) for event in events[:-1]]

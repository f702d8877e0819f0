"""Ways to ask: over HTTP for the tests of the server, without a server for all others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from weryai_emulator import Emulator
from weryai_emulator.answers.completion import Completion
from weryai_emulator.answers.rules import Replier
from weryai_emulator.options import Options
from weryai_emulator.request.bounds import check_chat_request
from weryai_emulator.web_search.source_shapes import SHAPES

MODEL = "GPT_4O"


@pytest.fixture
def emulator(weryai_emulator: Emulator) -> Emulator:
    return weryai_emulator


@pytest.fixture(scope="session")
def session_http(weryai_emulator_server: Emulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=weryai_emulator_server.base_url, timeout=60) as client:
        yield client


@pytest.fixture
def http(emulator: Emulator, session_http: httpx.Client) -> httpx.Client:
    """A client of the session's emulator."""
    return session_http


@pytest.fixture
def post(http: httpx.Client) -> Callable[..., Any]:
    """Asks over HTTP: returns the JSON of the reply, or the list of its chunks."""

    def post(messages: Any, **fields: Any) -> Any:
        response = http.post("/chat/completions", json=to_body(messages, **fields))
        assert response.status_code == 200, response.text
        return read_chunks(response.text) if fields.get("stream") else response.json()

    return post


@pytest.fixture
def ask() -> Callable[..., Any]:
    """Asks without a server: returns the JSON of the reply, or the list of its chunks."""

    def ask(messages: Any, *, options: Options | None = None, **fields: Any) -> Any:
        options = options or Options()
        encoded = json.dumps(to_body(messages, **fields)).encode()
        request = check_chat_request(encoded, ignore_tools=options.ignore_tools)
        choices, usage = Replier(options).reply(request)
        shape = SHAPES[options.source_shape]
        completion = Completion("chatcmpl-1", 1, request.model, choices, usage, shape)
        if request.stream:
            return list(completion.to_chunks(include_usage=request.include_usage))
        return completion.to_body()

    return ask


@pytest.fixture
def say(ask: Callable[..., Any]) -> Callable[..., str]:
    """Asks without a server: returns the text of the first answer."""

    def say(messages: Any, **fields: Any) -> str:
        return ask(messages, **fields)["choices"][0]["message"]["content"]

    return say


@pytest.fixture
def calls(ask: Callable[..., Any]) -> Callable[..., list[tuple[str, Any]]]:
    """Asks without a server: returns the name and the arguments of each tool call."""

    def calls(messages: Any, **fields: Any) -> list[tuple[str, Any]]:
        message = ask(messages, **fields)["choices"][0]["message"]
        return [
            (call["function"]["name"], json.loads(call["function"]["arguments"]))
            for call in message.get("tool_calls") or ()
        ]

    return calls


def to_body(messages: Any, **fields: Any) -> dict[str, Any]:
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    return {"model": MODEL, "messages": messages, **fields}


def read_chunks(text: str) -> list[Any]:
    events = [event.removeprefix("data: ") for event in text.split("\n\n") if event]
    assert events[-1] == "[DONE]"
    return [json.loads(event) for event in events[:-1]]

"""Exceptions do not lead to the key: not by their frames, and not by the request behind them."""

import asyncio
import socket

import httpx
import httpx2
import pytest
from shown_secrets import shown_in

from weryai_core import AsyncClient, Client, ConfigurationError, WeryAIError
from weryai_core.config import resolve_config

KEY = "sk-0123456789abcdef0123456789abcdef"
HEADER = 'a "secret" in\\a header'
REQUEST = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
SETTINGS = {"api_key": KEY, "default_headers": {"x-secret": HEADER}, "max_retries": 0}
URL = "http://127.0.0.1:9"

ASYNC = {
    "own": lambda: None,
    "httpx": lambda: httpx.AsyncClient(),
    "httpx2": lambda: httpx2.AsyncClient(),
}


def shown(error):
    return shown_in(error, KEY, HEADER, repr(HEADER)[1:-1], skip=__file__)


@pytest.fixture
def silent_url():
    """The address of a server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


async def ask(client, style):
    if style == "chat":
        await client.chat(REQUEST)
    else:
        async for _ in client.stream(REQUEST):
            pass


@pytest.mark.parametrize("style", ["chat", "stream"])
@pytest.mark.parametrize("make_http", ASYNC.values(), ids=ASYNC)
async def test_a_cancelled_call_shows_no_secrets(silent_url, make_http, style):
    http = make_http()
    async with AsyncClient(**SETTINGS, base_url=silent_url, http_client=http) as client:
        task = asyncio.create_task(ask(client, style))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as cancelled:
            await task
        with pytest.raises(TimeoutError) as late:
            await asyncio.wait_for(ask(client, style), 0.2)
        assert shown(cancelled.value) == shown(late.value) == []
    if http is not None:
        await http.aclose()


@pytest.mark.parametrize("library", [httpx, httpx2])
@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_an_interrupted_call_shows_no_secrets(library, stop):
    def interrupt(request):
        headers = dict(request.headers)
        raise stop(len(headers))

    with library.Client(transport=library.MockTransport(interrupt)) as http:
        client = Client(**SETTINGS, http_client=http)
        for call in (lambda: client.chat(REQUEST), lambda: next(client.stream(REQUEST))):
            with pytest.raises(stop) as caught:
                call()
            assert shown(caught.value) == []


def test_the_request_behind_an_error_has_no_secrets():
    with httpx.Client() as http:
        for given in (None, http):
            with pytest.raises(WeryAIError) as caught:
                Client(**SETTINGS, base_url=URL, http_client=given).chat(REQUEST)
            headers = caught.value.__cause__.request.headers
            assert headers["authorization"] == headers["x-secret"] == "[hidden]"
            assert headers["accept"] == "application/json, text/event-stream"
            assert shown(caught.value) == []


async def test_the_request_behind_an_error_of_aiohttp_has_no_secrets(service_url, service):
    service.reply(b"x", headers={"content-length": "no number"})
    async with AsyncClient(**SETTINGS, base_url=service_url) as client:
        with pytest.raises(WeryAIError) as caught:
            await client.chat(REQUEST)
    assert shown(caught.value) == []


UNUSABLE = [
    {"base_url": "ftp://x"},
    {"base_url": "http://8.8.8.8"},
    {"timeout": -1},
    {"max_retries": -1},
    {"default_headers": {"x": f"{HEADER}\n"}},
    {"proxy": "x"},
    {"api_key": f"{KEY} {KEY}"},
    {"api_key": f"{KEY}\0"},
]


@pytest.mark.parametrize("make", [Client, AsyncClient, resolve_config])
@pytest.mark.parametrize("arguments", UNUSABLE, ids=lambda arguments: next(iter(arguments)))
def test_the_error_of_unusable_settings_shows_no_secrets(make, arguments):
    with pytest.raises(ConfigurationError) as caught:
        make(**{**SETTINGS, **arguments})
    assert shown(caught.value) == []

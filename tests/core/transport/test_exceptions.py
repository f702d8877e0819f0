"""Exceptions do not lead to secrets: not by their words, frames or requests."""

import asyncio
import inspect
import json
import socket
import sys

import httpx
import httpx2
import pytest
from shown_secrets import files_and_functions, shown_in

from weryai_core import AsyncClient, Client, ConfigurationError, WeryAIError
from weryai_core.config import resolve_config

KEY = "sk-0123456789abcdef0123456789abcdef"
HEADER = 'a "secret" in\\a header'
REQUEST = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
QUERY = "query-secret-4711"
PASSWORD = "proxy-password-4711"
SETTINGS = {
    "api_key": KEY,
    "default_headers": {"x-secret": HEADER},
    "default_query": {"token": QUERY},
    "max_retries": 0,
}
URL = "http://127.0.0.1:9"

ASYNC = {
    "own": lambda: None,
    "httpx": lambda: httpx.AsyncClient(),
    "httpx2": lambda: httpx2.AsyncClient(),
}


def shown(error):
    headers = (HEADER, repr(HEADER)[1:-1], json.dumps(HEADER)[1:-1])
    return shown_in(error, KEY, *headers, QUERY, PASSWORD, skip=__file__)


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


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_the_request_behind_an_error_has_no_secrets(library):
    with library.Client() as http:
        for settings in ({"http_client": http}, {"proxy": URL}):
            with pytest.raises(WeryAIError) as caught:
                Client(**{**SETTINGS, "base_url": URL, **settings}).chat(REQUEST)
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


ECHO = json.dumps({"status": 1002, "message": f"key {KEY}, {HEADER}, ?token={QUERY}"}).encode()
EVENT = b"data: " + ECHO + b"\n\n"
CHUNK = b'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\n'
HEAD = b"HTTP/1.1 200 OK\r\n"
ECHOES = {
    "401": b"HTTP/1.1 401 X\r\ncontent-length: %d\r\nx-key: %b\r\n\r\n%b"
    % (len(ECHO), KEY.encode(), ECHO),
    "200 with an error": HEAD + b"content-length: %d\r\n\r\n%b" % (len(ECHO), ECHO),
    "an event": HEAD + b"content-type: text/event-stream\r\n\r\n" + EVENT,
    "an event after a chunk": HEAD + b"content-type: text/event-stream\r\n\r\n" + CHUNK + EVENT,
    "a broken event": HEAD + b"\r\n" + CHUNK + b"data: {" + KEY.encode() + b"\n\n",
    "HTML": HEAD + b"\r\n<p>" + KEY.encode(),
    "a broken body": HEAD + b"\r\n{" + ECHO,
    "a header line": HEAD + b"Authorization Bearer " + KEY.encode() + b"\r\n\r\n{}",
    "a status line": b"HTTP/1.1 " + KEY.encode() + b"\r\n\r\n",
    "a chunk header": HEAD + b"transfer-encoding: chunked\r\n\r\n" + KEY.encode() + b"\r\n",
    "a length": HEAD + b"content-length: " + KEY.encode() + b"\r\n\r\n",
    "a redirect": b"HTTP/1.1 302 X\r\nlocation: /?k=" + KEY.encode() + b"\r\n\r\n",
}


@pytest.mark.parametrize("style", ["chat", "stream"])
@pytest.mark.parametrize("answer", ECHOES.values(), ids=ECHOES)
async def test_what_a_service_repeats_is_not_shown(raw_server, answer, style):
    for _ in range(2):
        raw_server.reply(answer, then="close")
    with Client(**SETTINGS, base_url=raw_server.url) as client:
        with pytest.raises(WeryAIError) as caught:
            client.chat(REQUEST) if style == "chat" else [*client.stream(REQUEST)]
        assert shown(caught.value) == []
    async with AsyncClient(**SETTINGS, base_url=raw_server.url) as client:
        with pytest.raises(WeryAIError) as caught:
            await ask(client, style)
        assert shown(caught.value) == []


def test_the_headers_of_a_call_are_not_shown(service_url, service):
    service.reply(ECHO, status=401)
    settings = {**SETTINGS, "default_headers": None}
    for call in (Client(**settings, base_url=service_url).chat, Client(api_key=KEY).chat):
        with pytest.raises(WeryAIError) as caught:
            call({"messages": []} if service.requests else REQUEST, headers={"x-token": HEADER})
        assert shown(caught.value) == []


@pytest.mark.parametrize("library", [httpx, httpx2])
@pytest.mark.parametrize("failure", [ValueError, MemoryError, RecursionError, RuntimeError])
def test_any_other_exception_in_a_call_shows_no_secrets_and_where_it_was_raised(library, failure):
    def fail_in_a_transport(request):
        headers = dict(request.headers)
        raise failure(str(headers["authorization"]))

    with library.Client(transport=library.MockTransport(fail_in_a_transport)) as http:
        client = Client(**SETTINGS, http_client=http)
        for call in (lambda: client.chat(REQUEST), lambda: next(client.stream(REQUEST))):
            with pytest.raises((failure, WeryAIError)) as caught:
                call()
            assert shown(caught.value) == []
            assert "fail_in_a_transport" in str(files_and_functions(caught.value))


def test_a_recursion_error_shows_no_secrets():
    with httpx2.Client(
        transport=httpx2.MockTransport(lambda request: httpx2.Response(500))
    ) as http:
        client = Client(**SETTINGS, http_client=http)

        def call_at(depth):
            return call_at(depth - 1) if depth else client.chat(REQUEST)

        found = []
        room = sys.getrecursionlimit() - len(inspect.stack())
        for left in range(3, 60):
            try:
                call_at(room - left)
            except (RecursionError, WeryAIError) as error:
                found.append(error)
    assert [shown(error) for error in found] == [[]] * 57
    assert any("build_request" in str(files_and_functions(error)) for error in found)


@pytest.mark.parametrize("scheme", ["socks5", "socks4"])
async def test_a_proxy_that_cannot_be_used_shows_no_password(scheme):
    settings = {**SETTINGS, "proxy": f"{scheme}://ann:{PASSWORD}@127.0.0.1:9"}
    with pytest.raises(WeryAIError) as caught:
        Client(**settings).chat(REQUEST)
    assert shown(caught.value) == []
    with pytest.raises(WeryAIError) as caught:
        await AsyncClient(**settings).chat(REQUEST)
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
    {"api_key": KEY.encode()},
    {"api_key": [KEY]},
    {"proxy": httpx.URL(f"http://ann:{PASSWORD}@proxy.test")},
    {"proxy": httpx.Proxy(f"http://ann:{PASSWORD}@proxy.test")},
    {"proxy": {"https": f"http://ann:{PASSWORD}@proxy.test"}},
    {"default_headers": [("x", HEADER)]},
    {"default_headers": f"x: {HEADER}"},
    {"default_query": [("x", QUERY)]},
    {"default_query": {"x": f"{QUERY}\ud800"}},
]


@pytest.mark.parametrize("make", [Client, AsyncClient, resolve_config])
@pytest.mark.parametrize("arguments", UNUSABLE, ids=lambda arguments: next(iter(arguments)))
def test_the_error_of_unusable_settings_shows_no_secrets(make, arguments):
    with pytest.raises(ConfigurationError) as caught:
        make(**{**SETTINGS, **arguments})
    assert shown(caught.value) == []

"""Our own asynchronous client: what it writes, which way it goes, and what it keeps."""

import asyncio
import socket
import threading

import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from raw_answers import ANSWER, BODY, PIECE, REQUEST, to_chunk

from weryai_core import APIConnectionError, AsyncClient, StreamError
from weryai_core.clock import Clock
from weryai_core.transport.call import Call, CallSettings
from weryai_core.transport.http_errors import to_error
from weryai_core.transport.on_aiohttp import engine
from weryai_core.transport.on_aiohttp.body import Body
from weryai_core.transport.on_aiohttp.connection import Connection
from weryai_core.transport.on_aiohttp.request import address_of, head_of
from weryai_core.transport.on_aiohttp.response import Headers


def test_the_head_of_a_request_has_the_headers_of_its_call_and_the_size_of_its_body(make_config):
    call = Call(
        CallSettings(make_config("http://127.0.0.1:8000/v1")), to_error, "POST", "/chat", body=b"{}"
    )
    call.headers = {"authorization": "Bearer k", "accept": "application/json"}
    assert head_of(call, "127.0.0.1:8000", "/v1/chat?a=b") == (
        b"POST /v1/chat?a=b HTTP/1.1\r\n"
        b"Host: 127.0.0.1:8000\r\n"
        b"authorization: Bearer k\r\n"
        b"accept: application/json\r\n"
        b"content-length: 2\r\n"
        b"\r\n"
    )


def test_a_host_of_the_call_replaces_that_of_the_address(make_config):
    call = Call(CallSettings(make_config("http://127.0.0.1/v1")), to_error, "GET", "/models")
    call.headers = {"host": "weryai.invalid"}
    assert head_of(call, "127.0.0.1", "/v1/models") == (
        b"GET /v1/models HTTP/1.1\r\nhost: weryai.invalid\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://127.0.0.1:80/v1", ("http://127.0.0.1", "127.0.0.1", "/v1")),
        ("https://[::1]:8443/v1", ("https://[::1]:8443", "[::1]:8443", "/v1")),
        ("http://host/a%2Fb%20c/+/v1", ("http://host", "host", "/a%2Fb%20c/+/v1")),
        ("http://\u00fc.test/\u00fc", ("http://xn--tda.test", "xn--tda.test", "/%C3%BC")),
    ],
    ids=["the default port", "IPv6", "quoted", "not ASCII"],
)
def test_an_address_is_sent_as_it_was_given(url, parts):
    assert address_of(url) == parts


def test_headers_are_joined_and_read_as_utf_8_or_latin_1():
    as_aiohttp_has_them = [
        ("Content-Encoding", "gzip"),
        ("content-encoding", "deflate"),
        ("X-Name", b"caf\xc3\xa9".decode()),
        ("X-Old", b"caf\xe9".decode("utf-8", "surrogateescape")),
    ]
    headers = Headers(CIMultiDictProxy(CIMultiDict(as_aiohttp_has_them)))
    assert dict(headers) == {
        "content-encoding": "gzip, deflate",
        "x-name": "caf\u00e9",
        "x-old": "caf\u00e9",
    }
    assert (headers["CONTENT-ENCODING"], headers.get("x-none"), len(headers)) == (
        "gzip, deflate",
        None,
        3,
    )


async def test_an_idle_connection_is_closed_after_a_while(monkeypatch, raw_server, make_config):
    monkeypatch.setattr(engine, "IDLE_LIFETIME", 0.0)
    raw_server.reply(ANSWER, then="hold")
    async with AsyncClient.from_config(make_config(raw_server.url)) as client:
        await client.chat(REQUEST)
        assert await asyncio.to_thread(raw_server.connections[0].wait_until_closed)


async def test_a_failed_connection_is_explained_without_objects(make_config):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        async with AsyncClient.from_config(make_config(url, max_retries=0)) as client:
            with pytest.raises(APIConnectionError, match="Cannot connect to host") as caught:
                await client.chat(REQUEST)
    assert "object at" not in str(caught.value)


def test_an_idle_connection_is_not_kept_while_its_loop_does_not_run(
    monkeypatch, service, service_url
):
    client = AsyncClient(api_key="k", base_url=service_url)
    with asyncio.Runner() as runner:
        for seconds in (5.0, 0.0):
            service.reply_text("Hi")
            monkeypatch.setattr(engine, "IDLE_LIFETIME", seconds)
            runner.run(client.chat(REQUEST))
    assert len({request.connection for request in service.requests}) == 2


@pytest.mark.timeout(10)
async def test_a_connection_that_ended_while_the_loop_stood_still_is_not_used(
    raw_server, make_config
):
    answered = threading.Event()
    raw_server.reply(ANSWER, answered)
    raw_server.reply(ANSWER)
    async with AsyncClient.from_config(make_config(raw_server.url, max_retries=0)) as client:
        await client.chat(REQUEST)
        answered.set()
        assert raw_server.connections[0].wait_until_closed()  # blocks, as tools may
        assert (await client.chat(REQUEST)).text == "Hi"
    assert len(raw_server.connections) == 2


async def test_a_client_that_is_closed_ends_its_streams(raw_server, make_config):
    raw_server.reply_stream(PIECE, then="hold")
    client = AsyncClient.from_config(make_config(raw_server.url, max_retries=0))
    stream = client.stream(REQUEST)
    await anext(stream)
    asyncio.get_running_loop().call_soon(asyncio.ensure_future, client.aclose())
    with pytest.raises(StreamError) as caught:
        await anext(stream)
    assert caught.value.partial.text == "Hel"


@pytest.mark.timeout(10)
async def test_a_client_that_is_closed_ends_its_calls(raw_server, make_config):
    raw_server.reply(then="hold")
    client = AsyncClient.from_config(make_config(raw_server.url, max_retries=0))
    call = asyncio.ensure_future(client.chat(REQUEST))
    await asyncio.to_thread(raw_server.wait_for_requests)
    await client.aclose()
    with pytest.raises(APIConnectionError):
        await call


@pytest.mark.timeout(10)
async def test_a_second_answer_on_a_connection_is_for_nobody(raw_server, make_config):
    raw_server.reply(ANSWER + ANSWER, then="hold")
    raw_server.reply(ANSWER)
    async with AsyncClient.from_config(make_config(raw_server.url, max_retries=0)) as client:
        for _ in range(2):
            assert (await client.chat(REQUEST)).text == "Hi"
    assert len(raw_server.connections) == 2


async def test_cancelling_a_call_with_a_whole_answer_leaves_its_connection_to_others(
    monkeypatch, service, service_url
):
    take_back = engine.Engine.take_back

    def cancel_after(self, connection):
        take_back(self, connection)
        calls.pop().cancel()

    service.reply_text("Hi")
    service.reply_text("Hello")
    async with AsyncClient(api_key="k", base_url=service_url, max_retries=0) as client:
        call = asyncio.ensure_future(client.chat(REQUEST))
        calls = [call]
        monkeypatch.setattr(engine.Engine, "take_back", cancel_after)
        with pytest.raises(asyncio.CancelledError):
            await call
        monkeypatch.undo()
        assert (await client.chat(REQUEST)).text == "Hello"
    assert len({request.connection for request in service.requests}) == 1


@pytest.mark.timeout(10)
async def test_many_heads_that_announce_an_answer_are_skipped(raw_server, make_config):
    early = b"HTTP/1.1 103 Early Hints\r\nlink: <chunked>\r\n\r\n"
    raw_server.reply(early * 3000 + ANSWER)
    async with AsyncClient.from_config(make_config(raw_server.url, max_retries=0)) as client:
        assert (await client.chat(REQUEST)).text == "Hi"


@pytest.mark.timeout(10)
@pytest.mark.parametrize("cut", [None, -1, -2, -3], ids=["whole", "1", "2", "3"])
@pytest.mark.parametrize(
    ("head", "rest"),
    [
        (b"content-length: %d\r\n\r\n" % len(BODY), BODY + b"more"),
        (b"transfer-encoding: chunked\r\n\r\n", to_chunk(BODY) + b"0\r\n\r\nmore"),
    ],
    ids=["length", "chunks"],
)
async def test_bytes_after_an_answer_do_not_lose_it(head, rest, cut):
    ours, theirs = socket.socketpair()
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(lambda: Connection(loop), sock=ours)
    answer = connection.send(b"GET / HTTP/1.1\r\n\r\n", None, Clock(), None)
    head = b"HTTP/1.1 200 OK\r\n" + head
    for data in [head + rest] if cut is None else [head[:cut], head[cut:] + rest]:
        connection.data_received(data)
    _, content = await answer
    assert [data async for data in Body(content)] == [BODY]
    assert not connection.is_reusable()
    connection.abort()
    theirs.close()


async def test_a_connection_that_answers_unasked_serves_one_call():
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    _, connection = await loop.create_connection(lambda: Connection(loop), sock=ours)
    connection.data_received(ANSWER)
    await connection.send(b"GET / HTTP/1.1\r\n\r\n", None, Clock(), None)
    assert not connection.is_reusable()
    connection.abort()
    theirs.close()

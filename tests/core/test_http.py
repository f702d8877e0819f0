"""Real connections: how they break, end, and are shared by loops, threads and processes."""

import asyncio
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import httpx2
import pytest

from weryai_core import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AsyncClient,
    Client,
    StreamError,
    WeryAIError,
    merge_chunks,
)

REQUEST = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
PIECE = b'data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}\n\n'
END = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
BODY = b'{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(BODY), BODY)


@pytest.fixture
def closed_url():
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return f"http://127.0.0.1:{port}/v1"


@pytest.fixture
def driver(make_socket_driver, raw_server):
    """A client of the raw server, without retries."""
    return make_socket_driver(raw_server.url, max_retries=0)


# -- Connections that fail ---------------------------------------------------------------------


@pytest.mark.parametrize("what", ["chat", "stream", "models", "balance"])
def test_a_refused_connection_is_a_connection_error_and_no_timeout(
    make_socket_driver, closed_url, what
):
    with pytest.raises(APIConnectionError, match="Gave up after 3 requests") as caught:
        getattr(make_socket_driver(closed_url), what)()
    assert type(caught.value) is APIConnectionError
    assert caught.value.status_code is None


def test_a_host_that_does_not_exist_is_a_connection_error(make_socket_driver):
    with pytest.raises(APIConnectionError) as caught:
        make_socket_driver("http://weryai.invalid/v1", max_retries=0).chat()
    assert type(caught.value) is APIConnectionError


@pytest.mark.parametrize("then", ["close", "reset"])
@pytest.mark.parametrize("what", ["chat", "stream"])
def test_a_connection_dropped_before_the_reply_is_no_timeout_and_retried(
    make_socket_driver, raw_server, what, then
):
    raw_server.reply(then=then, times=3)
    with pytest.raises(APIConnectionError, match="Gave up after 3 requests") as caught:
        getattr(make_socket_driver(raw_server.url), what)()
    assert type(caught.value) is APIConnectionError
    assert len(raw_server.connections) == 3


@pytest.mark.parametrize("what", ["chat", "stream"])
def test_a_timeout_before_the_first_byte_is_retried(make_socket_driver, raw_server, what):
    raw_server.reply(then="hold", times=3)
    driver = make_socket_driver(raw_server.url, timeout=(30, 0.05))
    with pytest.raises(APITimeoutError, match="Gave up after 3 requests"):
        getattr(driver, what)()
    assert len(raw_server.connections) == 3


def test_the_timeout_of_a_call_holds_for_it(driver, raw_server):
    raw_server.reply(then="hold")
    with pytest.raises(APITimeoutError):
        driver.chat(timeout=(30, 0.05))


def test_a_timeout_amid_a_whole_reply_is_not_retried(make_socket_driver, raw_server):
    raw_server.reply(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", then="hold")
    with pytest.raises(APITimeoutError):
        make_socket_driver(raw_server.url, timeout=(30, 0.05)).chat()
    assert len(raw_server.connections) == 1


def test_a_timeout_amid_a_stream_holds_what_arrived(make_socket_driver, raw_server):
    raw_server.reply_stream(PIECE, then="hold")
    chunks = []
    with pytest.raises(APITimeoutError) as caught:
        make_socket_driver(raw_server.url, timeout=(30, 0.05)).stream(on_chunk=chunks.append)
    assert [chunk.text for chunk in chunks] == ["Hel"]
    assert caught.value.partial.text == "Hel"
    assert len(raw_server.connections) == 1


HEAD = b"HTTP/1.1 200 OK\r\nconnection: close\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
BROKEN = {
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\ncontent-le",
    "broken header": b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    "a header without end": HEAD + b"x-long: " + b"x" * 200_000 + b"\r\n\r\n",
    "broken length": HEAD + b"content-length: many\r\n\r\n",
    "short body": HEAD + b"content-length: 100\r\n\r\n{",
    "broken chunk length": CHUNKED + b"zz\r\n{}\r\n",
    "cut chunk": CHUNKED + b"64\r\n{",
    "no last chunk": CHUNKED + b"1\r\n{\r\n",
    "broken gzip": HEAD + b"content-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope",
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("what", ["chat", "stream", "models"])
def test_a_broken_answer_is_a_connection_error_and_retried(
    make_socket_driver, raw_server, what, data
):
    raw_server.reply(data, times=3)
    with pytest.raises(APIConnectionError, match="Gave up after 3 requests") as caught:
        getattr(make_socket_driver(raw_server.url), what)()
    assert type(caught.value) is APIConnectionError
    assert len(raw_server.connections) == 3


# What comes of a stream once its first part has arrived, and how the connection ends then.
BREAKS = {
    "closed": ((), "close"),
    "reset": ((), "reset"),
    "cut chunk": ((b"64\r\ndata: {",), "close"),
}


@pytest.mark.timeout(10)  # a transport that misses the break waits for ever
@pytest.mark.parametrize(("rest", "then"), BREAKS.values(), ids=BREAKS)
def test_a_stream_that_breaks_after_a_chunk_is_a_stream_error_that_holds_it(
    make_socket_driver, raw_server, rest, then
):
    arrived = threading.Event()
    raw_server.reply_stream(PIECE, arrived, *rest, then=then)
    with pytest.raises(StreamError, match="The stream broke off: ") as caught:
        make_socket_driver(raw_server.url).stream(on_chunk=lambda chunk: arrived.set())
    assert caught.value.partial.text == "Hel"
    assert caught.value.__cause__ is not None
    assert len(raw_server.connections) == 1


@pytest.mark.parametrize("end", [END, b"data: [DONE]\n\n"], ids=["finish reason", "DONE"])
@pytest.mark.timeout(10)  # a transport that misses the break waits for ever
@pytest.mark.parametrize(("rest", "then"), BREAKS.values(), ids=BREAKS)
def test_a_connection_that_breaks_after_the_answer_takes_nothing_from_it(
    driver, raw_server, end, rest, then
):
    arrived = threading.Event()

    def note_the_end(chunk):
        if chunk.choice.finish_reason or chunk.is_last:
            arrived.set()

    raw_server.reply_stream(PIECE + end, arrived, *rest, then=then)
    chunks = driver.stream(on_chunk=note_the_end)
    assert merge_chunks(chunks).text == "Hel"
    assert chunks[-1].is_last


def test_a_stall_after_the_finish_reason_takes_nothing_from_the_answer(
    make_socket_driver, raw_server
):
    raw_server.reply_stream(PIECE + END, then="hold")
    chunks = make_socket_driver(raw_server.url, timeout=(30, 0.05)).stream()
    assert merge_chunks(chunks).text == "Hel"
    assert chunks[-1].is_last


@pytest.mark.parametrize("value", ["two\r\nlines", "ключ"], ids=["newline", "unicode"])
def test_a_header_that_http_cannot_carry_is_an_error_of_ours_without_it(driver, value):
    with pytest.raises(WeryAIError) as caught:
        driver.chat(headers={"x-secret": value})
    assert value not in str(caught.value)


# -- Redirects and proxies ---------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(make_socket_driver, service, service_url, raw_server, status):
    service.reply(b"", status=status, headers={"location": f"{raw_server.url}/elsewhere"})
    with pytest.raises(APIError, match="Redirects are not followed") as caught:
        make_socket_driver(service_url).chat()
    assert caught.value.status_code == status
    assert len(service.requests) == 1
    assert raw_server.connections == []


@pytest.mark.parametrize("library", [httpx, httpx2])
@pytest.mark.parametrize("what", ["chat", "stream"])
def test_a_client_passed_in_that_follows_redirects_does_not_do_so_for_us(library, what):
    hosts = []

    def answer(request):
        hosts.append(request.url.host)
        return library.Response(307, headers={"location": "http://elsewhere.test/"})

    transport = library.MockTransport(answer)
    with library.Client(transport=transport, follow_redirects=True) as http:
        client = Client(api_key="k", base_url="http://weryai.test", http_client=http)
        with pytest.raises(APIError):
            list(client.stream(REQUEST)) if what == "stream" else client.chat(REQUEST)
    assert hosts == ["weryai.test"]


@pytest.fixture
def no_proxies(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("what", ["chat", "stream"])
def test_the_proxy_of_the_environment_is_used(
    monkeypatch, no_proxies, make_socket_driver, raw_server, what
):
    monkeypatch.setenv("HTTP_PROXY", raw_server.url.removesuffix("/v1"))
    raw_server.reply(ANSWER)
    driver = make_socket_driver("http://weryai.invalid/v1", max_retries=0)
    getattr(driver, what)()
    request = raw_server.connections[0].request
    assert request.startswith(b"POST http://weryai.invalid/v1/chat/completions HTTP/1.1\r\n")


def test_a_proxy_that_refuses_a_tunnel_is_a_connection_error_and_never_sees_the_key(
    monkeypatch, no_proxies, make_socket_driver, raw_server
):
    monkeypatch.setenv("HTTPS_PROXY", raw_server.url.removesuffix("/v1"))
    raw_server.reply(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
    with pytest.raises(APIConnectionError) as caught:
        make_socket_driver("https://weryai.invalid/v1", max_retries=0).chat()
    assert type(caught.value) is APIConnectionError
    request = raw_server.connections[0].request
    assert request.startswith(b"CONNECT weryai.invalid:443 HTTP/1.1\r\n")
    assert b"authorization: bearer" not in request.lower()


# -- Streams that end early --------------------------------------------------------------------


def test_closing_a_stream_early_closes_its_connection(driver, raw_server):
    raw_server.reply_stream(PIECE, then="hold")
    seen = []
    chunk = driver.first_chunk(lambda: seen.append(raw_server.connections[0].wait_until_closed()))
    assert chunk.text == "Hel"
    assert seen == [True]


@pytest.fixture(params=[None, httpx, httpx2], ids=["own", "httpx", "httpx2"])
async def async_client(request, raw_server, make_config):
    """An async client of the raw server, on our own and on passed-in HTTP clients."""
    config = make_config(raw_server.url, max_retries=0)
    if request.param is None:
        async with AsyncClient.from_config(config) as client:
            yield client
        return
    async with request.param.AsyncClient() as http:
        yield AsyncClient.from_config(config, http_client=http)


async def cancel_when(task, has_begun, connections):
    await asyncio.to_thread(has_begun)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(connections[0].wait_until_closed)


async def test_cancelling_a_chat_closes_its_connection(async_client, raw_server):
    raw_server.reply(then="hold")
    task = asyncio.create_task(async_client.chat(REQUEST))
    await cancel_when(task, raw_server.wait_for_request, raw_server.connections)


async def test_cancelling_a_stream_closes_its_connection(async_client, raw_server):
    raw_server.reply_stream(PIECE, then="hold")
    begun = threading.Event()

    async def read():
        async for _ in async_client.stream(REQUEST):
            begun.set()

    task = asyncio.create_task(read())
    await cancel_when(task, begun.wait, raw_server.connections)


async def test_a_cancelled_call_leaves_the_client_usable(async_client, raw_server):
    raw_server.reply(then="hold")
    raw_server.reply(ANSWER)
    task = asyncio.create_task(async_client.chat(REQUEST))
    await cancel_when(task, raw_server.wait_for_request, raw_server.connections)
    assert (await async_client.chat(REQUEST)).text == "Hi"


# -- Connections that are kept -----------------------------------------------------------------


def test_connections_are_kept_and_used_again(service, service_url):
    for _ in range(2):
        service.reply_text("Hi")
        service.reply_stream("Hi")
    with Client(api_key="k", base_url=service_url) as client:
        for _ in range(2):
            client.chat(REQUEST)
            list(client.stream(REQUEST))
    assert len({request.connection for request in service.requests}) == 1


async def test_async_connections_are_kept_and_used_again(service, service_url):
    for _ in range(2):
        service.reply_text("Hi")
        service.reply_stream("Hi")
    async with AsyncClient(api_key="k", base_url=service_url) as client:
        for _ in range(2):
            await client.chat(REQUEST)
            assert [chunk async for chunk in client.stream(REQUEST)]
    assert len({request.connection for request in service.requests}) == 1


def test_a_kept_connection_that_was_closed_is_replaced(raw_server):
    raw_server.reply(ANSWER, times=2)
    with Client(api_key="k", base_url=raw_server.url, max_retries=0) as client:
        assert client.chat(REQUEST).text == "Hi"
        assert raw_server.connections[0].wait_until_closed()
        assert client.chat(REQUEST).text == "Hi"


async def test_a_kept_async_connection_that_was_closed_is_replaced(raw_server):
    raw_server.reply(ANSWER, times=2)
    async with AsyncClient(api_key="k", base_url=raw_server.url, max_retries=0) as client:
        assert (await client.chat(REQUEST)).text == "Hi"
        assert await asyncio.to_thread(raw_server.connections[0].wait_until_closed)
        assert (await client.chat(REQUEST)).text == "Hi"


# -- Loops, threads, processes -----------------------------------------------------------------


def test_three_loops_in_a_row_make_three_requests(service, service_url):
    client = AsyncClient(api_key="k", base_url=service_url, max_retries=0)
    for _ in range(3):
        service.reply_text("Hi")
        assert asyncio.run(client.chat(REQUEST)).text == "Hi"
    assert len(service.requests) == 3


def test_three_loops_in_a_row_stream_three_times(service, service_url):
    client = AsyncClient(api_key="k", base_url=service_url, max_retries=0)

    async def read():
        return [chunk.text async for chunk in client.stream(REQUEST)]

    for _ in range(3):
        service.reply_stream("Hel", "lo")
        assert asyncio.run(read()) == ["Hel", "lo", "", ""]
    assert len(service.requests) == 3


def test_two_loops_in_two_threads_use_a_client_at_once(service, service_url):
    client = AsyncClient(api_key="k", base_url=service_url, max_retries=0)
    both_run = threading.Barrier(2)

    async def chat_often():
        await asyncio.to_thread(both_run.wait)
        texts = [(await client.chat(REQUEST)).text for _ in range(5)]
        await asyncio.to_thread(both_run.wait)
        return texts

    for _ in range(10):
        service.reply_text("Hi")
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(asyncio.run, chat_often()) for _ in range(2)]
        assert [future.result() for future in futures] == [["Hi"] * 5] * 2
    assert len(service.requests) == 10
    assert len({request.connection for request in service.requests}) == 2


async def test_many_tasks_of_a_loop_share_a_client(service, service_url):
    for _ in range(20):
        service.reply_text("Hi")
    async with AsyncClient(api_key="k", base_url=service_url, max_retries=0) as client:
        chunks = await asyncio.gather(*(client.chat(REQUEST) for _ in range(20)))
    assert [chunk.text for chunk in chunks] == ["Hi"] * 20


def test_many_threads_share_a_client(service, service_url):
    for _ in range(40):
        service.reply_text("Hi")
    with (
        Client(api_key="k", base_url=service_url, max_retries=0) as client,
        ThreadPoolExecutor(8) as pool,
    ):
        texts = pool.map(lambda _: client.chat(REQUEST).text, range(40))
        assert list(texts) == ["Hi"] * 40
    assert len(service.requests) == 40


PRELUDE = """
import asyncio, gc, os, sys
from weryai_core import AsyncClient, Client
REQUEST = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
settings = {"api_key": "k", "base_url": sys.argv[1], "max_retries": 0}
"""
COMPLAINTS = ("Traceback", "ResourceWarning", "Unclosed", "unclosed", "never", "closed loop")


def assert_ran(done, expected):
    assert (done.returncode, done.stdout) == (0, expected), done.stderr
    assert [word for word in COMPLAINTS if word in done.stderr] == [], done.stderr


def test_a_loop_that_was_closed_is_not_touched(service, service_url):
    client = AsyncClient(api_key="k", base_url=service_url, max_retries=0)
    for close_client in (False, False, True):
        service.reply_text("Hi")
        loop = asyncio.new_event_loop()
        assert loop.run_until_complete(client.chat(REQUEST)).text == "Hi"
        if close_client:
            loop.run_until_complete(client.aclose())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    assert len(service.requests) == 3


def test_a_loop_closed_with_its_connections_open_is_not_touched(run_script, service, service_url):
    """Its owner left it so, without `shutdown_asyncgens`; the next loop works all the same."""
    script = """
client = AsyncClient(**settings)
loop = asyncio.new_event_loop()
print(loop.run_until_complete(client.chat(REQUEST)).text)
loop.close()
print(asyncio.run(client.chat(REQUEST)).text)
"""
    service.reply_text("Hi")
    service.reply_text("Hi")
    done = run_script(PRELUDE + script, service_url)
    assert (done.returncode, done.stdout) == (0, "Hi\nHi\n"), done.stderr
    assert "Event loop is closed" not in done.stderr
    assert len(service.requests) == 2


DROPPED = {
    "sync": """
def use():
    client = Client(**settings)
    print(client.chat(REQUEST).text)
use()
gc.collect()
""",
    "sync, at exit": """
client = Client(**settings)
print(client.chat(REQUEST).text)
""",
    "sync stream, half read": """
def use():
    for chunk in Client(**settings).stream(REQUEST):
        print(chunk.text)
        break
use()
gc.collect()
""",
    "async, within the loop": """
async def use():
    client = AsyncClient(**settings)
    print((await client.chat(REQUEST)).text)
async def main():
    await use()
    gc.collect()
    await asyncio.sleep(0.01)
asyncio.run(main())
""",
    "async, with the loop": """
async def main():
    client = AsyncClient(**settings)
    print((await client.chat(REQUEST)).text)
asyncio.run(main())
gc.collect()
""",
    "async, after the loop": """
client = AsyncClient(**settings)
print(asyncio.run(client.chat(REQUEST)).text)
del client
gc.collect()
""",
    "async, in a cycle": """
async def main():
    client = AsyncClient(**settings)
    print((await client.chat(REQUEST)).text)
    cycle = [client]
    cycle.append(cycle)
    del client, cycle
    gc.collect()
    await asyncio.sleep(0.01)
asyncio.run(main())
""",
    "async, while the loop shuts down": """
async def main():
    client = AsyncClient(**settings)
    return (await client.chat(REQUEST)).text
loop = asyncio.new_event_loop()
print(loop.run_until_complete(main()))
loop.run_until_complete(loop.shutdown_asyncgens())
loop.close()
gc.collect()
""",
    "async, at exit": """
client = AsyncClient(**settings)
print(asyncio.run(client.chat(REQUEST)).text)
""",
    "async stream, half read": """
async def main():
    async for chunk in AsyncClient(**settings).stream(REQUEST):
        print(chunk.text)
        break
asyncio.run(main())
gc.collect()
""",
}


@pytest.mark.parametrize("script", DROPPED.values(), ids=DROPPED)
def test_a_client_that_is_dropped_leaves_nothing_open(run_script, service, service_url, script):
    service.reply_stream("Hi") if "stream" in script else service.reply_text("Hi")
    assert_ran(run_script(PRELUDE + script, service_url), "Hi\n")


FORKED = {
    "sync": """
client = Client(**settings)
def chat():
    return client.chat(REQUEST).text
""",
    "async, a loop a call": """
client = AsyncClient(**settings)
def chat():
    return asyncio.run(client.chat(REQUEST)).text
""",
    "async, a loop a process": """
client = AsyncClient(**settings)
loops = {}
def chat():
    loop = loops.get(os.getpid()) or loops.setdefault(os.getpid(), asyncio.new_event_loop())
    return loop.run_until_complete(client.chat(REQUEST)).text
import atexit
def close():
    loop = loops[os.getpid()]
    loop.run_until_complete(client.aclose())
    loop.close()
atexit.register(close)
""",
}
FORK = """
print(chat(), flush=True)
pid = os.fork()
if pid == 0:
    code = 1
    try:
        code = 0 if [chat(), chat()] == ["Hi", "Hi"] else 2
    finally:
        os._exit(code)
_, status = os.waitpid(pid, 0)
print(os.WEXITSTATUS(status), chat(), flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize("name", FORKED)
def test_a_client_works_on_both_sides_of_a_fork(run_script, service, service_url, name):
    for _ in range(4):
        service.reply_text("Hi")
    assert_ran(run_script(PRELUDE + FORKED[name] + FORK, service_url), "Hi\n0 Hi\n")
    first, child, *_, last = [request.connection for request in service.requests]
    assert child != first
    if name != "async, a loop a call":
        assert last == first  # the child has not closed it
    assert len(service.requests) == 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize("kind", ["Client", "AsyncClient"])
def test_a_client_not_used_before_a_fork_works_after_it(run_script, service, service_url, kind):
    script = f"""
client = {kind}(**settings)
def chat():
    reply = client.chat(REQUEST)
    return (asyncio.run(reply) if asyncio.iscoroutine(reply) else reply).text
pid = os.fork()
if pid == 0:
    os._exit(0 if chat() == "Hi" else 1)
print(os.WEXITSTATUS(os.waitpid(pid, 0)[1]), chat())
"""
    service.reply_text("Hi")
    service.reply_text("Hi")
    assert_ran(run_script(PRELUDE + script, service_url), "0 Hi\n")

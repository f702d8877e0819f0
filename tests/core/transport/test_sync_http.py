"""The synchronous client's connections: how a stream ends, threads and forks."""

import gc
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import httpx2
import pytest
from raw_answers import ANSWER, DONE, END, FORK, PIECE, PRELUDE, REQUEST, assert_ran

from weryai_core import Client, merge_chunks
from weryai_core.transport import http_options
from weryai_core.transport.sync_replies import WATCH

LIBRARIES = {"httpx": httpx, "httpx2": httpx2}


@pytest.fixture
def driver(make_socket_driver, raw_server):
    """A client of the raw server, without retries."""
    return make_socket_driver(raw_server.url, max_retries=0)


@pytest.fixture
def short_linger(monkeypatch):
    monkeypatch.setattr(http_options, "LINGER", 0.05)


@pytest.mark.usefixtures("short_linger")
@pytest.mark.timeout(10)  # a client that waits for the end waits forever
@pytest.mark.parametrize("rest", [(), (b"5\r\n: hi\n\r\n",), (b"64\r\n: h",)], ids=repr)
def test_a_stream_ends_at_done_though_its_body_stays_open(driver, raw_server, rest):
    raw_server.reply_stream(PIECE + END + DONE, *rest, then="hold")
    chunks = driver.stream()
    assert merge_chunks(chunks).text == "Hel"
    assert chunks[-1].is_last
    assert raw_server.connections[0].wait_until_closed()


@pytest.mark.usefixtures("short_linger")
@pytest.mark.timeout(10)
def test_a_client_whose_stream_stayed_open_works_on(make_own_driver, raw_server):
    raw_server.reply_stream(PIECE + END + DONE, then="hold")
    raw_server.reply_stream(PIECE + END + DONE, then="hold")
    driver = make_own_driver(raw_server.url, max_retries=0)
    for _ in range(2):
        assert merge_chunks(driver.stream()).text == "Hel"
    assert len(raw_server.connections) == 2


@pytest.mark.timeout(10)
def test_what_comes_after_done_within_the_time_is_read(driver, raw_server):
    given = threading.Event()
    raw_server.reply_stream(PIECE + END + DONE, given, b"5\r\n: hi\n\r\n0\r\n\r\n", then="hold")
    chunks = driver.stream(on_chunk=lambda chunk: chunk.is_last and given.set())
    assert chunks[-1].is_last


class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that can be read once, sync or async; notes how far it was read and closed."""

    def __init__(self, *pieces):
        self.left = list(pieces)
        self.is_closed = False

    def __iter__(self):
        while self.left:
            yield self.left.pop(0)

    async def __aiter__(self):
        while self.left:
            yield self.left.pop(0)

    def close(self):
        self.is_closed = True

    async def aclose(self):
        self.is_closed = True


class Network:
    """A network stream that gives no socket away."""

    def get_extra_info(self, name):
        raise AssertionError(f"asked for its {name}")


def test_an_http_2_answer_is_not_read_further_and_its_connection_stays():
    body = Body(PIECE + END + DONE, b": hi\n\n")
    extensions = {"http_version": b"HTTP/2", "network_stream": Network()}
    transport = httpx.MockTransport(
        lambda request: httpx.Response(200, stream=body, extensions=extensions)
    )
    with httpx.Client(transport=transport) as http:
        client = Client(api_key="k", base_url="http://weryai.test", http_client=http)
        assert merge_chunks(list(client.stream(REQUEST))).text == "Hel"
    assert body.left == [b": hi\n\n"]
    assert body.is_closed


def test_a_transport_without_a_network_is_read_to_its_end():
    body = Body(PIECE + END + DONE, b": hi\n\n")
    threads = threading.active_count()
    seen = []

    def answer(request):
        return httpx.Response(200, stream=body)

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        client = Client(api_key="k", base_url="http://weryai.test", http_client=http)
        for chunk in client.stream(REQUEST):
            seen.append(chunk.text)
            assert threading.active_count() == threads
    assert seen == ["Hel", "", ""]
    assert body.left == []
    assert body.is_closed


@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
def test_a_stream_ends_where_no_thread_can_be_started(
    monkeypatch, raw_server, make_config, library
):
    """As while the interpreter shuts down."""
    start = threading.Thread.start

    def refuse(thread):
        if thread.name == WATCH:
            raise RuntimeError("can't create new thread at interpreter shutdown")
        start(thread)

    raw_server.reply_stream(PIECE + END + DONE, then="hold")
    monkeypatch.setattr(threading.Thread, "start", refuse)
    config = make_config(raw_server.url, max_retries=0)
    with library.Client() as http:
        chunks = list(Client.from_config(config, http_client=http).stream(REQUEST))
    assert merge_chunks(chunks).text == "Hel"


def test_closing_a_stream_early_closes_its_connection(driver, raw_server):
    raw_server.reply_stream(PIECE, then="hold")
    seen = []
    chunk = driver.first_chunk(lambda: seen.append(raw_server.connections[0].wait_until_closed()))
    assert chunk.text == "Hel"
    assert seen == [True]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
def test_a_stream_collected_while_the_library_holds_its_lock_is_closed(
    raw_server, make_config, library
):
    raw_server.reply_stream(PIECE, then="hold")
    config = make_config(raw_server.url, max_retries=0)
    with library.Client() as http:
        stream = Client.from_config(config, http_client=http).stream(REQUEST)
        next(stream)
        cycle = [stream]
        cycle.append(cycle)
        del stream, cycle
        with http._transport._pool._optional_thread_lock:  # as when it assigns connections
            gc.collect()
        assert raw_server.connections[0].wait_until_closed()


def test_connections_are_kept_and_used_again(service, service_url):
    for _ in range(2):
        service.reply_text("Hi")
        service.reply_stream("Hi")
    with Client(api_key="k", base_url=service_url) as client:
        for _ in range(2):
            client.chat(REQUEST)
            list(client.stream(REQUEST))
    assert len({request.connection for request in service.requests}) == 1


def test_a_kept_connection_that_was_closed_is_replaced(raw_server):
    raw_server.reply(ANSWER, times=2)
    with Client(api_key="k", base_url=raw_server.url, max_retries=0) as client:
        assert client.chat(REQUEST).text == "Hi"
        assert raw_server.connections[0].wait_until_closed()
        assert client.chat(REQUEST).text == "Hi"


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
}


@pytest.mark.parametrize("script", DROPPED.values(), ids=DROPPED)
def test_a_client_that_is_dropped_leaves_nothing_open(run_forked, service, service_url, script):
    service.reply_stream("Hi") if "stream" in script else service.reply_text("Hi")
    assert_ran(run_forked(PRELUDE + script, service_url), "Hi\n")


FORKED = """
client = Client(**settings)
def chat():
    return client.chat(REQUEST).text
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_client_works_on_both_sides_of_a_fork(run_forked, service, service_url):
    for _ in range(4):
        service.reply_text("Hi")
    assert_ran(run_forked(PRELUDE + FORKED + FORK, service_url), "Hi\n0 Hi\n")
    first, child, *_, last = [request.connection for request in service.requests]
    assert child != first
    assert last == first  # the child has not closed it
    assert len(service.requests) == 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize("kind", ["Client", "AsyncClient"])
def test_a_client_not_used_before_a_fork_works_after_it(run_forked, service, service_url, kind):
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
    assert_ran(run_forked(PRELUDE + script, service_url), "0 Hi\n")

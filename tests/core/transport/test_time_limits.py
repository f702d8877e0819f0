"""Every call ends: whatever a server sends, or does not."""

import asyncio
import json
import socket
import threading

import pytest
from httpx_aiohttp import HttpxAiohttpClient
from httpx_aiohttp.httpx2 import Httpx2AiohttpClient
from raw_answers import BODY, CHUNKED, DONE, END, PIECE, PRELUDE, REQUEST, to_chunk

from weryai_core import (
    APITimeoutError,
    AsyncClient,
    Client,
    RateLimitError,
    StreamError,
    merge_chunks,
)
from weryai_core import clock as clock_module

LONG = b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n"
ROLE = b'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n'
CALL = b'"delta":{"tool_calls":[{"index":0,"function":{"arguments":""}}]}'
USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}\n\n'
BEGUN = CHUNKED + to_chunk(PIECE)


def choices(index, text="", reason=None):
    """An event with a piece of a choice."""
    entry = {"index": index, "delta": {"content": text}, "finish_reason": reason}
    return b"data: %b\n\n" % json.dumps({"choices": [entry]}).encode()


# What comes, what then comes again and again, and which calls it holds.
DRIPS = {
    "the head": (b"HTTP/1.1 200 OK\r\nx: ", b"a", ("chat", "stream", "models")),
    "announcements": (b"", b"HTTP/1.1 102 Processing\r\n\r\n", ("chat", "stream")),
    "a whole body": (LONG, b" ", ("chat", "balance")),
    "a chunked body": (CHUNKED, to_chunk(b" "), ("chat",)),
    "comments": (BEGUN, to_chunk(b": keep-alive\n\n"), ("stream",)),
    "comments before an answer": (CHUNKED, to_chunk(b": keep-alive\n\n"), ("stream",)),
    "empty choices": (BEGUN, to_chunk(b'data: {"choices":[]}\n\n'), ("stream",)),
    "roles": (BEGUN, to_chunk(ROLE), ("stream",)),
    "empty calls": (BEGUN, to_chunk(b'data: {"choices":[{"index":0,%b}]}\n\n' % CALL), ("stream",)),
    "usage": (BEGUN, to_chunk(USAGE), ("stream",)),
    "the size of a chunk": (BEGUN + b"5;x=", b"a", ("stream",)),
    "an event": (BEGUN + b"ffff\r\ndata: ", b"a", ("stream",)),
}


def call(driver, name, **options):
    return getattr(driver, name)(**options)


@pytest.mark.timeout(60)  # without the limit they never end
@pytest.mark.parametrize(("data", "drip", "calls"), DRIPS.values(), ids=DRIPS)
def test_a_drip_without_payload_is_a_timeout_with_what_had_arrived(
    own_drivers, raw_server, data, drip, calls
):
    for driver in own_drivers(raw_server.url, max_retries=0, stream_chunk_timeout=0.3):
        for name in calls:
            raw_server.reply(data, then=drip)
            with pytest.raises(APITimeoutError, match="`stream_chunk_timeout`") as caught:
                call(driver, name)
            partial = caught.value.partial
            assert (partial and partial.text) == ("Hel" if PIECE in data else None)


def test_an_error_whose_body_drips_has_the_class_of_its_status(own_drivers, raw_server):
    for driver in own_drivers(raw_server.url, max_retries=0, stream_chunk_timeout=0.3):
        for name in ("chat", "stream", "models"):
            raw_server.reply(LONG.replace(b"200", b"429"), then=b"a")
            with pytest.raises(RateLimitError, match="aaa"):
                call(driver, name)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", ["a whole body", "comments", "the size of a chunk", "an event"])
def test_a_client_that_was_passed_in_has_the_same_limits_from_the_head_on(
    socket_drivers, raw_server, name
):
    data, drip, calls = DRIPS[name]
    for driver in socket_drivers(raw_server.url, max_retries=0, stream_chunk_timeout=0.3)[2:]:
        raw_server.reply(data, then=drip)
        with pytest.raises(APITimeoutError, match="`stream_chunk_timeout`"):
            call(driver, calls[0])


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("data", "then", "names"),
    [
        (b"", "hold", ("chat", "stream")),
        (b"HTTP/1.1 200 OK\r\nx: ", b"a", ("chat", "stream")),
        (BEGUN, to_chunk(PIECE), ("stream",)),
    ],
    ids=["silence", "a head that drips", "an answer without end"],
)
def test_a_call_ends_with_its_total_time(own_drivers, raw_server, data, then, names):
    for driver in own_drivers(raw_server.url, total_timeout=0.5, stream_chunk_timeout=None):
        for name in names:
            raw_server.reply(data, then=then)
            with pytest.raises(APITimeoutError, match=r"`total_timeout` of 0\.5 s") as caught:
                call(driver, name)
            assert (caught.value.partial is None) == (PIECE not in data)
    assert len(raw_server.connections) == 2 * len(names)


@pytest.mark.timeout(60)
def test_a_client_that_was_passed_in_waits_no_longer_than_the_call(socket_drivers, raw_server):
    for driver in socket_drivers(raw_server.url, total_timeout=0.3)[2:]:
        raw_server.reply(b"", then="hold")
        with pytest.raises(APITimeoutError, match=r"`total_timeout` of 0\.3 s"):
            driver.chat()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", ["total_timeout", "deadline", "stream_chunk_timeout"])
def test_a_call_may_have_limits_of_its_own(own_drivers, raw_server, name):
    for driver in own_drivers(raw_server.url, max_retries=0, total_timeout=600):
        raw_server.reply(LONG, then=b" ")
        with pytest.raises(APITimeoutError, match=r"0\.3 s"):
            driver.chat(**{name: 0.3})


@pytest.mark.timeout(60)
def test_what_had_come_of_a_stream_that_is_read_whole_is_partial(socket_drivers, raw_server):
    for driver in socket_drivers(raw_server.url, max_retries=0, total_timeout=1):
        raw_server.reply(BEGUN, then="hold")
        with pytest.raises(APITimeoutError) as caught:
            driver.chat()
        assert caught.value.partial.text == "Hel"


def test_a_call_may_turn_the_limits_of_the_client_off(own_drivers, raw_server):
    off = {"total_timeout": None, "stream_chunk_timeout": None}
    for driver in own_drivers(raw_server.url, total_timeout=1e-6, stream_chunk_timeout=1e-6):
        raw_server.reply(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(BODY), BODY))
        assert driver.chat(**off).text == "Hi"


@pytest.mark.timeout(60)
def test_a_request_that_the_server_does_not_read_is_a_timeout(make_own_driver):
    long = [{"role": "user", "content": "x" * 30_000_000}]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        driver = make_own_driver(url, max_retries=0, timeout=0.5)
        with pytest.raises(APITimeoutError, match="WriteTimeout"):
            driver.chat({"model": "GPT_4O", "messages": long})


@pytest.mark.timeout(60)
def test_a_server_that_says_nothing_about_tls_is_a_timeout(make_own_driver, raw_server):
    driver = make_own_driver(raw_server.url.replace("http:", "https:"), max_retries=0, timeout=0.3)
    with pytest.raises(APITimeoutError, match="ConnectTimeout"):
        driver.chat()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("then", ["hold", to_chunk(b": hi\n\n"), to_chunk(USAGE)], ids=str)
def test_an_answer_ends_after_its_finish_reason_though_its_body_stays_open(
    monkeypatch, make_socket_driver, raw_server, then
):
    monkeypatch.setattr(clock_module, "GRACE", 0.3)
    raw_server.reply(CHUNKED + to_chunk(PIECE + END), then=then)
    chunks = make_socket_driver(raw_server.url, max_retries=0).stream()
    assert merge_chunks(chunks).text == "Hel"
    assert chunks[-1].is_last
    assert raw_server.connections[0].wait_until_closed()


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("count", "first", "rest"),
    [
        (2, choices(0, "Hel") + choices(0, reason="stop"), choices(1, "lo", "stop")),
        (1, choices(0, "He", "stop") + choices(0, "l", "stop"), choices(0, "lo", "stop")),
    ],
    ids=["a choice that has not begun", "a finish reason with each piece"],
)
def test_an_answer_that_may_go_on_gets_no_grace(
    monkeypatch, own_drivers, raw_server, count, first, rest
):
    monkeypatch.setattr(clock_module, "GRACE", 1e-6)
    for driver in own_drivers(raw_server.url, max_retries=0):
        seen = threading.Event()
        raw_server.reply_stream(first, seen, to_chunk(rest + DONE) + b"0\r\n\r\n")
        chunks = driver.stream(
            {**REQUEST, "n": count}, on_chunk=lambda chunk, seen=seen: seen.set()
        )
        assert "".join(c.text for chunk in chunks for c in chunk.choices) == "Hello"


def test_usage_after_the_finish_reason_is_waited_for(own_drivers, raw_server):
    for driver in own_drivers(raw_server.url, max_retries=0):
        finished = threading.Event()
        raw_server.reply_stream(PIECE + END, finished, to_chunk(USAGE) + b"0\r\n\r\n")
        chunks = driver.stream(on_chunk=lambda chunk, seen=finished: seen.set())
        assert chunks[-1].usage.total_tokens == 2


async def read_late(client, connections, texts):
    """Read a stream, from its second piece on after the server has closed the connection."""
    async for chunk in client.stream(REQUEST):
        if not texts:
            await asyncio.to_thread(connections[0].wait_until_closed)
        texts.append(chunk.text)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("make_http", "count", "end"),
    [
        pytest.param(lambda: None, 20, b"", id="few"),
        pytest.param(lambda: None, 3000, b"", id="many"),
        pytest.param(lambda: None, 3000, b"zz\r\n", id="malformed"),
        pytest.param(HttpxAiohttpClient, 3000, b"", id="httpx, passed in"),
        pytest.param(Httpx2AiohttpClient, 3000, b"", id="httpx2, passed in"),
        pytest.param(HttpxAiohttpClient, 3000, b"zz\r\n", id="httpx, malformed"),
        pytest.param(Httpx2AiohttpClient, 3000, b"zz\r\n", id="httpx2, malformed"),
    ],
)
async def test_all_that_arrived_comes_before_the_error_however_slow_its_reader(
    raw_server, make_config, make_http, count, end
):
    raw_server.reply_stream(PIECE, *[to_chunk(PIECE * count), end])
    texts = []
    config, http_client = make_config(raw_server.url, max_retries=0), make_http()
    async with AsyncClient.from_config(config, http_client=http_client) as client:
        with pytest.raises(StreamError) as caught:
            await read_late(client, raw_server.connections, texts)
    if http_client is not None:
        await http_client.aclose()
    assert "".join(texts) == caught.value.partial.text == "Hel" * (count + 1)
    assert "HTTP client cannot be used" not in str(caught.value)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("make_http", [lambda: None, HttpxAiohttpClient, Httpx2AiohttpClient])
async def test_a_malformed_chunk_ends_the_wait_of_a_reader(raw_server, make_config, make_http):
    waiting = threading.Event()
    raw_server.reply_stream(PIECE, waiting, b"zz\r\n")
    config, http_client = make_config(raw_server.url, max_retries=0), make_http()
    async with AsyncClient.from_config(config, http_client=http_client) as client:
        chunks = client.stream(REQUEST)
        await anext(chunks)
        asyncio.get_running_loop().call_soon(waiting.set)  # the reader waits by then
        with pytest.raises(StreamError, match="connection ended within the body"):
            await anext(chunks)
    if http_client is not None:
        await http_client.aclose()


def test_what_comes_in_one_piece_with_what_is_malformed_is_delivered(own_drivers, raw_server):
    for driver in own_drivers(raw_server.url, max_retries=0):
        raw_server.reply(BEGUN + b"zz\r\n")
        with pytest.raises(StreamError) as caught:
            driver.stream()
        assert caught.value.partial.text == "Hel"


def test_an_event_that_lacks_only_its_empty_line_comes_before_the_error(own_drivers, raw_server):
    for driver in own_drivers(raw_server.url, max_retries=0):
        raw_server.reply_stream(PIECE + PIECE.rstrip() + b"\n", b"5\r\n")
        texts = []
        with pytest.raises(StreamError) as caught:
            driver.stream(on_chunk=lambda chunk, texts=texts: texts.append(chunk.text))
        assert texts == ["Hel", "Hel"]
        assert caught.value.partial.text == "HelHel"


HELD = {
    "a variable": "held = start()",
    "a variable, with its client": "client = Client(**settings)\nheld = start(client=client)",
    "an object": "class Held: pass\nheld = Held()\nheld.stream = start()",
    "a thread-local": "held = threading.local()\nheld.stream = start()",
    "a future": "held = Future()\nheld.set_result(start())",
    "a cycle": "held = [start()]\nheld.append(held)",
    "a generator in a list": "held = [outer()]\nnext(held[0])",
    "a daemon thread": "threading.Thread(target=hold, daemon=True).start()\nbegun.wait()",
    "a module": "sys.held = start()",
    "an exit handler": "atexit.register(start().close)",
    "a client that was passed in": "held = start(http_client=httpx2.Client())",
    "a thread-local of a worker": "held = threading.local()\n"
    "Pool(1).submit(hold_in_worker).result()",
    "an open loop": "held = asyncio.new_event_loop().run_until_complete(astart())",
    "an open loop in a variable": "loop = asyncio.new_event_loop()\n"
    "held = loop.run_until_complete(astart())",
    "a closed loop": "held = asyncio.run(astart())",
    "a runner that is not closed": "runner = asyncio.Runner()\nheld = runner.run(astart())",
    "a task in an open loop": "loop = asyncio.new_event_loop()\ntasks = []\n"
    "loop.run_until_complete(begin_task())",
    "a loop in a daemon thread": "loop = asyncio.new_event_loop()\n"
    "threading.Thread(target=loop.run_forever, daemon=True).start()\n"
    "held = asyncio.run_coroutine_threadsafe(astart(), loop).result()",
}
HOLD = """
import atexit, logging, threading, warnings, httpx2
from concurrent.futures import Future, ThreadPoolExecutor as Pool
warnings.simplefilter("ignore", ResourceWarning)  # a loop that is left open is the script's own
logging.getLogger("asyncio").setLevel("ERROR")  # it warns of slow steps
def start(*, client=None, http_client=None):
    client = client or Client(**settings, http_client=http_client)
    stream = client.stream(REQUEST)
    next(stream)
    return stream
def outer():
    stream = start()
    yield
    yield from stream
begun = threading.Event()
def hold():
    stream = start()
    begun.set()
    for _ in stream:
        pass
def hold_in_worker():
    held.stream = start()
async def astart():
    stream = AsyncClient(**settings).stream(REQUEST)
    await anext(stream)
    return stream
async def aread(stream):
    async for _ in stream:
        pass
async def begin_task():
    stream = await astart()
    tasks.append(asyncio.create_task(aread(stream)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
"""


@pytest.mark.timeout(60)  # a process that hangs at its end hangs for ever
@pytest.mark.parametrize("way", HELD.values(), ids=HELD)
def test_a_process_ends_silently_though_it_holds_a_stream(run_forked, raw_server, way):
    raw_server.reply_stream(PIECE, then="hold")
    done = run_forked(PRELUDE + HOLD + way + "\nsys.exit(3)", raw_server.url)
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "")


def test_a_stream_that_its_reader_holds_is_not_late(raw_server, make_config):
    """A limit on the service's silence does not run while the caller works."""
    for http_client in (None, pytest.importorskip("httpx").Client()):
        raw_server.reply_stream(PIECE, to_chunk(PIECE + END), b"0\r\n\r\n")
        config = make_config(raw_server.url, max_retries=0, stream_chunk_timeout=0.3)
        client = Client.from_config(config, http_client=http_client)
        stream = client.stream(REQUEST)
        next(stream)
        threading.Event().wait(1.0)  # a watchdog looks several times
        assert merge_chunks(list(stream)).text == "Hel"
        client.close()
        if http_client:
            http_client.close()

"""Places over threads, event loops and processes: one limit for all of them."""

import asyncio
import gc
import os
import re
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from math import inf

import pytest
from client_calls import KEY, REQUEST
from limited_calls import CALLS, in_tasks, in_threads, line_of, settings
from raw_answers import ANSWER, DONE, END, PIECE, PRELUDE, assert_ran

from weryai_core import APITimeoutError, AsyncClient, Client, RateLimitError, WeryAIError
from weryai_core.config import resolve_config
from weryai_core.throttle.keys import throttle_of
from weryai_core.throttle.outage import PATIENCE
from weryai_core.throttle.places import Throttle
from weryai_core.transport.call import Call, CallSettings
from weryai_emulator import Emulator


@pytest.mark.parametrize(
    ("limit", "retry_after", "error_style"),
    [(5, None, "envelope"), (30, 0.05, "envelope"), (10, None, "envelope_200")],
)
def test_all_calls_at_once_are_answered_at_the_limit(way, limit, retry_after, error_style):
    with Emulator(
        max_concurrency=limit,
        retry_after=retry_after,
        answer_delay=0.02,
        error_style=error_style,
    ) as emulator:
        if way == "sync":
            with Client(**settings(emulator)) as client:
                chunks = in_threads(client)
        else:
            client = AsyncClient(**settings(emulator))
            chunks = asyncio.run(in_tasks(client))
        assert all(chunk.text for chunk in chunks)
        assert len(emulator.requests) <= 1.8 * CALLS  # 15 of 20 are refused at first
        assert line_of(emulator.base_url).in_flight == 0


def call_of(config, **options):
    settings = CallSettings(config)
    return Call(settings, lambda error: None, "POST", "/chat/completions", body=b"{}", **options)


def test_a_refusal_while_other_calls_are_answered_is_no_attempt():
    config = resolve_config(api_key=KEY, base_url="http://one.test", max_retries=0)
    throttle = throttle_of(config)

    def begin():
        call = call_of(config)
        return call, throttle.wait(None, config.retry, call)

    (_, answered), (early, refused), (last, alone) = begin(), begin(), begin()
    with early.attempt(), refused:  # it will be repeated
        with answered:
            pass
        raise RateLimitError("full")
    assert early.early == 1
    alone.leave()
    last, alone = begin()
    with pytest.raises(RateLimitError), last.attempt(), alone:
        raise RateLimitError("full")


def test_calls_that_wait_fail_with_the_last_refusal_if_all_are_refused_for_long(way):
    """All but the first, which tries again."""
    config = resolve_config(api_key=KEY, base_url="http://one.test", max_concurrency=1)
    throttle = throttle_of(config)

    def wait():
        call = call_of(config)
        with call.attempt(), throttle.wait(1, config.retry, call):
            return "sent"

    async def wait_in_loop():
        call = call_of(config)
        with call.attempt(), await throttle.wait_in_loop(1, config.retry, call):
            return "sent"

    refused = throttle.wait(1, config.retry, call_of(config))
    throttle._line._outage._since = throttle._now() - PATIENCE - 1
    throttle._line._outage._last = throttle._now()

    def refuse():
        refused.leave(RateLimitError("Too many.", status_code=429, code=6002))

    async def run():
        tasks = [asyncio.create_task(wait_in_loop()) for _ in range(3)]
        await asyncio.sleep(0)
        refuse()
        return await asyncio.gather(*tasks, return_exceptions=True)

    if way == "async":
        results = asyncio.run(run())
    else:
        with ThreadPoolExecutor(3) as pool:
            futures = [pool.submit(wait) for _ in range(3)]
            while len(throttle._line._waiting) < 3:
                threading.Event().wait(0.001)
            refuse()
        results = [future.exception() or future.result() for future in futures]
    errors = [result for result in results if result != "sent"]
    assert len(errors) == 2
    for error in errors:
        assert type(error) is RateLimitError
        assert (error.status_code, error.code) == (429, 6002)
        assert str(error) == (
            "Too many. This request was not sent: for 60 s the service has refused all requests of "
            "this key."
        )
    assert throttle._line.in_flight == 0


def leave_a_stream(client, service):
    service.reply_stream("Hel", "lo")
    stream = client.stream(REQUEST)
    next(stream)
    stream.close()


def drop_a_stream(client, service):
    service.reply_stream("Hel", "lo")
    next(client.stream(REQUEST))
    gc.collect()


def get_an_error(client, service):
    service.reply(b"", status=400)
    with pytest.raises(WeryAIError, match="400"):
        client.chat(REQUEST)


@pytest.mark.parametrize("answer", [leave_a_stream, drop_a_stream, get_an_error])
def test_any_answer_but_a_refusal_ends_an_outage(service, service_url, answer):
    line = line_of(service_url)
    with Client(api_key=KEY, base_url=service_url, max_retries=0) as client:
        service.reply(b"", status=429)
        with pytest.raises(RateLimitError):
            client.chat(REQUEST)
        assert line._outage._since < inf
        answer(client, service)
        assert line._outage._since == inf
        assert line.answered_at > 0


@pytest.mark.parametrize("max_retries", [0, 2])
def test_a_call_alone_is_refused_after_its_attempts(service, make_driver, max_retries):
    driver = make_driver(max_retries=max_retries)
    service.reply_text("Hi")
    driver.chat()
    for _ in range(9):
        service.reply(b"", status=429)
    with pytest.raises(RateLimitError):
        driver.chat()
    assert len(service.requests) == 1 + 1 + max_retries


def test_models_and_balance_need_no_place(raw_server):
    raw_server.reply_stream(PIECE, then="hold")
    raw_server.reply(b'HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n{"models":[]}')
    with Client(api_key=KEY, base_url=raw_server.url, max_concurrency=1) as client:
        stream = client.stream(REQUEST)
        next(stream)
        assert client.models() == []
        stream.close()


# -- How a stream gives its place back -------------------------------------------------------


def exhaust(stream):
    list(stream)


def close(stream):
    next(stream)
    stream.close()


def throw(stream):
    next(stream)
    with pytest.raises(KeyboardInterrupt):
        stream.throw(KeyboardInterrupt())


def drop(stream):
    next(stream)
    del stream


def drop_in_a_cycle(stream):
    next(stream)
    cycle = [stream]
    cycle.append(cycle)
    del stream, cycle
    gc.collect()


@pytest.mark.parametrize("end", [exhaust, close, throw, drop, drop_in_a_cycle])
def test_a_stream_holds_its_place_until_it_ends(raw_server, end):
    held = []
    raw_server.reply_stream(PIECE + END + DONE, b"0\r\n\r\n", then="hold")
    with Client(api_key=KEY, base_url=raw_server.url) as client:
        line = line_of(raw_server.url)
        streams = [client.stream(REQUEST)]
        held.append(line.in_flight)  # nothing is sent before it is read
        end(streams.pop())
        held.append(line.in_flight)
    assert held == [0, 0]


async def test_a_stream_of_a_task_that_is_cancelled_gives_its_place_back(raw_server):
    raw_server.reply_stream(PIECE, then="hold")
    client = AsyncClient(api_key=KEY, base_url=raw_server.url)
    begun = asyncio.Event()

    async def read_one():
        async for _ in client.stream(REQUEST):
            begun.set()

    task = asyncio.create_task(read_one())
    await begun.wait()
    line = line_of(raw_server.url)
    assert line.in_flight == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert line.in_flight == 0


def test_a_stream_whose_loop_was_closed_gives_its_place_back(raw_server):
    raw_server.reply_stream(PIECE, then="hold")
    loop = asyncio.new_event_loop()
    client = AsyncClient(api_key=KEY, base_url=raw_server.url)
    stream = client.stream(REQUEST)
    loop.run_until_complete(stream.__anext__())
    line = line_of(raw_server.url)
    loop.run_until_complete(client.aclose())
    loop.close()
    assert line.in_flight == 1
    del stream
    gc.collect()
    assert line.in_flight == 0


# -- Waiting -----------------------------------------------------------------------------------


@pytest.fixture
def full(raw_server):
    """A client whose only place is held by a stream, and that stream."""
    raw_server.reply_stream(PIECE, then="hold")
    # It says so that it closes. A call on a connection that is about to close would wait anew.
    last = ANSWER.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n", 1)
    raw_server.reply(last, times=3)
    with Client(api_key=KEY, base_url=raw_server.url, max_concurrency=1) as client:
        stream = client.stream(REQUEST)
        next(stream)
        yield client, stream
        stream.close()


def wait_until_waiting(line, count=1):
    for _ in range(10_000):
        if len(line._waiting) == count:
            return
        threading.Event().wait(0.001)
    raise AssertionError(f"{len(line._waiting)} wait")


def test_those_who_wait_go_first_come_first_served(full, raw_server):
    client, stream = full
    line = line_of(raw_server.url)

    def chat(number):
        client.chat(REQUEST, headers={"x-number": number})

    threads = []
    for number in range(3):
        threads.append(threading.Thread(target=chat, args=(f"number-{number}",)))
        threads[-1].start()
        wait_until_waiting(line, number + 1)
    stream.close()
    for thread in threads:
        thread.join()
    sent = b"".join(connection.request for connection in raw_server.connections)
    assert re.findall(rb"number-\d", sent) == [b"number-0", b"number-1", b"number-2"]


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"timeout": (1.0, 1.0, 1.0, 0.05)}, r"None of the 1 places \(`max_concurrency`\)"),
        ({"total_timeout": 0.05}, "longer than its `total_timeout` of 0.05 s"),
    ],
    ids=["pool timeout", "total timeout"],
)
def test_a_wait_for_a_place_ends_in_time(full, way, raw_server, limits, message):
    client, _ = full
    kind = {"sync": Client, "async": AsyncClient}[way]

    def chat():
        reply = kind.from_config(client.config).chat(REQUEST, **limits)
        return asyncio.run(reply) if asyncio.iscoroutine(reply) else reply

    with pytest.raises(APITimeoutError, match=message):
        chat()
    assert len(raw_server.connections) == 1  # nothing was sent, nothing is retried
    assert len(line_of(raw_server.url)._waiting) == 0


def test_a_wait_that_the_service_asks_for_uses_up_no_patience():
    """The places are free meanwhile; the timeout for one begins afterwards."""
    now = 0.0
    throttle = Throttle(lambda: now)
    config = resolve_config(api_key=KEY, timeout=3, max_concurrency=1)
    call = call_of(config, timeout=config.timeout)
    first, held, waiting = (throttle._join(1, config.retry, call) for _ in range(3))
    error = RateLimitError("full")
    error.retry_after = 5.0
    first.leave(error)
    now = 4.9
    assert throttle._pause(waiting, call) > 0
    now = 7.0
    throttle._look(waiting)
    assert held.has_place
    now = 9.9
    throttle._look(waiting)
    assert throttle._pause(waiting, call) > 0
    now = 10.1
    with pytest.raises(APITimeoutError, match="None of the 1 places"):
        throttle._pause(waiting, call)


@pytest.fixture
def ctrl_c():
    """Let SIGINT interrupt, which the shell's background jobs ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="this system has no such signals")
@pytest.mark.timeout(20)
def test_ctrl_c_while_a_call_waits_for_a_place_leaves_the_line(full, raw_server):
    client, _ = full
    line = line_of(raw_server.url)

    def interrupt():
        wait_until_waiting(line)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        client.chat(REQUEST)
    assert len(line._waiting) == 0
    assert line.in_flight == 1


def test_the_places_of_a_loop_that_was_closed_with_calls_under_way_are_free():
    throttle = Throttle()
    config = resolve_config(api_key=KEY)
    call = call_of(config)
    loop = asyncio.new_event_loop()
    held = loop.run_until_complete(throttle.wait_in_loop(1, config.retry, call))
    waiting = throttle._join(1, config.retry, call)
    throttle._look(waiting)
    assert not waiting.has_place
    loop.close()
    throttle._look(waiting)
    assert waiting.has_place
    assert not held.has_place
    waiting.leave()
    assert throttle._line.in_flight == 0
    assert throttle._in_loops == {}


async def test_a_task_that_is_cancelled_while_it_waits_leaves_the_line(full, raw_server):
    client, stream = full
    other = AsyncClient.from_config(client.config)
    tasks = [asyncio.create_task(other.chat(REQUEST)) for _ in range(3)]
    await asyncio.sleep(0)
    line = line_of(raw_server.url)
    assert len(line._waiting) == 3
    tasks[0].cancel()
    stream.close()  # the place goes to the first, in the same turn as the cancellation
    tasks[1].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result).__name__ for result in results[:2]] == ["CancelledError"] * 2
    assert results[2].text == "Hi"
    assert line.in_flight == 0


def test_a_loop_that_was_closed_while_it_waits_is_passed_over(full, raw_server):
    client, stream = full
    loop = asyncio.new_event_loop()
    other = AsyncClient.from_config(client.config)

    async def begin():
        task = asyncio.create_task(other.chat(REQUEST))
        await asyncio.sleep(0)
        return task

    loop.set_exception_handler(lambda *_: None)  # a pending task is destroyed
    task = loop.run_until_complete(begin())
    loop.close()
    stream.close()
    assert client.chat(REQUEST).text == "Hi"
    assert line_of(raw_server.url).in_flight == 0
    del task


def test_a_place_is_given_back_while_another_thread_changes_the_line(raw_server):
    """As by the garbage collector, which may run anywhere, in the middle of a change as well."""
    throttle = throttle_of(resolve_config(api_key=KEY, base_url=raw_server.url))
    config = resolve_config(api_key=KEY)
    call = call_of(config)
    place = throttle._join(None, config.retry, call)
    given_back = throttle._join(None, config.retry, call)
    with throttle._lock:
        place.leave()
        assert throttle._line.in_flight == 2
    given_back.leave()
    assert throttle._line.in_flight == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_child_process_begins_without_the_places_of_its_parent(run_forked, service, service_url):
    script = """
client = Client(**settings, max_concurrency=1)
stream = client.stream(REQUEST)
print(next(stream).text, flush=True)
pid = os.fork()
if pid == 0:
    code = 1
    try:
        code = 0 if client.chat(REQUEST).text == "Hi" else 2
    finally:
        os._exit(code)
print(os.WEXITSTATUS(os.waitpid(pid, 0)[1]), flush=True)
stream.close()
print(client.chat(REQUEST).text)
"""
    service.reply_stream("Hel", "lo")
    service.reply_text("Hi")
    service.reply_text("Hi")
    assert_ran(run_forked(PRELUDE + script, service_url), "Hel\n0\nHi\n")

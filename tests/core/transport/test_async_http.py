"""The asynchronous client's connections: cancellation, event loops and forks."""

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import httpx2
import pytest
from raw_answers import ANSWER, FORK, PIECE, PRELUDE, REQUEST, assert_ran

from weryai_core import AsyncClient


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
    await cancel_when(task, raw_server.wait_for_requests, raw_server.connections)


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
    await cancel_when(task, raw_server.wait_for_requests, raw_server.connections)
    assert (await async_client.chat(REQUEST)).text == "Hi"


async def test_async_connections_are_kept_and_used_again(service, service_url):
    for _ in range(2):
        service.reply_text("Hi")
        service.reply_stream("Hi")
    async with AsyncClient(api_key="k", base_url=service_url) as client:
        for _ in range(2):
            await client.chat(REQUEST)
            assert [chunk async for chunk in client.stream(REQUEST)]
    assert len({request.connection for request in service.requests}) == 1


async def test_a_kept_async_connection_that_was_closed_is_replaced(raw_server):
    raw_server.reply(ANSWER, times=2)
    async with AsyncClient(api_key="k", base_url=raw_server.url, max_retries=0) as client:
        assert (await client.chat(REQUEST)).text == "Hi"
        assert await asyncio.to_thread(raw_server.connections[0].wait_until_closed)
        await asyncio.sleep(0)  # the loop reads the end first; Python 3.14 resumes this before it
        assert (await client.chat(REQUEST)).text == "Hi"


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


def test_a_loop_closed_with_its_connections_open_is_not_touched(run_forked, service, service_url):
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
    done = run_forked(PRELUDE + script, service_url)
    assert (done.returncode, done.stdout) == (0, "Hi\nHi\n"), done.stderr
    assert "Event loop is closed" not in done.stderr
    assert len(service.requests) == 2


LEFT = {
    "open": "loop.run_until_complete(asyncio.sleep(0))",
    "closed": "loop.close()",
    "current": "asyncio.set_event_loop(loop)",
}


@pytest.mark.parametrize("end", LEFT.values(), ids=LEFT)
def test_a_loop_that_is_not_shut_down_is_silent_at_exit(run_forked, service, service_url, end):
    script = f"""
import warnings
warnings.simplefilter("ignore", ResourceWarning)  # as without -X dev
client = AsyncClient(**settings)
loop = asyncio.new_event_loop()
print(loop.run_until_complete(client.chat(REQUEST)).text)
{end}
"""
    service.reply_text("Hi")
    assert_ran(run_forked(PRELUDE + script, service_url), "Hi\n")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_child_that_exits_leaves_the_connections_to_its_parent(run_forked, service, service_url):
    script = """
import warnings
warnings.simplefilter("ignore", ResourceWarning)
client = AsyncClient(**settings)
loop = asyncio.new_event_loop()
print(loop.run_until_complete(client.chat(REQUEST)).text, flush=True)
pid = os.fork()
if pid == 0:
    sys.exit(3)
print(os.WEXITSTATUS(os.waitpid(pid, 0)[1]), flush=True)
print(loop.run_until_complete(client.chat(REQUEST)).text)
"""
    service.reply_text("Hi")
    service.reply_text("Hi")
    done = run_forked(PRELUDE + script, service_url)
    assert (done.returncode, done.stdout) == (0, "Hi\n3\nHi\n"), done.stderr
    first, second = service.requests
    assert first.connection == second.connection


DROPPED = {
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
def test_a_client_that_is_dropped_leaves_nothing_open(run_forked, service, service_url, script):
    service.reply_stream("Hi") if "stream" in script else service.reply_text("Hi")
    assert_ran(run_forked(PRELUDE + script, service_url), "Hi\n")


FORKED = {
    "a loop a call": """
client = AsyncClient(**settings)
def chat():
    return asyncio.run(client.chat(REQUEST)).text
""",
    "a loop a process": """
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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize("name", FORKED)
def test_a_client_works_on_both_sides_of_a_fork(run_forked, service, service_url, name):
    for _ in range(4):
        service.reply_text("Hi")
    assert_ran(run_forked(PRELUDE + FORKED[name] + FORK, service_url), "Hi\n0 Hi\n")
    first, child, *_, last = [request.connection for request in service.requests]
    assert child != first
    if name != "a loop a call":
        assert last == first  # the child has not closed it
    assert len(service.requests) == 4

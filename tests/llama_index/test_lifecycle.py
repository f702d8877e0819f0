"""Connections, event loops and threads: opened on demand, closed after use."""

import asyncio
import gc
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from llama_index.core.async_utils import asyncio_run, run_jobs
from llama_index.core.base.llms.types import ChatMessage

HELLO = [ChatMessage(content="Hello")]
ASYNC_METHODS = ["achat", "acomplete", "astream_chat", "astream_complete"]


async def call(llm, method):
    answer = await getattr(llm, method)("Hello" if "complete" in method else HELLO)
    if hasattr(answer, "__aiter__"):
        return [one async for one in answer][-1]
    return answer


@pytest.fixture
def endless(weryai_emulator, to_chunks):
    """The next answer is a stream that lasts until the client leaves or the test ends."""
    over = threading.Event()
    weryai_emulator.reply_chunks([*to_chunks({"content": "Once"}, {"content": " upon"})[:-1], over])
    yield weryai_emulator
    over.set()


@pytest.mark.parametrize("method", ["stream_chat", "stream_complete"])
def test_leaving_a_stream_closes_its_connection(llm, method, endless):
    for response in getattr(llm, method)("Hello" if "complete" in method else HELLO):
        assert response.delta == "Once"
        break
    assert endless.last_request.wait_for_disconnect()


@pytest.mark.parametrize("method", ["stream_chat", "stream_complete"])
def test_closing_a_stream_closes_its_connection(llm, method, endless):
    stream = getattr(llm, method)("Hello" if "complete" in method else HELLO)
    assert next(stream).delta == "Once"
    stream.close()
    assert endless.last_request.wait_for_disconnect()


@pytest.mark.parametrize("method", ["astream_chat", "astream_complete"])
async def test_leaving_an_async_stream_closes_its_connection(llm, method, endless):
    async for response in await getattr(llm, method)("Hello" if "complete" in method else HELLO):
        assert response.delta == "Once"
        break
    assert await asyncio.to_thread(endless.last_request.wait_for_disconnect)


@pytest.mark.parametrize("method", ["astream_chat", "astream_complete"])
async def test_closing_an_async_stream_closes_its_connection(llm, method, endless):
    stream = await getattr(llm, method)("Hello" if "complete" in method else HELLO)
    assert (await anext(stream)).delta == "Once"
    await stream.aclose()
    assert await asyncio.to_thread(endless.last_request.wait_for_disconnect)


def test_a_loop_that_ends_during_a_stream_closes_its_connection(llm, endless):
    async def begin():
        stream = await llm.astream_chat(HELLO)
        return await anext(stream)

    assert asyncio.run(begin()).delta == "Once"
    assert endless.last_request.wait_for_disconnect()


async def test_a_stream_that_nobody_reads_makes_no_request(llm, weryai_emulator):
    llm.stream_chat(HELLO)
    llm.stream_complete("Hello")
    await llm.astream_chat(HELLO)
    await llm.astream_complete("Hello")
    assert weryai_emulator.requests == []


@pytest.mark.parametrize("method", ASYNC_METHODS)
def test_successive_loops_make_one_request_each(make_llm, method, weryai_emulator):
    llm = make_llm(max_retries=0)
    for _ in range(3):
        assert asyncio.run(call(llm, method))
    assert len(weryai_emulator.requests) == 3


# That runner closes its loop without shutting it down, so the garbage collector finds open sockets
# and warns about each.
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("method", ASYNC_METHODS)
async def test_llama_indexs_asyncio_run_works_inside_a_running_loop(
    make_llm, method, weryai_emulator
):
    llm = make_llm(max_retries=0)
    for _ in range(3):  # like cells of a notebook
        assert asyncio_run(call(llm, method))
    await call(llm, method)
    assert len(weryai_emulator.requests) == 4
    gc.collect()


NOTEBOOK = """
import asyncio
import sys

import nest_asyncio
from llama_index.core.async_utils import asyncio_run
from llama_index.core.base.llms.types import ChatMessage

from llama_index_weryai import WeryAI

nest_asyncio.apply()
llm = WeryAI(model="GPT_4O", api_key="x" * 32, api_base=sys.argv[1], max_retries=0)
hello = [ChatMessage(content="Hello")]


async def stream():
    return [response.delta async for response in await llm.astream_chat(hello)]


async def cell():
    asyncio.run(llm.achat(hello))
    assert "".join(asyncio.get_event_loop().run_until_complete(stream())).startswith("Hello")
    await asyncio.gather(*(asyncio.wait_for(llm.acomplete("Hello"), 30) for _ in range(3)))
    asyncio_run(llm.achat(hello))
    llm.chat(hello)


asyncio.run(cell())
asyncio.run(cell())
"""


@pytest.mark.slow
@pytest.mark.skipif(
    sys.version_info >= (3, 14), reason="nest_asyncio 1.6 breaks asyncio.wait_for on Python 3.14"
)
def test_nested_loops_make_one_request_each(weryai_emulator):
    command = [sys.executable, "-c", NOTEBOOK, weryai_emulator.base_url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(weryai_emulator.requests) == 14


async def test_synchronous_methods_work_inside_a_running_loop(llm):
    assert llm.chat(HELLO).message.content
    assert llm.complete("Hello").text
    assert list(llm.stream_chat(HELLO))
    assert list(llm.stream_complete("Hello"))


async def test_many_calls_at_once_share_the_model(make_llm, weryai_emulator):
    llm = make_llm(max_retries=0)
    answers = await run_jobs([llm.acomplete(f"Say {number}") for number in range(40)], workers=20)
    assert [f"Say {number}" in answer.text for number, answer in enumerate(answers)] == [True] * 40
    assert len(weryai_emulator.requests) == 40


async def test_many_streams_at_once_do_not_mix(llm):
    async def read(number):
        stream = await llm.astream_complete(f"Say {number}")
        return "".join([one.delta async for one in stream])

    texts = await asyncio.gather(*(read(number) for number in range(20)))
    assert [f"Say {number}" in text for number, text in enumerate(texts)] == [True] * 20


def test_threads_share_the_model(make_llm, weryai_emulator):
    llm = make_llm(max_retries=0)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(llm.complete, [f"Say {number}" for number in range(40)]))
    assert [f"Say {number}" in answer.text for number, answer in enumerate(answers)] == [True] * 40
    assert len(weryai_emulator.requests) == 40


def test_threads_with_their_own_loops_share_the_model(make_llm, weryai_emulator):
    llm = make_llm(max_retries=0)
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: asyncio.run(call(llm, "achat")), range(16))
        assert all(answer.message.content for answer in answers)
    assert len(weryai_emulator.requests) == 16


@pytest.mark.parametrize("method", ASYNC_METHODS)
async def test_a_cancelled_call_closes_its_connection(llm, method, weryai_emulator):
    weryai_emulator.hang()
    task = asyncio.create_task(call(llm, method))
    assert await asyncio.to_thread(weryai_emulator.wait_for_requests)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(weryai_emulator.last_request.wait_for_disconnect)
    assert len(weryai_emulator.requests) == 1
    assert await call(llm, method)


async def test_a_cancelled_stream_closes_its_connection(llm, endless):
    first = asyncio.Event()

    async def read():
        async for _ in await llm.astream_chat(HELLO):
            first.set()

    task = asyncio.create_task(read())
    await first.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(endless.last_request.wait_for_disconnect)


async def test_a_closed_model_may_be_used_again(llm, weryai_emulator):
    for _ in range(2):
        llm.complete("Hello")
        llm.close()
        await llm.acomplete("Hello")
        await llm.aclose()
        await llm.aclose()
    assert len(weryai_emulator.requests) == 4


async def test_an_unused_model_may_be_closed(llm):
    llm.close()
    await llm.aclose()


@pytest.mark.parametrize("method", ["astream_chat", "astream_complete"])
def test_a_stream_held_after_its_loop_ends_is_closed_silently(
    llm, method, to_chunks, weryai_emulator, caplog
):
    held = []

    async def begin():
        question = [ChatMessage(content="Hello")] if method == "astream_chat" else "Hello"
        stream = await getattr(llm, method)(question)
        await anext(stream)
        held.append(stream)

    # The loop closes generators in any order, so one round would prove little.
    for _ in range(20):
        goes_on = threading.Event()
        chunks = to_chunks({"content": "Hel"}, {"content": "lo"})
        weryai_emulator.reply_chunks([*chunks[:2], goes_on, *chunks[2:]])
        asyncio.run(begin())
        goes_on.set()
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []

"""A caller that leaves ends the work of the server."""

from __future__ import annotations

import asyncio
import time

import pytest
from llama_index.core.base.llms.types import ChatMessage

from weryai_core import APITimeoutError

# An answer that nobody stops takes longer than the tests wait for the server.
ENDLESS = {"ignore_eos": True}
STORY = "Tell me a very long story."
MESSAGES = [ChatMessage(content=STORY)]


@pytest.fixture
def wait_for_busy(server):
    """Waits until as many slots of the server are busy as said; returns whether they are."""

    def wait(count):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            slots = server.get("/slots").json()
            if sum(slot["is_processing"] for slot in slots) == count:
                return True
            # Without a stream, llama.cpp notices a lost client after a second without any result,
            # and what it says about its slots is one.
            time.sleep(1.5)
        return False

    return wait


@pytest.fixture
def chat(make_chat):
    return make_chat(extra_body=ENDLESS, max_tokens=4000)


@pytest.fixture
def llm(make_llm):
    return make_llm(additional_kwargs=ENDLESS, max_tokens=4000)


def test_closed_streams_stop_the_server(chat, llm, wait_for_busy):
    streams = chat.stream(STORY), llm.stream_chat(MESSAGES)
    for stream in streams:
        next(stream)
    assert wait_for_busy(2)
    for stream in streams:
        stream.close()
    assert wait_for_busy(0)


async def test_cancelled_calls_stop_the_server(chat, llm, wait_for_busy):
    async def read(stream):
        async for _ in stream:
            pass

    calls = [
        asyncio.ensure_future(call)
        for call in (
            chat.ainvoke(STORY),
            llm.achat(MESSAGES),
            read(chat.astream(STORY)),
            read(await llm.astream_chat(MESSAGES)),
        )
    ]
    assert await asyncio.to_thread(wait_for_busy, 4)
    for call in calls:
        call.cancel()
    assert await asyncio.to_thread(wait_for_busy, 0)
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(one) for one in ended] == [asyncio.CancelledError] * 4


def test_a_call_that_takes_too_long_stops_the_server(make_chat, wait_for_busy):
    chat = make_chat(extra_body=ENDLESS, max_tokens=4000, total_timeout=1)
    with pytest.raises(APITimeoutError):
        chat.invoke(STORY)
    assert wait_for_busy(0)

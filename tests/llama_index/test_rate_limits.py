"""Many calls at once at the service's limit: all are answered."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from llama_index.core.llms import ChatMessage

from llama_index_weryai import WeryAI
from weryai_emulator import Emulator

CALLS = 60
HELLO = [ChatMessage("Hello")]


@pytest.fixture
def limited():
    """A service that answers 10 at once."""
    with Emulator(max_concurrency=10, answer_delay=0.01) as emulator:
        yield emulator


def make(emulator, **settings):
    return WeryAI(model="GPT_4O", api_key="k", base_url=emulator.base_url, **settings)


def chat(model):
    with ThreadPoolExecutor(CALLS) as pool:
        return list(pool.map(lambda _: model.chat(HELLO), range(CALLS)))


def achat(model):
    async def run():
        return await asyncio.gather(*(model.achat(HELLO) for _ in range(CALLS)))

    return asyncio.run(run())


def astream_chat(model):
    async def read():
        return [response async for response in await model.astream_chat(HELLO)]

    async def run():
        return await asyncio.gather(*(read() for _ in range(CALLS)))

    return asyncio.run(run())


@pytest.mark.parametrize("ask", [chat, achat, astream_chat])
def test_all_calls_at_once_are_answered(limited, ask):
    assert len(ask(make(limited))) == CALLS
    assert len(limited.requests) <= 1.4 * CALLS  # 10 of the first 20 are refused


def test_models_of_one_key_share_max_concurrency(limited):
    models = [make(limited, max_concurrency=10, temperature=n / 10) for n in range(3)]
    with ThreadPoolExecutor(3) as pool:
        assert [len(replies) for replies in pool.map(chat, models)] == [CALLS] * 3
    assert len(limited.requests) == 3 * CALLS

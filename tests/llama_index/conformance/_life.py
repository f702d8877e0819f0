"""Event loops, threads, abandoned streams and copies: an LLM outlives them all."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from llama_index.core.llms.llm import LLM

from ._subject import Subject, needs
from ._ways import CHAT, COMPLETE, aask, as_argument, ask, each_method, text_of

ASYNC = [method for method in CHAT + COMPLETE if method.startswith("a")]
SYNC = [method for method in CHAT + COMPLETE if not method.startswith("a")]
each_async = pytest.mark.parametrize("method", ASYNC)
COPIES: dict[str, Callable[[LLM], LLM]] = {
    "pickle": lambda llm: pickle.loads(pickle.dumps(llm)),
    "deepcopy": copy.deepcopy,
    "model_copy": lambda llm: llm.model_copy(),
}


class LifeTests(Subject):
    """One LLM object serves a whole application: notebooks, servers, threads and pools."""

    @each_async
    def test_successive_event_loops_work(self, method: str) -> None:
        """`asyncio.run` three times: connections of a closed loop are not used."""
        llm = self.make_llm()
        texts = [text_of(ask(llm, method)[-1]) for _ in range(3)]
        assert all(text.strip() for text in texts)

    @each_method
    def test_a_call_is_one_request(self, method: str) -> None:
        """A question is sent, and paid for, once."""
        before = self.count_requests()
        if before is None:
            pytest.skip("`count_requests` is not defined.")
        ask(self.make_llm(), method)
        assert self.count_requests() == before + 1

    @each_async
    def test_a_new_loop_repeats_no_request(self, method: str) -> None:
        """Three loops, three requests: a hidden retry costs money."""
        before = self.count_requests()
        if before is None:
            pytest.skip("`count_requests` is not defined.")
        llm = self.make_llm()
        for _ in range(3):
            ask(llm, method)
        assert self.count_requests() == before + 3

    @pytest.mark.parametrize("method", SYNC)
    def test_sync_methods_work_in_a_running_loop(self, method: str) -> None:
        """A notebook's cell runs in a loop and calls them."""
        llm = self.make_llm()
        last = asyncio.run(aask(llm, method))[-1]
        assert text_of(last).strip()

    @each_async
    @needs("waits_for_a_service")
    def test_async_methods_do_not_block_the_loop(self, method: str) -> None:
        """While one call waits, others begin: a sync call in disguise stops a server."""
        asyncio.run(_overlap(self.make_llm(), method))

    @each_async
    @needs("waits_for_a_service")
    def test_a_call_can_be_cancelled(self, method: str) -> None:
        """It ends with `CancelledError`, and the LLM still works in the same loop."""
        last = asyncio.run(_cancel_and_ask(self.make_llm(), method))[-1]
        assert text_of(last).strip()

    @pytest.mark.parametrize("method", ["stream_chat", "stream_complete"])
    def test_a_stream_can_be_abandoned(self, method: str) -> None:
        """A stream that is closed early breaks nothing."""
        llm = self.make_llm()
        stream = getattr(llm, method)(as_argument(method, "Say hello."))
        next(stream)
        stream.close()
        assert text_of(ask(llm, method)[-1]).strip()

    @pytest.mark.parametrize("method", ["astream_chat", "astream_complete"])
    def test_an_async_stream_can_be_abandoned(self, method: str) -> None:
        """The same, async."""
        last = asyncio.run(_leave_and_ask(self.make_llm(), method))[-1]
        assert text_of(last).strip()

    def test_many_calls_run_concurrently(self) -> None:
        """Ten calls of one LLM in one loop, as in pipelines and evaluations."""

        async def all_at_once(llm: LLM) -> list[list[Any]]:
            return await asyncio.gather(*(aask(llm, "achat") for _ in range(10)))

        answers = asyncio.run(all_at_once(self.make_llm()))
        assert all(text_of(answer[-1]).strip() for answer in answers)

    def test_threads_share_an_llm(self) -> None:
        """Four threads with one LLM, as in web servers."""
        llm = self.make_llm()
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(llm.complete, ["Say hello."] * 8))
        assert all(answer.text.strip() for answer in answers)

    @pytest.mark.parametrize("make_copy", COPIES.values(), ids=COPIES)
    @pytest.mark.parametrize("method", ["chat", "achat"])
    def test_a_copy_of_a_used_llm_answers(
        self, method: str, make_copy: Callable[[LLM], LLM]
    ) -> None:
        """Ingestion pipelines send used LLMs to other processes."""
        llm = self.make_llm()
        ask(llm, "complete")
        assert text_of(ask(make_copy(llm), method)[-1]).strip()


async def _overlap(llm: LLM, method: str) -> None:
    order = []

    async def ask_and_tell() -> None:
        await aask(llm, method)
        order.append("the call is over")

    task = asyncio.create_task(ask_and_tell())
    asyncio.get_running_loop().call_soon(order.append, "something else ran")
    await task
    assert order == ["something else ran", "the call is over"]


async def _cancel_and_ask(llm: LLM, method: str) -> list[Any]:
    task = asyncio.create_task(aask(llm, method))
    await asyncio.sleep(0)  # it has begun
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return await aask(llm, method)


async def _leave_and_ask(llm: LLM, method: str) -> list[Any]:
    stream = await getattr(llm, method)(as_argument(method, "Say hello."))
    await anext(stream)
    await stream.aclose()
    return await aask(llm, method)

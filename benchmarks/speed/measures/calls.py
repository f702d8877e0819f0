"""The cost of a whole reply, and the time to the first token of a stream."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from math import nan
from typing import Any

import orjson
import pydantic_core

from speed.adapters.subject import HELLO, Conversation, Subject
from speed.measures.rounds import Measure, Operation, Spent, timed

CALLS = 40
MESSAGES = 50  # of 4 KB each
IMAGE = 5_000_000

_CONVERSATION: Conversation = [
    (("user", "assistant")[n % 2], f"{n} " + "Some words, as people write them.\n" * 111)
    for n in range(MESSAGES - 1)
] + [("user", "Hello")]


def _calls(subject: Subject, prompt: object, calls: int) -> Operation | None:
    if not subject.sync:
        return None

    def work() -> None:
        for _ in range(calls):
            subject.call(prompt)

    return lambda: timed(calls, work)


def _acalls(subject: Subject, calls: int, loop: asyncio.AbstractEventLoop) -> Operation | None:
    if not subject.aio:
        return None
    prompt = subject.prompt(HELLO)

    async def work() -> None:
        for _ in range(calls):
            await subject.acall(prompt)

    return lambda: timed(calls, lambda: loop.run_until_complete(work()))


def _first_token(subject: Subject, loop: asyncio.AbstractEventLoop) -> Operation | None:
    if not subject.sync:
        return None
    prompt = subject.prompt(HELLO)

    def operation() -> Spent:
        spent = 0.0
        for _ in range(CALLS):
            start = time.perf_counter()
            parts = iter(subject.stream(prompt))
            next(parts)
            spent += time.perf_counter() - start
            for _ in parts:  # to the end, so that the connection is used again
                pass
        return Spent(nan, spent / CALLS * 1e6)

    return operation


def _first_token_async(subject: Subject, loop: asyncio.AbstractEventLoop) -> Operation | None:
    if not subject.aio:
        return None
    prompt = subject.prompt(HELLO)

    async def work() -> float:
        spent = 0.0
        for _ in range(CALLS):
            start = time.perf_counter()
            parts = await subject.astream(prompt)
            await anext(parts)
            spent += time.perf_counter() - start
            async for _ in parts:
                pass
        return spent

    return lambda: Spent(nan, loop.run_until_complete(work()) / CALLS * 1e6)


def _history(subject: Subject, loop: asyncio.AbstractEventLoop) -> Operation | None:
    return _calls(subject, subject.prompt(_CONVERSATION), 10)


def _image(subject: Subject, loop: asyncio.AbstractEventLoop) -> Operation | None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * (IMAGE // 256)
    return _calls(subject, subject.image_prompt("What is this?", png), 1)


def encoding(loop_count: int = 50) -> dict[str, float]:
    """Return the microseconds in which pydantic_core and orjson encode the long history."""
    messages = [{"role": role, "content": text} for role, text in _CONVERSATION]
    body = {"model": "GPT_4O", "messages": messages}
    encoders: dict[str, Callable[[Any], bytes]] = {
        "to_json": pydantic_core.to_json,
        "orjson": orjson.dumps,
    }
    found = {}
    for name, encode in encoders.items():
        times = []
        for _ in range(loop_count):
            start = time.process_time()
            encode(body)
            times.append((time.process_time() - start) * 1e6)
        found[name] = statistics.median(times)
    return found


CALL = Measure("call", "each-10", lambda subject, _: _calls(subject, subject.prompt(HELLO), CALLS))
ACALL = Measure("async call", "each-10", lambda subject, loop: _acalls(subject, CALLS, loop))
FIRST = Measure("first token", "each-10", _first_token)
AFIRST = Measure("first token, async", "each-10", _first_token_async)
HISTORY_CALL = Measure("200 KB history", "each-10", _history)
IMAGE_CALL = Measure("5 MB image", "each-10", _image)

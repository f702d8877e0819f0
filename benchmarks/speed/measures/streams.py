"""The cost of a chunk of a stream, in all forms in which a service writes one."""

from __future__ import annotations

import asyncio
from collections import deque

from speed.adapters.subject import HELLO, Subject
from speed.measures.rounds import Measure, Operation, timed


def _streamed(title: str, reply: str, *, expected: str = "") -> Measure:
    count = int(reply.partition("-")[2])

    def build(subject: Subject, loop: asyncio.AbstractEventLoop) -> Operation | None:
        if not subject.sync:
            return None
        prompt = subject.prompt(HELLO)
        return lambda: timed(count, lambda: deque(subject.stream(prompt), maxlen=0))

    return Measure(title, reply, build, "chunk", (expected, count) if expected else None)


def _astreamed(title: str, reply: str, *, expected: str = "") -> Measure:
    count = int(reply.partition("-")[2])

    def build(subject: Subject, loop: asyncio.AbstractEventLoop) -> Operation | None:
        if not subject.aio:
            return None
        prompt = subject.prompt(HELLO)

        async def work() -> None:
            async for _ in await subject.astream(prompt):
                pass

        return lambda: timed(count, lambda: loop.run_until_complete(work()))

    return Measure(title, reply, build, "chunk", (expected, count) if expected else None)


STREAM = _streamed("stream", "coalesced-1000")
ASTREAM = _astreamed("astream", "coalesced-1000")
STREAM_EACH = _streamed("stream, each", "each-1000")
ASTREAM_EACH = _astreamed("astream, each", "each-1000")
LONG_STREAM = _streamed("stream 10,000", "coalesced-10000", expected="stream")
LONG_ASTREAM = _astreamed("astream 10,000", "coalesced-10000", expected="astream")
LONG_STREAM_EACH = _streamed("stream 10,000, each", "each-10000", expected="stream, each")
LONG_ASTREAM_EACH = _astreamed("astream 10,000, each", "each-10000", expected="astream, each")
PACED = _streamed("stream, one by one", "paced-1000")
APACED = _astreamed("astream, one by one", "paced-1000")
TOOLS = _streamed("tool arguments", "tools-10000", expected="stream")
ATOOLS = _astreamed("tool arguments, async", "tools-10000", expected="astream")
REASONING = _streamed("reasoning", "reasoning-1000")
AREASONING = _astreamed("reasoning, async", "reasoning-1000")

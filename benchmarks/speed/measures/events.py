"""The cost of LangChain's events, for each chunk of the stream behind them."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from speed.adapters.subject import HELLO, Subject
from speed.measures.rounds import Measure, Operation, timed

_COUNT = 1000


def _v2(subject: Subject, loop: asyncio.AbstractEventLoop) -> Operation | None:
    model: Any = getattr(subject, "model", None)
    if model is None:
        return None
    prompt = subject.prompt(HELLO)

    async def work() -> None:
        async for _ in model.astream_events(prompt, version="v2"):
            pass

    return lambda: timed(_COUNT, lambda: loop.run_until_complete(work()))


def _v3(subject: Subject, loop: asyncio.AbstractEventLoop) -> Operation | None:
    model: Any = getattr(subject, "model", None)
    if model is None:
        return None
    prompt = subject.prompt(HELLO)
    return lambda: timed(_COUNT, lambda: deque(model.stream_events(prompt, version="v3"), maxlen=0))


V2 = Measure("v2 events", f"coalesced-{_COUNT}", _v2, "chunk")
V3 = Measure("v3 events", f"coalesced-{_COUNT}", _v3, "chunk")

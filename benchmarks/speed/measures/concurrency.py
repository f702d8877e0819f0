"""Calls in flight at once: how many a second are answered, if each takes 50 ms at the server."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from speed.adapters.subject import HELLO, Subject

PATIENCE = 20.0
"""Seconds for all calls of a round; those that have no answer then count as unfinished."""


@dataclass
class Rate:
    """How calls in flight at once went.

    Attributes:
        rate: Answers per second.
        cpu: Microseconds of CPU time for each.
        unfinished: Calls that had no answer in time, or an error.
    """

    rate: float
    cpu: float
    unfinished: int


def in_flight(subject: Subject, at_once: int, loop: asyncio.AbstractEventLoop) -> Rate:
    """Make calls in one event loop, two for each place."""
    return loop.run_until_complete(_in_flight(subject, at_once))


async def _in_flight(subject: Subject, at_once: int) -> Rate:
    prompt = subject.prompt(HELLO)
    left = list(range(max(2 * at_once, 300)))
    total, answered = len(left), 0

    async def worker() -> None:
        nonlocal answered
        while left:
            left.pop()
            await subject.acall(prompt)
            answered += 1

    start, cpu = time.perf_counter(), time.process_time()
    workers = [asyncio.ensure_future(worker()) for _ in range(at_once)]
    await asyncio.wait(workers, timeout=PATIENCE)
    spent, cpu = time.perf_counter() - start, time.process_time() - cpu
    for task in workers:
        task.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    return Rate(answered / spent, cpu / max(answered, 1) * 1e6, total - answered)


def in_threads(subject: Subject, threads: int) -> Rate:
    """Make calls in threads: by LangChain's `batch`, or by a pool of threads."""
    prompt, total = subject.prompt(HELLO), 5 * threads
    model: Any = getattr(subject, "model", None)
    start, cpu = time.perf_counter(), time.process_time()
    if hasattr(model, "batch"):
        model.batch([prompt] * total, {"max_concurrency": threads})
    else:
        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(subject.call, [prompt] * total):
                pass
    spent, cpu = time.perf_counter() - start, time.process_time() - cpu
    return Rate(total / spent, cpu / total * 1e6, 0)


def warm_up(subject: Subject, at_once: int, loop: asyncio.AbstractEventLoop) -> None:
    """Let the window of calls in flight grow to its size.

    Our models start with 20 calls in flight for each key, and learn from answers that more may be.
    """
    for size in (20, 50, 100, 200, 400, 700, 1000, 1000):
        if size <= at_once:
            in_flight(subject, size, loop)

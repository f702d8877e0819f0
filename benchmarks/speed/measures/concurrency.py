"""Calls in flight at once: how many a second are answered, if each takes 50 ms at the server."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from speed.adapters.subject import HELLO, Subject

PATIENCE, PEER_PATIENCE = 30.0, 6.0
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


def in_flight(
    subject: Subject, at_once: int, loop: asyncio.AbstractEventLoop, *, is_peer: bool = False
) -> Rate:
    """Make calls in one event loop, two for each place."""
    patience = PEER_PATIENCE if is_peer else PATIENCE
    return loop.run_until_complete(_in_flight(subject, at_once, patience))


async def _in_flight(subject: Subject, at_once: int, patience: float) -> Rate:
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
    await asyncio.wait(workers, timeout=patience)
    spent, cpu = time.perf_counter() - start, time.process_time() - cpu
    for task in workers:
        task.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    return Rate(answered / spent, cpu / max(answered, 1) * 1e6, total - answered)


def in_threads(subject: Subject, threads: int) -> Rate:
    """Make calls in threads: by LangChain's `batch`, or by a pool of threads."""
    prompt, total = subject.prompt(HELLO), 4 * threads
    model: Any = getattr(subject, "model", None)

    def call(prompt: Any) -> Any:
        try:
            return subject.call(prompt)
        except Exception as error:  # each peer has its own; the call counts as unfinished
            return error

    start, cpu = time.perf_counter(), time.process_time()
    if hasattr(model, "batch"):
        settings = {"max_concurrency": threads}
        results = model.batch([prompt] * total, settings, return_exceptions=True)
    else:
        with ThreadPoolExecutor(threads) as pool:
            results = list(pool.map(call, [prompt] * total))
    spent, cpu = time.perf_counter() - start, time.process_time() - cpu
    unfinished = sum(isinstance(result, Exception) for result in results)
    answered = total - unfinished
    return Rate(answered / spent, cpu / max(answered, 1) * 1e6, unfinished)


def warm_up(subject: Subject, at_once: int, loop: asyncio.AbstractEventLoop) -> None:
    """Let the window of calls in flight grow to its size.

    Our models start with 20 calls in flight for each key, and learn from answers that more may be.
    """
    for size in (20, 50, 100, 200, 400, 700, 1000, 1000):
        if size <= at_once:
            in_flight(subject, size, loop)


def median_of(rates: list[Rate]) -> Rate:
    """Return the rate in the middle."""
    return sorted(rates, key=lambda rate: rate.rate)[len(rates) // 2]

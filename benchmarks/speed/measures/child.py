"""Runs in a fresh process, and prints what it found as JSON.

python -m speed.measures.child import MODULE [HIDDEN ...]
python -m speed.measures.child objects FRAMEWORK ROW ADDRESS
python -m speed.measures.child crowd FRAMEWORK ROW ADDRESS
"""

from __future__ import annotations

import time

_BEGIN = time.perf_counter()

import gc  # noqa: E402  # the time of every import counts
import sys  # noqa: E402
from collections.abc import Callable  # noqa: E402
from importlib import import_module  # noqa: E402

STREAMS, CHUNKS = 200, 100
OBJECTS = 40


def modules(module: str, *hidden: str) -> dict[str, float]:
    """Import a module, as if the hidden ones were not installed."""
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None forbids an import
    start = time.perf_counter()
    import_module(module)
    return {"modules": len(sys.modules), "seconds": time.perf_counter() - start}


def objects(framework: str, name: str, address: str) -> dict[str, float]:
    """Make many models; the first one makes a call, which may import and build what others use.

    The memory is what Python knows of. TLS contexts and the like have more.
    """
    import tracemalloc

    from speed.adapters.rows import row_named
    from speed.adapters.subject import HELLO

    make = row_named(framework, name).make
    subject = make(f"{address}/each-10/v1")
    subject.call(subject.prompt(HELLO))
    first = time.perf_counter() - _BEGIN
    url = f"{address}/each-10/v1"
    start = time.process_time()
    made = [make(url) for _ in range(OBJECTS)]
    spent = time.process_time() - start
    gc.collect()
    tracemalloc.start()
    made += [make(url) for _ in range(OBJECTS)]
    gc.collect()
    grown, _ = tracemalloc.get_traced_memory()
    return {
        "first answer, s": first,
        "construct, us": spent / OBJECTS * 1e6,
        "KB each": grown / OBJECTS / 1024,
    }


def crowd(framework: str, name: str, address: str) -> dict[str, float]:
    """Read many streams at once in one event loop."""
    import asyncio
    from statistics import median

    from speed.adapters.rows import row_named
    from speed.adapters.subject import HELLO

    row = row_named(framework, name)
    subject = row.make(f"{address}/crowd-{CHUNKS}/v1")
    prompt = subject.prompt(HELLO)

    async def read() -> None:
        async for _ in await subject.astream(prompt):
            pass

    async def read_all(streams: int) -> float:
        start = time.perf_counter()
        await asyncio.gather(*(read() for _ in range(streams)))
        return streams * CHUNKS / (time.perf_counter() - start)

    async def run() -> list[float]:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        if row.is_peer:
            return [await read_all(STREAMS)]
        # Our models start with 20 calls in flight for each key.
        for streams in (20, 50, 100, STREAMS):
            await read_all(streams)
        return [await read_all(STREAMS) for _ in range(3)]

    rates = asyncio.run(run())
    return {"chunks/s": median(rates), "peak MB": peak_memory()}


def peak_memory() -> float:
    """Return the most megabytes that this process had, on Linux.

    `resource` gives a new process the maximum of the one that started it.
    """
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return float(line.split()[1]) / 1024


def main(command: str, *arguments: str) -> None:
    """Run a command and print its result."""
    import json
    import logging

    logging.disable()
    commands: dict[str, Callable[..., dict[str, float]]] = {
        "import": modules,
        "objects": objects,
        "crowd": crowd,
    }
    print(json.dumps(commands[command](*arguments)))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Send many calls at once to a service that answers only some at once, and count what comes back.

    python benchmarks/limit.py [--calls 500] [--limit 20] [--retry-after 1] [--service-time 0.5]
        [--processes 4] [--stagger 1]

The service is the emulator in a process of its own, which answers 429 beyond `--limit` in flight.
Each class makes the calls with its default settings, once per way. The table shows how many calls
were answered, the requests sent for each call, and the time as a multiple of the ideal one
(calls / limit x service time). `--then N` changes the limit to N after half of the ideal time.
`--processes N` shares the calls among N processes, which know nothing of each other and begin
`--stagger` seconds one after another. ChatOpenAI is measured, too, if it is installed.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import multiprocessing.connection
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

PROMPT = "Hello"
Counts = tuple[int, float, float]
"""Calls answered, and when the first one began and the last one ended."""


def serve(pipe: multiprocessing.connection.Connection, options: dict[str, Any]) -> None:
    """Run an emulator; obeys ("limit", N), and answers "count" with the number of requests."""
    from weryai_emulator import Emulator

    with Emulator(**options) as emulator:
        pipe.send(emulator.base_url)
        while (command := pipe.recv()) is not None:
            if command == "count":
                pipe.send(len(emulator.requests))
            else:
                emulator.max_concurrency = command


@contextmanager
def service(options: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The base URL of an emulator in its own process, and the pipe to it."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(theirs, options), daemon=True)
    process.start()
    try:
        yield ours.recv(), ours
    finally:
        ours.send(None)
        process.join()


def answered(results: list[Any]) -> int:
    """How many results are no errors."""
    return sum(not isinstance(result, BaseException) for result in results)


def by_langchain_batch(model: Any, calls: int) -> list[Any]:
    """Threads: as many as calls."""
    return model.batch([PROMPT] * calls, {"max_concurrency": calls}, return_exceptions=True)


def by_langchain_abatch(model: Any, calls: int) -> list[Any]:
    """One event loop."""
    return asyncio.run(model.abatch([PROMPT] * calls, return_exceptions=True))


def by_langchain_astream(model: Any, calls: int) -> list[Any]:
    """One event loop, streams."""

    async def read() -> list[Any]:
        return [chunk async for chunk in model.astream(PROMPT)]

    async def run() -> list[Any]:
        return await asyncio.gather(*(read() for _ in range(calls)), return_exceptions=True)

    return asyncio.run(run())


def by_llama_index_chat(model: Any, calls: int) -> list[Any]:
    """Threads: as many as calls."""
    from llama_index.core.llms import ChatMessage

    def chat(_: int) -> Any:
        try:
            return model.chat([ChatMessage(PROMPT)])
        except Exception as error:  # each library has its own; all count as unanswered
            return error

    with ThreadPoolExecutor(calls) as pool:
        return list(pool.map(chat, range(calls)))


def by_llama_index_achat(model: Any, calls: int) -> list[Any]:
    """One event loop."""
    from llama_index.core.llms import ChatMessage

    async def run() -> list[Any]:
        chats = (model.achat([ChatMessage(PROMPT)]) for _ in range(calls))
        return await asyncio.gather(*chats, return_exceptions=True)

    return asyncio.run(run())


LANGCHAIN: dict[str, Callable[[Any, int], list[Any]]] = {
    "batch": by_langchain_batch,
    "abatch": by_langchain_abatch,
    "astream": by_langchain_astream,
}
LLAMA_INDEX: dict[str, Callable[[Any, int], list[Any]]] = {
    "threads": by_llama_index_chat,
    "achat": by_llama_index_achat,
}


def subjects() -> Iterator[tuple[str, Callable[[str], Any], dict[str, Any]]]:
    """The classes that are installed: name, what makes a model at an address, and the ways."""
    with suppress(ImportError):
        from langchain_weryai import ChatWeryAI

        yield (
            "ChatWeryAI",
            lambda url: ChatWeryAI(model="GPT_4O", base_url=url, api_key="k"),
            LANGCHAIN,
        )
    with suppress(ImportError):
        from langchain_openai import ChatOpenAI

        yield (
            "ChatOpenAI",
            lambda url: ChatOpenAI(model="GPT_4O", base_url=url, api_key="k"),
            LANGCHAIN,
        )
    with suppress(ImportError):
        from llama_index_weryai import WeryAI

        yield "WeryAI", lambda url: WeryAI(model="GPT_4O", base_url=url, api_key="k"), LLAMA_INDEX
    with suppress(ImportError):
        from llama_index.llms.openai_like import OpenAILike

        yield (
            "OpenAILike",
            lambda url: OpenAILike(model="GPT_4O", api_base=url, api_key="k", is_chat_model=True),
            LLAMA_INDEX,
        )


def work(name: str, way: str, url: str, calls: int, begin: float, results: Any) -> None:
    """Make the calls in this process, not before `begin`, and put the counts into a queue."""
    make, ways = next((make, ways) for known, make, ways in subjects() if known == name)
    model = make(url)
    time.sleep(max(0.0, begin - time.time()))
    start = time.time()
    outcome = ways[way](model, calls)
    results.put((answered(outcome), start, time.time()))


def measure(name: str, way: str, arguments: argparse.Namespace) -> str:
    """One row of the table: a class and a way, in processes of their own."""
    ideal = arguments.calls / arguments.limit * arguments.service_time
    options = {
        "max_concurrency": arguments.limit,
        "retry_after": arguments.retry_after,
        "answer_delay": arguments.service_time,
    }
    calls = arguments.calls // arguments.processes
    with service(options) as (url, pipe):
        results: Any = multiprocessing.Queue()
        begins = [time.time() + arguments.stagger * n for n in range(arguments.processes)]
        workers = [
            multiprocessing.Process(target=work, args=(name, way, url, calls, begin, results))
            for begin in begins
        ]
        for worker in workers:
            worker.start()
        change = threading.Timer(ideal / 2, pipe.send, [arguments.then])
        if arguments.then:
            change.start()
        counts: list[Counts] = [results.get() for _ in workers]
        for worker in workers:
            worker.join()
        if arguments.then:
            change.join()
        pipe.send("count")
        requests = pipe.recv()
    done = "+".join(str(number) for number, _, _ in counts)
    seconds = max(end for _, _, end in counts) - min(start for _, start, _ in counts)
    return (
        f"| {name} | {way} | {done} of {calls * len(counts)} | {requests / arguments.calls:.2f} "
        f"| {seconds:.1f} s | {seconds / ideal:.2f} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--limit", type=int, default=20)
    parser.add_argument("--then", type=int)
    parser.add_argument("--retry-after", type=float)
    parser.add_argument("--service-time", type=float, default=0.5)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--stagger", type=float, default=0.0)
    parser.add_argument("--only", help="a class, or a class and a way: ChatWeryAI/abatch")
    arguments = parser.parse_args()
    multiprocessing.set_start_method("spawn")
    print("| class | way | answered | requests a call | time | x ideal |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, _, ways in subjects():
        for way in ways:
            if not arguments.only or f"{name}/{way}".startswith(arguments.only):
                print(measure(name, way, arguments), flush=True)


if __name__ == "__main__":
    main()

"""Mixed traffic with faults for some minutes: every call ends, and memory stays flat.

    python tools/soak.py [--minutes 3] [--faults 0.1] [--seed 1]

The emulator runs in a process of its own and fails a tenth of the requests, by a seed. Calls of all
kinds run at once: both frameworks and the client, synchronous and asynchronous, whole and streamed,
some of them given up halfway. Each is counted as answered, given up, or failed with one of our
errors. The exit status is 1 if a call ends in any other way, or if memory grows.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import subprocess
import sys
import threading
import time
import warnings
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing, closing, contextmanager
from typing import Any

import httpx2
from llama_index.core.llms import ChatMessage

from langchain_weryai import ChatWeryAI
from llama_index_weryai import WeryAI
from weryai_core import AsyncClient, Client, WeryAIError

THREADS = 8
TASKS = 24
_MOST_GROWTH = 32 * 2**20  # bytes, between the end of the first third and the end
_REQUEST = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello " * 50}]}
_MESSAGES = [ChatMessage("Hello " * 50)]
_FIRST = 3  # chunks that are read of a stream that is given up


def main() -> int:
    """Run the traffic and print the figures; gives the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--faults", type=float, default=0.1, help="share of the requests")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    with _emulator(arguments.faults, arguments.seed) as url:
        soak = Soak(url, arguments.minutes * 60, arguments.seed)
        soak.run()
    for line in soak.report():
        print(line)
    return 0 if soak.is_good else 1


class Soak:
    """One run.

    Args:
        url: The service.
        seconds: How long calls are started.
        seed: Of the order of calls.
    """

    def __init__(self, url: str, seconds: float, seed: int) -> None:
        # Any: the constructors take them by name.
        self._settings: dict[str, Any] = {"api_key": "a-key-for-the-soak", "base_url": url}
        self._end = time.monotonic() + seconds
        self._seconds = seconds
        self._seed = seed
        self._lock = threading.Lock()
        self.started: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.strange: list[str] = []
        self.memory: list[int] = []

    def run(self) -> None:
        """Start calls until the time is over, and wait for the last ones."""
        threads = [threading.Thread(target=self._thread, args=[n]) for n in range(THREADS)]
        threads.append(threading.Thread(target=lambda: asyncio.run(self._tasks())))
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            self.memory.append(_memory())
            time.sleep(0.5)
        for thread in threads:
            thread.join()

    @property
    def growth(self) -> int:
        """Bytes by which memory grew after the first third."""
        third = self.memory[len(self.memory) // 3 :]
        return (third[-1] - third[0]) if third else 0

    @property
    def is_good(self) -> bool:
        """Whether every call is accounted for and memory is flat."""
        is_whole = self.started.total() == self.ended.total()
        return is_whole and not self.strange and self.growth < _MOST_GROWTH

    def report(self) -> Iterator[str]:
        """The figures."""
        yield f"{self.started.total()} calls in {self._seconds:.0f} s"
        for kind, count in sorted(self.started.items()):
            yield f"  {kind:32} {count}"
        yield f"{self.ended.total()} of them ended:"
        for how, count in self.ended.most_common():
            yield f"  {how:32} {count}"
        yield f"memory: {self.memory[-1] / 2**20:.0f} MiB, grew by {self.growth / 2**20:+.1f} MiB"
        for line in self.strange[:10]:
            yield f"STRANGE: {line}"

    def _thread(self, number: int) -> None:
        order = random.Random(self._seed * 1000 + number)
        client = Client(**self._settings)
        chat = ChatWeryAI(model="GPT_4O", **self._settings)
        llm = WeryAI(model="GPT_4O", **self._settings)

        def give_up() -> None:
            with closing(client.stream(_REQUEST)) as stream:
                for _ in zip(range(_FIRST), stream, strict=False):
                    pass

        calls: dict[str, Callable[[], object]] = {
            "Client.chat": lambda: client.chat(_REQUEST),
            "Client.stream": lambda: [*client.stream(_REQUEST)],
            "Client.stream, given up": give_up,
            "ChatWeryAI.invoke": lambda: chat.invoke("Hello"),
            "ChatWeryAI.stream": lambda: [*chat.stream("Hello")],
            "WeryAI.chat": lambda: llm.chat(_MESSAGES),
            "WeryAI.stream_chat": lambda: [*llm.stream_chat(_MESSAGES)],
        }
        while time.monotonic() < self._end:
            kind = order.choice([*calls])
            self._begin(kind)
            try:
                calls[kind]()
            except WeryAIError as error:
                self._finish(type(error).__name__)
            except BaseException as error:
                self._finish("strange", repr(error))
            else:
                self._finish("given up" if "given up" in kind else "answered")

    async def _tasks(self) -> None:
        async with AsyncClient(**self._settings) as client:
            chat = ChatWeryAI(model="GPT_4O", **self._settings)
            llm = WeryAI(model="GPT_4O", **self._settings)

            async def give_up() -> None:
                async with aclosing(client.stream(_REQUEST)) as stream:
                    async for _ in stream:
                        break

            async def read_stream() -> None:
                async for _ in client.stream(_REQUEST):
                    pass

            async def read_chat() -> None:
                async for _ in chat.astream("Hello"):
                    pass

            async def read_llm() -> None:
                async for _ in await llm.astream_chat(_MESSAGES):
                    pass

            calls: dict[str, Callable[[], Awaitable[object]]] = {
                "AsyncClient.chat": lambda: client.chat(_REQUEST),
                "AsyncClient.stream": read_stream,
                "AsyncClient.stream, given up": give_up,
                "AsyncClient.chat, cancelled": lambda: asyncio.wait_for(
                    client.chat(_REQUEST), 0.002
                ),
                "ChatWeryAI.ainvoke": lambda: chat.ainvoke("Hello"),
                "ChatWeryAI.astream": read_chat,
                "WeryAI.achat": lambda: llm.achat(_MESSAGES),
                "WeryAI.astream_chat": read_llm,
            }
            await asyncio.gather(*(self._task(number, calls) for number in range(TASKS)))
            await chat.aclose()
            await llm.aclose()

    async def _task(self, number: int, calls: dict[str, Callable[[], Awaitable[object]]]) -> None:
        order = random.Random(self._seed * 2000 + number)
        while time.monotonic() < self._end:
            kind = order.choice([*calls])
            self._begin(kind)
            try:
                await calls[kind]()
            except WeryAIError as error:
                self._finish(type(error).__name__)
            except TimeoutError as error:
                is_cancelled = kind.endswith("cancelled")
                self._finish("given up" if is_cancelled else "strange", repr(error))
            except BaseException as error:
                self._finish("strange", repr(error))
            else:
                self._finish("given up" if "given up" in kind else "answered")

    def _begin(self, kind: str) -> None:
        with self._lock:
            self.started[kind] += 1

    def _finish(self, how: str, error: str = "") -> None:
        with self._lock:
            self.ended[how] += 1
            if how == "strange":
                self.strange.append(error)


@contextmanager
def _emulator(share: float, seed: int) -> Iterator[str]:
    """The address of an emulator that fails a share of the requests."""
    server = subprocess.Popen(
        [sys.executable, "-m", "weryai_emulator", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        url = server.stdout.readline().split()[-1]
        queue = url.removesuffix("/v1") + "/_emulator/queue"
        step = {"fail_sometimes": {"probability": share, "seed": seed}}
        httpx2.post(queue, json=step).raise_for_status()
        yield url
    finally:
        server.terminate()
        server.wait()


def _memory() -> int:
    """The resident memory of this process, in bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


if __name__ == "__main__":
    sys.exit(main())

"""Mixed traffic with faults for some minutes: every call ends, and nothing grows.

    python tools/soak.py [--minutes 3] [--faults 0.1] [--seed 1]

The emulator runs in a process of its own and fails a tenth of the requests, by a seed, in nearly
any way of its catalogue. Calls of all kinds run at once: both frameworks and the client, sync and
async, whole and streamed, some of them given up halfway. Each asks for a text of its own.

The exit status is 1 if a call does not end, ends with another text than its own or with an error
that is not ours, or if memory, open files or threads grow.
"""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
from soak_calls import Threads, run_tasks
from soak_record import Record

from weryai_core.transport.http_options import POOL_LINGER

THREADS = 8
TASKS = 24
_MOST_MEMORY = 32 * 2**20  # bytes of growth, between the end of the first third and the end
_MOST_FILES = 8  # more than before the run: what is opened once, and stays
_MOST_THREADS = 4
_LONGEST = 60.0  # seconds that a call may take; its `total_timeout` is half of that
_LARGE = 4_000_000  # bytes of the faults that send a lot; four times what the calls take
_MANY = 2000  # of the faults that send many pieces
# How a call is made: the limits are low, so that the slow faults end soon.
SETTINGS: dict[str, Any] = {
    "api_key": "a-key-for-the-soak",
    "timeout": 2,
    "stream_chunk_timeout": 1,
    "total_timeout": _LONGEST / 2,
    "max_reply_bytes": _LARGE // 4,
    "max_event_bytes": _LARGE // 8,
}


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
    return 1 if soak.complaints() else 0


class Soak:
    """One run.

    Args:
        url: The service.
        seconds: How long calls are started.
        seed: Of the order of calls.
        longest: Seconds after which a call counts as one that does not end.
    """

    def __init__(self, url: str, seconds: float, seed: int, longest: float = _LONGEST) -> None:
        self._settings = {**SETTINGS, "base_url": url}
        self._seconds = seconds
        self._seed = seed
        self._longest = longest
        self.record = Record()
        self._memory: list[int] = []
        self._files = 0
        self._threads = 0

    def run(self) -> None:
        """Start calls until the time is over, and wait for the last ones."""
        files, threads = _open_files(), threading.active_count()
        end = time.monotonic() + self._seconds
        callers = Threads(self._settings, self.record, end)
        runners = [
            threading.Thread(target=callers.run, args=[self._seed * 1000 + number], daemon=True)
            for number in range(THREADS)
        ]
        tasks = (self._settings, self.record, end, self._seed * 2000, TASKS)
        runners.append(threading.Thread(target=run_tasks, args=tasks, daemon=True))
        for runner in runners:
            runner.start()
        while any(runner.is_alive() for runner in runners):
            self._memory.append(_memory())
            time.sleep(0.2)
            if time.monotonic() > end + self._longest:
                break
        callers.close()
        gc.collect()
        # Connections stay for a while after the last model of an event loop.
        late = time.monotonic() + 2 * POOL_LINGER
        while True:
            self._files = _open_files() - files
            self._threads = threading.active_count() - threads
            if time.monotonic() > late or (self._files <= 0 and self._threads <= 0):
                break
            time.sleep(POOL_LINGER / 10)

    @property
    def growth(self) -> int:
        """Bytes by which memory grew after the first third."""
        third = self._memory[len(self._memory) // 3 :]
        return (third[-1] - third[0]) if third else 0

    def complaints(self) -> list[str]:
        """What is wrong; nothing if every call is accounted for and nothing grew."""
        found = self.record.complaints()
        for what, amount, most in (
            ("bytes of memory", self.growth, _MOST_MEMORY),
            ("open files", self._files, _MOST_FILES),
            ("threads", self._threads, _MOST_THREADS),
        ):
            if amount > most:
                found.append(f"{amount} {what} more than before; at most {most} are expected")
        return found

    def report(self) -> Iterator[str]:
        """The figures."""
        started, ended = self.record.started, self.record.ended
        yield f"{started.total()} calls in {self._seconds:.0f} s"
        yield from _lines(Counter(dict(sorted(started.items()))))
        yield f"{ended.total()} of them ended:"
        yield from _lines(Counter(dict(ended.most_common())))
        memory = self._memory[-1] / 2**20
        yield f"memory: {memory:.0f} MiB, grew by {self.growth / 2**20:+.1f} MiB"
        yield f"open files: {self._files:+d}, threads: {self._threads:+d}"
        for line in self.complaints()[:20]:
            yield f"WRONG: {line}"


def _lines(counts: Counter[str]) -> Iterator[str]:
    for name, count in counts.items():
        yield f"  {name:32} {count}"


@contextmanager
def _emulator(share: float, seed: int) -> Iterator[str]:
    """The address of an emulator that fails a share of the requests."""
    server = subprocess.Popen(
        [sys.executable, "-m", "weryai_emulator", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        url = server.stdout.readline().split()[-1]
        control = url.removesuffix("/v1") + "/_emulator"
        names = faults(httpx2.get(control).raise_for_status().json()["faults"])
        step = {"fail_sometimes": {"probability": share, "seed": seed, "names": names}}
        httpx2.post(f"{control}/queue", json=step).raise_for_status()
        yield url
    finally:
        server.terminate()
        server.wait()


def faults(catalogue: Any) -> dict[str, dict[str, int]]:
    """The faults of the catalogue that answer with a text or an error, and how much they send."""
    small = {"size": _LARGE, "number": _MANY, "retry_after": 0}
    return {
        fault: {
            name: value for name, value in small.items() if kind["parameters"].get(name, 0) != 0
        }
        for fault, kind in catalogue.items()
        # The answer of one is a tool call; the small chunks of the other fill the callers' lists.
        if fault not in ("many_fragments", "endless")
    }


def _memory() -> int:
    """The resident memory of this process, in bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _open_files() -> int:
    """How many files and sockets this process holds."""
    return len(os.listdir("/proc/self/fd"))


if __name__ == "__main__":
    sys.exit(main())

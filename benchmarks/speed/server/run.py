"""Run the loopback server in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[2]


@contextmanager
def server() -> Iterator[str]:
    """Yield the server's address, to which a base URL adds the reply and `/v1`."""
    with subprocess.Popen(
        [sys.executable, "-m", "speed.server.serve"],
        cwd=BENCHMARKS,
        stdin=subprocess.PIPE,  # the server ends when it is closed
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None  # a pipe was asked for
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"

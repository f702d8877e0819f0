"""Scripts that run in processes of their own, which need not import the clients again.

A first process imports them once. It forks for each script, so that a script takes a tenth of a
second and still begins, ends and complains like a program.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

# The child leaves the loop and runs the script as its main module; its end is Python's own.
_PARENT = """
import asyncio, gc, json, os, sys
import httpx, httpx2
from weryai_core import AsyncClient, Client
for line in sys.stdin:
    source, args, outputs = json.loads(line)
    sys.stdout.flush()
    child = os.fork()
    if not child:
        break
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
else:
    sys.exit()
for stream, path in enumerate(outputs):
    os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), stream)
sys.argv = ["-c", *args]
exec(compile(source, "<script>", "exec"))
"""


class ForkedScripts:
    """Runs scripts, each in a fork of one process where an unclosed resource is an error."""

    def __init__(self, directory: Path) -> None:
        path = os.pathsep.join(entry or os.curdir for entry in sys.path)
        self._paths = [str(directory / name) for name in ("input", "output", "errors")]
        self._parent = subprocess.Popen(
            [sys.executable, "-X", "dev", "-W", "error::ResourceWarning", "-c", _PARENT],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, source: str, *args: str) -> subprocess.CompletedProcess[str]:
        for path in self._paths:
            Path(path).write_bytes(b"")
        assert self._parent.stdin
        assert self._parent.stdout
        self._parent.stdin.write(json.dumps([source, args, self._paths]) + "\n")
        self._parent.stdin.flush()
        code = int(self._parent.stdout.readline())
        _, output, errors = (Path(path).read_text(encoding="utf-8") for path in self._paths)
        return subprocess.CompletedProcess(["-c", *args], code, output, errors)

    def stop(self) -> None:
        self._parent.communicate()

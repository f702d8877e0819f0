"""Batch jobs in processes of their own, and the emulator that counts what they ask."""

import json
import os
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2

EXAMPLES = Path(__file__).parents[2] / "examples"


class Service:
    """An emulator in a process of its own."""

    def __init__(self, url):
        self.url = url
        self._control = httpx2.Client(base_url=f"{url.removesuffix('/v1')}/_emulator", timeout=60)

    def asked(self):
        """How often each prompt was asked."""
        requests = self._control.get("/requests").raise_for_status().json()
        return Counter(request["json"]["messages"][-1]["content"] for request in requests)

    def wait_for(self, count, process):
        """Wait until so many requests have come, or the process has ended."""
        while self._control.get("").raise_for_status().json()["requests"] < count:
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.02)
                return

    def queue(self, step):
        """Queue an answer."""
        self._control.post("/queue", json=step).raise_for_status()

    def close(self):
        self._control.close()


@contextmanager
def service(*options):
    command = [sys.executable, "-m", "weryai_emulator", "--port", "0", *map(str, options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        one = Service(process.stdout.readline().split()[-1])
        try:
            yield one
        finally:
            one.close()
            process.terminate()
            process.stdout.close()


def start(program, service, *arguments):
    """Start an example; what it prints can be read from it."""
    environment = {
        **os.environ,
        "WERYAI_BASE_URL": service.url,
        "WERYAI_API_KEY": "any-key",
        "PYTHONPATH": os.pathsep.join(entry or os.curdir for entry in sys.path),
    }
    return subprocess.Popen(
        [sys.executable, str(EXAMPLES / program), *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process):
    """Wait for the end; gives the exit status and what was printed."""
    printed, errors = process.communicate()
    return process.returncode, printed, errors


def kill(process):
    """Kill it as `kill -9` does."""
    process.kill()
    process.communicate()


def write_rows(path, count):
    """Write rows with a prompt of their own each, and return the prompts."""
    prompts = [f"Question number {number}" for number in range(count)]
    with open(path, "w", encoding="utf-8") as file:
        for number, prompt in enumerate(prompts):
            file.write(json.dumps({"id": f"row-{number}", "prompt": prompt}) + "\n")
    return prompts


def whole_lines(*paths):
    """The results in some files, without a torn last line."""
    lines = [line for path in paths for line in path.read_bytes().splitlines(keepends=True)]
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


def is_own_answer(result):
    """Whether the answer is that of the emulator to this row."""
    return result["answer"] == f'You said: "{result["prompt"]}"' and result["error"] is None

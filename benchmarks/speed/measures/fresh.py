"""What only a fresh process shows: imports, the first answer, memory, many streams at once."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import requires
from statistics import median
from typing import Any

from speed.server.run import BENCHMARKS

BARE = {
    "langchain": "langchain_core.language_models.chat_models",
    "llama-index": "llama_index.core.llms.function_calling",
}
"""What a model class of the framework cannot do without."""

_PATIENCE = 120.0  # seconds


def imports(modules: list[str], times: int) -> dict[str, dict[str, float]]:
    """Return, for each module, how many modules its import brings, and its median seconds."""
    # langsmith imports httpx-aiohttp wherever it is installed. Here the benchmark has installed it.
    package = "httpx-aiohttp"
    needed = {re.split(r"[\[<>=!~; ]", line)[0] for line in requires("weryai-integrations") or ()}
    hidden = [] if package in needed else ["httpx_aiohttp"]
    found: dict[str, list[dict[str, float]]] = {module: [] for module in modules}
    for _ in range(times):
        for module in modules:
            found[module].append(_child("import", module, *hidden))
    return {
        module: {name: median(run[name] for run in runs) for name in runs[0]}
        for module, runs in found.items()
    }


def objects(framework: str, name: str, address: str) -> dict[str, float]:
    """Return what models of a class cost to make."""
    return _child("objects", framework, name, address)


def crowd(framework: str, name: str, address: str) -> dict[str, float]:
    """Return how many streams at once went."""
    return _child("crowd", framework, name, address)


def _child(*arguments: str) -> dict[str, float]:
    """Run the child.

    Raises:
        subprocess.SubprocessError: It failed, or took too long.
    """
    done = subprocess.run(
        [sys.executable, "-m", "speed.measures.child", *arguments],
        cwd=BENCHMARKS,
        check=True,
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found

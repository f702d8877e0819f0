"""What only a fresh process shows. Each function starts processes of its own.

python -m speed.measures.fresh imports MODULE
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import Any

from speed.server.run import BENCHMARKS

BARE = {
    "langchain": "langchain_core.language_models.chat_models",
    "llama-index": "llama_index.core.llms.function_calling",
}
"""What a model class of the framework cannot do without."""

_IMPORT = """
import json, sys, time
start = time.perf_counter()
import {module}
print(json.dumps([len(sys.modules), time.perf_counter() - start]))
"""


def imports(module: str, times: int) -> dict[str, float]:
    """Return the modules that an import brings, and the median of its seconds."""
    runs = [_run("-c", _IMPORT.format(module=module)) for _ in range(times)]
    return {
        "modules": runs[0][0],
        "seconds": statistics.median(seconds for _, seconds in runs),
    }


def _run(*arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=BENCHMARKS, check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])

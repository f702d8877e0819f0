"""Measure one framework: its floor, its classes, and the raw engines next to them.

    python -m speed.framework langchain|llama-index FILE [options of benchmarks/bench.py]

Writes all figures to a JSON file. `benchmarks/bench.py` runs this once for each framework, in that
framework's environment, and makes the tables.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import sys
import warnings
from contextlib import suppress
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from speed.measures import fresh
from speed.measures.run import Options, Run
from speed.server.ceiling import ceiling
from speed.server.run import server

PACKAGES = (
    "weryai-integrations",
    "langchain-core",
    "langchain-openai",
    "langchain-groq",
    "langchain-openrouter",
    "langchain-litellm",
    "llama-index-core",
    "llama-index-llms-openai",
    "llama-index-llms-openai-like",
    "llama-index-llms-openrouter",
    "llama-index-llms-litellm",
    "litellm",
    "openai",
    "pydantic",
    "httpx2",
    "httpcore2",
    "aiohttp",
    "httpx-aiohttp",
    "pyreqwest",
    "orjson",
)


def versions() -> dict[str, str]:
    """Return the installed versions of what the figures depend on."""
    found = {}
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def machine() -> str:
    """Describe this machine in general words."""
    python = ".".join(platform.python_version_tuple()[:2])
    return f"{os.cpu_count()} cores, {platform.system()}, Python {python}"


def fill(run: Run) -> None:
    """Describe this machine, and take all measures."""
    run.report |= {"date": date.today().isoformat(), "machine": machine(), "versions": versions()}
    run.report["ceiling"] = ceiling(run.address)
    print("The server by itself:", run.report["ceiling"], flush=True)
    run.choose()
    run.measure_all()


def main() -> None:
    """Measure, and write the JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("framework", choices=list(fresh.BARE))
    parser.add_argument("file", type=Path)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--names", nargs="*", default=[])
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    # Peers warn and log about what does not matter here.
    logging.disable()
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    with server() as address:
        options = Options(given.rounds, given.only, given.names, given.quick)
        run = Run(given.framework, address, options)
        fill(run)
        given.file.write_text(json.dumps(run.report, indent=1))


if __name__ == "__main__":
    main()

"""Measure what our classes cost, next to the frameworks' floor, to raw engines and to peers.

    make bench                                       # some minutes
    make bench BENCH_OPTIONS='--quick --rounds 1'    # a look
    make bench BENCH_OPTIONS=--publish               # updates docs/performance.md and its chart
    python benchmarks/bench.py --names FLOOR ChatWeryAI httpx2 --only stream

FLOOR is a minimal model of the same framework that answers from memory: no integration can be
cheaper. Machines are noisy, so compare only figures of one run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from speed.report.page import publish
from speed.report.tables import as_text, cost_tables, goal_table, remarks

HERE = Path(__file__).parent
FRAMEWORKS = ("langchain", "llama-index")


def measure(given: argparse.Namespace) -> dict[str, Any]:
    """Measure each framework in its environment, and return the reports."""
    pythons = {"langchain": given.langchain, "llama-index": given.llama_index}
    reports = {}
    with tempfile.TemporaryDirectory() as folder:
        for framework in given.frameworks:
            file = Path(folder) / f"{framework}.json"
            command = [pythons[framework], "-m", "speed.framework", framework, str(file)]
            command += ["--rounds", str(given.rounds), "--only", *given.only]
            command += ["--names", *given.names, *(["--quick"] if given.quick else [])]
            subprocess.run(command, cwd=HERE, check=True)
            reports[framework] = json.loads(file.read_text())
    return reports


def main() -> None:
    """Measure or read the figures, and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--langchain", default=sys.executable, help="Python with its peers")
    parser.add_argument("--llama-index", default=sys.executable, help="Python with its peers")
    parser.add_argument("--frameworks", nargs="*", default=FRAMEWORKS, choices=FRAMEWORKS)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="leave out what takes long")
    parser.add_argument("--only", nargs="*", default=[], help="parts of names of measures")
    parser.add_argument("--names", nargs="*", default=[], help="names of rows")
    parser.add_argument("--json", type=Path, help="where to write all figures")
    parser.add_argument("--read", type=Path, help="figures of an earlier run, to show again")
    parser.add_argument("--publish", action="store_true", help="update docs/performance.md")
    given = parser.parse_args()
    for name in ("langchain", "llama_index"):
        # The measuring process has another working directory.
        setattr(given, name, str(Path(getattr(given, name)).absolute()))
    reports = json.loads(given.read.read_text()) if given.read else measure(given)
    if given.json:
        given.json.write_text(json.dumps(reports, indent=1) + "\n")
    for framework, report in reports.items():
        print(f"\n== {framework}")
        for table in cost_tables(report):
            print(as_text(table))
        print("", *remarks(report), sep="\n")
    print(as_text(goal_table(reports)))
    if given.publish:
        publish(reports)


if __name__ == "__main__":
    main()

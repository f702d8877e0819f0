"""Measure what our classes cost, next to the frameworks' floor, to raw engines and to peers.

    make bench
    python benchmarks/bench.py --rounds 3 --names FLOOR ChatWeryAI httpx2 --only stream

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

from speed.report.text import goal_table

HERE = Path(__file__).parent


def main() -> None:
    """Measure each framework in its environment, and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--langchain", default=sys.executable, help="Python with its peers")
    parser.add_argument("--llama-index", default=sys.executable, help="Python with its peers")
    parser.add_argument("--frameworks", nargs="*", default=["langchain", "llama-index"])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", nargs="*", default=[], help="parts of names of measures")
    parser.add_argument("--names", nargs="*", default=[], help="names of rows")
    parser.add_argument("--json", type=Path, help="where to write all figures")
    arguments = parser.parse_args()
    pythons = {"langchain": arguments.langchain, "llama-index": arguments.llama_index}
    reports = {}
    with tempfile.TemporaryDirectory() as folder:
        for framework in arguments.frameworks:
            file = Path(folder) / f"{framework}.json"
            command = [pythons[framework], "-m", "speed.framework", framework, str(file)]
            command += ["--rounds", str(arguments.rounds)]
            for option in ("only", "names"):
                command += [f"--{option}", *getattr(arguments, option)]
            subprocess.run(command, cwd=HERE, check=True)
            reports[framework] = json.loads(file.read_text())
    print(f"\n{goal_table(reports)}")
    if arguments.json:
        arguments.json.write_text(json.dumps(reports, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""Measure one framework: its floor, its classes, and the raw engines next to them.

    python -m speed.framework langchain|llama-index FILE [--rounds N] [--only MEASURE ...]\
        [--names ROW ...]

Writes all figures to a JSON file. `benchmarks/bench.py` runs this once for each framework, in that
framework's environment, and makes the tables.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from speed.adapters.check import failures
from speed.adapters.rows import ENGINE, Row, rows
from speed.adapters.subject import Subject
from speed.measures import calls, concurrency, events, fresh, streams
from speed.measures.rounds import Measure, Operation, run
from speed.server.ceiling import ceiling
from speed.server.run import server

MEASURES = (
    calls.CALL,
    calls.ACALL,
    calls.FIRST,
    streams.STREAM,
    streams.ASTREAM,
    streams.STREAM_EACH,
    streams.ASTREAM_EACH,
    events.V2,
    events.V3,
)
OURS = ("FLOOR", "ChatWeryAI", "WeryAI")


class Run:
    """One run over all subjects of a framework."""

    def __init__(
        self, framework: str, address: str, rounds: int, only: list[str], names: list[str]
    ) -> None:
        self.framework = framework
        self.address = address
        self.rounds = rounds
        self.only = only
        self.names = names
        self.loop = asyncio.new_event_loop()
        # Peers and engines leave sessions open until the process ends.
        self.loop.set_exception_handler(lambda loop, context: None)
        self.rows: list[Row] = []
        self.report: dict[str, Any] = {"left out": {}, "failed": {}, "costs": {}, "rates": {}}

    def choose(self) -> None:
        """Keep the rows that are installed, and check what they answer."""
        for row in rows(self.framework):
            if self.names and row.name not in self.names:
                continue
            try:
                row.make(f"{self.address}/each-1/v1")
            except ImportError as error:
                self.report["left out"][row.name] = f"not installed: {error.name}"
                continue
            if failed := failures(row.make, self.address, self.loop):
                self.report["failed"][row.name] = failed
            self.rows.append(row)

    def subjects(self, reply: str, kind: str) -> Iterator[tuple[Row, Subject]]:
        """Yield the subjects that have passed the check for this kind of reply."""
        for row in self.rows:
            if kind not in self.report["failed"].get(row.name, ()):
                yield row, row.make(f"{self.address}/{reply}/v1")

    def measure(self, measure: Measure) -> None:
        """Run a measure, and keep medians and minima."""
        if not self._is_chosen(measure.name):
            return
        kind = "whole" if measure.unit == "call" else measure.reply.partition("-")[0]
        operations: dict[str, Operation] = {}
        patience = {}
        for row, subject in self.subjects(measure.reply, kind):
            operation = measure.build(subject, self.loop)
            if operation is None:
                continue
            operations[row.name] = operation
            if row.kind != ENGINE and row.name not in OURS:
                patience[row.name] = 2.0
        costs = run(operations, self.rounds, patience)
        self.report["costs"][measure.name] = {
            name: {
                "cpu": cost.median.cpu,
                "wall": cost.median.wall,
                "least cpu": cost.least.cpu,
                "least wall": cost.least.wall,
                "rounds": len(cost.rounds),
            }
            for name, cost in costs.items()
            if not cost.error
        }
        for name, cost in costs.items():
            if cost.error:
                self.report["failed"].setdefault(name, {})[measure.name] = cost.error
        _show(measure.name, self.report["costs"][measure.name])

    def measure_in_flight(self, at_once: int) -> None:
        """Measure answers per second of calls in one event loop."""
        title = f"{at_once} in flight"
        if not self._is_chosen(title):
            return
        rates: dict[str, list[concurrency.Rate]] = {}
        subjects = [pair for pair in self.subjects("delay", "whole") if pair[1].aio]
        for row, subject in subjects:
            if row.name in OURS:
                concurrency.warm_up(subject, at_once, self.loop)
        for _ in range(min(self.rounds, 3)):
            for row, subject in subjects:
                known = rates.setdefault(row.name, [])
                if not (known and known[-1].unfinished):
                    known.append(concurrency.in_flight(subject, at_once, self.loop))
        self.report["rates"][title] = {
            name: asdict(sorted(of_it, key=lambda rate: rate.rate)[len(of_it) // 2])
            for name, of_it in rates.items()
        }
        _show(title, self.report["rates"][title])

    def measure_imports(self) -> None:
        """Measure imports in fresh processes."""
        if not self._is_chosen("imports"):
            return
        found = {"bare": fresh.imports(fresh.BARE[self.framework], 3)}
        for row in self.rows:
            if row.kind != ENGINE and row.name != "FLOOR":
                found[row.name] = fresh.imports(row.module, 3)
        self.report["imports"] = found
        _show("imports", found)

    def _is_chosen(self, name: str) -> bool:
        return not self.only or any(part in name for part in self.only)


def _show(title: str, figures: dict[str, Any]) -> None:
    print(f"\n{title}")
    for name, values in figures.items():
        cells = "".join(f"  {key} {value:10.2f}" for key, value in values.items())
        print(f"  {name:20}{cells}", flush=True)


def main() -> None:
    """Measure, and write the JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("framework", choices=list(fresh.BARE))
    parser.add_argument("file", type=Path)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--names", nargs="*", default=[])
    arguments = parser.parse_args()
    with server() as address:
        measured = Run(
            arguments.framework, address, arguments.rounds, arguments.only, arguments.names
        )
        measured.report["ceiling"] = ceiling(measured.address)
        measured.choose()
        for measure in MEASURES:
            measured.measure(measure)
        for at_once in (100, 1000):
            measured.measure_in_flight(at_once)
        measured.measure_imports()
        measured.report["python"] = sys.version.split()[0]
        arguments.file.write_text(json.dumps(measured.report, indent=1))


if __name__ == "__main__":
    main()

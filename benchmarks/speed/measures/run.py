"""One run over all subjects of a framework: who takes part, what is measured, what came out."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from math import isnan
from typing import Any

from speed.adapters.check import check
from speed.adapters.rows import ENGINE, SLOW, Row, rows
from speed.adapters.subject import Subject
from speed.measures import calls, events, fresh, streams
from speed.measures.concurrency import Rate, in_flight, in_threads, median_of, warm_up
from speed.measures.rounds import Costs, Measure, Operation, run

MEASURES = (
    calls.CALL,
    calls.ACALL,
    calls.FIRST,
    calls.AFIRST,
    streams.STREAM,
    streams.ASTREAM,
    streams.STREAM_EACH,
    streams.ASTREAM_EACH,
    streams.PACED,
    streams.APACED,
    streams.LONG_STREAM,
    streams.LONG_ASTREAM,
    streams.LONG_STREAM_EACH,
    streams.LONG_ASTREAM_EACH,
    streams.TOOLS,
    streams.ATOOLS,
    streams.REASONING,
    streams.AREASONING,
    events.V2,
    events.V3,
    calls.HISTORY_CALL,
    calls.IMAGE_CALL,
)

_PEER_PATIENCE = 1.0  # seconds for the rounds of a peer in one measure
_LONGEST = 3.0  # seconds that one round of a peer may be expected to take
_RATE_ROUNDS = 3
_STALLING = 500.0  # answers/s at 100 in flight; who gives less does not end with 1,000


@dataclass
class Options:
    """What to measure.

    Attributes:
        rounds: How often.
        only: Parts of names of measures; empty for all.
        names: Names of rows; empty for all.
        is_quick: Leave out what takes long.
    """

    rounds: int = 9
    only: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    is_quick: bool = False


class Run:
    """Measures, and keeps the figures in `report`."""

    def __init__(self, framework: str, address: str, options: Options) -> None:
        self.framework = framework
        self.address = address
        self.options = options
        self.loop = asyncio.new_event_loop()
        # Peers and engines leave sessions open until the process ends.
        self.loop.set_exception_handler(lambda loop, context: None)
        self.rows: list[Row] = []
        self.report: dict[str, Any] = {
            "left out": {},
            "failed": {},
            "without usage": {},
            "units": {},
            "costs": {},
            "rates": {},
        }

    def choose(self) -> None:
        """Keep the rows that are installed, and check what they answer."""
        for row in rows(self.framework):
            if self.options.names and row.name not in self.options.names:
                continue
            if self.options.is_quick and row.name in SLOW:
                self.report["left out"][row.name] = "not in a quick run"
                continue
            try:
                row.make(f"{self.address}/each-1/v1")
            except ImportError as error:
                self.report["left out"][row.name] = f"no module {error.name}"
                continue
            verdict = check(row.make, self.address, self.loop)
            if verdict.failed:
                self.report["failed"][row.name] = verdict.failed
            if verdict.without_usage:
                self.report["without usage"][row.name] = verdict.without_usage
            self.rows.append(row)

    def measure_all(self) -> None:
        """Take all chosen measures."""
        for measure in MEASURES:
            self.measure(measure)
        self.report["encoding"] = calls.encoding()
        for at_once in (100, 1000):
            self.measure_in_flight(at_once)
        for threads in (20, 100):
            self.measure_threads(threads)
        self.measure_fresh("objects", fresh.objects)
        self.measure_fresh("200 streams", fresh.crowd)
        self.measure_imports()

    def measure(self, measure: Measure) -> None:
        """Run a measure, and keep medians and minima."""
        if not self._is_chosen(measure.name):
            return
        kind = "whole" if measure.unit == "call" else measure.reply.partition("-")[0]
        operations: dict[str, Operation] = {}
        patience = {}
        subjects = list(self._subjects(measure.reply, kind))
        for row, subject in subjects:
            operation = measure.build(subject, self.loop)
            if operation is None or self._takes_too_long(row, measure):
                continue
            operations[row.name] = operation
            if row.is_peer:
                patience[row.name] = _PEER_PATIENCE
        costs = run(operations, self.options.rounds, patience)
        self._close(subjects)
        if not costs:
            return  # events, which only LangChain has
        for name, cost in costs.items():
            if cost.error:
                self._note_failure(name, measure.name, cost.error)
        figures = {name: _figures(cost) for name, cost in costs.items() if cost.rounds}
        self.report["costs"][measure.name] = figures
        self.report["units"][measure.name] = measure.unit
        _show(f"{measure.name}: microseconds for each {measure.unit}", figures)

    def measure_in_flight(self, at_once: int) -> None:
        """Measure answers per second of calls in one event loop."""

        def measure(row: Row, subject: Subject) -> Rate:
            return in_flight(subject, at_once, self.loop, is_peer=row.is_peer)

        self._measure_rates(f"{at_once} in flight", at_once, measure, is_async=True)

    def measure_threads(self, threads: int) -> None:
        """Measure answers per second of calls in threads."""

        def measure(row: Row, subject: Subject) -> Rate:
            return in_threads(subject, threads)

        self._measure_rates(f"batch in {threads} threads", threads, measure, is_async=False)

    def measure_fresh(self, title: str, take: Callable[[str, str, str], dict[str, float]]) -> None:
        """Measure in fresh processes, one for each row."""
        if not self._is_chosen(title):
            return
        found: dict[str, dict[str, float]] = {}
        kind = "whole" if title == "objects" else "each"
        for row, subject in self._subjects("each-1", kind):
            if not subject.aio or (title == "objects" and row.kind == ENGINE):
                continue
            try:
                found[row.name] = take(self.framework, row.name, self.address)
            except subprocess.SubprocessError as error:
                self._note_failure(row.name, title, type(error).__name__)
        self.report[title] = found
        _show(title, found)

    def measure_imports(self) -> None:
        """Measure imports in fresh processes."""
        if not self._is_chosen("imports"):
            return
        modules = {"bare framework": fresh.BARE[self.framework]} | {
            row.name: row.module for row in self.rows if row.kind != ENGINE and row.name != "FLOOR"
        }
        times = 1 if self.options.is_quick else 5
        found = fresh.imports(list(modules.values()), times)
        self.report["imports"] = {name: found[module] for name, module in modules.items()}
        _show("imports", self.report["imports"])

    def _measure_rates(
        self, title: str, at_once: int, take: Callable[[Row, Subject], Rate], *, is_async: bool
    ) -> None:
        if not self._is_chosen(title):
            return
        subjects = [
            (row, subject)
            for row, subject in self._subjects("delay", "whole")
            if (subject.aio if is_async else subject.sync) and not self._stalls(row, title, at_once)
        ]
        for row, subject in subjects:
            if not row.is_peer and row.kind != ENGINE:
                warm_up(subject, at_once, self.loop)
        rates: dict[str, list[Rate]] = {}
        for number in range(min(self.options.rounds, _RATE_ROUNDS)):
            for row, subject in subjects:
                known = rates.setdefault(row.name, [])
                if not (known and known[-1].unfinished) and not (number and row.is_peer):
                    known.append(take(row, subject))
        self._close(subjects)
        figures = {name: asdict(median_of(of_it)) for name, of_it in rates.items()}
        self.report["rates"][title] = figures
        _show(f"{title}: answers/s, microseconds of CPU for each", figures)

    def _stalls(self, row: Row, title: str, at_once: int) -> bool:
        known = self.report["rates"].get("100 in flight", {}).get(row.name)
        if at_once < 1000 or not known or known["rate"] >= _STALLING:
            return False
        self._note_failure(row.name, title, "stalls at 100 in flight")
        return True

    def _subjects(self, reply: str, kind: str) -> Iterator[tuple[Row, Subject]]:
        """Yield the subjects that have passed the check for this kind of reply."""
        for row in self.rows:
            if kind not in self.report["failed"].get(row.name, ()):
                yield row, row.make(f"{self.address}/{reply}/v1")

    def _close(self, subjects: list[tuple[Row, Subject]]) -> None:
        for _, subject in subjects:
            self.loop.run_until_complete(subject.aclose())

    def _takes_too_long(self, row: Row, measure: Measure) -> bool:
        if measure.expected is None or not row.is_peer:
            return False
        if self.options.is_quick:
            return True
        name, units = measure.expected
        known = self.report["costs"].get(name, {}).get(row.name)
        if not known or known["wall"] * units / 1e6 <= _LONGEST:
            return False
        self._note_failure(row.name, measure.name, "takes too long")
        return True

    def _note_failure(self, name: str, measure: str, reason: str) -> None:
        self.report["failed"].setdefault(name, {})[measure] = reason

    def _is_chosen(self, name: str) -> bool:
        return not self.options.only or any(part in name for part in self.options.only)


def _figures(cost: Costs) -> dict[str, float]:
    figures = {
        "cpu": cost.median.cpu,
        "wall": cost.median.wall,
        "least cpu": cost.least.cpu,
        "least wall": cost.least.wall,
        "rounds": len(cost.rounds),
    }
    # JSON has no NaN, which stands for CPU time that was not measured.
    return {name: figure for name, figure in figures.items() if not isnan(figure)}


def _show(title: str, figures: dict[str, Any]) -> None:
    print(f"\n{title}")
    for name, values in figures.items():
        cells = "".join(f"  {key} {value:10.2f}" for key, value in values.items())
        print(f"  {name:20}{cells}", flush=True)

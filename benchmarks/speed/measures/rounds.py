"""Run the subjects of a measure in turn, round by round, and keep what each round cost."""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from speed.adapters.subject import Subject


class Spent(NamedTuple):
    """Microseconds that one unit took: a call, a chunk, an event.

    Attributes:
        cpu: Of all threads of this process; NaN where only waiting is measured.
        wall: On the clock.
    """

    cpu: float
    wall: float


Operation = Callable[[], Spent]
"""Does the measured thing once."""


class Measure(NamedTuple):
    """A column of the tables.

    Attributes:
        name: Its title.
        reply: First part of the path: which reply the server gives.
        build: Makes the operation of a subject; None if the subject cannot do it.
        unit: What the figures are for.
        expected: Name of another measure with the same unit cost, and units of this one. A peer
            that would take too long by it is left out.
    """

    name: str
    reply: str
    build: Callable[[Subject, asyncio.AbstractEventLoop], Operation | None]
    unit: str = "call"
    expected: tuple[str, int] | None = None


@dataclass
class Costs:
    """What one subject cost in one measure: the rounds, or the error that ended them."""

    rounds: list[Spent] = field(default_factory=list)
    error: str = ""

    @property
    def median(self) -> Spent:
        """The median of the rounds, CPU and wall each by itself."""
        return self._of(statistics.median)

    @property
    def least(self) -> Spent:
        """The least of the rounds."""
        return self._of(min)

    def _of(self, pick: Callable[[Sequence[float]], float]) -> Spent:
        return Spent(*(pick(column) for column in zip(*self.rounds, strict=True)))


def timed(units: int, work: Callable[[], object]) -> Spent:
    """Do the work of so many units."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    cpu_end, wall_end = time.process_time(), time.perf_counter()
    return Spent((cpu_end - cpu) / units * 1e6, (wall_end - wall) / units * 1e6)


def run(
    operations: Mapping[str, Operation], rounds: int, patience: Mapping[str, float]
) -> dict[str, Costs]:
    """Run the operations in turn, and return the costs by name.

    The first round warms up and is not kept, except for those that are slow. Each second round runs
    backwards, so that nobody always follows the same other.

    Args:
        operations: By subject.
        rounds: How often.
        patience: Seconds after which a subject is not run again, for those that are slow.
    """
    costs = {name: Costs() for name in operations}
    warm_ups: dict[str, Spent] = {}
    seconds = dict.fromkeys(operations, 0.0)
    for number in range(rounds + 1):
        names = list(operations)
        for name in names if number % 2 else reversed(names):
            is_slow = seconds[name] > patience.get(name, inf)
            if costs[name].error or (is_slow and number > 1):
                continue
            if is_slow:
                costs[name].rounds.append(warm_ups[name])
                continue
            gc.collect()
            start = time.perf_counter()
            try:
                spent = operations[name]()
            except Exception as error:  # each peer has its own; the row says so
                costs[name].error = f"{type(error).__name__}: {error}".splitlines()[0][:200]
                continue
            seconds[name] += time.perf_counter() - start
            if number:
                costs[name].rounds.append(spent)
            else:
                warm_ups[name] = spent
    return costs

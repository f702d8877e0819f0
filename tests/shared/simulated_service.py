"""A service with a limit, and callers of it, in virtual time."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from math import inf
from typing import Any

from weryai_core import RateLimitError, RetryPolicy
from weryai_core.throttle.line import Line, Refused, Ticket
from weryai_core.throttle.window import Window


@dataclass
class Outcome:
    """What came of the calls."""

    answered: int = 0
    requests: int = 0
    seconds: float = 0.0


class _Caller(Ticket):
    __slots__ = ("attempts", "line")

    def __init__(self, line: Line) -> None:
        super().__init__()
        self.line = line
        self.attempts = 0


class Simulation:
    """Calls that all begin at once, shared by some processes, each with a line of its own.

    Args:
        calls: How many.
        limit: How many the service answers at once.
        service_time: Seconds that an answer takes, about.
        retry_after: Seconds that its refusals ask to wait.
        processes: How many share the calls.
        changes: The limit from a time on.
    """

    def __init__(
        self,
        *,
        calls: int = 500,
        limit: int = 20,
        service_time: float = 0.25,
        retry_after: float | None = None,
        processes: int = 1,
        changes: dict[float, int] | None = None,
    ) -> None:
        self.outcome = Outcome()
        self._random = random.Random(1)
        self._policy = RetryPolicy(jitter=self._random.uniform)
        self._limit, self._service_time, self._retry_after = limit, service_time, retry_after
        self._open = 0
        self._now = 0.0
        self._numbers = count()
        self._events: list[tuple[float, int, Callable[[Any], None], Any]] = []
        self._looks: dict[Line, float] = {}
        self.lines = [Line(Window(self._random.uniform)) for _ in range(processes)]
        for number in range(calls):
            self._after(0.0, self._join, _Caller(self.lines[number % processes]))
        for time, changed in (changes or {}).items():
            self._after(time, self._change_limit, changed)

    def run(self) -> Outcome:
        """Let the time pass until nothing happens any more."""
        while self._events:
            self._now, _, act, subject = heapq.heappop(self._events)
            act(subject)
        return self.outcome

    def _after(self, seconds: float, act: Callable[[Any], None], subject: Any) -> None:
        heapq.heappush(self._events, (self._now + seconds, next(self._numbers), act, subject))

    def _change_limit(self, limit: int) -> None:
        self._limit = limit

    def _join(self, caller: _Caller) -> None:
        caller.line.join(caller, self._now)
        self._admit(caller.line)

    def _admit(self, line: Line) -> None:
        for caller in line.admit(self._now):
            self.outcome.requests += 1
            self._after(self._transit(), self._arrive, caller)
        change = line.next_change()
        if change < inf and self._looks.get(line) != change:
            self._looks[line] = change
            self._after(max(0.0, change - self._now), self._admit, line)

    def _transit(self) -> float:
        return self._random.uniform(0.001, 0.005)

    def _arrive(self, caller: _Caller) -> None:
        if self._open >= self._limit:
            self._after(self._transit(), self._refuse, caller)
            return
        self._open += 1
        self._after(self._service_time * self._random.uniform(0.9, 1.1), self._serve, caller)

    def _serve(self, caller: _Caller) -> None:
        self._open -= 1
        self._after(self._transit(), self._answer, caller)

    def _answer(self, caller: _Caller) -> None:
        caller.line.leave(caller, self._now, is_success=True)
        self.outcome.answered += 1
        self.outcome.seconds = self._now
        self._admit(caller.line)

    def _refuse(self, caller: _Caller) -> None:
        refused = Refused(self._retry_after, self._policy.backoff)
        caller.line.leave(caller, self._now, refused=refused)
        caller.attempts += 1
        error = RateLimitError("refused", retry_after=self._retry_after)
        delay = self._policy.delay(caller.attempts, error)
        if delay is not None:
            self._after(delay, self._join, caller)
        self._admit(caller.line)

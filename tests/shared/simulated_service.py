"""A service with a limit, and callers of it, in virtual time."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
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
    failed: int = 0
    requests: int = 0
    seconds: float = 0.0
    answer_times: list[float] = field(default_factory=list)


class _Caller(Ticket):
    __slots__ = ("attempts", "began_at", "early", "line")

    def __init__(self, line: Line, max_concurrency: int | None) -> None:
        super().__init__(max_concurrency)
        self.line = line
        self.attempts = self.early = 0
        self.began_at = inf


class Simulation:
    """Calls of some processes, each with a line of its own. Those of a process begin at once.

    Args:
        calls: How many; for processes with different numbers, a list of them.
        limit: How many the service answers at once.
        rate: How many it answers in a second, in place of `limit`.
        service_time: Seconds that an answer takes.
        spread: By which share of that an answer takes more or less.
        retry_after: Seconds that its refusals ask to wait.
        max_retries: Of all callers.
        processes: How many share the calls.
        stagger: Seconds after which the next process begins.
        changes: The limit from a time on.
        later: More calls of the first process that begin at a time.
        refuses: Whether a request is refused whatever else, by its number and the time.
        repeat_until: The time until which each caller calls again once it is done.
        max_concurrency: Of all callers.
        seed: Of all that is drawn.
    """

    def __init__(
        self,
        *,
        calls: int | list[int] = 500,
        limit: int = 20,
        rate: int | None = None,
        service_time: float = 0.25,
        spread: float = 0.1,
        retry_after: float | None = None,
        max_retries: int = 2,
        processes: int = 1,
        stagger: float = 0.0,
        changes: dict[float, int] | None = None,
        later: dict[float, int] | None = None,
        refuses: Callable[[int, float], bool] = lambda number, now: False,
        repeat_until: float = 0.0,
        max_concurrency: int | None = None,
        seed: int = 1,
    ) -> None:
        self.outcome = Outcome()
        self._random = random.Random(seed)
        self._policy = RetryPolicy(max_retries, jitter=self._random.uniform)
        self._limit, self._retry_after = limit, retry_after
        self._service_time, self._spread = service_time, spread
        self._rate, self._tokens, self._counted_at = rate, float(rate or 0), 0.0
        self._refuses, self._arrived = refuses, 0
        self._repeat_until = repeat_until
        self._max_concurrency = max_concurrency
        self._open = 0
        self._now = 0.0
        self._numbers = count()
        self._events: list[tuple[float, int, Callable[[Any], None], Any]] = []
        self._looks: dict[Line, float] = {}
        shares = [calls // processes] * processes if isinstance(calls, int) else calls
        self.lines = [Line(Window(self._random.uniform)) for _ in shares]
        for number, (line, share) in enumerate(zip(self.lines, shares, strict=True)):
            for _ in range(share):
                self._begin(stagger * number, line)
        for time, more in (later or {}).items():
            for _ in range(more):
                self._begin(time, self.lines[0])
        for time, changed in (changes or {}).items():
            self._after(time, self._change_limit, changed)

    def run(self) -> Outcome:
        """Let the time pass until nothing happens any more."""
        while self._events:
            self._now, _, act, subject = heapq.heappop(self._events)
            act(subject)
        return self.outcome

    def _begin(self, seconds: float, line: Line) -> None:
        self._after(seconds, self._join, _Caller(line, self._max_concurrency))

    def _after(self, seconds: float, act: Callable[[Any], None], subject: Any) -> None:
        heapq.heappush(self._events, (self._now + seconds, next(self._numbers), act, subject))

    def _change_limit(self, limit: int) -> None:
        self._limit = limit

    def _join(self, caller: _Caller) -> None:
        caller.began_at = min(caller.began_at, self._now)
        caller.line.join(caller, self._now)
        self._admit(caller.line)

    def _admit(self, line: Line) -> None:
        for caller in line.admit(self._now):
            self.outcome.requests += 1
            self._after(self._transit(), self._arrive, caller)
        change = line.next_change()
        if change < inf and self._looks.get(line) != change:
            self._looks[line] = change
            when = max(change, self._now)
            heapq.heappush(self._events, (when, next(self._numbers), self._admit, line))

    def _transit(self) -> float:
        return self._random.uniform(0.001, 0.005)

    def _arrive(self, caller: _Caller) -> None:
        self._arrived += 1
        if self._refuses(self._arrived, self._now) or not self._takes_one():
            self._after(self._transit(), self._refuse, caller)
            return
        self._open += 1
        factor = self._random.uniform(1 - self._spread, 1 + self._spread)
        self._after(self._service_time * factor, self._serve, caller)

    def _takes_one(self) -> bool:
        if self._rate is None:
            return self._open < self._limit
        filled = self._tokens + (self._now - self._counted_at) * self._rate
        self._tokens, self._counted_at = min(self._rate, filled), self._now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _serve(self, caller: _Caller) -> None:
        self._open -= 1
        self._after(self._transit(), self._answer, caller)

    def _answer(self, caller: _Caller) -> None:
        caller.line.leave(caller, self._now, is_success=True)
        self.outcome.answered += 1
        self.outcome.answer_times.append(self._now)
        self._end(caller)

    def _end(self, caller: _Caller) -> None:
        self.outcome.seconds = self._now
        if self._now < self._repeat_until:
            self._begin(0.0, caller.line)
        self._admit(caller.line)

    def _refuse(self, caller: _Caller) -> None:
        policy = self._policy
        caller.attempts += 1
        caller.early = caller.line.count_early(
            caller.began_at, self._now, early=caller.early, is_patient=policy.max_retries > 0
        )
        refused = Refused(self._retry_after, policy.backoff)
        caller.line.leave(caller, self._now, refused=refused)
        for waiting in caller.line.pop_given_up():
            assert isinstance(waiting, _Caller)
            self.outcome.failed += 1
            self._end(waiting)
        error = RateLimitError("refused", retry_after=self._retry_after)
        delay = policy.delay(caller.attempts, error, early=caller.early)
        if delay is not None:
            self._after(delay, self._join, caller)
            self._admit(caller.line)
        else:
            self.outcome.failed += 1
            self._end(caller)

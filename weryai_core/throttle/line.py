"""The line of those who wait for a place: first come, first served, as far as the window reaches.

Those whose own `max_concurrency` is reached are passed by the others, but not for ever: one that
was passed often holds the line until enough places are free for it. It stops holding if no place
comes free for some seconds, since an open stream may be waiting for one of those behind it.

A `Line` knows no threads and no clock. What changes it returns nothing; `admit` then returns those
who may start.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from math import inf
from typing import NamedTuple

from weryai_core.throttle.outage import Outage
from weryai_core.throttle.window import Window

MOST_EARLY = 20
"""Refusals of a call that are no attempts; a service may refuse this call and answer all others."""

MOST_PASSED = 100
"""How often one whose own `max_concurrency` is reached is passed before it holds the line."""

HOLD = 5.0
"""Seconds without a place that comes free, after which one no longer holds the line."""


class Refused(NamedTuple):
    """The service refused a request because there were too many.

    Attributes:
        wait: Seconds that it asks to wait; None if it does not say.
        backoff: How long to wait if everything is refused, by the number of bursts so far.
    """

    wait: float | None
    backoff: Callable[[int], float]


class Ticket:
    """A request that waits for a place, has one, or has left.

    Args:
        max_concurrency: How many may be in flight for this one to start; None: as many as the
            window allows.

    Attributes:
        max_concurrency: The argument.
        since: When it joined the line, or got its place.
        number: Its number in the line.
        passed: How often others were admitted before it, though it came first.
        is_waiting: Whether it is in the line.
        has_place: Whether it has a place.
        is_given_up: Whether it left the line since everything was refused for too long.
    """

    __slots__ = (
        "has_place",
        "is_given_up",
        "is_waiting",
        "max_concurrency",
        "number",
        "passed",
        "since",
    )

    def __init__(self, max_concurrency: int | None = None) -> None:
        self.max_concurrency: int | None = max_concurrency
        self.since: float = inf
        self.number: int = 0
        self.passed: int = 0
        self.is_waiting: bool = False
        self.has_place: bool = False
        self.is_given_up: bool = False


class Line:
    """Those who wait, and the number of those in flight.

    Args:
        window: How many may be in flight.

    Attributes:
        window: The argument.
        in_flight: How many are in flight.
        left_at: When a place last came free.
        answered_at: When a request last got an answer other than a refusal.
    """

    def __init__(self, window: Window) -> None:
        self.window: Window = window
        self.in_flight: int = 0
        self.left_at: float = -inf
        self.answered_at: float = -inf
        self._outage = Outage()
        self._given_up: list[Ticket] = []
        self._waiting: OrderedDict[Ticket, None] = OrderedDict()
        self._joined = 0
        # By `max_concurrency`: those who wait, and when one was last admitted.
        self._queues: dict[int | None, OrderedDict[Ticket, None]] = {}
        self._moved_at: dict[int, float] = {}

    def join(self, ticket: Ticket, now: float) -> None:
        """Stand at the end of the line."""
        self._joined += 1
        ticket.is_waiting, ticket.since, ticket.number = True, now, self._joined
        self._waiting[ticket] = None
        queue = self._queues.get(ticket.max_concurrency)
        if queue is None:
            queue = self._queues[ticket.max_concurrency] = OrderedDict()
        queue[ticket] = None

    def leave(
        self,
        ticket: Ticket,
        now: float,
        *,
        is_success: bool = False,
        is_answered: bool = False,
        refused: Refused | None = None,
    ) -> None:
        """Leave the line, or give the place back; a second time changes nothing.

        Args:
            ticket: Who leaves.
            now: The time.
            is_success: Whether the service accepted the request.
            is_answered: Whether it answered, be it with an error; a refusal does not count.
            refused: The refusal, if it got one.
        """
        if ticket.is_waiting:
            self._remove(ticket)
        if not ticket.has_place:
            return
        ticket.has_place = False
        self._outage.note_end(
            id(ticket), now, is_answered=is_success or is_answered, is_refused=refused is not None
        )
        if refused is not None:
            if self._outage.is_long(now):
                self._give_up()
            self.window.note_refusal(
                now,
                sent=ticket.since,
                in_flight=self.in_flight,
                wait=refused.wait,
                backoff=refused.backoff,
            )
        elif is_success or is_answered:
            self.answered_at = now
            if is_success:
                is_full = self._is_full(self.first())
                self.window.note_success(now, sent=ticket.since, is_full=is_full)
        self.in_flight -= 1
        self.left_at = now

    def admit(self, now: float) -> list[Ticket]:
        """Give places to those who may start now."""
        first = self.first()
        if first is None:
            return []
        if len(self._waiting) == 1 and self._has_room(first, now):
            self._start(first, now)  # nearly always
            return [first]
        admitted: list[Ticket] = []
        self._let_pass(now)
        while (ticket := self._next()) is not None:
            if self._is_full(ticket):
                self.window.grow(now)
            if not self._has_room(ticket, now):
                break
            self._start(ticket, now)
            for head in self._heads():
                if head.number < ticket.number:
                    head.passed += 1
            admitted.append(ticket)
        return admitted

    def moved_at(self, max_concurrency: int) -> float:
        """When one with this limit, which might wait now, could last have been admitted."""
        return max(self._moved_at.get(max_concurrency, -inf), self.window.opens_at)

    def is_held(self, ticket: Ticket) -> bool:
        """Whether as many are in flight as the ticket's own limit allows."""
        if ticket.max_concurrency is None or self._is_full(ticket):
            return False
        return self.in_flight >= self.window.limit(ticket.max_concurrency)

    def count_early(
        self, since: float, now: float, *, early: int = 0, is_patient: bool = True
    ) -> int:
        """How many refusals of a call are no attempts, now that it is refused again.

        A refusal came too early if other calls were answered meanwhile. If none was, other
        processes may have all places. Then it is likely while more calls wait or are in flight: a
        single call may as well have used up its quota. If everything is refused for
        `outage.PATIENCE` seconds, all refusals are attempts.

        Args:
            since: When the call began.
            now: The time.
            early: How often it has come too early before.
            is_patient: Whether the call waits though nothing was answered.
        """
        if self._outage.is_long(now):
            return 0
        is_alone = self.in_flight <= 1 and not self._waiting
        if self.answered_at <= since and (is_alone or not is_patient):
            return early
        return min(early + 1, MOST_EARLY)

    def pop_given_up(self) -> list[Ticket]:
        """Those who left the line since everything was refused for too long."""
        if not self._given_up:
            return []
        given_up, self._given_up = self._given_up, []
        return given_up

    def forget(self, now: float) -> None:
        """Forget what refusals have taught; those in flight and in the line stay there."""
        self.window, self.answered_at = Window(), -inf
        self._outage.forget()

    def first(self) -> Ticket | None:
        """Who is first in the line; None if it is empty."""
        return next(iter(self._waiting)) if self._waiting else None

    def last(self) -> Ticket | None:
        """Who is last in the line; None if it is empty."""
        return next(reversed(self._waiting)) if self._waiting else None

    def next_change(self) -> float:
        """When somebody may be admitted though nobody leaves; infinite for never."""
        ticket = self._next()
        if ticket is None:
            is_held = any(head.passed >= MOST_PASSED for head in self._heads())
            return self.left_at + HOLD if is_held else inf
        if self._is_full(ticket):
            return self.window.next_raise()
        return self.window.opens_at

    def _has_room(self, ticket: Ticket, now: float) -> bool:
        """Whether one more request may be in flight now."""
        window = self.window
        return self.in_flight < window.limit(ticket.max_concurrency) and now >= window.opens_at

    def _start(self, ticket: Ticket, now: float) -> None:
        """Give a place to one that waits."""
        self._remove(ticket)
        ticket.has_place, ticket.since = True, now
        self._outage.note_start(id(ticket), now)
        self.in_flight += 1
        if ticket.max_concurrency is not None:
            self._moved_at[ticket.max_concurrency] = now
        self.window.note_start(now)

    def _give_up(self) -> None:
        """Have all leave the line but the first, which will try again."""
        for ticket in list(self._waiting)[1:]:
            self._remove(ticket)
            ticket.is_given_up = True
            self._given_up.append(ticket)

    def _next(self) -> Ticket | None:
        """Who is to be admitted next; None if only those wait whose own limit is reached."""
        for ticket in self._heads():
            if not self.is_held(ticket):
                return ticket
            if ticket.passed >= MOST_PASSED:
                return None  # it holds the line
        return None

    def _let_pass(self, now: float) -> None:
        """Have those who hold the line in vain be passed again."""
        if now >= self.left_at + HOLD:
            for ticket in self._heads():
                if ticket.passed >= MOST_PASSED:
                    ticket.passed = 0

    def _heads(self) -> list[Ticket]:
        """The first of each limit; there are few limits."""
        heads = [next(iter(queue)) for queue in self._queues.values()]
        return sorted(heads, key=_number_of) if len(heads) > 1 else heads

    def _remove(self, ticket: Ticket) -> None:
        ticket.is_waiting = False
        del self._waiting[ticket]
        queue = self._queues[ticket.max_concurrency]
        del queue[ticket]
        if not queue:
            del self._queues[ticket.max_concurrency]

    def _is_full(self, ticket: Ticket | None) -> bool:
        """Whether this one waits because of the window."""
        if ticket is None or self.in_flight < self.window.size:
            return False
        limit = self.window.limit(ticket.max_concurrency)
        return self.in_flight >= limit and limit == self.window.size


def _number_of(ticket: Ticket) -> int:
    return ticket.number

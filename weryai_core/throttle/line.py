"""The line of those who wait for a place: first come, first served, as far as the window reaches.

A `Line` knows no threads and no clock. What changes it returns nothing; `admit` then returns those
who may start.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from math import inf
from typing import NamedTuple

from weryai_core.throttle.window import Window

PATIENCE = 60.0
"""Seconds for which calls are refused, all of them, until the refusals count as attempts."""

MOST_EARLY = 20
"""Refusals of a call that are no attempts; a service may refuse this call and answer all others."""


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
        is_waiting: Whether it is in the line.
        has_place: Whether it has a place.
    """

    __slots__ = ("has_place", "is_waiting", "max_concurrency", "since")

    def __init__(self, max_concurrency: int | None = None) -> None:
        self.max_concurrency: int | None = max_concurrency
        self.since: float = inf
        self.is_waiting: bool = False
        self.has_place: bool = False


class Line:
    """Those who wait, and the number of those in flight.

    Args:
        window: How many may be in flight.

    Attributes:
        window: The argument.
        in_flight: How many are in flight.
        moved_at: When somebody was last admitted.
        answered_at: When a request last got its whole answer.
    """

    def __init__(self, window: Window) -> None:
        self.window: Window = window
        self.in_flight: int = 0
        self.moved_at: float = -inf
        self.answered_at: float = -inf
        self._refused_since = inf  # the first refusal since then
        self._waiting: OrderedDict[Ticket, None] = OrderedDict()

    def join(self, ticket: Ticket, now: float) -> None:
        """Stand at the end of the line."""
        ticket.is_waiting, ticket.since = True, now
        self._waiting[ticket] = None

    def leave(
        self,
        ticket: Ticket,
        now: float,
        *,
        is_success: bool = False,
        refused: Refused | None = None,
    ) -> None:
        """Leave the line, or give the place back; a second time changes nothing.

        Args:
            ticket: Who leaves.
            now: The time.
            is_success: Whether the request got its whole answer.
            refused: The refusal, if it got one.
        """
        if ticket.is_waiting:
            ticket.is_waiting = False
            del self._waiting[ticket]
        if not ticket.has_place:
            return
        ticket.has_place = False
        if refused is not None:
            self._refused_since = min(self._refused_since, now)
            self.window.note_refusal(
                now,
                sent=ticket.since,
                in_flight=self.in_flight,
                wait=refused.wait,
                backoff=refused.backoff,
            )
        elif is_success:
            self.answered_at, self._refused_since = now, inf
            self.window.note_success(is_full=self._is_full(self.first()))
        self.in_flight -= 1

    def admit(self, now: float) -> list[Ticket]:
        """Give places to those who may start now."""
        admitted: list[Ticket] = []
        while (ticket := self.first()) is not None:
            if self._is_full(ticket):
                self.window.grow(now)
            limit = self.window.limit(ticket.max_concurrency)
            if self.in_flight >= limit or now < self.window.opens_at:
                break
            del self._waiting[ticket]
            ticket.is_waiting, ticket.has_place, ticket.since = False, True, now
            self.in_flight += 1
            self.moved_at = now
            self.window.note_start(now)
            admitted.append(ticket)
        return admitted

    def is_only_early(
        self, since: float, now: float, *, early: int = 0, is_patient: bool = True
    ) -> bool:
        """Whether a call that is refused came too early: it will have its turn, if it waits.

        That is so if other calls were answered meanwhile. If none was, other processes may have
        all places. Then it is likely while more calls wait or are in flight, for `PATIENCE`
        seconds: a single call may as well have used up its quota.

        Args:
            since: When the call began.
            now: The time.
            early: How often it has come too early before.
            is_patient: Whether the call waits though nothing was answered.
        """
        if early >= MOST_EARLY:
            return False
        if self.answered_at > since:
            return True
        if not is_patient or (self.in_flight <= 1 and not self._waiting):
            return False
        return now - self._refused_since <= PATIENCE

    def first(self) -> Ticket | None:
        """Who is first in the line; None if it is empty."""
        return next(iter(self._waiting), None)

    def last(self) -> Ticket | None:
        """Who is last in the line; None if it is empty."""
        return next(reversed(self._waiting), None)

    def next_change(self) -> float:
        """When somebody may be admitted though nobody leaves; infinite for never."""
        ticket = self.first()
        if ticket is None:
            return inf
        if self._is_full(ticket):
            return self.window.next_raise()
        if self.in_flight >= self.window.limit(ticket.max_concurrency):
            return inf
        return self.window.opens_at

    def _is_full(self, ticket: Ticket | None) -> bool:
        """Whether this one waits because of the window."""
        if ticket is None or self.in_flight < self.window.size:
            return False
        limit = self.window.limit(ticket.max_concurrency)
        return self.in_flight >= limit and limit == self.window.size

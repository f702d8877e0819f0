"""Learns from refusals how many requests the service takes at once, as TCP learns a window.

The window starts at the number of tasks that the service documents. Until the first refusal it
grows quickly: by one with each answer, and to the double whenever nothing was refused for a second.
A refusal lowers it to what was accepted. From then on it is raised by a few places every few
seconds. A refusal that such a raise does not explain lowers it by a share.

A `Window` knows no threads and no clock: the time comes in with each call.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from math import inf

START = 20
"""Requests in flight at first: the service documents 20 concurrent tasks."""

QUIET = 1.0
"""Seconds after which a request that was not refused counts as accepted."""

PROBE_INTERVAL = 2.0
"""Seconds from a refusal to the next raise; they double with each raise that is refused."""

LONGEST_INTERVAL = 60.0

_PAUSE_SHARE = 0.1  # of the time may be spent in waits that raises have caused
_SETTLING = 0.5  # seconds: the refusals of one burst arrive within them
_KEPT_SHARE = 0.7  # of the window, after a refusal that no raise explains; CUBIC's
_MARGIN = 0.1  # of the window: answers on their way count as in flight here, not in the service
_SPREAD = 1.1  # processes that were told to wait alike should not return together


class Window:
    """The number of requests that may be in flight, and the time until which none may start.

    Args:
        jitter: Draws a number between two; those that wait are spread with it.

    Attributes:
        size: How many may be in flight.
        opens_at: No request may start before this time.
    """

    def __init__(self, jitter: Callable[[float, float], float] = random.uniform) -> None:
        self._jitter = jitter
        self.size: int = START
        self.opens_at: float = -inf
        self._is_tested = False  # there has been a refusal
        self._accepted = 0  # a size that was in use for a while without a refusal
        self._step = 1
        self._interval = PROBE_INTERVAL
        self._changed_at = -inf
        self._last_start = -inf
        self._starts = 0  # since the last burst
        self._burst_ends_at = -inf  # refusals of requests sent before it are of one burst
        self._bursts = 0  # without a success between them
        self._left = START  # of those in flight when a burst began, the ones not refused
        self._has_overshot = False  # with this burst, the quick growth ends
        self._margin = 0.0
        self._stretch = 1.0  # of the waits that a burst asks for

    def limit(self, max_concurrency: int | None) -> int:
        """How many may be in flight for a caller who has set `max_concurrency`."""
        if max_concurrency is None:
            return self.size
        return min(self.size, max_concurrency) if self._is_tested else max_concurrency

    def note_start(self, now: float) -> None:
        """Note that a request starts."""
        self._last_start = now
        self._starts += 1

    def note_success(self, *, is_full: bool) -> None:
        """Note a whole answer; `is_full` says whether requests wait because of the window."""
        self._bursts = 0
        if is_full and not self._is_tested:
            self.size += 1

    def note_refusal(
        self,
        now: float,
        *,
        sent: float,
        in_flight: int,
        wait: float | None = None,
        backoff: Callable[[int], float] = lambda attempt: 0.0,
    ) -> None:
        """Note that the service refused a request because there were too many.

        Args:
            now: The time.
            sent: When the request was sent.
            in_flight: How many were in flight, with this one.
            wait: Seconds that the service asks to wait; None if it does not say.
            backoff: How long to wait if everything is refused, by the number of bursts so far.
        """
        if sent >= self._burst_ends_at:
            self._begin_burst(now, in_flight)
            if wait is None and self._bursts > 1:
                wait = backoff(self._bursts - 1)
            elif wait is not None and self._has_overshot:
                self._margin = _MARGIN
        self._left = max(1, self._left - 1)
        self.size = max(1, self._left - math.ceil(self._left * self._margin))
        self._accepted = min(self._accepted, self.size)
        if wait:
            self.opens_at = max(self.opens_at, now + wait * self._stretch)
            longest = min(wait / _PAUSE_SHARE, LONGEST_INTERVAL)
            self._interval = max(self._interval, longest)

    def _begin_burst(self, now: float, in_flight: int) -> None:
        self._left = min(self.size, in_flight)
        self._margin = 0.0
        self._has_overshot = not self._is_tested and self.size > START
        if not self._is_tested:
            self._is_tested, self._accepted = True, self.size
        elif self._starts < self.size // 2:
            # Hardly anything was accepted since the burst before.
            self._left = int(in_flight * _KEPT_SHARE) + 1
        if self.size > self._accepted:
            self._interval = min(2 * self._interval, LONGEST_INTERVAL)  # a raise was refused
        self._step = 1
        self._starts = 0
        self._stretch = self._jitter(1.0, _SPREAD)
        self._bursts += 1
        self._changed_at = now
        self._burst_ends_at = now + _SETTLING

    def grow(self, now: float) -> None:
        """Raise the window if it is time to; requests wait because of it."""
        if now < self.next_raise():
            return
        if not self._is_tested:
            self.size *= 2
            self._last_start = now
            return
        if self.size > self._accepted:  # the raise before was accepted
            self._accepted = self.size
            self._interval = PROBE_INTERVAL
            self._step = min(2 * self._step, self.size)
        self.size += self._step
        self._left = self.size
        self._changed_at = now

    def next_raise(self) -> float:
        """When the window may be raised, if requests wait because of it."""
        if not self._is_tested:
            return self._last_start + QUIET
        return max(self._changed_at + self._interval, self.opens_at)

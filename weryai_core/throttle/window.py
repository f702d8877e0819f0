"""Learns from refusals how many requests the service takes at once, as TCP learns a window.

The window starts at the number of tasks that the service documents. Until the first refusal it
grows quickly: by one with each answer, and to the double whenever nothing was refused for a second.
A refusal lowers it to a little less than was accepted, so that other processes with the same key
find a place. Some seconds later it is back at what was accepted, and then probes: it is raised by
one, and if that is accepted, quickly further. A refused raise is taken back, and the next one waits
longer, but not much longer than it takes to answer some calls. If everything is refused, the
window closes for a while that grows.

Some refusals say little about the size. If fewer requests were in flight than the window allows,
or if everything was refused for a while, the window shrinks, and then grows as quickly as at first,
up to what was accepted before. Single refusals among many answers do not shrink it.

A `Window` knows no threads and no clock: the time comes in with each call.
"""

from __future__ import annotations

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

_SLOW = 3.0  # times longer are the pauses while fewer were answered than the window has places
_PAUSE_SHARE = 0.1  # of the time may be spent in waits that raises have caused
_SETTLING = 0.5  # seconds: the refusals of one burst arrive within them
_KEPT_SHARE = 0.7  # of the window, after refusals with hardly an answer between; CUBIC's
_FREE_SHARE = 0.05  # of the window stays free after a refusal; rounded up or down by chance
_STRAY_SHARE = 1 / 8  # of the answers; as many refusals may be strays
_MOST_STRAYS = 2.0  # in a row
_MOST_MISSES = 4  # after so many, the waits grow no more: one request every some seconds is cheap
_SPREAD = 1.1  # spreads processes that got the same Retry-After


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
        self._is_restarting = False  # grows quickly, up to what was accepted
        self._refused_since = inf  # no request that was sent later was accepted
        self._before = START  # what was accepted before that time
        self._is_lone = False  # only a single request was refused, with no other in flight
        self._strays = 0.0  # refusals that would be strays among so many answers
        self._step = 1
        self._interval = PROBE_INTERVAL
        self._least_interval = PROBE_INTERVAL  # if a refusal makes everybody wait
        self._changed_at = -inf
        self._answers = 0  # since the last change
        self._last_start = -inf
        self._starts = 0  # since the last burst
        self._burst_ends_at = -inf  # refusals of requests sent before it are of one burst
        self._is_raise = False  # the burst was caused by a raise
        self._is_full = False  # the window was in full use when the burst began
        self._misses = 0  # times that everything was refused, without an answer between
        self._left = START  # of those in flight when a burst began, the ones not refused
        self._rounding = 0.0
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

    def note_success(self, now: float, *, sent: float, is_full: bool) -> None:
        """Note a whole answer.

        Args:
            now: The time.
            sent: When the request was sent.
            is_full: Whether requests wait because of the window.
        """
        self._misses = 0
        self._answers += 1
        self._strays = min(self._strays + _STRAY_SHARE, _MOST_STRAYS)
        if sent >= self._refused_since:
            self._refused_since = inf
            if self._is_lone:
                self._set_restarted(now, self._accepted)
        if is_full and not self._is_tested:
            self.size += 1
        elif is_full and self._is_restarting:
            self._set_restarted(now, self.size + 1)

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
            backoff: How long to wait if everything is refused, by how often that has happened.
        """
        if wait:
            self._close(now + wait * self._stretch)
        elif self._is_stray(sent):
            return
        if sent >= self._burst_ends_at:
            self._begin_burst(now, in_flight, asks_to_wait=wait is not None)
        self._left -= 1
        left = max(1, self._left)
        if self._is_full:
            self._accepted = min(self._accepted, left)
        self.size = max(1, left - int(left * _FREE_SHARE + self._rounding))
        if wait and self._is_raise:
            self._least_interval = min(max(wait / _PAUSE_SHARE, PROBE_INTERVAL), LONGEST_INTERVAL)
        share = min(1.0, self.size / START)  # a small window loses little in a wait
        self._interval = max(self._interval, self._least_interval * share)
        if in_flight == 1:
            self._miss(now, wait, backoff)

    def _is_stray(self, sent: float) -> bool:
        """Whether this refusal is one of few among many answers, and not caused by a raise."""
        if not self._is_tested or self.size > self._accepted or sent < self._burst_ends_at:
            return False
        if self._strays < 1:
            return False
        self._strays -= 1
        return True

    def _miss(self, now: float, wait: float | None, backoff: Callable[[int], float]) -> None:
        """Note that the only request in flight was refused."""
        self._misses += 1
        self._close(now + (wait or 0.0) + backoff(min(self._misses, _MOST_MISSES)))
        if now >= self._refused_since:
            self._accepted = max(self._accepted, self._before)
            self._is_restarting = True

    def _close(self, until: float) -> None:
        self.opens_at = max(self.opens_at, until)

    def _begin_burst(self, now: float, in_flight: int, *, asks_to_wait: bool) -> None:
        self._left = min(self.size, in_flight)
        self._rounding = self._jitter(0.0, 1.0)
        self._is_full = in_flight >= self.size
        self._is_raise = self.size > (self._accepted if self._is_tested else START)
        if not self._is_tested:
            if asks_to_wait and self.size > START:
                # Of many answers on their way the service knows that they have ended, but not yet
                # this window. A second refusal would make everybody wait again.
                self._rounding = 1.0
            self._is_tested, self._accepted = True, self.size
        elif self._is_full and self._starts < self.size // 2:
            # Hardly anything was accepted since the burst before.
            self._left = int(in_flight * _KEPT_SHARE) + 1
        if self._refused_since == inf:
            self._refused_since = now
            self._before = min(self.size, self._accepted) if self._is_restarting else self._accepted
        if self._is_raise:
            self._interval = min(2 * self._interval, LONGEST_INTERVAL)
        else:
            self._interval = PROBE_INTERVAL  # others take the places; they will leave as well
        # The size that was accepted may be right if not all of it was in use.
        self._is_restarting = not self._is_full
        self._is_lone = in_flight == 1 < self.size
        self._step = 1
        self._starts = self._answers = 0
        self._strays = 0.0
        self._stretch = self._jitter(1.0, _SPREAD)
        self._changed_at = now
        self._burst_ends_at = now + _SETTLING

    def _set_restarted(self, now: float, size: int) -> None:
        """Grow quickly, not beyond what was accepted."""
        self.size = max(self.size, min(size, self._accepted))
        self._is_lone = False
        if self.size >= self._accepted:
            self._is_restarting = False
            self._changed_at, self._answers = now, 0

    def grow(self, now: float) -> None:
        """Raise the window if it is time to; requests wait because of it."""
        if now < self.next_raise():
            return
        if not self._is_tested:
            self.size *= 2
            self._last_start = now
            return
        if self._is_restarting:
            self._set_restarted(now, 2 * self.size)
            self._last_start = now
            return
        if self.size < self._accepted:
            self.size = self._accepted
        else:
            if self.size > self._accepted:  # the raise before was accepted
                self._accepted = self.size
                self._interval = PROBE_INTERVAL
                self._step = min(2 * self._step, self.size)
            self.size += self._step
        self._left = self.size
        self._answers = 0
        self._changed_at = now

    def next_raise(self) -> float:
        """When the window may be raised, if requests wait because of it."""
        if not self._is_tested:
            return self._last_start + QUIET
        if self._is_restarting:
            return max(self._last_start + QUIET, self.opens_at)
        return max(self._changed_at + self._pause(), self.opens_at)

    def _pause(self) -> float:
        """Seconds from the last change to the next raise."""
        if self.size < self._accepted:
            return PROBE_INTERVAL
        if self.size > self._accepted:  # what seems accepted is raised further
            pause = QUIET
        elif self._answers >= 2 * self.size + START // 2:
            pause = min(self._interval, self._least_interval)  # one more request hardly counts
        else:
            pause = self._interval
        return pause if self._answers >= self.size else min(_SLOW * pause, LONGEST_INTERVAL)

"""Knows how long the service has refused everything.

A request that was not refused for some seconds is accepted: its answer may take minutes. An
`Outage` knows no clock: the time comes in with each call.
"""

from __future__ import annotations

from math import inf

PATIENCE = 60.0
"""Seconds for which calls are refused, all of them, until they are given up."""

_ACCEPTED_AFTER = 10.0  # seconds; refusals come sooner
_FORGOTTEN_AFTER = 120.0  # seconds without a refusal; the longest shared wait is 66 s


class Outage:
    """The time since which every request was refused."""

    def __init__(self) -> None:
        self._since = inf
        self._last = -inf
        self._in_flight: dict[int, float] = {}  # when each began, the oldest first

    def forget(self) -> None:
        """Forget the refusals; the requests in flight stay."""
        self._since, self._last = inf, -inf

    def note_start(self, number: int, now: float) -> None:
        """Note that a request starts; `number` is its own while it is in flight."""
        self._in_flight[number] = now

    def note_end(
        self, number: int, now: float, *, is_answered: bool = False, is_refused: bool = False
    ) -> None:
        """Note that a request ends."""
        began = self._in_flight.pop(number, now)
        if is_refused:
            if now - self._last > _FORGOTTEN_AFTER:
                self._since = inf
            self._since, self._last = min(self._since, now), now
        elif is_answered or now - began > _ACCEPTED_AFTER:
            self._since = inf

    def is_long(self, now: float) -> bool:
        """Whether every request was refused for as long as calls are patient."""
        oldest = next(iter(self._in_flight.values()), now)
        return now - self._since > PATIENCE and now - oldest <= _ACCEPTED_AFTER

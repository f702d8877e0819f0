"""Decides when to retry a failed request: exponential backoff with full jitter.

A wait that the service asks for is never shortened. What is drawn is added to it: clients that were
refused together, and were told the same, would return together.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from weryai_core.errors import WeryAIError

_MAX_EXPONENT = 30  # 2.0**1024 overflows; long before that the cap decides
_ADDED_SHARE = 0.25  # of a wait that the service asks for


@dataclass(frozen=True)
class RetryPolicy:
    """Decides how long to wait before the next attempt, from the number of attempts and the error.

    Attributes:
        max_retries: Retries after a temporary failure; 2 means at most three requests, and more if
            some came too early, see `delay`.
        first_delay: Upper bound of the first wait, in seconds; it doubles with each retry.
        max_delay: Upper bound of a wait that the service did not ask for, and of what is added to
            one that it did ask for, in seconds.
        max_retry_after: The longest wait that the service may ask for, in seconds. If it asks for
            more, the error is raised at once: a program should not pause for minutes.
        jitter: Draws the wait between 0 and the bound ("full jitter": clients that failed together
            do not return together).
    """

    max_retries: int = 2
    first_delay: float = 0.5
    max_delay: float = 8.0
    max_retry_after: float = 60.0
    jitter: Callable[[float, float], float] = random.uniform

    def delay(self, attempt: int, error: WeryAIError, *, early: int = 0) -> float | None:
        """Seconds to wait before the next attempt, or None to give up.

        Args:
            attempt: How many requests have been made, at least 1.
            error: The error of the last one.
            early: How many of them do not count: they were refused while other calls were answered.
        """
        if not error.is_retryable or attempt - early > self.max_retries:
            return None
        asked = error.retry_after
        if asked is not None and asked > self.max_retry_after:
            return None
        return (asked or 0.0) + self.backoff(attempt, (asked or 0.0) * _ADDED_SHARE)

    def backoff(self, attempt: int, least: float = 0.0) -> float:
        """Seconds to wait after this many failures, if the service does not say how long.

        Args:
            attempt: How many, at least 1.
            least: The least upper bound of what is drawn, in seconds.
        """
        bound = max(least, self.first_delay * 2.0 ** min(attempt - 1, _MAX_EXPONENT))
        return self.jitter(0.0, min(bound, self.max_delay))

    def reason_to_stop(self, attempt: int, error: WeryAIError, *, early: int = 0) -> str:
        """A sentence on why there is no further attempt; empty if the error itself says so."""
        wait = error.retry_after
        if not error.is_retryable or self.max_retries == 0:
            return ""
        if attempt - early > self.max_retries:
            return f"Gave up after {attempt} requests."
        if wait is not None and wait > self.max_retry_after:
            return (
                f"The service asks to wait {wait:g} s, longer than the "
                f"{self.max_retry_after:.0f} s that this client waits."
            )
        return ""

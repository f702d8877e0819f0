"""When to try a failed request again: exponential backoff with full jitter. No I/O."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from weryai_core.errors import WeryAIError

_MAX_EXPONENT = 30  # 2.0**1024 overflows; long before that the cap decides


@dataclass(frozen=True)
class RetryPolicy:
    """Decides, from the attempt and its error alone, how long to wait before the next one.

    Attributes:
        max_retries: Requests after the first; 2 means three requests at the most.
        first_delay: Upper bound of the first wait, in seconds; it doubles with each retry.
        max_delay: Upper bound of any wait of our own, in seconds.
        max_retry_after: The longest wait that the service may ask for, in seconds. Asked for more,
            the error is raised at once: a program should not stand still for minutes unasked.
        jitter: Draws the wait between 0 and the bound ("full jitter": many clients that failed
            together do not come back together).
    """

    max_retries: int = 2
    first_delay: float = 0.5
    max_delay: float = 8.0
    max_retry_after: float = 60.0
    jitter: Callable[[float, float], float] = random.uniform

    def delay(self, attempt: int, error: WeryAIError) -> float | None:
        """Seconds to wait before the next attempt, or None to give up.

        Args:
            attempt: How many requests have been made, at least 1.
            error: What came of the last one.
        """
        if not error.is_retryable or attempt > self.max_retries:
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= self.max_retry_after else None
        bound = self.first_delay * 2.0 ** min(attempt - 1, _MAX_EXPONENT)
        return self.jitter(0.0, min(bound, self.max_delay))

    def reason_to_stop(self, attempt: int, error: WeryAIError) -> str:
        """A sentence on why no further attempt is made; empty if the error itself tells."""
        wait = error.retry_after
        if not error.is_retryable or self.max_retries == 0:
            return ""
        if attempt > self.max_retries:
            return f"Gave up after {attempt} requests."
        if wait is not None and wait > self.max_retry_after:
            return (
                f"The service asks to wait {wait:g} s, longer than the "
                f"{self.max_retry_after:.0f} s that this client waits by itself."
            )
        return ""


def retry_after_seconds(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The wait that an answer asks for, in seconds (0 or more), or None.

    Reads `retry-after-ms` (milliseconds), then `retry-after`: seconds or an HTTP date
    (RFC 9110, section 10.2.3). What cannot be read is taken as not sent.

    Args:
        headers: Response headers, names in lower case.
        now: The time to subtract from an HTTP date; the clock's if None.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is not None or not value:
        return seconds
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def _number(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    # "nan" and "inf" are floats to Python but no waits to anyone.
    return number if 0 <= number < float("inf") else None

"""What the headers of a response say about an error: its request id, and when to retry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-trace-id", "trace-id")
_REQUEST_ID_FIELDS = ("request_id", "requestId", "trace_id", "traceId")
_MAX_ID = 100  # characters
_SHOULD_RETRY = {"true": True, "false": False}


def request_id(headers: Mapping[str, str], payload: object = None) -> str | None:
    """The id of a request in its response's headers, else in the JSON of its body."""
    found: list[object] = [headers.get(name) for name in _REQUEST_ID_HEADERS]
    if isinstance(payload, Mapping):
        found += [payload.get(name) for name in _REQUEST_ID_FIELDS]
    given = (value for value in found if isinstance(value, str) and value)
    return next((value[:_MAX_ID] for value in given), None)


def should_retry(headers: Mapping[str, str]) -> bool | None:
    """What `x-should-retry` says, which OpenAI and Anthropic send; None if it is missing."""
    return _SHOULD_RETRY.get(headers.get("x-should-retry", "").strip().lower())


def retry_after_seconds(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The wait that an answer asks for, in seconds (0 or more); None if it asks for none.

    Reads `retry-after-ms` (milliseconds), then `retry-after`: seconds or an HTTP date
    (RFC 9110, section 10.2.3). An unreadable value counts as missing.

    Args:
        headers: Response headers, names in lower case.
        now: The time to subtract from an HTTP date; the clock's if None.
    """
    milliseconds = _seconds(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _seconds(value)
    if seconds is not None or not value:
        return seconds
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def _seconds(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    # "nan" and "inf" are floats to Python, but not waits.
    return number if 0 <= number < float("inf") else None

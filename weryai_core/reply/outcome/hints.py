"""What a response says besides its error: its request id, and when to retry.

Both are in headers. Google says when to retry in the body: `"retryDelay": "17s"` in
`error.details`. Other services have fields of their own for it, or words: "try again in 7.5s".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from weryai_core.reply.outcome.words import ends_of
from weryai_core.wire import parse_json

_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-trace-id", "trace-id")
_REQUEST_ID_FIELDS = ("request_id", "requestId", "trace_id", "traceId")
_MAX_ID = 100  # characters
_DEEPEST = 6  # objects within one another
# Names of fields with a wait, without case and separators -> seconds of a number in them.
_WAITS = {
    "retrydelay": 1.0,
    "retryafter": 1.0,
    "retryafterseconds": 1.0,
    "retryaftersecs": 1.0,
    "retryafterms": 0.001,
    "retryaftermilliseconds": 0.001,
}
_TIME = (
    r"(\d{1,9}(?:\.\d{1,9})?)\s*"
    r"(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?)(?![a-z])"
)
_ANY_TIME = re.compile(_TIME, re.IGNORECASE)
_DURATION = re.compile(rf"(?:{_TIME}[\s,]*)+\.?", re.IGNORECASE)
_IN_WORDS = re.compile(
    rf"\b(?:try again|retry)(?: your request)? (?:in|after) (?P<wait>(?:{_TIME}[\s,]*)+)",
    re.IGNORECASE,
)
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}
# When a limit is renewed, and how much of it is left.
_RESETS = (
    ("x-ratelimit-reset-requests", "x-ratelimit-remaining-requests"),
    ("x-ratelimit-reset-tokens", "x-ratelimit-remaining-tokens"),
    ("x-ratelimit-reset", "x-ratelimit-remaining"),
    ("ratelimit-reset", "ratelimit-remaining"),
)
_FIRST_EPOCH = 1e8  # seconds; a larger number is a time since 1970, not a wait
_FIRST_EPOCH_MS = 1e11  # the same in milliseconds
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
    moment = _date(value)
    if moment is None:
        return None
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def reset_seconds(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The wait until the limit that was exceeded is renewed, in seconds; None if no header says it.

    Reads OpenAI's `x-ratelimit-reset-requests` and `-tokens` ("1s", "6m0s", "20ms"),
    `x-ratelimit-reset` (seconds, or a time since 1970 in seconds or milliseconds) and
    `ratelimit-reset` (seconds). A limit of which something remains was not exceeded. The longest
    wait counts.

    Args:
        headers: Response headers, names in lower case.
        now: The time to subtract from a time since 1970. Default: what the service says (`date`),
            else the clock's.
    """
    waits = [
        _until(headers[reset], headers, now)
        for reset, remaining in _RESETS
        if reset in headers and not _seconds(headers.get(remaining))
    ]
    return max((wait for wait in waits if wait is not None), default=None)


def _until(value: str, headers: Mapping[str, str], now: datetime | None) -> float | None:
    if _DURATION.fullmatch(value.strip()):
        return _duration(value)
    seconds = _seconds(value)
    if seconds is None or seconds < _FIRST_EPOCH:
        return seconds
    moment = seconds / 1000 if seconds >= _FIRST_EPOCH_MS else seconds
    then = (now or _date(headers.get("date")) or datetime.now(UTC)).timestamp()
    return moment - then if moment > then else None  # one that is over says nothing


def _date(value: str | None) -> datetime | None:
    """An HTTP date (RFC 9110, section 5.6.7); None if it is missing or unreadable."""
    try:
        moment = parsedate_to_datetime(value or "")
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _seconds(value: object) -> float | None:
    try:
        number = float(value) if isinstance(value, (str, int, float)) else -1.0
    except (ValueError, OverflowError):
        return None
    # "nan" and "inf" are floats to Python, but not waits.
    return number if 0 <= number < float("inf") else None


def wait_in_body(payload: object, text: str = "") -> float | None:
    """The wait that the body of an error asks for, in seconds; None if it asks for none.

    Args:
        payload: The JSON of the body.
        text: The words of the error.
    """
    found = next(_waits_in(payload, 0), None)
    if found is not None:
        return found
    words = _IN_WORDS.search(ends_of(text))
    return _duration(words["wait"]) if words else None


def _waits_in(value: Any, depth: int) -> Iterator[float]:
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        value = parse_json(value.encode("utf-8", "replace"))  # the error of a service behind it
    if depth > _DEEPEST:
        return
    entries = value.items() if isinstance(value, Mapping) else ()
    for name, entry in entries:
        unit = _WAITS.get(re.sub(r"[_\-\s]", "", name.lower()))
        wait = None if unit is None else _wait(entry, unit)
        if wait is not None:
            yield wait
    for entry in value if isinstance(value, list) else [entry for _, entry in entries]:
        if isinstance(entry, (Mapping, list, str)):
            yield from _waits_in(entry, depth + 1)


def _wait(value: object, unit: float) -> float | None:
    """The seconds that a field says: a number, "17s", or `{"seconds": 17, "nanos": 500000000}`."""
    if isinstance(value, Mapping):
        seconds, nanos = value.get("seconds"), value.get("nanos")
        parts = (_seconds(seconds), _seconds(nanos or 0))
        return None if parts[0] is None else parts[0] + (parts[1] or 0.0) / 1e9
    if isinstance(value, str) and _DURATION.fullmatch(value.strip()):
        return _duration(value)
    number = None if isinstance(value, bool) else _seconds(value)
    return None if number is None else number * unit


def _duration(text: str) -> float:
    """The seconds in a text such as "1m30.5s" or "20 seconds"."""
    return sum(float(number) * _unit(unit.lower()) for number, unit in _ANY_TIME.findall(text))


def _unit(unit: str) -> float:
    return 0.001 if unit.startswith(("ms", "milli")) else _SECONDS[unit[0]]

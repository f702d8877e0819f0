"""The dates and times that a prompt names, in ISO 8601.

"2025-06-02", "5 March 2024", "March 5th, 2024", "05.03.2024" and "3/5/2024" are dates; "10:00" and
"5 pm" are times, and belong to the date before them. A date without a year is in 2025.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time

_NAMES = "January February March April May June July August September October November December"
_MONTHS = _NAMES.split()
_MONTH = rf"(?P<month>{'|'.join(f'{month[:3]}(?:{month[3:]})?' for month in _MONTHS)})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_FORMS = (
    r"(?P<year>\d{4})-(?P<number>\d{2})-(?P<day>\d{2})",
    r"(?P<day>\d{1,2})\.(?P<number>\d{1,2})\.(?P<year>\d{4})",
    r"(?P<number>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})",
    rf"{_DAY}(?:\s+of)?\s+{_MONTH}(?:,?\s+{_YEAR})?",
    rf"{_MONTH}\s+{_DAY}(?:,?\s+{_YEAR})?",
)
_DATES = tuple(re.compile(rf"(?<![\w.-]){form}(?:(?=T\d)|(?![\w-]))") for form in _FORMS)
_HALF = r"[aApP]\.?[mM]\b"
_TIME = re.compile(
    r"(?<![\w:.])T?(?P<hour>\d{1,2})"
    rf"(?::(?P<minute>\d{{2}})(?::(?P<second>\d{{2}}))?\s*(?P<half>{_HALF})?Z?"
    rf"|\s*(?P<only_half>{_HALF}))(?![\w:])"
)
_NO_YEAR = 2025


@dataclass(frozen=True, slots=True)
class Moment:
    """A date of a prompt, and the time that follows it.

    Attributes:
        day: The date, such as "2025-06-02"; an empty text for a time without a date.
        time: The time, such as "10:00:00"; an empty text if there is none.
        start: Where it begins in the prompt.
    """

    day: str
    time: str
    start: int


def find_moments(text: str) -> list[Moment]:
    """Return the dates and times of a text, in its order."""
    days = _days(text)
    rest = text
    for pattern in _DATES:
        rest = pattern.sub(_spaces, rest)
    times = [(found.start(), clock) for found in _TIME.finditer(rest) if (clock := _clock(found))]
    moments: list[Moment] = []
    for number, (start, day) in enumerate(days):
        end = days[number + 1][0] if number + 1 < len(days) else len(text)
        following = [clock for place, clock in times if start < place < end]
        moments.append(Moment(day, following[0] if following else "", start))
    if not days:
        moments = [Moment("", clock, place) for place, clock in times]
    return moments


def without_moments(text: str) -> str:
    """Return a text with spaces in place of its dates and times."""
    for pattern in (*_DATES, _TIME):
        text = pattern.sub(_spaces, text)
    return text


def _days(text: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            day = _day(match)
            if day is not None and not any(match.start() == start for start, _ in found):
                found.append((match.start(), day))
        text = pattern.sub(_spaces, text)
    return sorted(found)


def _spaces(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _day(match: re.Match[str]) -> str | None:
    parts = match.groupdict()
    number = parts.get("number")
    month = int(number) if number else _month_number(parts["month"])
    day, year = int(parts["day"]), int(parts["year"] or _NO_YEAR)
    if month > 12 and "/" in match.group():
        month, day = day, month
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _month_number(name: str) -> int:
    return next(n for n, month in enumerate(_MONTHS, 1) if month.startswith(name[:3]))


def _clock(match: re.Match[str]) -> str | None:
    hour = int(match["hour"])
    half = (match["half"] or match["only_half"] or "").lower()
    if half:
        hour = hour % 12 + 12 * half.startswith("p")
    try:
        return time(hour, int(match["minute"] or 0), int(match["second"] or 0)).isoformat()
    except ValueError:
        return None

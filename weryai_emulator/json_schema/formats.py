"""The values for the formats of JSON schemas: dates and times, addresses, identifiers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from weryai_emulator.json_schema.dates import Moment
from weryai_emulator.json_schema.prompt_values import PromptValues

_UUID = "00000000-0000-{version}000-8000-000000000000"

# What is written where the prompt has no value of the format.
_INVENTED = {
    "date": "2025-01-31",
    "date-time": "2025-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "duration": "P1D",
    "email": "someone@example.com",
    "idn-email": "someone@example.com",
    "name-email": "Ada Miller <ada.miller@example.com>",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "iri": "https://example.com/",
    "uri-reference": "/example",
    "iri-reference": "/example",
    "uri-template": "https://example.com/{id}",
    "multi-host-uri": "postgres://localhost:5432/example",
    "uuid": _UUID.format(version=4),
    **{f"uuid{version}": _UUID.format(version=version) for version in range(1, 9)},
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "ipvanyaddress": "192.0.2.1",
    "ipv4network": "192.0.2.0/24",
    "ipv6network": "2001:db8::/32",
    "ipvanynetwork": "192.0.2.0/24",
    "ipv4interface": "192.0.2.1/24",
    "ipv6interface": "2001:db8::1/32",
    "ipvanyinterface": "192.0.2.1/24",
    "json-pointer": "/example/0",
    "relative-json-pointer": "0/example",
    "json-string": "{}",
    "regex": "[a-z]+",
    "byte": "ZXhhbXBsZQ==",
    "base64": "ZXhhbXBsZQ==",
    "base64url": "ZXhhbXBsZQ==",
    "color": "#3366cc",
    "phone": "+4722123456",
}
_END_WORDS = frozenset(("end", "ends", "finish", "until", "to", "due", "deadline", "expiry"))

_IN_PROMPTS = {
    "ipv4": re.compile(r"\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b"),
    "uuid": re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE),
}


def is_known(kind: object) -> bool:
    """Return whether a format is one of those here."""
    return kind in _INVENTED


def invented_value(kind: str) -> str:
    """Return a value of a format, always the same."""
    return _INVENTED[kind]


def take_value(kind: str, words: Iterable[str], prompt: PromptValues) -> str | None:
    """Take a value of a format from a prompt; None if the prompt has none.

    Args:
        kind: The format.
        words: The words of the property's name.
        prompt: The values of the prompt.
    """
    if kind in _IN_PROMPTS:
        found = _IN_PROMPTS[kind].search(prompt.text)
        return None if found is None else found.group()
    if kind in _WRITTEN:
        words = {*words}
        moment = prompt.moment(words)
        return None if moment is None else _WRITTEN[kind](moment, is_end=bool(words & _END_WORDS))
    by_kind = {"idn-email": "email", "url": "uri", "iri": "uri", "phone": "phone"}
    known = by_kind.get(kind, kind)
    return prompt.find(known) if known in ("email", "uri", "phone") else None


def _date(moment: Moment, *, is_end: bool) -> str | None:
    return moment.day or None


def _time(moment: Moment, *, is_end: bool) -> str | None:
    return f"{moment.time}Z" if moment.time else None


def _date_time(moment: Moment, *, is_end: bool) -> str | None:
    """Return the moment; an event without an end of its own takes an hour."""
    clock = moment.time or "12:00:00"
    if is_end:
        hour = min(int(clock[:2]) + 1, 23)
        clock = f"{hour:02}{clock[2:]}"
    day = moment.day or _INVENTED["date"]
    return f"{day}T{clock}Z"


_WRITTEN: dict[str, Callable[..., str | None]] = {
    "date": _date,
    "time": _time,
    "date-time": _date_time,
}

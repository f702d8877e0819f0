"""The waits that services ask for in the headers of an answer."""

from datetime import UTC, datetime

import pytest

from weryai_core.reply.outcome.hints import retry_after_seconds

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7.0),
        ({"retry-after": "Fri, 02 Jan 2026 03:04:35 GMT"}, 30.0),
        ({"retry-after": "Fri, 02 Jan 2026 03:04:35 -0000"}, 30.0),
        ({"retry-after": "Fri, 02 Jan 2026 04:04:35 +0100"}, 30.0),
        ({"retry-after": "Fri, 02 Jan 2026 03:00:00 GMT"}, 0.0),
    ],
    ids=str,
)
def test_the_wait_is_read_from_seconds_milliseconds_and_dates(headers, expected):
    assert retry_after_seconds(headers, NOW) == expected


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"retry-after": ""},
        {"retry-after": "soon"},
        {"retry-after": "-5"},
        {"retry-after": "nan"},
        {"retry-after": "inf"},
        {"retry-after": "Fri, 99 Foo 2026 03:04:35 GMT"},
        {"retry-after": "Fri, 02 Jan 99999999999999999999 03:04:35 GMT"},
        {"retry-after-ms": "-1"},
    ],
    ids=str,
)
def test_an_unreadable_wait_counts_as_none(headers):
    assert retry_after_seconds(headers, NOW) is None


def test_a_date_is_measured_against_the_clock():
    assert retry_after_seconds({"retry-after": "Fri, 02 Jan 2015 03:00:00 GMT"}) == 0.0
    assert retry_after_seconds({"retry-after": "Fri, 01 Jan 2100 03:00:00 GMT"}) > 10**8

"""The waits that services ask for in the headers of an answer."""

from datetime import UTC, datetime

import pytest

from weryai_core.reply.outcome.error_body import error_from_response
from weryai_core.reply.outcome.hints import reset_seconds, retry_after_seconds

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


EPOCH = int(NOW.timestamp())
RESETS = [
    ({"x-ratelimit-reset-requests": "1s"}, 1.0),
    ({"x-ratelimit-reset-tokens": "6m0s"}, 360.0),
    ({"x-ratelimit-reset-requests": "20ms"}, 0.02),
    ({"x-ratelimit-reset-requests": "1h2m3.5s"}, 3723.5),
    ({"x-ratelimit-reset-requests": "12.5"}, 12.5),
    ({"x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "7s"}, 7.0),
    ({"x-ratelimit-reset": "30"}, 30.0),
    ({"x-ratelimit-reset": "30s"}, 30.0),
    ({"x-ratelimit-reset": str(EPOCH + 20)}, 20.0),
    ({"x-ratelimit-reset": f"{EPOCH + 20}.5"}, 20.5),
    ({"x-ratelimit-reset": str(1000 * EPOCH + 2500)}, 2.5),
    ({"ratelimit-reset": "9"}, 9.0),
    # Of this limit something remains.
    (
        {
            "x-ratelimit-reset-requests": "8s",
            "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-tokens": "6m0s",
            "x-ratelimit-remaining-tokens": "149984",
        },
        8.0,
    ),
    ({"x-ratelimit-reset": "30", "x-ratelimit-remaining": "5"}, None),
    ({"x-ratelimit-reset": str(EPOCH - 1)}, None),
    *(({"x-ratelimit-reset": bad}, None) for bad in ["", "soon", "-3", "nan", "inf", "1e400"]),
    ({}, None),
]


@pytest.mark.parametrize(("headers", "expected"), RESETS, ids=str)
def test_the_time_at_which_a_limit_is_renewed_is_read(headers, expected):
    assert reset_seconds(headers, NOW) == expected


def test_the_time_of_the_service_counts_and_not_that_of_a_wrong_clock():
    headers = {"x-ratelimit-reset": str(EPOCH + 20), "date": "Fri, 02 Jan 2026 03:04:05 GMT"}
    assert reset_seconds(headers) == 20.0


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (429, {}, 9.0),
        (429, {"retry-after": "3"}, 3.0),
        (503, {}, None),
        (400, {}, None),
    ],
)
def test_only_a_refusal_without_retry_after_waits_for_the_limit(status, headers, expected):
    error = error_from_response(status, {"x-ratelimit-reset": "9", **headers}, b"")
    assert error.retry_after == expected

"""The waits that services ask for in the body of an error."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weryai_core.reply.outcome.error_body import error_from_response
from weryai_core.reply.outcome.hints import wait_in_body

RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "17s"}
GOOGLE = {
    "error": {
        "code": 429,
        "message": "Quota exceeded.",
        "status": "RESOURCE_EXHAUSTED",
        "details": [{"@type": "type.googleapis.com/google.rpc.QuotaFailure"}, RETRY_INFO],
    }
}
FIELDS = {
    "Google's": (GOOGLE, 17.0),
    "Google's in a list": ([GOOGLE], 17.0),
    "Google's behind OpenRouter": ({"error": {"metadata": {"raw": json.dumps(GOOGLE)}}}, 17.0),
    "Google's with a fraction": ({"retryDelay": "17.5s"}, 17.5),
    "as protocol buffers have it": ({"retry_delay": {"seconds": 3, "nanos": 500_000_000}}, 3.5),
    "seconds": ({"error": {"retry_after": 20}}, 20.0),
    "seconds as text": ({"retry-after": "20"}, 20.0),
    "milliseconds": ({"retry_after_ms": 250}, 0.25),
    "seconds by name": ({"error": {"metadata": {"retry_after_seconds": 5}}}, 5.0),
    "nothing": ({"error": {"message": "x"}}, None),
    "no number": ({"retry_after": "soon"}, None),
    "a flag": ({"retry_after": True}, None),
    "below zero": ({"retry_after": -1}, None),
    "no JSON": (None, None),
}


@pytest.mark.parametrize(("payload", "seconds"), FIELDS.values(), ids=FIELDS)
def test_a_wait_is_read_from_the_fields_of_an_error(payload, seconds):
    assert wait_in_body(payload) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Rate limit reached. Please try again in 7.66s. Visit https://x.example", 7.66),
        ("Please try again in 120ms.", 0.12),
        ("Please try again in 6m0s.", 360.0),
        ("Please try again in 1h2m3.5s", 3723.5),
        ("Please retry after 20 seconds.", 20.0),
        ("Please retry your request after 2 minutes", 120.0),
        ("Please retry in 17.38s.", 17.38),
        ("Please try again in 3 messages", None),
        ("Please try again later", None),
        ("The limit is 20s", None),
    ],
)
def test_a_wait_is_read_from_the_words_of_an_error(text, seconds):
    assert wait_in_body({"error": {"message": text}}, text) == seconds


def test_the_wait_of_an_error_is_that_of_the_headers_and_else_that_of_the_body():
    body = json.dumps(GOOGLE).encode()
    assert error_from_response(429, {}, body).retry_after == 17.0
    assert error_from_response(200, {}, body).retry_after == 17.0
    assert error_from_response(429, {"retry-after": "3"}, body).retry_after == 3.0
    assert error_from_response(429, {"retry-after": "0"}, body).retry_after == 0.0


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text('{}1s"retry', max_size=9),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["retryDelay", "seconds", "x"]), inner)
        ),
    )
)
def test_any_json_has_a_wait_or_none(payload):
    seconds = wait_in_body(payload, str(payload))
    assert seconds is None or 0 <= seconds < float("inf")

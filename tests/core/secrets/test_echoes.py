"""Errors hold no key and nothing endless, wherever an answer repeats it."""

import json
import pickle

import pytest
from error_answers import KEY, to_error

# The places in which an answer may repeat something.
ECHOES = {
    "message": lambda text: ({}, {"status": 9, "message": text}),
    "desc": lambda text: ({}, {"status": 9, "desc": text}),
    "error text": lambda text: ({}, {"error": text}),
    "error message": lambda text: ({}, {"error": {"message": text, "code": "x"}}),
    "error code": lambda text: ({}, {"error": {"message": "x", "code": text}}),
    "error type": lambda text: ({}, {"error": {"message": "x", "type": text}}),
    "status": lambda text: ({}, {"status": text, "message": "x"}),
    "request id": lambda text: ({}, {"status": 9, "request_id": text}),
    "request id header": lambda text: ({"x-request-id": text}, {"status": 9}),
    "another field": lambda text: ({}, {"status": 9, "data": {"key": [text]}}),
    "HTML": lambda text: ({}, f"<p>{text}</p>".encode()),
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
def test_a_message_is_limited_whatever_is_long(echo):
    headers, body = echo("x" * 20_000)
    for status in (200, 400, 401, 500):
        assert len(str(to_error(status, body, headers))) < 1500


# The key in use, what the service echoes, and what must not be shown of it.
ECHOED_KEYS = (
    (KEY, KEY, KEY),
    (KEY, f"Bearer {KEY}", KEY),
    (KEY, "the key sk-0123456789...cdef is wrong", "0123456789"),
    (KEY, "sk-012345***********************cdef", "012345"),
    ("", KEY, KEY),
    ("plain-0123456789", "wrong: plain-0123456789", "plain-0123456789"),
)


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
def test_the_key_is_redacted_wherever_it_is_echoed(echo):
    for api_key, echoed, hidden in ECHOED_KEYS:
        headers, body = echo(echoed)
        error = to_error(401, body, headers, api_key)
        assert hidden not in f"{error} {error!r} {error.code} {error.request_id}"
        assert hidden not in error.response.text
        assert hidden.encode() not in pickle.dumps(error)
        if not isinstance(body, bytes):
            assert hidden not in json.dumps(error.response.json())


def test_a_key_with_escaped_characters_is_redacted_too():
    body = b'{"status":9,"message":"wrong key: plain\\/0123\\u0034567"}'
    error = to_error(401, body, api_key="plain/01234567")
    assert "plain/01234567" not in str(error)
    assert "plain/01234567" not in json.dumps(error.response.json())

"""From an answer to its error: its class, its response, and odd bodies."""

import pytest
from error_answers import envelope, to_error

from weryai_core import (
    APIError,
    AuthenticationError,
    ContextOverflowError,
    InvalidRequestError,
    MessageCountError,
    ProtocolError,
)
from weryai_core.reply.outcome.error_body import error_from_response
from weryai_core.reply.outcome.payload import is_error_payload


@pytest.mark.parametrize(
    ("status", "wish", "is_retryable"),
    [(429, "false", False), (503, "False", False), (400, "true", True), (429, "maybe", True)],
)
def test_the_service_may_say_whether_to_retry(status, wish, is_retryable):
    assert to_error(status, b"", {"x-should-retry": wish}).is_retryable is is_retryable


# What a bad request says, and its class.
BAD_REQUESTS = (
    ("messages: must have 1 - 50 elements", MessageCountError),
    ("messages must hold at most 50 elements", MessageCountError),
    ("messages: array length exceeds the limit", MessageCountError),
    ("too many messages", MessageCountError),
    ("Required array length: 1 - 50 elements", MessageCountError),
    ("messages: Required array length: 1 - 50 elements", MessageCountError),
    ("'messages' must contain at most 50 items", MessageCountError),
    ("messages array length must be between 1 and 50", MessageCountError),
    ("This model's maximum context length is 8192 tokens", ContextOverflowError),
    ("prompt is too long", ContextOverflowError),
    ("input exceeds the context window", ContextOverflowError),
    ("too many input tokens", ContextOverflowError),
    (
        "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).",
        ContextOverflowError,
    ),
    (
        "This model's maximum prompt length is 131072 but the request contains 140000 tokens.",
        ContextOverflowError,
    ),
    ("Your request exceeded model token limit: 8192", ContextOverflowError),
    ("Range of input length should be [1, 30720]", ContextOverflowError),
    ("temperature must be at most 2", InvalidRequestError),
    ("max_tokens must not exceed 8192", InvalidRequestError),
    ("messages[0].role must be a text", InvalidRequestError),
    ("messages[0].content length exceeds 50 characters", InvalidRequestError),
    ("messages[7].content exceeds the limit of 50 parts", InvalidRequestError),
    ("messages.3.content holds at most 50 images", InvalidRequestError),
    ("stop: Required array length: 1 - 4 elements", InvalidRequestError),
    ("plugins: Required array length: 1 - 500 elements", InvalidRequestError),
    ("max_tokens exceeds the model's output token limit", InvalidRequestError),
)
SHAPES = {
    "envelope": (400, lambda text: envelope(400, text)),
    "envelope in 200": (200, lambda text: envelope(1002, text)),
    "detail": (422, lambda text: {"detail": text}),
    "OpenAI": (400, lambda text: {"error": {"message": text, "type": "invalid_request_error"}}),
}


@pytest.mark.parametrize(("status", "wrap"), SHAPES.values(), ids=SHAPES)
def test_a_bad_request_says_what_is_too_long(status, wrap):
    for text, error_class in BAD_REQUESTS:
        assert type(to_error(status, wrap(text))) is error_class, text


def test_the_wait_that_the_answer_asks_for_is_kept():
    assert to_error(429, b"", {"retry-after": "7"}).retry_after == 7.0
    assert to_error(200, envelope(1001), {"retry-after-ms": "250"}).retry_after == 0.25
    assert to_error(429, b"").retry_after is None


def test_the_answer_is_kept():
    response = to_error(418, {"status": 9, "x": "é"}, {"x-request-id": "a"}).response
    assert response.status_code == 418
    assert response.headers == {"x-request-id": "a"}
    assert response.json() == {"status": 9, "x": "é"}


def test_json_of_a_body_that_is_not_json_raises():
    with pytest.raises(ValueError, match="expected value"):
        to_error(502, b"<html>").response.json()


def test_a_text_that_ends_in_the_length_of_the_messages_is_about_their_length():
    text = (
        "This model's maximum context length is 4097 tokens. However, your messages resulted in "
        "4275 tokens. Please reduce the length of the messages."
    )
    assert type(to_error(400, {"error": {"message": text}})) is ContextOverflowError


def test_a_byte_order_mark_does_not_hide_an_error():
    body = b'\xef\xbb\xbf{"status":1002,"message":"Invalid API Key"}'
    assert type(to_error(200, body)) is AuthenticationError


def test_a_long_body_is_kept_in_part():
    error = to_error(500, b"x" * 100_000)
    assert len(error.response.text) == 64 * 1024


def test_a_body_that_is_not_utf_8_is_kept_with_replacements():
    assert to_error(500, b"a\xff").response.text == "a\ufffd"


@pytest.mark.parametrize(
    "body",
    [
        b'{"status":1e999}',
        b'{"status":NaN}',
        b'{"error":{"code":-1e999}}',
        b'{"status":"%b"}' % (b"9" * 5000),
        b'{"status":%b}' % (b"9" * 4000),
        b'{"status":[1],"message":{"a":1},"desc":7,"error":[1]}',
        b'{"error":{"code":{},"type":[],"message":null}}',
        b'{"error":7}',
        b'{"error":true,"status":{}}',
        b"\xff\xfe",
    ],
    ids=lambda body: body[:40].decode("latin-1"),
)
def test_an_odd_body_is_an_error_of_ours(body):
    for status in (200, 400, 418):
        error = error_from_response(status, {}, body)
        assert isinstance(error, (APIError, ProtocolError))
        assert len(str(error)) < 1500


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"error": {"message": "x"}}, True),
        ({"error": "x"}, True),
        ({"error": None, "choices": [{}]}, False),
        ({"error": {}, "choices": [{}]}, False),
        ({"error": {"code": 1}, "choices": [{}]}, True),
        ({"status": 1001}, True),
        ({"status": "1001"}, True),
        ({"status": 1001, "choices": []}, True),
        ({"status": 1001, "choices": [{}]}, True),
        ({"status": 1001, "choices": [{"message": {"content": "a"}}]}, False),
        ({"status": 0}, False),
        ({"status": 200}, False),
        ({"status": "completed"}, False),
        ({"status": None}, False),
        ({}, False),
    ],
    ids=str,
)
def test_an_event_is_an_error_by_its_error_or_its_code(payload, expected):
    assert is_error_payload(payload) is expected

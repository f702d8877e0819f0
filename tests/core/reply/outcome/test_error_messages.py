"""What an error says: what happened, what to do, and where to ask."""

import pytest
from error_answers import envelope, to_error

from weryai_core import (
    InvalidRequestError,
    ProtocolError,
    RateLimitError,
    ServerError,
)
from weryai_core.reply.outcome.error_body import error_from_response


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (
            403,
            {"status": 1002, "desc": "Authentication failed", "message": "Invalid API Key"},
            "WeryAI answered with HTTP 403, code 1002: Invalid API Key; Authentication failed. "
            "Check `api_key` or `WERYAI_API_KEY`; keys are made at "
            "https://www.weryai.com/api/keys.",
        ),
        (
            200,
            {"status": 9999, "msg": "Boom!", "message": "Boom!", "desc": "Boom!"},
            "WeryAI answered with HTTP 200, code 9999: Boom!",
        ),
        (500, b"", "WeryAI answered with HTTP 500. The body is empty."),
        (
            502,
            b"<html>",
            "WeryAI answered with HTTP 502. The body is not JSON; check `base_url` if this "
            "persists.",
        ),
        (
            200,
            {"status": 0, "message": "success"},
            "WeryAI answered with HTTP 200: success. The body holds no `choices`.",
        ),
        (
            200,
            {"status": 1002},
            "WeryAI answered with HTTP 200, code 1002. "
            "WeryAI documents this code both as a wrong key and as a wrong parameter.",
        ),
        (
            302,
            b"",
            "WeryAI answered with HTTP 302. The body is empty. "
            "Redirects are not followed, to protect the key; check `base_url`.",
        ),
        (
            429,
            {"error": {"message": "Slow down", "code": "rate_limit_exceeded"}},
            "WeryAI answered with HTTP 429, code rate_limit_exceeded: Slow down. "
            "Send fewer requests at once, or raise `max_retries`.",
        ),
    ],
    ids=["envelope", "once", "empty", "HTML", "no choices", "1002", "redirect", "OpenAI"],
)
def test_the_message_says_what_happened_and_what_to_do(status, body, message):
    assert str(to_error(status, body)) == message


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"status": 1004}, 1004),
        ({"status": "1004"}, 1004),
        ({"status": " Failed "}, "failed"),
        ({"status": True}, None),
        ({"status": 200, "code": 7}, 7),
        ({"error": {"code": "invalid_api_key"}}, "invalid_api_key"),
        ({"error": {"code": None}}, None),
        ({"error": "x"}, None),
        ([], None),
        (b"", None),
    ],
    ids=repr,
)
def test_the_code_is_the_services_own(body, code):
    assert to_error(418, body).code == code


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"x-request-id": "a"}, {}, "a"),
        ({"request-id": "a"}, {}, "a"),
        ({"x-trace-id": "a"}, {}, "a"),
        ({"x-request-id": "a", "trace-id": "b"}, {"request_id": "c"}, "a"),
        ({}, {"request_id": "c"}, "c"),
        ({}, {"requestId": "c"}, "c"),
        ({}, {"trace_id": "c"}, "c"),
        ({}, {"traceId": 7, "request_id": ""}, None),
        ({}, [], None),
        ({}, b"<html>", None),
    ],
    ids=str,
)
def test_the_request_id_is_found_and_ends_the_message(headers, body, expected):
    error = to_error(500, body, headers)
    assert error.request_id == expected
    assert str(error).endswith(f"Request id: {expected}.") == (expected is not None)


def test_a_long_text_of_the_service_is_truncated():
    error = to_error(400, envelope(9, "x" * 10_000))
    assert f"{'x' * 500}..." in str(error)
    assert len(str(error)) < 1000


# What FastAPI puts into `detail`, and the text of the message.
DETAILS = {
    "one": (
        [{"loc": ["body", "temperature"], "msg": "Input should be at most 2", "input": 3}],
        "body.temperature: Input should be at most 2",
    ),
    "two": (
        [
            {"type": "missing", "loc": ["body", "messages", 0, "role"], "msg": "Field required"},
            {"loc": ["body", "n"], "msg": "Not a number"},
        ],
        "body.messages.0.role: Field required; body.n: Not a number",
    ),
    "no place": ([{"msg": "Wrong"}], "Wrong"),
    "an odd place": ([{"loc": "body", "msg": "Wrong"}], "Wrong"),
    "texts": (["Wrong", "", 7], "Wrong"),
}


@pytest.mark.parametrize(("detail", "text"), DETAILS.values(), ids=DETAILS)
def test_a_list_of_validation_errors_is_part_of_the_message(detail, text):
    error = to_error(422, {"detail": detail})
    assert type(error) is InvalidRequestError
    assert str(error) == f"WeryAI answered with HTTP 422: {text}."


@pytest.mark.parametrize(
    "detail",
    [[], [{}], [{"loc": ["body"]}, {"msg": None}], [None, 7, [["x"]]], {"loc": []}],
    ids=str,
)
def test_empty_validation_errors_are_left_out(detail):
    assert str(to_error(422, {"detail": detail})) == "WeryAI answered with HTTP 422."


def test_the_input_of_the_user_is_not_part_of_the_message():
    detail = [{"loc": ["body", "messages"], "msg": "Wrong", "input": "a private question"}]
    assert "private" not in str(to_error(422, {"detail": detail}))


@pytest.mark.parametrize("field", ["choices", "models", "data"])
def test_the_missing_field_is_named(field):
    error = error_from_response(200, {}, b"{}", expected=field)
    assert str(error) == f"WeryAI answered with HTTP 200. The body holds no `{field}`."


def test_a_fault_has_its_text():
    error = to_error(429, {"fault": {"faultstring": "Rate limit quota violation"}})
    assert "Rate limit quota violation" in str(error)


def test_the_data_of_an_answer_that_is_no_error_are_not_its_words():
    error = to_error(200, {"models": "x", "data": "1000"})
    assert type(error) is ProtocolError
    assert "1000" not in str(error)


@pytest.mark.parametrize("words", ["x " * 500_000, "image exceed " * 80_000, "sk-" * 300_000])
def test_the_beginning_and_the_end_of_long_words_decide(words):
    for text in (f"Too many requests. {words}", f"{words} Try again in 7s: rate limit"):
        error = to_error(400, {"error": {"message": text}})
        assert (type(error), len(str(error)) < 1000) == (RateLimitError, True)
    assert error.retry_after == 7


@pytest.mark.parametrize("sign", ["<message ", "<title", "<message>", "'", "[", "{", "data: ", " "])
def test_a_page_of_a_megabyte_is_read_in_linear_time(sign):
    # A quadratic pattern takes minutes here: the timeout of the suite ends the test.
    error = error_from_response(503, {}, (sign * 400_000)[: 1024 * 1024].encode())
    assert type(error) is ServerError

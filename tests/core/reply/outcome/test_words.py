"""Errors whose body is not JSON: their words count, and so does the first event of a stream."""

import json

import pytest

from weryai_core import (
    APIError,
    AuthenticationError,
    ContextOverflowError,
    InsufficientCreditsError,
    InvalidRequestError,
    ProtocolError,
    RateLimitError,
    ServerError,
    UnknownModelError,
)
from weryai_core.reply.outcome.error_body import error_from_response
from weryai_core.secrets.redact import Secrets

TOO_LONG = "This model's maximum context length is 8192 tokens"
EVENT = json.dumps({"error": {"message": TOO_LONG, "type": "invalid_request_error"}})
LIMITED = json.dumps({"error": {"message": "Slow down", "code": "rate_limit_exceeded"}})

# Status and body -> class, words.
BODIES = {
    "a text": (400, TOO_LONG, ContextOverflowError, TOO_LONG),
    "a text in Chinese": (403, "用户额度不足", InsufficientCreditsError, "用户额度不足"),
    "a text about a model": (404, "model foo not found", UnknownModelError, "model foo"),
    "a text about a parameter": (400, "top_p is odd", InvalidRequestError, "top_p is odd"),
    "a text about the key": (401, "no such key", AuthenticationError, "no such key"),
    "a text of a proxy": (502, "upstream reset", ServerError, "upstream reset"),
    "a text that forbids": (403, "Forbidden", APIError, "Forbidden"),
    "a page": (502, "<html><title>Bad &amp; gone</title><p>x", ServerError, "502: Bad & gone."),
    "a page without a title": (502, "<html><p>x</p>", ServerError, "HTTP 502. The body"),
    "XML": (
        400,
        "<?xml version='1.0'?><Error><Message>prompt is too long</Message></Error>",
        ContextOverflowError,
        "prompt is too long",
    ),
    "a long text": (400, TOO_LONG + "x" * 2000, InvalidRequestError, "HTTP 400. The body"),
    "broken JSON": (400, '{"message": "prompt is too', InvalidRequestError, "HTTP 400. The body"),
    "an event": (400, f"data: {EVENT}\n\ndata: [DONE]\n\n", ContextOverflowError, TOO_LONG),
    "an event that is cut": (400, f"event: error\ndata:{EVENT}", ContextOverflowError, TOO_LONG),
    "an event after a comment": (429, f": hi\n\ndata: {LIMITED}\n\n", RateLimitError, "Slow down"),
    "JSON in JSON text": (400, json.dumps(EVENT), ContextOverflowError, TOO_LONG),
    "a text with a good status": (200, "Hello there", ProtocolError, "Hello there"),
}


@pytest.mark.parametrize(("status", "body", "error_class", "words"), BODIES.values(), ids=BODIES)
def test_the_words_of_a_body_that_is_not_json_decide(status, body, error_class, words):
    error = error_from_response(status, {}, body.encode())
    assert type(error) is error_class
    assert words in str(error)


def test_secrets_in_such_words_are_redacted():
    error = error_from_response(401, {}, b"bad key topsecret9", secrets=Secrets("topsecret9"))
    assert "bad key [hidden]" in str(error)
    assert "topsecret9" not in error.response.text

"""The failures of an upstream as errors of the service."""

from __future__ import annotations

import httpx2
import pytest

from weryai_emulator.upstream.address import Upstream
from weryai_emulator.upstream.refusals import Refusals

KEY = "sk-upstream"
UPSTREAM = Upstream("http://user:secret@127.0.0.1:9/v1", api_key=KEY)
NAME = "The upstream at http://127.0.0.1:9/v1"


@pytest.fixture
def refusals():
    return Refusals(UPSTREAM)


def test_neither_key_nor_password_is_shown():
    assert repr(UPSTREAM).count("sk-upstream") == 0
    assert UPSTREAM.shown == "http://127.0.0.1:9/v1"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"error": {"message": "No such model.", "type": "x"}}', "No such model."),
        (b'{"error": "model not found"}', "model not found"),
        (b'{"object": "error", "message": "Too long."}', "Too long."),
        (b'{"detail": "Not Found"}', "Not Found"),
        (b'{"error": {"message": "Bad key sk-upstream."}}', "Bad key [key]."),
        (b'{"error": {}}', '{"error": {}}'),
        (b"[1]", "[1]"),
        (b"<html>\n  <p>Bad gateway</p>\n</html>", "<html> <p>Bad gateway</p> </html>"),
        (b"x" * 1000, "x" * 500),
        (b"", "nothing"),
    ],
)
def test_an_error_says_what_the_upstream_says(refusals, body, text):
    refusal = refusals.for_status(httpx2.Response(500, content=body))
    assert refusal.message == f"{NAME} answered with status 500: {text}"


@pytest.mark.parametrize(
    ("status", "code", "http_status"),
    [
        (400, 1001, 400),
        (402, 1011, 402),
        (404, 1003, 404),
        (413, 1001, 413),
        (429, 1001, 429),
        (500, 6001, 500),
        (503, 6001, 503),
        (302, 6001, 502),
        (204, 6001, 502),
    ],
)
def test_an_error_keeps_its_status(refusals, status, code, http_status):
    kind = refusals.for_status(httpx2.Response(status)).kind
    assert (kind.code, kind.http_status) == (code, http_status)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_the_emulators(refusals, status):
    refusal = refusals.for_status(httpx2.Response(status, content=b"no"))
    assert refusal.message.endswith(
        f"status {status}: no (It gets the key `upstream_api_key`, not the client's.)"
    )


def test_the_time_to_wait_is_passed_on(refusals):
    refusal = refusals.for_status(httpx2.Response(429, headers={"Retry-After": "7"}))
    assert refusal.headers == {"retry-after": "7"}
    assert refusals.for_status(httpx2.Response(429)).headers == {}


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            httpx2.ConnectError("refused"),
            f"{NAME} cannot be reached (ConnectError: refused). "
            "Start it, or give the emulator another address.",
        ),
        (httpx2.ReadError(""), f"{NAME} broke off its answer (ReadError)."),
    ],
)
def test_a_failed_connection_is_a_bad_gateway(refusals, error, message):
    refusal = refusals.for_failure(error)
    assert (refusal.message, refusal.kind.http_status) == (message, 502)

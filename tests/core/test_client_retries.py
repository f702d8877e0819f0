"""Which failures the clients retry, and what they never do twice."""

import pickle

import pytest
from client_calls import CALLS, KEY, LIMITED, REQUEST
from raw_answers import PIECE
from replies import to_stream

from weryai_core import (
    AsyncClient,
    AuthenticationError,
    Client,
    InsufficientCreditsError,
    InvalidRequestError,
    MessageCountError,
    ProtocolError,
    RateLimitError,
    ServerError,
    StreamError,
    WeryAIError,
    merge_chunks,
)

# -- Errors ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "error_class"),
    [
        (401, b"", AuthenticationError),
        (200, {"status": 1004, "message": "x"}, InsufficientCreditsError),
        (200, {"error": {"code": "invalid_api_key"}}, AuthenticationError),
    ],
    ids=["by status", "by an envelope in 200", "by an error in 200"],
)
def test_refusals_raise_their_class_after_one_request(driver, service, status, body, error_class):
    for number, what in enumerate(CALLS, 1):
        service.reply(body, status=status, headers={"x-request-id": "req-1"})
        with pytest.raises(error_class) as caught:
            getattr(driver, what)()
        assert type(caught.value) is error_class
        assert (caught.value.status_code, caught.value.request_id) == (status, "req-1")
        assert len(service.requests) == number


@pytest.mark.parametrize(
    ("request_", "error_class"),
    [
        ({**REQUEST, "temperature": 3}, InvalidRequestError),
        ({**REQUEST, "messages": []}, MessageCountError),
    ],
    ids=["out of bounds", "no message"],
)
def test_an_invalid_request_is_not_sent(driver, service, request_, error_class):
    for ask in (driver.chat, driver.stream):
        with pytest.raises(error_class):
            ask(request_)
    assert service.requests == []


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_an_invalid_stream_is_refused_before_it_is_read(kind):
    with pytest.raises(InvalidRequestError):
        kind(api_key=KEY).stream({**REQUEST, "top_p": 2})


@pytest.mark.parametrize("key", [KEY, "plain-0123456789"])
def test_an_echoed_key_is_redacted_from_the_error(make_driver, service, key):
    driver = make_driver(api_key=key, max_retries=0)
    body = {"status": 1002, "message": f"wrong key: {key}", "data": None}
    for what in CALLS:
        for status in (200, 401):
            service.reply(body, status=status, headers={"x-key": f"Bearer {key}"})
            with pytest.raises(WeryAIError) as caught:
                getattr(driver, what)()
            error = caught.value
            shown = f"{error} {error!r} {error.response} {error.response.text}"
            assert key not in shown
            assert key not in str(error.response.headers)
            assert key.encode() not in pickle.dumps(error)


@pytest.mark.parametrize("place", ["default header", "header of the call", "query"])
def test_echoed_values_of_headers_and_queries_are_redacted(make_driver, service, place):
    token = "tenant-0123/45"
    settings = {
        "default header": {"default_headers": {"X-Tenant-Token": token, "X-Run": "1"}},
        "header of the call": {"default_headers": {"X-Run": "1"}},
        "query": {"default_query": {"tenant_token": [token], "run": 1}},
    }
    headers = {"X-Auth": f"Bearer {token}"} if place == "header of the call" else None
    # JSON may write a slash with a backslash before it.
    escaped = token.replace("/", "\\/")
    body = f'{{"status": 1002, "message": "{token}, {escaped}: run 1 refused", "data": null}}'
    driver = make_driver(max_retries=0, **settings[place])
    for ask in (driver.chat, driver.stream):
        service.reply(body.encode(), status=401, headers={"x-echo": token})
        with pytest.raises(WeryAIError, match="run 1 refused") as caught:
            ask(headers=headers)
        error = caught.value
        shown = f"{error} {error!r} {error.response} {error.response.text} {error.response.headers}"
        assert token not in shown
        assert escaped not in shown
        assert token.encode() not in pickle.dumps(error)


# -- Retries -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "error_class"),
    [
        (503, b"<html>", ServerError),
        (200, LIMITED, RateLimitError),
        (200, b"", ProtocolError),
    ],
    ids=["by status", "by an envelope in 200", "by an empty body"],
)
def test_temporary_errors_are_retried_twice(driver, service, status, body, error_class):
    for ask in (driver.chat, driver.stream):
        service.requests.clear()
        for _ in range(3):
            service.reply(body, status=status)
        with pytest.raises(error_class, match=r"Gave up after 3 requests\.$"):
            ask()
        assert len(service.requests) == 3
        assert len({request.body for request in service.requests}) == 1


def test_without_retries_one_request_is_made(make_driver, service):
    driver = make_driver(max_retries=0)
    for number, ask in enumerate((driver.chat, driver.stream), 1):
        service.reply(b"", status=500)
        with pytest.raises(ServerError):
            ask()
        assert len(service.requests) == number


@pytest.mark.parametrize("failures", [1, 2])
def test_an_answer_after_failures_is_the_answer(driver, service, failures):
    for failure in range(2 * failures):
        service.reply(b"", status=500 + failure % 2)
        if failure % failures == failures - 1:
            service.reply_text("Hi") if failure < failures else service.reply_stream("Hi")
    assert driver.chat().text == "Hi"
    assert merge_chunks(driver.stream()).text == "Hi"
    assert len(service.requests) == 2 * (failures + 1)


def test_models_and_balance_are_retried_too(driver, service):
    service.reply(b"", status=500)
    service.reply({"models": []})
    assert driver.models() == []
    service.reply(LIMITED)
    service.reply({"status": 0, "data": 5})
    assert driver.balance() == 5.0


def test_a_wait_of_0_s_that_the_service_asks_for_is_kept(driver, service):
    service.reply(b"", status=429, headers={"retry-after": "0"})
    service.reply_text("Hi")
    assert driver.chat().text == "Hi"


def test_a_long_wait_is_an_error_at_once(driver, service):
    for number, ask in enumerate((driver.chat, driver.stream), 1):
        service.reply(b"", status=429, headers={"Retry-After": "61"})
        with pytest.raises(RateLimitError, match="asks to wait 61 s, longer than the 60 s"):
            ask()
        assert len(service.requests) == number


def test_a_stream_that_begins_with_an_error_that_is_temporary_is_retried(driver, service):
    role = {"choices": [{"index": 0, "delta": {"role": "assistant"}}]}
    service.reply(to_stream(LIMITED))
    service.reply(to_stream(role, {"error": {"code": "server_error"}}))
    service.reply_stream("Hi")
    assert merge_chunks(driver.stream()).text == "Hi"
    assert len(service.requests) == 3


def test_a_stream_that_begins_with_a_lasting_error_is_not_retried(driver, service):
    service.reply(to_stream({"error": {"code": "insufficient_quota"}}))
    with pytest.raises(InsufficientCreditsError):
        driver.stream()
    assert len(service.requests) == 1


def test_a_stream_cut_before_its_first_chunk_is_retried(driver, service):
    service.reply(to_stream({"choices": [{"delta": {"role": "assistant"}}]}, done=False))
    service.reply(to_stream(done=True))
    service.reply_stream("Hi")
    assert merge_chunks(driver.stream()).text == "Hi"
    assert len(service.requests) == 3


@pytest.mark.parametrize(
    ("end", "error_class"),
    [
        ([], StreamError),
        ([LIMITED], RateLimitError),
        ([{"error": {"code": "server_error"}}], ServerError),
        (["no json"], ProtocolError),
    ],
    ids=["cut", "envelope", "error object", "no JSON"],
)
def test_nothing_is_retried_after_the_first_chunk(driver, service, end, error_class):
    piece = {"choices": [{"index": 0, "delta": {"content": "Hel"}}]}
    service.reply(to_stream(piece, *end, done=False))
    chunks = []
    with pytest.raises(error_class) as caught:
        driver.stream(on_chunk=chunks.append)
    assert [chunk.text for chunk in chunks] == ["Hel"]
    assert caught.value.partial.text == "Hel"
    assert len(service.requests) == 1


def test_nothing_is_retried_after_a_first_event_without_its_empty_line(driver, service):
    piece = {"choices": [{"index": 0, "delta": {"content": "Hel"}}]}
    service.reply(to_stream(piece, done=False).rstrip())
    chunks = []
    with pytest.raises(StreamError) as caught:
        driver.stream(on_chunk=chunks.append)
    assert [chunk.text for chunk in chunks] == ["Hel"]
    assert caught.value.partial.text == "Hel"
    assert len(service.requests) == 1


def test_nothing_is_retried_after_a_first_event_that_is_cut_after_its_data(
    make_own_driver, raw_server
):
    raw_server.reply_stream(PIECE.rstrip())
    chunks = []
    with pytest.raises(StreamError) as caught:
        make_own_driver(raw_server.url).stream(on_chunk=chunks.append)
    assert [chunk.text for chunk in chunks] == ["Hel"]
    assert caught.value.partial.text == "Hel"
    assert len(raw_server.connections) == 1

"""Every fault of the emulator's catalogue through both clients, whole and streamed.

Each fault meets a request and its only retry. A row has what a whole call and a stream come to: the
text or the error class, the number of requests, and the text of `partial`. A set holds outcomes
that are all possible.
"""

import asyncio
import re
from pathlib import Path

import httpx
import pytest

from weryai_core import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AsyncClient,
    AuthenticationError,
    Client,
    ContentFilterError,
    ContextOverflowError,
    DailyQuotaError,
    InsufficientCreditsError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    RateLimitError,
    ReplyTooLargeError,
    ServerError,
    StreamError,
    UnknownModelError,
    WeryAIError,
    merge_chunks,
)
from weryai_emulator import faults

REQUEST = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
TEXT = "One two three four five."
PART = "One two "


def same(*outcome):
    return (outcome, outcome)


ANSWERED = same(TEXT, 1)
# If bytes that are not HTTP come in one packet with good ones, aiohttp discards the good ones too.
IN_ONE_PACKET = {(StreamError, 1, PART), (StreamError, 2, PART), (APIConnectionError, 2)}
BUSY = ((RateLimitError, 2, PART), (RateLimitError, 1, PART))

# Name and remark -> parameters, whole, streamed. Without a partial answer, an error has no text.
STATUSES = {
    "http_error": ({}, *same(ServerError, 2)),
    "http_error 408": ({"status": 408}, *same(APIError, 2)),
    "http_error 409": ({"status": 409, "body": "openai"}, *same(APIError, 2)),
    "http_error 425": ({"status": 425, "body": "empty"}, *same(APIError, 2)),
    "http_error 418": ({"status": 418, "body": "text"}, *same(APIError, 1)),
    "http_error 422": ({"status": 422, "body": "validation"}, *same(InvalidRequestError, 1)),
    "http_error 400": ({"status": 400, "body": "detail"}, *same(InvalidRequestError, 1)),
    "http_error 200": ({"status": 200, "body": "empty"}, *same(ProtocolError, 2)),
    "http_error 204": ({"status": 204}, *same(ProtocolError, 2)),
    "http_error 529": ({"status": 529, "body": "upstream"}, *same(ServerError, 2)),
    "http_error 599": ({"status": 599, "body": "html"}, *same(ServerError, 2)),
    "rate_limit": ({}, *same(RateLimitError, 2)),
    "rate_limit at once": ({"retry_after": 0}, *same(RateLimitError, 2)),
    "rate_limit too long": ({"retry_after": 3600}, *same(RateLimitError, 1)),
    "rate_limit by a date": ({"retry_after": 0, "as_date": True}, *same(RateLimitError, 2)),
    "rate_limit by a late date": ({"retry_after": 3600, "as_date": True}, *same(RateLimitError, 1)),
    "server_error": ({}, *same(ServerError, 2)),
    "overloaded": ({}, *same(ServerError, 2)),
    "bad_gateway": ({}, *same(ServerError, 2)),
    "unauthorized": ({}, *same(AuthenticationError, 1)),
    "forbidden": ({}, *same(PermissionDeniedError, 1)),
    "no_credits": ({}, *same(InsufficientCreditsError, 1)),
    "not_found": ({}, *same(NotFoundError, 1)),
    "bad_request": ({}, *same(InvalidRequestError, 1)),
    "bad_request long": ({"message": "The prompt is too long"}, *same(ContextOverflowError, 1)),
    "too_large": ({}, *same(ContextOverflowError, 1)),
    "redirect": ({}, *same(APIError, 1)),
    "redirect 307": ({"status": 307, "location": "/v1/chat/completions"}, *same(APIError, 1)),
}
FAILURES = {
    "envelope": ({}, *same(ServerError, 2)),
    "envelope 1001": ({"code": 1001, "message": "rate limit"}, *same(RateLimitError, 2)),
    "envelope 1002": ({"code": 1002, "message": "Invalid API Key"}, *same(AuthenticationError, 1)),
    "envelope 1003": ({"code": 1003}, *same(NotFoundError, 1)),
    "envelope 1004": ({"code": 1004}, *same(InsufficientCreditsError, 1)),
    "envelope 1005": ({"code": 1005}, *same(ContentFilterError, 1)),
    "envelope 1006": ({"code": 1006}, *same(UnknownModelError, 1)),
    "envelope 1007": ({"code": 1007}, *same(RateLimitError, 2)),
    "envelope 1009": ({"code": 1009}, *same(PermissionDeniedError, 1)),
    "envelope 1010": ({"code": 1010}, *same(NotFoundError, 1)),
    "envelope 1011": ({"code": 1011, "msg": True}, *same(InsufficientCreditsError, 1)),
    "envelope 1017": ({"code": 1017}, *same(PermissionDeniedError, 1)),
    "envelope 2001": ({"code": 2001}, *same(ContentFilterError, 1)),
    "envelope 2003": ({"code": 2003}, *same(ContentFilterError, 1)),
    "envelope 6002": ({"code": 6002, "msg": True}, *same(RateLimitError, 2)),
    "envelope 6003": ({"code": 6003}, *same(ServerError, 2)),
    "envelope 6004": ({"code": 6004}, *same(ServerError, 2)),
    "envelope 6010": ({"code": 6010}, *same(RateLimitError, 2)),
    "envelope 6101": ({"code": 6101}, *same(DailyQuotaError, 1)),
    "envelope 9999": ({"code": 9999, "message": "no"}, *same(APIError, 1)),
    "error_object": ({}, *same(RateLimitError, 2)),
    "error_object key": ({"code": "invalid_api_key"}, *same(AuthenticationError, 1)),
    "error_object text": ({"form": "text"}, *same(ServerError, 2)),
    "error_object errors": ({"form": "errors"}, *same(RateLimitError, 2)),
    "error_object errorMsg": ({"form": "errorMsg"}, *same(RateLimitError, 2)),
    "error_object fault": ({"form": "fault"}, *same(RateLimitError, 2)),
    "error_object type": ({"form": "type", "code": "api_error"}, *same(ServerError, 2)),
    "error_object success": ({"form": "success"}, *same(RateLimitError, 2)),
    "error_event unnamed": ({"named": False}, (RateLimitError, 2), (RateLimitError, 1, PART)),
    "error_event": ({}, (RateLimitError, 2), (RateLimitError, 1, PART)),
    "error_event first": ({"after": 0}, *same(RateLimitError, 2)),
    "error_beside": ({}, *BUSY),
    "error_in_choice": ({}, *BUSY),
    "failed_finish": ({}, (ServerError, 2, PART), (ServerError, 1, PART)),
    "failed_finish empty": ({"after": 0, "reason": "OTHER"}, *same(ServerError, 2, "")),
    "blocked": ({}, *same(ContentFilterError, 1, "")),
    "blocked by Google": ({"reason": "SAFETY"}, *same(ContentFilterError, 1, "")),
    "blocked later": ({"after": 2}, *same(PART, 1)),
    "blocked_prompt": ({}, *same(ContentFilterError, 1)),
}
BODIES = {
    "empty_body": ({}, *same(ProtocolError, 2)),
    "empty_body blank": ({"blank": True}, *same(ProtocolError, 2)),
    "html_page": ({}, *same(ProtocolError, 2)),
    "plain_text": ({}, *same(ServerError, 2)),
    "random_bytes": ({}, *same(ProtocolError, 2)),
    "random_bytes few": ({"size": 1, "seed": 7}, *same(ProtocolError, 2)),
    "no_choices": ({}, *same(ProtocolError, 2)),
    "no_choices null": ({"field": "null"}, *same(ProtocolError, 2)),
    "no_choices missing": ({"field": "missing"}, *same(ProtocolError, 2)),
    "no_data": ({}, *same(ProtocolError, 2)),
    "no_message": ({}, (ProtocolError, 2, ""), (ProtocolError, 2)),
    "truncated_json": ({}, (ProtocolError, 2), (ProtocolError, 1, PART)),
    "unfinished": ({}, (TEXT, 1), (StreamError, 1, PART)),
    "unfinished done": ({"done": True}, (TEXT, 1), (PART, 1)),
    "unfinished at once": ({"after": 0, "done": True}, (TEXT, 1), (ProtocolError, 2)),
    "lost_event": ({}, (ProtocolError, 2), (ProtocolError, 1, PART)),
    "wrong_delivery": ({}, *ANSWERED),
    "odd_json": ({}, *ANSWERED),
    "odd_json nan": ({"kind": "nan"}, *ANSWERED),
    "odd_json infinity": ({"kind": "infinity"}, *ANSWERED),
    "odd_json integer": ({"kind": "long integer"}, *ANSWERED),
    "odd_json doubled": ({"kind": "doubled key"}, *ANSWERED),
    "changing_types": ({}, *ANSWERED),
}
CONNECTIONS = {
    "drop": ({}, *same(APIConnectionError, 2)),
    "reset": ({}, *same(APIConnectionError, 2)),
    "cut": ({}, (APIConnectionError, 2), (StreamError, 1, PART)),
    "cut at once": ({"after": 0}, *same(APIConnectionError, 2)),
    "cut by a reset": ({"reset": True}, (APIConnectionError, 2), (StreamError, 1, PART)),
    "cut_head": ({}, *same(APIConnectionError, 2)),
    "cut_end": ({}, *ANSWERED),
    "not_http": ({}, *same(APIConnectionError, 2)),
    "not_http random": ({"size": 1000}, *same(APIConnectionError, 2)),
    "bad_chunk": ({}, (APIConnectionError, 2), IN_ONE_PACKET),
    "short_length": ({}, {(ProtocolError, 2), (APIConnectionError, 2)}, IN_ONE_PACKET),
    "two_lengths": ({}, *same(APIConnectionError, 2)),
    "long_head": ({}, *same(APIConnectionError, 2)),
    "until_close": ({}, *ANSWERED),
    "idle_close": ({}, *ANSWERED),
    "interim": ({}, *ANSWERED),
}
DELAYS = {
    "slow_start": ({"seconds": 0.01}, *ANSWERED),
    "drip": ({"pause": 0}, *ANSWERED),
    "drip_head": ({"pause": 0}, *ANSWERED),
    "drip_error": ({"pause": 0}, *same(ServerError, 2)),
}
ENCODINGS = {
    "gzipped": ({}, *ANSWERED),
    "not_gzip": ({}, *same(APIConnectionError, 2)),
    "not_gzip misconfigured": ({"encoding": "utf-8"}, *ANSWERED),
    "not_gzip brotli": ({"encoding": "br"}, *same(ProtocolError, 1)),
    "not_gzip unknown": ({"encoding": "x-secret"}, *ANSWERED),
    "cut_gzip": ({}, *same(ProtocolError, 2)),
    "gzip_bomb": ({"size": 100_000}, *same("0" * 100_000, 1)),
    "gzip_bomb in an error": ({"size": 100_000, "status": 500}, *same(ServerError, 2)),
    "latin_1": ({}, *same("O\ufffd est le caf\ufffd?", 1)),
    "utf_16": ({}, *same(ProtocolError, 2)),
    "byte_order_mark": ({}, *ANSWERED),
    "wrong_type": ({}, *ANSWERED),
}
SIZES = {
    "huge_event": ({"size": 1_000_000}, *same("0" * 1_000_000, 1)),
    "huge_error": ({"size": 1_000_000}, *same(ServerError, 2)),
    "many_chunks": ({"number": 200}, ("a", 1), ("a" * 200, 1)),
    "many_choices": ({"number": 100}, *same("a", 1)),
    "many_fragments": ({"number": 1000}, *same("", 1)),
    "deep_json": ({}, *ANSWERED),
    "blank_start": ({"size": 100_000}, *ANSWERED),
}
# These end only with the client's patience.
WAITS = {
    "hang": ({}, *same(APITimeoutError, 2)),
    "unread": ({}, *same(APITimeoutError, 2)),
    "stall": ({}, (APITimeoutError, 1), (APITimeoutError, 1, PART)),
    "held_open": ({}, *ANSWERED),
}
# These end with the limit of the time without payload.
DRIPS = {
    "keep_alives": ({"pause": 0.02}, (APITimeoutError, 1), (APITimeoutError, 1, PART)),
    "drip": ({"pause": 0.02}, *same(APITimeoutError, 1)),
    "drip_head": ({"pause": 0.02}, *same(APITimeoutError, 2)),
    "drip_error": ({"pause": 0.02}, *same(ServerError, 2)),
    "interim": ({"pause": 0.02, "count": 1000}, *same(APITimeoutError, 2)),
}
# These go beyond the sizes that a client is to read.
LIMITED = {
    "huge_event": ({"size": 5_000_000}, *same(ReplyTooLargeError, 1)),
    "huge_error": ({"size": 5_000_000}, *same(ServerError, 2)),
    "gzip_bomb": ({"size": 300_000}, *same(ReplyTooLargeError, 1)),
    "gzip_bomb in an error": ({"size": 5_000_000, "status": 500}, *same(ServerError, 2)),
    "endless": ({}, *same(ReplyTooLargeError, 1)),
    "many_chunks": ({"number": 130_000}, *same(ReplyTooLargeError, 1)),
    "many_choices": ({"number": 1000}, *same(ReplyTooLargeError, 1)),
    "many_fragments": ({"number": 60_000}, *same(ReplyTooLargeError, 1)),
    "deep_json": ({"levels": 200_000}, *same(ReplyTooLargeError, 1)),
    "blank_start": ({"size": 300_000}, (ReplyTooLargeError, 1), (TEXT, 1)),
}
AT_ONCE = {
    **STATUSES,
    **FAILURES,
    **BODIES,
    **CONNECTIONS,
    **DELAYS,
    **ENCODINGS,
    **SIZES,
}


def outcome_of(driver, streamed):
    """The text or the error class, and the text of the partial answer, if there is one."""
    try:
        chunk = merge_chunks(driver.stream()) if streamed else driver.chat()
    except WeryAIError as error:
        partial = error.partial
        return (type(error),) if partial is None else (type(error), partial.text)
    return (chunk.text,)


def check(row, rows, drivers, emulator, *, with_partial=True):
    parameters, *expected = rows[row]
    for driver in drivers:
        for streamed, outcomes in zip((False, True), expected, strict=True):
            emulator.reset()
            emulator.fail(row.split()[0], times=2, **parameters)
            result, *partial = outcome_of(driver, streamed)
            outcome = (result, len(emulator.requests), *(partial if with_partial else ()))
            possible = outcomes if isinstance(outcomes, set) else {outcomes}
            assert outcome in possible, (driver.way, "streamed" if streamed else "whole")
            assert {request.fault for request in emulator.requests} == {row.split()[0]}


@pytest.mark.parametrize("row", AT_ONCE)
def test_a_fault_has_its_outcome(row, own_drivers, weryai_emulator):
    check(row, AT_ONCE, own_drivers(weryai_emulator.base_url, max_retries=1), weryai_emulator)


@pytest.mark.parametrize("row", WAITS)
def test_a_silence_ends_with_the_read_timeout(row, own_drivers, weryai_emulator):
    _, whole, _ = WAITS[row]
    patience = 0.1 if whole[1] == 2 else 0.5  # longer, if a part of the answer has to arrive
    url = weryai_emulator.base_url
    drivers = own_drivers(url, max_retries=1, timeout=(60, patience, 60, 60))
    check(row, WAITS, drivers, weryai_emulator)


@pytest.mark.parametrize("row", DRIPS)
def test_a_drip_ends_with_the_limit_of_the_time_without_payload(row, own_drivers, weryai_emulator):
    url = weryai_emulator.base_url
    drivers = own_drivers(url, max_retries=1, timeout=(60, 0.3, 60, 60), stream_chunk_timeout=0.3)
    check(row, DRIPS, drivers, weryai_emulator)


@pytest.mark.parametrize("row", LIMITED)
def test_an_answer_beyond_a_size_is_given_up(row, own_drivers, weryai_emulator):
    sizes = {"max_reply_bytes": 100_000, "max_event_bytes": 100_000}
    drivers = own_drivers(weryai_emulator.base_url, max_retries=1, **sizes)
    # How much of a stream had arrived depends on how its bytes were cut.
    check(row, LIMITED, drivers, weryai_emulator, with_partial=False)


def test_an_endless_answer_ends_with_the_time_of_the_call(own_drivers, weryai_emulator):
    for driver in own_drivers(weryai_emulator.base_url, total_timeout=0.5):
        for streamed in (False, True):
            weryai_emulator.fail("endless", pause=0.05)
            error_class, *partial = outcome_of(driver, streamed)
            assert error_class is APITimeoutError
            assert [text[:10] for text in partial] == (["more more "] if streamed else [])


def stream_and_chat(driver):
    """The texts of two calls, one after the other on one connection."""
    if driver.way == "sync":
        with Client.from_config(driver.config) as client:
            return [merge_chunks(client.stream(REQUEST)).text, client.chat(REQUEST).text]

    async def ask():
        async with AsyncClient.from_config(driver.config) as client:
            streamed = merge_chunks([chunk async for chunk in client.stream(REQUEST)])
            return [streamed.text, (await client.chat(REQUEST)).text]

    return asyncio.run(ask())


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_a_connection_that_was_closed_while_idle_is_retried(reset, own_drivers, weryai_emulator):
    for driver in own_drivers(weryai_emulator.base_url, max_retries=1):
        weryai_emulator.reset()
        weryai_emulator.fail("idle_close", reset=reset)
        weryai_emulator.reply("Next.")
        assert stream_and_chat(driver) == [TEXT, "Next."]
        # The request that met the closed connection was not read.
        assert [request.fault for request in weryai_emulator.requests] == ["idle_close", None]


def test_the_emulator_at_a_https_address_is_a_failed_tls_handshake(own_drivers, weryai_emulator):
    url = weryai_emulator.base_url.replace("http:", "https:")
    for driver in own_drivers(url, max_retries=1):
        assert outcome_of(driver, streamed=False) == (APIConnectionError,)
    assert weryai_emulator.requests == []


def test_an_error_whose_body_cannot_be_read_has_the_class_of_its_status(
    own_drivers, weryai_emulator
):
    for driver in own_drivers(weryai_emulator.base_url, max_retries=1):
        for encoding in ("br", "gzip"):
            weryai_emulator.reset()
            weryai_emulator.reply_error(503, b"busy", headers={"Content-Encoding": encoding})
            weryai_emulator.reply_error(401, b"no", headers={"Content-Encoding": encoding})
            assert outcome_of(driver, streamed=False) == (AuthenticationError,)
            assert len(weryai_emulator.requests) == 2


def test_every_fault_has_a_row():
    rows = {**AT_ONCE, **WAITS, **DRIPS, **LIMITED}
    assert {row.split()[0] for row in rows} == set(faults.CATALOGUE)


def described(outcomes):
    """What the page says of the outcome of a call."""
    possible = outcomes if isinstance(outcomes, set) else {outcomes}
    results = {result for result, *_ in possible}
    if any(isinstance(result, str) for result in results):
        return "the answer"
    names = " or ".join(sorted(f"`{result.__name__}`" for result in results))
    return names + (", retried" if all(count == 2 for _, count, *_ in possible) else "")


def shown_outcome(name):
    """What the page says of a fault: with its defaults, or else beyond a limit of the client."""
    rows = [
        value
        for table in (AT_ONCE, LIMITED, DRIPS, WAITS)
        for row, value in table.items()
        if row.split()[0] == name
    ]
    by_default = [row for row in rows if row[0] == {}]
    beyond = [table[name] for table in (LIMITED, DRIPS) if name in table]
    _, whole, streamed = (*by_default, *beyond, *rows)[0]
    texts = list(dict.fromkeys(map(described, (whole, streamed))))
    return texts[0] if len(texts) == 1 else f"{texts[0]}; of a stream: {texts[1]}"


def test_the_page_has_the_outcome_of_each_fault():
    page = (Path(__file__).parents[2] / "docs" / "faults.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", page, re.MULTILINE))
    assert shown == {name: shown_outcome(name) for name in faults.CATALOGUE}


def test_temporary_faults_are_survived_with_a_retry(own_drivers, weryai_emulator):
    for driver in own_drivers(weryai_emulator.base_url, max_retries=1):
        for name in faults.TEMPORARY:
            weryai_emulator.reset()
            weryai_emulator.fail(name)
            assert driver.chat().text, name
            assert len(weryai_emulator.requests) == (1 if name == "unfinished" else 2), name


def test_a_request_that_is_not_read_has_no_body(weryai_emulator):
    weryai_emulator.fail("unread")
    timeout = httpx.Timeout(60, write=0.1)
    with pytest.raises(httpx.WriteTimeout):
        httpx.post(f"{weryai_emulator.base_url}/x", content=b"x" * 30_000_000, timeout=timeout)
    assert (weryai_emulator.last_request.body, weryai_emulator.last_request.json) == (b"", None)


def test_calls_that_meet_faults_by_chance_are_all_accounted_for(own_drivers, weryai_emulator):
    names = ["rate_limit", "server_error", "drop", "cut", "error_event"]
    for driver in own_drivers(weryai_emulator.base_url, max_retries=1):
        weryai_emulator.reset()
        weryai_emulator.fail_sometimes(0.4, seed=5, names=names)
        outcomes = [outcome_of(driver, streamed=number % 2 == 0) for number in range(40)]
        answered = [result for result, *_ in outcomes if isinstance(result, str)]
        met = [request.fault for request in weryai_emulator.requests]
        assert set(answered) == {'Hello! You said: "Hello"'}
        assert len(answered) == met.count(None) < 40 < len(met)
        assert set(met) == {None, *names}

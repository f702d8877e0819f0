"""Connections that fail, break or stall: which error, how many requests, and no key in it."""

import contextlib
import threading
import traceback

import pytest
from raw_answers import ANSWER, CHUNKED, END, HEAD, PIECE, to_chunk

from weryai_core import (
    APIConnectionError,
    APITimeoutError,
    StreamError,
    WeryAIError,
    merge_chunks,
)

KEY = "sk-0123456789abcdef0123456789abcdef"


@pytest.fixture
def driver(make_socket_driver, raw_server):
    """A client of the raw server, without retries."""
    return make_socket_driver(raw_server.url, max_retries=0)


def test_a_refused_connection_is_a_connection_error_and_no_timeout(make_socket_driver, closed_url):
    driver = make_socket_driver(closed_url)
    for ask in (driver.chat, driver.stream, driver.models, driver.balance):
        with pytest.raises(APIConnectionError, match="Gave up after 3 requests") as caught:
            ask()
        assert type(caught.value) is APIConnectionError
        assert caught.value.status_code is None
        assert [text for text in texts_of(caught.value) if KEY in text] == []


def test_a_host_that_does_not_exist_is_a_connection_error(make_socket_driver):
    with pytest.raises(APIConnectionError) as caught:
        make_socket_driver("http://weryai.invalid/v1", max_retries=0).chat()
    assert type(caught.value) is APIConnectionError


@pytest.mark.parametrize("then", ["close", "reset"])
def test_a_connection_dropped_before_the_reply_is_no_timeout_and_retried(
    socket_drivers, raw_server, then
):
    for driver in socket_drivers(raw_server.url):
        for ask in (driver.chat, driver.stream):
            raw_server.connections.clear()
            raw_server.reply(then=then, times=3)
            with pytest.raises(APIConnectionError, match="Gave up after 3 requests") as caught:
                ask()
            assert type(caught.value) is APIConnectionError
            assert len(raw_server.connections) == 3


def test_a_timeout_before_the_first_byte_is_retried(make_socket_driver, make_raw_server):
    for what in ("chat", "stream"):
        server = make_raw_server()
        server.reply(then="hold", times=3)
        driver = make_socket_driver(server.url, timeout=(30, 0.05))
        with pytest.raises(APITimeoutError, match="Gave up after 3 requests"):
            getattr(driver, what)()
        assert server.wait_for_requests(3)
        assert len(server.connections) == 3


def test_the_timeout_of_a_call_holds_for_it(driver, raw_server):
    raw_server.reply(then="hold")
    with pytest.raises(APITimeoutError):
        driver.chat(timeout=(30, 0.05))


@pytest.fixture
def ask_until_bytes_are_in_time(make_socket_driver, make_raw_server):
    """Asks a server that stalls after its first bytes, and returns the result or the error.

    A loaded machine may send these bytes after the timeout, and then the client retries. If so,
    this asks another server, with a longer timeout.
    """

    def ask(reply, question):
        for seconds in (0.05, 0.5, 5):
            server = make_raw_server()
            reply(server)
            try:
                result = question(make_socket_driver(server.url, timeout=(30, seconds)))
            except WeryAIError as error:
                result = error
            if len(server.connections) == 1:
                break
        assert len(server.connections) == 1
        return result

    return ask


def test_a_timeout_within_a_whole_reply_is_not_retried(ask_until_bytes_are_in_time):
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"
    error = ask_until_bytes_are_in_time(
        lambda server: server.reply(head, then="hold"), lambda driver: driver.chat()
    )
    assert isinstance(error, APITimeoutError)


def test_a_timeout_within_a_stream_holds_what_arrived(ask_until_bytes_are_in_time):
    chunks = []

    def ask(driver):
        chunks.clear()
        return driver.stream(on_chunk=chunks.append)

    error = ask_until_bytes_are_in_time(lambda server: server.reply_stream(PIECE, then="hold"), ask)
    assert isinstance(error, APITimeoutError)
    assert [chunk.text for chunk in chunks] == ["Hel"]
    assert error.partial.text == "Hel"


# Answers that are not HTTP, or not complete.
BROKEN = {
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\ncontent-le",
    "broken header": b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    "a header without end": HEAD + b"x-long: " + b"x" * 200_000 + b"\r\n\r\n",
    "broken length": HEAD + b"content-length: many\r\n\r\n",
    "short body": HEAD + b"content-length: 100\r\n\r\n{",
    "broken chunk length": CHUNKED + b"zz\r\n{}\r\n",
    "cut chunk": CHUNKED + b"64\r\n{",
    "no last chunk": CHUNKED + b"1\r\n{\r\n",
    "broken gzip": HEAD + b"content-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope",
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_broken_answer_is_a_connection_error_and_retried(socket_drivers, raw_server, data):
    for driver in socket_drivers(raw_server.url):
        for ask in (driver.chat, driver.stream):
            raw_server.connections.clear()
            raw_server.reply(data, times=3)
            with pytest.raises(APIConnectionError, match="Gave up after 3 requests") as caught:
                ask()
            assert type(caught.value) is APIConnectionError
            assert len(raw_server.connections) == 3


# What follows the first part of a stream, and how the connection ends then.
BREAKS = {
    "closed": ((), "close"),
    "reset": ((), "reset"),
    "cut chunk": ((b"64\r\ndata: {",), "close"),
}


@pytest.mark.timeout(60)  # a transport that misses the break waits forever
@pytest.mark.parametrize(("rest", "then"), BREAKS.values(), ids=BREAKS)
def test_a_stream_that_breaks_after_a_chunk_is_a_stream_error_that_holds_it(
    socket_drivers, raw_server, rest, then
):
    for driver in socket_drivers(raw_server.url):
        arrived = threading.Event()
        raw_server.connections.clear()
        raw_server.reply_stream(PIECE, arrived, *rest, then=then)
        with pytest.raises(StreamError, match="The stream broke off: ") as caught:
            driver.stream(on_chunk=lambda chunk, arrived=arrived: arrived.set())
        assert caught.value.partial.text == "Hel"
        assert caught.value.__cause__ is not None
        assert len(raw_server.connections) == 1


@pytest.mark.timeout(60)  # a transport that misses the break waits forever
@pytest.mark.parametrize("end", [END, b"data: [DONE]\n\n"], ids=["finish reason", "DONE"])
@pytest.mark.parametrize(("rest", "then"), BREAKS.values(), ids=BREAKS)
def test_a_connection_that_breaks_after_the_answer_loses_nothing(
    socket_drivers, raw_server, end, rest, then
):
    for driver in socket_drivers(raw_server.url, max_retries=0):
        arrived = threading.Event()

        def note_the_end(chunk, arrived=arrived):
            if chunk.choice.finish_reason or chunk.is_last:
                arrived.set()

        raw_server.reply_stream(PIECE + end, arrived, *rest, then=then)
        chunks = driver.stream(on_chunk=note_the_end)
        assert merge_chunks(chunks).text == "Hel"
        assert chunks[-1].is_last


def test_a_stall_after_the_finish_reason_loses_nothing(
    ask_until_bytes_are_in_time,
):
    chunks = ask_until_bytes_are_in_time(
        lambda server: server.reply_stream(PIECE + END, then="hold"),
        lambda driver: driver.stream(),
    )
    assert merge_chunks(chunks).text == "Hel"
    assert chunks[-1].is_last


@pytest.mark.parametrize("value", ["two\r\nlines", "ключ"], ids=["newline", "unicode"])
def test_a_header_that_http_cannot_carry_is_an_error_of_ours_without_it(driver, value):
    with pytest.raises(WeryAIError) as caught:
        driver.chat(headers={"x-secret": value})
    assert value not in str(caught.value)


@pytest.mark.parametrize("host", ["a" * 64 + ".test", "a..test"], ids=["long", "empty"])
def test_a_host_with_an_impossible_label_is_a_connection_error(socket_drivers, host):
    for driver in socket_drivers(f"https://{host}/v1", max_retries=0):
        for ask in (driver.chat, driver.stream, driver.balance):
            with pytest.raises(APIConnectionError) as caught:
                ask()
            assert type(caught.value) is APIConnectionError


@pytest.mark.parametrize("reason", [b"\xff\xfe", "Gr\u00fc\u00dfe".encode(), b""], ids=repr)
def test_an_odd_reason_phrase_is_at_worst_an_error_of_ours(socket_drivers, raw_server, reason):
    for driver in socket_drivers(raw_server.url, max_retries=0):
        for status in (200, 500):
            raw_server.reply(ANSWER.replace(b"200 OK", b"%d %b" % (status, reason)))
            with contextlib.suppress(WeryAIError):
                assert driver.chat().text == "Hi"


# What the server sends, and what it does then.
FAILURES = {
    "no HTTP": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "close"),
    "hung up": (b"", "close"),
    "reset": (b"", "reset"),
    "silence": (b"", "hold"),
    "cut stream": (CHUNKED + to_chunk(PIECE), "close"),
    "reset stream": (CHUNKED + to_chunk(PIECE), "reset"),
    "stalled stream": (CHUNKED + to_chunk(PIECE), "hold"),
    "broken gzip": (BROKEN["broken gzip"], "close"),
    "broken chunk": (BROKEN["broken chunk length"], "close"),
    "no answer": (HEAD + b"content-length: 2\r\n\r\n{}", "close"),
    "an error event": (HEAD + b'\r\ndata: {"error":{"message":"x"}}\n\n', "close"),
    "refusal": (b"HTTP/1.1 401 No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n", "close"),
}


def texts_of(error):
    """The texts, attributes and frames of an error and of those behind it, tests excluded."""
    seen, behind = [], [error]
    while behind:
        error = behind.pop()
        if error is None or error in seen:
            continue
        seen.append(error)
        behind += [error.__cause__, error.__context__]
        yield f"{error} {error!r} {vars(error)}"
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if frame.f_code.co_filename != __file__ and "tests" not in frame.f_code.co_filename:
                yield f"{frame.f_code.co_name} {frame.f_locals!r}"


@pytest.mark.parametrize(("data", "then"), FAILURES.values(), ids=FAILURES)
def test_no_error_and_no_frame_behind_it_holds_the_key(socket_drivers, raw_server, data, then):
    for driver in socket_drivers(raw_server.url, max_retries=0, timeout=(30, 0.05)):
        for ask in (driver.chat, driver.stream):
            raw_server.reply(data, then=then)
            with pytest.raises(WeryAIError) as caught:
                ask()
            assert [text for text in texts_of(caught.value) if KEY in text] == []


def test_no_error_of_a_tunnel_holds_the_password_of_the_proxy(make_own_driver, raw_server):
    proxy = raw_server.url.removesuffix("/v1").replace("//", "//user:hush@")
    raw_server.reply(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
    with pytest.raises(APIConnectionError) as caught:
        make_own_driver("https://weryai.invalid/v1", max_retries=0, proxy=proxy).chat()
    texts = list(texts_of(caught.value))
    assert [text for text in texts if "hush" in text or "dXNlcjpodXNo" in text] == []

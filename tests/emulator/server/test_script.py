from __future__ import annotations

import json
import threading

import httpx
import pytest

from weryai_emulator import Emulator

CHAT = "/chat/completions"
HELLO = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
STREAM = {**HELLO, "stream": True}
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "f", "arguments": '{"a": [1, 2]}'},
}


def test_queued_replies_come_first_in_their_order(post, emulator):
    emulator.reply("One.")
    emulator.reply("Two.")
    assert emulator.pending_replies == 2
    texts = [post("Hello")["choices"][0]["message"]["content"] for _ in range(3)]
    assert texts == ["One.", "Two.", 'Hello! You said: "Hello"']
    assert emulator.pending_replies == 0


def test_a_reply_has_the_queued_fields(post, emulator):
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    message = {"content": None, "tool_calls": [CALL], "reasoning_content": "Hm."}
    emulator.reply(message, finish_reason="tool_calls", usage=usage, system_fingerprint="fp")
    body = post("Hello")
    assert body["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", **message},
            "logprobs": None,
            "finish_reason": "tool_calls",
        }
    ]
    assert (body["usage"], body["system_fingerprint"]) == (usage, "fp")


def test_a_reply_is_streamed_if_the_request_asks(post, emulator):
    note = [{"type": "url_citation", "url_citation": {"url": "https://example.com/"}}]
    message = {"content": "Hi there.", "annotations": note, "tool_calls": [CALL]}
    emulator.reply(message, finish_reason=None, grounding=[{"a": 1}])
    chunks = post("Hello", stream=True)
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert "".join(delta.get("content", "") for delta in deltas) == "Hi there."
    assert [delta["annotations"] for delta in deltas if "annotations" in delta] == [note]
    assert [chunk["grounding"] for chunk in chunks if "grounding" in chunk] == [[{"a": 1}]]
    assert chunks[-1]["grounding"]
    assert all(chunk["choices"][0]["finish_reason"] is None for chunk in chunks)


def test_a_reply_answers_even_an_invalid_request(http, emulator):
    emulator.reply("Fine.")
    response = http.post(CHAT, content=b"not even JSON")
    assert response.json()["choices"][0]["message"]["content"] == "Fine."


@pytest.mark.parametrize("request_body", [HELLO, STREAM], ids=["whole", "stream"])
def test_a_json_body_is_sent_unchanged(http, emulator, request_body):
    body = {"status": 0, "desc": "成功", "data": None}
    emulator.reply_json(body, status=202, headers={"X-Note": "yes"})
    response = http.post(CHAT, json=request_body)
    assert (response.status_code, response.json()) == (202, body)
    assert response.headers["x-note"] == "yes"
    assert response.headers["content-type"] == "application/json"


def test_a_queued_answer_is_for_any_route(http, emulator):
    emulator.reply_json({"models": []})
    assert http.get("/chat/models").json() == {"models": []}


def test_chunks_are_sent_unchanged(http, emulator):
    items = [{"a": "ä"}, "raw", b": comment\n\n", b"data: x\r\n\r\n", 0.0, 0]
    emulator.reply_chunks(items, headers={"X-Note": "yes"})
    response = http.post(CHAT, json=HELLO)
    assert response.content.decode() == (
        'data: {"a":"ä"}\n\ndata: raw\n\n: comment\n\ndata: x\r\n\r\ndata: [DONE]\n\n'
    )
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["x-note"] == "yes"


def test_without_done_the_stream_just_ends(http, emulator):
    emulator.reply_chunks([{"a": 1}], done=False)
    assert http.post(CHAT, json=STREAM).text == 'data: {"a":1}\n\n'


def test_an_aborted_stream_is_an_incomplete_body(http, emulator):
    emulator.reply_chunks([{"a": 1}], abort=True)
    received = []
    cut = pytest.raises(httpx.RemoteProtocolError, match="incomplete")
    with http.stream("POST", CHAT, json=STREAM) as response, cut:
        received.extend(response.iter_text())
    assert "".join(received) == 'data: {"a":1}\n\n'


def test_a_stream_waits_for_an_event(http, emulator):
    go = threading.Event()
    emulator.reply_chunks(["first", go, "second"])
    with http.stream("POST", CHAT, json=STREAM) as response:
        parts = response.iter_text()
        assert next(parts) == "data: first\n\n"
        go.set()
        assert "".join(parts) == "data: second\n\ndata: [DONE]\n\n"


@pytest.mark.parametrize("item", [None, True, ["list"], object()])
def test_an_item_that_cannot_be_sent_is_refused(emulator, item):
    with pytest.raises(ValueError, match="Pass an object"):
        emulator.reply_chunks([item])
    assert emulator.pending_replies == 0


# Arguments, options, HTTP status, body.
ERRORS = {
    "by status": (
        (429,),
        {},
        429,
        '{"status": 1001, "desc": "Request rate limit exceeded", '
        '"message": "Request rate limit exceeded"}',
    ),
    "code and message": (
        (400,),
        {"code": 1004, "message": "Insufficient credits"},
        400,
        '{"status": 1004, "desc": "Parameter error", "message": "Insufficient credits"}',
    ),
    "server": (
        (503,),
        {},
        503,
        '{"status": 6001, "desc": "System error", "message": "System error"}',
    ),
    "inside 200": (
        (200,),
        {"code": 1001, "message": "request rate limit exceeded"},
        200,
        '{"status": 1001, "desc": "System error", "message": "request rate limit exceeded"}',
    ),
    "object": ((500, {"error": "x"}), {}, 500, '{"error": "x"}'),
    "text": ((502, "Bad Gateway"), {}, 502, "Bad Gateway"),
    "bytes": ((500, b"\x80"), {}, 500, "\ufffd"),
    "empty": ((500, b""), {}, 500, ""),
}


@pytest.mark.parametrize("case", ERRORS)
def test_a_queued_error_is_sent(http, emulator, case):
    arguments, options, status, text = ERRORS[case]
    emulator.reply_error(*arguments, **options, headers={"Retry-After": "1"})
    response = http.post(CHAT, json=STREAM)
    assert (response.status_code, response.text) == (status, text)
    assert response.headers["retry-after"] == "1"
    assert response.headers["x-request-id"]


def test_a_queued_error_has_the_error_style():
    with Emulator(error_style="openai") as emulator:
        emulator.reply_error(429, message="Slow down")
        response = httpx.post(emulator.base_url + CHAT, json=HELLO)
    assert response.json()["error"] == {
        "message": "Slow down",
        "type": "rate_limit_error",
        "code": "rate_limit_exceeded",
        "param": None,
    }


def test_raw_bytes_are_sent_unchanged(http, emulator):
    emulator.reply_raw(200, b"", "application/json", {"X-Request-Id": "mine"})
    emulator.reply_raw(418, b"<html>", "text/html")
    empty, teapot = (http.post(CHAT, json=HELLO) for _ in range(2))
    assert (empty.status_code, empty.content) == (200, b"")
    assert empty.headers.get_list("x-request-id") == ["mine"]
    assert (teapot.status_code, teapot.content) == (418, b"<html>")
    assert teapot.headers["content-type"] == "text/html"


def test_a_hanging_request_is_never_answered(http, emulator):
    emulator.hang()
    with pytest.raises(httpx.ReadTimeout):
        http.post(CHAT, json=HELLO, timeout=httpx.Timeout(60, read=0.05))
    assert emulator.wait_for_requests(timeout=60)
    assert emulator.last_request.wait_for_disconnect(60)


def test_a_dropped_request_gets_no_response(http, emulator):
    emulator.drop()
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        http.post(CHAT, json=HELLO)
    assert http.post(CHAT, json=HELLO).status_code == 200


def test_a_client_that_leaves_a_stream_is_noticed(http, emulator):
    emulator.reply_chunks(["first", threading.Event()])
    with http.stream("POST", CHAT, json=STREAM) as response:
        # Kept in a variable: the client closes the response when its iterator is freed.
        parts = response.iter_text()
        assert next(parts) == "data: first\n\n"
        assert not emulator.last_request.disconnected
    assert emulator.last_request.wait_for_disconnect(60)
    assert emulator.last_request.disconnected
    assert emulator.disconnects == 1


def test_a_client_that_leaves_without_reading_is_noticed(http, emulator):
    emulator.reply_chunks(["x" * 1_000_000] * 30)
    with http.stream("POST", CHAT, json=STREAM):
        assert not emulator.last_request.disconnected
    assert emulator.last_request.wait_for_disconnect(60)


def test_a_client_that_leaves_a_slow_answer_is_noticed():
    with Emulator(chunk_delay=60) as emulator:
        with httpx.stream("POST", emulator.base_url + CHAT, json=STREAM) as response:
            first = next(response.iter_text())
        assert json.loads(first.removeprefix("data: "))["choices"][0]["delta"]["role"]
        assert emulator.last_request.wait_for_disconnect(60)


def test_a_client_that_stays_is_not_noted_as_lost(post, emulator):
    post("Hello", stream=True)
    post("Hello")
    assert emulator.disconnects == 0
    assert not emulator.last_request.wait_for_disconnect(timeout=0)


def test_reset_drops_unused_replies(post, emulator):
    emulator.reply("Unused.")
    emulator.reset()
    assert emulator.pending_replies == 0
    assert post("Hello")["choices"][0]["message"]["content"] == 'Hello! You said: "Hello"'

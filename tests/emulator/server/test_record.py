from __future__ import annotations

import pytest

CHAT = "/chat/completions"
HELLO = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello 你好"}]}


def test_requests_are_recorded_as_they_arrive(http, emulator):
    http.get("/chat/models?page=1", headers={"X-Note": "yes"})
    http.post(CHAT, json=HELLO, headers={"Authorization": "Bearer sk-secret"})
    first, second = emulator.requests
    assert (first.method, first.path, first.body, first.json) == (
        "GET",
        "/v1/chat/models",
        b"",
        None,
    )
    assert first.headers["x-note"] == "yes"
    assert (second.method, second.path) == ("POST", "/v1/chat/completions")
    assert second.json == HELLO
    assert "你好".encode() in second.body
    assert second.headers["authorization"] == "Bearer sk-secret"
    assert emulator.last_request is second


@pytest.mark.parametrize("body", [b"", b"{", b"\xff"])
def test_a_body_that_is_not_json_is_recorded(http, emulator, body):
    http.post(CHAT, content=body)
    assert (emulator.last_request.body, emulator.last_request.json) == (body, None)


def test_a_refused_request_is_recorded(http, emulator):
    http.get("/nowhere")
    assert emulator.last_request.path == "/v1/nowhere"


def test_repr_shows_neither_key_nor_prompt(http, emulator):
    http.post(CHAT, json=HELLO, headers={"Authorization": "Bearer sk-secret"})
    assert repr(emulator.requests) == (
        "[RecordedRequest(method='POST', path='/v1/chat/completions')]"
    )


def test_the_list_of_requests_is_a_copy(http, emulator):
    emulator.requests.append("mine")
    assert emulator.requests == []


def test_reset_forgets_the_requests(http, emulator):
    http.get("/models")
    emulator.reset()
    assert emulator.requests == []
    with pytest.raises(LookupError, match="no request yet"):
        emulator.last_request  # noqa: B018


def test_requests_can_be_waited_for(http, emulator):
    assert not emulator.wait_for_requests(timeout=0)
    http.get("/models")
    assert emulator.wait_for_requests(timeout=60)
    assert not emulator.wait_for_requests(2, timeout=0)

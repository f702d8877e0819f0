from __future__ import annotations

import httpx

from weryai_emulator import Emulator

STREAM = {"model": "GPT_4O", "stream": True, "messages": [{"role": "user", "content": "你好"}]}


def test_a_stream_is_server_sent_events(http):
    response = http.post("/chat/completions", json=STREAM)
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    *events, done = response.text.removesuffix("\n\n").split("\n\n")
    assert all(event.startswith('data: {"id":"chatcmpl-') for event in events)
    assert "你" in response.text
    assert done == "data: [DONE]"


def test_a_delay_does_not_change_the_stream(http):
    with Emulator(chunk_delay=0.001) as emulator:
        paced = httpx.post(emulator.base_url + "/chat/completions", json=STREAM)
    events = [
        choices_in(response) for response in (paced, http.post("/chat/completions", json=STREAM))
    ]
    assert events[0] == events[1]


def choices_in(response):
    """Return the choices of each event as text."""
    return [event.partition('"choices":')[2] for event in response.text.split("\n\n")]


def test_a_long_stream_is_whole(post):
    chunks = post("Count to 300", stream=True, max_tokens=4000)
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    text = "".join(delta.get("content") or "" for delta in deltas)
    assert text == ", ".join(map(str, range(1, 301))) + "."

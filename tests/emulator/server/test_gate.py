"""A service that answers only so many chat requests at once."""

import threading

import httpx2
import pytest

from weryai_emulator import Emulator

CHAT = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}


def test_one_chat_request_too_many_is_refused_and_takes_no_queued_answer():
    go_on = threading.Event()
    with (
        Emulator(max_concurrency=1, retry_after=2.5) as emulator,
        httpx2.Client(base_url=emulator.base_url) as http,
    ):
        emulator.reply_chunks([b": hold\n\n", go_on, "[DONE]"], done=False)
        emulator.reply("next")
        with http.stream("POST", "/chat/completions", json={**CHAT, "stream": True}) as held:
            pieces = held.iter_bytes()
            next(pieces)
            refused = http.post("/chat/completions", json=CHAT)
            go_on.set()
            assert b"[DONE]" in b"".join(pieces)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "2.5")
        assert refused.json() == {
            "status": 1001,
            "desc": "Request rate limit exceeded",
            "message": "Request rate limit exceeded: 1 requests at once",
        }
        answered = http.post("/chat/completions", json=CHAT)
        assert answered.json()["choices"][0]["message"]["content"] == "next"


def test_the_limit_may_change_while_the_emulator_runs():
    with Emulator(max_concurrency=3) as emulator:
        assert emulator.max_concurrency == 3
        emulator.max_concurrency = None
        assert emulator.max_concurrency is None
        for limit in (0, -2, True, "1"):
            with pytest.raises(ValueError, match="Pass a whole number from 1"):
                emulator.max_concurrency = limit
        emulator.reset()
        assert emulator.max_concurrency == 3


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("max_concurrency", 0, "Pass a whole number from 1"),
        ("retry_after", -1, "Pass a number from 0"),
        ("answer_delay", -1, "Pass a number from 0"),
    ],
)
def test_an_impossible_limit_is_refused(option, value, message):
    with pytest.raises(ValueError, match=f"`{option}` is {value}. {message}"):
        Emulator(**{option: value})

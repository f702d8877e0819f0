"""The emulator with cassettes: what it answers, and what it says of other requests."""

import json
import time

import httpx
import pytest

from weryai_emulator import Emulator

URL = "https://api.weryai.com/v1/chat/completions"
HELLO = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}


def entry(body, text="Hi", *, url=URL, method="POST", **response):
    sent = {"postData": {"text": json.dumps(body)}} if body is not None else {}
    answer = {"status": 200, "headers": [], "content": {"text": text}, **response}
    return {"request": {"method": method, "url": url, **sent}, "response": answer}


@pytest.fixture
def replaying(tmp_path):
    """An emulator with cassettes of these entries."""
    running = []

    def start(*entries, **options):
        log = {"log": {"version": "1.2", "entries": list(entries)}}
        (tmp_path / "a.har").write_text(json.dumps(log))
        emulator = Emulator(cassettes=tmp_path, **options)
        emulator.start()
        running.append(emulator)
        return emulator

    yield start
    for emulator in running:
        emulator.stop()


def post(emulator, body, path="/chat/completions", **options):
    return httpx.post(f"{emulator.base_url}{path}", json=body, **options)


@pytest.mark.parametrize(
    ("recorded", "sent"),
    [
        (HELLO, dict(reversed(HELLO.items()))),
        ({**HELLO, "temperature": 1}, {**HELLO, "temperature": 1.0}),
        ({**HELLO, "text": "é"}, {**HELLO, "text": "é"}),
    ],
    ids=["other order", "other number", "other escapes"],
)
def test_equal_bodies_are_found(replaying, recorded, sent):
    emulator = replaying(entry(recorded, "Found"))
    assert post(emulator, sent).text == "Found"
    assert post(emulator, sent, params={"a": "1"}).text == "Found"


def test_a_response_is_sent_as_it_was(replaying):
    headers = [
        {"name": "Content-Type", "value": "text/html"},
        {"name": "Retry-After", "value": "7"},
        {"name": "X-Twice", "value": "1"},
        {"name": "X-Twice", "value": "2"},
        {"name": "Content-Encoding", "value": "gzip"},
    ]
    emulator = replaying(entry(HELLO, "<p>", status=503, headers=headers))
    answer = post(emulator, HELLO)
    assert (answer.status_code, answer.text) == (503, "<p>")
    assert sorted(answer.headers.multi_items()) == [
        ("content-length", "3"),
        ("content-type", "text/html"),
        ("retry-after", "7"),
        ("x-twice", "1"),
        ("x-twice", "2"),
    ]


def test_repeated_requests_get_their_answers_in_order_and_then_the_last(replaying):
    emulator = replaying(entry(HELLO, "one"), entry(HELLO, "two"))
    assert [post(emulator, HELLO).text for _ in range(4)] == ["one", "two", "two", "two"]
    emulator.reset()
    assert post(emulator, HELLO).text == "one"


def test_a_body_comes_piece_by_piece(replaying):
    text = "data: 1\n\ndata: 2\n\n"
    pieces = [{"time": 5, "size": 9}, {"time": 55, "size": 9}]
    emulator = replaying(entry(HELLO, text, _pieces=pieces), cassette_pace=0.5)
    start = time.monotonic()
    with httpx.stream("POST", f"{emulator.base_url}/chat/completions", json=HELLO) as answer:
        received = list(answer.iter_raw())
    assert received == [b"data: 1\n\n", b"data: 2\n\n"]
    assert time.monotonic() - start > 0.0275


def test_a_status_without_a_body_has_none(replaying):
    emulator = replaying(entry(HELLO, "not allowed", status=204))
    assert post(emulator, HELLO).status_code == 204


def test_a_get_and_another_path_are_requests_of_their_own(replaying):
    base = "https://api.weryai.com/v1"
    emulator = replaying(
        entry(None, "models", url=f"{base}/chat/models", method="GET"),
        entry(None, "balance", url=f"{base}/generation/balance", method="GET"),
    )
    for path, text in (("/chat/models", "models"), ("/generation/balance", "balance")):
        assert httpx.get(f"{emulator.base_url}{path}").text == text


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (
            {**HELLO, "model": "GPT_5", "stream": True},
            "No cassette holds this request. The nearest one is a.har, entry 1: `model` is "
            "'GPT_5' here and 'GPT_4O' there; `stream` is True here and not recorded.",
        ),
        (
            {"model": "X", "a": 1, "b": 2, "c": 3},
            "`model` is 'X' here and 'Y' there; `a` is 1 here and not recorded; `b` is 2 here and "
            "not recorded; and 1 more differences.",
        ),
    ],
)
def test_another_request_gets_an_error_that_names_the_nearest(replaying, sent, message):
    emulator = replaying(entry(HELLO), entry({"model": "Y"}))
    answer = post(emulator, sent)
    assert answer.status_code == 404
    assert answer.json()["message"].endswith(message)


def test_another_path_is_named_with_those_that_are_recorded(replaying):
    emulator = replaying(entry(HELLO), error_style="openai")
    answer = httpx.get(f"{emulator.base_url}/chat/models")
    assert answer.json()["error"]["message"] == (
        "No cassette holds this request. None is recorded for GET /v1/chat/models; there are: "
        "POST /v1/chat/completions."
    )


def test_bytes_that_are_no_json_are_compared_as_they_are(replaying):
    text = {"request": {"method": "POST", "url": URL, "postData": {"text": "a=1"}}}
    emulator = replaying({**entry(HELLO, "form"), **text})
    url = f"{emulator.base_url}/chat/completions"
    assert httpx.post(url, content=b"a=1").text == "form"
    assert "the bytes of the body differ" in httpx.post(url, content=b"a=2").text


def test_a_queued_answer_comes_before_the_cassettes(replaying):
    emulator = replaying(entry(HELLO, "recorded"))
    emulator.reply("queued")
    assert post(emulator, HELLO).json()["choices"][0]["message"]["content"] == "queued"
    assert post(emulator, HELLO).text == "recorded"
    assert [request.json for request in emulator.requests] == [HELLO, HELLO]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cassettes": 3}, r"`cassettes` is 3\. Pass the path of a directory or null\."),
        ({"cassettes": "nowhere"}, r"`cassettes` is 'nowhere', where no \.har file is\."),
        ({"cassette_pace": -1}, r"`cassette_pace` is -1\. Pass a number from 0"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        Emulator(**options)

"""An emulator in front of an upstream: another emulator, which plays the real model."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx2
import pytest

from weryai_emulator import Emulator, faults

CHAT = "/chat/completions"
HELLO = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
STREAM = {**HELLO, "stream": True}
# The name by which the upstream knows its model.
NAME = "GEMINI_25_PRO"


@contextmanager
def gateway(upstream: Emulator | str, **options) -> Iterator[tuple[Emulator, httpx2.Client]]:
    """Yield an emulator in front of an upstream, and a client of it."""
    url = upstream if isinstance(upstream, str) else upstream.base_url
    with (
        Emulator(upstream=url, **{"upstream_model": NAME, **options}) as emulator,
        httpx2.Client(base_url=emulator.base_url, timeout=60) as http,
    ):
        yield emulator, http


@pytest.fixture
def upstream(weryai_emulator: Emulator) -> Emulator:
    return weryai_emulator


@pytest.fixture(scope="module")
def shared_gateway(weryai_emulator_server: Emulator):
    with gateway(weryai_emulator_server) as made:
        yield made


@pytest.fixture
def http(shared_gateway, upstream: Emulator) -> httpx2.Client:
    """A client of a gateway in front of the upstream."""
    emulator, client = shared_gateway
    emulator.reset()
    return client


def events_of(response: httpx2.Response) -> list[str]:
    return [event.removeprefix("data: ") for event in response.text.split("\n\n") if event]


def test_the_answer_is_the_upstreams_with_the_gateways_identifiers(http, upstream):
    upstream.reply("Hello from afar.", usage={"prompt_tokens": 7}, timings={"ms": 1})
    response = http.post(CHAT, json={**HELLO, "temperature": 0, "plugins": [{"id": "other"}]})
    body = response.json()
    assert response.headers["x-request-id"] == f"req-{body['id'].removeprefix('chatcmpl-')}"
    assert body.pop("created") > 0
    assert body == {
        "id": body["id"],
        "object": "chat.completion",
        "model": "GPT_4O",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hello from afar."},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 7},
        "timings": {"ms": 1},
    }
    assert upstream.last_request.json == {
        "model": NAME,
        "messages": HELLO["messages"],
        "temperature": 0,
        "max_tokens": 1024,
    }


def test_a_stream_is_the_upstreams_with_the_gateways_identifiers(http, upstream):
    upstream.reply("Hello.")
    response = http.post(CHAT, json={**STREAM, "stream_options": {"include_usage": True}})
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    *events, done = events_of(response)
    assert done == "[DONE]"
    chunks = [json.loads(event) for event in events]
    serial = response.headers["x-request-id"].removeprefix("req-")
    assert {(chunk["id"], chunk["model"]) for chunk in chunks} == {(f"chatcmpl-{serial}", "GPT_4O")}
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    assert "".join(choice["delta"].get("content") or "" for choice in choices) == "Hello."
    assert [choice["finish_reason"] for choice in choices][-1] == "stop"
    assert chunks[-1]["usage"]["total_tokens"] > 0


def test_chunks_and_comments_arrive_before_the_upstream_has_more(http, upstream):
    go_on = threading.Event()
    chunk = '{"choices":[{"index":0,"delta":{"content":"first"}}]}'
    upstream.reply_chunks([b": ping\n\n", chunk, go_on, chunk.replace("first", "second")])
    with http.stream("POST", CHAT, json=STREAM) as response:
        lines = response.iter_lines()
        assert [next(lines) for _ in range(2)] == [":", ""]
        assert "first" in next(lines)
        go_on.set()
        assert "second" in "".join(lines)


def test_a_delay_between_chunks_is_the_emulators(upstream):
    upstream.reply("Hello.")
    with gateway(upstream, chunk_delay=0.001) as (_, http):
        assert events_of(http.post(CHAT, json=STREAM))[-1] == "[DONE]"


@pytest.mark.parametrize("is_stream", [False, True])
def test_an_upstream_may_answer_in_the_other_form(http, upstream, is_stream):
    upstream.reply("Hello.", delivered="whole" if is_stream else "streamed")
    response = http.post(CHAT, json={**HELLO, "stream": is_stream})
    kind = "application/json" if is_stream else "text/event-stream; charset=utf-8"
    assert response.headers["content-type"] == kind
    assert '"model":"GPT_4O"' in response.text


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"model": "gpt-4o"}, "model not supported"),
        ({"messages": [{"role": "user", "content": "x"}] * 51}, "1 to 50 elements, not 51"),
        ({"temperature": 3}, "`temperature` must be at most 2"),
    ],
)
def test_the_gateway_refuses_before_the_upstream_is_asked(http, upstream, fields, text):
    response = http.post(CHAT, json={**HELLO, **fields})
    assert response.status_code == 400
    assert text in response.json()["message"]
    assert upstream.requests == []


def test_keys_are_checked_by_the_gateway_and_stay_there(upstream):
    options = {"api_keys": ["sk-client"], "upstream_api_key": "sk-upstream"}
    with gateway(upstream, **options) as (_, http):
        denied = http.post(CHAT, json=HELLO)
        allowed = http.post(CHAT, json=HELLO, headers={"Authorization": "Bearer sk-client"})
    assert (denied.status_code, allowed.status_code) == (401, 200)
    [request] = upstream.requests
    assert request.headers["authorization"] == "Bearer sk-upstream"


def test_no_key_is_sent_to_an_upstream_that_needs_none(http, upstream):
    http.post(CHAT, json=HELLO, headers={"Authorization": "Bearer sk-client"})
    assert "authorization" not in upstream.last_request.headers


def test_queued_answers_and_faults_come_from_the_emulator(upstream):
    with gateway(upstream) as (emulator, http):
        emulator.reply("Queued.")
        emulator.fail("rate_limit")
        queued, failed, answered = (http.post(CHAT, json=HELLO) for _ in range(3))
        assert len(emulator.requests) == 3
    assert queued.json()["choices"][0]["message"]["content"] == "Queued."
    assert (failed.status_code, answered.status_code) == (429, 200)
    assert len(upstream.requests) == 1


def test_the_other_routes_are_the_emulators(http, upstream):
    assert len(http.get("/chat/models").json()["models"]) == 28
    assert http.get("/generation/balance").json()["data"] == 1000
    assert upstream.requests == []


def test_tools_are_hidden_from_the_upstream_if_the_gateway_does_not_know_them(upstream):
    tool = {"type": "function", "function": {"name": "greet"}}
    with gateway(upstream, ignore_tools=True) as (_, http):
        http.post(CHAT, json={**HELLO, "tools": [tool], "tool_choice": "required"})
    assert upstream.last_request.json.keys() == {"model", "messages", "max_tokens"}


@pytest.mark.parametrize(
    ("listed", "name"),
    [
        ({"object": "list", "data": [{"id": "small"}, {"id": "large"}]}, "small"),
        ({"object": "list", "data": []}, "GPT_4O"),
        ({"data": [{"name": "small"}]}, "GPT_4O"),
        (["small"], "GPT_4O"),
    ],
)
def test_the_first_listed_model_answers_unless_another_is_named(upstream, listed, name):
    upstream.reply_json(listed)
    upstream.reply("Hello.")
    with gateway(upstream, upstream_model=None) as (_, http):
        assert http.post(CHAT, json=HELLO).json()["model"] == "GPT_4O"
    listing, request = upstream.requests
    assert listing.path == "/v1/models"
    assert request.json["model"] == name


def test_models_are_listed_once(upstream):
    upstream.reply_json({"data": [{"id": NAME}]})
    with gateway(upstream, upstream_model=None) as (_, http):
        for _ in range(2):
            http.post(CHAT, json=HELLO)
    assert [request.path for request in upstream.requests] == [
        "/v1/models",
        "/v1/chat/completions",
        "/v1/chat/completions",
    ]


@pytest.mark.parametrize(
    ("style", "status", "body"),
    [
        ("envelope", 429, {"status": 1001, "desc": "Request rate limit exceeded", "message": ...}),
        ("envelope_200", 200, {"status": 1001, "desc": "Request rate limit exceeded"}),
        ("envelope_msg", 429, {"status": 1001, "data": None}),
        ("openai", 429, {}),
    ],
)
def test_an_upstreams_error_has_the_form_of_the_services(upstream, style, status, body):
    upstream.reply_error(429, {"error": {"message": "Slow down."}}, headers={"Retry-After": "3"})
    with gateway(upstream, error_style=style) as (_, http):
        response = http.post(CHAT, json=STREAM)
    message = f"The upstream at {upstream.base_url} answered with status 429: Slow down."
    assert (response.status_code, response.headers["retry-after"]) == (status, "3")
    assert message in response.text
    if style == "openai":
        assert response.json()["error"]["type"] == "rate_limit_error"
    else:
        shown = {name: value for name, value in body.items() if value is not ...}
        assert response.json().items() >= shown.items()


def test_an_upstream_that_cannot_be_reached_is_named():
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    for model in (NAME, None):
        with gateway(url, upstream_model=model) as (_, http):
            response = http.post(CHAT, json=HELLO)
        assert response.status_code == 502
        message = response.json()["message"]
        assert message.startswith(f"The upstream at {url} cannot be reached (ConnectError: ")
        assert message.endswith("Start it, or give the emulator another address.")


@pytest.mark.parametrize("body", ["<p>Hello</p>", "[]", '{"choices": []}', '{"choices": [1]}'])
def test_an_answer_that_is_no_completion_is_an_error(http, upstream, body):
    upstream.reply_raw(200, body)
    response = http.post(CHAT, json=HELLO)
    assert response.status_code == 502
    assert response.json()["message"] == (
        f"The upstream at {upstream.base_url} sent no completion: {body}"
    )


def test_an_answer_that_breaks_off_is_an_error(http, upstream):
    upstream.fail("cut")
    response = http.post(CHAT, json=HELLO)
    assert response.status_code == 502
    assert "broke off its answer (RemoteProtocolError" in response.json()["message"]


@pytest.mark.parametrize(
    ("broken", "text"),
    [
        ('{"error": {"message": "Out of memory."}}', "sent no completion: Out of memory."),
        ("Out of memory.", "sent no completion: Out of memory."),
        ('{"object": "error", "message": "Too long."}', "sent no completion: Too long."),
        ('{"message": "Too long."}', "sent no completion: Too long."),
        ('{"detail": "Too long."}', "sent no completion: Too long."),
        (None, "broke off its answer (RemoteProtocolError"),
    ],
)
def test_a_failure_in_a_stream_is_its_last_event(http, upstream, broken, text):
    chunk = '{"choices":[{"index":0,"delta":{"content":"first"}}]}'
    items = [chunk] if broken is None else [chunk, broken]
    upstream.reply_chunks(items, abort=broken is None)
    first, last = events_of(http.post(CHAT, json=STREAM))
    assert "first" in first
    assert json.loads(last)["status"] == 6001
    assert text in json.loads(last)["message"]


WHOLE = '{"choices":[{"index":0,"message":{"content":"Hello"},"finish_reason":"stop"}]}'
PIECE = 'data: {"choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":"stop"}]}'


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (f"data: \n\n{PIECE}\n\ndata: [DONE]\n\n", "text/event-stream"),
        (f"data: {{}}\n\n{PIECE}\n\ndata: [DONE]\n\n", "text/event-stream"),
        (f"{PIECE}\n\ndata: [DONE] \n\n", "text/event-stream"),
        (f"\ufeff{PIECE}\n\ndata: [DONE]\n\n", "text/event-stream"),
        (f"{PIECE}\n\ndata: [DONE]\n\n", "Text/Event-Stream; charset=utf-8"),
        (f"{PIECE}\n\ndata: [DONE]\n\n", "text/plain"),
    ],
    ids=["empty event", "empty object", "space", "byte order mark", "upper case", "plain text"],
)
def test_unusual_streams_are_read(http, upstream, body, content_type):
    upstream.reply_raw(200, body, content_type=content_type)
    first, done = events_of(http.post(CHAT, json=STREAM))
    assert json.loads(first)["choices"][0]["delta"] == {"content": "Hello"}
    assert done == "[DONE]"


def test_any_good_status_is_an_answer(http, upstream):
    upstream.reply_raw(201, WHOLE)
    assert http.post(CHAT, json=HELLO).json()["choices"][0]["message"]["content"] == "Hello"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        ({"error": {"message": "Busy.", "code": 429}}, 429, 1001),
        ({"error": {"message": "Busy.", "code": "rate_limit_exceeded"}}, 429, 1001),
        ({"error": {"message": "Busy.", "type": "insufficient_quota"}}, 402, 1011),
        ({"message": "Busy.", "code": "401"}, 401, 1002),
        ({"error": {"message": "Busy.", "code": 7}}, 502, 6001),
        ({"choices": [{}], "error": {"message": "Busy.", "status": 400}}, 400, 1001),
    ],
)
def test_an_error_in_a_good_status_keeps_its_kind(http, upstream, error, status, code):
    upstream.reply_raw(200, json.dumps(error))
    response = http.post(CHAT, json=HELLO)
    assert (response.status_code, response.json()["status"]) == (status, code)
    assert response.json()["message"].endswith("Busy.")


SECRET = "sk-secret/of-the-upstream"
ESCAPED = SECRET.replace("/", "\\/")


@pytest.mark.parametrize(
    "body",
    [
        f'{{"err": "bad key {ESCAPED}"}}',
        f'{{"choices": [{{"error": {{"message": "{ESCAPED}"}}}}]}}',
        f'{{"choices": [{{"index": 0, "message": {{"content": "{SECRET}"}}}}]}}',
        f"<p>{SECRET}</p>",
    ],
)
def test_a_key_that_an_upstream_repeats_is_masked(upstream, body):
    with gateway(upstream, upstream_api_key=SECRET) as (_, http):
        for status, request in [(200, HELLO), (401, HELLO), (200, STREAM)]:
            event = f"data: {body}\n\n"
            upstream.reply_raw(
                status,
                event if request is STREAM else body,
                content_type="text/event-stream" if request is STREAM else "application/json",
            )
            text = http.post(CHAT, json=request).text
            assert SECRET not in text
            assert "[key]" in text


def test_a_short_key_is_a_word_of_answers(upstream):
    upstream.reply("Use ollama.")
    with gateway(upstream, upstream_api_key="ollama") as (_, http):
        assert "Use ollama." in http.post(CHAT, json=HELLO).text


def test_a_redirect_is_told_and_not_followed(http, upstream):
    upstream.reply_raw(307, "", headers={"location": "http://127.0.0.1:9/other"})
    message = http.post(CHAT, json=HELLO).json()["message"]
    assert message.endswith(
        "redirects to http://127.0.0.1:9/other. Give the emulator that address."
    )


def test_an_emulator_in_front_of_itself_refuses():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with gateway(f"http://127.0.0.1:{port}/v1", port=port) as (emulator, http):
        response = http.post(CHAT, json=HELLO)
        assert response.status_code == 400
        assert "The upstream of this emulator is the emulator itself." in response.text
        assert len(emulator.requests) == 2


def test_an_environment_that_cannot_be_used_is_an_error_at_the_start(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    emulator = Emulator(upstream="https://127.0.0.1:9/v1")
    with pytest.raises(RuntimeError, match="variables for proxies and certificates"):
        emulator.start()


def test_a_stream_without_done_stays_without(http, upstream):
    upstream.reply_chunks(
        ['{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}'], done=False
    )
    [only] = events_of(http.post(CHAT, json=STREAM))
    assert '"finish_reason":"stop"' in only


# Faults that do not end by themselves, or only after seconds or megabytes.
ENDLESS = {"hang", "unread", "stall", "held_open", "endless", "drip", "drip_head", "drip_error"}
SLOW = {"blank_start", "keep_alives", "slow_start"}
LARGE = {"gzip_bomb", "huge_event", "huge_error", "many_chunks", "many_choices", "many_fragments"}


@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize("fault", sorted(faults.CATALOGUE.keys() - ENDLESS - SLOW - LARGE))
def test_each_fault_of_an_upstream_is_an_answer_or_an_error(
    http, upstream, caplog, fault, is_stream
):
    upstream.fail(fault)
    response = http.post(CHAT, json={**HELLO, "stream": is_stream})
    if response.headers["content-type"].startswith("text/event-stream"):
        for event in events_of(response):
            assert event in (":", "[DONE]") or json.loads(event).keys() & {"choices", "status"}
    else:
        assert response.json().keys() & {"choices", "status"}
    assert not caplog.records


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_client_that_leaves_before_the_answer_ends_the_request(http, upstream, is_stream):
    upstream.hang()
    with pytest.raises(httpx2.ReadTimeout):
        http.post(CHAT, json={**HELLO, "stream": is_stream}, timeout=0.2)
    assert upstream.wait_for_requests()
    assert upstream.last_request.wait_for_disconnect()


def test_a_client_that_leaves_a_stream_ends_it(http, upstream):
    upstream.reply_chunks(['{"choices":[]}', threading.Event()])
    with http.stream("POST", CHAT, json=STREAM) as response:
        next(response.iter_lines())
    assert upstream.last_request.wait_for_disconnect()


def test_a_stopped_emulator_ends_its_requests_to_the_upstream(upstream):
    upstream.hang()
    upstream.reply_chunks(['{"choices":[]}', threading.Event()])
    with ThreadPoolExecutor() as pool:
        with gateway(upstream) as (_, http):
            waiting = [pool.submit(http.post, CHAT, json=STREAM) for _ in range(2)]
            assert upstream.wait_for_requests(2)
        for each in waiting:
            assert isinstance(each.exception(), httpx2.TransportError)
    assert all(request.wait_for_disconnect() for request in upstream.requests)


def test_a_web_search_finds_the_emulators_pages(http, upstream):
    upstream.reply("A spiral galaxy.")
    question = {"role": "user", "content": "What did the telescope see?"}
    plugins = [{"id": "web", "max_results": 1}]
    body = http.post(CHAT, json={**HELLO, "messages": [question], "plugins": plugins}).json()
    [sent] = upstream.last_request.json["messages"]
    assert sent["content"].startswith("Results of a web search:\n[1] News from space (https://")
    assert sent["content"].endswith("\n\nWhat did the telescope see?")
    [annotation] = body["choices"][0]["message"]["annotations"]
    assert annotation["url_citation"]["url"] == "https://example.com/space"
    assert annotation["url_citation"]["end_index"] == len("A spiral galaxy.")


def test_json_has_no_sources_but_the_pages_are_in_the_prompt(http, upstream):
    upstream.reply("{}")
    fields = {"plugins": [{"id": "web"}], "response_format": {"type": "json_object"}}
    body = http.post(CHAT, json={**HELLO, **fields}).json()
    assert "Results of a web search" in upstream.last_request.json["messages"][0]["content"]
    assert body["choices"][0]["message"] == {"role": "assistant", "content": "{}"}


@pytest.mark.parametrize("messages", [[{"role": "system", "content": "Be brief."}]])
def test_without_a_question_nothing_is_searched(http, upstream, messages):
    http.post(CHAT, json={**HELLO, "messages": messages, "plugins": [{"id": "web"}]})
    assert upstream.last_request.json["messages"] == messages


def test_ignored_plugins_search_nothing(upstream):
    with gateway(upstream, ignore_plugins=True) as (_, http):
        http.post(CHAT, json={**HELLO, "plugins": [{"id": "web"}]})
    assert upstream.last_request.json["messages"] == HELLO["messages"]


def test_the_limit_counts_requests_at_the_upstream(upstream):
    upstream.hang()
    with ThreadPoolExecutor() as pool, gateway(upstream, max_concurrency=1) as (emulator, http):
        held = pool.submit(http.post, CHAT, json=HELLO)
        assert upstream.wait_for_requests()
        assert http.post(CHAT, json=HELLO).status_code == 429
        emulator.stop()
        assert isinstance(held.exception(), httpx2.TransportError)

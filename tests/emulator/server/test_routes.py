from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from weryai_emulator import Emulator

HELLO = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}


def test_a_completion_has_the_documented_fields(http):
    body = http.post("/chat/completions", json=HELLO).json()
    assert body["id"].startswith("chatcmpl-")
    assert isinstance(body["created"], int)
    assert {**body, "id": "", "created": 0} == {
        "id": "",
        "object": "chat.completion",
        "created": 0,
        "model": "GPT_4O",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": 'Hello! You said: "Hello"'},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {
            "prompt_tokens": 4,
            "completion_tokens": 8,
            "total_tokens": 12,
            "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
    }


def test_the_model_list_has_28_models_and_no_envelope(http):
    body = http.get("/chat/models").json()
    assert list(body) == ["models"]
    assert len(body["models"]) == 28
    for entry in body["models"]:
        assert list(entry) == ["model", "desc", "max_tokens", "input_price", "output_price"]
    assert body["models"][20] == {
        "model": "GPT_4O",
        "desc": "GPT-4o",
        "max_tokens": 16384,
        "input_price": 2,
        "output_price": 10,
    }


def test_the_openai_model_list_names_the_same_models(http):
    body = http.get("/models").json()
    keys = [entry["model"] for entry in http.get("/chat/models").json()["models"]]
    assert body["object"] == "list"
    assert [entry["id"] for entry in body["data"]] == keys


def test_the_balance_is_in_the_documented_envelope(http):
    assert http.get("/generation/balance").json() == {
        "status": 0,
        "desc": "success",
        "message": "success",
        "data": 1000,
    }


def test_every_response_has_its_own_request_id(http):
    paths = ["/chat/completions", "/chat/models", "/models", "/generation/balance", "/nowhere"]
    ids = {http.get(path).headers["x-request-id"] for path in paths * 2}
    assert len(ids) == 10


@pytest.mark.parametrize("path", ["/nowhere", "/models/", "/chat"])
def test_an_unknown_path_is_not_found(http, path):
    response = http.get(path)
    assert response.status_code == 404
    assert response.json() == {
        "status": 1003,
        "desc": "Resource not found",
        "message": f"Unknown path /v1{path}. Known paths: /v1/chat/completions, /v1/chat/models, "
        "/v1/models, /v1/generation/balance.",
    }


def test_a_wrong_method_is_refused(http):
    response = http.get("/chat/completions")
    assert response.status_code == 405
    assert response.json()["message"] == "/v1/chat/completions takes POST, not GET."
    response = http.delete("/models")
    assert response.status_code == 405
    assert response.json()["message"] == "/v1/models takes GET or HEAD, not DELETE."


def test_head_is_get_without_the_body(http):
    head, get = (http.request(method, "/models") for method in ("HEAD", "GET"))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


@pytest.fixture(scope="module")
def guarded():
    """A client of an emulator that requires a key."""
    with (
        Emulator(api_keys=["sk-right", "sk-also"]) as emulator,
        httpx.Client(base_url=emulator.base_url, timeout=60) as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Bearer sk-right", 200),
        ("bearer sk-also", 200),
        ("Bearer sk-wrong", 401),
        ("Basic sk-right", 401),
        ("sk-right", 401),
        (None, 401),
    ],
)
def test_a_key_is_checked_if_the_emulator_has_keys(guarded, header, status):
    headers = {} if header is None else {"Authorization": header}
    assert guarded.get("/models", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/chat/completions"),
        ("GET", "/chat/models"),
        ("GET", "/models"),
        ("GET", "/generation/balance"),
    ],
)
def test_every_route_checks_the_key_first(guarded, method, path):
    response = guarded.request(method, path)
    assert response.status_code == 401
    assert response.json() == {
        "status": 1002,
        "desc": "Authentication failed",
        "message": "Invalid API Key",
    }


WRONG_KEY: dict[str, tuple[int, dict[str, Any]]] = {
    "envelope": (
        401,
        {"status": 1002, "desc": "Authentication failed", "message": "Invalid API Key"},
    ),
    "envelope_200": (
        200,
        {"status": 1002, "desc": "Authentication failed", "message": "Invalid API Key"},
    ),
    "envelope_msg": (
        401,
        {"status": 1002, "msg": "Authentication failed: Invalid API Key", "data": None},
    ),
    "openai": (
        401,
        {
            "error": {
                "message": "Invalid API Key",
                "type": "authentication_error",
                "code": "invalid_api_key",
                "param": None,
            }
        },
    ),
}


@pytest.mark.parametrize("style", WRONG_KEY)
def test_the_error_style_decides_status_and_envelope(style):
    status, body = WRONG_KEY[style]
    with Emulator(api_keys=["sk-right"], error_style=style) as emulator:
        response = httpx.get(emulator.base_url + "/models")
    assert (response.status_code, response.json()) == (status, body)


def test_errors_of_the_router_and_of_a_parameter_have_the_error_style():
    with (
        Emulator(error_style="openai") as emulator,
        httpx.Client(base_url=emulator.base_url, timeout=60) as client,
    ):
        errors = [client.get(path).json()["error"] for path in ("/nowhere", "/chat/completions")]
        invalid = client.post("/chat/completions", json={**HELLO, "temperature": 3})
    assert [error["code"] for error in errors] == ["not_found", "method_not_allowed"]
    assert invalid.status_code == 400
    assert invalid.json()["error"] == {
        "message": "`temperature` must be at most 2.",
        "type": "invalid_request_error",
        "code": "1001",
        "param": "temperature",
    }


def test_an_error_before_a_stream_is_a_document(http):
    response = http.post("/chat/completions", json={**HELLO, "stream": True, "n": 0})
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {
        "status": 1001,
        "desc": "Parameter error",
        "message": "`n` must be at least 1.",
    }


def test_an_unknown_model_is_refused(http):
    response = http.post("/chat/completions", json={**HELLO, "model": "GPT_9"})
    assert response.status_code == 400
    assert response.json() == {
        "status": 1006,
        "desc": "Model not supported",
        "message": "model not supported: GPT_9. See GET /v1/chat/models.",
    }


def test_the_options_decide_about_sources_plugins_and_tools():
    tool = {"type": "function", "function": {"name": "greet"}}
    fields = {"plugins": [{"id": "web"}], "tools": [tool], "tool_choice": "required"}
    with Emulator(source_shape="gemini", ignore_plugins=True, ignore_tools=True) as emulator:
        gemini, other = (
            httpx.post(
                emulator.base_url + "/chat/completions", json={**HELLO, **fields, "model": model}
            ).json()["choices"][0]
            for model in ("GEMINI_25_PRO", "GPT_4O")
        )
    assert "groundingMetadata" in gemini
    assert other == {
        "index": 0,
        "message": {"role": "assistant", "content": 'Hello! You said: "Hello"'},
        "logprobs": None,
        "finish_reason": "stop",
    }


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_long_prompt_is_cached_for_its_key_until_the_reset(http, emulator, stream):
    body = {
        "model": "GPT_4O",
        "messages": [{"role": "user", "content": "word " * 1100}],
        "stream": stream,
        **({"stream_options": {"include_usage": True}} if stream else {}),
    }

    def cached(key):
        headers = {"Authorization": f"Bearer {key}"}
        text = http.post("/chat/completions", json=body, headers=headers).text
        reply = text.split("data: ")[-2] if stream else text  # the last event is "[DONE]"
        return json.loads(reply)["usage"]["prompt_tokens_details"]["cached_tokens"]

    assert [cached("one"), cached("one"), cached("two")] == [0, 1024, 0]
    emulator.reset()
    assert cached("one") == 0

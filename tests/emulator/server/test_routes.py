from __future__ import annotations

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


def test_the_model_list_is_bare_and_has_28_models(http):
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


@pytest.mark.parametrize(
    "path", ["/chat/completions", "/chat/models", "/models", "/generation/balance", "/nowhere"]
)
def test_every_response_has_a_request_id_of_its_own(http, path):
    method = "POST" if path == "/chat/completions" else "GET"
    ids = {http.request(method, path).headers["x-request-id"] for _ in range(2)}
    assert len(ids) == 2


@pytest.mark.parametrize("path", ["/nowhere", "/models/", "/chat"])
def test_an_unknown_path_is_not_found(http, path):
    response = http.get(path)
    assert response.status_code == 404
    assert response.json() == {
        "status": 1003,
        "desc": "Resource not found",
        "message": f"There is no /v1{path}. Known: /v1/chat/completions, /v1/chat/models, "
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


def test_a_wrong_method_and_an_unknown_path_follow_the_error_style():
    with Emulator(error_style="openai") as emulator:
        paths = ("/nowhere", "/chat/completions")
        errors = [httpx.get(emulator.base_url + path).json()["error"] for path in paths]
    assert [error["code"] for error in errors] == ["not_found", "method_not_allowed"]


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
@pytest.mark.parametrize("path", ["/chat/completions", "/chat/models", "/generation/balance"])
def test_keys_are_checked_when_given(header, status, path):
    with Emulator(api_keys=["sk-right", "sk-also"]) as emulator:
        headers = {} if header is None else {"Authorization": header}
        method = "POST" if path == "/chat/completions" else "GET"
        response = httpx.request(method, emulator.base_url + path, json=HELLO, headers=headers)
    assert response.status_code == status
    if status == 401:
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


def test_an_openai_error_names_the_parameter():
    with Emulator(error_style="openai") as emulator:
        body = {**HELLO, "temperature": 3}
        response = httpx.post(emulator.base_url + "/chat/completions", json=body)
    assert response.status_code == 400
    assert response.json()["error"] == {
        "message": "`temperature` must be at most 2.",
        "type": "invalid_request_error",
        "code": "1001",
        "param": "temperature",
    }


def test_an_error_before_a_stream_is_a_plain_document(http):
    response = http.post("/chat/completions", json={**HELLO, "stream": True, "n": 0})
    assert response.headers["content-type"] == "application/json"
    assert response.json()["status"] == 1001

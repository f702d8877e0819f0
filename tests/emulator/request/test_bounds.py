from __future__ import annotations

import json

import pytest

from weryai_emulator.models import MODELS

USER = {"role": "user", "content": "Hello"}
CALL = {
    "role": "assistant",
    "content": None,
    "tool_calls": [
        {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}},
    ],
}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "1"}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}


def part(kind, value, field=None):
    return [{"role": "user", "content": [{"type": kind, field or kind: value}]}]


REFUSED = {
    "no model": ({"model": None}, "`model` is required"),
    "no messages": ({"messages": None}, "`messages` is required"),
    "empty messages": ({"messages": []}, "1 to 50 elements, not 0"),
    "51 messages": ({"messages": [USER] * 51}, "1 to 50 elements, not 51"),
    "message no object": ({"messages": ["Hello"]}, "`messages[0].role` must be one of"),
    "unknown role": ({"messages": [{**USER, "role": "bot"}]}, "`messages[0].role`"),
    "null content": ({"messages": [{"role": "user", "content": None}]}, "`messages[0].content`"),
    "number content": ({"messages": [{"role": "user", "content": 3}]}, "`messages[0].content`"),
    "empty parts": ({"messages": [{"role": "user", "content": []}]}, "`messages[0].content`"),
    "unknown part": (
        {"messages": part("tool_use", "x")},
        "`messages[0].content[0].type` is 'tool_use'",
    ),
    "text part without text": ({"messages": part("text", 3)}, "content[0].text` must be a string"),
    "image part as string": ({"messages": part("image_url", "x")}, "must be an object"),
    "tool message without id": (
        {"messages": [USER, CALL, {"role": "tool", "content": "1"}]},
        "`messages[2].tool_call_id` is required",
    ),
    "orphan tool message": ({"messages": [USER, RESULT]}, "answers no tool call"),
    "tool calls of a user": (
        {"messages": [{**USER, "tool_calls": CALL["tool_calls"]}]},
        "for assistant messages only",
    ),
    "arguments as object": (
        {
            "messages": [
                {
                    "role": "assistant",
                    "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": {}}}],
                }
            ]
        },
        "`messages[0].tool_calls[0].function.arguments` must be a string",
    ),
    "max_tokens 0": ({"max_tokens": 0}, "`max_tokens` must be at least 1"),
    "max_tokens text": ({"max_tokens": "9"}, "`max_tokens` must be of type integer"),
    "max_tokens fraction": ({"max_tokens": 1.5}, "`max_tokens` must be of type integer"),
    "max_tokens above the model's": ({"max_tokens": 16385}, "at most 16384 for GPT_4O"),
    "temperature low": ({"temperature": -0.1}, "`temperature` must be at least 0"),
    "temperature high": ({"temperature": 2.1}, "`temperature` must be at most 2"),
    "temperature text": ({"temperature": "1"}, "`temperature` must be of type number"),
    "top_p low": ({"top_p": -0.1}, "`top_p` must be at least 0"),
    "top_p high": ({"top_p": 1.1}, "`top_p` must be at most 1"),
    "presence_penalty low": ({"presence_penalty": -2.1}, "at least -2"),
    "presence_penalty high": ({"presence_penalty": 2.1}, "at most 2"),
    "frequency_penalty low": ({"frequency_penalty": -2.1}, "at least -2"),
    "frequency_penalty high": ({"frequency_penalty": 2.1}, "at most 2"),
    "seed fraction": ({"seed": 1.5}, "`seed` must be of type integer"),
    "seed boolean": ({"seed": True}, "`seed` must be of type integer"),
    "n 0": ({"n": 0}, "`n` must be at least 1"),
    "n 129": ({"n": 129}, "`n` must be at most 128"),
    "stream text": ({"stream": "true"}, "`stream` must be of type boolean"),
    "stop number": ({"stop": 3}, "`stop` must be a string or an array"),
    "stop of numbers": ({"stop": [3]}, "`stop` must be a string or an array"),
    "plugins object": ({"plugins": {"id": "web"}}, "`plugins` must be of type array"),
    "plugin without id": ({"plugins": [{}]}, "`plugins[0]` must be an object with an `id`"),
    "plugin string": ({"plugins": ["web"]}, "`plugins[0]` must be an object with an `id`"),
    "tools object": ({"tools": {}}, "`tools` must be of type array"),
    "tool of no type": ({"tools": [{"name": "f"}]}, "`tools[0]` must be an object of type"),
    "tool without name": (
        {"tools": [{"type": "function", "function": {}}]},
        "`tools[0].function` must be an object with a `name`",
    ),
    "parameters text": (
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": "x"}}]},
        "must be a JSON schema",
    ),
    "tool choice unknown word": ({"tools": [TOOL], "tool_choice": "f"}, "`tool_choice` must be"),
    "tool choice of no tool": (
        {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "g"}}},
        "`tools` does not offer",
    ),
    "response format text": ({"response_format": "json"}, "`response_format` must be an object"),
    "response format unknown": ({"response_format": {"type": "xml"}}, "text, json_object"),
    "response format without schema": (
        {"response_format": {"type": "json_schema"}},
        "`response_format.json_schema.schema`",
    ),
    "max_results 0": (
        {"plugins": [{"id": "web", "max_results": 0}]},
        "`plugins[0].max_results` must be at least 1",
    ),
    "max_results text": (
        {"plugins": [{"id": "other"}, {"id": "web", "max_results": "2"}]},
        "`plugins[1].max_results` must be of type integer",
    ),
    "domain alone": (
        {"plugins": [{"id": "web", "include_domains": "example.org"}]},
        "`plugins[0].include_domains` must be an array of strings",
    ),
    "domains of numbers": (
        {"plugins": [{"id": "web", "exclude_domains": [1]}]},
        "`plugins[0].exclude_domains` must be an array of strings",
    ),
    "gemini with web and schema": (
        {"model": "GEMINI_25_FLASH", "plugins": [{"id": "web"}], "response_format": SCHEMA},
        "Gemini models cannot combine web search",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_is_refused(http, case):
    fields, message = REFUSED[case]
    body = {"model": "GPT_4O", "messages": [USER], **fields}
    response = http.post("/chat/completions", json=body)
    assert response.status_code == 400
    answer = response.json()
    assert (answer["status"], answer["desc"]) == (1001, "Parameter error")
    assert message in answer["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(http, body):
    response = http.post("/chat/completions", content=body)
    assert response.status_code == 400
    assert response.json()["status"] == 1001


def test_an_unknown_model_is_not_supported(http):
    response = http.post("/chat/completions", json={"model": "GPT_9", "messages": [USER]})
    assert response.status_code == 400
    assert response.json() == {
        "status": 1006,
        "desc": "Model not supported",
        "message": "model not supported: GPT_9. See GET /v1/chat/models.",
    }


ACCEPTED = {
    "bounds": {
        "max_tokens": 16384,
        "temperature": 2,
        "top_p": 0,
        "presence_penalty": -2,
        "frequency_penalty": 2,
        "seed": -7,
        "n": 1,
        "stream": False,
    },
    "nulls": dict.fromkeys(
        ["max_tokens", "temperature", "stop", "tools", "tool_choice", "response_format", "n"]
    ),
    "unknown fields": {"logit_bias": {"1": 2}, "user": "me", "metadata": {}, "store": True},
    "50 messages": {"messages": [USER] * 50},
    "all roles": {
        "messages": [
            {"role": "system", "content": "One."},
            {"role": "system", "content": "Two."},
            {"role": "developer", "content": "Three."},
            {**USER, "name": "example_user"},
            USER,
            CALL,
            RESULT,
            {"role": "assistant", "content": "Done."},
            {"role": "assistant", "content": "Really."},
            USER,
        ]
    },
    "parts": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
                    {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}},
                    {"type": "file", "file": {"filename": "a.pdf", "file_data": "AA=="}},
                ],
            }
        ]
    },
    "image in a tool message": {
        "messages": [
            USER,
            CALL,
            {
                "role": "tool",
                "tool_call_id": "c1",
                "content": [{"type": "image_url", "image_url": {"url": "data:,"}}],
            },
        ]
    },
    "no tools": {"tools": []},
    "gemini with web": {"model": "GEMINI_25_FLASH", "plugins": [{"id": "web"}]},
    "gemini with schema": {"model": "GEMINI_25_FLASH", "response_format": SCHEMA},
    "gemini with web and an object": {
        "model": "GEMINI_25_FLASH",
        "plugins": [{"id": "web"}],
        "response_format": {"type": "json_object"},
    },
    "gemini with another plugin and schema": {
        "model": "GEMINI_25_FLASH",
        "plugins": [{"id": "other", "max_results": "any"}],
        "response_format": SCHEMA,
    },
    "other model with web and schema": {"plugins": [{"id": "web"}], "response_format": SCHEMA},
    "web options of null": {
        "plugins": [
            {"id": "web", "max_results": None, "include_domains": None, "exclude_domains": None}
        ]
    },
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", MODELS)
def test_gemini_alone_refuses_web_with_a_schema(http, model, stream):
    fields = {"plugins": [{"id": "web"}], "response_format": SCHEMA, "stream": stream}
    response = http.post("/chat/completions", json={"model": model, "messages": [USER], **fields})
    if not model.startswith("GEMINI"):
        assert response.status_code == 200
        return
    assert response.status_code == 400
    assert response.json() == {
        "status": 1001,
        "desc": "Parameter error",
        "message": (
            'Gemini models cannot combine web search with response_format.type = "json_schema".'
        ),
    }


@pytest.mark.parametrize("case", ACCEPTED)
def test_is_answered(http, case):
    body = {"model": "GPT_4O", "messages": [USER], **ACCEPTED[case]}
    response = http.post("/chat/completions", json=body)
    assert response.status_code == 200, response.text
    assert response.json()["choices"][0]["message"]["content"]


def test_a_schema_reply_is_json(http):
    body = {"model": "GPT_4O", "messages": [USER], "response_format": SCHEMA}
    content = http.post("/chat/completions", json=body).json()["choices"][0]["message"]["content"]
    assert json.loads(content) == {}

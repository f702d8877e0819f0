from __future__ import annotations

import json
import re

import pytest

from weryai_emulator.request.bounds import check_chat_request
from weryai_emulator.request.errors import MODEL, PARAMETER, Refusal

USER = {"role": "user", "content": "Hello"}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}


def check(**fields):
    body = {"model": "GPT_4O", "messages": [USER], **fields}
    return check_chat_request(json.dumps(body).encode())


def check_refused(message, **fields):
    with pytest.raises(Refusal, match=re.escape(message)) as error:
        check(**fields)
    assert error.value.kind is PARAMETER
    assert error.value.param


@pytest.mark.parametrize("body", [b"", b"{", b"\xff"])
def test_a_body_must_be_json(body):
    with pytest.raises(Refusal, match="not valid JSON"):
        check_chat_request(body)


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"null"])
def test_a_body_must_be_an_object(body):
    with pytest.raises(Refusal, match="must be a JSON object"):
        check_chat_request(body)


def test_a_model_is_required():
    check_refused("`model` is required", model=None)


def test_an_unknown_model_is_refused():
    with pytest.raises(Refusal, match="model not supported: GPT_9") as error:
        check(model="GPT_9")
    assert (error.value.kind, error.value.param) == (MODEL, "model")


def test_messages_are_checked():
    check_refused("`messages[0].role`", messages=["Hello"])


# Each parameter: values that are refused, and the message.
OUT_OF_BOUNDS = {
    "max_tokens": [
        (0, "`max_tokens` must be at least 1."),
        (16385, "`max_tokens` must be at most 16384 for GPT_4O."),
        ("9", "`max_tokens` must be of type integer."),
        (1.5, "`max_tokens` must be of type integer."),
    ],
    "temperature": [
        (-0.1, "`temperature` must be at least 0."),
        (2.1, "`temperature` must be at most 2."),
        ("1", "`temperature` must be of type number."),
    ],
    "top_p": [(-0.1, "`top_p` must be at least 0."), (1.1, "`top_p` must be at most 1.")],
    "presence_penalty": [
        (-2.1, "`presence_penalty` must be at least -2."),
        (2.1, "`presence_penalty` must be at most 2."),
    ],
    "frequency_penalty": [
        (-2.1, "`frequency_penalty` must be at least -2."),
        (2.1, "`frequency_penalty` must be at most 2."),
    ],
    "seed": [
        (1.5, "`seed` must be of type integer."),
        (True, "`seed` must be of type integer."),
    ],
    "n": [(0, "`n` must be at least 1."), (129, "`n` must be at most 128.")],
    "stream": [("true", "`stream` must be of type boolean.")],
    "stop": [
        (3, "`stop` must be a string or an array of strings."),
        ([3], "`stop` must be a string or an array of strings."),
    ],
    "modalities": [("audio", "`modalities` must be of type array.")],
    "stream_options": [(True, "`stream_options` must be of type object.")],
}


@pytest.mark.parametrize("name", OUT_OF_BOUNDS)
def test_a_parameter_out_of_bounds_is_refused(name):
    for value, message in OUT_OF_BOUNDS[name]:
        check_refused(message, **{name: value})


def test_an_unknown_audio_format_is_refused():
    audio = {"voice": "alloy", "format": "mp3"}
    message = "`audio.format` must be wav or pcm16."
    check_refused(message, modalities=["text", "audio"], audio=audio)


PLUGINS = {
    "object": ({"id": "web"}, "`plugins` must be of type array"),
    "string": (["web"], "`plugins[0]` must be an object with an `id`"),
    "without id": ([{}], "`plugins[0]` must be an object with an `id`"),
    "max_results 0": (
        [{"id": "web", "max_results": 0}],
        "`plugins[0].max_results` must be at least 1",
    ),
    "max_results text": (
        [{"id": "other"}, {"id": "web", "max_results": "2"}],
        "`plugins[1].max_results` must be of type integer",
    ),
    "domain as string": (
        [{"id": "web", "include_domains": "example.org"}],
        "`plugins[0].include_domains` must be an array of strings",
    ),
    "domains of numbers": (
        [{"id": "web", "exclude_domains": [1]}],
        "`plugins[0].exclude_domains` must be an array of strings",
    ),
}


@pytest.mark.parametrize("case", PLUGINS)
def test_a_malformed_plugin_is_refused(case):
    plugins, message = PLUGINS[case]
    check_refused(message, plugins=plugins)


def function(**fields):
    return [{"type": "function", "function": fields}]


TOOLS = {
    "object": ({"tools": {}}, "`tools` must be of type array"),
    "without type": ({"tools": [{"name": "f"}]}, "`tools[0]` must be an object of type"),
    "without name": (
        {"tools": function()},
        "`tools[0].function` must be an object with a `name`",
    ),
    "parameters as text": (
        {"tools": function(name="f", parameters="x")},
        "`tools[0].function.parameters` must be a JSON schema",
    ),
    "unknown choice": ({"tools": [TOOL], "tool_choice": "f"}, "`tool_choice` must be"),
    "choice of an unknown tool": (
        {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "g"}}},
        "`tool_choice` names a function that `tools` does not offer",
    ),
}


@pytest.mark.parametrize("case", TOOLS)
def test_malformed_tools_are_refused(case):
    fields, message = TOOLS[case]
    check_refused(message, **fields)


RESPONSE_FORMATS = {
    "string": ("json", "`response_format` must be an object"),
    "unknown type": ({"type": "xml"}, "whose type is text, json_object, json_schema"),
    "without schema": ({"type": "json_schema"}, "`response_format.json_schema.schema`"),
}


@pytest.mark.parametrize("case", RESPONSE_FORMATS)
def test_a_malformed_response_format_is_refused(case):
    response_format, message = RESPONSE_FORMATS[case]
    check_refused(message, response_format=response_format)


def test_gemini_refuses_web_search_with_a_schema():
    check_refused(
        'Gemini models cannot combine web search with response_format.type = "json_schema".',
        model="GEMINI_25_FLASH",
        plugins=[{"id": "web"}],
        response_format=SCHEMA,
    )


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
    "no tools": {"tools": []},
    "tool choice any": {"tools": [TOOL], "tool_choice": "any"},
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


@pytest.mark.parametrize("case", ACCEPTED)
def test_a_valid_request_is_accepted(case):
    request = check(**ACCEPTED[case])
    assert request.body == {"model": "GPT_4O", "messages": [USER], **ACCEPTED[case]}


def test_ignored_tools_are_removed_without_a_check():
    plain = {"model": "GPT_4O", "messages": [USER]}
    ignored = {"tools": "anything", "tool_choice": 1, "parallel_tool_calls": "yes"}
    request = check_chat_request(json.dumps({**plain, **ignored}).encode(), ignore_tools=True)
    assert request.body == plain

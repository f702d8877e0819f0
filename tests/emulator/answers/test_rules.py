from __future__ import annotations

import base64
import io
import json
import wave

import pytest

from weryai_emulator.answers.rules import Replier
from weryai_emulator.options import Options
from weryai_emulator.request.chat_request import ChatRequest
from weryai_emulator.text import count_tokens

HELLO = 'Hello! You said: "Hello"'
WEB = [{"id": "web"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
SCHEMA = {
    "type": "json_schema",
    "json_schema": {
        "name": "report",
        "schema": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


@pytest.mark.parametrize(
    ("stop", "text"),
    [
        ("said", "Hello! You "),
        (["nothing", "You"], "Hello! "),
        (["said", "You"], "Hello! "),
        ([], HELLO),
        ([""], HELLO),
        ("never", HELLO),
        ("Hello", ""),
    ],
)
def test_an_answer_ends_before_the_first_stop_text(ask, stop, text):
    choice = ask("Hello", stop=stop)["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == (text, "stop")


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
def test_an_answer_is_cut_at_the_limit(ask, field):
    for limit in (1, 2, 7):
        body = ask("Hello", **{field: limit})
        choice = body["choices"][0]
        assert choice["finish_reason"] == "length"
        assert HELLO.startswith(choice["message"]["content"])
        assert body["usage"]["completion_tokens"] == limit


@pytest.mark.parametrize("prompt", ["Count to 2000", "Write a long text", "Write 3000 words"])
def test_the_default_limit_is_1024_tokens(ask, prompt):
    body = ask(prompt)
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["usage"]["completion_tokens"] == 1024


def test_several_answers_differ(ask):
    texts = [choice["message"]["content"] for choice in ask("Hello", n=4)["choices"]]
    assert len(set(texts)) == 4
    assert texts[0] == HELLO


def test_a_reasoning_model_sends_reasoning(ask):
    body = ask("Hello", model="DEEPSEEK_R1")
    message = body["choices"][0]["message"]
    reasoning = message["reasoning_content"]
    assert "a rule" in reasoning
    assert message["content"] == HELLO
    count = count_tokens(reasoning)
    assert body["usage"]["completion_tokens_details"]["reasoning_tokens"] == count
    assert body["usage"]["completion_tokens"] == count + count_tokens(HELLO)


@pytest.mark.parametrize("limit", [1, 2, 5, 10])
def test_reasoning_leaves_room_for_the_answer(ask, limit):
    body = ask("Count to 100", model="DEEPSEEK_R1", max_tokens=limit)
    assert body["choices"][0]["message"]["content"]
    assert body["usage"]["completion_tokens"] == limit


@pytest.mark.parametrize(
    "fields", [{"model": "GPT_4O"}, {"model": "GPT_5", "reasoning_effort": "none"}]
)
def test_other_models_and_turned_off_reasoning_send_none(ask, fields):
    assert "reasoning_content" not in ask("Hello", **fields)["choices"][0]["message"]


def test_logprobs_cover_every_token(ask):
    choice = ask("Hello", logprobs=True, top_logprobs=2)["choices"][0]
    entries = choice["logprobs"]["content"]
    assert "".join(entry["token"] for entry in entries) == choice["message"]["content"]
    for entry in entries:
        assert entry["logprob"] < 0
        assert bytes(entry["bytes"]).decode() == entry["token"]
        assert len(entry["top_logprobs"]) == 2
        assert entry["top_logprobs"][0]["token"] == entry["token"]


@pytest.mark.parametrize("audio_format", ["wav", "pcm16"])
def test_an_answer_is_spoken_if_the_request_asks(ask, audio_format):
    audio = {"voice": "alloy", "format": audio_format}
    body = ask("Hello", modalities=["text", "audio"], audio=audio)
    message = body["choices"][0]["message"]
    assert message["content"] is None
    assert message["audio"]["transcript"] == HELLO
    data = base64.b64decode(message["audio"]["data"])
    assert data.startswith(b"RIFF") == (audio_format == "wav")
    assert body["usage"]["completion_tokens_details"]["audio_tokens"] == 8
    assert body["usage"]["completion_tokens"] == 16


def test_a_wav_file_has_the_length_of_the_transcript(ask):
    audio = ask("Hello", modalities=["audio"])["choices"][0]["message"]["audio"]
    with wave.open(io.BytesIO(base64.b64decode(audio["data"]))) as file:
        assert file.getnframes() == 160 * 8


CONTEXT = "Croissants are sold in a café in Zürich. It is sunny."
CALL = {"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
TOOL_RESULT = [
    {"role": "user", "content": "Did the telescope see croissants?"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": "Oui, à 3 € 🥐"},
]


def choose(prompt, *, options=None, **fields):
    """Return the only choice of an answer with a web search."""
    messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
    body = {"model": "GPT_4O", "messages": messages, "plugins": WEB, **fields}
    [choice], _ = Replier(options or Options()).reply(ChatRequest.from_body(body))
    return choice


@pytest.mark.parametrize(
    ("prompt", "start", "pages"),
    [
        ("Hello, croissants!", 'Hello! You said: "Hello, croissants!" The', ["croissants"]),
        ("Write a poem on croissants", "Once upon a time", ["croissants"]),
        (TOOL_RESULT, "look_up returned: Oui, à 3 € 🥐 The", ["space", "astronomy"]),
        # The question is searched for, without its context.
        (f"Context: {CONTEXT}\nQuestion: Is it sunny?", "It is sunny. It is sunny", ["weather"]),
    ],
    ids=["echo", "long text", "tool result", "context"],
)
def test_a_web_search_cites_pages_after_any_answer_in_words(prompt, start, pages):
    choice = choose(prompt)
    assert choice.message["content"].startswith(start)
    assert [each.page.url.rpartition("/")[2] for each in choice.cited.sources] == pages
    for source in choice.cited.sources:
        quote = choice.message["content"][source.start : source.end]
        assert quote == source.page.sentence


def test_a_prompt_that_fits_no_tool_is_answered_from_pages():
    assert choose("Hello, croissants!", tools=[WEATHER]).cited is not None


@pytest.mark.parametrize(
    "fields",
    [
        {"plugins": None},
        {"plugins": []},
        {"plugins": [{"id": "file-parser"}]},
        {"plugins": [{"id": "web", "include_domains": ["nowhere.example"]}]},
        {"options": Options(ignore_plugins=True)},
        {"response_format": SCHEMA},
        {"tools": [WEATHER]},
    ],
    ids=["null", "none", "other", "no page", "ignored", "schema", "tool call"],
)
def test_no_page_is_cited_otherwise(fields):
    choice = choose("What is the weather in Paris?", **fields)
    plain = choose("What is the weather in Paris?", **{**fields, "plugins": None})
    assert choice.cited is None
    assert choice.message == plain.message


ANSWER_TOOL = {
    "type": "function",
    "function": {
        "name": "finish",
        "parameters": {
            "type": "object",
            "properties": {"answer": {"type": "string"}},
            "required": ["answer"],
        },
    },
}


@pytest.mark.parametrize(
    "fields",
    [
        {"response_format": {"type": "json_object"}},
        {"tools": [ANSWER_TOOL], "tool_choice": "required"},
    ],
    ids=["JSON", "required call"],
)
def test_a_search_fills_the_property_that_asks_for_an_answer(fields):
    choice = choose("What is the weather in San Francisco?", **fields)
    [call] = choice.message.get("tool_calls") or [None]
    written = call["function"]["arguments"] if call else choice.message["content"]
    assert json.loads(written) == {"answer": "It is sunny and 22 degrees in San Francisco today."}
    assert choice.cited is None


def test_gemini_searches_even_if_plugins_are_ignored():
    options = Options(ignore_plugins=True)
    assert choose("Weather?", model="GEMINI_25_PRO", options=options).cited is not None

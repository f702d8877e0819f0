"""When the web plugin searches, and what it finds."""

from __future__ import annotations

import json

import httpx
import pytest

from weryai_emulator import Emulator
from weryai_emulator.models import MODELS

LOOK_UP = {
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
SOURCE_FIELDS = {
    "annotations",
    "citations",
    "search_results",
    "groundingMetadata",
    "grounding_metadata",
    "vertex_ai_grounding_metadata",
}


@pytest.fixture
def found(ask):
    """Return a function that asks with the web plugin and returns the paths of the pages."""

    def found(prompt, **options):
        message = ask(prompt, plugins=[{"id": "web", **options}])["choices"][0]["message"]
        citations = [each["url_citation"] for each in message.get("annotations", ())]
        return [citation["url"].rpartition("/")[2] for citation in citations]

    return found


@pytest.mark.parametrize(
    ("prompt", "pages"),
    [
        ("What is the weather?", ["weather"]),
        ("Which Python was released?", ["languages"]),
        ("Who bakes croissants?", ["croissants"]),
        ("Was gibt es im CAFÉ?", ["croissants"]),
        ("zürich", ["croissants"]),
        ("Are there pictures of a galaxy?", ["space", "astronomy"]),
        ("What is the tallest mountain?", ["search"]),
        ("?", ["search"]),
        ("", ["search"]),
    ],
)
def test_the_words_of_the_question_find_pages(found, prompt, pages):
    assert found(prompt) == pages


EVERYTHING = "weather telescope python croissants engine"


@pytest.mark.parametrize(
    ("options", "pages"),
    [
        ({}, ["weather", "space"]),
        ({"max_results": 1}, ["weather"]),
        ({"max_results": 4}, ["weather", "space", "astronomy", "languages"]),
        ({"max_results": 100}, ["weather", "space", "astronomy", "languages", "croissants"]),
        ({"include_domains": ["example.org"]}, ["croissants", "search"]),
        ({"include_domains": ["cafe.example.org", "example.net"]}, ["astronomy", "croissants"]),
        ({"include_domains": ["*.EXAMPLE.org"], "max_results": 1}, ["croissants"]),
        ({"exclude_domains": ["example.com"]}, ["astronomy", "croissants"]),
        (
            {"include_domains": ["example.org"], "exclude_domains": ["cafe.example.org"]},
            ["search"],
        ),
        ({"include_domains": ["ample.org"]}, []),
        ({"include_domains": [], "max_results": 1}, ["weather"]),
    ],
    ids=str,
)
def test_options_of_the_plugin_bound_what_is_found(found, options, pages):
    assert found(EVERYTHING, **options) == pages


def test_a_filter_holds_when_no_word_is_shared(found):
    assert found("?", include_domains=["example.com"]) == ["languages"]


def test_an_answer_without_a_page_is_the_plain_one(ask):
    plugin = {"id": "web", "include_domains": ["nowhere.example"]}
    searched = ask("Hello", plugins=[plugin])["choices"]
    assert searched == ask("Hello")["choices"]


def test_the_question_of_a_context_is_searched_for(found):
    context = "Croissants are sold in a café in Zürich. It is sunny."
    assert found(f"Context: {context}\nQuestion: Is it sunny?") == ["weather"]


@pytest.mark.parametrize("plugins", [None, [], [{"id": "file-parser"}]])
def test_without_the_web_plugin_nothing_is_found(ask, plugins):
    message = ask("What is the weather?", plugins=plugins)["choices"][0]["message"]
    assert message == {"role": "assistant", "content": 'You said: "What is the weather?"'}


def source_fields(body):
    """Return every field of sources in a reply or in a stream."""
    return {field for field in SOURCE_FIELDS if f'"{field}"' in json.dumps(body)}


@pytest.mark.parametrize("stream", [False, True])
def test_tools_are_called_before_pages_are_cited(ask_shaped, stream):
    fields = {"plugins": [{"id": "web"}], "tools": [LOOK_UP], "stream": stream}
    body = ask_shaped("What is the weather in Paris?", **fields)
    assert source_fields(body) == set()
    assert "tool_calls" in json.dumps(body)


def test_a_prompt_for_no_tool_is_answered_from_pages(ask):
    body = ask("Hello, croissants!", plugins=[{"id": "web"}], tools=[LOOK_UP])
    assert body["choices"][0]["message"]["annotations"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("response_format", [SCHEMA, {"type": "json_object"}])
def test_an_answer_in_json_cites_nothing(ask_shaped, response_format, stream):
    fields = {"plugins": [{"id": "web"}], "response_format": response_format, "stream": stream}
    body = ask_shaped("Weather in Paris?", **fields)
    assert source_fields(body) == set()


@pytest.fixture(scope="module")
def ask_ignoring():
    """Return a function that asks an emulator that ignores plugins."""
    with Emulator(ignore_plugins=True) as emulator:

        def ask(model, **fields):
            body = {"model": model, "messages": [{"role": "user", "content": "Weather?"}], **fields}
            return httpx.post(f"{emulator.base_url}/chat/completions", json=body)

        yield ask


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", MODELS)
def test_only_gemini_searches_when_plugins_are_ignored(ask_ignoring, model, stream):
    body = ask_ignoring(model, plugins=[{"id": "web"}], stream=stream).text
    assert ('"annotations"' in body) == model.startswith("GEMINI")


def test_an_ignored_plugin_leaves_no_trace(ask_ignoring):
    ignored = ask_ignoring("GPT_4O", plugins=[{"id": "web"}]).json()
    assert ignored["choices"] == ask_ignoring("GPT_4O").json()["choices"]


def test_gemini_refuses_a_schema_also_when_plugins_are_ignored(ask_ignoring):
    fields = {"plugins": [{"id": "web"}], "response_format": SCHEMA}
    assert ask_ignoring("GEMINI_25_PRO", **fields).status_code == 400
    assert ask_ignoring("GPT_4O", **fields).status_code == 200

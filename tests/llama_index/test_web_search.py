"""Web search: the places that turn it on, and structured output next to it."""

from __future__ import annotations

import asyncio

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel

from weryai_core import InvalidRequestError

WEB = {"id": "web"}
SEARCH = {"type": "web_search"}
HELLO = {"role": "user", "content": "Hello"}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}


class Person(BaseModel):
    """A person."""

    name: str
    age: int


def weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}."


WEATHER = FunctionTool.from_defaults(weather, description="The weather in a city.")
WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather in a city.",
        "parameters": {
            "properties": {"city": {"title": "City", "type": "string"}},
            "required": ["city"],
            "type": "object",
        },
    },
}


# Settings of the model, arguments of a call -> the plugins sent.
ASKED = {
    "nothing": ({}, {}, None),
    "constructor": ({"web_search": True}, {}, [WEB]),
    "constructor's plugins": ({"plugins": [WEB]}, {}, [WEB]),
    "constructor's additional_kwargs": ({"additional_kwargs": {"plugins": [WEB]}}, {}, [WEB]),
    "call": ({}, {"web_search": True}, [WEB]),
    "call's plugins": ({}, {"plugins": [WEB]}, [WEB]),
    "call's tool": ({}, {"tools": [SEARCH]}, [WEB]),
    "call's extra_body": ({}, {"extra_body": {"plugins": [WEB]}}, [WEB]),
    "off in the call": ({"web_search": True}, {"web_search": False}, None),
    "plugin, off in the call": ({"plugins": [WEB]}, {"web_search": False}, None),
    "off, on in the call": ({"web_search": False}, {"web_search": True}, [WEB]),
    "off, a tool in the call": ({"web_search": False}, {"tools": [SEARCH]}, [WEB]),
}


@pytest.mark.parametrize(("settings", "given", "plugins"), ASKED.values(), ids=list(ASKED))
def test_a_search_is_sent_as_the_plugin(make_llm, weryai_emulator, settings, given, plugins):
    weryai_emulator.reply("Hi.")
    make_llm(**settings).chat([ChatMessage("Hello")], **given)
    expected = {"model": "GPT_4O", "messages": [HELLO]}
    if plugins:
        expected["plugins"] = plugins
    assert weryai_emulator.last_request.json == expected


BUILT_IN = {
    "OpenAI": (SEARCH, WEB),
    "OpenAI, preview": ({"type": "web_search_preview"}, WEB),
    "Anthropic": (
        {"type": "web_search_20250305", "name": "web_search", "allowed_domains": ["a.example"]},
        {**WEB, "include_domains": ["a.example"]},
    ),
    "Google": ({"google_search": {}}, WEB),
    "OpenRouter": (
        {"type": "openrouter:web_search", "parameters": {"max_results": 2}},
        {**WEB, "max_results": 2},
    ),
}


@pytest.mark.parametrize(("tool", "plugin"), BUILT_IN.values(), ids=list(BUILT_IN))
def test_a_built_in_tool_becomes_the_plugin(llm, weryai_emulator, tool, plugin):
    llm.chat_with_tools([tool], "Hello")
    assert weryai_emulator.last_request.json == {
        "model": "GPT_4O",
        "messages": [HELLO],
        "plugins": [plugin],
    }
    llm.chat_with_tools([WEATHER, tool], "Hello", tool_required=True)
    assert weryai_emulator.last_request.json == {
        "model": "GPT_4O",
        "messages": [HELLO],
        "tools": [WEATHER_TOOL],
        "tool_choice": "required",
        "parallel_tool_calls": False,
        "plugins": [plugin],
    }
    llm.chat_with_tools([WEATHER, tool], "Hello", web_search=False)
    assert "plugins" not in weryai_emulator.last_request.json


def test_strict_tools_are_sent_with_a_search(make_llm, weryai_emulator):
    weryai_emulator.reply("Hi.")
    make_llm(strict=True).chat_with_tools([WEATHER, SEARCH], "Hello")
    body = weryai_emulator.last_request.json
    assert [tool["function"]["strict"] for tool in body["tools"]] == [True]
    assert body["plugins"] == [WEB]


def predict(llm, way, tools, **kwargs):
    if way == "sync":
        return llm.predict_and_call(tools, "Hello", **kwargs)
    return asyncio.run(llm.apredict_and_call(tools, "Hello", **kwargs))


def test_predict_and_call_searches_and_calls(llm, way, weryai_emulator):
    function = {"name": "weather", "arguments": '{"city": "Rome"}'}
    call = {"id": "1", "type": "function", "function": function}
    weryai_emulator.reply({"content": None, "tool_calls": [call]}, finish_reason="tool_calls")
    answer = predict(llm, way, [{"google_search": {}}, WEATHER])
    assert answer.response == "Sunny in Rome."
    body = weryai_emulator.last_request.json
    assert body["tools"] == [WEATHER_TOOL]
    assert body["plugins"] == [WEB]


@pytest.mark.parametrize("tools", [[SEARCH], [SEARCH, WEATHER]], ids=["alone", "with a function"])
def test_an_answer_from_a_search_needs_no_call(llm, way, weryai_emulator, tools):
    weryai_emulator.reply("It is so.")
    assert predict(llm, way, tools).response == "It is so."
    assert weryai_emulator.last_request.json["plugins"] == [WEB]


def test_error_on_no_tool_call_requires_a_call_next_to_a_search(llm, way, weryai_emulator):
    weryai_emulator.reply("It is so.")
    with pytest.raises(ValueError, match="Expected a tool call"):
        predict(llm, way, [SEARCH, WEATHER], error_on_no_tool_call=True)


@pytest.mark.parametrize(
    ("settings", "given", "plugins"),
    [
        ({"plugins": [{"id": "x"}]}, {}, [{"id": "x"}, WEB]),
        ({"additional_kwargs": {"plugins": [{"id": "x"}]}}, {}, [{"id": "x"}, WEB]),
        ({"plugins": [{"id": "x"}]}, {"plugins": [{"id": "y"}]}, [{"id": "y"}, WEB]),
        ({"plugins": [{**WEB, "max_results": 3}]}, {}, [{**WEB, "max_results": 3}]),
        ({"web_search": False}, {}, [WEB]),
        ({}, {"web_search": False}, None),
    ],
    ids=str,
)
def test_predict_and_call_keeps_other_plugins(make_llm, weryai_emulator, settings, given, plugins):
    weryai_emulator.reply("It is so.")
    make_llm(**settings).predict_and_call([SEARCH], "Hello", **given)
    assert weryai_emulator.last_request.json.get("plugins") == plugins


# Settings of the model, arguments of a call: places that turn the search on.
PLACES = {
    "constructor": ({"web_search": True}, {}),
    "constructor's plugins": ({"plugins": [WEB]}, {}),
    "call": ({}, {"web_search": True}),
    "call's plugins": ({}, {"plugins": [WEB]}),
    "call's tool": ({}, {"tools": [SEARCH]}),
}


@pytest.mark.parametrize(("settings", "given"), PLACES.values(), ids=list(PLACES))
def test_a_schema_with_a_search_is_an_error_for_gemini_without_a_request(
    make_llm, weryai_emulator, settings, given
):
    llm = make_llm(model="GEMINI_25_FLASH", **settings)
    with pytest.raises(InvalidRequestError, match="Gemini models cannot combine web search"):
        llm.chat([ChatMessage("Hello")], response_format=SCHEMA, **given)
    assert weryai_emulator.requests == []


def test_other_models_get_a_schema_with_a_search(llm, weryai_emulator):
    weryai_emulator.reply("{}")
    llm.chat([ChatMessage("Hello")], response_format=SCHEMA, web_search=True)
    assert weryai_emulator.last_request.json == {
        "model": "GPT_4O",
        "messages": [HELLO],
        "response_format": SCHEMA,
        "plugins": [WEB],
    }


CALL = {
    "id": "1",
    "type": "function",
    "function": {"name": "Person", "arguments": '{"name": "Ann", "age": 5}'},
}
PROMPT = PromptTemplate("Hello")


def structured(llm, kind, given):
    if kind == "structured_predict":
        return llm.structured_predict(Person, PROMPT, llm_kwargs=given)
    if kind == "astructured_predict":
        return asyncio.run(llm.astructured_predict(Person, PROMPT, llm_kwargs=given))
    wrapped, messages = llm.as_structured_llm(Person), [ChatMessage("Hello")]
    if kind == "as_structured_llm, chat":
        return wrapped.chat(messages, **given).raw
    if kind == "as_structured_llm, achat":
        return asyncio.run(wrapped.achat(messages, **given)).raw
    return wrapped.complete("Hello", **given).raw


KINDS = (
    "structured_predict",
    "astructured_predict",
    "as_structured_llm, chat",
    "as_structured_llm, achat",
    "as_structured_llm, complete",
)


BY_SCHEMA = {
    "a model that takes schemas": ({"model": "GEMINI_25_FLASH"}, {}),
    "a model that also takes them with a search": ({"model": "GPT_4O", "web_search": True}, {}),
}


@pytest.mark.parametrize(("settings", "given"), BY_SCHEMA.values(), ids=list(BY_SCHEMA))
def test_structured_output_by_schema(make_llm, weryai_emulator, settings, given):
    weryai_emulator.reply('{"name": "Ann", "age": 5}')
    llm = make_llm(**settings)
    assert structured(llm, "structured_predict", given) == Person(name="Ann", age=5)
    body = weryai_emulator.last_request.json
    assert body["response_format"]["json_schema"]["name"] == "Person"
    assert body.get("plugins", []) == ([WEB] if "web_search" in settings else [])
    assert "tools" not in body


BY_TOOL = {
    "a search of the model": ({"model": "GEMINI_25_FLASH", "web_search": True}, {}),
    "a search of the call": ({"model": "GEMINI_X"}, {"web_search": True}),
    "a plugin of the call": ({"model": "GEMINI_25_FLASH"}, {"plugins": [WEB]}),
    "a model that takes no schemas": ({"model": "CLAUDE_4_OPUS"}, {}),
    "an unknown model": ({"model": "FUTURE_1"}, {}),
}


@pytest.mark.parametrize(("settings", "given"), BY_TOOL.values(), ids=list(BY_TOOL))
def test_structured_output_by_tool(make_llm, weryai_emulator, settings, given):
    weryai_emulator.reply({"content": None, "tool_calls": [CALL]}, finish_reason="tool_calls")
    llm = make_llm(**settings)
    assert structured(llm, "structured_predict", given) == Person(name="Ann", age=5)
    is_searching = "web_search" in settings or bool(given)
    assert weryai_emulator.last_request.json == {
        "model": settings["model"],
        "messages": [HELLO],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "Person",
                    "description": "A person.",
                    "parameters": {
                        "properties": {
                            "name": {"title": "Name", "type": "string"},
                            "age": {"title": "Age", "type": "integer"},
                        },
                        "required": ["name", "age"],
                        "type": "object",
                    },
                },
            }
        ],
        "tool_choice": "required",
        "parallel_tool_calls": False,
        **({"plugins": [WEB]} if is_searching else {}),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_every_entrance_of_structured_output_avoids_a_schema_with_a_search(
    make_llm, weryai_emulator, kind
):
    weryai_emulator.reply({"content": None, "tool_calls": [CALL]}, finish_reason="tool_calls")
    llm = make_llm(model="GEMINI_25_FLASH")
    assert structured(llm, kind, {"web_search": True}) == Person(name="Ann", age=5)
    body = weryai_emulator.last_request.json
    assert body["plugins"] == [WEB]
    assert "response_format" not in body


def test_structured_output_without_tools_is_in_the_prompt(make_llm, weryai_emulator):
    weryai_emulator.reply('{"name": "Ann", "age": 5}')
    llm = make_llm(model="GEMINI_25_FLASH", web_search=True, is_function_calling_model=False)
    assert structured(llm, "structured_predict", {}) == Person(name="Ann", age=5)
    body = weryai_emulator.last_request.json
    assert body.keys() == {"model", "messages", "plugins"}
    assert '"title":"Person"' in body["messages"][-1]["content"]

"""Web search: how it is asked for, what excludes JSON schemas, and the sources of an answer."""

from __future__ import annotations

import asyncio
import copy
import pickle

import pytest
from llama_index.core.base.llms.types import ChatMessage, CitationBlock, MessageRole, TextBlock
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


def without_stream(body):
    return {key: body[key] for key in body if key not in ("stream", "stream_options")}


# Settings of the model, arguments of the call -> the plugins that are sent.
ASKED = {
    "nothing": ({}, {}, None),
    "constructor": ({"web_search": True}, {}, [WEB]),
    "constructor's plugins": ({"plugins": [WEB]}, {}, [WEB]),
    "constructor, both ways": ({"web_search": True, "plugins": [WEB]}, {}, [WEB]),
    "constructor's additional_kwargs": ({"additional_kwargs": {"plugins": [WEB]}}, {}, [WEB]),
    "call": ({}, {"web_search": True}, [WEB]),
    "call's plugins": ({}, {"plugins": [WEB]}, [WEB]),
    "call's tool": ({}, {"tools": [SEARCH]}, [WEB]),
    "call's extra_body": ({}, {"extra_body": {"plugins": [WEB]}}, [WEB]),
    "everywhere": (
        {"web_search": True, "plugins": [WEB]},
        {"web_search": True, "plugins": [WEB], "tools": [SEARCH]},
        [WEB],
    ),
    "off in the call": ({"web_search": True}, {"web_search": False}, None),
    "plugin, off in the call": ({"plugins": [WEB]}, {"web_search": False}, None),
    "off, on in the call": ({"web_search": False}, {"web_search": True}, [WEB]),
    "off, a tool in the call": ({"web_search": False}, {"tools": [SEARCH]}, [WEB]),
    "options": (
        {"web_search": True},
        {"plugins": [{**WEB, "max_results": 3, "search_prompt": "Look:"}]},
        [{**WEB, "max_results": 3, "search_prompt": "Look:"}],
    ),
    "another plugin": ({"web_search": True}, {"plugins": [{"id": "x"}]}, [{"id": "x"}, WEB]),
}


@pytest.mark.parametrize(("settings", "given", "plugins"), ASKED.values(), ids=list(ASKED))
def test_a_search_is_sent_as_the_plugin(
    make_llm, method, ask, weryai_emulator, settings, given, plugins
):
    weryai_emulator.reply("Hi.")
    ask(make_llm(**settings), method, "Hello", **given)
    expected = {"model": "GPT_4O", "messages": [HELLO]}
    if plugins:
        expected["plugins"] = plugins
    assert without_stream(weryai_emulator.last_request.json) == expected


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
TOOL_METHODS = (
    "chat_with_tools",
    "achat_with_tools",
    "stream_chat_with_tools",
    "astream_chat_with_tools",
)


def ask_with_tools(llm, method, tools, **kwargs):
    async def collect():
        answer = await getattr(llm, method)(tools, user_msg="Hello", **kwargs)
        return [one async for one in answer][-1] if "stream" in method else answer

    if method.startswith("a"):
        return asyncio.run(collect())
    answer = getattr(llm, method)(tools, user_msg="Hello", **kwargs)
    return list(answer)[-1] if "stream" in method else answer


@pytest.mark.parametrize("tool_method", TOOL_METHODS)
@pytest.mark.parametrize(("tool", "plugin"), BUILT_IN.values(), ids=list(BUILT_IN))
def test_a_built_in_tool_becomes_the_plugin(llm, weryai_emulator, tool_method, tool, plugin):
    ask_with_tools(llm, tool_method, [tool])
    assert without_stream(weryai_emulator.last_request.json) == {
        "model": "GPT_4O",
        "messages": [HELLO],
        "plugins": [plugin],
    }
    ask_with_tools(llm, tool_method, [WEATHER, tool], tool_required=True)
    assert without_stream(weryai_emulator.last_request.json) == {
        "model": "GPT_4O",
        "messages": [HELLO],
        "tools": [WEATHER_TOOL],
        "tool_choice": "required",
        "parallel_tool_calls": False,
        "plugins": [plugin],
    }
    ask_with_tools(llm, tool_method, [WEATHER, tool], web_search=False)
    assert "plugins" not in weryai_emulator.last_request.json


def test_strict_tools_and_a_search_go_together(make_llm, weryai_emulator):
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


@pytest.mark.parametrize("tools", [[SEARCH], [SEARCH, WEATHER]], ids=["alone", "beside"])
def test_an_answer_that_only_searched_is_no_error(llm, way, weryai_emulator, tools):
    weryai_emulator.reply("It is so.")
    assert predict(llm, way, tools).response == "It is so."
    assert weryai_emulator.last_request.json["plugins"] == [WEB]


def test_an_answer_that_only_searched_is_an_error_if_it_is_to_be(llm, way, weryai_emulator):
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
def test_predict_and_call_keeps_the_plugins(
    make_llm, way, weryai_emulator, settings, given, plugins
):
    weryai_emulator.reply("It is so.")
    predict(make_llm(**settings), way, [SEARCH], **given)
    assert weryai_emulator.last_request.json.get("plugins") == plugins


# The conflict: models x where the search is asked for.
MODELS = ("GEMINI_25_FLASH", "GPT_4O", "CLAUDE_4_OPUS", "GEMINI_X", "FUTURE_1")
PLACES = {
    "off": ({}, {}),
    "constructor": ({"web_search": True}, {}),
    "constructor's plugins": ({"plugins": [WEB]}, {}),
    "call": ({}, {"web_search": True}),
    "call's plugins": ({}, {"plugins": [WEB]}),
    "call's tool": ({}, {"tools": [SEARCH]}),
}


@pytest.mark.parametrize(("settings", "given"), PLACES.values(), ids=list(PLACES))
@pytest.mark.parametrize("model", MODELS)
def test_a_schema_beside_a_search_is_refused_for_gemini_before_it_is_sent(
    make_llm, method, ask, weryai_emulator, model, settings, given
):
    llm = make_llm(model=model, **settings)
    if model.startswith("GEMINI") and (settings or given):
        with pytest.raises(InvalidRequestError, match="Gemini models cannot combine web search"):
            ask(llm, method, "Hello", response_format=SCHEMA, **given)
        assert weryai_emulator.requests == []
        return
    weryai_emulator.reply("{}")
    ask(llm, method, "Hello", response_format=SCHEMA, **given)
    expected = {"model": model, "messages": [HELLO], "response_format": SCHEMA}
    if settings or given:
        expected["plugins"] = [WEB]
    assert without_stream(weryai_emulator.last_request.json) == expected


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


@pytest.mark.parametrize("place", ["off", "constructor", "call", "call's plugins"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model", MODELS)
def test_structured_output_is_asked_for_by_a_schema_or_where_that_cannot_be_by_a_tool(
    make_llm, weryai_emulator, model, kind, place
):
    settings, given = PLACES[place]
    searches = [] if place == "off" else [WEB]
    if model == "GPT_4O" or (model == "GEMINI_25_FLASH" and not searches):
        weryai_emulator.reply('{"name": "Ann", "age": 5}')
        llm = make_llm(model=model, **settings)
        assert structured(llm, kind, given) == Person(name="Ann", age=5)
        body = weryai_emulator.last_request.json
        assert body["response_format"]["json_schema"]["name"] == "Person"
        assert body.get("plugins", []) == searches
        assert "tools" not in body
        return
    weryai_emulator.reply({"content": None, "tool_calls": [CALL]}, finish_reason="tool_calls")
    llm = make_llm(model=model, **settings)
    assert structured(llm, kind, given) == Person(name="Ann", age=5)
    body = weryai_emulator.last_request.json
    assert body == {
        "model": model,
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
        **({"plugins": searches} if searches else {}),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_structured_output_without_tools_is_asked_for_in_the_prompt(
    make_llm, weryai_emulator, kind
):
    weryai_emulator.reply('{"name": "Ann", "age": 5}')
    llm = make_llm(model="GEMINI_25_FLASH", web_search=True, is_function_calling_model=False)
    assert structured(llm, kind, {}) == Person(name="Ann", age=5)
    body = weryai_emulator.last_request.json
    assert body.keys() == {"model", "messages", "plugins"}
    assert '"title":"Person"' in body["messages"][-1]["content"]


# What is sent of a history with citations.
CITED = CitationBlock(
    cited_content=TextBlock(text="Hi"),
    source="https://a.example",
    title="A",
    additional_location_info={},
)


def test_citations_of_the_history_are_not_sent(llm, chat_method, ask, weryai_emulator):
    answer = ChatMessage(
        role=MessageRole.ASSISTANT,
        blocks=[TextBlock(text="Grüße"), CITED],
        additional_kwargs={"citations": [{"url": "https://a.example", "source_index": 0}]},
    )
    before = copy.deepcopy(answer)
    weryai_emulator.reply("Hi.")
    ask(llm, chat_method, [ChatMessage("Hello"), answer, ChatMessage("Go on.")])
    assert weryai_emulator.last_request.json["messages"] == [
        HELLO,
        {"role": "assistant", "content": "Grüße"},
        {"role": "user", "content": "Go on."},
    ]
    assert answer == before
    assert pickle.loads(pickle.dumps(answer)) == answer

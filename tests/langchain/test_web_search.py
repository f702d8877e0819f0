"""Web search: the places where it is asked for, and schemas of models that cannot do both."""

from __future__ import annotations

from typing import Any

import pytest
from langchain.agents import create_agent
from person_and_weather import (
    DESCRIBED,
    FIELDS,
    HELLO,
    PERSON_TOOL,
    SEARCH,
    WEATHER_TOOL,
    WEB,
    Person,
    weather,
)

from weryai_core import InvalidRequestError

PROMPTED = (
    "Hello\n\nAnswer with one JSON object that follows this JSON schema, and with nothing else: no "
    "words around it, no code fence.\n\n"
    '{"title":"Person","description":"A person.","properties":{"name":{"type":"string"},'
    '"age":{"type":"integer"}},"required":["name","age"],"type":"object"}'
)
ANN = '{"name": "Ann", "age": 5}'

# Arguments of the model, of the binding and of the call -> the plugins that are sent.
PLACES = {
    "nowhere": ({}, {}, {}, None),
    "constructor": ({"web_search": True}, {}, {}, [WEB]),
    "constructor's plugins": ({"plugins": [WEB]}, {}, {}, [WEB]),
    "constructor's extra_body": ({"extra_body": {"plugins": [WEB]}}, {}, {}, [WEB]),
    "binding": ({}, {"web_search": True}, {}, [WEB]),
    "binding's tool": ({}, {"tools": [SEARCH]}, {}, [WEB]),
    "call": ({}, {}, {"web_search": True}, [WEB]),
    "call's tool": ({}, {}, {"tools": [SEARCH]}, [WEB]),
    "everywhere": (
        {"web_search": True, "plugins": [WEB]},
        {"web_search": True},
        {"tools": [SEARCH], "plugins": [WEB], "web_search": True},
        [WEB],
    ),
    "constructor, off in the binding": ({"web_search": True}, {"web_search": False}, {}, None),
    "constructor, off in the call": ({"web_search": True}, {}, {"web_search": False}, None),
    "binding, off in the call": ({}, {"web_search": True}, {"web_search": False}, None),
    "plugins, none in the call": ({"plugins": [WEB]}, {}, {"plugins": []}, None),
}


@pytest.mark.parametrize(("settings", "bound", "given", "plugins"), PLACES.values(), ids=PLACES)
def test_a_search_is_sent_as_the_plugin(
    make_model, sent, weryai_emulator, settings, bound, given, plugins
):
    weryai_emulator.reply("Hi.")
    model = make_model(**settings)
    (model.bind(**bound) if bound else model).invoke("Hello", **given)
    expected = {"model": "GPT_4O", "messages": [HELLO]}
    assert sent() == (expected if plugins is None else {**expected, "plugins": plugins})


@pytest.mark.every_style
async def test_every_call_style_sends_the_plugin(model, call, sent):
    await call(model, web_search=True)
    assert sent()["plugins"] == [WEB]


@pytest.mark.parametrize(
    ("tool", "plugin"),
    [
        pytest.param(SEARCH, WEB, id="OpenAI"),
        pytest.param(
            {"type": "web_search_20250305", "name": "web_search", "allowed_domains": ["a.example"]},
            {**WEB, "include_domains": ["a.example"]},
            id="Anthropic",
        ),
        pytest.param({"google_search": {}}, WEB, id="Google"),
    ],
)
def test_a_built_in_tool_becomes_the_plugin(model, sent, tool, plugin):
    model.bind_tools([tool]).invoke("Hello")
    expected = {"model": "GPT_4O", "messages": [HELLO], "plugins": [plugin]}
    assert sent() == expected
    model.bind_tools([weather, tool], tool_choice="any").invoke("Hello")
    assert sent() == {**expected, "tools": [WEATHER_TOOL], "tool_choice": "required"}


def test_a_users_tool_named_web_search_stays_a_tool(model, sent, weryai_emulator):
    def web_search(query: str) -> str:
        """Search."""
        return ""

    weryai_emulator.reply("Hi.")
    model.bind_tools([web_search]).invoke("Hello")
    assert [tool["function"]["name"] for tool in sent()["tools"]] == ["web_search"]
    assert "plugins" not in sent()


GEMINI = "GEMINI_25_FLASH"


def answer(method):
    function = {"name": "Person", "arguments": ANN}
    call = {"id": "1", "type": "function", "function": function}
    return {"content": None, "tool_calls": [call]} if method == "function_calling" else ANN


def ask(make_model, name, place, method):
    """Ask for a person, and in this place for a search."""
    model = make_model(model=name, **({"web_search": True} if place == "constructor" else {}))
    if place == "bind before":
        model = model.bind(web_search=True)
    elif place == "tool before":
        model = model.bind_tools([weather, SEARCH], tool_choice="any")
    options = {"argument": {"web_search": True}, "tool": {"tools": [SEARCH]}}.get(place, {})
    structured = model.with_structured_output(Person, method=method, **options)
    if place == "bind":
        structured = structured.bind(web_search=True)
    return structured.invoke("Hello", **({"web_search": True} if place == "call" else {}))


def expected_body(name, place, method):
    body: dict[str, Any] = {"model": name, "messages": [HELLO]}
    if method == "function_calling":
        body["tools"] = [PERSON_TOOL]
        body["tool_choice"] = {"type": "function", "function": {"name": "Person"}}
        body["parallel_tool_calls"] = False
        if place == "tool before":  # where another tool was bound as well
            body["tools"] = [PERSON_TOOL, WEATHER_TOOL]
            body["tool_choice"] = "required"
    elif method == "json_mode":
        body["response_format"] = {"type": "json_object"}
    elif method == "json_schema":
        json_schema = {"name": "Person", "schema": DESCRIBED}
        body["response_format"] = {"type": "json_schema", "json_schema": json_schema}
    elif method == "prompted":
        body["messages"] = [{"role": "user", "content": PROMPTED}]
    if place != "off":
        body["plugins"] = [WEB]
    return body


# Where a Gemini model is asked to search -> how it is asked to follow the schema.
CHOSEN = {
    "off": "json_schema",
    "constructor": "function_calling",
    "bind before": "function_calling",
    "argument": "function_calling",
    "tool": "function_calling",
    "tool before": "function_calling",
    # These are known only after the method was chosen.
    "bind": "prompted",
    "call": "prompted",
}


@pytest.mark.parametrize(("place", "method"), CHOSEN.items())
def test_a_gemini_model_follows_a_schema_and_searches(make_model, weryai_emulator, place, method):
    weryai_emulator.reply(answer(method))
    assert ask(make_model, GEMINI, place, None) == Person(name="Ann", age=5)
    assert weryai_emulator.last_request.json == expected_body(GEMINI, place, method)


@pytest.mark.parametrize("place", [place for place in CHOSEN if place != "off"])
def test_a_json_schema_that_the_user_asked_for_is_refused(make_model, weryai_emulator, place):
    with pytest.raises(InvalidRequestError, match="Gemini model"):
        ask(make_model, GEMINI, place, "json_schema")
    assert weryai_emulator.requests == []


@pytest.mark.parametrize("method", ["function_calling", "json_mode", "prompted"])
def test_other_methods_go_with_a_search(make_model, weryai_emulator, method):
    weryai_emulator.reply(answer(method))
    assert ask(make_model, GEMINI, "call", method) == Person(name="Ann", age=5)
    assert weryai_emulator.last_request.json == expected_body(GEMINI, "call", method)


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("GPT_4O", "json_schema"),
        ("CLAUDE_4_OPUS", "function_calling"),
        ("GEMINI_X", "function_calling"),
        ("FUTURE_1", "function_calling"),
    ],
)
def test_a_search_changes_nothing_for_other_models(make_model, weryai_emulator, name, method):
    for place in ("off", "constructor"):
        weryai_emulator.reply(answer(method))
        assert ask(make_model, name, place, None) == Person(name="Ann", age=5)
        assert weryai_emulator.last_request.json == expected_body(name, place, method)


@pytest.mark.parametrize("style", ["ainvoke", "stream", "astream"])
async def test_every_call_style_puts_the_schema_into_the_prompt(make_model, call, weryai_emulator):
    weryai_emulator.reply(answer("prompted"))
    structured = make_model(model=GEMINI).with_structured_output(Person)
    assert await call(structured, "Hello", web_search=True) == Person(name="Ann", age=5)
    assert "response_format" not in weryai_emulator.last_request.json


def test_a_call_that_turns_the_search_off_sends_the_schema(make_model, sent, weryai_emulator):
    weryai_emulator.reply(ANN)
    model = make_model(model="GEMINI_25_FLASH")
    structured = model.with_structured_output(Person).bind(web_search=True)
    assert structured.invoke("Hello", web_search=False) == Person(name="Ann", age=5)
    assert sent() == expected_body("GEMINI_25_FLASH", "off", "json_schema")


@pytest.mark.parametrize(
    ("settings", "is_able"),
    [
        ({}, True),
        ({"web_search": False}, True),
        ({"plugins": [{"id": "file-parser"}]}, True),
        ({"web_search": True}, False),
        ({"plugins": [WEB]}, False),
        ({"model_kwargs": {"tools": [SEARCH]}}, False),
        ({"extra_body": {"plugins": [WEB]}}, False),
        ({"extra_body": {"plugins": [WEB]}, "web_search": False}, True),
    ],
    ids=str,
)
def test_the_profile_says_whether_a_schema_is_possible(make_model, settings, is_able):
    model = make_model(model="GEMINI_25_FLASH", **settings)
    assert model.profile["structured_output"] is is_able
    assert make_model(model="GPT_4O", **settings).profile["structured_output"] is True


@pytest.mark.parametrize(
    ("name", "settings", "tools", "method"),
    [
        pytest.param(GEMINI, {}, [], "json_schema", id="Gemini"),
        pytest.param(GEMINI, {"web_search": True}, [], "function_calling", id="Gemini, setting"),
        pytest.param(GEMINI, {}, [SEARCH], "function_calling", id="Gemini, tool"),
        pytest.param(GEMINI, {}, [{"google_search": {}}], "function_calling", id="Google's tool"),
        pytest.param("GPT_4O", {}, [SEARCH], "json_schema", id="GPT"),
        pytest.param("CLAUDE_4_OPUS", {}, [SEARCH], "function_calling", id="Claude"),
        pytest.param("GEMINI_X", {}, [SEARCH], "function_calling", id="unknown Gemini"),
    ],
)
def test_an_agent_answers_with_a_schema(make_model, weryai_emulator, name, settings, tools, method):
    weryai_emulator.reply(answer(method))
    agent = create_agent(make_model(model=name, **settings), tools, response_format=Person)
    result = agent.invoke({"messages": [("user", "Hello")]})
    assert result["structured_response"] == Person(name="Ann", age=5)
    [request] = weryai_emulator.requests
    body = request.json
    assert body["messages"] == [HELLO]
    assert body.get("plugins") == ([WEB] if tools or settings else None)
    if method == "json_schema":
        assert body["response_format"]["json_schema"]["name"] == "Person"
        assert "tools" not in body
    else:
        assert "response_format" not in body
        assert [tool["function"]["name"] for tool in body["tools"]] == ["Person"]
        assert body["tool_choice"] == "required"


def test_a_schema_that_an_agent_binds_with_a_search_goes_into_the_prompt(
    make_model, weryai_emulator
):
    weryai_emulator.reply(ANN)
    json_schema = {"name": "Person", "schema": FIELDS}
    model = make_model(model="GEMINI_25_FLASH").bind_tools(
        [SEARCH], response_format={"type": "json_schema", "json_schema": json_schema}
    )
    assert model.invoke("Hello").text == ANN
    body = weryai_emulator.last_request.json
    assert body.keys() == {"model", "messages", "plugins"}
    assert "follows this JSON schema" in body["messages"][0]["content"]

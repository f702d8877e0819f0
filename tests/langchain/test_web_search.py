"""Web search: how it is asked for, what excludes JSON schemas, and the sources of an answer."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.load import dumpd, dumps, loads
from langchain_core.messages import AIMessage, HumanMessage, trim_messages
from langchain_core.runnables import RunnableBinding
from pydantic import BaseModel

from langchain_weryai import ChatWeryAI, format_with_sources
from weryai_core import InvalidRequestError, StreamError
from weryai_emulator import Emulator
from weryai_emulator.options import SOURCE_SHAPES

WEB = {"id": "web"}
SEARCH = {"type": "web_search"}
HELLO = {"role": "user", "content": "Hello"}
WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


class Person(BaseModel):
    """A person."""

    name: str
    age: int


FIELDS: dict[str, Any] = {
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "type": "object",
}
DESCRIBED = {"title": "Person", "description": "A person.", **FIELDS}
PERSON_TOOL = {
    "type": "function",
    "function": {"name": "Person", "description": "A person.", "parameters": FIELDS},
}
PROMPTED = (
    "Hello\n\nAnswer with one JSON object that follows this JSON schema, and with nothing else: no "
    "words around it, no code fence.\n\n"
    '{"title":"Person","description":"A person.","properties":{"name":{"type":"string"},'
    '"age":{"type":"integer"}},"required":["name","age"],"type":"object"}'
)
ANN = '{"name": "Ann", "age": 5}'


def weather(city: str) -> str:
    """The weather in a city."""
    return "sunny"


def without_stream(body):
    return {key: body[key] for key in body if key not in ("stream", "stream_options")}


# Arguments of the model, of the binding and of the call -> the plugins that are sent.
ASKED = {
    "nothing": ({}, {}, {}, None),
    "constructor": ({"web_search": True}, {}, {}, [WEB]),
    "constructor's plugins": ({"plugins": [WEB]}, {}, {}, [WEB]),
    "constructor, both ways": ({"web_search": True, "plugins": [WEB]}, {}, {}, [WEB]),
    "constructor's extra_body": ({"extra_body": {"plugins": [WEB]}}, {}, {}, [WEB]),
    "binding": ({}, {"web_search": True}, {}, [WEB]),
    "binding's plugins": ({}, {"plugins": [WEB]}, {}, [WEB]),
    "binding's tool": ({}, {"tools": [SEARCH]}, {}, [WEB]),
    "call": ({}, {}, {"web_search": True}, [WEB]),
    "call's plugins": ({}, {}, {"plugins": [WEB]}, [WEB]),
    "call's tool": ({}, {}, {"tools": [SEARCH]}, [WEB]),
    "everywhere": (
        {"web_search": True, "plugins": [WEB]},
        {"web_search": True},
        {"tools": [SEARCH], "plugins": [WEB], "web_search": True},
        [WEB],
    ),
    "off in the call": ({"web_search": True}, {}, {"web_search": False}, None),
    "plugin, off in the call": ({"plugins": [WEB]}, {}, {"web_search": False}, None),
    "off in the binding": ({"web_search": True}, {"web_search": False}, {}, None),
    "bound, off in the call": ({}, {"web_search": True}, {"web_search": False}, None),
    "off, on in the call": ({"web_search": False}, {}, {"web_search": True}, [WEB]),
    "off, a tool in the call": ({"web_search": False}, {}, {"tools": [SEARCH]}, [WEB]),
    "options": (
        {"web_search": True},
        {},
        {"plugins": [{**WEB, "max_results": 3, "search_prompt": "Look:"}]},
        [{**WEB, "max_results": 3, "search_prompt": "Look:"}],
    ),
    "another plugin": ({"web_search": True}, {}, {"plugins": [{"id": "x"}]}, [{"id": "x"}, WEB]),
}


@pytest.mark.parametrize(("settings", "bound", "given", "plugins"), ASKED.values(), ids=list(ASKED))
async def test_a_search_is_sent_as_the_plugin(
    make_model, call, sent, weryai_emulator, settings, bound, given, plugins
):
    weryai_emulator.reply("Hi.")
    model = make_model(**settings)
    await call(model.bind(**bound) if bound else model, "Hello", **given)
    expected = {"model": "GPT_4O", "messages": [HELLO]}
    if plugins:
        expected["plugins"] = plugins
    assert without_stream(sent()) == expected


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
async def test_a_built_in_tool_becomes_the_plugin(
    make_model, call, sent, weryai_emulator, tool, plugin
):
    weryai_emulator.reply("Hi.")
    await call(make_model().bind_tools([tool]))
    assert without_stream(sent()) == {
        "model": "GPT_4O",
        "messages": [HELLO],
        "plugins": [plugin],
    }
    await call(make_model().bind_tools([weather, tool], tool_choice="any"), "Rome?")
    assert without_stream(sent()) == {
        "model": "GPT_4O",
        "messages": [{"role": "user", "content": "Rome?"}],
        "tools": [WEATHER_TOOL],
        "tool_choice": "required",
        "plugins": [plugin],
    }


def test_an_own_tool_of_that_name_stays_a_tool(model, sent, weryai_emulator):
    def web_search(query: str) -> str:
        """Search."""
        return ""

    weryai_emulator.reply("Hi.")
    model.bind_tools([web_search]).invoke("Hello")
    assert [tool["function"]["name"] for tool in sent()["tools"]] == ["web_search"]
    assert "plugins" not in sent()


# The conflict: models x where the search is asked for x methods.
MODELS = {
    # Key -> what is chosen without and with a search.
    "GEMINI_25_FLASH": ("json_schema", "function_calling"),
    "GPT_4O": ("json_schema", "json_schema"),
    "CLAUDE_4_OPUS": ("function_calling", "function_calling"),
    "GEMINI_X": ("function_calling", "function_calling"),
    "FUTURE_1": ("function_calling", "function_calling"),
}
PLACES = ("off", "constructor", "call", "bind", "bind before", "argument", "tool", "tool before")
METHODS = (None, "function_calling", "json_schema", "json_mode", "prompted")
KNOWN_BEFORE = ("constructor", "bind before", "argument", "tool", "tool before")


def answer(method):
    function = {"name": "Person", "arguments": ANN}
    call = {"id": "1", "type": "function", "function": function}
    return {"content": None, "tool_calls": [call]} if method == "function_calling" else ANN


def ask(make_model, name, place, method):
    """Ask for a person, with a search that is asked for in this place."""
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


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", MODELS)
def test_structured_output_is_asked_for_in_a_way_that_works(
    make_model, weryai_emulator, name, place, method
):
    without, with_search = MODELS[name]
    chosen = method or (with_search if place in KNOWN_BEFORE else without)
    if chosen == "json_schema" and name.startswith("GEMINI") and place != "off":
        if method is not None:
            with pytest.raises(InvalidRequestError, match="Gemini model"):
                ask(make_model, name, place, method)
            assert weryai_emulator.requests == []
            return
        chosen = "prompted"  # a search that is asked for after the method was chosen
    weryai_emulator.reply(answer(chosen))
    assert ask(make_model, name, place, method) == Person(name="Ann", age=5)
    assert weryai_emulator.last_request.json == expected_body(name, place, chosen)


@pytest.mark.parametrize("style", ["ainvoke", "stream", "astream"])
@pytest.mark.parametrize("place", ["constructor", "call"])
async def test_the_conflict_is_settled_in_every_style(
    make_model, call, weryai_emulator, place, style
):
    model = make_model(model="GEMINI_25_FLASH", web_search=place == "constructor")
    weryai_emulator.reply(answer("function_calling" if place == "constructor" else "prompted"))
    structured = model.with_structured_output(Person)
    given = {"web_search": True} if place == "call" else {}
    assert await call(structured, "Hello", **given) == Person(name="Ann", age=5)
    assert "response_format" not in weryai_emulator.last_request.json


def test_a_search_that_the_call_turns_off_frees_the_schema(make_model, sent, weryai_emulator):
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


# Model, tools -> how the agent asks for its answer.
AGENTS = {
    "Gemini": ("GEMINI_25_FLASH", [], "json_schema"),
    "Gemini, tool dict": ("GEMINI_25_FLASH", [SEARCH], "function_calling"),
    "Gemini, Google's dict": ("GEMINI_25_FLASH", [{"google_search": {}}], "function_calling"),
    "GPT": ("GPT_4O", [], "json_schema"),
    "GPT, tool dict": ("GPT_4O", [SEARCH], "json_schema"),
    "Claude, tool dict": ("CLAUDE_4_OPUS", [SEARCH], "function_calling"),
    "unknown Gemini, tool dict": ("GEMINI_X", [SEARCH], "function_calling"),
    "unknown, tool dict": ("FUTURE_1", [SEARCH], "function_calling"),
}


@pytest.mark.parametrize("web_search", [None, True], ids=["", "searching"])
@pytest.mark.parametrize(("name", "tools", "method"), AGENTS.values(), ids=list(AGENTS))
def test_an_agent_answers_with_a_schema(
    make_model, weryai_emulator, name, tools, method, web_search
):
    if web_search and name.startswith("GEMINI"):
        method = "function_calling"
    weryai_emulator.reply(answer(method))
    agent = create_agent(
        make_model(model=name, web_search=web_search), tools, response_format=Person
    )
    result = agent.invoke({"messages": [("user", "Hello")]})
    assert result["structured_response"] == Person(name="Ann", age=5)
    [request] = weryai_emulator.requests
    body = request.json
    assert body["messages"] == [HELLO]
    assert body.get("plugins") == ([WEB] if tools or web_search else None)
    if method == "json_schema":
        assert body["response_format"]["json_schema"]["name"] == "Person"
        assert "tools" not in body
    else:
        assert "response_format" not in body
        assert [tool["function"]["name"] for tool in body["tools"]] == ["Person"]
        assert body["tool_choice"] == "required"


def test_a_schema_that_an_agent_binds_beside_a_search_is_put_into_the_prompt(
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


def test_a_binding_is_saved_as_langchains(make_model):
    bound = make_model().bind(web_search=True)
    assert isinstance(bound, RunnableBinding)
    assert dumpd(bound)["id"] == ["langchain", "schema", "runnable", "RunnableBinding"]


def test_structured_output_keeps_what_is_bound(make_model, sent, weryai_emulator):
    weryai_emulator.reply(ANN)
    bound = make_model().bind(temperature=0).bind(web_search=True).with_config(tags=["x"])
    bound.with_structured_output(Person, temperature=1).invoke("Hello")
    expected = expected_body("GPT_4O", "bind before", "json_schema")
    assert sent() == {**expected, "temperature": 1}


def test_tools_keep_what_is_bound(make_model, sent, weryai_emulator):
    searching = make_model().bind(web_search=True)
    bound = searching.bind_tools([weather], tool_choice="any")
    bound.invoke("Hello")
    expected = {"model": "GPT_4O", "messages": [HELLO], "plugins": [WEB]}
    assert sent() == {**expected, "tools": [WEATHER_TOOL], "tool_choice": "required"}
    bound.bind_tools([Person]).invoke("Hello")
    assert sent() == {**expected, "tools": [PERSON_TOOL]}


# The sources of an answer, in every shape.
PROMPT = "Grüße 🥐! Did the telescope see croissants?"
TELESCOPE = "The telescope sent new pictures of a spiral galaxy this week."
CROISSANTS = "The café in Zürich bakes croissants 🥐 all day, for 2 € each."
SAID = 'You said: "Grüße 🥐! Did the telescope see croissants?"'
TEXT = f"{SAID} {TELESCOPE} {CROISSANTS}"
SPACE, ASTRONOMY = "https://example.com/space", "https://example.net/astronomy"
CAFE = "https://cafe.example.org/croissants"
TITLES = {SPACE: "News from space", ASTRONOMY: "Astronomy today", CAFE: "Café Löwen, Zürich 🥐"}
PLUGIN = {**WEB, "max_results": 3}


def citation(url, number, start=None, end=None, words=None):
    place = {} if start is None else {"start_index": start, "end_index": end}
    cited = {"cited_text": words} if words else {}
    extras = {"extras": {"source_index": number}}
    return {"type": "citation", "url": url, "title": TITLES[url], **cited, **place, **extras}


QUOTED = [
    citation(SPACE, 0, 55, 116, TELESCOPE),
    citation(ASTRONOMY, 1, 55, 116, TELESCOPE),
    citation(CAFE, 2, 117, 177, CROISSANTS),
]
BARE = [{key: one[key] for key in one if key != "cited_text"} for one in QUOTED]
LISTED = [
    citation(SPACE, 0, words=TELESCOPE),
    citation(ASTRONOMY, 1, words=TELESCOPE),
    citation(CAFE, 2, words=CROISSANTS),
]
EXPECTED = dict.fromkeys(SOURCE_SHAPES, QUOTED) | {"openai_flat": BARE, "perplexity": LISTED}
GOOGLES = ("gemini", "gemini_snake", "litellm", "litellm_message")
RAW = {
    "openrouter": {"annotations"},
    "openai_flat": {"annotations"},
    "late": {"annotations"},
    "perplexity": {"citations", "search_results"},
    "gemini": {"groundingMetadata"},
    "gemini_snake": {"grounding_metadata"},
    "litellm": {"annotations", "vertex_ai_grounding_metadata"},
    "litellm_message": {"vertex_ai_grounding_metadata"},
    "anthropic": {"content_citations"},
}


@pytest.fixture(scope="module")
def shaped_servers():
    emulators = {shape: Emulator(source_shape=shape) for shape in SOURCE_SHAPES}
    for emulator in emulators.values():
        emulator.start()
    yield emulators
    for emulator in emulators.values():
        emulator.stop()


@pytest.fixture(params=SOURCE_SHAPES)
def shape(request):
    return request.param


@pytest.fixture
def searching(make_model, shaped_servers, shape):
    """Makes models that search, of an emulator that sends the sources in `shape`."""

    def make(**arguments):
        url = shaped_servers[shape].base_url
        return make_model(model="GEMINI_25_FLASH", base_url=url, plugins=[PLUGIN], **arguments)

    return make


def text_of(blocks):
    [block] = [block for block in blocks if block["type"] == "text"]
    return {key: value for key, value in block.items() if key != "index"}


@pytest.mark.parametrize("version", ["v0", "v1"])
async def test_content_blocks_have_the_citations(searching, call, shape, version):
    message = await call(searching(output_version=version), PROMPT)
    block = text_of(message.content_blocks)
    marked = f"{SAID} {TELESCOPE}[1][2] {CROISSANTS}[3]"
    text = marked if shape == "perplexity" else TEXT
    assert block == {"type": "text", "text": text, "annotations": EXPECTED[shape]}
    if shape != "perplexity":
        quotes = [text[one["start_index"] : one["end_index"]] for one in block["annotations"]]
        assert quotes == [TELESCOPE, TELESCOPE, CROISSANTS]
    if version == "v1":
        assert text_of(message.content) == block


async def test_the_raw_metadata_and_the_queries_are_kept(searching, call, shape):
    metadata = (await call(searching(), PROMPT)).response_metadata
    expected = {"web_search_queries": ["Grüße telescope see croissants"]}
    assert RAW[shape] <= metadata.keys()
    found = {name: metadata[name] for name in metadata if name == "web_search_queries"}
    assert found == (expected if shape in GOOGLES else {})


async def test_both_ways_of_calling_keep_the_same(searching, shape):
    whole, streamed = searching().invoke(PROMPT), None
    for piece in searching().stream(PROMPT):
        streamed = piece if streamed is None else streamed + piece
    names = RAW[shape] | {"web_search_queries"}
    raw = [{n: m.response_metadata.get(n) for n in names} for m in (whole, streamed)]
    assert raw[0] == raw[1]
    assert whole.additional_kwargs["citations"] == streamed.additional_kwargs["citations"]


BETA = pytest.mark.filterwarnings("ignore:The .* is in beta")  # LangChain says so of them


@BETA
@pytest.mark.parametrize("version", ["v0", "v1"])
def test_typed_events_have_the_citations(searching, shape, version):
    stream = searching(output_version=version).stream_events(PROMPT, version="v3")
    assert text_of(stream.output.content_blocks)["annotations"] == EXPECTED[shape]


@BETA
async def test_typed_events_have_the_citations_async(searching, shape):
    stream = await searching().astream_events(PROMPT, version="v3")
    message = await stream.output
    assert text_of(message.content_blocks)["annotations"] == EXPECTED[shape]


@pytest.mark.parametrize("shape", ["gemini", "perplexity"], indirect=True)
async def test_an_answer_is_written_with_its_sources(searching, call, shape):
    marks = f"{SAID} {TELESCOPE}[1][2] {CROISSANTS}[3]"
    expected = (
        f"{marks}\n\n[1] News from space - {SPACE}\n[2] Astronomy today - {ASTRONOMY}\n"
        f"[3] Café Löwen, Zürich 🥐 - {CAFE}"
    )
    assert format_with_sources(await call(searching(), PROMPT)) == expected
    assert format_with_sources(await call(searching(output_version="v1"), PROMPT)) == expected


def test_an_answer_without_sources_is_its_text(model, weryai_emulator):
    weryai_emulator.reply("Hello. ")
    assert format_with_sources(model.invoke("Hello")) == "Hello. "


def test_answers_of_other_models_are_written_with_their_sources_too():
    """Places count within their block; sources are numbered where nothing numbers them."""
    found = [
        {"type": "citation", "url": "https://b.example", "title": "B", "end_index": 5},
        {"type": "non_standard_annotation", "value": {}},
        {"type": "citation", "title": "nowhere"},
    ]
    message = AIMessage(
        content=[
            {"type": "text", "text": "First. "},
            {"type": "reasoning", "reasoning": "Hm."},
            {"type": "text", "text": "Grüße.", "annotations": found},
            {
                "type": "text",
                "text": " Ende.",
                "annotations": [
                    {"type": "citation", "url": "https://a.example", "end_index": 5},
                    {"type": "citation", "url": "https://b.example", "end_index": 6},
                ],
            },
        ]
    )
    assert format_with_sources(message) == (
        "First. Grüße[1]. Ende[2].[1]\n\n[1] B - https://b.example\n[2] https://a.example"
    )


@pytest.mark.parametrize("version", ["v0", "v1"])
@pytest.mark.parametrize("shape", ["gemini", "anthropic"], indirect=True)
async def test_a_message_survives_copies_and_being_saved(searching, call, version):
    message = await call(searching(output_version=version), PROMPT)
    saved = json.loads(json.dumps(dumpd(message)))
    copies = [
        copy.deepcopy(message),
        message.model_copy(deep=True),
        pickle.loads(pickle.dumps(message)),
        type(message).model_validate(message.model_dump()),
        type(message).model_validate_json(message.model_dump_json()),
    ]
    for one in copies:
        assert one == message
        assert one.content_blocks == message.content_blocks
    assert saved["kwargs"]["additional_kwargs"]["citations"][0]["url"] == SPACE
    [kept] = trim_messages([message], max_tokens=5, token_counter=len, strategy="last")
    assert kept.content_blocks == message.content_blocks


@BETA
@pytest.mark.parametrize("shape", ["gemini"], indirect=True)
def test_a_message_survives_langchains_own_form(searching):
    message = searching().invoke(PROMPT)
    loaded = loads(dumps(message), allowed_objects="messages")
    assert loaded == message
    assert loaded.content_blocks == message.content_blocks


@pytest.mark.parametrize("version", ["v0", "v1"])
async def test_an_answer_in_the_history_is_sent_as_its_text(
    searching, call, shape, shaped_servers, version
):
    message = await call(searching(output_version=version), PROMPT)
    await call(searching(), [HumanMessage(PROMPT), message, HumanMessage("Go on.")])
    assert shaped_servers[shape].last_request.json["messages"] == [
        {"role": "user", "content": PROMPT},
        {"role": "assistant", "content": message.text},
        {"role": "user", "content": "Go on."},
    ]


def test_each_of_several_answers_has_its_citations(searching, shape):
    [[*generations]] = searching(n=2).generate([[HumanMessage(PROMPT)]]).generations
    assert len(generations) == 2
    for generation in generations:
        block = text_of(generation.message.content_blocks)
        assert [one["url"] for one in block["annotations"]] == [SPACE, ASTRONOMY, CAFE]
        if shape != "perplexity":
            places = [(one["start_index"], one["end_index"]) for one in block["annotations"]]
            quotes = [block["text"][start:end] for start, end in places]
            assert quotes == [TELESCOPE, TELESCOPE, CROISSANTS]


@pytest.mark.parametrize("style", ["stream", "astream"])
@pytest.mark.parametrize("late", ["before the end", "after the end", "without a choice"])
async def test_late_sources_are_not_lost(model, call, weryai_emulator, chunk, late):
    entry = {"url": SPACE, "title": "News from space", "start_index": 0, "end_index": 5}
    sources = chunk({"annotations": [entry]})
    if late == "without a choice":
        sources = {**chunk(), "choices": [], "annotations": [entry]}
    pieces = [chunk({"content": "Grü"}), chunk({"content": "ße!"})]
    end = [chunk({}, "stop")]
    order = [*pieces, sources, *end] if late == "before the end" else [*pieces, *end, sources]
    weryai_emulator.reply_chunks(order)
    message = await call(model)
    assert text_of(message.content_blocks) == {
        "type": "text",
        "text": "Grüße!",
        "annotations": [citation(SPACE, 0, 0, 5)],
    }


@pytest.mark.parametrize("style", ["stream", "astream"])
async def test_the_partial_of_a_broken_stream_has_its_sources(model, call, weryai_emulator, chunk):
    entry = {"url": SPACE, "start_index": 0, "end_index": 5}
    pieces = [chunk({"content": "Grüße", "annotations": [entry]})]
    weryai_emulator.reply_chunks(pieces, done=False)
    with pytest.raises(StreamError) as caught:
        await call(model)
    [found] = caught.value.partial.choice.citations
    assert (found.url, found.start_index, found.end_index) == (SPACE, 0, 5)


async def test_sources_of_a_tool_call_do_no_harm(model, call, weryai_emulator):
    function = {"name": "weather", "arguments": '{"city": "Rome"}'}
    message = {
        "content": None,
        "tool_calls": [{"id": "1", "type": "function", "function": function}],
        "annotations": [{"url": SPACE, "title": "News from space"}],
    }
    weryai_emulator.reply(message, finish_reason="tool_calls")
    answer = await call(model)
    assert answer.tool_calls[0]["args"] == {"city": "Rome"}
    kinds = {block["type"]: block for block in answer.content_blocks}
    assert kinds.keys() == {"text", "tool_call"}
    assert kinds["text"]["annotations"] == [citation(SPACE, 0)]


def test_a_model_that_ignores_plugins_answers_without_sources(make_model):
    with Emulator(ignore_plugins=True) as emulator:
        model: ChatWeryAI = make_model(base_url=emulator.base_url, web_search=True)
        message = model.invoke(PROMPT)
    assert "annotations" not in text_of(message.content_blocks)
    assert "citations" not in message.additional_kwargs

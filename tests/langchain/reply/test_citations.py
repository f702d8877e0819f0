"""The sources of an answer: annotations of its text, metadata, and footnotes."""

import copy
import json
import pickle
from contextlib import ExitStack

import pytest
from emulated_search import (
    ASTRONOMY,
    CAFE,
    CROISSANTS,
    PROMPT,
    SAID,
    SOURCE_FIELDS,
    SPACE,
    TELESCOPE,
    TEXT,
)
from langchain_core.load import dumpd, dumps, loads
from langchain_core.messages import AIMessage, HumanMessage, trim_messages

from langchain_weryai import ChatWeryAI, format_with_sources
from weryai_emulator import Emulator
from weryai_emulator.options import SOURCE_SHAPES

VERSIONS = ("v0", "v1")
WEB = {"id": "web"}
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


@pytest.fixture(scope="module")
def serve():
    """Starts an emulator that sends the sources in a shape, or returns the one that runs."""
    running: dict[str, Emulator] = {}
    with ExitStack() as stack:

        def serve(shape):
            if shape not in running:
                running[shape] = stack.enter_context(Emulator(source_shape=shape))
            return running[shape]

        yield serve


@pytest.fixture
def shape():
    """The shape in which the emulator sends the sources, unless a test sets another."""
    return "gemini"


@pytest.fixture
def searching(make_model, serve, shape):
    """Makes models that search."""

    def make(**arguments):
        url = serve(shape).base_url
        return make_model(model="GEMINI_25_FLASH", base_url=url, plugins=[PLUGIN], **arguments)

    return make


def text_of(blocks):
    [block] = [block for block in blocks if block["type"] == "text"]
    return {key: value for key, value in block.items() if key != "index"}


@pytest.mark.parametrize("shape", SOURCE_SHAPES)
def test_sources_of_every_shape_become_annotations(searching, merge, shape):
    marked = f"{SAID} {TELESCOPE}[1][2] {CROISSANTS}[3]"
    text = marked if shape == "perplexity" else TEXT
    expected = {"type": "text", "text": text, "annotations": EXPECTED[shape]}
    for version in VERSIONS:
        model = searching(output_version=version)
        for message in (model.invoke(PROMPT), merge(list(model.stream(PROMPT)))):
            assert text_of(message.content_blocks) == expected
            if version == "v1":
                assert text_of(message.content) == expected
    if shape != "perplexity":
        places = [(one["start_index"], one["end_index"]) for one in EXPECTED[shape]]
        assert [text[start:end] for start, end in places] == [TELESCOPE, TELESCOPE, CROISSANTS]


@pytest.mark.parametrize("shape", SOURCE_SHAPES)
def test_the_raw_metadata_and_the_queries_are_kept(searching, merge, shape):
    whole, streamed = searching().invoke(PROMPT), merge(list(searching().stream(PROMPT)))
    queries = ["Grüße telescope see croissants"] if shape in GOOGLES else None
    for message in (whole, streamed):
        assert SOURCE_FIELDS[shape] <= message.response_metadata.keys()
        assert message.response_metadata.get("web_search_queries") == queries
    for name in SOURCE_FIELDS[shape]:
        assert whole.response_metadata[name] == streamed.response_metadata[name]
    assert whole.additional_kwargs["citations"] == streamed.additional_kwargs["citations"]


@pytest.mark.parametrize("style", ["ainvoke", "astream"])
async def test_asynchronous_answers_have_the_citations(searching, call):
    message = await call(searching(), PROMPT)
    assert text_of(message.content_blocks)["annotations"] == QUOTED


BETA = pytest.mark.filterwarnings("ignore:The .* is in beta")  # LangChain warns of them


@BETA
@pytest.mark.parametrize("version", VERSIONS)
def test_typed_events_have_the_citations(searching, version):
    stream = searching(output_version=version).stream_events(PROMPT, version="v3")
    assert text_of(stream.output.content_blocks)["annotations"] == QUOTED


@BETA
async def test_asynchronous_typed_events_have_the_citations(searching):
    stream = await searching().astream_events(PROMPT, version="v3")
    message = await stream.output
    assert text_of(message.content_blocks)["annotations"] == QUOTED


@pytest.mark.parametrize("shape", ["gemini", "perplexity"])
def test_an_answer_is_formatted_with_its_sources(searching, shape):
    marks = f"{SAID} {TELESCOPE}[1][2] {CROISSANTS}[3]"
    expected = (
        f"{marks}\n\n[1] News from space - {SPACE}\n[2] Astronomy today - {ASTRONOMY}\n"
        f"[3] Café Löwen, Zürich 🥐 - {CAFE}"
    )
    for version in VERSIONS:
        model = searching(output_version=version)
        assert format_with_sources(model.invoke(PROMPT)) == expected


def test_an_answer_without_sources_is_its_text(model, weryai_emulator):
    weryai_emulator.reply("Hello. ")
    assert format_with_sources(model.invoke("Hello")) == "Hello. "


def test_answers_of_other_models_can_be_formatted_too():
    """Places count within their block. Sources without numbers are numbered in order."""
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


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("style", ["invoke", "stream"])
async def test_a_message_survives_copies_and_saving(searching, call, version):
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
def test_a_message_survives_langchains_own_format(searching):
    message = searching().invoke(PROMPT)
    loaded = loads(dumps(message), allowed_objects="messages")
    assert loaded == message
    assert loaded.content_blocks == message.content_blocks


@pytest.mark.parametrize("version", VERSIONS)
def test_an_answer_in_the_history_is_sent_as_its_text(searching, serve, shape, version):
    model = searching(output_version=version)
    message = model.invoke(PROMPT)
    model.invoke([HumanMessage(PROMPT), message, HumanMessage("Go on.")])
    assert serve(shape).last_request.json["messages"] == [
        {"role": "user", "content": PROMPT},
        {"role": "assistant", "content": message.text},
        {"role": "user", "content": "Go on."},
    ]


def test_each_of_several_answers_has_its_citations(searching):
    [[*generations]] = searching(n=2).generate([[HumanMessage(PROMPT)]]).generations
    assert len(generations) == 2
    for generation in generations:
        block = text_of(generation.message.content_blocks)
        assert [one["url"] for one in block["annotations"]] == [SPACE, ASTRONOMY, CAFE]
        places = [(one["start_index"], one["end_index"]) for one in block["annotations"]]
        quotes = [block["text"][start:end] for start, end in places]
        assert quotes == [TELESCOPE, TELESCOPE, CROISSANTS]


@pytest.mark.parametrize("late", ["before the end", "after the end", "without a choice"])
def test_late_sources_are_not_lost(model, merge, weryai_emulator, chunk, late):
    entry = {"url": SPACE, "title": "News from space", "start_index": 0, "end_index": 5}
    sources = chunk({"annotations": [entry]})
    if late == "without a choice":
        sources = {**chunk(), "choices": [], "annotations": [entry]}
    pieces = [chunk({"content": "Grü"}), chunk({"content": "ße!"})]
    end = [chunk({}, "stop")]
    order = [*pieces, sources, *end] if late == "before the end" else [*pieces, *end, sources]
    weryai_emulator.reply_chunks(order)
    message = merge(list(model.stream("Hello")))
    assert text_of(message.content_blocks) == {
        "type": "text",
        "text": "Grüße!",
        "annotations": [citation(SPACE, 0, 0, 5)],
    }


@pytest.mark.parametrize("style", ["invoke", "stream"])
async def test_a_tool_call_can_have_sources(model, call, weryai_emulator):
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


def test_an_answer_without_a_search_has_no_citations(make_model):
    with Emulator(ignore_plugins=True) as emulator:
        model: ChatWeryAI = make_model(base_url=emulator.base_url, web_search=True)
        message = model.invoke(PROMPT)
    assert "annotations" not in text_of(message.content_blocks)
    assert "citations" not in message.additional_kwargs

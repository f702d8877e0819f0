"""Engines that choose: selectors, routers and sub-questions."""

import asyncio
import gc
import json
import re

import pytest
from llama_index.core.query_engine import (
    RetrieverQueryEngine,
    RouterQueryEngine,
    SubQuestionQueryEngine,
)
from llama_index.core.question_gen import LLMQuestionGenerator
from llama_index.core.selectors import (
    LLMMultiSelector,
    LLMSingleSelector,
    PydanticMultiSelector,
    PydanticSingleSelector,
)
from llama_index.core.tools import QueryEngineTool

QUESTION = "When was the lighthouse of Norby built?"
ANSWER = "The lighthouse of Norby was built in 1887."
LIGHTHOUSES = {"index": 2, "reason": "It is about a lighthouse."}
FERRIES = {"index": 1, "reason": "One gets there by ferry."}
TOOLS = ("ferries", "lighthouses")


@pytest.fixture
def tools(tool_llm, retriever):
    engine = RetrieverQueryEngine.from_args(retriever, llm=tool_llm)
    return [
        QueryEngineTool.from_defaults(engine, name=name, description=f"Knows of {name}.")
        for name in TOOLS
    ]


def query(engine, way, question=QUESTION):
    return asyncio.run(engine.aquery(question)) if way == "async" else engine.query(question)


def said(*chosen):
    """A choice as the JSON text that the selectors request."""
    return json.dumps([{"choice": one["index"], "reason": one["reason"]} for one in chosen])


# Selector -> the tool that the model must call; None if it asks for text.
SELECTORS = {
    "words, one": (LLMSingleSelector, None),
    "words, many": (LLMMultiSelector, None),
    "tool, one": (PydanticSingleSelector, "SingleSelection"),
    "tool, many": (PydanticMultiSelector, "MultiSelection"),
}


@pytest.mark.parametrize(("selector", "tool"), SELECTORS.values(), ids=SELECTORS)
def test_a_router_asks_the_engine_that_the_model_chooses(
    tool_llm, tools, tool_emulator, reply_calls, read_tools, selector, tool
):
    if tool is None:
        tool_emulator.reply(said(LIGHTHOUSES))
    else:
        reply_calls((tool, LIGHTHOUSES if "Single" in tool else {"selections": [LIGHTHOUSES]}))
    router = RouterQueryEngine(selector.from_defaults(llm=tool_llm), tools, llm=tool_llm)
    response = query(router, "sync")
    assert str(response) == ANSWER
    chosen = response.metadata["selector_result"]
    assert (chosen.inds, chosen.reasons) == ([1], ["It is about a lighthouse."])
    assert len(response.source_nodes) == 2
    choosing, answering = (request.json for request in tool_emulator.requests)
    prompt = choosing["messages"][-1]["content"]
    assert "(1) Knows of ferries.\n\n(2) Knows of lighthouses." in prompt
    assert QUESTION in prompt
    assert read_tools(choosing) == ([tool] if tool else [], [])
    assert read_tools(answering) == ([], [])


@pytest.mark.parametrize("kind", ["words, many", "tool, many"])
def test_a_router_combines_the_answers_of_all_engines_that_the_model_chooses(
    tool_llm, tools, tool_emulator, reply_calls, way, kind
):
    selector, tool = SELECTORS[kind]
    if tool is None:
        tool_emulator.reply(said(FERRIES, LIGHTHOUSES))
    else:
        reply_calls((tool, {"selections": [FERRIES, LIGHTHOUSES]}))
    router = RouterQueryEngine(selector.from_defaults(llm=tool_llm), tools, llm=tool_llm)
    response = query(router, way)
    assert str(response) == ANSWER
    assert response.metadata["selector_result"].inds == [0, 1]
    assert len(response.source_nodes) == 4
    assert len(tool_emulator.requests) == 4
    combining = tool_emulator.last_request.json["messages"][-1]["content"]
    assert combining.count(ANSWER) == 2


def test_a_router_prefers_a_tool_call(tool_llm, tools, tool_emulator, reply_calls, way):
    reply_calls(("SingleSelection", LIGHTHOUSES))
    assert str(query(RouterQueryEngine.from_defaults(tools, llm=tool_llm), way)) == ANSWER
    assert len(tool_emulator.requests) == 2


def test_the_emulator_chooses_an_engine(tool_llm, tools, tool_emulator):
    selector = PydanticSingleSelector.from_defaults(llm=tool_llm)
    choice = selector.select([tool.metadata for tool in tools], QUESTION)
    assert choice.ind in (0, 1)
    assert len(tool_emulator.requests) == 1


# --- sub-questions

PARTS = [
    {"sub_question": QUESTION, "tool_name": "lighthouses"},
    {"sub_question": "What does a ticket for the ferry cost?", "tool_name": "ferries"},
]


def apart(llm, tools, **settings):
    return SubQuestionQueryEngine.from_defaults(
        tools,
        llm=llm,
        question_gen=LLMQuestionGenerator.from_defaults(llm=llm),
        verbose=False,
        **settings,
    )


def test_a_question_is_split_and_its_parts_answered(tool_llm, tools, tool_emulator, way):
    tool_emulator.reply(f"```json\n{json.dumps({'items': PARTS})}\n```")
    response = query(apart(tool_llm, tools, use_async=False), way, "How old and how dear is it?")
    first, *parts, last = [
        request.json["messages"][-1]["content"] for request in tool_emulator.requests
    ]
    assert "How old and how dear is it?" in first
    assert "Knows of ferries." in first
    asked = [re.search(r"^Query: (.*)$", prompt, re.MULTILINE)[1] for prompt in parts]
    assert sorted(asked) == sorted(part["sub_question"] for part in PARTS)
    assert f"Sub question: {QUESTION}\nResponse: {ANSWER}" in last
    assert "Sub question: What does a ticket for the ferry cost?\nResponse: A ticket costs" in last
    assert "Query: How old and how dear is it?" in last
    assert (
        len(response.source_nodes) == 2 + 4
    )  # the sub-questions with their answers, and their documents


# LlamaIndex's runner closes its loop without shutting it down, so the garbage collector finds open
# sockets and warns about each.
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_the_parts_are_answered_concurrently_within_a_running_loop(
    tool_llm, tools, tool_emulator
):
    tool_emulator.reply(json.dumps({"items": PARTS}))
    response = apart(tool_llm, tools, use_async=True).query("How old and how dear is it?")
    assert len(response.source_nodes) == 6
    assert len(tool_emulator.requests) == 4
    await tool_llm.acomplete("Hello")  # drops the connections of that loop
    gc.collect()


def test_a_part_that_fails_is_left_out(tool_llm, tools, tool_emulator, way):
    tool_emulator.reply(json.dumps({"items": PARTS}))
    tool_emulator.reply_error(400)
    tool_emulator.reply("Four euros.")
    tool_emulator.reply("It is dear.")
    response = query(apart(tool_llm, tools, use_async=False), way)
    assert str(response) == "It is dear."
    last = tool_emulator.last_request.json["messages"][-1]["content"]
    assert last.count("Sub question: ") == 1
    assert len(tool_emulator.requests) == 4

"""JSON as models write it: in tool calls, structured answers and agents."""

import json
from itertools import cycle

import pytest
from langchain.agents import create_agent
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.messages import HumanMessage, ToolMessage
from model_json import AROUND, ENCODED_TWICE, MISTAKES, STRICT, TRUNCATED, VALUE
from pydantic import BaseModel

from weryai_core import ToolCallError
from weryai_emulator import shapes

ARGUMENTS = {**MISTAKES, "encoded twice": ENCODED_TWICE}
TEXTS = {**MISTAKES, **AROUND}
ASK = {"messages": [{"role": "user", "content": "What is the weather in Rome?"}]}
# Text that UTF-8 cannot write, as parsers of PDFs give it.
HALF = "a\ud83d"


class Weather(BaseModel):
    """The weather in a place."""

    city: str
    degrees: int


def note(city: str, degrees: int) -> str:
    """Note the weather."""
    return repr((city, degrees))


@pytest.mark.parametrize("arguments", ARGUMENTS.values(), ids=ARGUMENTS)
async def test_calls_are_valid_and_can_be_sent_back(
    make_model, call, weryai_emulator, sent, arguments
):
    model = make_model().bind_tools([note])
    weryai_emulator.reply(shapes.calling(shapes.tool_call("note", arguments)))
    answer = await call(model)
    assert [(called["name"], called["args"]) for called in answer.tool_calls] == [("note", VALUE)]
    assert answer.invalid_tool_calls == []
    model.invoke(["Hello", answer, ToolMessage("Noted.", tool_call_id=answer.tool_calls[0]["id"])])
    (back,) = sent()["messages"][1]["tool_calls"]
    assert json.loads(back["function"]["arguments"]) == VALUE
    assert len(weryai_emulator.requests) == 2


async def test_a_truncated_call_is_invalid(make_model, call, weryai_emulator):
    weryai_emulator.reply(shapes.calling(shapes.tool_call("note", TRUNCATED)))
    bound = make_model().bind_tools([note])
    with pytest.raises(ToolCallError, match="tool call 'note' are not a JSON object") as caught:
        await call(bound)
    assert caught.value.partial.choice.tool_calls[0].arguments.startswith('{"city": "Rome')
    weryai_emulator.reply(shapes.calling(shapes.tool_call("note", TRUNCATED)))
    answer = await call(bound.bind(check_arguments=False))
    assert answer.tool_calls == []
    assert answer.invalid_tool_calls[0]["args"].startswith('{"city": "Rome')


@pytest.mark.parametrize("arguments", [MISTAKES["a raw line break"], MISTAKES["Python"]])
async def test_calls_in_the_text_are_valid(make_model, call, weryai_emulator, arguments):
    weryai_emulator.reply(f'<tool_call>{{"name": "note", "arguments": {arguments},}}</tool_call>')
    answer = await call(make_model(tool_calling="prompted").bind_tools([note]))
    assert [(called["name"], called["args"]) for called in answer.tool_calls] == [("note", VALUE)]
    assert answer.text == ""


METHODS = ("function_calling", "json_schema", "json_mode", "prompted")


@pytest.mark.parametrize(("kind", "method"), [*zip(MISTAKES, cycle(METHODS), strict=False)])
async def test_structured_answers_are_read_by_each_method(
    make_model, call, weryai_emulator, kind, method
):
    text = MISTAKES[kind]
    is_call = method == "function_calling"
    weryai_emulator.reply(shapes.calling(shapes.tool_call("Weather", text)) if is_call else text)
    structured = make_model().with_structured_output(Weather, method=method)
    assert await call(structured) == Weather(**VALUE)
    assert len(weryai_emulator.requests) == 1


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("style", ["invoke", "astream"])
async def test_an_agent_reads_the_schema_in_a_text(make_model, weryai_emulator, text, style):
    weryai_emulator.reply(text)
    agent = create_agent(make_model(), [note], response_format=ProviderStrategy(Weather))
    if style == "invoke":
        result = agent.invoke(ASK)
    else:
        result = [
            piece
            async for mode, piece in agent.astream(ASK, stream_mode=["values", "messages"])
            if mode == "values"
        ][-1]
    assert result["structured_response"] == Weather(**VALUE)
    assert json.loads(result["messages"][-1].text) == VALUE


@pytest.mark.parametrize("arguments", ARGUMENTS.values(), ids=ARGUMENTS)
def test_an_agent_reads_the_schema_in_a_call(make_model, weryai_emulator, arguments):
    weryai_emulator.reply(shapes.calling(shapes.tool_call("Weather", arguments)))
    agent = create_agent(make_model(), [note], response_format=ToolStrategy(Weather))
    assert agent.invoke(ASK)["structured_response"] == Weather(**VALUE)
    assert len(weryai_emulator.requests) == 1


@pytest.mark.parametrize("streaming", [True, False], ids=["streamed", "whole"])
def test_an_agent_runs_the_tool_before_it_answers_with_the_schema(
    make_model, weryai_emulator, streaming
):
    calling = shapes.calling(
        shapes.tool_call("note", MISTAKES["a raw line break"]), text="I note {it} first."
    )
    weryai_emulator.reply(calling)
    weryai_emulator.reply(AROUND["prose and a fence"])
    agent = create_agent(
        make_model(streaming=streaming), [note], response_format=ProviderStrategy(Weather)
    )
    result = agent.invoke(ASK)
    _, asking, noted, answer = result["messages"]
    assert asking.text == "I note {it} first."
    assert noted.content == "('Rome\\nItaly', 22)"
    assert answer.text == STRICT
    assert result["structured_response"] == Weather(**VALUE)


async def test_an_apology_instead_of_json_is_kept(make_model, call, weryai_emulator):
    weryai_emulator.reply("I can't do {that}.")
    model = make_model().bind(response_format={"type": "json_object"})
    assert (await call(model)).text == "I can't do {that}."


async def test_torn_characters_are_joined(make_model, call, weryai_emulator, chunk, style):
    if "stream" in style:
        weryai_emulator.reply_chunks(
            [chunk({"content": "a\ud83d"}), chunk({"content": "\ude00"}), chunk({}, "stop")]
        )
    else:
        weryai_emulator.reply("a\ud83d\ude00")
    assert (await call(make_model())).text == "a😀"
    assert len(weryai_emulator.requests) == 1


async def test_halves_of_characters_are_sent_as_characters(make_model, call, sent):
    def look(where: str) -> str:
        return where

    look.__doc__ = f"Look {HALF}."
    model = make_model().bind_tools([look])
    called = {"id": "1", "name": "look", "args": {"where": HALF}}
    messages = [
        ("system", HALF),
        HumanMessage([{"type": "text", "text": HALF}]),
        ("ai", HALF),
        HumanMessage(HALF),
        {"role": "assistant", "content": "", "tool_calls": [{**called, "type": "tool_call"}]},
        ToolMessage(HALF, tool_call_id="1"),
    ]
    await call(model, messages)
    assert model.get_num_tokens(HALF) == 1
    first, *_, calling, result = sent()["messages"]
    assert first == {"role": "system", "content": "a\ufffd"}
    assert json.loads(calling["tool_calls"][0]["function"]["arguments"]) == {"where": "a\ufffd"}
    assert result["content"] == "a\ufffd"
    assert sent()["tools"][0]["function"]["description"] == "Look a\ufffd."

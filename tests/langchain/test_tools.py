"""Tools: how they are sent, what comes back, and a tool loop from end to end."""

import json
from typing import Annotated

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, AIMessageChunk, ToolMessage
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import StructuredTool, tool
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from langchain_weryai.reply.messages import StreamTranslator
from langchain_weryai.request.tools import to_tools
from weryai_core import Choice, Chunk, InvalidRequestError, ToolCallDelta
from weryai_core.integration import to_tool_choice

PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string", "description": "Name of the city."}},
    "required": ["city"],
}
GET_WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the weather in a city.",
        "parameters": PARAMETERS,
    },
}
QUESTION = "What is the weather in Paris?"


def get_weather(city: str) -> str:
    """Get the weather in a city.

    Args:
        city: Name of the city.
    """
    return f"Sunny in {city}, 25 degrees."


def get_time(zone: str) -> str:
    """Get the time in a zone."""
    return f"Noon in {zone}."


class GetWeather(BaseModel):
    """Get the weather in a city."""

    model_config = {"title": "get_weather"}

    city: str = Field(description="Name of the city.")


class GetWeatherDict(TypedDict):
    """Get the weather in a city."""

    city: Annotated[str, ..., "Name of the city."]


WEATHER_TOOLS = {
    "function": get_weather,
    "decorated function": tool(get_weather, parse_docstring=True),
    "BaseTool": StructuredTool.from_function(
        get_weather, description="Get the weather in a city.", args_schema=GetWeather
    ),
    "pydantic model": GetWeather,
    "JSON schema": {
        "title": "get_weather",
        "description": "Get the weather in a city.",
        **PARAMETERS,
    },
    "OpenAI's function": GET_WEATHER["function"],
    "OpenAI's tool": GET_WEATHER,
    "Anthropic's tool": {
        "name": "get_weather",
        "description": "Get the weather in a city.",
        "input_schema": PARAMETERS,
    },
}


@pytest.mark.parametrize(
    "given", [pytest.param(given, id=kind) for kind, given in WEATHER_TOOLS.items()]
)
def test_a_tool_of_any_kind_is_sent_as_a_function(model, sent, given):
    model.bind_tools([given]).invoke("Hello")
    assert sent() == {
        "model": "GPT_4O",
        "messages": [{"role": "user", "content": "Hello"}],
        "tools": [GET_WEATHER],
    }


def test_a_typed_dict_is_sent_as_a_function():
    assert to_tools([GetWeatherDict]) == [
        {
            "type": "function",
            "function": {
                "name": "GetWeatherDict",
                "description": "Get the weather in a city.",
                "parameters": PARAMETERS,
            },
        }
    ]


def test_strict_is_said_of_each_tool(model, sent):
    model.bind_tools([GetWeather], strict=True).invoke("Hello")
    (sent_tool,) = sent()["tools"]
    assert sent_tool["function"]["strict"] is True
    assert sent_tool["function"]["parameters"]["additionalProperties"] is False


def test_strict_tools_require_all_arguments_and_have_no_defaults(model, sent):
    def find(words: str, most: int = 5) -> str:
        """Look for something."""
        return words * most

    model.bind_tools([find], strict=True).invoke("Hello")
    parameters = sent()["tools"][0]["function"]["parameters"]
    assert parameters["required"] == ["words", "most"]
    assert parameters["properties"]["most"] == {"type": "integer"}


@pytest.mark.parametrize("parallel", [True, False])
def test_parallel_tool_calls_are_sent_if_set(model, sent, parallel):
    model.bind_tools([get_weather], parallel_tool_calls=parallel).invoke("Hello")
    assert sent()["parallel_tool_calls"] is parallel


BY_NAME = {"type": "function", "function": {"name": "get_weather"}}


@pytest.mark.parametrize(
    ("choice", "wire"),
    [
        pytest.param(None, None, id="None"),
        pytest.param(False, None, id="False"),
        pytest.param("auto", "auto", id="auto"),
        pytest.param("none", "none", id="none"),
        pytest.param("any", "required", id="any"),
        pytest.param("required", "required", id="required"),
        pytest.param(True, "required", id="True"),
        pytest.param("get_weather", BY_NAME, id="name"),
        pytest.param(BY_NAME, BY_NAME, id="object"),
    ],
)
def test_a_tool_choice_is_sent_as(model, sent, choice, wire):
    model.bind_tools([get_weather, get_time], tool_choice=choice).invoke("Hello")
    assert sent().get("tool_choice") == wire


@pytest.mark.parametrize(
    "choice",
    ["get_whether", {"type": "function", "function": {"name": "get_whether"}}],
    ids=["name", "object"],
)
def test_a_choice_of_no_tool_is_an_error(model, choice):
    with pytest.raises(InvalidRequestError, match=r"'get_whether', but the tools are \['get_w"):
        model.bind_tools([get_weather], tool_choice=choice)


def test_a_choice_without_a_name_is_sent_as_it_is():
    assert to_tool_choice({"type": "allowed_tools"}, []) == {"type": "allowed_tools"}


async def test_no_tools_are_not_sent(model, call, sent):
    await call(model.bind_tools([], tool_choice="any", parallel_tool_calls=True))
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & sent().keys()


async def test_a_tool_is_called(model, call):
    message = await call(model.bind_tools([get_weather, get_time]), QUESTION)
    (called,) = message.tool_calls
    assert (called["name"], called["args"]) == ("get_weather", {"city": "Paris"})
    assert called["id"]
    assert message.response_metadata["finish_reason"] == "tool_calls"


async def test_a_forced_tool_is_called(model, call):
    message = await call(model.bind_tools([get_weather, get_time], tool_choice="get_time"))
    assert [called["name"] for called in message.tool_calls] == ["get_time"]


@pytest.mark.parametrize("style", ["invoke", "ainvoke"])
@pytest.mark.parametrize("arguments", ['{"city": ', "Paris", '["Paris"]', "1", '"Paris"'])
async def test_arguments_that_are_no_object_make_an_invalid_tool_call(
    model, call, whole, weryai_emulator, arguments
):
    good = {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
    bad = {"id": "2", "type": "function", "function": {"name": "g", "arguments": arguments}}
    weryai_emulator.reply_json(whole({"tool_calls": [good, bad]}, "tool_calls"))
    message = await call(model)
    assert [called["args"] for called in message.tool_calls] == [{"a": 1}]
    assert message.invalid_tool_calls == [
        {
            "type": "invalid_tool_call",
            "id": "2",
            "name": "g",
            "args": arguments,
            "error": "The arguments are not a JSON object.",
        }
    ]


# LangChain itself reads streamed arguments leniently: it mends what looks like the beginning of
# an object, so only what does not is an invalid call there.
@pytest.mark.parametrize("style", ["stream", "astream"])
@pytest.mark.parametrize("arguments", ["Paris", '["Paris"]', "1"])
async def test_streamed_arguments_that_are_no_object_make_an_invalid_tool_call(
    model, call, chunk, weryai_emulator, arguments
):
    bad = {"index": 0, "id": "2", "function": {"name": "g", "arguments": arguments}}
    weryai_emulator.reply_chunks([chunk({"tool_calls": [bad]}), chunk({}, "tool_calls")])
    message = await call(model)
    assert message.tool_calls == []
    (invalid,) = message.invalid_tool_calls
    assert (invalid["id"], invalid["name"], invalid["args"]) == ("2", "g", arguments)


@pytest.mark.parametrize("arguments", ["", "null", None, "{}", {}])
async def test_no_arguments_are_an_empty_object(
    model, call, style, chunk, whole, weryai_emulator, arguments
):
    called = {"index": 0, "id": "1", "function": {"name": "f", "arguments": arguments}}
    if style.endswith("invoke"):
        weryai_emulator.reply_json(whole({"tool_calls": [called]}, "tool_calls"))
    else:
        weryai_emulator.reply_chunks([chunk({"tool_calls": [called]}), chunk({}, "tool_calls")])
    message = await call(model)
    assert message.tool_calls == [{"type": "tool_call", "id": "1", "name": "f", "args": {}}]
    assert message.invalid_tool_calls == []


async def test_a_call_without_an_id_gets_one(model, call, style, chunk, whole, weryai_emulator):
    called = {"index": 0, "function": {"name": "f", "arguments": "{}"}}
    if style.endswith("invoke"):
        weryai_emulator.reply_json(whole({"tool_calls": [called]}, "tool_calls"))
    else:
        weryai_emulator.reply_chunks([chunk({"tool_calls": [called]}), chunk({}, "tool_calls")])
    (received,) = (await call(model)).tool_calls
    assert received["id"].startswith("call_")


def check_conversation(messages):
    human, asking, result, answer = messages
    assert human.text == QUESTION
    (called,) = asking.tool_calls
    assert (called["name"], called["args"]) == ("get_weather", {"city": "Paris"})
    assert isinstance(result, ToolMessage)
    assert result.tool_call_id == called["id"]
    assert isinstance(answer, AIMessage)
    assert answer.text == "get_weather returned: Sunny in Paris, 25 degrees."


def check_requests(requests):
    first, second = (request.json for request in requests)
    assert [message["role"] for message in first["messages"]] == ["system", "user"]
    assert [message["role"] for message in second["messages"]] == [
        "system",
        "user",
        "assistant",
        "tool",
    ]
    assert first["tools"] == second["tools"]
    assert first["tools"][0]["function"]["name"] == "get_weather"


@pytest.fixture(params=["v0", "v1"])
def agent(request, make_model):
    model = make_model(output_version=request.param)
    return create_agent(model, [get_weather, get_time], system_prompt="Be brief.")


@pytest.fixture
def question():
    return {"messages": [("user", QUESTION)]}


def test_an_agent_works(agent, question, weryai_emulator):
    check_conversation(agent.invoke(question)["messages"])
    check_requests(weryai_emulator.requests)


async def test_an_agent_works_async(agent, question, weryai_emulator):
    check_conversation((await agent.ainvoke(question))["messages"])
    check_requests(weryai_emulator.requests)


def test_an_agent_streams_its_steps_and_tokens(agent, question, weryai_emulator):
    states, tokens = [], []
    for mode, piece in agent.stream(question, stream_mode=["values", "messages"]):
        (states if mode == "values" else tokens).append(piece)
    check_conversation(states[-1]["messages"])
    check_tokens(tokens, weryai_emulator)


async def test_an_agent_streams_its_steps_and_tokens_async(agent, question, weryai_emulator):
    states, tokens = [], []
    async for mode, piece in agent.astream(question, stream_mode=["values", "messages"]):
        (states if mode == "values" else tokens).append(piece)
    check_conversation(states[-1]["messages"])
    check_tokens(tokens, weryai_emulator)


def check_tokens(tokens, emulator):
    check_requests(emulator.requests)
    assert all(request.json["stream"] for request in emulator.requests)
    pieces = [piece for piece, _ in tokens if isinstance(piece, AIMessageChunk)]
    assert len(pieces) > 5
    said = "".join(piece.text for piece in pieces)
    assert said == "get_weather returned: Sunny in Paris, 25 degrees."


# -- Arguments that were cut off ---------------------------------------------------------------

PATHS = {
    "a string": '{"path": "/home/ann/old"}',
    "strings in an array": '{"paths": ["/home/ann", "/home/bob"], "force": true}',
    "escapes": '{"text": "a \\"b\\" \\\\ \\u00e9 \\n", "é": "🎉}]"}',
    "nested": '{"a": {"b": [{"c": null}, -1.5e3, []], "d": {}}, "e": "x"}',
}


def cuts(text):
    """All beginnings of a JSON object that are none themselves."""
    return [text[:length] for length in range(1, len(text))]


def call_delta(arguments, index=0, name="get_weather"):
    function = {"name": name, "arguments": arguments}
    return {"index": index, "id": f"call_{index}", "type": "function", "function": function}


def to_pieces(chunk, *calls, finish_reason="length"):
    return [chunk({"tool_calls": [call]}) for call in calls] + [chunk(finish_reason=finish_reason)]


@pytest.mark.parametrize("text", PATHS.values(), ids=PATHS)
def test_arguments_cut_off_anywhere_make_no_call(text):
    for arguments in cuts(text):
        translator = StreamTranslator()
        pieces = [
            translator.take(Chunk((Choice(tool_calls=(ToolCallDelta(0, "a", "f", arguments),)),))),
            translator.take(Chunk((Choice(finish_reason="length"),))),
            translator.take(Chunk((), is_last=True)),
        ]
        answer = pieces[0] + pieces[1] + pieces[2]
        assert answer.tool_calls == [], arguments
        (invalid,) = answer.invalid_tool_calls
        assert invalid["args"].startswith(arguments)
        assert (invalid["id"], invalid["name"]) == ("a", "f")


@pytest.mark.parametrize("size", [1, 3, None])
@pytest.mark.parametrize("text", [*PATHS.values(), "{}", ""], ids=[*PATHS, "empty", "none"])
def test_whole_arguments_are_left_as_they_are(text, size):
    translator = StreamTranslator()
    step = size or max(len(text), 1)
    texts = [text[start : start + step] for start in range(0, max(len(text), 1), step)]
    answer = AIMessageChunk("")
    for piece in texts:
        call = ToolCallDelta(0, "a" if piece is texts[0] else None, None, piece)
        answer += translator.take(Chunk((Choice(tool_calls=(call,)),)))
    answer += translator.take(Chunk((), is_last=True))
    (merged,) = answer.tool_call_chunks
    assert (merged["args"] or "") == text
    assert answer.invalid_tool_calls == []
    assert [call["args"] for call in answer.tool_calls] == [json.loads(text or "{}")]


@pytest.mark.parametrize("output_version", ["v0", "v1"])
@pytest.mark.parametrize("arguments", ['{"city": "Par', '{"city": ["Paris", "Ro', '{"city": "a\\'])
async def test_a_call_that_was_cut_off_is_invalid_and_a_whole_one_beside_it_is_not(
    make_model, call, style, chunk, whole, weryai_emulator, arguments, output_version
):
    good, cut = call_delta('{"city": "Rome"}', 0), call_delta(arguments, 1)
    if style.endswith("stream"):
        weryai_emulator.reply_chunks(to_pieces(chunk, good, cut))
    else:
        weryai_emulator.reply_json(whole({"tool_calls": [good, cut]}, "length"))
    answer = await call(make_model(output_version=output_version, max_tokens=9))
    assert [called["args"] for called in answer.tool_calls] == [{"city": "Rome"}]
    (invalid,) = answer.invalid_tool_calls
    assert invalid["id"] == "call_1"
    assert invalid["args"].startswith(arguments)
    blocks = [block for block in answer.content_blocks if block["type"] == "tool_call"]
    assert [block["id"] for block in blocks] == ["call_0"]


@pytest.mark.parametrize("style", ["invoke", "ainvoke"])
async def test_an_invoke_that_streams_has_the_cut_call_as_invalid(
    make_model, call, chunk, weryai_emulator
):
    weryai_emulator.reply_chunks(to_pieces(chunk, call_delta('{"city": "Par')))
    answer = await call(make_model(streaming=True, max_tokens=9))
    assert weryai_emulator.last_request.json["stream"]
    assert answer.tool_calls == []
    assert [invalid["id"] for invalid in answer.invalid_tool_calls] == ["call_0"]


@pytest.mark.parametrize("style", ["stream", "astream"])
async def test_a_cut_call_can_be_sent_back(make_model, call, chunk, sent, weryai_emulator):
    model = make_model(max_tokens=9)
    weryai_emulator.reply_chunks(to_pieces(chunk, call_delta('{"city": "Par')))
    answer = await call(model)
    await call(model, [("user", QUESTION), answer, ToolMessage("?", tool_call_id="call_0")])
    (returned,) = sent()["messages"][1]["tool_calls"]
    assert returned["id"] == "call_0"
    # Strict upstreams refuse a conversation with arguments that are no JSON object.
    arguments = json.loads(returned["function"]["arguments"])
    assert arguments["invalid_arguments"].startswith('{"city": "Par')


@pytest.mark.parametrize("mode", ["messages", "values"])
@pytest.mark.parametrize("output_version", ["v0", "v1"])
def test_an_agent_does_not_run_a_tool_whose_arguments_were_cut_off(
    make_model, question, chunk, whole, weryai_emulator, output_version, mode
):
    ran = []

    def remove(path: str) -> str:
        """Remove a directory."""
        ran.append(path)
        return "Removed."

    cut = call_delta('{"path": "/home/ann', name="remove")
    if mode == "messages":
        weryai_emulator.reply_chunks(to_pieces(chunk, cut))
    else:
        weryai_emulator.reply_json(whole({"tool_calls": [cut]}, "length"))
    agent = create_agent(make_model(output_version=output_version, max_tokens=9), [remove])
    assert list(agent.stream(question, stream_mode=mode))
    assert ran == []
    assert len(weryai_emulator.requests) == 1


def test_a_runnable_is_a_tool():
    class City(TypedDict):
        city: str

    def look(question: City) -> str:
        """Get the weather in a city."""
        return get_weather(question["city"])

    [sent] = to_tools([RunnableLambda(look, name="get_weather").with_types(input_type=City)])
    assert sent["function"]["name"] == "get_weather"
    parameters = sent["function"]["parameters"]
    assert parameters["properties"]["city"]["type"] == "string"
    assert parameters["required"] == ["city"]

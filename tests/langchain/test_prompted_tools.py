"""Tools in the prompt: agents and structured output on a gateway that ignores `tools`."""

import pytest
from langchain.agents import create_agent
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from pydantic import BaseModel

from langchain_weryai import ChatWeryAI
from weryai_core import ConfigurationError, InvalidRequestError, ToolCallError
from weryai_emulator import Emulator

QUESTION = "What is the weather in Paris?"
ANSWER = "get_weather returned: Sunny in Paris."
CALL = '<tool_call>{"name": "get_weather", "arguments": {"city": "Paris"}}</tool_call>'


def get_weather(city: str) -> str:
    """Get the weather in a city."""
    return f"Sunny in {city}."


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


class Person(BaseModel):
    """A person."""

    name: str
    age: int


@pytest.fixture(scope="module")
def gateway():
    """A gateway that ignores `tools`."""
    with Emulator(ignore_tools=True) as emulator:
        yield emulator


@pytest.fixture
def emulator(gateway):
    gateway.reset()
    return gateway


@pytest.fixture
def native(make_model, emulator):
    return make_model(base_url=emulator.base_url)


@pytest.fixture
def prompted(make_model, emulator):
    return make_model(base_url=emulator.base_url, tool_calling="prompted")


async def test_a_model_calls_tools(prompted, call):
    message = await call(prompted.bind_tools([get_weather, add]), QUESTION)
    [called] = message.tool_calls
    assert (called["name"], called["args"]) == ("get_weather", {"city": "Paris"})
    assert called["id"].startswith("call_")
    assert message.text == ""
    assert message.response_metadata["finish_reason"] == "tool_calls"
    assert message.usage_metadata["output_tokens"] > 0


@pytest.mark.parametrize("style", ["invoke", "stream"])
async def test_text_and_calls_are_separated(prompted, call, emulator):
    emulator.reply(f"Let me look.\n\n{CALL}\n{CALL}")
    message = await call(prompted.bind_tools([get_weather]), QUESTION)
    assert message.text == "Let me look."
    assert [called["args"] for called in message.tool_calls] == [{"city": "Paris"}] * 2
    assert len({called["id"] for called in message.tool_calls}) == 2


@pytest.mark.parametrize("style", ["invoke", "stream"])
async def test_a_truncated_call_is_invalid(prompted, call, emulator):
    emulator.reply(
        '<tool_call>{"name": "get_weather", "arguments": {"city": ', finish_reason="length"
    )
    options = {"max_tokens": 9, "check_arguments": False}
    message = await call(prompted.bind_tools([get_weather], **options), QUESTION)
    assert message.tool_calls == []
    [invalid] = message.invalid_tool_calls
    assert (invalid["name"], message.response_metadata["finish_reason"]) == (
        "get_weather",
        "length",
    )


def test_calls_and_results_are_sent_as_text(prompted, emulator):
    calls = [{"name": "get_weather", "args": {"city": "Paris"}, "id": "call_1"}]
    messages = [
        HumanMessage(QUESTION),
        AIMessage("", tool_calls=calls),
        ToolMessage("Sunny in Paris.", tool_call_id="call_1"),
    ]
    assert prompted.invoke(messages).text == ANSWER
    assert emulator.last_request.json == {
        "model": "GPT_4O",
        "messages": [
            {"role": "user", "content": QUESTION},
            {
                "role": "assistant",
                "content": '<tool_call>{"name":"get_weather","arguments":{"city":"Paris"},'
                '"id":"call_1"}</tool_call>',
            },
            {
                "role": "user",
                "content": '<tool_response id="call_1" name="get_weather">\nSunny in Paris.\n'
                "</tool_response>",
            },
        ],
    }


def test_a_call_can_ask_for_tools_in_the_prompt(native, emulator):
    message = native.bind_tools([get_weather], tool_calling="prompted").invoke(QUESTION)
    assert [called["name"] for called in message.tool_calls] == ["get_weather"]
    assert emulator.last_request.json.keys() == {"model", "messages"}
    with pytest.raises(InvalidRequestError, match="must be 'native' or 'prompted'"):
        native.invoke("Hello", tool_calling="magic")


def test_the_setting_is_checked_and_kept(prompted):
    assert prompted.tool_calling == "prompted"
    assert prompted._identifying_params["tool_calling"] == "prompted"
    with pytest.raises(ConfigurationError, match="tool_calling"):
        ChatWeryAI(model="GPT_4O", api_key="x", tool_calling="magic")


CONVERSATIONS = {
    "one step": (QUESTION, ["get_weather"], ANSWER),
    "calls at once": (
        "What is the weather in Paris and in Rome?",
        ["get_weather", "get_weather"],
        f"{ANSWER}\nget_weather returned: Sunny in Rome.",
    ),
    "two steps": (
        "Add 2 and 3, then multiply the result by 4.",
        ["add", "multiply"],
        "multiply returned: 20",
    ),
    "no tool": ("Hello", [], 'Hello! You said: "Hello"'),
}


@pytest.mark.parametrize(
    ("question", "tools", "answer"),
    [pytest.param(*row, id=name) for name, row in CONVERSATIONS.items()],
)
@pytest.mark.parametrize("way", ["invoke", "stream"])
def test_an_agent_reaches_its_answer(prompted, emulator, question, tools, answer, way):
    agent = create_agent(prompted, [get_weather, add, multiply], system_prompt="Be brief.")
    asked = {"messages": [("user", question)]}
    if way == "invoke":
        messages = agent.invoke(asked)["messages"]
    else:
        pieces = agent.stream(asked, stream_mode=["values", "messages"])
        messages = [piece for mode, piece in pieces if mode == "values"][-1]["messages"]
    assert messages[-1].text == answer
    called = [one["name"] for message in messages for one in getattr(message, "tool_calls", ())]
    assert called == tools
    for request in emulator.requests:
        assert not {"tools", "tool_choice", "parallel_tool_calls"} & request.json.keys()
        roles = {message["role"] for message in request.json["messages"]}
        assert roles <= {"system", "user", "assistant"}
        assert request.json.get("stream", False) is (way == "stream")


async def test_an_agent_streams_its_tokens_asynchronously(prompted):
    agent = create_agent(prompted, [get_weather])
    stream = agent.astream({"messages": [("user", QUESTION)]}, stream_mode="messages")
    pieces = [piece async for piece, _ in stream if isinstance(piece, AIMessageChunk)]
    assert len(pieces) > 5
    assert "".join(piece.text for piece in pieces) == ANSWER


@pytest.mark.parametrize("strategy", [ToolStrategy, ProviderStrategy])
def test_an_agent_answers_with_a_schema(prompted, strategy):
    agent = create_agent(prompted, [get_weather], response_format=strategy(Person))
    result = agent.invoke({"messages": [("user", f"Ann is 5. {QUESTION}")]})
    assert result["structured_response"] == Person(name="Ann", age=5)
    assert any(isinstance(message, ToolMessage) for message in result["messages"])


def test_an_agent_with_native_tools_answers_with_a_schema(model):
    agent = create_agent(model, [get_weather], response_format=ToolStrategy(Person))
    result = agent.invoke({"messages": [("user", f"Ann is 5. {QUESTION}")]})
    assert result["structured_response"] == Person(name="Ann", age=5)


def test_ignored_native_tools_are_an_error_that_suggests_the_prompt(native):
    agent = create_agent(native, [get_weather], response_format=ToolStrategy(Person))
    with pytest.raises(ToolCallError, match='tool_calling="prompted"'):
        agent.invoke({"messages": [("user", QUESTION)]})


@pytest.mark.parametrize("style", ["invoke", "stream"])
async def test_structured_output_by_a_call(prompted, call):
    structured = prompted.with_structured_output(Person, method="function_calling")
    assert await call(structured, "Ann is 5.") == Person(name="Ann", age=5)


@pytest.mark.parametrize("setting", ["native", "prompted"])
def test_an_answer_without_the_call_is_a_parsing_error(make_model, emulator, setting):
    model = make_model(base_url=emulator.base_url, tool_calling=setting)
    emulator.reply("I would rather not.")
    emulator.reply("I would rather not.")
    structured = {"schema": Person, "method": "function_calling"}
    with pytest.raises(OutputParserException, match=r'not call the tool .* method="prompted"'):
        model.with_structured_output(**structured).invoke("Hello")
    result = model.with_structured_output(**structured, include_raw=True).invoke("Hello")
    assert result["parsed"] is None
    assert isinstance(result["parsing_error"], OutputParserException)
    assert result["raw"].text == "I would rather not."
    assert "check_tool_choice" not in emulator.last_request.json


@pytest.mark.parametrize("style", ["invoke", "stream"])
async def test_a_required_call_that_is_missing_is_an_error(native, call):
    with pytest.raises(ToolCallError) as caught:
        await call(native.bind_tools([get_weather], tool_choice="any"), "Hello")
    assert caught.value.partial.text == 'Hello! You said: "Hello"'

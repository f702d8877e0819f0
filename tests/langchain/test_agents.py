"""LangChain's agents and LangGraph's graphs, from the first question to the last answer."""

import sys
from typing import Annotated

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware, SummarizationMiddleware
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import Command
from pydantic import BaseModel
from typing_extensions import TypedDict


class Weather(BaseModel):
    """The weather in a place."""

    city: str
    degrees: int


class WeatherDict(TypedDict):
    """The weather in a place."""

    city: str
    degrees: Annotated[int, ..., "Celsius"]


def get_weather(city: str) -> str:
    """Tell the weather in a city."""
    return f"It is sunny and 22 degrees in {city}."


def call(name, arguments, id_):
    return {
        "id": id_,
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def calls(*entries):
    return {"content": None, "tool_calls": list(entries)}


needs_contexts = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="LangGraph's nodes have no callbacks on Python 3.10"
)
ASK = {"messages": [{"role": "user", "content": "What is the weather in Rome?"}]}


@pytest.fixture
def call_agent(style):
    async def run(agent, asked):
        return agent.invoke(asked) if style == "invoke" else await agent.ainvoke(asked)

    return run


@pytest.mark.parametrize("version", ["v0", "v1"])
@pytest.mark.parametrize("style", ["invoke", "ainvoke"])
async def test_an_agent_calls_a_tool_and_answers(make_model, call_agent, version):
    agent = create_agent(make_model(output_version=version), [get_weather])
    messages = (await call_agent(agent, ASK))["messages"]
    assert [message.type for message in messages] == ["human", "ai", "tool", "ai"]
    assert messages[1].tool_calls[0]["args"] == {"city": "Rome"}
    assert "22 degrees in Rome" in messages[-1].text


@pytest.mark.parametrize("schema", [Weather, WeatherDict, Weather.model_json_schema()])
@pytest.mark.parametrize("strategy", [ProviderStrategy, ToolStrategy, lambda schema: schema])
@pytest.mark.parametrize("style", ["invoke", "ainvoke"])
async def test_an_agent_answers_by_a_schema(model, call_agent, schema, strategy):
    agent = create_agent(model, [get_weather], response_format=strategy(schema))
    result = (await call_agent(agent, ASK))["structured_response"]
    found = result if isinstance(result, dict) else result.model_dump()
    assert set(found) == {"city", "degrees"}
    assert isinstance(found["degrees"], int)


def test_the_strategy_follows_the_profile(make_model, sent):
    create_agent(make_model(), [], response_format=Weather).invoke(ASK)
    assert sent()["response_format"]["type"] == "json_schema"
    create_agent(make_model(model="CLAUDE_4_OPUS"), [], response_format=Weather).invoke(ASK)
    assert sent()["tool_choice"] == "required"


@pytest.mark.parametrize("mode", ["values", "updates", "messages"])
def test_an_agent_streams(model, mode):
    agent = create_agent(model, [get_weather])
    pieces = list(agent.stream(ASK, stream_mode=mode))
    if mode == "messages":
        text = "".join(message.text for message, _ in pieces if message.type == "AIMessageChunk")
        assert "22 degrees in Rome" in text
        assert any(message.type == "tool" for message, _ in pieces)
    elif mode == "updates":
        assert [next(iter(piece)) for piece in pieces] == ["model", "tools", "model"]
    else:
        assert "22 degrees in Rome" in pieces[-1]["messages"][-1].text


@needs_contexts
async def test_an_agent_streams_asynchronously(model):
    agent = create_agent(model, [get_weather])
    pieces = [piece async for piece in agent.astream(ASK, stream_mode="messages")]
    assert "22 degrees in Rome" in "".join(
        message.text for message, _ in pieces if message.type == "AIMessageChunk"
    )


@needs_contexts
async def test_an_agent_tells_its_events(model):
    events = [event async for event in create_agent(model, [get_weather]).astream_events(ASK)]
    kinds = {event["event"] for event in events}
    assert {"on_chat_model_stream", "on_tool_start", "on_tool_end"} <= kinds


def test_parallel_calls_are_all_answered(model, weryai_emulator):
    weryai_emulator.reply(
        calls(
            call("get_weather", '{"city": "Rome"}', "a"),
            call("get_weather", '{"city": "Oslo"}', "b"),
        ),
        finish_reason="tool_calls",
    )
    messages = create_agent(model, [get_weather]).invoke(ASK)["messages"]
    results = [message for message in messages if isinstance(message, ToolMessage)]
    assert [result.tool_call_id for result in results] == ["a", "b"]
    sent = weryai_emulator.last_request.json["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "tool", "tool"]
    assert [message["tool_call_id"] for message in sent[2:]] == ["a", "b"]


def test_a_person_is_asked_before_a_tool_is_called(model):
    agent = create_agent(
        model,
        [get_weather],
        middleware=[HumanInTheLoopMiddleware(interrupt_on={"get_weather": True})],
        checkpointer=InMemorySaver(),
    )
    config = {"configurable": {"thread_id": "1"}}
    paused = agent.invoke(ASK, config)
    [request] = paused["__interrupt__"][0].value["action_requests"]
    assert request["args"] == {"city": "Rome"}
    resumed = agent.invoke(Command(resume={"decisions": [{"type": "approve"}]}), config)
    assert "22 degrees in Rome" in resumed["messages"][-1].text


HISTORY = [
    message
    for number in range(10)
    for message in (HumanMessage(f"Question {number}"), AIMessage(f"Answer {number}"))
]


@pytest.mark.parametrize(
    "trigger",
    [
        pytest.param(("messages", 10), id="by messages"),
        # Of GPT-4o's 128,000 tokens; the conversation has some 130.
        pytest.param(("fraction", 0.0005), id="by fraction of the profile's window"),
    ],
)
def test_a_long_conversation_is_summarized(model, weryai_emulator, trigger):
    weryai_emulator.reply("They talked about numbers.")
    weryai_emulator.reply("Yes.")
    summarize = SummarizationMiddleware(model, trigger=trigger, keep=("messages", 2))
    agent = create_agent(model, [], middleware=[summarize])
    result = agent.invoke({"messages": [*HISTORY, HumanMessage("And now?")]})
    assert "They talked about numbers." in result["messages"][0].text
    assert result["messages"][-1].text == "Yes."
    assert len(weryai_emulator.last_request.json["messages"]) == 3


def test_a_graph_with_parallel_tools(model, weryai_emulator):
    def double(number: int) -> int:
        """Double a number."""
        return 2 * number

    bound = model.bind_tools([get_weather, double])

    def ask(state: MessagesState):
        return {"messages": [bound.invoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("ask", ask)
    graph.add_node("tools", ToolNode([get_weather, double]))
    graph.add_edge(START, "ask")
    graph.add_conditional_edges("ask", tools_condition)
    graph.add_edge("tools", "ask")
    weryai_emulator.reply(
        calls(call("get_weather", '{"city": "Rome"}', "a"), call("double", '{"number": 21}', "b")),
        finish_reason="tool_calls",
    )
    messages = graph.compile().invoke(ASK)["messages"]
    assert [message.type for message in messages] == ["human", "ai", "tool", "tool", "ai"]
    assert messages[3].content == "42"

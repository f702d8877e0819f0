"""Agents whose conversations grow far beyond the API's limit of 50 messages."""

import json
import warnings

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    SummarizationMiddleware,
    TodoListMiddleware,
)
from langchain_core.exceptions import ContextOverflowError
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, create_react_agent, tools_condition

from weryai_core import MessageCountError

TURNS = 120
LAST = range(116, TURNS)
FACT = "My lucky number is 7341."


def get_weather(city: str) -> str:
    """Get the weather in a city."""
    return f"It is sunny in {city}."


def make_graph(model, tools, checkpointer):
    """A graph made by hand, as LangGraph's tutorials do."""
    bound = model.bind_tools(tools)
    graph = StateGraph(MessagesState)
    graph.add_node("model", lambda state: {"messages": [bound.invoke(state["messages"])]})
    graph.add_node("tools", ToolNode(tools))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    return graph.compile(checkpointer=checkpointer)


def make_deep_agent(model, tools, checkpointer):
    """An agent with LangChain's part of deepagents' middleware and its settings.

    It summarizes by tokens, which these conversations have few of.
    """
    by_tokens = {"trigger": ("fraction", 0.85), "keep": ("fraction", 0.1)}
    middleware = [TodoListMiddleware(), SummarizationMiddleware(model, **by_tokens)]
    return create_agent(model, tools, checkpointer=checkpointer, middleware=middleware)


def make_agent(model, tools, checkpointer):
    return create_agent(model, tools, system_prompt="Be brief.", checkpointer=checkpointer)


def make_react_agent(model, tools, checkpointer):
    return create_react_agent(model, tools, checkpointer=checkpointer)


def ask(number):
    return f"What is the weather in Town{number}?"


def answer(number):
    return f"get_weather returned: It is sunny in Town{number}."


def turn(number):
    """The messages of a turn, as an earlier run left them in the thread."""
    called = {"name": "get_weather", "args": {"city": f"Town{number}"}, "id": f"call_{number}"}
    return [
        HumanMessage(ask(number)),
        AIMessage("", tool_calls=[called]),
        ToolMessage(f"It is sunny in Town{number}.", tool_call_id=f"call_{number}"),
        AIMessage(answer(number)),
    ]


def steps(count):
    """The first steps of a turn, as a thread holds them that was interrupted."""
    return [message for number in range(count) for message in turn(number)[1:3]]


def check(request, question):
    """Check a request of a long conversation: its size, its facts and its newest turns."""
    messages = request["messages"]
    assert len(messages) <= 50
    assert FACT in json.dumps(messages)
    questions = [m["content"] for m in messages if m["role"] == "user"]
    assert questions[-1] == question
    native = [m for m in messages if m["role"] == "assistant"]
    calls = [call["id"] for m in native for call in m.get("tool_calls", ())]
    assert calls == [m["tool_call_id"] for m in messages if m["role"] == "tool"]
    return len(calls)


@pytest.mark.filterwarnings("ignore:create_react_agent has been moved")
@pytest.mark.parametrize(
    ("make", "played"),
    [
        pytest.param(make_agent, [*range(20), *LAST], id="create_agent, from the first turn"),
        pytest.param(make_deep_agent, LAST, id="create_agent with to-dos and summaries"),
        pytest.param(make_react_agent, LAST, id="create_react_agent"),
        pytest.param(make_graph, LAST, id="a graph"),
    ],
)
def test_an_agent_talks_for_120_turns(make_model, make, played, weryai_emulator):
    """Turns that are not played come into the thread as their messages, with the next question.

    The first 20 cross the limit, the last four begin with hundreds of messages. Each turn asks
    twice, and each request reads the whole thread: more would take minutes.
    """
    agent = make(make_model(), [get_weather], InMemorySaver())
    thread = {"configurable": {"thread_id": "1"}}
    asked = [HumanMessage(FACT), AIMessage("Good.")]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for number in range(TURNS):
            if number not in played:
                asked += turn(number)
                continue
            asked.append(HumanMessage(ask(number)))
            answered = agent.invoke({"messages": asked}, thread)["messages"][-1]
            assert answered.text == answer(number)
            asked = []
    assert len([one for one in caught if "WeryAI takes at most 50" in str(one.message)]) == 1
    assert len(agent.get_state(thread).values["messages"]) == 2 + 4 * TURNS
    requests = [request.json for request in weryai_emulator.requests]
    assert len(requests) == 2 * len(played)
    for number, pair in zip(played, zip(requests[::2], requests[1::2], strict=True), strict=True):
        for request in pair:
            assert check(request, ask(number)) >= min(number, 4)


def test_an_agent_works_for_120_steps_on_one_question(make_model, weryai_emulator):
    for number in range(110, 120):
        function = {"name": "get_weather", "arguments": f'{{"city": "Town{number}"}}'}
        called = {"id": f"call_{number}", "type": "function", "function": function}
        weryai_emulator.reply({"content": None, "tool_calls": [called]})
    weryai_emulator.reply("Done.")
    agent = create_agent(make_model(message_overflow="fold"), [get_weather])
    past = [HumanMessage(FACT), *steps(110)]
    result = agent.invoke({"messages": past}, {"recursion_limit": 30})
    assert result["messages"][-1].text == "Done."
    for request in weryai_emulator.requests:
        assert request.json["messages"][0] == {"role": "user", "content": FACT}
    last = weryai_emulator.last_request.json
    assert check(last, last["messages"][1]["content"]) >= 8
    words = last["messages"][1]["content"]
    native = "".join(m["content"] for m in last["messages"] if m["role"] == "tool")
    for number in range(120):
        assert f"It is sunny in Town{number}." in words + native


class RecoverByTokens(AgentMiddleware):
    """Shortens texts and calls again if the model says that there are too many tokens."""

    def __init__(self):
        super().__init__()
        self.recoveries = 0

    def wrap_model_call(self, request, handler):
        try:
            return handler(request)
        except ContextOverflowError:
            self.recoveries += 1
            shorter = [
                message.model_copy(update={"content": "..."}) for message in request.messages
            ]
            return handler(request.override(messages=shorter))


def test_a_recovery_by_tokens_is_for_too_many_tokens_only(make_model, weryai_emulator):
    recovery = RecoverByTokens()
    agent = create_agent(make_model(message_overflow="error"), [], middleware=[recovery])
    weryai_emulator.reply_error(400, message="maximum context length exceeded")
    assert agent.invoke({"messages": "Hello"})["messages"][-1].text == 'You said: "..."'
    assert recovery.recoveries == 1
    with pytest.raises(MessageCountError):
        agent.invoke({"messages": [HumanMessage(f"{n}") for n in range(51)]})
    assert recovery.recoveries == 1
    assert len(weryai_emulator.requests) == 2

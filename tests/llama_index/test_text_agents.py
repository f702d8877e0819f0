"""Agents that write calls as text or code: ReAct and CodeAct."""

import pytest
from llama_index.core.agent.workflow import (
    AgentStream,
    AgentWorkflow,
    CodeActAgent,
    FunctionAgent,
    ReActAgent,
    ToolCallResult,
)
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.tools import FunctionTool

from weryai_core import AuthenticationError

THOUGHT = 'Thought: I need a tool.\nAction: add\nAction Input: {"a": 2, "b": 3}'
ANSWER = "Thought: I can answer without using any more tools.\nAnswer: It is 5."
CODE = "Let me see.\n<execute>\nprint(add(2, 3))\n</execute>"


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def weather(city: str) -> str:
    """Get the weather in a city."""
    return f"Sunny in {city}."


def messages_of(emulator):
    """The messages of each request. No request may have tools."""
    requests = [request.json for request in emulator.requests]
    allowed = {"model", "messages", "stream", "stream_options"}
    assert all(request.keys() <= allowed for request in requests)
    assert all("<tools>" not in request["messages"][0]["content"] for request in requests)
    return [request["messages"] for request in requests]


async def run(agent, question, **options):
    """The response, what was streamed, and the results of the tools."""
    handler = agent.run(question, **options)
    events = [event async for event in handler.stream_events()]
    said = "".join(event.delta for event in events if isinstance(event, AgentStream))
    results = [event for event in events if isinstance(event, ToolCallResult)]
    return await handler, said, [(one.tool_name, str(one.tool_output)) for one in results]


# --- ReAct


def react_of(llm, **settings):
    return ReActAgent(tools=[FunctionTool.from_defaults(add)], llm=llm, **settings)


async def test_a_react_agent_uses_a_tool(tool_llm, tool_emulator, streaming):
    tool_emulator.reply(THOUGHT)
    tool_emulator.reply(ANSWER)
    agent = react_of(tool_llm, streaming=streaming, system_prompt="Be nice.")
    response, said, results = await run(agent, "Add 2 and 3.")
    assert str(response) == "It is 5."
    assert said == (THOUGHT + ANSWER if streaming else "")
    assert results == [("add", "5")]
    first, second = messages_of(tool_emulator)
    assert "Be nice." in first[0]["content"]
    assert "> Tool Name: add\nTool Description: add(a: int, b: int) -> int" in first[0]["content"]
    assert first[1:] == [{"role": "user", "content": "Add 2 and 3."}]
    assert second == [
        *first,
        {"role": "assistant", "content": THOUGHT.replace('{"a": 2, "b": 3}', "{'a': 2, 'b': 3}")},
        {"role": "user", "content": "Observation: 5"},
    ]


async def test_a_react_agent_sends_the_model_its_parsing_errors(llm, weryai_emulator):
    weryai_emulator.reply("")
    weryai_emulator.reply('Action: add\nAction Input: {"a": 2')
    weryai_emulator.reply(ANSWER)
    response, _, results = await run(react_of(llm), "Add 2 and 3.")
    assert (str(response), results) == ("It is 5.", [])
    _, second, third = messages_of(weryai_emulator)
    assert "Your previous response was empty" in second[-1]["content"]
    assert "Error while parsing the output" in third[-1]["content"]


async def test_a_react_agent_does_not_read_reasoning_in_tags(llm, weryai_emulator, streaming):
    reasoning = "<think>\nAnswer: It may be 4.\n</think>\n\n"
    weryai_emulator.reply(reasoning + THOUGHT)
    weryai_emulator.reply(reasoning + ANSWER)
    response, _, results = await run(react_of(llm, streaming=streaming), "Add 2 and 3.")
    assert (str(response), results) == ("It is 5.", [("add", "5")])
    assert "may be 4" not in str(messages_of(weryai_emulator))


async def test_a_react_agent_keeps_its_steps_in_its_memory(llm, weryai_emulator):
    memory = ChatMemoryBuffer.from_defaults(llm=llm)
    for reply in (THOUGHT, ANSWER, ANSWER.replace("It is 5", "You are welcome")):
        weryai_emulator.reply(reply)
    await run(react_of(llm), "Add 2 and 3.", memory=memory)
    response, _, _ = await run(react_of(llm), "Thanks.", memory=memory)
    assert str(response) == "You are welcome."
    *_, last = messages_of(weryai_emulator)
    assert [message["role"] for message in last] == ["system", "user", "assistant", "user"]
    assert last[2]["content"].endswith("Answer: It is 5.")
    assert "Observation: 5" in last[2]["content"]


# --- CodeAct


def coder_of(llm, ran, **settings):
    async def execute(code: str) -> str:
        """Run Python code."""
        ran.append(code)
        return "5"

    return CodeActAgent(code_execute_fn=execute, tools=[add], llm=llm, **settings)


async def test_a_code_agent_runs_its_code(tool_llm, tool_emulator, streaming):
    ran = []
    tool_emulator.reply(CODE)
    tool_emulator.reply("It is 5.")
    agent = coder_of(tool_llm, ran, streaming=streaming, system_prompt="Be nice.")
    response, said, results = await run(agent, "Add 2 and 3.")
    assert str(response) == "It is 5."
    assert said == (f"{CODE}It is 5." if streaming else "")
    assert ran == ["print(add(2, 3))"]
    assert results == [("execute", "5")]
    first, second = messages_of(tool_emulator)
    assert 'def add(a: int, b: int) -> int:\n  """\nAdd two numbers.' in first[0]["content"]
    assert first[0]["content"].endswith("\nBe nice.")
    assert first[1:] == [{"role": "user", "content": "Add 2 and 3."}]
    assert second == [
        *first,
        {"role": "assistant", "content": CODE},
        {"role": "user", "content": "Result of executing the code given:\n\n5"},
    ]


async def test_a_code_agent_has_only_the_handoff_tool(
    tool_llm, tool_emulator, read_tools, streaming
):
    ran = []
    tool_emulator.reply(CODE)
    tool_emulator.reply("It is 5.")
    coder = coder_of(tool_llm, ran, streaming=streaming, name="coder", description="Codes.")
    second = FunctionAgent(tools=[weather], llm=tool_llm, name="second", description="Weather.")
    response = await AgentWorkflow(agents=[coder, second], root_agent="coder").run("Add 2 and 3.")
    assert (str(response), ran) == ("It is 5.", ["print(add(2, 3))"])
    assert [read_tools(request.json) for request in tool_emulator.requests] == [
        (["handoff"], []),
        (["handoff"], []),
    ]


# Not natively: core then sends the result of the call without the call, which services reject.
@pytest.mark.parametrize("tool_calling", ["prompted"])
async def test_a_code_agent_hands_over(tool_llm, tool_emulator, reply_calls, read_tools, streaming):
    reply_calls(("handoff", {"to_agent": "second", "reason": "weather"}))
    tool_emulator.reply("I do not know about Rome.")
    coder = coder_of(tool_llm, [], streaming=streaming, name="coder", description="Codes.")
    second = FunctionAgent(
        tools=[weather], llm=tool_llm, name="second", description="Weather.", can_handoff_to=[]
    )
    workflow = AgentWorkflow(agents=[coder, second], root_agent="coder")
    response = await workflow.run("How is the weather in Rome?")
    assert str(response) == "I do not know about Rome."
    assert response.current_agent_name == "second"
    first, last = (read_tools(request.json) for request in tool_emulator.requests)
    assert first == (["handoff"], [])
    assert last[0] == ["weather"]
    assert last[1][0].startswith("Agent second is now handling the request")


async def test_an_error_of_the_service_propagates_through_the_agent(
    llm, weryai_emulator, streaming
):
    for agent in (react_of(llm, streaming=streaming), coder_of(llm, [], streaming=streaming)):
        weryai_emulator.reply_error(401)
        with pytest.raises(AuthenticationError):
            await agent.run("Hello")
    assert len(weryai_emulator.requests) == 2

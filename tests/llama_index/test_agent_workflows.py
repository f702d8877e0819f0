"""Agents that hand over, return objects, stop early or continue from saved work."""

import json

import pytest
from llama_index.core.agent.workflow import AgentStream, AgentWorkflow, FunctionAgent, ReActAgent
from llama_index.core.agent.workflow.prompts import DEFAULT_EARLY_STOPPING_PROMPT
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.callbacks import CallbackManager, TokenCountingHandler
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.tools import FunctionTool
from llama_index.core.types import PydanticProgramMode
from llama_index.core.workflow import Context
from pydantic import BaseModel
from workflows.errors import WorkflowRuntimeError

from weryai_core import AuthenticationError

HANDOFF = ("handoff", {"to_agent": "second", "reason": "weather"})
HANDED_OVER = (
    "Agent second is now handling the request due to the following reason: weather.\n"
    "Please continue with the current request."
)
WEATHER = ("weather", {"city": "Rome"})
ADD = ("add", {"a": 2, "b": 3})


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def weather(city: str) -> str:
    """Get the weather in a city."""
    return f"Sunny in {city}."


class Sum(BaseModel):
    """The sum."""

    value: int


def agent_of(llm, *tools, **settings):
    return FunctionAgent(
        tools=[FunctionTool.from_defaults(tool) for tool in tools], llm=llm, **settings
    )


def pair_of(llm, **settings):
    """An agent that adds and may hand over to an agent that knows the weather."""
    first = agent_of(
        llm, add, name="first", description="Adds.", system_prompt="You add.", **settings
    )
    second = agent_of(
        llm,
        weather,
        name="second",
        description="Knows the weather.",
        system_prompt="You know the weather.",
        can_handoff_to=[],
        **settings,
    )
    return AgentWorkflow(agents=[first, second], root_agent="first")


@pytest.mark.parametrize(
    ("can_call", "kind"), [(True, FunctionAgent), (False, ReActAgent)], ids=["tools", "no tools"]
)
def test_a_workflow_picks_the_agent_by_the_models_abilities(make_llm, can_call, kind):
    llm = make_llm(is_function_calling_model=can_call)
    workflow = AgentWorkflow.from_tools_or_functions([add], llm=llm)
    [agent] = workflow.agents.values()
    assert type(agent) is kind


async def test_a_workflow_uses_a_tool(tool_llm, tool_emulator, read_tools):
    workflow = AgentWorkflow.from_tools_or_functions([add], llm=tool_llm, system_prompt="Be nice.")
    assert str(await workflow.run("Add 2 and 3.")) == "add returned: 5"
    first, second = (request.json for request in tool_emulator.requests)
    assert [read_tools(first), read_tools(second)] == [(["add"], []), (["add"], ["5"])]


async def test_a_workflow_hands_over(tool_llm, tool_emulator, reply_calls, read_tools, streaming):
    reply_calls(HANDOFF)
    reply_calls(WEATHER, text="Let me look.")
    tool_emulator.reply("It is sunny.")
    memory = ChatMemoryBuffer.from_defaults(llm=tool_llm)
    response = await pair_of(tool_llm, streaming=streaming).run(
        "How is the weather in Rome?", memory=memory
    )
    assert str(response) == "It is sunny."
    assert response.current_agent_name == "second"
    requests = [request.json for request in tool_emulator.requests]
    assert [read_tools(request) for request in requests] == [
        (["add", "handoff"], []),
        (["weather"], [HANDED_OVER]),
        (["weather"], [HANDED_OVER, "Sunny in Rome."]),
    ]
    for request, prompt in zip(requests, ("You add.", *["You know the weather."] * 2), strict=True):
        system, user, *_ = request["messages"]
        assert system["role"] == "system"
        assert system["content"].startswith(prompt)
        assert user == {"role": "user", "content": "How is the weather in Rome?"}
    assert [message.role.value for message in memory.get()] == [
        *("user", "assistant", "tool"),
        *("assistant", "tool", "assistant"),
    ]


async def test_a_workflow_streams_the_text_of_each_agent(tool_llm, tool_emulator, reply_calls):
    reply_calls(HANDOFF, text="One moment.")
    tool_emulator.reply("I do not know about Rome.")
    handler = pair_of(tool_llm).run("How is the weather in Rome?")
    said = {"first": "", "second": ""}
    async for event in handler.stream_events():
        if isinstance(event, AgentStream):
            said[event.current_agent_name] += event.delta
    await handler
    assert said["first"].strip() == "One moment."
    assert said["second"] == "I do not know about Rome."


async def test_every_step_of_a_workflow_uses_the_services_token_counts(
    tool_llm, tool_emulator, reply_calls, streaming
):
    counter = TokenCountingHandler(tokenizer=str.split)
    tool_llm.callback_manager = CallbackManager([counter])
    reply_calls(HANDOFF)
    for prompt, completion in ((100, 10), (200, 20)):
        usage = {"prompt_tokens": prompt, "completion_tokens": completion}
        tool_emulator.reply("It is sunny.", usage=usage)
    await pair_of(tool_llm, streaming=streaming).run("How is the weather in Rome?")
    handoff, answer = counter.llm_token_counts
    assert handoff.prompt_token_count > 100
    assert (answer.prompt_token_count, answer.completion_token_count) == (100, 10)
    assert len(tool_emulator.requests) == 2


# --- structured output


@pytest.mark.parametrize("kind", ["agent", "workflow"])
async def test_an_agent_returns_an_object(
    tool_llm, tool_emulator, reply_calls, read_tools, streaming, kind
):
    tool_llm.pydantic_program_mode = PydanticProgramMode.FUNCTION
    reply_calls(ADD)
    tool_emulator.reply("It is 5.")
    reply_calls(("Sum", {"value": 5}))
    of_agent, of_workflow = (Sum, None) if kind == "agent" else (None, Sum)
    agent = agent_of(
        tool_llm,
        add,
        name="adder",
        system_prompt="Be nice.",
        streaming=streaming,
        output_cls=of_agent,
    )
    run = agent if kind == "agent" else AgentWorkflow(agents=[agent], output_cls=of_workflow)
    response = await run.run("Add 2 and 3.")
    assert str(response) == "It is 5."
    assert response.structured_response == {"value": 5}
    assert response.get_pydantic_model(Sum) == Sum(value=5)
    *_, request = (request.json for request in tool_emulator.requests)
    assert len(tool_emulator.requests) == 3
    assert read_tools(request) == (["Sum"], [])
    *_, asked = request["messages"]
    assert asked["role"] == "user"
    assert "<message>Add 2 and 3.</message>" in asked["content"]
    assert "<message>It is 5.</message>" in asked["content"]


async def test_structured_output_of_an_agent_requires_the_call(
    tool_llm, tool_emulator, tool_calling, reply_calls
):
    tool_llm.pydantic_program_mode = PydanticProgramMode.FUNCTION
    tool_emulator.reply("It is 5.")
    reply_calls(("Sum", {"value": 5}))
    await agent_of(tool_llm, output_cls=Sum, system_prompt="Be nice.").run("Add 2 and 3.")
    request = tool_emulator.last_request.json
    system, _ = request["messages"]
    assert system["content"].startswith("Be nice.")
    if tool_calling == "native":
        assert request["tool_choice"] == "required"
    else:
        assert "Your next turn must call a tool" in system["content"]


# `pytest.warns` repeats warnings about the attributes that LlamaIndex's workflows look at.
@pytest.mark.filterwarnings("ignore:The `__fields:pydantic.warnings.PydanticDeprecatedSince20")
@pytest.mark.filterwarnings(
    "ignore:Accessing the 'model_:pydantic.warnings.PydanticDeprecatedSince211"
)
@pytest.mark.filterwarnings("ignore:is_running called from within a step:DeprecationWarning")
async def test_missing_structured_output_is_a_warning_without_another_request(
    tool_llm, tool_emulator
):
    tool_emulator.reply("It is 5.")
    tool_emulator.reply("As I said, 5.")
    with pytest.warns(UserWarning, match="structured output: The answer does not follow"):
        response = await agent_of(tool_llm, output_cls=Sum).run("Add 2 and 3.")
    assert str(response) == "It is 5."
    assert response.structured_response is None
    assert len(tool_emulator.requests) == 2


# --- stopping early


@pytest.mark.parametrize("kind", ["agent", "workflow"])
async def test_an_agent_that_stops_early_answers_with_what_it_has(
    tool_llm, tool_emulator, reply_calls, streaming, kind
):
    reply_calls(ADD)
    reply_calls(ADD)
    tool_emulator.reply("It is 5, I think.")
    agent = agent_of(tool_llm, add, system_prompt="Be nice.", streaming=streaming, name="adder")
    run = agent if kind == "agent" else AgentWorkflow(agents=[agent])
    memory = ChatMemoryBuffer.from_defaults(llm=tool_llm)
    response = await run.run(
        "Add 2 and 3.", max_iterations=2, early_stopping_method="generate", memory=memory
    )
    assert str(response) == "It is 5, I think."
    assert [(call.tool_name, str(call.tool_output)) for call in response.tool_calls] == [
        ("add", "5")
    ]
    assert len(tool_emulator.requests) == 3
    request = dict(tool_emulator.last_request.json)
    options = {"stream": True, "stream_options": {"include_usage": True}} if streaming else {}
    assert request == {
        "model": "GPT_4O",
        "messages": [
            {"role": "system", "content": "Be nice."},
            {"role": "user", "content": "Add 2 and 3."},
            {"role": "system", "content": DEFAULT_EARLY_STOPPING_PROMPT.format(max_iterations=2)},
        ],
        **options,
    }
    assert memory.get()[-1].content == "It is 5, I think."


async def test_an_agent_that_must_stop_makes_no_more_requests(tool_llm, tool_emulator, reply_calls):
    reply_calls(ADD)
    reply_calls(ADD)
    with pytest.raises(WorkflowRuntimeError, match="Max iterations of 2 reached"):
        await agent_of(tool_llm, add).run("Add 2 and 3.", max_iterations=2)
    assert len(tool_emulator.requests) == 2


# --- continuing


def saved_and_loaded(messages):
    saved = json.dumps([message.model_dump(mode="json") for message in messages])
    return [ChatMessage.model_validate(message) for message in json.loads(saved)]


async def test_an_agent_continues_from_a_saved_memory(
    tool_llm, tool_emulator, reply_calls, read_tools, streaming
):
    agent = agent_of(tool_llm, add, streaming=streaming)
    memory = ChatMemoryBuffer.from_defaults(llm=tool_llm)
    reply_calls(ADD, text="Let me add.")
    tool_emulator.reply({"content": "It is 5.", "reasoning_content": "2 and 3 are 5."})
    await agent.run("Add 2 and 3.", memory=memory)
    history = saved_and_loaded(memory.get())
    assert history == memory.get()
    tool_emulator.reply("You are welcome.")
    response = await agent.run("Thanks.", chat_history=history)
    assert str(response) == "You are welcome."
    request = tool_emulator.last_request.json
    assert read_tools(request) == (["add"], ["5"])
    said = [one["content"] for one in request["messages"] if one["role"] != "system"]
    assert said[0] == "Add 2 and 3."
    assert said[-2:] == ["It is 5.", "Thanks."]
    assert len(tool_emulator.requests) == 3


async def test_an_agent_continues_from_steps_saved_during_its_work(
    tool_llm, tool_emulator, reply_calls, read_tools
):
    agent = agent_of(tool_llm, add)
    context = Context(agent)
    reply_calls(ADD, text="Let me add.")
    tool_emulator.reply_error(401)
    with pytest.raises(AuthenticationError):
        await agent.run("Add 2 and 3.", ctx=context)
    steps = saved_and_loaded(await context.store.get("scratchpad"))
    tool_emulator.reply("It is 5.")
    history = [ChatMessage(content="Add 2 and 3."), *steps]
    assert str(await agent.run(chat_history=history)) == "It is 5."
    assert read_tools(tool_emulator.last_request.json) == (["add"], ["5"])


async def test_an_agent_makes_a_call_that_the_server_left_in_the_text(
    make_llm, weryai_emulator, streaming
):
    weryai_emulator.reply(
        "<think>I add.</think><tool_call>add<arg_key>a</arg_key><arg_value>2</arg_value>"
        "<arg_key>b</arg_key><arg_value>3</arg_value></tool_call>"
    )
    agent = agent_of(make_llm(model="GLM_5"), add, streaming=streaming)
    assert str(await agent.run("Add 2 and 3.")) == "add returned: 5"

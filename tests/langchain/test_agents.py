"""LangChain's agents and LangGraph's graphs, from the question to the answer."""

from typing import Annotated

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import (
    HumanInTheLoopMiddleware,
    ModelRefusalMiddleware,
    SummarizationMiddleware,
)
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.exceptions import ModelRefusalError, OutputParserException
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import Command
from pydantic import BaseModel
from typing_extensions import TypedDict

from weryai_core import StructuredOutputError, ToolCallError, WeryAIError


class Weather(BaseModel):
    """The weather in a place."""

    city: str
    degrees: int


class WeatherDict(TypedDict):
    """The weather in a place."""

    city: str
    degrees: Annotated[int, ..., "Celsius"]


def get_weather(city: str) -> str:
    """Get the weather in a city."""
    return f"It is sunny and 22 degrees in {city}."


def get_time(zone: str) -> str:
    """Get the time in a zone."""
    return f"Noon in {zone}."


def call(name, arguments, id_):
    return {
        "id": id_,
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def calls(*entries):
    return {"content": None, "tool_calls": list(entries)}


ASK = {"messages": [{"role": "user", "content": "What is the weather in Rome?"}]}
ANSWER = "get_weather returned: It is sunny and 22 degrees in Rome."


@pytest.fixture
def call_agent(style):
    async def run(agent, asked):
        return await agent.ainvoke(asked) if style.startswith("a") else agent.invoke(asked)

    return run


def check_conversation(messages):
    human, asking, result, answer = messages
    assert human.text == ASK["messages"][0]["content"]
    (called,) = asking.tool_calls
    assert (called["name"], called["args"]) == ("get_weather", {"city": "Rome"})
    assert isinstance(result, ToolMessage)
    assert result.tool_call_id == called["id"]
    assert isinstance(answer, AIMessage)
    assert answer.text == ANSWER


def check_requests(emulator):
    first, second = (request.json for request in emulator.requests)
    assert [message["role"] for message in first["messages"]] == ["system", "user"]
    roles = ["system", "user", "assistant", "tool"]
    assert [message["role"] for message in second["messages"]] == roles
    assert first["tools"] == second["tools"]
    assert first["tools"][0]["function"]["name"] == "get_weather"


@pytest.fixture(params=["v0", "v1"])
def agent(request, make_model):
    model = make_model(output_version=request.param)
    return create_agent(model, [get_weather, get_time], system_prompt="Be brief.")


@pytest.mark.parametrize("style", ["invoke", "ainvoke"])
async def test_an_agent_calls_a_tool_and_answers(agent, call_agent, weryai_emulator):
    check_conversation((await call_agent(agent, ASK))["messages"])
    check_requests(weryai_emulator)


MISSING = "Function call is missing a thought_signature in functionCall parts."


@pytest.mark.parametrize("style", ["invoke", "ainvoke"])
async def test_another_model_goes_on_between_a_call_and_its_result(
    make_model, call_agent, weryai_emulator
):
    saver, asked = InMemorySaver(), call("get_weather", '{"city": "Rome"}', "call_1")
    config = {"configurable": {"thread_id": "1"}}
    agents = [
        create_agent(make_model(model=key), [get_weather], checkpointer=saver, **options)
        for key, options in (
            ("GPT_5_5", {"interrupt_before": ["tools"]}),
            ("GEMINI_3_5_FLASH", {}),
        )
    ]
    weryai_emulator.reply(calls(asked), finish_reason="tool_calls", model="GPT_5_5")
    first, second = (agent.with_config(config) for agent in agents)
    await call_agent(first, ASK)
    # The next call is Gemini's own, without a signature.
    asked = {**asked, "id": "call_2"}
    weryai_emulator.reply(calls(asked), finish_reason="tool_calls", model="GEMINI_3_5_FLASH")
    weryai_emulator.reply_error(400, message=MISSING)
    weryai_emulator.reply("Sunny.")
    with pytest.warns(UserWarning, match="wants its tool calls back with their signatures"):
        done = await call_agent(second, None)
    assert done["messages"][-1].text == "Sunny."
    extras = [
        [
            message["tool_calls"][0].get("extra_content")
            for message in request.json["messages"][1::2]
        ]
        for request in weryai_emulator.requests[1:]
    ]
    skipped = {"google": {"thought_signature": "skip_thought_signature_validator"}}
    assert extras == [[skipped], [skipped, None], [skipped, skipped]]


@pytest.mark.parametrize("way", ["stream", "astream"])
async def test_an_agent_streams_its_steps_and_tokens(agent, weryai_emulator, way):
    modes = ["values", "updates", "messages"]
    if way == "stream":
        pieces = list(agent.stream(ASK, stream_mode=modes))
    else:
        pieces = [piece async for piece in agent.astream(ASK, stream_mode=modes)]
    values, updates, messages = ([piece for mode, piece in pieces if mode == m] for m in modes)
    check_conversation(values[-1]["messages"])
    assert [next(iter(update)) for update in updates] == ["model", "tools", "model"]
    tokens = [piece for piece, _ in messages if isinstance(piece, AIMessageChunk)]
    assert len(tokens) > 5
    assert "".join(piece.text for piece in tokens) == ANSWER
    assert any(isinstance(piece, ToolMessage) for piece, _ in messages)
    check_requests(weryai_emulator)
    assert all(request.json["stream"] for request in weryai_emulator.requests)


async def test_an_agent_reports_its_events(model):
    events = [event async for event in create_agent(model, [get_weather]).astream_events(ASK)]
    kinds = {event["event"] for event in events}
    assert {"on_chat_model_stream", "on_tool_start", "on_tool_end"} <= kinds


@pytest.mark.parametrize("mode", ["messages", "values"])
def test_an_agent_does_not_run_a_tool_with_truncated_arguments(
    make_model, chunk, whole, weryai_emulator, mode
):
    ran = []

    def remove(path: str) -> str:
        """Remove a directory."""
        ran.append(path)
        return "Removed."

    truncated = {**call("remove", '{"path": "/home/ann', "call_1"), "index": 0}
    for version in ("v0", "v1"):
        if mode == "messages":
            pieces = [chunk({"tool_calls": [truncated]}), chunk({}, "length")]
            weryai_emulator.reply_chunks(pieces)
        else:
            weryai_emulator.reply_json(whole({"tool_calls": [truncated]}, "length"))
        agent = create_agent(make_model(output_version=version, max_tokens=9), [remove])
        with pytest.raises(ToolCallError, match=r"was truncated .*\. Raise `max_tokens`"):
            list(agent.stream(ASK, stream_mode=mode))
    assert ran == []
    assert len(weryai_emulator.requests) == 2


@pytest.mark.parametrize("style", ["invoke", "ainvoke"])
async def test_an_agent_asks_again_after_a_call_that_cannot_be_run(
    make_model, call_agent, weryai_emulator
):
    weryai_emulator.reply(calls(call("get_weather", "Rome, please", "call_1")))
    agent = create_agent(make_model(max_retries=1), [get_weather])
    check_conversation((await call_agent(agent, ASK))["messages"])
    assert len(weryai_emulator.requests) == 3


@pytest.mark.parametrize("schema", [Weather, WeatherDict, Weather.model_json_schema()])
@pytest.mark.parametrize("strategy", [ProviderStrategy, ToolStrategy, lambda schema: schema])
def test_an_agent_answers_with_a_schema(model, schema, strategy):
    agent = create_agent(model, [get_weather], response_format=strategy(schema))
    result = agent.invoke(ASK)["structured_response"]
    found = result if isinstance(result, dict) else result.model_dump()
    assert set(found) == {"city", "degrees"}
    assert isinstance(found["degrees"], int)


def test_the_strategy_follows_the_profile(make_model, sent):
    create_agent(make_model(), [], response_format=Weather).invoke(ASK)
    assert sent()["response_format"]["type"] == "json_schema"
    create_agent(make_model(model="CLAUDE_4_OPUS"), [], response_format=Weather).invoke(ASK)
    assert sent()["tool_choice"] == "required"


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


@pytest.mark.parametrize("style", ["invoke", "ainvoke"])
async def test_an_agent_makes_a_call_that_the_server_left_in_the_text(
    make_model, call_agent, weryai_emulator
):
    weryai_emulator.reply(
        "<think>The weather.</think><|tool_calls_section_begin|><|tool_call_begin|>"
        'functions.get_weather:0<|tool_call_argument_begin|>{"city": "Rome"}<|tool_call_end|>'
        "<|tool_calls_section_end|>"
    )
    agent = create_agent(make_model(model="KIMI_K2_5"), [get_weather])
    messages = (await call_agent(agent, ASK))["messages"]
    check_conversation(messages)
    assert messages[1].text == ""
    assert messages[1].tool_calls[0]["id"] == "functions.get_weather:0"


class Loose(BaseModel):
    """Every field has a default."""

    name: str = ""
    age: int = 0


@pytest.mark.parametrize(
    "wrapped",
    [
        '{"name": "Loose", "arguments": {"name": "Ann", "age": 3}}',
        '{"Loose": {"name": "Ann", "age": 3}}',
        '{"properties": {"name": "Ann", "age": 3}}',
    ],
)
async def test_wrapped_arguments_are_unwrapped(model, call_agent, weryai_emulator, wrapped):
    weryai_emulator.reply(calls(call("Loose", wrapped, "call_1")), finish_reason="tool_calls")
    agent = create_agent(model, [], response_format=ToolStrategy(Loose))
    answer = await call_agent(agent, ASK)
    assert answer["structured_response"] == Loose(name="Ann", age=3)


LOOSE = Loose.model_json_schema()


@pytest.mark.parametrize(
    ("strategy", "tools"),
    [
        (ProviderStrategy(Loose), []),
        (ProviderStrategy(LOOSE), [get_weather]),
        (ToolStrategy(Loose), [get_weather]),
        (ToolStrategy(LOOSE), []),
    ],
    ids=["class", "schema, with tools", "class as tool, with tools", "schema as tool"],
)
async def test_an_answer_with_none_of_the_fields_is_an_error(
    model, call_agent, weryai_emulator, strategy, tools
):
    text = '{"error": "cannot"}'
    is_tool = isinstance(strategy, ToolStrategy)
    weryai_emulator.reply(
        calls(call("Loose", text, "call_1")) if is_tool else text,
        finish_reason="tool_calls" if is_tool else "stop",
    )
    agent = create_agent(model, tools, response_format=strategy)
    with pytest.raises(StructuredOutputError, match="none of the fields of Loose") as caught:
        await call_agent(agent, ASK)
    assert isinstance(caught.value, OutputParserException)
    assert caught.value.llm_output == text
    assert len(weryai_emulator.requests) == 1


CITY = {
    "title": "Weather",
    "type": "object",
    "properties": {"city": {"type": "string"}, "degrees": {"type": "integer"}},
    "required": ["city"],
}


@pytest.mark.parametrize("answers", [1, 3], ids=["then right", "never right"])
async def test_an_answer_to_a_dict_with_none_of_its_fields_is_asked_for_again(
    make_model, call_agent, weryai_emulator, answers
):
    for arguments in ['{"error": "cannot"}'] * answers + ['{"city": "Rome"}']:
        entry = call("Weather", arguments, "call_1")
        weryai_emulator.reply(calls(entry), finish_reason="tool_calls")
    agent = create_agent(make_model(max_retries=2), [], response_format=ToolStrategy(CITY))
    if answers == 1:
        answer = await call_agent(agent, ASK)
        assert answer["structured_response"] == {"city": "Rome"}
    else:
        with pytest.raises(StructuredOutputError, match="none of the fields of Weather"):
            await call_agent(agent, ASK)
    assert len(weryai_emulator.requests) == min(answers + 1, 3)


async def test_an_answer_that_lacks_a_required_field_can_be_corrected(
    model, call_agent, weryai_emulator
):
    for arguments in ('{"error": "cannot"}', '{"city": "Rome", "degrees": 22}'):
        entry = call("Weather", arguments, "call_1")
        weryai_emulator.reply(calls(entry), finish_reason="tool_calls")
    agent = create_agent(model, [], response_format=ToolStrategy(Weather))
    answer = await call_agent(agent, ASK)
    assert answer["structured_response"] == Weather(city="Rome", degrees=22)


@pytest.mark.parametrize("tools", [[], [get_weather]], ids=["alone", "with tools"])
async def test_json_in_the_text_is_the_structured_answer_though_a_call_was_required(
    model, call_agent, weryai_emulator, tools
):
    weryai_emulator.reply('Sure:\n```json\n{"city": "Rome", "degrees": 22}\n```')
    agent = create_agent(model, tools, response_format=ToolStrategy(Weather))
    answer = await call_agent(agent, ASK)
    assert answer["structured_response"] == Weather(city="Rome", degrees=22)
    assert len(weryai_emulator.requests) == 1


@pytest.mark.parametrize("tools", [[], [get_weather]], ids=["alone", "with tools"])
async def test_a_call_of_the_schema_is_the_structured_answer_though_text_was_required(
    model, call_agent, weryai_emulator, tools
):
    entry = call("Weather", '{"city": "Rome", "degrees": 22}', "call_1")
    weryai_emulator.reply(calls(entry), finish_reason="tool_calls")
    agent = create_agent(model, tools, response_format=ProviderStrategy(Weather))
    answer = await call_agent(agent, ASK)
    assert answer["structured_response"] == Weather(city="Rome", degrees=22)
    assert len(weryai_emulator.requests) == 1


# Answers without the structured one, each with any finish reason.
NO_ANSWERS = {
    "a refusal": {"content": None, "refusal": "I can't."},
    "text": "Let me think.",
    "a call that cannot be run": calls(call("Loose", '{"name": "An', "call_1")),
    "white space": " ",
}


@pytest.mark.parametrize("answer", NO_ANSWERS.values(), ids=NO_ANSWERS)
@pytest.mark.parametrize("strategy", [ToolStrategy, ProviderStrategy])
async def test_an_agent_without_its_structured_answer_ends_with_our_error(
    make_model, call_agent, weryai_emulator, strategy, answer
):
    model = make_model(max_tokens=9)
    for tools in ([], [get_weather]):
        agent = create_agent(model, tools, response_format=strategy(Loose))
        for reason in ("stop", "length", "content_filter"):
            weryai_emulator.reset()
            weryai_emulator.reply(answer, finish_reason=reason)
            with pytest.raises(WeryAIError):
                await call_agent(agent, ASK)
            assert len(weryai_emulator.requests) == 1


@pytest.mark.parametrize("middleware", [[], [ModelRefusalMiddleware()]], ids=["none", "refusals"])
async def test_a_refusal_in_place_of_an_answer_ends_the_agent(
    model, call_agent, weryai_emulator, middleware
):
    weryai_emulator.reply({"content": None, "refusal": "I can't."})
    agent = create_agent(model, [], response_format=ToolStrategy(Loose), middleware=middleware)
    with pytest.raises(ModelRefusalError, match=r"I can't\.") as caught:
        await call_agent(agent, ASK)
    assert isinstance(caught.value, ToolCallError)
    [block] = caught.value.raw_message.content_blocks
    assert block == {"type": "refusal", "refusal": "I can't."}
    assert len(weryai_emulator.requests) == 1


def test_a_streamed_answer_with_none_of_the_fields_is_an_error(model, weryai_emulator):
    weryai_emulator.reply('{"error": "cannot"}')
    agent = create_agent(model, [], response_format=ProviderStrategy(Loose))
    with pytest.raises(StructuredOutputError, match="none of the fields of Loose"):
        [*agent.stream(ASK, stream_mode="messages")]


@pytest.mark.parametrize("method", ["json_schema", "prompted"])
def test_structured_output_next_to_tools_returns_its_error(model, weryai_emulator, method):
    weryai_emulator.reply('{"error": "cannot"}')
    chain = model.with_structured_output(
        Loose, method=method, include_raw=True, tools=[get_weather]
    )
    result = chain.invoke("Go")
    assert isinstance(result["parsing_error"], StructuredOutputError)

"""Memories of more than 50 messages, through chat engines and agents."""

import asyncio
import json
import warnings

import pytest
from llama_index.core.agent.workflow import FunctionAgent, ReActAgent
from llama_index.core.base.llms.types import ChatMessage, ToolCallBlock
from llama_index.core.chat_engine import (
    CondensePlusContextChatEngine,
    ContextChatEngine,
    SimpleChatEngine,
)
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.tools import FunctionTool

from weryai_core import MessageCountError

METHODS = ("chat", "astream_chat")
SYSTEM = {"role": "system", "content": "Be brief."}
NOW = {"role": "user", "content": "And now?"}


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@pytest.fixture(params=METHODS)
def method(request):
    return request.param


def remember(messages):
    return ChatMemoryBuffer.from_defaults(chat_history=list(messages), token_limit=100_000)


def talk():
    """30 questions and answers."""
    return [
        ChatMessage(role=role, content=f"{role} {number}")
        for number in range(30)
        for role in ("user", "assistant")
    ]


def work():
    """20 questions answered with a tool, 4 messages each."""
    return [message for number in range(20) for message in turn(number)]


def turn(number):
    call = ToolCallBlock(
        tool_call_id=f"call_{number}", tool_name="add", tool_kwargs={"a": number, "b": 1}
    )
    extra = {"tool_call_id": f"call_{number}"}
    return [
        ChatMessage(content=f"Add 1 to {number}."),
        ChatMessage(role="assistant", blocks=[call]),
        ChatMessage(role="tool", content=str(number + 1), additional_kwargs=extra),
        ChatMessage(role="assistant", content=f"It is {number + 1}."),
    ]


def ask(engine, method, question="And now?"):
    """The text of the answer."""
    if method.startswith("a"):
        return asyncio.run(aask(engine, method, question))
    response = getattr(engine, method)(question)
    return "".join(response.response_gen) if "stream" in method else str(response)


async def aask(engine, method, question):
    response = await getattr(engine, method)(question)
    if "stream" in method:
        return "".join([piece async for piece in response.async_response_gen()])
    return str(response)


def messages_of(emulator):
    return emulator.last_request.json["messages"]


# --- in words, which is the default

FOLDED = "ignore:The conversation has .* WeryAI takes at most 50:UserWarning"


def check_fact(request):
    messages = request.json["messages"]
    assert len(messages) <= 50
    assert "My lucky number is 7341." in json.dumps(messages)


async def test_an_agent_talks_for_120_turns(
    tool_llm, tool_emulator, reply_calls, read_tools, make_memory
):
    memory = make_memory(token_limit=1_000_000)
    fact = [ChatMessage(content="My lucky number is 7341."), ChatMessage("Good.", role="assistant")]
    await memory.aput_messages([*fact, *(one for number in range(116) for one in turn(number))])
    agent = agent_of(tool_llm, streaming=False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for number in range(116, 120):
            reply_calls(("add", {"a": number, "b": 1}))
            tool_emulator.reply(f"It is {number + 1}.")
            response = await agent.run(f"Add 1 to {number}.", memory=memory)
            assert str(response) == f"It is {number + 1}."
    assert len([one for one in caught if "at most 50" in str(one.message)]) == 1
    assert len(tool_emulator.requests) == 8
    for index, request in enumerate(tool_emulator.requests):
        check_fact(request)
        newest = 116 + (index + 1) // 2  # how many turns have their result
        results = read_tools(request.json)[1]
        assert results == [str(number + 1) for number in range(newest - len(results), newest)]
        assert len(results) >= 4
    assert len(await memory.aget_all()) == 2 + 4 * 120


@pytest.mark.filterwarnings(FOLDED)
async def test_an_agent_works_for_30_steps_on_one_question(
    tool_llm, tool_emulator, reply_calls, read_tools
):
    for number in range(30):
        reply_calls(("add", {"a": number, "b": 1}))
    tool_emulator.reply("Done.")
    agent = agent_of(tool_llm, streaming=False)
    question = "My lucky number is 7341. Count to 30."
    assert str(await agent.run(question, max_iterations=40)) == "Done."
    for request in tool_emulator.requests:
        check_fact(request)
        assert {"role": "user", "content": question} in request.json["messages"][:2]
    assert read_tools(tool_emulator.last_request.json)[1][-1] == "30"


async def test_60_calls_at_once_are_no_error(tool_llm, tool_emulator, reply_calls):
    reply_calls(*(("add", {"a": number, "b": 1}) for number in range(60)))
    tool_emulator.reply("Done.")
    tool_llm.message_overflow = "fold"
    assert str(await agent_of(tool_llm).run("Count to 60.")) == "Done."
    assert len(messages_of(tool_emulator)) <= 4


@pytest.mark.filterwarnings(FOLDED)
@pytest.mark.parametrize("kind", [ContextChatEngine, CondensePlusContextChatEngine])
def test_a_chat_about_documents_lasts_120_turns(llm, retriever, norby, weryai_emulator, kind):
    past = [ChatMessage(content="My lucky number is 7341."), *(talk() * 4)[:-6]]
    memory = remember(past)
    engine = kind.from_defaults(retriever, llm=llm, memory=memory, system_prompt="Be brief.")
    question = "When was the lighthouse of Norby built?"
    for number in range(117, 120):
        if kind is CondensePlusContextChatEngine:
            weryai_emulator.reply(question)
        weryai_emulator.reply(f"In 1887, as I said {number} times.")
        assert str(engine.chat(question)) == f"In 1887, as I said {number} times."
        sent = messages_of(weryai_emulator)
        check_fact(weryai_emulator.last_request)
        assert sent[0]["role"] == "system"
        assert norby["lighthouse"] in sent[0]["content"]
        assert sent[-1] == {"role": "user", "content": question}
        assert sent[-2]["role"] == "assistant"


# --- chat engines


def test_trim_leaves_out_the_oldest_turns_of_a_memory(make_llm, method, weryai_emulator):
    weryai_emulator.reply("Well.")
    engine = SimpleChatEngine.from_defaults(
        llm=make_llm(message_overflow="trim"), memory=remember(talk()), system_prompt="Be brief."
    )
    assert ask(engine, method) == "Well."
    sent = messages_of(weryai_emulator)
    assert sent[0] == SYSTEM
    assert sent[1:] == [
        *({"role": one.role.value, "content": one.content} for one in talk()[-48:]),
        NOW,
    ]
    assert [one.content for one in engine.chat_history] == [
        *(one.content for one in talk()),
        "And now?",
        "Well.",
    ]
    assert len(weryai_emulator.requests) == 1


@pytest.mark.parametrize("method", ["achat", "astream_chat"])
async def test_trim_works_with_a_memory_in_a_database(
    make_llm, make_memory, method, weryai_emulator
):
    weryai_emulator.reply("Well.")
    memory = make_memory(token_limit=100_000)
    await memory.aput_messages(talk())
    engine = SimpleChatEngine.from_defaults(
        llm=make_llm(message_overflow="trim"), memory=memory, system_prompt="Be brief."
    )
    assert await aask(engine, method, "And now?") == "Well."
    sent = messages_of(weryai_emulator)
    assert len(sent) == 50
    assert sent[:2] == [SYSTEM, {"role": "user", "content": "user 6"}]
    assert sent[-1] == NOW
    assert len(await memory.aget_all()) == 62


@pytest.mark.parametrize("overflow", ["error", "merge"])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # core's thread
def test_a_memory_that_does_not_fit_is_an_error_without_a_request(
    make_llm, method, weryai_emulator, overflow
):
    memory = remember(talk())
    engine = SimpleChatEngine.from_defaults(llm=make_llm(message_overflow=overflow), memory=memory)
    with pytest.raises(MessageCountError, match="holds 61"):
        ask(engine, method)
    assert weryai_emulator.requests == []


def test_merge_joins_messages_of_one_role(make_llm, method, weryai_emulator):
    weryai_emulator.reply("Well.")
    notes = [ChatMessage(content=f"Note {number}.") for number in range(60)]
    engine = SimpleChatEngine.from_defaults(
        llm=make_llm(message_overflow="merge"), memory=remember(notes), system_prompt="Be brief."
    )
    assert ask(engine, method) == "Well."
    joined = "\n\n".join([*(note.content for note in notes), "And now?"])
    assert messages_of(weryai_emulator) == [SYSTEM, {"role": "user", "content": joined}]


def test_a_memory_with_a_token_limit_needs_no_policy(llm, method, weryai_emulator):
    memory = ChatMemoryBuffer.from_defaults(
        chat_history=talk(), token_limit=24, tokenizer_fn=str.split
    )
    ask(SimpleChatEngine.from_defaults(llm=llm, memory=memory), method)
    sent = messages_of(weryai_emulator)
    assert sent[0] == {"role": "user", "content": "user 25"}
    assert sent[1:3] == [
        {"role": "assistant", "content": "assistant 25"},
        {"role": "user", "content": "user 26"},
    ]
    assert sent[-1] == NOW


@pytest.mark.parametrize("kind", [ContextChatEngine, CondensePlusContextChatEngine])
def test_the_context_is_sent_with_a_trimmed_memory(
    make_llm, retriever, norby, method, weryai_emulator, kind
):
    llm = make_llm(message_overflow="trim")
    memory = remember(talk())
    engine = kind.from_defaults(retriever, llm=llm, memory=memory, system_prompt="Be brief.")
    question = "When was the lighthouse of Norby built?"
    if kind is CondensePlusContextChatEngine:
        weryai_emulator.reply(question)
    weryai_emulator.reply("In 1887.")
    assert ask(engine, method, question) == "In 1887."
    sent = messages_of(weryai_emulator)
    assert len(sent) == 50
    assert sent[0]["role"] == "system"
    assert norby["lighthouse"] in sent[0]["content"]
    assert sent[1] == {"role": "user", "content": "user 6"}
    assert sent[-1] == {"role": "user", "content": question}
    if kind is CondensePlusContextChatEngine:  # the condensed question uses the whole history
        condensing, _ = (request.json["messages"] for request in weryai_emulator.requests)
        assert "user: user 0\nassistant: assistant 0\n" in condensing[0]["content"]


# --- agents


def agent_of(llm, **settings):
    tools = [FunctionTool.from_defaults(add)]
    return FunctionAgent(tools=tools, llm=llm, **{"system_prompt": "Be brief.", **settings})


async def test_an_agent_continues_without_its_oldest_turns(
    tool_llm, tool_emulator, reply_calls, read_tools, streaming
):
    tool_llm.message_overflow = "trim"
    reply_calls(("add", {"a": 5, "b": 6}))
    tool_emulator.reply("It is 11.")
    memory = remember(work())
    response = await agent_of(tool_llm, streaming=streaming).run("Add 5 and 6.", memory=memory)
    assert str(response) == "It is 11."
    first, second = (request.json for request in tool_emulator.requests)
    assert read_tools(first) == (["add"], [str(number + 1) for number in range(8, 20)])
    assert read_tools(second)[1][-1] == "11"
    for request in (first, second):
        messages = request["messages"]
        assert len(messages) <= 50
        assert messages[0]["content"].startswith("Be brief.")
        assert messages[1]["content"].startswith("Add 1 to ")
    assert len(await memory.aget_all()) == 84


async def test_an_agent_continues_without_the_oldest_steps_of_its_turn(
    tool_llm, tool_calling, tool_emulator, reply_calls, read_tools
):
    tool_llm.message_overflow = "trim"
    for number in range(30):
        reply_calls(("add", {"a": number, "b": 1}))
    tool_emulator.reply("Done.")
    response = await agent_of(tool_llm, system_prompt=None).run("Count to 30.", max_iterations=40)
    assert str(response) == "Done."
    assert len(response.tool_calls) == 30
    assert len(tool_emulator.requests) == 31
    request = tool_emulator.last_request.json
    # A call is dropped with its result: 61 messages become 49. The prompted tools add one.
    assert len(request["messages"]) == (49 if tool_calling == "native" else 50)
    assert request["messages"][-49] == {"role": "user", "content": "Count to 30."}
    assert read_tools(request)[1] == [str(number + 1) for number in range(6, 30)]


@pytest.mark.parametrize("tool_calling", ["native"])
async def test_too_many_steps_are_an_error_that_names_the_options_if_so_chosen(
    tool_llm, tool_emulator, reply_calls
):
    tool_llm.message_overflow = "error"
    for number in range(30):
        reply_calls(("add", {"a": number, "b": 1}))
    with pytest.raises(MessageCountError, match='message_overflow="fold"'):
        await agent_of(tool_llm).run("Count to 30.", max_iterations=40)
    assert len(tool_emulator.requests) == 25
    assert len(messages_of(tool_emulator)) == 50


async def test_a_react_agent_continues_without_its_oldest_turns(make_llm, weryai_emulator):
    weryai_emulator.reply("Thought: I can answer without using any more tools.\nAnswer: Well.")
    memory = remember(talk())
    agent = ReActAgent(
        tools=[FunctionTool.from_defaults(add)], llm=make_llm(message_overflow="trim")
    )
    assert str(await agent.run("And now?", memory=memory)) == "Well."
    sent = messages_of(weryai_emulator)
    assert len(sent) == 50
    assert "> Tool Name: add" in sent[0]["content"]
    assert sent[1] == {"role": "user", "content": "user 6"}
    assert sent[-1] == NOW

"""Chat engines: simple, with a context, with a condensed question."""

import asyncio

import pytest
from llama_index.core import SummaryIndex
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.callbacks import CallbackManager, TokenCountingHandler
from llama_index.core.chat_engine import (
    CondensePlusContextChatEngine,
    CondenseQuestionChatEngine,
    ContextChatEngine,
    SimpleChatEngine,
)
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import TextNode
from llama_index.core.tools import QueryEngineTool

from weryai_core import AuthenticationError

# How the emulator answers both questions without a script.
BUILT = "The lighthouse of Norby was built in 1887."
HIGH = "It is 34 metres high."

QUESTION = "When was the lighthouse of Norby built?"
FOLLOW_UP = "And how high is it?"
CONDENSED = "How high is the lighthouse of Norby?"
METHODS = ("chat", "astream_chat")

# Engine -> whether it condenses a follow-up question, with a request of its own.
ENGINES = {"simple": False, "context": False, "condense": True, "condense and context": True}


@pytest.fixture(params=METHODS)
def method(request):
    return request.param


@pytest.fixture(params=ENGINES)
def kind(request):
    return request.param


def engine_of(kind, llm, retriever, *, memory=None, **settings):
    settings["memory"] = memory or ChatMemoryBuffer.from_defaults(llm=llm)
    match kind:
        case "simple":
            return SimpleChatEngine.from_defaults(llm=llm, **settings)
        case "context":
            return ContextChatEngine.from_defaults(retriever, llm=llm, **settings)
        case "condense and context":
            return CondensePlusContextChatEngine.from_defaults(retriever, llm=llm, **settings)
        case "condense":
            settings.pop("system_prompt", None)  # not supported
            queries = RetrieverQueryEngine.from_args(retriever, llm=llm)
            return CondenseQuestionChatEngine.from_defaults(queries, llm=llm, **settings)


def talk(engine, method, *questions):
    """The responses, each with the pieces of its text."""
    if method.startswith("a"):
        return asyncio.run(atalk(engine, method, questions))
    answers = []
    for question in questions:
        response = getattr(engine, method)(question)
        streamed = method == "stream_chat"
        answers.append((response, list(response.response_gen) if streamed else [str(response)]))
    return answers


async def atalk(engine, method, questions):
    answers = []
    for question in questions:
        response = await getattr(engine, method)(question)
        streamed = method == "astream_chat"
        answers.append(
            (response, [piece async for piece in response.async_response_gen()])
            if streamed
            else (response, [str(response)])
        )
    return answers


def said(messages):
    return [(message.role.value, message.content) for message in messages]


def script(kind, emulator):
    """Queues the answers to both questions, and the condensed question between them."""
    emulator.reply({"content": "In 1887.", "reasoning_content": "It says so."})
    if ENGINES[kind]:
        emulator.reply(CONDENSED)
    emulator.reply("It is 34 metres high.")


def assert_remembers(history, kind, emulator):
    assert said(history) == [
        ("user", QUESTION),
        ("assistant", "In 1887."),
        ("user", FOLLOW_UP),
        ("assistant", "It is 34 metres high."),
    ]
    assert emulator.pending_replies == 0
    assert len(emulator.requests) == (3 if ENGINES[kind] else 2)


def test_a_chat_engine_remembers_the_conversation(kind, method, llm, retriever, weryai_emulator):
    script(kind, weryai_emulator)
    engine = engine_of(kind, llm, retriever, system_prompt="Be brief.")
    (_, first), (_, second) = talk(engine, method, QUESTION, FOLLOW_UP)
    assert ("".join(first), "".join(second)) == ("In 1887.", "It is 34 metres high.")
    if "stream" in method:
        assert len(second) > 3
    assert_remembers(engine.chat_history, kind, weryai_emulator)
    later = str([request.json["messages"] for request in weryai_emulator.requests[1:]])
    assert QUESTION in later
    assert "In 1887." in later


@pytest.mark.parametrize("method", ["achat", "astream_chat"])
async def test_a_memory_in_a_database_works_too(
    kind, method, llm, retriever, make_memory, weryai_emulator
):
    script(kind, weryai_emulator)
    memory = make_memory()
    engine = engine_of(kind, llm, retriever, memory=memory, system_prompt="Be brief.")
    _, (_, text) = await atalk(engine, method, [QUESTION, FOLLOW_UP])
    assert "".join(text) == "It is 34 metres high."
    assert_remembers(await memory.aget_all(), kind, weryai_emulator)


def test_a_simple_engine_sends_the_conversation(method, llm, weryai_emulator):
    weryai_emulator.reply("In 1887.")
    engine = engine_of("simple", llm, None, system_prompt="Be brief.")
    talk(engine, method, QUESTION, FOLLOW_UP)
    assert weryai_emulator.last_request.json["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": "In 1887."},
        {"role": "user", "content": FOLLOW_UP},
    ]


def test_a_context_engine_looks_up_each_question(method, llm, retriever, norby, weryai_emulator):
    weryai_emulator.reply("In 1887.")
    weryai_emulator.reply("At six.")
    engine = engine_of("context", llm, retriever, system_prompt="Be brief.")
    (response, _), (_, text) = talk(engine, method, QUESTION, "When does the bakery open?")
    assert "".join(text) == "At six."
    assert [node.text for node in response.source_nodes] == [norby["lighthouse"], norby["bakery"]]
    assert response.sources[0].tool_name == "retriever"
    first, second = (request.json["messages"] for request in weryai_emulator.requests)
    assert [message["role"] for message in first] == ["system", "user"]
    assert [message["role"] for message in second] == ["system", "user", "assistant", "user"]
    for messages, found in ((first, norby["lighthouse"]), (second, norby["ferry"])):
        assert messages[0]["content"].endswith("Be brief.")
        assert found in messages[0]["content"]
    assert norby["lighthouse"] not in second[0]["content"]
    assert second[-1]["content"] == "When does the bakery open?"


def test_the_condensed_question_is_looked_up(method, llm, retriever, norby, weryai_emulator):
    for reply in ("In 1887.", "What does a ticket for the ferry cost?", "Four euros."):
        weryai_emulator.reply(reply)
    engine = engine_of("condense and context", llm, retriever, system_prompt="Be brief.")
    _, (response, text) = talk(engine, method, QUESTION, "And a ticket?")
    assert "".join(text) == "Four euros."
    assert response.source_nodes[0].text == norby["ferry"]
    _, condensing, answering = (request.json for request in weryai_emulator.requests)
    [prompt] = condensing["messages"]
    assert prompt["role"] == "user"
    assert f"user: {QUESTION}\nassistant: In 1887.\n" in prompt["content"]
    assert "And a ticket?" in prompt["content"]
    assert condensing.get("stream", False) is False
    system, *rest = answering["messages"]
    assert norby["ferry"] in system["content"]
    assert "Be brief." in system["content"]
    assert rest == [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": "In 1887."},
        {"role": "user", "content": "And a ticket?"},
    ]
    assert answering.get("stream", False) is ("stream" in method)


def test_the_condensed_question_is_queried(method, llm, retriever, norby, weryai_emulator):
    for reply in ("In 1887.", "What does a ticket for the ferry cost?", "Four euros."):
        weryai_emulator.reply(reply)
    engine = engine_of("condense", llm, retriever)
    _, (response, text) = talk(engine, method, QUESTION, "And a ticket?")
    assert "".join(text) == "Four euros."
    assert response.sources[0].raw_input == {"query": "What does a ticket for the ferry cost?"}
    _, _, answering = (request.json for request in weryai_emulator.requests)
    assert norby["ferry"] in answering["messages"][-1]["content"]
    assert "Query: What does a ticket for the ferry cost?" in answering["messages"][-1]["content"]
    assert answering.get("stream", False) is ("stream" in method)


def test_every_request_uses_the_services_token_counts(
    kind, method, llm, retriever, weryai_emulator
):
    count = 3 if ENGINES[kind] else 2
    for number in range(count):
        usage = {"prompt_tokens": 100 + number, "completion_tokens": 10 + number}
        weryai_emulator.reply("In 1887.", usage=usage)
    engine = engine_of(kind, llm, retriever)
    counter = TokenCountingHandler(tokenizer=str.split)
    if "context" in kind:  # it makes a synthesizer each turn, which passes it to the model
        engine.callback_manager = CallbackManager([counter])
    llm.callback_manager = CallbackManager([counter])
    talk(engine, method, QUESTION, FOLLOW_UP)
    counts = counter.llm_token_counts
    assert [(one.prompt_token_count, one.completion_token_count) for one in counts] == [
        (100 + number, 10 + number) for number in range(count)
    ]


def test_a_reset_starts_a_new_conversation(kind, method, llm, retriever, weryai_emulator):
    engine = engine_of(kind, llm, retriever)
    talk(engine, method, QUESTION)
    engine.reset()
    talk(engine, method, QUESTION)
    first, second = (request.json for request in weryai_emulator.requests)
    assert first == second


# `stream_chat` reads in a thread, which raises the error as well as passing it on.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_of_the_service_leaves_the_engine_usable(
    kind, method, llm, retriever, weryai_emulator
):
    engine = engine_of(kind, llm, retriever)
    weryai_emulator.reply_error(401)
    with pytest.raises(AuthenticationError):
        talk(engine, method, QUESTION)
    weryai_emulator.reply("In 1887.")
    engine.reset()
    [(_, text)] = talk(engine, method, QUESTION)
    assert "".join(text) == "In 1887."
    assert len(weryai_emulator.requests) == 2


@pytest.mark.parametrize("method", ["chat", "achat", "stream_chat", "astream_chat"])
def test_the_emulator_answers_from_the_documents(kind, method, llm, retriever, weryai_emulator):
    engine = engine_of(kind, llm, retriever, system_prompt="You are a kind guide.")
    answers = ["".join(text) for _, text in talk(engine, method, QUESTION, FOLLOW_UP)]
    if kind == "simple":
        assert answers == [f'You said: "{QUESTION}"', f'You said: "{FOLLOW_UP}"']
    else:
        assert answers == [BUILT, HIGH]
    if kind == "condense":
        [_, _, last] = weryai_emulator.requests
        assert "Query: And how high is the lighthouse of Norby?" in str(last.json["messages"])


@pytest.mark.parametrize(
    "mode", ["best", "context", "condense_plus_context", "condense_question", "simple"]
)
def test_the_emulator_answers_in_each_mode_of_an_index(mode, method, llm, norby):
    index = SummaryIndex([TextNode(text=text) for text in norby.values()])
    memory = ChatMemoryBuffer.from_defaults(llm=llm)
    engine = index.as_chat_engine(chat_mode=mode, llm=llm, memory=memory)
    answers = ["".join(text) for _, text in talk(engine, method, QUESTION, FOLLOW_UP)]
    echoes = [f'You said: "{QUESTION}"', f'You said: "{FOLLOW_UP}"']
    assert answers == (echoes if mode == "simple" else [BUILT, HIGH])


@pytest.mark.parametrize("kind", ["context", "condense and context"])
def test_the_emulator_refines_an_answer(kind, method, make_llm, norby, weryai_emulator):
    """A context that is too large for one prompt comes in several."""
    padding = "Nothing happens here all day, and nobody minds. " * 60
    texts = [f"{text}\n\n{padding}" for text in reversed(norby.values())]
    llm = make_llm(context_window=2000, max_tokens=200)
    retriever = SummaryIndex([TextNode(text=text) for text in texts]).as_retriever()
    [(_, text)] = talk(engine_of(kind, llm, retriever), method, QUESTION)
    assert "".join(text) == BUILT
    asked = [request.json["messages"][0]["content"] for request in weryai_emulator.requests]
    assert len(asked) > 1
    assert all("xisting answer" in prompt for prompt in asked[1:])


async def test_an_agent_asks_a_query_engine(llm, retriever, weryai_emulator):
    engine = RetrieverQueryEngine.from_args(retriever, llm=llm)
    tool = QueryEngineTool.from_defaults(engine, name="norby", description="Knows about Norby.")
    agent = FunctionAgent(tools=[tool], llm=llm, streaming=False)
    assert str(await agent.run(QUESTION)) == f"norby returned: {BUILT}"
    asked, looked_up, _ = (request.json["messages"][-1] for request in weryai_emulator.requests)
    assert asked["content"] == QUESTION
    assert f"Query: {QUESTION}" in looked_up["content"]

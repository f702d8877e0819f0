"""Retrieval and chat engines, whole and streaming."""

import pytest
from llama_index.core import Document
from llama_index.core.chat_engine import ContextChatEngine, SimpleChatEngine
from llama_index.core.evaluation import FaithfulnessEvaluator
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import ResponseMode
from llama_index.core.selectors import LLMSingleSelector, PydanticSingleSelector
from llama_index.core.tools import QueryEngineTool
from llama_index.retrievers.bm25 import BM25Retriever

TEXTS = [
    "The lighthouse of Norby was built in 1887. It is 34 metres high.",
    "The bakery of Norby opens at six in the morning. It sells rye bread.",
    "The ferry to Norby leaves every hour. A ticket costs four euros.",
]
QUESTION = "When was the lighthouse of Norby built?"
# Those that ask once; `refine` asks once a document.
MODES = [ResponseMode.COMPACT, ResponseMode.TREE_SUMMARIZE]


@pytest.fixture(scope="module")
def retriever():
    nodes = SentenceSplitter(tokenizer=str.split).get_nodes_from_documents(
        [Document(text=text) for text in TEXTS]
    )
    return BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=2)


def engine_of(llm, retriever, **settings):
    return RetrieverQueryEngine.from_args(retriever, llm=llm, **settings)


@pytest.mark.parametrize("mode", MODES, ids=[mode.value for mode in MODES])
def test_a_question_is_answered_from_the_documents(llm, retriever, mode, weryai_emulator):
    response = engine_of(llm, retriever, response_mode=mode).query(QUESTION)
    assert "1887" in str(response)
    assert len(response.source_nodes) == 2
    [request] = weryai_emulator.requests
    assert all(text in request.json["messages"][-1]["content"] for text in (QUESTION, TEXTS[0]))


@pytest.mark.parametrize("mode", MODES, ids=[mode.value for mode in MODES])
async def test_a_question_is_answered_asynchronously(llm, retriever, mode):
    response = await engine_of(llm, retriever, response_mode=mode).aquery(QUESTION)
    assert "1887" in str(response)


@pytest.mark.parametrize("mode", MODES, ids=[mode.value for mode in MODES])
def test_an_answer_is_streamed(llm, retriever, mode, weryai_emulator):
    engine = engine_of(llm, retriever, response_mode=mode, streaming=True)
    pieces = list(engine.query(QUESTION).response_gen)
    assert len(pieces) > 3
    assert "1887" in "".join(pieces)
    assert weryai_emulator.last_request.json["stream"] is True


async def test_an_answer_is_streamed_asynchronously(llm, retriever):
    response = await engine_of(llm, retriever, streaming=True).aquery(QUESTION)
    pieces = [piece async for piece in response.async_response_gen()]
    assert "1887" in "".join(pieces)


@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "streaming"])
def test_an_answer_is_refined_with_each_document(llm, retriever, streaming, weryai_emulator):
    weryai_emulator.reply("In 1886.")
    weryai_emulator.reply("In 1887.")
    engine = engine_of(llm, retriever, response_mode=ResponseMode.REFINE, streaming=streaming)
    assert str(engine.query(QUESTION)) == "In 1887."
    first, second = (request.json["messages"] for request in weryai_emulator.requests)
    assert TEXTS[0] in first[-1]["content"]
    assert "In 1886." in second[-1]["content"]


async def test_an_answer_is_refined_asynchronously(llm, retriever, weryai_emulator):
    weryai_emulator.reply("In 1886.")
    weryai_emulator.reply("In 1887.")
    engine = engine_of(llm, retriever, response_mode=ResponseMode.REFINE)
    assert str(await engine.aquery(QUESTION)) == "In 1887."
    assert "In 1886." in weryai_emulator.last_request.json["messages"][-1]["content"]


def test_a_window_that_is_all_output_leaves_room_for_the_prompt(make_llm, retriever):
    llm = make_llm(context_window=1000, max_tokens=4096)
    assert "1887" in str(engine_of(llm, retriever).query(QUESTION))


def test_a_selector_picks_a_tool(llm, retriever, weryai_emulator):
    tools = [
        QueryEngineTool.from_defaults(engine_of(llm, retriever), name=name, description=name)
        for name in ("ferries", "lighthouses")
    ]
    metadatas = [tool.metadata for tool in tools]
    weryai_emulator.reply('[{"choice": 2, "reason": "It is about a lighthouse."}]')
    assert LLMSingleSelector.from_defaults(llm=llm).select(metadatas, QUESTION).ind == 1
    arguments = '{"index": 2, "reason": "It is about a lighthouse."}'
    function = {"name": "SingleSelection", "arguments": arguments}
    weryai_emulator.reply(
        {"content": None, "tool_calls": [{"id": "1", "type": "function", "function": function}]}
    )
    assert PydanticSingleSelector.from_defaults(llm=llm).select(metadatas, QUESTION).ind == 1


def test_an_answer_is_evaluated(llm, retriever, weryai_emulator):
    response = engine_of(llm, retriever).query(QUESTION)
    weryai_emulator.reply("YES")
    assert FaithfulnessEvaluator(llm=llm).evaluate_response(response=response).passing


# --- chat engines


@pytest.fixture(params=["simple", "context"])
def engine(request, llm, retriever):
    memory = ChatMemoryBuffer.from_defaults(llm=llm)
    if request.param == "simple":
        return SimpleChatEngine.from_defaults(llm=llm, memory=memory, system_prompt="Be brief.")
    return ContextChatEngine.from_defaults(
        retriever, llm=llm, memory=memory, system_prompt="Be brief."
    )


def assert_remembers(engine, weryai_emulator):
    """Both questions and both answers went into the second request and the memory."""
    system, *messages = weryai_emulator.last_request.json["messages"]
    assert system["role"] == "system"
    assert [(message["role"], message["content"]) for message in messages[:2]] == [
        ("user", QUESTION),
        ("assistant", "In 1887."),
    ]
    assert "Who built it?" in messages[-1]["content"]
    assert [message.role.value for message in engine.chat_history] == ["user", "assistant"] * 2
    assert engine.chat_history[-1].content == "Nobody knows."


@pytest.fixture
def answers(weryai_emulator):
    """The next two answers; the first comes with thoughts."""
    weryai_emulator.reply({"content": "In 1887.", "reasoning_content": "It says so."})
    weryai_emulator.reply("Nobody knows.")


@pytest.mark.usefixtures("answers")
def test_a_chat_engine_answers(engine, weryai_emulator):
    assert str(engine.chat(QUESTION)) == "In 1887."
    assert str(engine.chat("Who built it?")) == "Nobody knows."
    assert_remembers(engine, weryai_emulator)


@pytest.mark.usefixtures("answers")
async def test_a_chat_engine_answers_asynchronously(engine, weryai_emulator):
    assert str(await engine.achat(QUESTION)) == "In 1887."
    assert str(await engine.achat("Who built it?")) == "Nobody knows."
    assert_remembers(engine, weryai_emulator)


@pytest.mark.usefixtures("answers")
def test_a_chat_engine_streams(engine, weryai_emulator):
    assert "".join(engine.stream_chat(QUESTION).response_gen) == "In 1887."
    assert "".join(engine.stream_chat("Who built it?").response_gen) == "Nobody knows."
    assert_remembers(engine, weryai_emulator)


@pytest.mark.usefixtures("answers")
async def test_a_chat_engine_streams_asynchronously(engine, weryai_emulator):
    for question, answer in ((QUESTION, "In 1887."), ("Who built it?", "Nobody knows.")):
        response = await engine.astream_chat(question)
        assert "".join([piece async for piece in response.async_response_gen()]) == answer
    assert_remembers(engine, weryai_emulator)

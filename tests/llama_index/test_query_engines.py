"""Query engines: the response modes, whole and streaming."""

import asyncio

import pytest
from llama_index.core.base.response.schema import AsyncStreamingResponse, StreamingResponse
from llama_index.core.callbacks import CallbackManager, TokenCountingHandler
from llama_index.core.prompts import PromptTemplate
from llama_index.core.query_engine import CitationQueryEngine, RetrieverQueryEngine
from llama_index.core.response_synthesizers import get_response_synthesizer
from llama_index.core.schema import TextNode
from llama_index.core.types import PydanticProgramMode
from llama_index.retrievers.bm25 import BM25Retriever
from pydantic import BaseModel

from weryai_core import AuthenticationError, StreamError

QUESTION = "When was the lighthouse of Norby built?"
ANSWER = "The lighthouse of Norby was built in 1887."
USAGE = {"prompt_tokens": 100, "completion_tokens": 10}
WITHOUT_PRIOR = "Given the context information and not prior knowledge, answer the query."
SUMMARIZED = (
    "Context information from multiple sources is below.\n---------------------\n{context}\n"
    "---------------------\nGiven the information from multiple sources and not prior knowledge, "
    f"answer the query.\nQuery: {QUESTION}\nAnswer: "
)
ASKED = (
    "Context information is below.\n---------------------\n{context}\n---------------------\n"
    f"{WITHOUT_PRIOR}\nQuery: {QUESTION}\nAnswer: "
)

# Modes that ask once about all documents -> their prompt.
MODES = {"compact": ASKED, "tree_summarize": SUMMARIZED}


class Year(BaseModel):
    """When something was built."""

    year: int


@pytest.fixture(params=["query", "aquery"])
def method(request):
    return request.param


@pytest.fixture
def counter():
    return TokenCountingHandler(tokenizer=str.split)


def engine_of(llm, retriever, mode="compact", **settings):
    return RetrieverQueryEngine.from_args(retriever, llm=llm, response_mode=mode, **settings)


def ask(engine, method, question=QUESTION):
    """The response and the pieces of its text."""
    if method == "aquery":
        return asyncio.run(aask(engine, question))
    response = engine.query(question)
    streamed = isinstance(response, StreamingResponse)
    return response, list(response.response_gen) if streamed else [str(response)]


async def aask(engine, question):
    response = await engine.aquery(question)
    if isinstance(response, AsyncStreamingResponse):
        return response, [piece async for piece in response.async_response_gen()]
    return response, [str(response)]


def prompts_of(emulator):
    """The last message of each request."""
    return [request.json["messages"][-1]["content"] for request in emulator.requests]


@pytest.mark.parametrize(("mode", "asked"), MODES.items(), ids=MODES)
def test_a_question_is_answered_from_the_documents(
    llm, retriever, norby, mode, asked, method, streaming, weryai_emulator
):
    engine = engine_of(llm, retriever, mode, streaming=streaming)
    response, pieces = ask(engine, method)
    assert "".join(pieces) == ANSWER
    assert len(pieces) > 3 if streaming else len(pieces) == 1
    found = [norby["lighthouse"], norby["bakery"]]
    assert [node.text for node in response.source_nodes] == found
    assert prompts_of(weryai_emulator) == [asked.format(context="\n\n".join(found))]
    assert weryai_emulator.last_request.json.get("stream", False) is streaming


def test_an_answer_is_refined_with_each_document(
    llm, retriever, norby, method, streaming, weryai_emulator
):
    weryai_emulator.reply("In 1886.")
    weryai_emulator.reply("In 1887, it says.")
    engine = engine_of(llm, retriever, "refine", streaming=streaming)
    response, pieces = ask(engine, method)
    assert "".join(pieces) == "In 1887, it says."
    assert len(response.source_nodes) == 2
    first, second = prompts_of(weryai_emulator)
    assert first == ASKED.format(context=norby["lighthouse"])
    assert second.endswith(
        f"New Context: {norby['bakery']}\nQuery: {QUESTION}\n"
        "Original Answer: In 1886.\nNew Answer: "
    )


def test_accumulate_answers_once_per_document(llm, retriever, method, weryai_emulator):
    engine = engine_of(llm, retriever, "accumulate")
    _, [text] = ask(engine, method)
    assert text == (
        f"Response 1: {ANSWER}\n---------------------\n"
        "Response 2: The bakery of Norby opens at six in the morning."
    )
    assert len(weryai_emulator.requests) == 2


def test_documents_beyond_the_window_are_summarized_in_a_tree(
    make_llm, norby, method, streaming, weryai_emulator
):
    texts = [text * 12 for text in norby.values()]
    retriever = BM25Retriever.from_defaults(
        nodes=[TextNode(text=text) for text in texts], similarity_top_k=3
    )
    llm = make_llm(context_window=500, max_tokens=100)
    _, pieces = ask(engine_of(llm, retriever, "tree_summarize", streaming=streaming), method)
    assert "".join(pieces) == ANSWER
    *leaves, root = weryai_emulator.requests
    assert len(leaves) == 3
    read = "".join(prompts_of(weryai_emulator)[:-1])
    assert all(read.count(text) >= 12 for text in norby.values())  # pieces overlap
    assert ANSWER in root.json["messages"][-1]["content"]
    assert [one.json.get("stream", False) for one in leaves] == [False] * 3
    assert root.json.get("stream", False) is streaming


def test_a_window_smaller_than_the_output_leaves_room_for_the_prompt(make_llm, retriever):
    llm = make_llm(context_window=1000, max_tokens=4096)
    assert str(engine_of(llm, retriever).query(QUESTION)) == ANSWER


@pytest.mark.parametrize("mode", [*MODES, "refine"])
def test_every_request_has_the_models_system_prompt(
    make_llm, retriever, mode, method, streaming, weryai_emulator
):
    llm = make_llm(system_prompt="Be brief.")
    ask(engine_of(llm, retriever, mode, streaming=streaming), method)
    requests = [request.json["messages"] for request in weryai_emulator.requests]
    assert [messages[0] for messages in requests] == [
        {"role": "system", "content": "Be brief."}
    ] * (2 if mode == "refine" else 1)


def test_only_a_custom_prompt_is_sent(llm, retriever, norby, method, weryai_emulator):
    template = PromptTemplate("Read:\n{context_str}\nAnswer: {query_str}")
    ask(engine_of(llm, retriever, text_qa_template=template), method)
    found = f"{norby['lighthouse']}\n\n{norby['bakery']}"
    assert weryai_emulator.last_request.json == {
        "model": "GPT_4O",
        "messages": [{"role": "user", "content": f"Read:\n{found}\nAnswer: {QUESTION}"}],
    }


@pytest.mark.parametrize("mode", [*MODES, "refine"])
def test_every_request_uses_the_services_token_counts(
    llm, retriever, counter, mode, method, streaming, weryai_emulator
):
    count = 2 if mode == "refine" else 1
    for _ in range(count):
        weryai_emulator.reply("In 1887.", usage=USAGE)
    engine = engine_of(llm, retriever, mode, streaming=streaming)
    llm.callback_manager = CallbackManager([counter])  # now: the engine has set the global one
    ask(engine, method)
    counts = counter.llm_token_counts
    assert [(one.prompt_token_count, one.completion_token_count) for one in counts] == [
        (100, 10)
    ] * count
    assert weryai_emulator.pending_replies == 0


@pytest.mark.parametrize("mode", [*MODES, "refine"])
def test_a_query_engine_returns_an_object(
    tool_llm, retriever, mode, method, tool_emulator, reply_calls, read_tools
):
    tool_llm.pydantic_program_mode = PydanticProgramMode.FUNCTION
    count = 2 if mode == "refine" else 1
    for year in (1886, 1887)[-count:]:
        reply_calls(("Year", {"year": year}))
    response, _ = ask(engine_of(tool_llm, retriever, mode, output_cls=Year), method)
    assert response.response == Year(year=1887)
    assert len(response.source_nodes) == 2
    requests = [request.json for request in tool_emulator.requests]
    assert [read_tools(request) for request in requests] == [(["Year"], [])] * count


def test_structured_answer_filtering_drops_unhelpful_answers(
    tool_llm, retriever, method, streaming, tool_emulator, reply_calls, read_tools
):
    name = "StructuredRefineResponse"
    reply_calls((name, {"query_satisfied": True, "answer": "In 1887."}))
    reply_calls((name, {"query_satisfied": False, "answer": "Nobody knows."}))
    synthesizer = get_response_synthesizer(
        llm=tool_llm,
        response_mode="refine",
        structured_answer_filtering=True,
        streaming=streaming,
    )
    engine = RetrieverQueryEngine(retriever, response_synthesizer=synthesizer)
    _, pieces = ask(engine, method)
    assert "".join(pieces) == "In 1887."
    requests = [request.json for request in tool_emulator.requests]
    assert [read_tools(request)[0] for request in requests] == [[name]] * 2


def test_the_documents_of_an_answer_are_numbered(
    llm, retriever, norby, method, streaming, weryai_emulator
):
    weryai_emulator.reply("It was built in 1887 [1].")
    engine = CitationQueryEngine.from_args(None, llm=llm, retriever=retriever, streaming=streaming)
    response, pieces = ask(engine, method)
    assert "".join(pieces) == "It was built in 1887 [1]."
    first, second = (node.text for node in response.source_nodes)
    assert first == f"Source 1:\n{norby['lighthouse']}\n"
    assert second == f"Source 2:\n{norby['bakery']}\n"
    [prompt] = prompts_of(weryai_emulator)
    assert 0 < prompt.index(first.strip()) < prompt.index(second.strip())


def test_an_error_of_the_service_propagates_through_the_engine(
    llm, retriever, method, streaming, weryai_emulator
):
    weryai_emulator.reply_error(401)
    with pytest.raises(AuthenticationError):
        ask(engine_of(llm, retriever, streaming=streaming), method)
    assert len(weryai_emulator.requests) == 1


def test_a_truncated_answer_is_an_error(llm, retriever, method, to_chunks, weryai_emulator):
    weryai_emulator.reply_chunks(to_chunks({"content": "In 18"})[:-1], abort=True)
    with pytest.raises(StreamError):
        ask(engine_of(llm, retriever, streaming=True), method)
    assert len(weryai_emulator.requests) == 1

"""The sources of an answer: in responses, in histories, and collected from engines."""

from __future__ import annotations

import asyncio
import copy
import pickle
import threading

import pytest
from emulated_search import (
    ASTRONOMY,
    CAFE,
    CROISSANTS,
    PROMPT,
    SAID,
    SOURCE_FIELDS,
    SPACE,
    TELESCOPE,
    TEXT,
)
from llama_index.core import Document
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CitationBlock, TextBlock
from llama_index.core.chat_engine import (
    CondensePlusContextChatEngine,
    ContextChatEngine,
    SimpleChatEngine,
)
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import ResponseMode
from llama_index.core.tools import FunctionTool
from llama_index.retrievers.bm25 import BM25Retriever

from llama_index_weryai import collect_citations, format_with_sources
from weryai_core import Citation, StreamError
from weryai_emulator import Emulator
from weryai_emulator.options import SOURCE_SHAPES

MARKED = f"{SAID} {TELESCOPE}[1][2] {CROISSANTS}[3]"
PLUGIN = {"id": "web", "max_results": 3}
LISTED = [
    {"url": SPACE, "title": "News from space", "cited_text": TELESCOPE, "source_index": 0},
    {"url": ASTRONOMY, "title": "Astronomy today", "cited_text": TELESCOPE, "source_index": 1},
    {"url": CAFE, "title": "Café Löwen, Zürich 🥐", "cited_text": CROISSANTS, "source_index": 2},
]
QUOTED = [
    {**LISTED[0], "start_index": 55, "end_index": 116},
    {**LISTED[1], "start_index": 55, "end_index": 116},
    {**LISTED[2], "start_index": 117, "end_index": 177},
]
BARE = [{name: one[name] for name in one if name != "cited_text"} for one in QUOTED]
EXPECTED = dict.fromkeys(SOURCE_SHAPES, QUOTED) | {"openai_flat": BARE, "perplexity": LISTED}
FOOTNOTES = (
    f"{MARKED}\n\n[1] News from space - {SPACE}\n[2] Astronomy today - {ASTRONOMY}\n"
    f"[3] Café Löwen, Zürich 🥐 - {CAFE}"
)


@pytest.fixture(scope="module")
def shaped_servers():
    emulators = {shape: Emulator(source_shape=shape) for shape in SOURCE_SHAPES}
    for emulator in emulators.values():
        emulator.start()
    yield emulators
    for emulator in emulators.values():
        emulator.stop()


@pytest.fixture(params=SOURCE_SHAPES)
def shape(request):
    return request.param


@pytest.fixture
def searching(make_llm, shaped_servers, shape):
    """A model that searches, served by an emulator that sends sources in this shape."""
    url = shaped_servers[shape].base_url
    return make_llm(model="GEMINI_25_FLASH", api_base=url, plugins=[PLUGIN])


def block_of(entry):
    return CitationBlock(
        cited_content=TextBlock(text=entry.get("cited_text", "")),
        source=entry["url"],
        title=entry["title"],
        additional_location_info={
            name: entry[name]
            for name in ("start_index", "end_index", "source_index")
            if name in entry
        },
    )


def citations_of(message):
    return [block for block in message.blocks if isinstance(block, CitationBlock)]


def test_the_last_response_of_a_stream_has_the_citations(searching, shape, ask):
    *earlier, last = ask(searching, "stream_chat", PROMPT)
    assert all("citations" not in one.message.additional_kwargs for one in earlier)
    assert all(not citations_of(one.message) for one in earlier)
    assert last.message.content == (MARKED if shape == "perplexity" else TEXT)
    assert last.message.additional_kwargs["citations"] == EXPECTED[shape]
    assert citations_of(last.message) == [block_of(entry) for entry in EXPECTED[shape]]
    assert last.additional_kwargs["citations"] == EXPECTED[shape]
    assert SOURCE_FIELDS[shape] <= last.raw.keys()


def test_whole_and_streamed_messages_are_equal(searching, ask):
    [whole] = ask(searching, "chat", PROMPT)
    assert ask(searching, "astream_chat", PROMPT)[-1].message == whole.message


@pytest.mark.parametrize("shape", ["gemini"], indirect=True)
def test_a_completion_has_the_citations(searching, shape, completion_method, ask):
    *earlier, last = ask(searching, completion_method, PROMPT)
    assert all("citations" not in one.additional_kwargs for one in earlier)
    assert last.additional_kwargs["citations"] == EXPECTED[shape]


def test_the_raw_reply_keeps_the_sources_unchanged(searching, shape, ask):
    raw = ask(searching, "chat", PROMPT)[-1].raw
    [choice] = raw["choices"]
    names = raw.keys() | choice.keys() | choice["message"].keys() | {"content_citations"}
    assert SOURCE_FIELDS[shape] <= names


@pytest.mark.parametrize("shape", ["gemini", "perplexity"], indirect=True)
@pytest.mark.parametrize("method", ["chat", "stream_complete"])
def test_format_with_sources_adds_marks_and_a_list(searching, method, ask):
    last = ask(searching, method, PROMPT)[-1]
    assert format_with_sources(last) == FOOTNOTES
    if isinstance(last, ChatResponse):
        assert format_with_sources(last.message) == FOOTNOTES
        saved = ChatMessage.model_validate_json(last.message.model_dump_json())
        assert format_with_sources(saved) == FOOTNOTES


def test_format_with_sources_returns_a_text_without_sources_unchanged(llm, weryai_emulator):
    weryai_emulator.reply("Hello. ")
    assert format_with_sources(llm.complete("Hello")) == "Hello. "
    assert format_with_sources(ChatMessage(role="assistant", blocks=[])) == ""


@pytest.mark.parametrize("shape", ["gemini", "anthropic"], indirect=True)
def test_a_message_with_sources_can_be_copied_and_saved(searching, ask):
    message = ask(searching, "chat", PROMPT)[-1].message
    for one in (
        copy.deepcopy(message),
        pickle.loads(pickle.dumps(message)),
        ChatMessage.model_validate(message.model_dump()),
        ChatMessage.model_validate_json(message.model_dump_json()),
    ):
        assert one == message


@pytest.mark.parametrize("shape", ["gemini", "perplexity"], indirect=True)
def test_an_answer_with_sources_is_sent_back_as_its_text(searching, shape, shaped_servers, ask):
    message = ask(searching, "chat", PROMPT)[-1].message
    ask(searching, "chat", [ChatMessage(PROMPT), message, ChatMessage("Go on.")])
    assert shaped_servers[shape].last_request.json["messages"] == [
        {"role": "user", "content": PROMPT},
        {"role": "assistant", "content": message.content},
        {"role": "user", "content": "Go on."},
    ]


ENTRY = {"url": SPACE, "title": "News from space", "start_index": 0, "end_index": 5}


@pytest.mark.parametrize("late", ["before the end", "after the end"])
def test_sources_at_the_end_of_a_stream_are_kept(llm, ask, weryai_emulator, to_chunks, late):
    first, second, sources, end = to_chunks(
        {"content": "Grü"}, {"content": "ße!"}, {"annotations": [ENTRY]}
    )
    order = [sources, end] if late == "before the end" else [end, sources]
    weryai_emulator.reply_chunks([first, second, *order])
    last = ask(llm, "stream_chat")[-1]
    assert last.message.content == "Grüße!"
    assert last.message.additional_kwargs["citations"] == [{**ENTRY, "source_index": 0}]


def test_the_partial_answer_of_a_truncated_stream_has_its_sources(
    llm, ask, weryai_emulator, to_chunks
):
    [chunk, _] = to_chunks({"content": "Grüße", "annotations": [ENTRY]})
    weryai_emulator.reply_chunks([chunk], done=False)
    with pytest.raises(StreamError) as caught:
        ask(llm, "stream_chat")
    assert caught.value.partial.choice.citations == (Citation(SPACE, "News from space", "", 0, 5),)


def test_a_tool_call_may_have_sources(llm, ask, weryai_emulator):
    function = {"name": "weather", "arguments": '{"city": "Rome"}'}
    message = {
        "content": None,
        "tool_calls": [{"id": "1", "type": "function", "function": function}],
        "annotations": [{"url": SPACE}],
    }
    weryai_emulator.reply(message, finish_reason="tool_calls")
    last = ask(llm, "chat")[-1]
    [call] = llm.get_tool_calls_from_response(last)
    assert call.tool_kwargs == {"city": "Rome"}
    assert [block.source for block in citations_of(last.message)] == [SPACE]


# --- collecting


@pytest.fixture(params=["gemini"])
def gemini(request, make_llm, shaped_servers):
    url = shaped_servers[request.param].base_url
    return make_llm(model="GEMINI_25_FLASH", api_base=url, plugins=[PLUGIN])


def urls(citations):
    return [citation.url for citation in citations]


@pytest.mark.parametrize("method", ["chat", "astream_chat", "acomplete", "stream_complete"])
def test_citations_are_collected(gemini, method, ask):
    with collect_citations() as citations:
        ask(gemini, method, PROMPT)
    assert citations == [Citation(**entry) for entry in QUOTED]


def test_citations_outside_the_block_are_not_collected(gemini):
    gemini.complete(PROMPT)
    with collect_citations() as citations:
        pass
    gemini.complete(PROMPT)
    assert citations == []


def test_collections_may_be_nested(gemini):
    with collect_citations() as outer:
        gemini.complete(PROMPT)
        with collect_citations() as inner:
            gemini.complete(PROMPT)
    assert (len(outer), len(inner)) == (6, 3)


def test_an_exception_ends_the_collection(gemini):
    with pytest.raises(KeyError), collect_citations() as citations:
        raise KeyError
    gemini.complete(PROMPT)
    assert citations == []


async def test_each_task_has_its_own_collection(gemini):
    async def ask_once():
        with collect_citations() as citations:
            await gemini.acomplete(PROMPT)
        return len(citations)

    with collect_citations() as all_of_them:
        assert await asyncio.gather(ask_once(), ask_once()) == [3, 3]
    assert len(all_of_them) == 6


def test_citations_of_other_threads_are_not_collected(gemini):
    with collect_citations() as citations:
        thread = threading.Thread(target=gemini.complete, args=(PROMPT,))
        thread.start()
        thread.join()
    assert citations == []


# --- engines


TEXTS = [
    "The telescope stands on a mountain. It was built in 1887.",
    "The bakery opens at six in the morning. It sells croissants.",
]


@pytest.fixture(scope="module")
def retriever():
    nodes = SentenceSplitter(tokenizer=str.split).get_nodes_from_documents(
        [Document(text=text) for text in TEXTS]
    )
    return BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=2)


def engine_of(kind, llm, retriever):
    memory = ChatMemoryBuffer.from_defaults(llm=llm)
    if kind == "simple":
        return SimpleChatEngine.from_defaults(llm=llm, memory=memory)
    if kind == "context":
        return ContextChatEngine.from_defaults(retriever, llm=llm, memory=memory)
    return CondensePlusContextChatEngine.from_defaults(retriever, llm=llm, memory=memory)


def talk(engine, chat_method, question):
    async def answer():
        response = await getattr(engine, chat_method)(question)
        if "stream" in chat_method:
            return "".join([piece async for piece in response.async_response_gen()])
        return str(response)

    if chat_method.startswith("a"):
        return asyncio.run(answer())
    response = getattr(engine, chat_method)(question)
    return "".join(response.response_gen) if "stream" in chat_method else str(response)


def test_a_simple_chat_engine_keeps_the_citations(gemini, retriever, chat_method):
    engine = engine_of("simple", gemini, retriever)
    text = talk(engine, chat_method, PROMPT)
    [_, answer] = engine.chat_history
    assert answer.content == text == TEXT
    assert answer.additional_kwargs["citations"] == QUOTED
    assert format_with_sources(answer) == FOOTNOTES
    talk(engine, chat_method, PROMPT)
    assert len(engine.chat_history) == 4
    assert engine.chat_history[-1].additional_kwargs["citations"]


@pytest.mark.parametrize("kind", ["simple", "context", "condense plus context"])
def test_the_citations_of_a_chat_engine_are_collected(gemini, retriever, chat_method, kind):
    # Engines with a retriever keep only the text in their history.
    with collect_citations() as citations:
        text = talk(engine_of(kind, gemini, retriever), chat_method, PROMPT)
    assert urls(citations) == [SPACE, ASTRONOMY, CAFE]
    quotes = [text[citation.start_index : citation.end_index] for citation in citations]
    assert quotes == [TELESCOPE, TELESCOPE, CROISSANTS]


async def test_an_agent_keeps_the_citations(gemini):
    def weather(city: str) -> str:
        """The weather in a city."""
        return "sunny"

    tool = FunctionTool.from_defaults(weather)
    agent = FunctionAgent(tools=[tool], llm=gemini)
    answer = (await agent.run(PROMPT)).response
    assert answer.additional_kwargs["citations"] == QUOTED


MODES = [
    ResponseMode.COMPACT,
    ResponseMode.REFINE,
    ResponseMode.SIMPLE_SUMMARIZE,
    ResponseMode.TREE_SUMMARIZE,
    ResponseMode.ACCUMULATE,
    ResponseMode.GENERATION,
]
STREAMED = [mode for mode in MODES if mode is not ResponseMode.ACCUMULATE]


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize("use_async", [False, True], ids=["", "use_async"])
def test_the_citations_of_a_query_engine_are_collected(gemini, retriever, mode, use_async):
    engine = RetrieverQueryEngine.from_args(
        retriever, llm=gemini, response_mode=mode, use_async=use_async
    )
    with collect_citations() as citations:
        engine.query(PROMPT)
    assert set(urls(citations)) >= {SPACE, CAFE}


async def test_the_citations_of_an_async_query_are_collected(gemini, retriever):
    engine = RetrieverQueryEngine.from_args(retriever, llm=gemini)
    with collect_citations() as citations:
        await engine.aquery(PROMPT)
    assert set(urls(citations)) >= {SPACE, CAFE}


@pytest.mark.parametrize("mode", STREAMED, ids=lambda mode: mode.value)
async def test_the_citations_of_a_streaming_query_engine_are_collected(gemini, retriever, mode):
    engine = RetrieverQueryEngine.from_args(
        retriever, llm=gemini, response_mode=mode, streaming=True
    )
    with collect_citations() as citations:
        response = await engine.aquery(PROMPT)
        text = "".join([piece async for piece in response.async_response_gen()])
    assert TELESCOPE in text
    assert set(urls(citations)) >= {SPACE, CAFE}


def test_the_citations_of_a_sync_stream_are_collected(gemini, retriever):
    engine = RetrieverQueryEngine.from_args(retriever, llm=gemini, streaming=True)
    with collect_citations() as citations:
        text = "".join(engine.query(PROMPT).response_gen)
    assert TELESCOPE in text
    assert set(urls(citations)) >= {SPACE, CAFE}

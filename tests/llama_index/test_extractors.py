"""Metadata extractors, in pipelines of one process and of several."""

import asyncio
import os

import pytest
from llama_index.core import Document
from llama_index.core.extractors import (
    DocumentContextExtractor,
    KeywordExtractor,
    PydanticProgramExtractor,
    QuestionsAnsweredExtractor,
    SummaryExtractor,
    TitleExtractor,
)
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.program import FunctionCallingProgram
from llama_index.core.schema import NodeRelationship, TextNode
from llama_index.core.storage.docstore import SimpleDocumentStore
from pydantic import BaseModel

from weryai_core import AuthenticationError

KEY = "sk-0123456789abcdef0123456789abcdef"

pytestmark = pytest.mark.usefixtures("main_loop")


class Facts(BaseModel):
    """Facts of a text."""

    year: int


@pytest.fixture
def documents(norby):
    return [Document(text=text, id_=name) for name, text in norby.items()]


def pipeline_of(llm):
    return IngestionPipeline(
        transformations=[
            SentenceSplitter(tokenizer=str.split),
            TitleExtractor(llm=llm, show_progress=False),
            QuestionsAnsweredExtractor(llm=llm, questions=2, show_progress=False),
        ],
        disable_cache=True,
    )


def run(pipeline, way, documents, **options):
    if way == "async":
        return asyncio.run(pipeline.arun(documents=documents, **options))
    return pipeline.run(documents=documents, **options)


def assert_extracted(nodes, documents, emulator):
    """Each document has a title, chosen from candidates, and questions: three requests."""
    assert sorted(node.ref_doc_id for node in nodes) == sorted(one.doc_id for one in documents)
    prompts = [request.json["messages"][-1]["content"] for request in emulator.requests]
    assert len(prompts) == 3 * len(documents)
    for node in nodes:
        titles = [one for one in prompts if one.startswith(f"Context: {node.text}. Give a title")]
        questions = [one for one in prompts if one.startswith("Here is the context:")]
        assert len(titles) == 1
        assert sum(f"\n{node.text}\n" in one for one in questions) == 1
        # Without a script the emulator repeats the question.
        assert "Give a title" in node.metadata["document_title"]
        assert "generate 2 questions" in node.metadata["questions_this_excerpt_can_answer"]
    assert len(questions) == len(documents)
    assert {request.headers["authorization"] for request in emulator.requests} == {f"Bearer {KEY}"}


def test_titles_and_questions_are_extracted(llm, documents, way, weryai_emulator):
    nodes = run(pipeline_of(llm), way, documents)
    assert_extracted(nodes, documents, weryai_emulator)


# `arun` forks a process with a running emulator thread, which the workers do not need.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one processor runs one worker")
def test_several_processes_extract_titles_and_questions(
    make_llm, documents, way, caplog, weryai_emulator
):
    llm = make_llm(max_retries=0)
    llm.complete("Hello")  # opens connections, which the workers must not use
    asyncio.run(llm.acomplete("Hello"))
    weryai_emulator.reset()
    nodes = run(pipeline_of(llm), way, documents[:2], num_workers=2)
    assert_extracted(nodes, documents[:2], weryai_emulator)
    assert "_clients" not in caplog.text  # LlamaIndex warns about attributes it cannot pickle
    assert llm.complete("Hello").text == 'Hello! You said: "Hello"'


def test_the_models_answers_become_metadata(llm, documents, way, weryai_emulator):
    for reply in ("The lighthouse", "The lighthouse of Norby", "1. When?\n2. How high?"):
        weryai_emulator.reply(reply, usage={"prompt_tokens": 5, "completion_tokens": 2})
    [node] = run(pipeline_of(llm), way, documents[:1])
    assert node.metadata == {
        "document_title": "The lighthouse of Norby",
        "questions_this_excerpt_can_answer": "1. When?\n2. How high?",
    }
    _, combining, asking = (
        request.json["messages"][-1]["content"] for request in weryai_emulator.requests
    )
    assert combining.startswith("The lighthouse. Based on the above candidate titles")
    assert "document_title: The lighthouse of Norby" in asking


# Other extractors -> the name of their metadata.
EXTRACTORS = {KeywordExtractor: "excerpt_keywords", SummaryExtractor: "section_summary"}


@pytest.mark.parametrize(
    ("kind", "name"), EXTRACTORS.items(), ids=[kind.__name__ for kind in EXTRACTORS]
)
def test_other_extractors_make_one_request_per_document(
    llm, documents, weryai_emulator, kind, name
):
    for reply in ("lighthouse, 1887", "bakery, bread", "ferry, ticket"):
        weryai_emulator.reply(reply)
    extractor = kind(llm=llm, num_workers=1, show_progress=False)
    nodes = extractor.process_nodes([TextNode(text=one.text) for one in documents])
    assert sorted(node.metadata[name] for node in nodes) == [
        "bakery, bread",
        "ferry, ticket",
        "lighthouse, 1887",
    ]
    assert len(weryai_emulator.requests) == 3


def test_a_program_extracts_an_object(tool_llm, documents, tool_emulator, reply_calls, read_tools):
    reply_calls(("Facts", {"year": 1887}))
    program = FunctionCallingProgram.from_defaults(
        output_cls=Facts, llm=tool_llm, prompt_template_str="Read:\n{input}"
    )
    extractor = PydanticProgramExtractor(program=program, input_key="input", show_progress=False)
    [node] = extractor.process_nodes([TextNode(text=documents[0].text)])
    assert node.metadata == {"year": 1887}
    [request] = tool_emulator.requests
    assert read_tools(request.json) == (["Facts"], [])


def test_an_error_of_the_service_stops_the_pipeline(llm, documents, way, weryai_emulator):
    weryai_emulator.reply_error(401)
    with pytest.raises(AuthenticationError):
        run(pipeline_of(llm), way, documents[:1])
    assert len(weryai_emulator.requests) == 1


async def test_the_document_of_the_context_extractor_is_cached(llm, weryai_emulator):
    document = Document(text="Norby has a lighthouse.", id_="norby")
    docstore = SimpleDocumentStore()
    docstore.add_documents([document])
    weryai_emulator.reply("It is about Norby.")
    extractor = DocumentContextExtractor(
        docstore=docstore, llm=llm, max_context_length=100, max_output_tokens=20
    )
    node = TextNode(text="a lighthouse")
    node.relationships[NodeRelationship.SOURCE] = document.as_related_node_info()
    assert await extractor.aextract([node]) == [{"context": "It is about Norby."}]
    first, second = weryai_emulator.last_request.json["messages"]
    assert first == {
        "role": "user",
        "content": [
            {
                "type": "text",
                "text": "<document>Norby has a lighthouse.</document>",
                "cache_control": {"type": "ephemeral"},
            }
        ],
    }
    assert isinstance(second["content"], str)

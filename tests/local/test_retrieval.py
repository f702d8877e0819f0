"""Ten questions with passages that BM25 finds, and a web search."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import TextNode
from llama_index.retrievers.bm25 import BM25Retriever

# Each question, a word of the right answer, and the passage that has it.
QUESTIONS = [
    (
        "When was the lighthouse of Norby built?",
        "1887",
        "The lighthouse of Norby was built in 1887.",
    ),
    ("When does the bakery open?", "six", "The bakery opens at six in the morning."),
    ("What does a ticket for the ferry cost?", "four", "A ticket for the ferry costs four euros."),
    ("Who painted the church?", "Berg", "Olga Berg painted the church blue."),
    ("How deep is the lake?", "90", "The lake is 90 metres deep."),
    ("Where does the mayor live?", "mill", "The mayor lives in the old mill."),
    ("Which bird nests on the cliff?", "puffin", "On the cliff nests the puffin."),
    ("What is the name of the baker's dog?", "Pilot", "The dog of the baker has the name Pilot."),
    ("On which day is the market?", "Thursday", "The market is on Thursday."),
    ("How many people live on the island?", "212", "On the island live 212 people."),
]


@pytest.fixture
def engine(make_llm):
    nodes = [TextNode(text=passage) for _, _, passage in QUESTIONS]
    retriever = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=2)
    llm = make_llm(temperature=0, max_tokens=24)
    return RetrieverQueryEngine.from_args(retriever, llm=llm)


def test_answers_follow_the_passages(engine, emulator, report):
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda row: str(engine.query(row[0])), QUESTIONS))
    assert all(answer.strip() for answer in answers)
    prompts = [request.body.decode() for request in emulator.requests]
    for question, _, passage in QUESTIONS:
        assert any(question in prompt and passage in prompt for prompt in prompts)
    wrong = [
        f"{question} -> {answer}"
        for (question, word, _), answer in zip(QUESTIONS, answers, strict=True)
        if word.lower() not in answer.lower()
    ]
    report(f"RAG: {10 - len(wrong)} of 10 answers are right")
    for line in wrong:
        report(f"  wrong: {line}")


@pytest.mark.parametrize("style", ["invoke", "astream"])
def test_a_web_search_answers_from_its_pages_and_names_them(make_chat, ask_chat, style):
    chat = make_chat(temperature=0, max_tokens=24, web_search=True)
    message = ask_chat(chat, style, "What did the telescope see this week?")
    assert "galaxy" in message.text
    cited = {
        annotation["url"]
        for block in message.content_blocks
        for annotation in block.get("annotations", [])
    }
    assert cited == {"https://example.com/space", "https://example.net/astronomy"}

"""Run a LangChain chain, a LangChain agent and a LlamaIndex RAG query.

Uses WeryAI if `WERYAI_API_KEY` is set, otherwise the emulator on this machine:

    python examples/demo.py [MODEL]
"""

from __future__ import annotations

import sys
from contextlib import ExitStack

from connection import connect
from langchain.agents import create_agent
from langchain_core.messages import HumanMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import TextNode
from llama_index.retrievers.bm25 import BM25Retriever

from langchain_weryai import ChatWeryAI
from llama_index_weryai import WeryAI

GUIDE = """
The night train to Trondheim leaves Oslo at 22:50 and arrives at 06:55.
Bicycles travel free of charge, but a place for them must be booked a day ahead.
Breakfast is served in the dining car from half past five.
Dogs are welcome in carriage four, where passengers with allergies should not sit.
"""


def get_departure(city: str) -> str:
    """Look up when the next train to a city departs."""
    return f"The next train to {city} departs at 14:05 from platform 3."


def main() -> None:
    """Run the three parts, on the service or on the emulator."""
    model = sys.argv[1] if len(sys.argv) > 1 else "GEMINI_25_FLASH"
    with ExitStack() as stack:
        connection = connect(stack, model)
        run_chain(ChatWeryAI(model=model, **connection))
        run_agent(ChatWeryAI(model=model, **connection))
        run_rag(WeryAI(model=model, **connection))


def run_chain(model: ChatWeryAI) -> None:
    """Stream a chain of a prompt, a model and a parser."""
    print("\n1. A LangChain chain, streamed")
    prompt = ChatPromptTemplate.from_messages(
        [("system", "You are a friendly train conductor."), ("user", "{question}")]
    )
    chain = prompt | model | StrOutputParser()
    question = "Hello! May I bring my bicycle?"
    print(f"   > {question}")
    print("   ", end="")
    for piece in chain.stream({"question": question}):
        print(piece, end="", flush=True)
    print()


def run_agent(model: ChatWeryAI) -> None:
    """Run an agent that calls a function of this program."""
    print("\n2. A LangChain agent with a tool")
    agent = create_agent(model, [get_departure])
    question = "When is the next departure to Bergen?"
    print(f"   > {question}")
    result = agent.invoke({"messages": [HumanMessage(question)]})
    for message in result["messages"][1:]:
        for call in getattr(message, "tool_calls", []):
            print(f"   calls {call['name']}({call['args']})")
        if message.text:
            print(f"   {message.type}: {message.text}")


def run_rag(llm: WeryAI) -> None:
    """Answer a question from documents: BM25 finds the passages, the model reads them."""
    print("\n3. A LlamaIndex RAG query")
    nodes = [TextNode(text=line) for line in GUIDE.strip().splitlines()]
    retriever = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=2)
    engine = RetrieverQueryEngine.from_args(retriever, llm=llm)
    question = "When is breakfast served?"
    print(f"   > {question}")
    answer = engine.query(question)
    print(f"   {answer}")
    print(f"   (from {len(answer.source_nodes)} of {len(nodes)} passages)")


if __name__ == "__main__":
    main()

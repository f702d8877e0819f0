"""Print answers with their sources, in both frameworks, whole and streamed.

Uses WeryAI if `WERYAI_API_KEY` is set, otherwise the emulator on this machine:

    python examples/web_search.py [MODEL]
"""

from __future__ import annotations

import sys
from contextlib import ExitStack

from connection import connect
from pydantic import BaseModel

from langchain_weryai import ChatWeryAI, format_with_sources
from llama_index_weryai import WeryAI, collect_citations

QUESTION = "What did the telescope see this week?"


class Finding(BaseModel):
    """A finding."""

    subject: str
    summary: str


def main() -> None:
    """Ask the same question in several ways, on the service or on the emulator."""
    model = sys.argv[1] if len(sys.argv) > 1 else "GEMINI_25_FLASH"
    with ExitStack() as stack:
        connection = connect(stack, model)
        show_langchain(ChatWeryAI(model=model, web_search=True, **connection))
        show_llama_index(WeryAI(model=model, web_search=True, **connection))


def show_langchain(model: ChatWeryAI) -> None:
    """Show sources as annotations of the text, and a search combined with a schema."""
    print("\n1. LangChain, with numbered sources")
    answer = model.invoke(QUESTION)
    print(format_with_sources(answer))

    print("\n2. LangChain, streamed: which words come from which source")
    chunks = list(model.stream(QUESTION))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    for block in whole.content_blocks:
        if block["type"] == "text":
            for note in block.get("annotations", []):
                if note["type"] == "citation" and "start_index" in note:
                    words = block["text"][note["start_index"] : note["end_index"]]
                    print(f'   {note["url"]}: "{words}"')

    print("\n3. LangChain, structured: the schema is asked for in a way that works with a search")
    print("  ", model.with_structured_output(Finding).invoke(QUESTION))


def show_llama_index(llm: WeryAI) -> None:
    """Collect the sources of everything that is asked within a block."""
    print("\n4. LlamaIndex")
    with collect_citations() as citations:
        llm.complete(QUESTION)
    for citation in citations:
        print(f"   {citation.title}: {citation.url}")


if __name__ == "__main__":
    main()

"""Citations of an answer: as content blocks, as footnotes, and collected for the user.

LlamaIndex's query engines keep only the text of an answer. `collect_citations` catches the
citations of each answer before that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CitationBlock,
    CompletionResponse,
    TextBlock,
)

from weryai_core import Citation
from weryai_core.integration import format_with_sources as format_text

_collections: ContextVar[tuple[list[Citation], ...]] = ContextVar("_collections", default=())


def to_blocks(citations: Sequence[Citation]) -> list[CitationBlock]:
    """Return the citations as blocks, with their positions as additional location info."""
    return [
        CitationBlock(
            cited_content=TextBlock(text=citation.cited_text),
            source=citation.url,
            title=citation.title,
            additional_location_info={
                name: value for name, value in citation.to_dict().items() if isinstance(value, int)
            },
        )
        for citation in citations
    ]


@contextmanager
def collect_citations() -> Iterator[list[Citation]]:
    """Collect the citations of all answers that `WeryAI` gives within the `with` block.

    Query engines keep only the text of an answer; this shows its sources. It includes tasks that
    start in the block and streams that are read in it.
    """
    citations: list[Citation] = []
    token = _collections.set((*_collections.get(), citations))
    try:
        yield citations
    finally:
        _collections.reset(token)


def add_to_collections(citations: Sequence[Citation]) -> None:
    """Add the citations of an answer to the list of each open `collect_citations` block."""
    for collection in _collections.get():
        collection.extend(citations)


def format_with_sources(answer: ChatResponse | CompletionResponse | ChatMessage) -> str:
    """Return the text of an answer with marks like `[1]` and the list of its sources below.

    Args:
        answer: A response of `WeryAI`, or a message of a chat engine's history.
    """
    if isinstance(answer, ChatResponse):
        answer = answer.message
    text = answer.text if isinstance(answer, CompletionResponse) else answer.content
    entries = answer.additional_kwargs.get("citations", [])
    return format_text(text or "", [Citation(**entry) for entry in entries])

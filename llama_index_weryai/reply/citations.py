"""Citations in LlamaIndex's terms, and where its engines drop them. No I/O."""

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
    """The citations as content blocks; places in the answer are additional location info."""
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
    """The citations of all answers that `WeryAI` gives within the `with` block.

    Query engines keep the text of an answer only; this is how to see its sources. It holds for
    tasks that are started within, too, and for streams that are read there.
    """
    citations: list[Citation] = []
    token = _collections.set((*_collections.get(), citations))
    try:
        yield citations
    finally:
        _collections.reset(token)


def note(citations: Sequence[Citation]) -> None:
    """Give the citations of an answer to those who collect them."""
    for collection in _collections.get():
        collection.extend(citations)


def format_with_sources(answer: ChatResponse | CompletionResponse | ChatMessage) -> str:
    """The text of an answer with `[1]` behind what rests on a source, and the sources below it.

    Args:
        answer: A response of `WeryAI`, or a message of a chat engine's history.
    """
    text = answer.text if isinstance(answer, CompletionResponse) else _message(answer).content
    holder = answer if isinstance(answer, CompletionResponse) else _message(answer)
    entries = holder.additional_kwargs.get("citations", [])
    return format_text(text or "", [Citation(**entry) for entry in entries])


def _message(answer: ChatResponse | ChatMessage) -> ChatMessage:
    return answer.message if isinstance(answer, ChatResponse) else answer

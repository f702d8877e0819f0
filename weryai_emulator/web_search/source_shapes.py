"""The shapes in which the sources of a web search reach a client. No I/O.

The service does not say in which shape it sends them, so each upstream's is here: a function
from an answer to the fields of that shape, and in `SHAPES` the place where they are sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from weryai_emulator.options import SourceShape
from weryai_emulator.tokens import split_tokens
from weryai_emulator.web_search.grounding import (
    grounding,
    grounding_in_snake_case,
    vertex_annotations,
    vertex_metadata,
)
from weryai_emulator.web_search.pages import CitedText

JsonObject = dict[str, Any]
Fields = Callable[[CitedText], JsonObject]


def nested_annotations(cited: CitedText) -> JsonObject:
    """Return OpenRouter's annotations: OpenAI's, and `content`. Offsets are in characters."""
    citations = [
        {
            "url": source.page.url,
            "title": source.page.title,
            "content": source.page.sentence,
            "start_index": source.start,
            "end_index": source.end,
        }
        for source in cited.sources
    ]
    return {"annotations": [{"type": "url_citation", "url_citation": c} for c in citations]}


def flat_annotations(cited: CitedText) -> JsonObject:
    """Return the annotations of OpenAI's Responses API. Offsets are in characters."""
    annotations = [
        {
            "type": "url_citation",
            "url": source.page.url,
            "title": source.page.title,
            "start_index": source.start,
            "end_index": source.end,
        }
        for source in cited.sources
    ]
    return {"annotations": annotations}


def search_results(answers: list[CitedText]) -> JsonObject:
    """Return Perplexity's lists, to which the text points by "[1]"; there are no offsets."""
    pages = dict.fromkeys(source.page for cited in answers for source in cited.sources)
    results = [
        {"title": page.title, "url": page.url, "date": page.date, "snippet": page.sentence}
        for page in pages
    ]
    return {"citations": [page.url for page in pages], "search_results": results}


def cited_parts(cited: CitedText) -> JsonObject:
    """Return Anthropic's content: parts of text, each with the citations of its own text."""
    parts: list[JsonObject] = []
    done = 0
    for start, end, pages in cited.quotes():
        citations = [
            {
                "type": "web_search_result_location",
                "url": page.url,
                "title": page.title,
                "encrypted_index": f"emulated-{page.url}",
                "cited_text": page.sentence,
            }
            for page in pages
        ]
        # Never empty: a space stands before what is quoted.
        parts.append({"type": "text", "text": cited.text[done:start]})
        parts.append({"type": "text", "text": cited.text[start:end], "citations": citations})
        done = end
    rest = [{"type": "text", "text": cited.text[done:]}] if cited.text[done:] else []
    return {"content": parts + rest}


def part_pieces(parts: list[JsonObject]) -> Iterator[list[JsonObject]]:
    """Yield what is streamed of Anthropic's parts.

    Anthropic sends a part's text bit by bit, then each of its citations (`citations_delta`),
    all with the index of the part. A gateway keeps the index: nothing else tells how far back
    the cited text reaches.
    """
    for index, part in enumerate(parts):
        for text in split_tokens(part["text"]):
            yield [{"type": "text", "text": text, "index": index}]
        for citation in part.get("citations", ()):
            yield [{"type": "text", "text": "", "citations": [citation], "index": index}]


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape: its fields, and where they go.

    Attributes:
        message: The fields of a message; in a stream, of a delta.
        choice: The fields beside the message; in a stream, beside the last delta.
        reply: The fields at the top level, made of all answers that have sources.
        streamed: Which chunk has them: one before the chunk with the finish reason ("before"),
            that chunk ("last"), one after it ("late") or all of them ("throughout"). "in parts"
            are the chunks of the text itself.
        marks: Whether the text has numbers, "[1]", behind what it quotes.
    """

    message: Fields | None = None
    choice: Fields | None = None
    reply: Callable[[list[CitedText]], JsonObject] | None = None
    streamed: Literal["before", "last", "late", "throughout", "in parts"] = "before"
    marks: bool = False


SHAPES: dict[SourceShape, Shape] = {
    "openrouter": Shape(message=nested_annotations),
    "openai_flat": Shape(message=flat_annotations),
    "late": Shape(message=nested_annotations, streamed="late"),
    "perplexity": Shape(reply=search_results, streamed="throughout", marks=True),
    "gemini": Shape(choice=lambda cited: {"groundingMetadata": grounding(cited)}, streamed="last"),
    "gemini_snake": Shape(message=grounding_in_snake_case),
    "litellm": Shape(message=vertex_annotations, reply=vertex_metadata, streamed="last"),
    "litellm_message": Shape(message=lambda cited: vertex_metadata([cited]), streamed="last"),
    "anthropic": Shape(message=cited_parts, streamed="in parts"),
}

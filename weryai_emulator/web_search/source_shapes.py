"""The shapes in which the sources of a web search reach a client.

The service does not document its shape, so the emulator has that of each known upstream. One
function a shape turns a cited answer into fields; `SHAPES` says where the reply has these fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from weryai_emulator.json_text import JsonObject
from weryai_emulator.options import SourceShape
from weryai_emulator.text import split_tokens
from weryai_emulator.web_search.grounding import (
    grounding,
    grounding_in_snake_case,
    vertex_annotations,
    vertex_metadata,
)
from weryai_emulator.web_search.pages import CitedText

Fields = Callable[[CitedText], JsonObject]


def nested_annotations(cited: CitedText) -> JsonObject:
    """Return OpenRouter's annotations: OpenAI's with `content`. Offsets are in characters."""
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
    """Return Perplexity's lists. The text refers to them as "[1]"; there are no offsets."""
    pages = dict.fromkeys(source.page for cited in answers for source in cited.sources)
    results = [
        {"title": page.title, "url": page.url, "date": page.date, "snippet": page.sentence}
        for page in pages
    ]
    return {"citations": [page.url for page in pages], "search_results": results}


def cited_parts(cited: CitedText) -> JsonObject:
    """Return Anthropic's content: text parts, each with the citations of its text."""
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
        if start > done:
            parts.append({"type": "text", "text": cited.text[done:start]})
        parts.append({"type": "text", "text": cited.text[start:end], "citations": citations})
        done = end
    rest = [{"type": "text", "text": cited.text[done:]}] if cited.text[done:] else []
    return {"content": parts + rest}


def part_deltas(parts: list[JsonObject]) -> Iterator[list[JsonObject]]:
    """Yield the streamed pieces of Anthropic's content.

    Anthropic streams the text of a part token by token, then its citations one by one
    (`citations_delta`), all with the index of the part. A gateway has to keep the index: nothing
    else says where the cited text starts.
    """
    for index, part in enumerate(parts):
        for text in split_tokens(part["text"]):
            yield [{"type": "text", "text": text, "index": index}]
        for citation in part.get("citations", ()):
            yield [{"type": "text", "text": "", "citations": [citation], "index": index}]


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields of a shape, and where a reply has them.

    Attributes:
        message: Makes the fields of a message; in a stream, of a delta.
        choice: Makes the fields of a choice; in a stream, of the chunk with the finish reason.
        reply: Makes the fields at the top level, from all answers with sources.
        streamed: The chunk with the fields: one before the chunk with the finish reason
            ("before"), that chunk ("last"), one after it ("late"), all chunks ("throughout") or
            the chunks of the text itself ("in parts").
        marks: Whether the text has numbers such as "[1]" after its quotes.
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

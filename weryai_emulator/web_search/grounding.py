"""The sources of an answer in Google's shape, and in the shapes that LiteLLM makes of it.

A cited answer goes in, with offsets in characters. Google's grounding metadata comes out, with
offsets in bytes of UTF-8.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any
from urllib.parse import quote_plus

from weryai_emulator.json_text import JsonObject
from weryai_emulator.web_search.pages import CitedText

_CAPITAL = re.compile("[A-Z]")


def grounding(cited: CitedText) -> JsonObject:
    """Return Google's grounding metadata. Offsets are in bytes, and Google omits an offset of 0."""
    query = cited.query
    link = f"https://example.com/search?q={quote_plus(query)}"
    numbers = {source.page: number for number, source in enumerate(cited.sources)}
    chunks = [{"web": {"uri": page.url, "title": page.title}} for page in numbers]
    supports = [
        {
            "segment": _segment(cited.text, start, end),
            "groundingChunkIndices": [numbers[page] for page in pages],
        }
        for start, end, pages in cited.quotes()
    ]
    return {
        "webSearchQueries": [query],
        "searchEntryPoint": {"renderedContent": f'<a href="{link}">{escape(query)}</a>'},
        "groundingChunks": chunks,
        "groundingSupports": supports,
    }


def grounding_in_snake_case(cited: CitedText) -> JsonObject:
    """Return the grounding metadata with the names of Google's Python library."""
    renamed: JsonObject = _snake_case(grounding(cited))
    return {"grounding_metadata": renamed}


def vertex_metadata(answers: list[CitedText]) -> JsonObject:
    """Return LiteLLM's field with the grounding metadata of each answer."""
    return {"vertex_ai_grounding_metadata": [grounding(cited) for cited in answers]}


def vertex_annotations(cited: CitedText) -> JsonObject:
    """Return the annotations that LiteLLM makes of the grounding metadata.

    LiteLLM copies Google's offsets, so they are in bytes, not in characters. It cites only the
    first page of a sentence, and skips a sentence without a `startIndex`.
    """
    native = grounding(cited)
    annotations: list[JsonObject] = []
    for support in native["groundingSupports"]:
        segment = support["segment"]
        web = native["groundingChunks"][support["groundingChunkIndices"][0]]["web"]
        if "startIndex" in segment:
            citation = {
                "start_index": segment["startIndex"],
                "end_index": segment["endIndex"],
                "url": web["uri"],
                "title": web["title"],
            }
            annotations.append({"type": "url_citation", "url_citation": citation})
    return {"annotations": annotations}


def _segment(text: str, start: int, end: int) -> JsonObject:
    first = len(text[:start].encode())
    last = len(text[:end].encode())
    offsets = {"startIndex": first, "endIndex": last} if first else {"endIndex": last}
    return {**offsets, "text": text[start:end]}


def _snake_case(value: Any) -> Any:
    if isinstance(value, list):
        return [_snake_case(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        _CAPITAL.sub(lambda found: f"_{found[0].lower()}", name): _snake_case(item)
        for name, item in value.items()
    }

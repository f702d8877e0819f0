"""What the web plugin finds: a few pages of the emulator's own. Nothing is fetched. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from weryai_emulator._words import stems_of

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A page and the sentence that is quoted from it."""

    url: str
    title: str
    sentence: str


PAGES = (
    Page(
        "https://example.com/weather",
        "Weather report",
        "It is sunny and 22 degrees in San Francisco today.",
    ),
    Page(
        "https://example.com/space",
        "News from space",
        "The telescope sent new pictures of a spiral galaxy this week.",
    ),
    Page(
        "https://example.com/languages",
        "Programming languages",
        "Python 3.13 was released in October 2024.",
    ),
    Page(
        "https://example.org/search",
        "About searching",
        "A search engine ranks the pages that share words with a question.",
    ),
)


def search(question: str) -> list[Page]:
    """Return the one or two pages that share most words with a question; never none."""
    asked = set(stems_of(question))
    shared = {page: len(asked & set(stems_of(page.title + " " + page.sentence))) for page in PAGES}
    ranked = sorted(PAGES, key=lambda page: -shared[page])
    return [page for page in ranked[:2] if shared[page]] or [PAGES[-1]]


def cite(answer: str, pages: list[Page]) -> tuple[str, list[JsonObject]]:
    """Return the answer with the pages' sentences after it, and the citations of them."""
    citations = []
    for page in pages:
        start = len(answer) + 1
        answer = f"{answer} {page.sentence}"
        citation = {
            "url": page.url,
            "title": page.title,
            "content": page.sentence,
            "start_index": start,
            "end_index": len(answer),
        }
        citations.append({"type": "url_citation", "url_citation": citation})
    return answer, citations


def within(citations: list[JsonObject], text: str) -> list[JsonObject]:
    """Return the citations whose sentence is still whole in a text that may have been cut."""
    return [c for c in citations if c["url_citation"]["end_index"] <= len(text)]

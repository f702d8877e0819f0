"""What the web plugin finds: a few pages of the emulator's own. Nothing is fetched. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from weryai_emulator.text import stems_of, topic_of

JsonObject = dict[str, Any]

# How many pages are found when the plugin does not say, and at most.
_DEFAULT_RESULTS = 2
_MOST_RESULTS = 5


@dataclass(frozen=True, slots=True)
class Page:
    """A page and the sentence that is quoted from it."""

    url: str
    title: str
    date: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Source:
    """A page, and where an answer quotes it: in characters (code points), the end excluded."""

    page: Page
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CitedText:
    """An answer, what was searched for to give it, and the pages it quotes, in order."""

    text: str
    query: str = ""
    sources: tuple[Source, ...] = ()

    def within(self, text: str) -> CitedText | None:
        """Return the sources that are still whole in a text that may have been cut, if any."""
        whole = tuple(source for source in self.sources if source.end <= len(text))
        return CitedText(text, self.query, whole) if whole else None

    def quotes(self) -> list[tuple[int, int, list[Page]]]:
        """Return the quoted sentences in order: start, end and the pages that hold each."""
        pages: dict[tuple[int, int], list[Page]] = {}
        for source in self.sources:
            pages.setdefault((source.start, source.end), []).append(source.page)
        return [(start, end, found) for (start, end), found in pages.items()]


_TELESCOPE = "The telescope sent new pictures of a spiral galaxy this week."

PAGES = (
    Page(
        "https://example.com/weather",
        "Weather report",
        "2025-06-01",
        "It is sunny and 22 degrees in San Francisco today.",
    ),
    Page("https://example.com/space", "News from space", "2025-05-28", _TELESCOPE),
    # The same sentence on another page: an answer quotes it once and cites both.
    Page("https://example.net/astronomy", "Astronomy today", "2025-05-29", _TELESCOPE),
    Page(
        "https://example.com/languages",
        "Programming languages",
        "2024-10-07",
        "Python 3.13 was released in October 2024.",
    ),
    # Characters of two, three and four bytes, the last of them two UTF-16 units: offsets that
    # are counted in the wrong unit do not fit.
    Page(
        "https://cafe.example.org/croissants",
        "Café Löwen, Zürich 🥐",
        "2025-03-14",
        "The café in Zürich bakes croissants 🥐 all day, for 2 € each.",
    ),
    # The last page is found when no other is.
    Page(
        "https://example.org/search",
        "About searching",
        "2025-01-31",
        "A search engine ranks the pages that share words with a question.",
    ),
)


def search(question: str, plugin: JsonObject) -> list[Page]:
    """Return the pages that share most words with a question, best first.

    Args:
        question: The question. If no page shares a word with it, one is found all the same.
        plugin: The plugin as it was sent. Known are `max_results`, `include_domains` and
            `exclude_domains`; a domain stands for its subdomains as well.
    """
    asked = set(stems_of(question))
    allowed = [page for page in PAGES if _is_allowed(page, plugin)]
    shared = {
        page: len(asked & set(stems_of(page.title + " " + page.sentence))) for page in allowed
    }
    ranked = sorted(allowed, key=lambda page: -shared[page])
    limit = min(plugin.get("max_results") or _DEFAULT_RESULTS, _MOST_RESULTS)
    return [page for page in ranked[:limit] if shared[page]] or allowed[-1:]


def cite(answer: str, question: str, plugin: JsonObject, *, marks: bool) -> CitedText:
    """Return an answer with the sentences of the pages after it that a search finds.

    Args:
        answer: What is answered without a search.
        question: What is searched for.
        plugin: The plugin as it was sent.
        marks: Whether numbers such as "[1]" stand behind the sentences.
    """
    by_sentence: dict[str, list[Page]] = {}
    for page in search(question, plugin):
        by_sentence.setdefault(page.sentence, []).append(page)
    sources: list[Source] = []
    for sentence, pages in by_sentence.items():
        start = len(answer) + 1
        answer = f"{answer} {sentence}"
        end = len(answer)
        for page in pages:
            sources.append(Source(page, start, end))
            if marks:
                answer += f"[{len(sources)}]"
    return CitedText(answer, topic_of(question), tuple(sources))


def _is_allowed(page: Page, plugin: JsonObject) -> bool:
    included = plugin.get("include_domains")
    if included and not _is_in(page, included):
        return False
    return not _is_in(page, plugin.get("exclude_domains") or [])


def _is_in(page: Page, domains: list[str]) -> bool:
    host = f".{urlsplit(page.url).hostname}"
    # "*.example.org" is OpenRouter's way to write all of a domain.
    return any(host.endswith("." + domain.lower().removeprefix("*.")) for domain in domains)

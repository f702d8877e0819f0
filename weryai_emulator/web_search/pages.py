"""The pages that the web plugin finds, and answers that quote them.

The emulator has a few pages of its own and fetches nothing. A question goes in; `search` ranks the
pages by shared words; `cite` appends their sentences to an answer and notes where each one stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from weryai_emulator.json_text import JsonObject
from weryai_emulator.text import stems_of, topic_of

# The number of pages: the default of `max_results`, and the most that it allows.
_DEFAULT_RESULTS = 2
_MOST_RESULTS = 5


@dataclass(frozen=True, slots=True)
class Page:
    """A page and the sentence that answers quote from it."""

    url: str
    title: str
    date: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Source:
    """A page, and where an answer quotes it: offsets in code points, `end` exclusive."""

    page: Page
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CitedText:
    """An answer, the query of its search, and the pages it quotes, in order."""

    text: str
    query: str = ""
    sources: tuple[Source, ...] = ()

    def within(self, text: str) -> CitedText | None:
        """Return the citations that survive in a truncated text, or None if none does."""
        whole = tuple(source for source in self.sources if source.end <= len(text))
        return CitedText(text, self.query, whole) if whole else None

    def quotes(self) -> list[tuple[int, int, list[Page]]]:
        """Return each quoted sentence in order: start, end, and the pages that contain it."""
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
    # The same sentence on another page: an answer quotes it once and cites both pages.
    Page("https://example.net/astronomy", "Astronomy today", "2025-05-29", _TELESCOPE),
    Page(
        "https://example.com/languages",
        "Programming languages",
        "2024-10-07",
        "Python 3.13 was released in October 2024.",
    ),
    # Characters of two, three and four bytes; the last is two UTF-16 units. Offsets in the wrong
    # unit therefore miss the sentence.
    Page(
        "https://cafe.example.org/croissants",
        "Café Löwen, Zürich 🥐",
        "2025-03-14",
        "The café in Zürich bakes croissants 🥐 all day, for 2 € each.",
    ),
    # The last page is the fallback of a search without results.
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
        question: The question. If no page shares a word with it, the last allowed page is found.
        plugin: The plugin as the request has it, with the options `max_results`,
            `include_domains` and `exclude_domains`. A domain includes its subdomains.
    """
    asked = set(stems_of(question))
    allowed = [page for page in PAGES if _is_allowed(page, plugin)]
    shared = {
        page: len(asked & set(stems_of(page.title + " " + page.sentence))) for page in allowed
    }
    ranked = sorted(allowed, key=lambda page: -shared[page])
    limit = min(plugin.get("max_results") or _DEFAULT_RESULTS, _MOST_RESULTS)
    return [page for page in ranked[:limit] if shared[page]] or allowed[-1:]


def quote(question: str, plugin: JsonObject) -> str:
    """Return the sentences of the pages that a search finds, each once."""
    return " ".join(dict.fromkeys(page.sentence for page in search(question, plugin)))


def cite(answer: str, question: str, plugin: JsonObject, *, marks: bool) -> CitedText:
    """Return an answer, followed by the sentences of the pages that a search finds.

    Args:
        answer: The answer without a search.
        question: The question to search for.
        plugin: The plugin as the request has it.
        marks: Whether to add numbers such as "[1]" after the sentences.
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
    # OpenRouter writes a domain with its subdomains as "*.example.org".
    return any(host.endswith("." + domain.lower().removeprefix("*.")) for domain in domains)

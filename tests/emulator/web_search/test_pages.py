"""The pages that a search finds, and the answers that quote them."""

from __future__ import annotations

import pytest

from weryai_emulator.web_search.pages import PAGES, cite, search


def found(question, **options):
    """Return the last part of the URL of each page."""
    return [page.url.rpartition("/")[2] for page in search(question, {"id": "web", **options})]


@pytest.mark.parametrize(
    ("question", "pages"),
    [
        ("What is the weather?", ["weather"]),
        ("Which Python was released?", ["languages"]),
        ("Who bakes croissants?", ["croissants"]),
        ("Was gibt es im CAFÉ?", ["croissants"]),
        ("zürich", ["croissants"]),
        ("Are there pictures of a galaxy?", ["space", "astronomy"]),
        ("What is the tallest mountain?", ["search"]),
        ("?", ["search"]),
        ("", ["search"]),
    ],
)
def test_the_words_of_the_question_find_pages(question, pages):
    assert found(question) == pages


EVERYTHING = "weather telescope python croissants engine"


@pytest.mark.parametrize(
    ("options", "pages"),
    [
        ({}, ["weather", "space"]),
        ({"max_results": 1}, ["weather"]),
        ({"max_results": 4}, ["weather", "space", "astronomy", "languages"]),
        ({"max_results": 100}, ["weather", "space", "astronomy", "languages", "croissants"]),
        ({"include_domains": ["example.org"]}, ["croissants", "search"]),
        ({"include_domains": ["cafe.example.org", "example.net"]}, ["astronomy", "croissants"]),
        ({"include_domains": ["*.EXAMPLE.org"], "max_results": 1}, ["croissants"]),
        ({"exclude_domains": ["example.com"]}, ["astronomy", "croissants"]),
        (
            {"include_domains": ["example.org"], "exclude_domains": ["cafe.example.org"]},
            ["search"],
        ),
        ({"include_domains": ["ample.org"]}, []),
        ({"include_domains": [], "max_results": 1}, ["weather"]),
    ],
    ids=str,
)
def test_the_options_of_the_plugin_limit_the_pages(options, pages):
    assert found(EVERYTHING, **options) == pages


def test_a_domain_filter_also_holds_for_the_fallback():
    assert found("?", include_domains=["example.com"]) == ["languages"]


@pytest.mark.parametrize("marks", [False, True])
def test_each_sentence_is_quoted_once_and_cites_all_its_pages(marks):
    cited = cite("I say:", "telescope croissants", {"max_results": 3}, marks=marks)
    first, second, last = cited.sources
    space, cafe = first.page.sentence, last.page.sentence
    assert cited.text == (f"I say: {space}[1][2] {cafe}[3]" if marks else f"I say: {space} {cafe}")
    assert (first.start, first.end) == (second.start, second.end)
    assert cited.quotes() == [
        (first.start, first.end, [first.page, second.page]),
        (last.start, last.end, [last.page]),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "plain words",
        "Grüße 🥐!",
        "👩‍🚀 e\u0301: joined emoji and marks",
        '[1] or "[9]"',
        "Lines\r\n\u2028\t?",
    ],
)
def test_offsets_are_in_code_points(answer):
    cited = cite(answer, "telescope croissants", {"max_results": 3}, marks=True)
    assert cited.text.startswith(answer)
    assert len(cited.sources) == 3
    for source in cited.sources:
        assert cited.text[source.start : source.end] == source.page.sentence


def test_a_truncated_sentence_is_not_a_source():
    cited = cite("I say:", "telescope croissants", {"max_results": 3}, marks=False)
    for length in range(len(cited.text) + 1):
        text = cited.text[:length]
        kept = [source.page for source in cited.sources if source.page.sentence in text]
        within = cited.within(text)
        assert ([source.page for source in within.sources] if within else []) == kept


def test_an_answer_without_a_page_has_no_sources():
    cited = cite("Hello", "Hello", {"include_domains": ["nowhere.example"]}, marks=False)
    assert (cited.text, cited.sources, cited.within("Hello")) == ("Hello", (), None)


def test_offsets_in_a_wrong_unit_miss_the_sentence():
    [sentence] = [page.sentence for page in PAGES if "🥐" in page.sentence]
    sizes = [len(sentence), len(sentence.encode("utf-16-le")) // 2, len(sentence.encode())]
    assert sizes == [60, 61, 67]

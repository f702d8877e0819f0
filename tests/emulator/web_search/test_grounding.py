from __future__ import annotations

from weryai_emulator.web_search.grounding import grounding, vertex_annotations
from weryai_emulator.web_search.pages import PAGES, CitedText, Source


def test_google_omits_the_offset_0_and_litellm_then_the_citation():
    page = PAGES[0]
    cited = CitedText(page.sentence, "weather", (Source(page, 0, len(page.sentence)),))
    [support] = grounding(cited)["groundingSupports"]
    assert support["segment"] == {"endIndex": 50, "text": page.sentence}
    assert vertex_annotations(cited) == {"annotations": []}


def test_markup_in_a_query_is_escaped():
    rendered = grounding(CitedText("", "<b> & co"))["searchEntryPoint"]["renderedContent"]
    link = "https://example.com/search?q=%3Cb%3E+%26+co"
    assert rendered == f'<a href="{link}">&lt;b&gt; &amp; co</a>'

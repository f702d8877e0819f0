"""The probes of the web search; `test_verdicts` has its shapes as the emulator sends them."""

import json

import pytest
from probe_replies import REFUSED, answering, delta, saying, streaming

NO = "refused: HTTP 400, code 1002: no; Parameter error"
LINK = {"type": "url_citation", "url_citation": {"url": "https://a.example", "title": "A"}}
PLAIN = json.loads(answering("3.13")[2])


@pytest.mark.parametrize(
    ("reply", "verdict", "seen"),
    [
        (
            answering("3.13", annotations=[LINK]),
            "holds",
            "`message.annotations`, nested; citations read: 1",
        ),
        (
            saying({**PLAIN, "citations": [17]}),
            "differs",
            "top-level `citations`; citations read: 0",
        ),
        (
            answering("3.13", found_at=["https://a.example"]),
            "unknown",
            "GEMINI_3_1_FLASH_LITE names no sources; fields: choices, content, created, "
            "finish_reason, found_at, id, index, message, model, object, role, usage",
        ),
        (REFUSED, "differs", NO),
    ],
)
def test_sources_are_looked_for_in_every_place(find, reply, verdict, seen):
    finding = find("web-search", reply)
    assert (finding.verdict, finding.seen) == (verdict, seen)


@pytest.mark.parametrize(
    ("events", "seen"),
    [
        ([delta({"content": "a", "annotations": [LINK]}), delta({}, "stop")], "before"),
        ([delta({"content": "a"}), delta({"annotations": [LINK]}, "stop")], "with"),
        ([delta({"content": "a"}, "stop"), delta({"annotations": [LINK]})], "after"),
        ([delta({"content": "a"}, "stop"), {"citations": ["https://a.example"]}], "after"),
    ],
)
def test_the_place_in_the_stream_is_named(find, events, seen):
    finding = find("web-search-stream", streaming(*events))
    assert finding.verdict == "holds"
    assert finding.seen.endswith(f"; citations read: 1, {seen} the finish reason")


@pytest.mark.parametrize(
    ("probe", "reply", "verdict", "seen", "setting"),
    [
        (
            "web-search-stream",
            answering("3.13", annotations=[LINK]),
            "holds",
            "`message.annotations`, nested; citations read: 1",
            "",
        ),
        ("web-search-options", REFUSED, "differs", NO, "`web_search=True` alone"),
        ("web-search-schema", REFUSED, "holds", NO, ""),
        ("web-search-schema", answering("{}"), "differs", "GEMINI_3_1_FLASH_LITE takes both", ""),
        ("web-search-schema", saying({"result": 1}), "differs", "not readable: HTTP 200", ""),
    ],
)
def test_options_and_schemas_are_judged(find, probe, reply, verdict, seen, setting):
    finding = find(probe, reply)
    assert (finding.verdict, finding.seen, finding.setting) == (verdict, seen, setting)


def test_a_refused_search_says_nothing_about_schemas(find):
    finding = find("web-search-schema", REFUSED, control=REFUSED)
    assert (finding.verdict, finding.seen) == ("unknown", f"refused, and so is `web-search` ({NO})")


@pytest.mark.parametrize(("links", "verdict"), [([], "unknown"), ([LINK], "holds")])
def test_options_are_judged_by_the_sources(find, links, verdict):
    finding = find("web-search-options", answering("3.13", annotations=links))
    assert finding.verdict == verdict
    assert finding.seen == f"`max_results=1` is taken; sources: {len(links)}"


def test_a_gemini_that_is_named_searches_itself(find, service):
    find("web-search", REFUSED, model="GEMINI_25_PRO")
    assert service.requests[0].json["model"] == "GEMINI_25_PRO"
    assert service.requests[0].json["plugins"] == [{"id": "web"}]

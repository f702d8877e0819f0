"""Sources in every shape become citations."""

from __future__ import annotations

import json
import logging
from dataclasses import replace

import pytest
from replies import decode_stream, decode_whole, to_stream

from weryai_core import Citation, merge_chunks
from weryai_core.reply.citations import search_queries, to_citations

# Characters of one to four bytes, one outside the BMP, and an accent that is a character of its
# own. "Grüße" is 0 to 5, the croissant 6, "你好" 8 to 10, "é" 11 to 13; the text ends at 14. In
# bytes: 0 to 7, 8 to 12, 13 to 19, 20 to 23, 24.
TEXT = "Grüße 🥐 你好 e\u0301."
A, B = "https://a.example/x", "https://b.example/y"
GREETING = Citation(A, "A", "", 0, 5, 0)
CHINESE = Citation(B, "B", "", 8, 10, 1)
BOTH = (GREETING, CHINESE)
LISTED = (Citation(A, "A"), Citation(B, "B", source_index=1))


def annotation(url, title, start, end):
    return {
        "type": "url_citation",
        "url_citation": {"url": url, "title": title, "start_index": start, "end_index": end},
    }


NESTED = [annotation(A, "A", 0, 5), annotation(B, "B", 8, 10)]
FLAT = [{"type": "url_citation", **entry["url_citation"]} for entry in NESTED]
IN_BYTES = [annotation(A, "A", 0, 7), annotation(B, "B", 13, 24)]
GROUNDING = {
    "webSearchQueries": ["greetings", "hello"],
    "groundingChunks": [{"web": {"uri": A, "title": "A"}}, {"web": {"uri": B, "title": "B"}}],
    "groundingSupports": [
        {"segment": {"endIndex": 7, "text": "Grüße"}, "groundingChunkIndices": [0]},
        {
            "segment": {"startIndex": 13, "endIndex": 19, "text": "你好"},
            "groundingChunkIndices": [1, 0],
        },
    ],
}
SNAKE_GROUNDING = {
    "web_search_queries": ["greetings", "hello"],
    "grounding_chunks": [{"web": {"uri": A, "title": "A"}}, {"web": {"uri": B, "title": "B"}}],
    "grounding_supports": [
        {"segment": {"end_index": 7, "text": "Grüße"}, "grounding_chunk_indices": [0]},
        {
            "segment": {"start_index": 13, "end_index": 19, "text": "你好"},
            "grounding_chunk_indices": [1, 0],
        },
    ],
}
GROUNDED = (
    Citation(A, "A", "Grüße", 0, 5, 0),
    Citation(A, "A", "你好", 8, 10, 0),
    Citation(B, "B", "你好", 8, 10, 1),
)
# What LiteLLM makes of it: the first source of each support that has a start, in bytes.
LITELLM = [annotation(B, "B", 13, 19)]
RESULTS = [{"url": A, "title": "A", "snippet": "Hello."}, {"url": B, "title": "B"}]
PARTS = [
    {"type": "text", "text": "Grüße", "citations": [{"url": A, "title": "A", "cited_text": "Hi"}]},
    {"type": "text", "text": " 🥐 "},
    {"type": "text", "text": "你好", "citations": [{"url": B, "title": "B"}]},
    {"type": "text", "text": " e\u0301."},
]

# Name -> fields of the message, of the choice, of the reply; the citations.
SHAPES = {
    "nested annotations": ({"annotations": NESTED}, {}, {}, BOTH),
    "flat annotations": ({"annotations": FLAT}, {}, {}, BOTH),
    "annotations of the choice": ({}, {"annotations": NESTED}, {}, BOTH),
    "annotations of the reply": ({}, {}, {"annotations": NESTED}, BOTH),
    "annotations with content": (
        {"annotations": [{"url_citation": {"url": A, "content": "Hi", "end_index": 0}}]},
        {},
        {},
        (Citation(A, cited_text="Hi"),),
    ),
    "annotations in bytes": (
        {"annotations": IN_BYTES},
        {},
        {},
        (GREETING, replace(CHINESE, end_index=14)),
    ),
    "addresses": ({}, {}, {"citations": [A, B]}, (Citation(A), Citation(B, source_index=1))),
    "addresses in the message": ({"citations": [A]}, {}, {}, (Citation(A),)),
    "citations that are objects": (
        {},
        {},
        {"citations": [{"url": A, "title": "A"}, {"uri": B, "title": "B"}]},
        LISTED,
    ),
    "search results": (
        {},
        {},
        {"search_results": RESULTS},
        (replace(LISTED[0], cited_text="Hello."), LISTED[1]),
    ),
    "addresses and search results": (
        {},
        {},
        {"citations": [B, A], "search_results": RESULTS},
        (Citation(B, "B"), Citation(A, "A", "Hello.", source_index=1)),
    ),
    "addresses and annotations": (
        {"annotations": NESTED},
        {},
        {"citations": [A, "https://c.example/z", B]},
        (
            GREETING,
            replace(CHINESE, source_index=2),
            Citation("https://c.example/z", source_index=1),
        ),
    ),
    "Google's": ({}, {"groundingMetadata": GROUNDING}, {}, GROUNDED),
    "Google's in the message": ({"groundingMetadata": GROUNDING}, {}, {}, GROUNDED),
    "Google's in snake case": ({"grounding_metadata": SNAKE_GROUNDING}, {}, {}, GROUNDED),
    "LiteLLM's": ({}, {}, {"vertex_ai_grounding_metadata": [GROUNDING]}, GROUNDED),
    "LiteLLM's in the message": ({"vertex_ai_grounding_metadata": [GROUNDING]}, {}, {}, GROUNDED),
    "LiteLLM's as an object": ({"vertex_ai_grounding_metadata": GROUNDING}, {}, {}, GROUNDED),
    "LiteLLM's with annotations": (
        {"annotations": LITELLM},
        {},
        {"vertex_ai_grounding_metadata": [GROUNDING]},
        GROUNDED,
    ),
    "Google's twice": (
        {"grounding_metadata": SNAKE_GROUNDING},
        {"groundingMetadata": GROUNDING},
        {},
        GROUNDED,
    ),
    "Anthropic's": (
        {"content": PARTS},
        {},
        {},
        (Citation(A, "A", "Hi", 0, 5, 0), CHINESE),
    ),
}
ROWS = [pytest.param(*row, id=name) for name, row in SHAPES.items()]


def whole(message, of_choice, top):
    choice = {"message": {"content": TEXT, **message}, "finish_reason": "stop", **of_choice}
    return json.dumps({"choices": [{"index": 0, **choice}], **top}).encode()


def delta(delta, **of_choice):
    return {"choices": [{"index": 0, "delta": delta, **of_choice}]}


@pytest.mark.parametrize(("message", "of_choice", "top", "expected"), ROWS)
def test_a_whole_reply_has_the_citations(message, of_choice, top, expected):
    chunk = decode_whole(whole(message, of_choice, top))
    assert chunk.text == TEXT
    assert chunk.choice.citations == expected


@pytest.mark.parametrize("place", ["first", "with the text", "with the end", "late", "everywhere"])
def test_a_stream_has_them_at_its_end(place):
    for name, (message, of_choice, top, expected) in SHAPES.items():
        events = events_with_sources(dict(message), of_choice, top)[place]
        chunks = decode_stream(to_stream(*events))
        early = [(chunk.choice.citations, chunk.choice.sources) for chunk in chunks[:-1]]
        assert early == [((), {})] * (len(chunks) - 1), name
        assert chunks[-1].choice.citations == expected, name
        merged = merge_chunks(chunks)
        assert (merged.text, merged.choice.citations) == (TEXT, expected), name


def events_with_sources(message, of_choice, top):
    """The events of a stream that has its sources in each of these places."""
    parts = message.pop("content", [TEXT])
    sources = {"choices": [{"index": 0, "delta": message, **of_choice}], **top}
    texts = [
        delta({"content": part if isinstance(part, str) else [{**part, "index": number}]})
        for number, part in enumerate(parts)
    ]
    end = delta({}, finish_reason="stop")
    first = {**top, "choices": [{**texts[0]["choices"][0], **of_choice}]}
    first["choices"][0]["delta"] = {**message, **texts[0]["choices"][0]["delta"]}
    last = {**top, "choices": [{**end["choices"][0], **of_choice, "delta": message}]}
    return {
        "first": [sources, *texts, end],
        "with the text": [first, *texts[1:], end],
        "with the end": [*texts, last],
        "late": [*texts, end, sources],
        "everywhere": [sources, first, *texts[1:], sources, last, sources],
    }


def test_it_does_not_matter_where_the_text_was_cut():
    for name, (message, of_choice, top, expected) in SHAPES.items():
        if "content" in message:
            continue
        end = {**delta(message, finish_reason="stop", **of_choice), **top}
        for position in range(len(TEXT) + 1):
            pieces = [delta({"content": piece}) for piece in (TEXT[:position], TEXT[position:])]
            merged = merge_chunks(decode_stream(to_stream(*pieces, end), sizes=[None]))
            assert (merged.text, merged.choice.citations) == (TEXT, expected), name


def test_it_does_not_matter_where_a_part_was_cut():
    """The pieces of a part have its number; its citations come after them."""
    expected = SHAPES["Anthropic's"][-1]
    end = delta({}, finish_reason="stop")
    for size in range(1, 6):
        events = []
        for number, part in enumerate(PARTS):
            text, citations = part["text"], part.get("citations", [])
            pieces = [text[start : start + size] for start in range(0, len(text), size)]
            fields = [{"text": piece} for piece in pieces]
            fields += [{"text": "", "citations": [citation]} for citation in citations]
            events += [
                delta({"content": [{"type": "text", "index": number, **field}]}) for field in fields
            ]
        merged = merge_chunks(decode_stream(to_stream(*events, end)))
        assert (merged.text, merged.choice.citations) == (TEXT, expected)


def test_annotations_come_one_by_one_or_repeated_with_more():
    text, end = delta({"content": TEXT}), delta({}, finish_reason="stop")
    one_by_one = [delta({"annotations": [entry]}) for entry in NESTED]
    repeated = [delta({"annotations": NESTED[:count]}) for count in (1, 2, 2)]
    for late in (one_by_one, repeated):
        [*_, closing] = decode_stream(to_stream(text, *late, end))
        assert closing.choice.citations == BOTH
        assert closing.choice.sources == {"annotations": NESTED}


def test_googles_places_may_come_after_its_sources():
    chunks = {"groundingChunks": GROUNDING["groundingChunks"]}
    supports = {"groundingSupports": GROUNDING["groundingSupports"]}
    [*_, closing] = decode_stream(
        to_stream(
            delta({"content": TEXT}, groundingMetadata=chunks),
            delta({}, groundingMetadata=supports, finish_reason="stop"),
        )
    )
    assert closing.choice.citations == GROUNDED
    assert closing.choice.sources == {"groundingMetadata": {**chunks, **supports}}


# The place in a citation -> its place in the text.
PLACES = {
    "whole": ({"start_index": 0, "end_index": 14}, (0, 14)),
    "one character outside the BMP": ({"start_index": 6, "end_index": 7}, (6, 7)),
    "no start": ({"end_index": 5}, (None, None)),
    "no end": ({"start_index": 5}, (None, None)),
    "nulls": ({"start_index": None, "end_index": None}, (None, None)),
    "empty": ({"start_index": 5, "end_index": 5}, (None, None)),
    "zeros": ({"start_index": 0, "end_index": 0}, (None, None)),
    "reversed": ({"start_index": 5, "end_index": 2}, (None, None)),
    "negative": ({"start_index": -5, "end_index": 2}, (None, None)),
    "past the last byte": ({"start_index": 0, "end_index": 26}, (None, None)),
    "enormous": ({"start_index": 10**30, "end_index": 10**31}, (None, None)),
    "strings": ({"start_index": "0", "end_index": "5"}, (None, None)),
    "fractions": ({"start_index": 0.5, "end_index": 5.0}, (None, None)),
    "booleans": ({"start_index": False, "end_index": True}, (None, None)),
    "lists": ({"start_index": [0], "end_index": {}}, (None, None)),
}


@pytest.mark.parametrize(("fields", "expected"), PLACES.values(), ids=PLACES)
def test_an_invalid_place_is_left_out(fields, expected):
    start, end = expected
    assert to_citations([{"annotations": [{"url": A, **fields}]}], TEXT) == (
        Citation(A, start_index=start, end_index=end),
    )


# Google's segment -> the place in TEXT.
SEGMENTS = {
    "bytes": ({"startIndex": 8, "endIndex": 12}, (6, 7)),
    "bytes with their words": ({"startIndex": 8, "endIndex": 12, "text": "🥐"}, (6, 7)),
    "characters, by the words": ({"startIndex": 6, "endIndex": 7, "text": "🥐"}, (6, 7)),
    "elsewhere, by the words": ({"startIndex": 1, "endIndex": 3, "text": "你好"}, (8, 10)),
    "a combining character": ({"startIndex": 20, "endIndex": 23, "text": "e\u0301"}, (11, 13)),
    "words that are not there": ({"startIndex": 0, "endIndex": 7, "text": "no"}, (None, None)),
    "to the end": ({"startIndex": 20, "endIndex": 24}, (11, 14)),
    "within a character": ({"startIndex": 9, "endIndex": 14}, (6, 8)),
    "past the end": ({"startIndex": 20, "endIndex": 99}, (11, 14)),
    "no end": ({"startIndex": 0}, (None, None)),
    "a negative end": ({"endIndex": -7}, (None, None)),
    "a string": ({"startIndex": 0, "endIndex": "7"}, (None, None)),
    "a start that is none": ({"startIndex": "x", "endIndex": 7}, (0, 5)),
}


@pytest.mark.parametrize(("segment", "expected"), SEGMENTS.values(), ids=SEGMENTS)
def test_googles_bytes_become_characters(segment, expected):
    metadata = {
        "groundingChunks": [{"web": {"uri": A}}],
        "groundingSupports": [{"segment": segment, "groundingChunkIndices": [0]}],
    }
    [citation] = to_citations([{"groundingMetadata": metadata}], TEXT)
    assert (citation.start_index, citation.end_index) == expected


def test_every_place_in_bytes_becomes_the_place_in_characters():
    """All substrings of a text in several scripts, without their words as proof."""
    for start in range(len(TEXT)):
        for end in range(start + 1, len(TEXT) + 1):
            segment = {
                "startIndex": len(TEXT[:start].encode()),
                "endIndex": len(TEXT[:end].encode()),
            }
            metadata = {
                "groundingChunks": [{"web": {"uri": A}}],
                "groundingSupports": [{"segment": segment, "groundingChunkIndices": [0]}],
            }
            [citation] = to_citations([{"groundingMetadata": metadata}], TEXT)
            assert (citation.start_index, citation.end_index) == (start, end)


# Malformed fields -> the addresses that are found, and how many entries are logged.
MALFORMED = {
    "null": ({"annotations": None}, [], 0),
    "no list": ({"annotations": "x"}, [], 1),
    "an object": ({"citations": {"url": A}}, [], 1),
    "entries of other types": ({"annotations": [None, 1, "x", [], A]}, [], 5),
    "no address": ({"annotations": [{}, {"url": None}, {"url": 1}, {"url": ""}]}, [], 4),
    "another kind": ({"annotations": [{"type": "file_citation", "file_id": "1"}]}, [], 1),
    "nested wrongly": ({"annotations": [{"url_citation": [A]}, {"url_citation": "x"}]}, [], 2),
    "an empty nest and an address": ({"annotations": [{"url_citation": None, "url": A}]}, [A], 0),
    "one good among bad": ({"citations": [None, 5, A, {}, {"url": B}]}, [A, B], 3),
    "search results of nulls": ({"search_results": [None, {"url": None, "title": None}]}, [], 2),
    "Google's as a string": ({"groundingMetadata": "x"}, [], 1),
    "Google's of nulls": (
        {
            "groundingMetadata": {
                "webSearchQueries": None,
                "groundingChunks": None,
                "groundingSupports": None,
            }
        },
        [],
        0,
    ),
    "Google's sources of nulls": (
        {"groundingMetadata": {"groundingChunks": [None, {}, {"web": None}, {"web": {}}]}},
        [],
        4,
    ),
    "Google's supports of nulls": (
        {
            "groundingMetadata": {
                "groundingChunks": [{"web": {"uri": A}}],
                "groundingSupports": [None, {}, {"segment": None}],
            }
        },
        [A],
        3,
    ),
    "Google's indices out of range": (
        {
            "groundingMetadata": {
                "groundingChunks": [{"web": {"uri": A}}],
                "groundingSupports": [
                    {"segment": {"endIndex": 7}, "groundingChunkIndices": [1, -1, None, "0", 0.0]}
                ],
            }
        },
        [A],
        5,
    ),
    "Google's sources elsewhere than in the web": (
        {"groundingMetadata": {"groundingChunks": [{"web": None, "maps": {"uri": A}}]}},
        [A],
        0,
    ),
    "LiteLLM's of nulls": ({"vertex_ai_grounding_metadata": [None, 1, {}]}, [], 1),
    "both cases, one null": (
        {"grounding_metadata": {"grounding_chunks": None, "groundingChunks": [{"uri": A}]}},
        [A],
        0,
    ),
}


@pytest.mark.parametrize(("fields", "urls", "count"), MALFORMED.values(), ids=MALFORMED)
def test_unknown_shapes_are_skipped_and_logged(caplog, fields, urls, count):
    caplog.set_level(logging.DEBUG, "weryai_core")
    chunk = decode_whole(whole(fields, {}, {}))
    assert [citation.url for citation in chunk.choice.citations] == urls
    assert {record.levelname for record in caplog.records} <= {"DEBUG"}
    # Google's sources are read twice: for themselves, and for their places.
    messages = {record.getMessage() for record in caplog.records}
    assert bool(messages) is bool(count)
    assert len(messages) <= count


@pytest.mark.parametrize("citations", [None, 1, "x", {}, [None], [{}], ["x"], [{"url": None}]])
def test_odd_citations_of_a_part_are_skipped(citations):
    chunk = decode_whole(whole({"content": [{"text": TEXT, "citations": citations}]}, {}, {}))
    assert chunk.text == TEXT
    assert chunk.choice.citations == ()


def test_a_source_that_is_given_twice_is_one_citation():
    found = [{"annotations": [*FLAT, *NESTED]}, {"citations": [A, B, A]}]
    assert to_citations(found, TEXT) == BOTH


def test_a_title_or_words_that_one_entry_lacks_are_taken_from_another():
    plain = {"url": A, "start_index": 0, "end_index": 5}
    found = [{"annotations": [plain, {**plain, "title": "A", "content": "Hi"}]}]
    assert to_citations(found, TEXT) == (Citation(A, "A", "Hi", 0, 5),)


def test_citations_are_in_the_order_of_their_places():
    found = [{"annotations": [FLAT[1], FLAT[0], {"url": "https://c.example/z"}]}]
    assert to_citations(found, TEXT) == (
        Citation(A, "A", "", 0, 5, 1),
        Citation(B, "B", "", 8, 10, 0),
        Citation("https://c.example/z", source_index=2),
    )


def test_places_in_an_answer_without_text_are_none():
    found = [{"annotations": NESTED, "groundingMetadata": GROUNDING}]
    assert {citation.start_index for citation in to_citations(found, "")} == {None}


def test_a_lone_surrogate_is_a_character():
    text = "ab\ud800cd"
    found = [{"annotations": [{"url": A, "start_index": 3, "end_index": 5}]}]
    assert to_citations(found, text) == (Citation(A, start_index=3, end_index=5),)


def test_thousands_of_places_are_found():
    words = [f"Wort {number} über 🥐. " for number in range(2000)]
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word.encode()))
    metadata = {
        "groundingChunks": [{"web": {"uri": f"{A}/{number}"}} for number in range(2000)],
        "groundingSupports": [
            {
                "segment": {"startIndex": starts[number], "endIndex": starts[number + 1]},
                "groundingChunkIndices": [number],
            }
            for number in range(2000)
        ],
    }
    text = "".join(words)
    citations = to_citations([{"groundingMetadata": metadata}], text)
    assert [text[c.start_index : c.end_index] for c in citations] == words


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], []),
        ([{"groundingMetadata": GROUNDING}], ["greetings", "hello"]),
        ([{"grounding_metadata": SNAKE_GROUNDING}], ["greetings", "hello"]),
        ([{"vertex_ai_grounding_metadata": [GROUNDING]}], ["greetings", "hello"]),
        ([{"groundingMetadata": GROUNDING}] * 2, ["greetings", "hello"]),
        ([{"groundingMetadata": {"webSearchQueries": ["q", None, 1]}}], ["q"]),
        ([{"groundingMetadata": {"webSearchQueries": "q"}}], []),
        ([{"annotations": NESTED}], []),
    ],
)
def test_each_search_query_is_found_once(found, expected):
    assert search_queries(found) == expected


def test_a_citation_as_a_dict_has_the_reported_fields():
    assert Citation(A).to_dict() == {"url": A, "source_index": 0}
    assert Citation(A, "T", "w", 0, 5, 2).to_dict() == {
        "url": A,
        "title": "T",
        "cited_text": "w",
        "start_index": 0,
        "end_index": 5,
        "source_index": 2,
    }

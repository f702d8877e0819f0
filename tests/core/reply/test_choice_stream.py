"""The sources of a stream are kept until its end, complete or cut, for each choice."""

from __future__ import annotations

import json

import pytest
from replies import decode_stream, decode_whole, to_stream

from weryai_core import (
    APIError,
    Citation,
    StreamError,
)
from weryai_core.integration import merge_sources
from weryai_core.reply.decode import StreamDecoder
from weryai_core.reply.kept.sources import keep_sources
from weryai_core.reply_options import ReplyOptions

A, B = "https://a.example/x", "https://b.example/y"
FIRST = {"url": A, "title": "A", "start_index": 0, "end_index": 5}
SECOND = {"url": B, "title": "B", "start_index": 6, "end_index": 11}
END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}


def delta(index=0, **fields):
    return {"choices": [{"index": index, "delta": fields}]}


@pytest.mark.parametrize(
    "late",
    [
        [delta(annotations=[FIRST]), delta(annotations=[SECOND])],
        [delta(content="", annotations=[FIRST]), delta(content=None, annotations=[SECOND])],
        [delta(annotations=[FIRST]), delta(annotations=[FIRST, SECOND])],
        [delta(annotations=[FIRST, SECOND]), delta(annotations=[])],
        [delta(annotations=[FIRST, SECOND]), delta(annotations=None)],
        [{"choices": [], "annotations": [FIRST, SECOND]}],
        [{"annotations": [FIRST, SECOND]}],
        [{"choices": None, "annotations": [FIRST, SECOND], "usage": {"prompt_tokens": 1}}],
    ],
    ids=[
        "two chunks",
        "with empty content",
        "repeated with more",
        "an empty list after it",
        "null after it",
        "without a choice",
        "without choices",
        "with the usage",
    ],
)
def test_sources_after_the_finish_reason_are_not_lost(late):
    [*_, closing] = decode_stream(to_stream(delta(content="Grüße Wörter"), END, *late))
    assert closing.is_last
    assert closing.choice.citations == (
        Citation(A, "A", "", 0, 5, 0),
        Citation(B, "B", "", 6, 11, 1),
    )


def test_a_stream_without_done_keeps_its_late_sources():
    body = to_stream(delta(content="Hello there"), END, delta(annotations=[FIRST]), done=False)
    [*_, closing] = decode_stream(body)
    assert closing.choice.citations == (Citation(A, "A", "", 0, 5, 0),)


def test_places_that_come_early_refer_to_the_whole_answer():
    body = to_stream(delta(content="Hel", annotations=[SECOND]), delta(content="lo there"), END)
    [*_, closing] = decode_stream(body)
    assert closing.choice.citations == (Citation(B, "B", "", 6, 11, 0),)


def test_each_answer_has_its_own_sources_and_those_of_all():
    body = to_stream(
        delta(1, content="Other there", annotations=[SECOND]),
        delta(0, content="Hello", annotations=[FIRST]),
        {**END, "citations": [B]},
        {"choices": [{"index": 1, "delta": {}, "finish_reason": "stop"}]},
    )
    [*_, closing] = decode_stream(body)
    assert [(choice.index, choice.citations) for choice in closing.choices] == [
        (0, (Citation(A, "A", "", 0, 5, 1), Citation(B, source_index=0))),
        (1, (Citation(B, "B", "", 6, 11, 0),)),
    ]
    assert closing.sources == {"citations": [B]}
    assert [choice.sources for choice in closing.choices] == [
        {"annotations": [FIRST]},
        {"annotations": [SECOND]},
    ]


def test_each_whole_answer_has_its_own_sources_and_those_of_all():
    choices = [
        {"index": index, "message": {"content": "Hello there", "annotations": [entry]}}
        for index, entry in enumerate([FIRST, SECOND])
    ]
    chunk = decode_whole(json.dumps({"choices": choices, "citations": [B]}).encode())
    assert [choice.citations for choice in chunk.choices] == [
        (Citation(A, "A", "", 0, 5, 1), Citation(B, source_index=0)),
        (Citation(B, "B", "", 6, 11, 0),),
    ]


def test_the_parts_of_each_answer_are_kept_apart():
    def part(choice, number, text, *urls):
        citations = [{"url": url} for url in urls]
        return delta(choice, content=[{"index": number, "text": text, "citations": citations}])

    body = to_stream(
        part(0, 0, "Hello "),
        part(1, 0, "One"),
        part(0, 1, "there"),
        part(1, 0, "", A),
        part(0, 1, "", B),
        END,
        {"choices": [{"index": 1, "delta": {}, "finish_reason": "stop"}]},
    )
    [*_, closing] = decode_stream(body)
    assert [choice.citations for choice in closing.choices] == [
        (Citation(B, start_index=6, end_index=11),),
        (Citation(A, start_index=0, end_index=3),),
    ]
    assert closing.choice.sources == {"content_citations": [{"url": B}]}


def test_late_citations_belong_to_their_own_part():
    def part(number, text, **fields):
        return delta(content=[{"index": number, "text": text, **fields}])

    body = to_stream(
        part(0, "Grüße "),
        part(0, "you"),
        part(1, " there"),
        part(0, "", citations=[{"url": A}]),
        part(2, "", citations=[{"url": B}]),
        END,
    )
    [*_, closing] = decode_stream(body)
    assert closing.choice.citations == (
        Citation(A, start_index=0, end_index=9),
        Citation(B, source_index=1),
    )


def test_parts_without_numbers_are_cited_where_they_stand():
    body = to_stream(
        delta(content=[{"text": "Hello "}]),
        delta(content=["you ", {"text": "there", "citations": [{"url": A}]}]),
        delta(content=[{"text": "", "citations": [{"url": B}]}]),
        END,
    )
    [*_, closing] = decode_stream(body)
    assert closing.choice.citations == (
        Citation(A, start_index=10, end_index=15),
        Citation(B, source_index=1),
    )


def test_an_only_answer_with_number_1_has_its_sources():
    decoder = StreamDecoder(ReplyOptions(has_one_choice=True))
    body = to_stream(
        delta(1, content="Hello", annotations=[FIRST]),
        {"choices": [{"index": 1, "delta": {}, "finish_reason": "stop"}]},
    )
    [*_, closing] = [*decoder.feed(body), *decoder.close()]
    assert closing.choice.citations == (Citation(A, "A", "", 0, 5, 0),)


def test_a_document_instead_of_a_stream_has_its_sources():
    message = {"content": "Hello", "annotations": [FIRST]}
    body = json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}).encode()
    [chunk] = decode_stream(body)
    assert chunk.choice.citations == (Citation(A, "A", "", 0, 5, 0),)


def test_the_partial_of_a_broken_stream_has_the_sources_so_far():
    """Places beyond the text so far are left out."""
    body = to_stream(
        {**delta(content="Hello", annotations=[FIRST, SECOND]), "citations": [B]}, done=False
    )
    with pytest.raises(StreamError) as caught:
        decode_stream(body)
    partial = caught.value.partial
    assert partial.text == "Hello"
    assert partial.choice.citations == (Citation(A, "A", "", 0, 5, 1), Citation(B, "B"))
    assert partial.choice.sources == {"annotations": [FIRST, SECOND]}
    assert partial.sources == {"citations": [B]}


def test_the_partial_of_an_error_within_a_stream_has_its_sources():
    body = to_stream(delta(content="Hello", annotations=[FIRST]), {"error": {"message": "Busy"}})
    with pytest.raises(APIError) as caught:
        decode_stream(body)
    assert caught.value.partial.choice.citations == (Citation(A, "A", "", 0, 5, 0),)


@pytest.mark.parametrize(
    ("parts", "kept"),
    [
        ([{"a": [1]}, {"a": [1]}], [{"a": [1]}]),
        ([{"a": [1]}, {"a": [1, 2]}, {"a": [1, 2, 3]}], [{"a": [1, 2, 3]}]),
        ([{"a": [1]}, {"a": [1], "b": [1]}], [{"a": [1], "b": [1]}]),
        ([{"a": [1]}, {"a": [2]}], [{"a": [1]}, {"a": [2]}]),
        ([{"a": [1]}, {"b": [1]}], [{"a": [1]}, {"b": [1]}]),
        ([{"a": [1, 2]}, {"a": [1]}], [{"a": [1, 2]}, {"a": [1]}]),
        ([{"a": {"x": [1]}}, {"a": {"x": [1, 2], "y": 1}}], [{"a": {"x": [1, 2], "y": 1}}]),
        ([{"a": {"x": [1]}}, {"a": {"y": [1]}}], [{"a": {"x": [1]}}, {"a": {"y": [1]}}]),
        ([{"a": [1]}, {}], [{"a": [1]}]),
    ],
    ids=str,
)
def test_sources_that_are_repeated_with_more_are_kept_once(parts, kept):
    """A list that grows with each of a thousand chunks is not a million entries to read."""
    found = []
    for fields in parts:
        keep_sources(fields, found)
    assert found == kept
    assert merge_sources(found) == merge_sources(parts)


def test_a_stream_without_sources_has_none():
    [*_, closing] = decode_stream(to_stream(delta(content="Hello", annotations=[]), END))
    assert closing.choices == ()
    assert closing.sources == {}

"""Content that both wrappers make of blocks: words for what cannot be sent, and cache marks."""

import base64

import pytest

from weryai_core.integration.content_parts import (
    is_plain,
    link_in_words,
    mark_end,
    source_in_words,
    value_in_words,
)

TEXT = {"type": "text", "text": "Hi"}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], True),
        ([TEXT, TEXT], True),
        ([TEXT, IMAGE], False),
        ([{**TEXT, "cache_control": {"type": "ephemeral"}}], False),
    ],
    ids=["nothing", "texts", "an image", "a mark"],
)
def test_parts_are_plain_if_all_are_texts_and_nothing_else(parts, expected):
    assert is_plain(parts) is expected


@pytest.mark.parametrize(
    ("title", "source", "text", "expected"),
    [
        ("Norby", "https://n.org", "A village.", "Norby (https://n.org):\nA village."),
        ("Norby", None, "A village.", "Norby:\nA village."),
        ("", "https://n.org", "A village.", "https://n.org:\nA village."),
        (None, None, "A village.", "A village."),
        ("Norby", "https://n.org", "", "Norby (https://n.org)"),
        (7, None, "", "7"),
        (None, None, "", ""),
    ],
)
def test_a_passage_has_its_title_and_its_source_before_it(title, source, text, expected):
    assert source_in_words(title, source, text) == expected


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ({"title": "A report", "uri": "file:///a.pdf"}, "A report: file:///a.pdf"),
        ({"name": "a.pdf", "url": "https://a.org"}, "a.pdf: https://a.org"),
        ({"filename": "a.pdf", "description": "All of it."}, "a.pdf\nAll of it."),
        ({"uri": "file:///a.pdf"}, "file:///a.pdf"),
        ({"mimeType": "text/plain"}, ""),
    ],
)
def test_a_link_has_its_title_its_address_and_what_it_is_about(link, expected):
    assert link_in_words(link) == expected


def test_any_value_is_written_as_json():
    assert value_in_words({"a": [1, None, "ü"]}) == '{"a":[1,null,"ü"]}'
    assert value_in_words(float("nan")) == "NaN"
    assert value_in_words({"at": object}) == '{"at":"<class \'object\'>"}'
    assert value_in_words({"text": b"Hi"}) == '{"text":"Hi"}'
    assert value_in_words({"data": b"\xff\xfe"}) == '{"data":"__4="}'
    endless = []
    endless.append(endless)
    assert value_in_words(endless) == "[[...]]"


def test_long_data_are_left_out_unless_a_reader_knows_their_kind():
    data = base64.b64encode(bytes(range(256)) * 4).decode()
    picture = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4).decode()
    genes = "ACGT" * 300
    assert value_in_words({"data": data}) == (
        f'{{"data":"({len(data)} characters of base64 left out)"}}'
    )
    assert value_in_words({"data": data[:900]}) == f'{{"data":"{data[:900]}"}}'
    assert value_in_words({"data": picture}) == f'{{"data":"{picture}"}}'
    assert value_in_words({"data": genes}) == f'{{"data":"{genes}"}}'


MARK = {"type": "ephemeral"}
MARKED = {**TEXT, "cache_control": MARK}


@pytest.mark.parametrize("cache_control", [MARK, "ephemeral"], ids=["an object", "its type"])
@pytest.mark.parametrize("content", ["Hi", [TEXT]], ids=["text", "parts"])
def test_the_last_part_carries_the_mark_of_the_cache(content, cache_control):
    params = [{"role": "user", "content": content}]
    mark_end(params, cache_control)
    assert params == [{"role": "user", "content": [MARKED]}]


def test_a_message_of_calls_leaves_the_mark_to_the_one_before_it():
    calling = {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}
    params = [{"role": "user", "content": "Hi"}, dict(calling)]
    mark_end(params, MARK)
    assert params == [{"role": "user", "content": [MARKED]}, calling]
    mark_end(alone := [dict(calling)], MARK)
    assert alone == [calling]


def test_a_mark_that_is_there_wins():
    part = {**TEXT, "cache_control": {"type": "ephemeral", "ttl": "1h"}}
    params = [{"role": "user", "content": [part]}]
    mark_end(params, MARK)
    assert params == [{"role": "user", "content": [part]}]


@pytest.mark.parametrize("cache_control", [None, "", {}, 7, ["ephemeral"]], ids=repr)
def test_other_marks_are_ignored(cache_control):
    params = [{"role": "user", "content": "Hi"}]
    mark_end(params, cache_control)
    assert params == [{"role": "user", "content": "Hi"}]

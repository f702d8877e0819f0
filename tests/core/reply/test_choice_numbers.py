"""The numbers of choices: one was requested, or several."""

import pytest
from replies import decode_stream, decode_whole, to_stream
from reply_fields import CALL

from weryai_core import (
    Choice,
    merge_chunks,
)
from weryai_core.reply.decode import StreamDecoder
from weryai_core.reply_options import ReplyOptions

# Choices that are numbered from 1, as some gateways do.
FROM_1 = [
    '{"choices":[{"index":1,"delta":{"content":"Hel"}}]}',
    '{"choices":[{"index":1,"delta":{"content":"lo"}}]}',
    '{"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}',
]
CALL_FROM_1 = [
    '{"choices":[{"index":1,"delta":{"tool_calls":[{"index":0,"id":"a","function":'
    '{"name":"f","arguments":"{\\"x\\""}}]}}]}',
    '{"choices":[{"index":1,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}]}',
    '{"choices":[{"index":1,"delta":{},"finish_reason":"tool_calls"}]}',
]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (FROM_1, Choice(text="Hello", finish_reason="stop")),
        (CALL_FROM_1, Choice(tool_calls=(CALL,), finish_reason="tool_calls")),
    ],
    ids=["text", "tool call"],
)
def test_the_only_requested_choice_is_number_0(events, expected):
    for done in (True, False):
        chunks = decode_stream(to_stream(*events, done=done), ReplyOptions(has_one_choice=True))
        assert merge_chunks(chunks).choices == (expected,)
        assert chunks[-1].is_last


def test_the_partial_answer_to_one_requested_choice_is_number_0():
    decoder = StreamDecoder(ReplyOptions(has_one_choice=True))
    list(decoder.feed(f"data: {FROM_1[0]}\n\n".encode()))
    assert decoder.partial.choice.text == "Hel"


def test_the_only_requested_choice_has_its_sources():
    found = '{"choices":[{"index":1,"delta":{"content":"","citations":["https://a.test"]}}]}'
    chunks = decode_stream(to_stream(found, *FROM_1), ReplyOptions(has_one_choice=True))
    assert chunks[-1].choice.sources == {"citations": ["https://a.test"]}


@pytest.mark.parametrize("numbers", [(0, 1), (1, 0), (1, 2)], ids=str)
def test_several_streamed_choices_keep_their_numbers(numbers):
    events = [
        {"choices": [{"index": number, "delta": {"content": f"answer {number}"}}]}
        for number in numbers
    ]
    chunks = decode_stream(to_stream(*events))
    choices = merge_chunks(chunks).choices
    assert {choice.index: choice.text for choice in choices} == {
        number: f"answer {number}" for number in numbers
    }


def test_more_choices_than_requested_are_kept_apart():
    events = [{"choices": [{"index": i, "delta": {"content": "ab"[i]}} for i in (1, 0)]}]
    chunks = decode_stream(to_stream(*events), ReplyOptions(has_one_choice=True))
    choices = merge_chunks(chunks).choices
    assert {choice.index: choice.text for choice in choices} == {0: "b", 1: "a"}


@pytest.mark.parametrize(
    ("numbers", "texts"),
    [([1], ["a"]), ([1, 2], ["a", "b"]), ([1, 0], ["b", "a"]), ([0, 0], ["a", "b"])],
    ids=str,
)
def test_choices_of_a_whole_reply_are_numbered_from_0_in_order(numbers, texts):
    choices = [
        {"index": number, "message": {"content": "ab"[place]}, "finish_reason": "stop"}
        for place, number in enumerate(numbers)
    ]
    found = decode_whole({"choices": choices}, ReplyOptions(has_one_choice=True)).choices
    assert [(choice.index, choice.text) for choice in found] == list(enumerate(texts))


OWN = ReplyOptions(has_one_choice=True)
MORE_THAN_ONE = {
    "in turns": [(0, "a"), (1, "x"), (0, "b"), (1, "y")],
    "in turns, after their roles": [(0, ""), (1, ""), (0, "a"), (1, "x"), (0, "b"), (1, "y")],
    "from another number": [(3, "a"), (2, "x"), (3, "b"), (2, "y")],
    "the second after the end of the first": [
        (0, "a"),
        (0, "b"),
        (0, None),
        (1, "x"),
        (1, "y"),
        (1, None),
    ],
}
ONLY_ONE = {
    "counted chunks": [(0, "a"), (1, "b"), (2, "c"), (3, "d")],
    "two counted chunks": [(0, "abc"), (1, "d")],
    "counted parts": [(0, "a"), (0, "b"), (1, "c"), (1, "d"), (0, None)],
    "an end under another number": [(0, "abc"), (0, "d"), (1, None)],
}


def numbered(pieces):
    entries = [
        {"index": number, "delta": {}, "finish_reason": "stop"}
        if text is None
        else {"index": number, "delta": {"content": text} if text else {"role": "assistant"}}
        for number, text in pieces
    ]
    return to_stream(*({"choices": [entry]} for entry in entries))


@pytest.mark.parametrize("pieces", MORE_THAN_ONE.values(), ids=MORE_THAN_ONE)
def test_more_streamed_choices_than_requested_are_kept_apart(pieces):
    chunks = decode_stream(numbered(pieces), OWN)
    assert [choice.text for choice in merge_chunks(chunks).choices] == ["ab", "xy"]


@pytest.mark.parametrize("pieces", ONLY_ONE.values(), ids=ONLY_ONE)
def test_numbers_of_chunks_or_parts_are_no_choices(pieces):
    chunks = decode_stream(numbered(pieces), OWN)
    assert [choice.text for choice in merge_chunks(chunks).choices] == ["abcd"]
    decoder = StreamDecoder(OWN)
    for event in numbered(pieces[:2]).split(b"\n\n")[:2]:
        list(decoder.feed(event + b"\n\n"))
    assert decoder.partial.text == "".join(text or "" for _, text in pieces[:2])


@pytest.mark.parametrize("text", [" more", " [a]"], ids=["alike", "with a mark"])
def test_an_index_written_as_a_float_is_the_same_number(text):
    events = [
        {"choices": [{"index": index, "delta": {"content": content}, "finish_reason": None}]}
        for index, content in [(0, "a"), (1, "b"), (1, "c"), (1.0, text)]
    ]
    chunks = decode_stream(to_stream(*events))
    assert [choice.text for choice in merge_chunks(chunks).choices] == ["a", f"bc{text}"]

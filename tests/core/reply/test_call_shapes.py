"""Tool calls of other shapes, whole and streamed in pieces."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from replies import decode_stream, decode_whole, to_stream

from weryai_core import ProtocolError, ToolCallError, merge_chunks
from weryai_core.reply_options import ReplyOptions

NAMED = ReplyOptions(has_one_choice=True, tool_names={"f": "f", "g": "g"})
CALL = {"id": "t", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
TEXT = json.dumps([CALL, {**CALL, "id": "u"}])
START = {"type": "tool_use", "id": "t", "name": "f", "input": {}}


def stream_of(*deltas, reason="tool_calls"):
    events = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
    return to_stream(*events, end)


def streamed(*deltas):
    return merge_chunks(decode_stream(stream_of(*deltas), NAMED)).choice


def whole(message):
    return decode_whole({"choices": [{"message": message, "finish_reason": "stop"}]}, NAMED).choice


def calls_of(choice):
    return [(call.id, call.name, call.arguments) for call in choice.tool_calls]


@given(st.lists(st.integers(1, 60), min_size=1, max_size=6))
def test_calls_as_json_text_are_read_however_the_text_is_cut(sizes):
    pieces, at = [], 0
    while at < len(TEXT):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append({"tool_calls": TEXT[at : at + size]})
        at += size
    found = merge_chunks(decode_stream(stream_of(*pieces), NAMED, sizes=[None])).choice
    wanted = [("t", "f", '{"a": 1}'), ("u", "f", '{"a": 1}')]
    assert calls_of(found) == calls_of(whole({"tool_calls": TEXT})) == wanted


def test_calls_as_text_that_is_not_json_are_an_error_unless_they_are_none():
    for text in (TEXT[:-3], "f(a=1)"):
        with pytest.raises(ProtocolError, match="a str `tool_calls`"):
            whole({"content": None, "tool_calls": text})
        with pytest.raises(ProtocolError, match="a str `tool_calls`"):
            streamed({"tool_calls": text[:5]}, {"tool_calls": text[5:]})
    for text in ("[]", "null", " {} "):
        assert whole({"content": "", "tool_calls": text}).tool_calls == ()
        assert streamed({"content": "Hi", "tool_calls": text}).text == "Hi"


@pytest.mark.parametrize(
    "call",
    [
        {"id": "t", "f": {"a": 1}},
        {"id": "t", "f": '{"a":1}'},
        {"id": "t", "function": {"f": {"a": 1}}},
        {"id": "t", "type": "function", "f": {"name": "f", "arguments": '{"a":1}'}},
    ],
    ids=json.dumps,
)
def test_the_name_of_a_tool_may_be_the_key_of_its_arguments(call):
    wanted = [("t", "f", '{"a":1}')]
    assert calls_of(whole({"tool_calls": [call]})) == wanted
    assert calls_of(streamed({"tool_calls": [{"index": 0, **call}]})) == wanted


@pytest.mark.parametrize("call", [{"h": {"a": 1}}, {"f": {}, "g": {}}, {"f": 1}, {"type": "f"}])
def test_a_call_that_names_no_tool_beyond_doubt_is_an_error(call):
    for read in (whole, streamed):
        with pytest.raises(ToolCallError, match="without a name"):
            read({"tool_calls": [call]})


def delta_part(json_text, **fields):
    return {"type": "input_json_delta", "partial_json": json_text, **fields}


# Deltas of a stream in Anthropic's form; the last ones hold the calls in one list, as when whole.
PARTS = {
    "by index": [
        {"content": [{"type": "text", "text": "Hi", "index": 0}]},
        {"content": [{**START, "index": 1}]},
        {"content": [{**START, "id": "u", "index": 2}]},
        {"content": [delta_part("", index=1)]},
        {"content": [delta_part('{"a": ', index=1), delta_part('{"a"', index=2)]},
        {"content": [delta_part("1}", index=1)]},
        {"content": [delta_part(": 2}", index=2)]},
    ],
    "without index": [
        {"content": "Hi"},
        {"content": [START]},
        {"content": [delta_part('{"a": ')]},
        {"content": [delta_part("1}")]},
        {"content": [{**START, "id": "u"}, delta_part('{"a": 2}')]},
    ],
    "as deltas": [
        {"type": "text_delta", "text": "Hi"},
        START,
        delta_part('{"a": '),
        delta_part("1}"),
        {**START, "id": "u", "input": {"a": 2}},
    ],
    "in one list": [
        {
            "content": [
                {"type": "text", "text": "Hi"},
                {**START, "index": 1},
                {**START, "id": "u", "index": 2, "partial_json": '{"a": 2}'},
                delta_part('{"a": ', index=1),
                delta_part("1}", index=1),
            ]
        }
    ],
}


@pytest.mark.parametrize("deltas", PARTS.values(), ids=PARTS)
def test_calls_in_the_parts_of_anthropics_streams_are_read(deltas):
    choices = [streamed(*deltas)]
    choices += [whole(deltas[0])] if len(deltas) == 1 else []
    for choice in choices:
        assert choice.text == "Hi"
        assert [(id_, name, json.loads(text)) for id_, name, text in calls_of(choice)] == [
            ("t", "f", {"a": 1}),
            ("u", "f", {"a": 2}),
        ]


def test_a_delta_that_is_reasoning_in_anthropics_form_is_read():
    choice = streamed({"type": "thinking_delta", "thinking": "Hm"}, {"content": "Hi"})
    assert (choice.reasoning, choice.text) == ("Hm", "Hi")
    assert whole({"content": "Hi", "thinking": "Hm"}).reasoning == "Hm"


@pytest.mark.parametrize(
    "text", ["", " \n", "null", "None", "undefined", "[]", " [ ]", '""', '"[]"']
)
def test_arguments_without_anything_are_none_whole_and_streamed(text):
    call = {"index": 0, "id": "t", "function": {"name": "f", "arguments": text}}
    pieces = [{"index": 0, "function": {"arguments": piece}} for piece in text]
    first = {**call, "function": {"name": "f", "arguments": ""}}
    for choice in (
        whole({"tool_calls": [call]}),
        streamed({"tool_calls": [first]}, *({"tool_calls": [piece]} for piece in pieces)),
    ):
        assert calls_of(choice) == [("t", "f", "")]

"""The names of streamed tool calls: in pieces, late, missing, or written in another way."""

import json

import pytest
from call_fragments import END, MADE_UP, PARIS, TOOL_NAMES, calls_of, fragment, read
from replies import decode_stream, decode_whole, to_stream

from weryai_core import Choice, ToolCallDelta, ToolCallError, merge_chunks
from weryai_core.reply_options import ReplyOptions

NAMES = {
    "whole": (["get_weather"], "get_weather"),
    "in pieces": (["get", "_wea", "ther"], "get_weather"),
    "the beginning of another": (["get"], "get"),
    "that grows": (["get", "get_weather"], "get_weather"),
    "restated": (["get_weather", "get_weather"], "get_weather"),
    "sent in pieces": (["notion_", "search"], "notion.search"),
    "as the user wrote it": (["notion", ".search"], "notion.search"),
    "with white space": ([" notion_search "], "notion.search"),
    "of two equal pieces": (["go", "go"], "gogo"),
    "of no tool": (["fly"], "fly"),
    "of no tool, in pieces": (["fl", "y"], "fly"),
    "that begins like a tool": (["get_time"], "get_time"),
}


@pytest.mark.parametrize(("pieces", "name"), NAMES.values(), ids=NAMES)
def test_a_name_is_that_of_the_users_tool(pieces, name):
    deltas = [[fragment(index=0, id="a", name=piece)] for piece in pieces]
    for arguments in ([], ["{}"], ['{"city":', '"Paris"}']):
        rest = [[fragment(piece, index=0)] for piece in arguments]
        chunks = read([*deltas, *rest])
        assert calls_of(merge_chunks(chunks)) == [("a", name, "".join(arguments))]
        named = [call for chunk in chunks for call in chunk.choice.tool_calls if call.name]
        assert [call.name for call in named] == [name]
    reply = {"choices": [{"message": {"tool_calls": [fragment("{}", name="".join(pieces))]}}]}
    if name not in pieces:
        options = ReplyOptions(tool_names=TOOL_NAMES)
        whole = decode_whole(json.dumps(reply).encode(), options)
        assert calls_of(whole) == [(MADE_UP, name, "{}")]


def test_a_known_name_leaves_at_once_and_its_arguments_follow():
    chunks = read(
        [
            [fragment("", index=0, id="a", name="get_weather")],
            [fragment('{"city":', index=0)],
            [fragment('"Paris"}', index=0)],
        ]
    )
    assert [chunk.choice.tool_calls for chunk in chunks[:3]] == [
        (ToolCallDelta(0, "a", "get_weather", ""),),
        (ToolCallDelta(0, arguments='{"city":'),),
        (ToolCallDelta(0, arguments='"Paris"}'),),
    ]


def test_two_known_names_without_arguments_are_two_calls():
    for index in ({}, {"index": 0}):
        names = ("get_weather", "notion_search")
        deltas = [[fragment(name=name, **index)] for name in names]
        assert calls_of(merge_chunks(read(deltas))) == [
            (MADE_UP, "get_weather", ""),
            (MADE_UP, "notion.search", ""),
        ]


NAMELESS = {
    "empty": "",
    "null": None,
    "a word for null": "null",
    "JavaScript's word for null": "undefined",
    "a character without width": "\u200b",
}


@pytest.mark.parametrize("name", NAMELESS.values(), ids=NAMELESS)
@pytest.mark.parametrize("reason", ["tool_calls", "stop"])
def test_an_answer_of_nothing_but_a_nameless_call_is_a_retryable_error(name, reason):
    nameless = fragment('{"amount":5}', id="a", name=name)
    choice = {"message": {"content": None, "tool_calls": [nameless]}, "finish_reason": reason}
    event = {"choices": [{"index": 0, "delta": {"tool_calls": [{**nameless, "index": 0}]}}]}
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
    for options in (ReplyOptions(), ReplyOptions(tool_names=TOOL_NAMES, requires_call=True)):
        with pytest.raises(ToolCallError, match="calls without a name") as whole:
            decode_whole(json.dumps({"choices": [choice]}).encode(), options)
        with pytest.raises(ToolCallError, match="calls without a name") as streamed:
            decode_stream(to_stream(event, end), options)
        assert whole.value.is_retryable
        assert streamed.value.is_retryable
        assert whole.value.partial.choice == Choice(finish_reason=reason)
        assert streamed.value.partial.choice == Choice(finish_reason=reason)


def test_the_text_next_to_a_nameless_call_is_the_answer(caplog):
    nameless = fragment('{"amount":5}', id="a", name="")
    message = {"content": "Paid.", "tool_calls": [nameless]}
    choice = {"message": message, "finish_reason": "tool_calls"}
    whole = decode_whole(json.dumps({"choices": [choice]}).encode())
    event = {"choices": [{"index": 0, "delta": message}]}
    streamed = merge_chunks(decode_stream(to_stream(event, END)))
    assert whole.choice == streamed.choice == Choice(text="Paid.", finish_reason="tool_calls")
    assert {record.getMessage() for record in caplog.records} == {
        "The answer has 1 tool calls without a name. They are left out."
    }


def test_a_nameless_call_of_a_truncated_answer_is_not_retried():
    nameless = fragment('{"amou', id="a", name="")
    choice = {"message": {"content": None, "tool_calls": [nameless]}, "finish_reason": "length"}
    with pytest.raises(ToolCallError, match=r"was truncated \(.*\)\. Raise `max_tok") as caught:
        decode_whole(json.dumps({"choices": [choice]}).encode())
    assert not caught.value.is_retryable


def test_a_tool_may_be_called_null():
    chunks = read([[fragment("{}", index=0, id="a", name="null")]], {"null": "null"})
    assert calls_of(merge_chunks(chunks)) == [("a", "null", "{}")]


def test_a_function_call_counts_where_the_tool_calls_have_no_name():
    message = {
        "tool_calls": [fragment(PARIS, index=0, id="a", name=None)],
        "function_call": {"name": "f", "arguments": PARIS},
    }
    whole = {"choices": [{"message": message, "finish_reason": "tool_calls"}]}
    event = {"choices": [{"index": 0, "delta": message}]}
    expected = [(MADE_UP, "f", PARIS)]
    assert calls_of(decode_whole(json.dumps(whole).encode())) == expected
    assert calls_of(merge_chunks(decode_stream(to_stream(event, END)))) == expected

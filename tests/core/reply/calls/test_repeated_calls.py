"""Tool calls that come again within a stream, or are cut."""

import json

import pytest
from call_fragments import MADE_UP, PARIS, calls_of, fragment, read
from replies import decode_stream, to_stream

from weryai_core import StreamError, ToolCallDelta, merge_chunks
from weryai_core.chunk import merge_tool_calls

AMOUNT = '{"amount": 10}'
REPEATS = {
    "whole, without its id": [[fragment(AMOUNT, index=0, name="pay")]],
    "whole, with its id": [[fragment(AMOUNT, index=0, id="a", name="pay")]],
    "with its id, under another index": [[fragment(AMOUNT, index=7, id="a", name="pay")]],
    "written in another way": [[fragment('{"amount":10}', index=0, name="pay")]],
    "in pieces": [
        [fragment(index=0, name="pay")],
        [fragment('{"amo', index=0, name="pay")],
        [fragment('unt": 10}', index=0)],
    ],
    "in pieces, with its id": [
        [fragment('{"amo', index=0, id="a", name="pay")],
        [fragment('unt": 10}', index=0, id="a")],
    ],
    "twice": [[fragment(AMOUNT, index=0, name="pay")]] * 2,
}


@pytest.mark.parametrize("repeat", REPEATS.values(), ids=REPEATS)
@pytest.mark.parametrize("id_", ["a", None])
def test_a_call_that_comes_again_is_one_call(repeat, id_):
    begin = {"index": 0, "id": id_}
    if id_ is None:
        repeat = [[{**entry, "id": None} for entry in delta] for delta in repeat]
        repeat = [[{**entry, "index": 0} for entry in delta] for delta in repeat]
    ways = {
        "in one piece": [[fragment(AMOUNT, name="pay", **begin)]],
        "in two pieces": [[fragment("", name="pay", **begin)], [fragment(AMOUNT, index=0)]],
    }
    for names in ({}, {"pay": "pay"}):
        for way in ways.values():
            chunks = read([*way, *repeat], names)
            ((found, name, arguments),) = calls_of(merge_chunks(chunks))
            assert (found, name) == (id_ or MADE_UP, "pay")
            assert json.loads(arguments) == {"amount": 10}


@pytest.mark.parametrize("has_ids", [True, False])
@pytest.mark.parametrize("is_numbered", [True, False])
def test_calls_that_all_come_again_are_the_same_calls(has_ids, is_numbered):
    calls = [("pay", '{"amount": 10}'), ("pay", '{"amount": 20}'), ("gogo", "{}")]
    whole = [
        fragment(arguments, index=n if is_numbered else 0, name=name)
        for n, (name, arguments) in enumerate(calls)
    ]
    first = [{**call, "id": f"id{n}"} if has_ids else call for n, call in enumerate(whole)]
    for again in ([whole], [[call] for call in whole]):
        merged = merge_chunks(read([*([call] for call in first), *again]))
        assert [(name, arguments) for _, name, arguments in calls_of(merged)] == calls


def test_the_rest_of_a_name_may_come_after_the_arguments():
    deltas = [
        [fragment(index=0, id="a", name="get")],
        [fragment(PARIS, index=0)],
        [fragment(index=0, name="_weather")],
    ]
    assert calls_of(merge_chunks(read(deltas))) == [("a", "get_weather", PARIS)]


def test_a_cut_stream_has_its_named_calls_in_the_partial_answer():
    call = fragment('{"city":"Pa', index=0, name="get_weather")
    events = [{"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}]
    with pytest.raises(StreamError) as caught:
        decode_stream(to_stream(*events, done=False))
    assert calls_of(caught.value.partial) == [(MADE_UP, "get_weather", '{"city":"Pa')]


def test_fragments_are_merged_by_index():
    fragments = [
        ToolCallDelta(1, "b", None, "["),
        ToolCallDelta(0, None, "f", "{"),
        ToolCallDelta(1, None, "g", "]"),
        ToolCallDelta(0, "a", None, "}"),
    ]
    assert merge_tool_calls(fragments) == (
        ToolCallDelta(0, "a", "f", "{}"),
        ToolCallDelta(1, "b", "g", "[]"),
    )
    assert merge_tool_calls([]) == ()

"""Calls are read whatever the habits of the gateway that streams them."""

import json

import pytest
from call_habits import NAMES, streams
from hypothesis import given
from replies import decode_stream, decode_whole, to_stream
from strange_replies import bounded

from weryai_core import ToolCallDelta, merge_chunks
from weryai_core.reply_options import ReplyOptions

OPTIONS = ReplyOptions(tool_names={name: name for name in NAMES})
END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}


def read(deltas):
    """The chunks of a stream whose deltas hold these fragments."""
    events = [{"choices": [{"index": 0, "delta": {"tool_calls": delta}}]} for delta in deltas]
    return decode_stream(to_stream(*events, END), OPTIONS, sizes=[None])


def called(choice):
    return [(call.name, json.loads(call.arguments or "{}")) for call in choice.tool_calls]


@given(streams())
@bounded(300)
def test_the_calls_are_those_of_the_whole_reply(stream):
    check(stream)


@given(streams(index="right", id="once", name="once", text="pieces", order="interleaved"))
@bounded(60)
def test_calls_whose_fragments_alternate_are_told_by_their_index(stream):
    check(stream)


def check(stream):
    """Check that the calls are those of the whole reply, and that each piece has its place."""
    entries = [
        {"id": f"id{number}", "function": {"name": name, "arguments": json.dumps(arguments)}}
        for number, (name, arguments) in enumerate(stream.calls)
    ]
    whole = decode_whole({"choices": [{"message": {"tool_calls": entries}}]}, OPTIONS)
    chunks = read(stream.deltas)
    merged = merge_chunks(chunks).choice
    assert called(merged) == called(whole.choice) == stream.calls
    ids = [call.id for call in merged.tool_calls]
    assert all(own in (None, id_) for own, id_ in zip(stream.ids, ids, strict=True))
    assert len({*ids}) == len(ids)
    begun = set()
    for call in (call for chunk in chunks for call in chunk.choice.tool_calls):
        assert bool(call.id and call.name) is (call.index not in begun)
        begun.add(call.index)


def entry(arguments, name=None, **fields):
    function = {"arguments": arguments} if name is None else {"name": name, "arguments": arguments}
    return {**fields, "function": function}


def pay(arguments, **fields):
    return entry(arguments, "pay", **fields)


X, Y = '{"x": 1}', '{"y": 2}'
ONE, TWO, NONE = ("pay", {"x": 1}), ("pay", {"y": 2}), ("pay", {})

# What may say two things -> what is decided: no tool runs twice, and none with `{}` though its
# arguments came.
AMBIGUOUS = {
    "two equal calls, or one twice": ([pay(X, index=0), pay(X, index=0)], [ONE]),
    "two equal calls with one id": ([pay(X, index=0, id="a"), pay(X, index=1, id="a")], [ONE]),
    "an empty call at the end, or the name once more": (
        [pay(X, index=0, id="a"), pay("", index=0, id="b")],
        [ONE],
    ),
    "the same with an index": ([pay(X, index=0), pay("", index=1)], [ONE]),
    "an empty object at the end": ([pay(X, index=0), pay("{}", index=0)], [ONE]),
    "an empty call, or a head": ([pay("", index=0), pay(X, index=0)], [ONE]),
    "an empty object, or what precedes arguments": ([pay("{}"), pay(X)], [ONE]),
    "an empty call, or another id on each fragment": (
        [pay("", index=0, id="a"), pay(X, index=0, id="b")],
        [ONE],
    ),
    "an empty object, or another id on each fragment": (
        [pay("{}", index=0, id="a"), pay(X, index=0, id="b")],
        [ONE],
    ),
    "an empty call, or another index on each fragment": (
        [pay("", index=0), pay(X, index=1)],
        [ONE],
    ),
    "an empty object and another index": ([pay("{}", index=0), pay(X, index=1)], [NONE, ONE]),
    "id and index of its own, as OpenAI has them": (
        [pay("", index=0, id="a"), pay(X, index=1, id="b")],
        [NONE, ONE],
    ),
    "empty calls with ids and indices of their own": (
        [pay("", index=0, id="a"), pay("", index=1, id="b"), pay("{}", index=2, id="c")],
        [NONE, NONE, NONE],
    ),
    "one number in two ways of writing": (
        [pay('{"x": 100}', index=0, id="a"), pay('{"x": 1e2}', index=0)],
        [("pay", {"x": 100})],
    ),
    "nested objects of two fragments, or one object twice": (
        [pay('{"x":', id="a"), pay('{"x": 1}', id="a")],
        [ONE],
    ),
    "arguments and a late name, or without one": ([entry(X, index=0), pay("", index=1)], [ONE]),
    "a name before that of another tool": (
        [entry("", "get", index=0, id="a"), entry(X, "get_weather", index=0, id="b")],
        [("get", {}), ("get_weather", {"x": 1})],
    ),
    "names before their arguments, without keys": (
        [entry("", "get"), pay(""), entry(X), entry(Y)],
        [("get", {"x": 1}), TWO],
    ),
}

# What looks alike, and is told by one fragment.
TOLD = {
    "a name without a fragment of its own, then a new one": (
        [pay("", index=0), entry("{}", index=0), pay("", index=0), entry(X, index=0)],
        [NONE, ONE],
    ),
    "an id that stays": (
        [pay("{}", id="a"), pay("", id="b"), entry(X, id="b")],
        [NONE, ONE],
    ),
    "an index that stays": (
        [pay("", index=0), pay("", index=1), entry(X, index=1)],
        [NONE, ONE],
    ),
    "another id and index on each fragment": (
        [
            *(pay("", index=0, id="a"), pay('{"x"', index=1, id="b"), pay(": 1}", index=2, id="c")),
            *(pay("{}", index=3, id="d"), pay('{"y"', index=4, id="e")),
            pay(": 2}", index=5, id="f"),
        ],
        [ONE, TWO],
    ),
    "all so far with more brackets, or an object within": (
        [pay('{"x": ', index=0, id="a"), entry('{"x": 1}}}', index=0)],
        [("pay", {"x": {"x": 1}})],
    ),
    "an index that returns": (
        [pay("", index=0, id="a"), pay("", index=1, id="a"), entry(X, index=0), entry(Y, index=1)],
        [ONE, TWO],
    ),
    "an id that returns": (
        [pay('{"x":', id="a"), pay('{"y":', id="b"), entry(" 1}", id="a"), entry(" 2}", id="b")],
        [ONE, TWO],
    ),
    "an object that goes on after a new id": (
        [
            pay('{"x":', index=0, id="a"),
            pay('{"y": 2}', index=0, id="b"),
            pay("}", index=0, id="c"),
        ],
        [("pay", {"x": {"y": 2}})],
    ),
    "an object that goes on where it may be all so far": (
        [pay('{"x":', id="a"), pay('{"x":', id="a"), pay(" 1}}", id="a")],
        [("pay", {"x": {"x": 1}})],
    ),
    "two calls that take turns by their names": (
        [pay('{"x":'), entry('{"y":', "get"), pay(" 1}"), entry(" 2}", "get")],
        [ONE, ("get", {"y": 2})],
    ),
    "a rest without keys": (
        [pay('{"x":', id="a"), entry(Y, "get", id="b"), entry(" 1}")],
        [ONE, ("get", {"y": 2})],
    ),
}


@pytest.mark.parametrize(("entries", "calls"), AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_what_may_say_two_things_runs_no_tool_twice_or_empty(entries, calls):
    assert called(merge_chunks(read([[one] for one in entries])).choice) == calls


@pytest.mark.parametrize(("entries", "calls"), TOLD.values(), ids=TOLD)
def test_one_fragment_tells_what_the_others_say(entries, calls):
    assert called(merge_chunks(read([[one] for one in entries])).choice) == calls


@pytest.mark.parametrize("first", [X, "{}"])
@pytest.mark.parametrize("second", ["{}", Y])
def test_an_index_tells_calls_of_one_delta_apart_if_the_second_has_no_id(first, second):
    entries = [pay(first, index=0, id="a"), pay(second, index=1)]
    wanted = [("pay", json.loads(text)) for text in (first, second)]
    assert called(merge_chunks(read([entries])).choice) == wanted


def test_calls_of_a_known_habit_leave_as_they_come():
    chunks = read([[one] for one in (pay("", index=0, id="a"), entry('{"x"', index=0, id="b"))])
    assert [chunk.choice.tool_calls for chunk in chunks[:2]] == [
        (ToolCallDelta(0, "a", "pay"),),
        (ToolCallDelta(0, arguments='{"x"'),),
    ]

"""Tool calls that come again, grow or begin anew within a stream, and any order of fragments."""

import json

import pytest
from call_fragments import MADE_UP, PARIS, TOOL_NAMES, calls_of, fragment, read
from hypothesis import given
from hypothesis import strategies as st
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


def test_a_name_on_each_fragment_and_an_empty_object_first_are_one_call():
    for id_ in ("a", None):
        chunks = read(
            [
                [fragment("", index=0, id=id_, name="pay")],
                [fragment("{}", index=0, name="pay")],
                [fragment(AMOUNT, index=0, name="pay")],
            ]
        )
        assert calls_of(merge_chunks(chunks)) == [(id_ or MADE_UP, "pay", AMOUNT)]


@pytest.mark.parametrize("fields", [{"id": "a", "name": "pay"}, {"name": "pay"}, {}])
def test_arguments_that_grow_are_read_once(fields):
    whole = '{"city": "Rome", "to": {"city": "Oslo"}}'
    for cuts in ([7, 12, 40], [1, 3, 20], [7, 7, 40]):
        pieces = [whole[:cut] for cut in (*cuts, len(whole))]
        first = fragment(pieces[0], index=0, id="a", name="pay")
        rest = [[fragment(piece, index=0, **fields)] for piece in pieces[1:]]
        assert calls_of(merge_chunks(read([[first], *rest]))) == [("a", "pay", whole)]


def test_a_new_id_and_name_on_each_fragment_is_one_call():
    deltas = [
        [fragment(piece, index=index, id=f"id{n}", name="pay")]
        for n, (index, piece) in enumerate([(0, '{"amo'), (0, "unt"), (2, '": 10}')])
    ]
    assert calls_of(merge_chunks(read(deltas))) == [("id0", "pay", AMOUNT)]


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


CALLS = st.lists(
    st.tuples(
        st.sampled_from([*TOOL_NAMES, "fly"]),
        st.dictionaries(st.sampled_from("ab"), st.one_of(st.text(max_size=5), st.integers())),
        st.booleans(),
    ),
    min_size=1,
    max_size=3,
)


@st.composite
def fragmented(draw):
    """Whole calls, and deltas that are the same calls in some order of fragments."""
    calls = draw(CALLS)
    queues = []
    for index, (name, arguments, is_late) in enumerate(calls):
        text = json.dumps(arguments)
        cuts = sorted(draw(st.sets(st.integers(1, len(text)), max_size=4)) | {len(text)})
        pieces = [text[start:end] for start, end in zip([0, *cuts], cuts, strict=False)]
        cut = draw(st.integers(0, len(name) - 1))
        names = [name[:cut], name[cut:]] if cut else [name]
        named = [fragment(index=index, name=piece) for piece in names]
        rest = [fragment(piece, index=index) for piece in pieces if piece]
        queue = [*rest, *named] if is_late and cut == 0 else [*named, *rest]
        place = draw(st.integers(0, len(queue)))
        queue.insert(place, {"index": index, "id": f"call_{index}"})
        queues.append([{"index": index}, *queue])
    deltas = [[queue.pop(0)] for queue in queues]  # the order of the calls
    while any(queues):
        queue = draw(st.sampled_from([queue for queue in queues if queue]))
        deltas.append([queue.pop(0)])
    return calls, deltas


@given(fragmented())
def test_fragments_in_any_order_are_the_whole_calls(drawn):
    calls, deltas = drawn
    chunks = read(deltas)
    assert calls_of(merge_chunks(chunks)) == [
        (f"call_{index}", TOOL_NAMES.get(name, name), json.dumps(arguments))
        for index, (name, arguments, _) in enumerate(calls)
    ]
    begun = set()
    for call in (call for chunk in chunks for call in chunk.choice.tool_calls):
        assert bool(call.id and call.name) is (call.index not in begun)
        begun.add(call.index)


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

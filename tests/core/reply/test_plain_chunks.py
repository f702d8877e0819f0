"""Chunks with the next piece of one text take a short way, and are read as on the long one."""

import json
import re
from dataclasses import replace

import pytest
from awkward_streams import STREAMS
from call_habits import streams
from hypothesis import given
from hypothesis import strategies as st
from replies import cut, to_stream
from step_counts import count_steps
from strange_replies import TOOLS, answers, bounded, replies_of

from weryai_core import Choice, WeryAIError
from weryai_core.reply.chain import Chain
from weryai_core.reply.completion import find_fragment, find_texts
from weryai_core.reply.decode import StreamDecoder
from weryai_core.reply_options import NO_OPTIONS, ReplyOptions
from weryai_core.request.tools import schemas_by_name

SCHEMA = {"title": "City", "type": "object", "properties": {"city": {"type": "string"}}}
OPTIONS = {
    "defaults": NO_OPTIONS,
    "one choice": ReplyOptions(has_one_choice=True, held_back=200),
    "tools": ReplyOptions(has_one_choice=True, tools=schemas_by_name(TOOLS)),
    "prompted tools": ReplyOptions(reads_calls_from_text=True),
    "a schema": ReplyOptions(expects_json=True, answer_schema=SCHEMA, checks_answer=True),
}
MOST_STEPS = 110  # a chunk that comes in a piece of bytes of its own
ALIKE = {"id": "1", "object": "chat.completion.chunk", "model": "m", "created": 0, "usage": None}
GENERATED_ID = re.compile(r"call_[0-9a-f]{24}")


def outcome_of(events, options, pieces=None, looks=()):
    """The chunks of a stream, then what it raises; without raw objects and generated ids.

    Args:
        events: The objects of the stream.
        options: The options of its decoder.
        pieces: The pieces that its bytes come in; None for one piece.
        looks: The numbers of pieces after which the answer so far is read.
    """
    decoder = StreamDecoder(options)
    chunks, partials, error = [], [], None
    try:
        for number, piece in enumerate(pieces or [to_stream(*events)]):
            chunks += decoder.feed(piece)
            if number in looks:
                partials.append(decoder.partial)
        chunks += decoder.close()
    except WeryAIError as raised:
        error = [type(raised), str(raised), raised.partial]
    shown = repr([[replace(chunk, raw={}) for chunk in chunks], partials, error])
    return GENERATED_ID.sub("call_made", shown)


def whole_outcome_of(body, options):
    """The chunk of a whole reply, or what it raises; see `outcome_of`."""
    try:
        read = StreamDecoder(options).read_whole(json.dumps(body).encode())
    except WeryAIError as raised:
        read = raised.partial
        shown = f"{type(raised)} {raised}"
    else:
        shown = ""
    return GENERATED_ID.sub("call_made", f"{shown} {read and replace(read, raw={})!r}")


def on_the_long_way(events):
    """The same events, with a field in each choice that no reader knows."""
    return [{**event, "choices": _with_unknown_field(event["choices"])} for event in events]


def _with_unknown_field(choices):
    return [
        {**entry, "rank": 1} if isinstance(entry, dict) and entry.get("delta") else entry
        for entry in choices
    ]


def in_chunks(deltas, finish_reason):
    entries = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    entries.append({"index": 0, "delta": {}, "finish_reason": finish_reason})
    return [{**ALIKE, "choices": [entry]} for entry in entries]


@pytest.mark.parametrize("deltas", [row[0] for row in STREAMS.values()], ids=STREAMS)
def test_streams_of_real_services_are_read_alike_on_both_ways(deltas):
    events = in_chunks(deltas, "stop")
    for options in OPTIONS.values():
        assert outcome_of(events, options) == outcome_of(on_the_long_way(events), options)


@bounded(150)
@given(answers(), st.sampled_from([*OPTIONS.values()]))
def test_any_answer_in_pieces_is_read_alike_on_both_ways(answer, options):
    _, deltas, reason = answer
    events = in_chunks(deltas, reason)
    assert outcome_of(events, options) == outcome_of(on_the_long_way(events), options)


@bounded(100)
@given(streams(), st.sampled_from([*OPTIONS.values()]))
def test_calls_in_fragments_are_read_alike_on_both_ways(stream, options):
    deltas = [{"tool_calls": entries} for entries in stream.deltas]
    events = in_chunks(deltas, "tool_calls")
    assert outcome_of(events, options) == outcome_of(on_the_long_way(events), options)


texts = st.sampled_from(
    [
        *(" word", "Hi", "\n\n", " ", "1. ", "a: ", "`", "```", "[", "]", "<", ">", "~~~", "{}"),
        *(
            "a[1]",
            "[i]",
            "[/",
            "[tool",
            "_calls]",
            "`x`",
            "a < b",
            "</",
            "```t",
            "ool_code",
            "<|",
            "im_end|>",
        ),
        *("<think>", "</think>", "<|im_end|>", "<tool_call>", "</tool_call>", "[TOOL_CALLS]"),
        *(
            "functions.get_weather:0",
            '{"city": "Rome"}',
            '{"name": "get_weather", "arguments": {}}',
        ),
    ]
)
deltas = st.one_of(
    st.fixed_dictionaries({"content": texts}),
    st.fixed_dictionaries({"role": st.just("assistant"), "content": texts}),
    st.fixed_dictionaries({"content": st.none(), "reasoning_content": texts}),
    st.fixed_dictionaries({"reasoning": texts}),
    st.sampled_from([{"content": ""}, {}, {"content": "Hi", "reasoning": "Hm"}]),
)
around = st.sampled_from(
    [
        {},
        {},
        {},
        {"id": "2"},
        {"obfuscation": "a"},
        {"usage": {"a": 1}},
        {"created": 1},
        {"usage": {"prompt_tokens": 1}},
        {"usage": {"prompt_tokens": 2}},
        {"usage": {"prompt_tokens": 1, "completion_tokens": 2}},
    ]
)


@st.composite
def text_events(draw):
    """Chunks with texts of one or two choices, which often differ in their text alone."""
    events = []
    for delta, others, index in draw(
        st.lists(st.tuples(deltas, around, st.sampled_from([0, 0, 0, 1, None])), max_size=12)
    ):
        again = st.lists(texts, max_size=4)
        field = [*delta][-1] if delta else "content"
        for text in [delta.get(field), *draw(again)]:
            entry = {"index": index, "delta": {**delta, field: text}, "finish_reason": None}
            events.append({**ALIKE, **others, "choices": [entry]})
    end = {"index": 0, "delta": {}, "finish_reason": "stop"}
    return [*events, {**ALIKE, "choices": [end]}]


@bounded(300)
@given(
    text_events(),
    st.sampled_from([*OPTIONS.values()]),
    st.sampled_from([None, 7, 200]),
    st.sets(st.integers(0, 20), max_size=3),
)
def test_texts_in_many_chunks_are_read_alike_on_both_ways(events, options, size, looks):
    ways = events, on_the_long_way(events)
    outcomes = {outcome_of(way, options) for way in ways}
    outcomes.add(outcome_of(events, options, cut(to_stream(*events), size)))
    assert len(outcomes) == 1
    each = [[to_stream(event, done=False) for event in way] for way in ways]
    partials = {outcome_of(way, options, each[n], looks) for n, way in enumerate(ways)}
    assert len(partials) == 1


@bounded(150)
@given(answers(), st.sampled_from([*OPTIONS.values()]))
def test_a_whole_answer_is_read_alike_on_both_ways(answer, options):
    message, _, reason = answer
    choice = {"index": 0, "message": message, "finish_reason": reason}
    bodies = [{**ALIKE, "choices": [one]} for one in (choice, {**choice, "rank": 1})]
    assert len({whole_outcome_of(body, options) for body in bodies}) == 1


heads = st.sampled_from(
    ["", "\n", "assistant\n", "analysis ", "◁think▷", "[THINK]", "Hm. ◁/think▷"]
)
words = st.one_of(st.text(max_size=5), texts)


@bounded(200)
@given(heads, st.lists(words, max_size=6), st.sampled_from([None, "stop", "length"]))
def test_a_whole_text_that_takes_no_steps_would_pass_them(head, words, reason):
    choice = read = Choice(text=head + "".join(words), finish_reason=reason)
    chain = Chain(NO_OPTIONS)
    for step in chain.make_steps(0):
        read = step.read(read, True)
    assert read == choice or chain.make_steps(0, choice)


def test_a_whole_text_without_marks_takes_no_steps():
    assert not Chain(NO_OPTIONS).make_steps(0, Choice(text="Hi, there."))


repeated = st.lists(st.integers(0, 2), max_size=8)
choices = st.lists(replies_of("delta"), min_size=3, max_size=3)


@bounded(150)
@given(choices, repeated, st.sampled_from([*OPTIONS.values()]))
def test_strange_chunks_that_repeat_are_read_alike_on_both_ways(chunks, order, options):
    events = [chunks[number] for number in order]
    events = [event for event in events if isinstance(event["choices"], list)]
    assert outcome_of(events, options) == outcome_of(on_the_long_way(events), options)


@pytest.mark.parametrize(
    ("delta", "texts"),
    [
        ({"content": "Hi"}, ("Hi", "")),
        ({"role": "assistant", "content": "Hi", "tool_calls": None, "refusal": ""}, ("Hi", "")),
        ({"content": "", "reasoning": "Hm"}, ("", "Hm")),
        ({"content": None, "reasoning_content": "Hm", "reasoning": "Hm"}, ("", "Hm")),
        ({"content": ""}, None),
        ({"content": ["Hi"]}, None),
        ({"content": "Hi", "refusal": "No"}, None),
        ({"content": "Hi", "annotations": [{"url": "https://example.com"}]}, None),
        ("Hi", None),
    ],
)
def test_texts_that_stand_alone_are_found(delta, texts):
    assert find_texts({"index": 0, "delta": delta, "logprobs": None}) == texts
    assert find_texts({"index": 0, "delta": delta, "finish_reason": "stop"}) is None


@pytest.mark.parametrize(
    ("call", "fragment"),
    [
        ({"index": 1, "function": {"arguments": "a"}}, (1, "a")),
        ({"index": 1, "id": "", "function": {"name": None, "arguments": "a"}}, (1, "a")),
        ({"index": 1, "id": "call_1", "function": {"arguments": "a"}}, None),
        ({"index": 1, "function": {"name": "add", "arguments": "a"}}, None),
        ({"index": 1, "function": {"arguments": {"a": 1}}}, None),
        ({"index": "1", "function": {"arguments": "a"}}, None),
        ({"function": {"arguments": "a"}}, None),
        ({"index": 1, "arguments": "a"}, None),
        ("a", None),
    ],
)
def test_arguments_that_stand_alone_are_found(call, fragment):
    assert find_fragment({"index": 0, "delta": {"tool_calls": [call]}}) == fragment
    assert find_fragment({"index": 0, "delta": {"content": "a", "tool_calls": [call]}}) is None


@pytest.mark.parametrize("field", ["id", "usage"])
def test_fields_that_return_to_earlier_ones_are_read_whichever_choice_has_them(field):
    values = {"id": ["1", "2"], "usage": [{"prompt_tokens": 1}, {"prompt_tokens": 2}]}[field]
    order = [(0, 0), (1, 0), (0, 0), (1, 0), (0, 0), (1, 0), (0, 1), (0, 1), (1, 0), (0, 1), (1, 0)]
    events = [
        {**ALIKE, field: values[n], "choices": [{"index": index, "delta": {"content": "a"}}]}
        for index, n in order
    ]
    for size in range(1, len(events)):
        way = [*events[:size], {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}]
        assert outcome_of(way, NO_OPTIONS) == outcome_of(on_the_long_way(way), NO_OPTIONS)


def test_counts_that_return_to_earlier_ones_are_read():
    """Fields next to a choice are skipped only where they repeat those of the chunk before."""
    events = [
        {
            **ALIKE,
            "usage": {"prompt_tokens": tokens},
            **fields,
            "choices": [{"delta": {"content": "a"}}],
        }
        for tokens, fields in ((1, {}), (2, {"status": 200}), (1, {}))
    ]
    decoder = StreamDecoder()
    *_, last = [*decoder.feed(to_stream(*events)), *decoder.close()]
    assert last.usage.prompt_tokens == 1


@pytest.mark.parametrize("options", ["defaults", "one choice", "tools"])
@pytest.mark.parametrize("field", ["content", "reasoning_content"])
def test_a_chunk_that_differs_in_its_text_alone_takes_few_steps(options, field):
    pieces = [to_stream(event, done=False) for event in in_chunks([{field: " Hi"}] * 500, "stop")]
    decoder = StreamDecoder(OPTIONS[options])
    for piece in pieces[:100]:
        list(decoder.feed(piece))
    steps = count_steps(lambda: [list(decoder.feed(piece)) for piece in pieces[100:]])
    assert steps / len(pieces[100:]) < MOST_STEPS

"""Chunks with the next piece of one text take a short way, and are read as on the long one."""

import json
import re
from dataclasses import replace

import pytest
from awkward_streams import STREAMS
from hypothesis import given
from hypothesis import strategies as st
from replies import to_stream
from strange_replies import TOOLS, answers, bounded, replies_of

from weryai_core import WeryAIError
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
ALIKE = {"id": "1", "object": "chat.completion.chunk", "model": "m", "usage": None}
GENERATED_ID = re.compile(r"call_[0-9a-f]{24}")


def outcome_of(events, options):
    """The chunks of a stream, then what it raises; without raw objects and generated ids."""
    decoder = StreamDecoder(options)
    chunks, error = [], None
    try:
        chunks += decoder.feed(to_stream(*events))
        chunks += decoder.close()
    except WeryAIError as raised:
        error = [type(raised), str(raised), raised.partial]
    shown = repr([[replace(chunk, raw={}) for chunk in chunks], error])
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


@bounded(150)
@given(answers(), st.sampled_from([*OPTIONS.values()]))
def test_a_whole_answer_is_read_alike_on_both_ways(answer, options):
    message, _, reason = answer
    choice = {"index": 0, "message": message, "finish_reason": reason}
    bodies = [{**ALIKE, "choices": [one]} for one in (choice, {**choice, "rank": 1})]
    assert len({whole_outcome_of(body, options) for body in bodies}) == 1


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

"""Fragments of tool calls, as different upstreams send them, become whole calls."""

import json

import pytest
from call_fragments import END, MADE_UP, PARIS, ROME, calls_of
from replies import decode_stream, decode_whole, to_stream

from weryai_core import ToolCallDelta, merge_chunks


def events_of(deltas):
    """The chunks of a stream with these `delta.tool_calls`."""
    return [f'{{"choices":[{{"index":0,"delta":{{"tool_calls":{calls}}}}}]}}' for calls in deltas]


# Name -> the `delta.tool_calls` of one chunk after the other, and the calls they are.
STREAMS = {
    "as OpenAI sends them": (
        [
            '[{"index":0,"id":"a","type":"function","function":{"name":"weather","arguments":""}}]',
            '[{"index":0,"function":{"arguments":"{\\"city\\":"}}]',
            '[{"index":0,"function":{"arguments":"\\"Paris\\"}"}}]',
            '[{"index":1,"id":"b","type":"function","function":{"name":"time","arguments":""}}]',
            '[{"index":1,"function":{"arguments":"{}"}}]',
        ],
        [("a", "weather", PARIS), ("b", "time", "{}")],
    ),
    "two calls in one chunk, both index 0": (
        [
            '[{"index":0,"id":"a","function":{"name":"f","arguments":"{\\"city\\":\\"Paris\\"}"}},'
            '{"index":0,"id":"b","function":{"name":"f","arguments":"{\\"city\\":\\"Rome\\"}"}}]'
        ],
        [("a", "f", PARIS), ("b", "f", ROME)],
    ),
    "two calls in one chunk, both index 0, no ids": (
        [
            '[{"index":0,"function":{"name":"f","arguments":"{\\"city\\":\\"Paris\\"}"}},'
            '{"index":0,"function":{"name":"f","arguments":"{\\"city\\":\\"Rome\\"}"}}]'
        ],
        [(MADE_UP, "f", PARIS), (MADE_UP, "f", ROME)],
    ),
    "null index, split over chunks": (
        [
            '[{"index":null,"id":"a","function":{"name":"f","arguments":"{\\"city\\":"}}]',
            '[{"index":null,"id":null,"function":{"name":null,"arguments":"\\"Paris\\"}"}}]',
            '[{"index":null,"id":"b","function":{"name":"g","arguments":null}}]',
            '[{"index":null,"id":"","function":{"name":"","arguments":"{}"}}]',
        ],
        [("a", "f", PARIS), ("b", "g", "{}")],
    ),
    "indices that do not begin at 0": (
        [
            '[{"index":3,"id":"a","function":{"name":"f","arguments":"{}"}}]',
            '[{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]',
        ],
        [("a", "f", "{}"), ("b", "g", "{}")],
    ),
    "arguments as an object": (
        ['[{"index":0,"id":"a","function":{"name":"f","arguments":{"city":"Paris"}}}]'],
        [("a", "f", PARIS)],
    ),
    "null arguments": (
        ['[{"index":0,"id":"a","function":{"name":"f","arguments":null}}]'],
        [("a", "f", "")],
    ),
    "arguments that are the text null": (
        ['[{"index":0,"id":"a","function":{"name":"f","arguments":"null"}}]'],
        [("a", "f", "")],
    ),
    "entries that are no objects": (
        ['[null, 7, "x", {"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]'],
        [("a", "f", "{}")],
    ),
    "an empty object that is one, before the arguments": (
        [
            '[{"index":0,"id":"a","function":{"name":"f","arguments":{}}}]',
            '[{"index":0,"function":{"arguments":{"city":"Paris"}}}]',
        ],
        [("a", "f", PARIS)],
    ),
    "one tool called twice without arguments and ids": (
        ['[{"function":{"name":"f","arguments":"{}"}},{"function":{"name":"f","arguments":"{}"}}]'],
        [(MADE_UP, "f", "{}"), (MADE_UP, "f", "{}")],
    ),
    "the whole call again": (
        [
            '[{"index":0,"id":"a","function":{"name":"f","arguments":"{\\"city\\":"}}]',
            '[{"index":0,"function":{"arguments":"\\"Paris\\"}"}}]',
            '[{"index":0,"id":"a","function":{"name":"f","arguments":{"city":"Paris"}}}]',
        ],
        [("a", "f", PARIS)],
    ),
    "indices that are texts, interleaved": (
        [
            '[{"index":"0","id":"a","function":{"name":"f","arguments":""}},'
            '{"index":"1","id":"b","function":{"name":"f","arguments":""}}]',
            '[{"index":"0","function":{"arguments":"{\\"city\\":"}}]',
            '[{"index":"1","function":{"arguments":"{\\"city\\":"}}]',
            '[{"index":"0","function":{"arguments":"\\"Paris\\"}"}}]',
            '[{"index":"1","function":{"arguments":"\\"Rome\\"}"}}]',
        ],
        [("a", "f", PARIS), ("b", "f", ROME)],
    ),
    "a text that holds the text": (
        [
            r'[{"index":0,"id":"a","function":{"name":"f","arguments":"\"{\\\"city"}}]',
            r'[{"index":0,"function":{"arguments":"\\\":\\\"Paris\\\"}\""}}]',
        ],
        [("a", "f", PARIS)],
    ),
    "a text that holds no object": (
        [r'[{"index":0,"id":"a","function":{"name":"f","arguments":"\"[1]\""}}]'],
        [("a", "f", '"[1]"')],
    ),
    "a truncated text": (
        [r'[{"index":0,"id":"a","function":{"name":"f","arguments":"\"{\\\"city"}}]'],
        [("a", "f", r'"{\"city')],
    ),
    "two equal calls with one id in one chunk": (
        [
            '[{"id":"a","function":{"name":"f","arguments":"{\\"city\\":\\"Paris\\"}"}},'
            '{"id":"a","function":{"name":"f","arguments":"{\\"city\\":\\"Paris\\"}"}}]',
        ],
        [("a", "f", PARIS), (MADE_UP, "f", PARIS)],
    ),
    "arguments without a name next to a call": (
        [
            '[{"index":0,"id":"x","function":{"name":null,"arguments":"{\\"amount\\":5}"}}]',
            '[{"index":1,"id":"a","function":{"name":"f","arguments":"{\\"city\\":"}}]',
            '[{"index":1,"function":{"arguments":"\\"Paris\\"}"}}]',
        ],
        [("a", "f", PARIS)],
    ),
    "arguments without a name after a call": (
        [
            '[{"id":"a","function":{"name":"f","arguments":"{\\"city\\":\\"Paris\\"}"}}]',
            '[{"function":{"arguments":"{\\"amount\\":5}"}}]',
        ],
        [("a", "f", PARIS)],
    ),
    "arguments without a name before a call with the same index": (
        [
            '[{"index":0,"function":{"arguments":"{\\"amount\\":5}"}}]',
            '[{"index":0,"id":"a","function":{"name":"f","arguments":"{\\"city\\":\\"Paris\\"}"}}]',
        ],
        [("a", "f", PARIS)],
    ),
    "a name that is an object, next to a call": (
        [
            '[{"index":0,"id":"a","function":{"name":{},"arguments":"{}"}},'
            '{"index":1,"id":"b","function":{"name":"f","arguments":"{}"}}]',
        ],
        [("b", "f", "{}")],
    ),
}


@pytest.mark.parametrize(("deltas", "expected"), STREAMS.values(), ids=STREAMS)
def test_fragments_become_whole_calls(deltas, expected):
    merged = merge_chunks(decode_stream(to_stream(*events_of(deltas), END)))
    assert calls_of(merged) == expected
    assert [call.index for call in merged.choice.tool_calls] == list(range(len(expected)))


def test_id_and_name_are_yielded_once():
    for name, (deltas, expected) in STREAMS.items():
        chunks = decode_stream(to_stream(*events_of(deltas), END), sizes=[None])
        fragments = [call for chunk in chunks for call in chunk.choice.tool_calls]
        for index in range(len(expected)):
            first, *others = [fragment for fragment in fragments if fragment.index == index]
            assert first.id is not None, name
            assert [fragment.id for fragment in others] == [None] * len(others), name
            names = [fragment.name for fragment in (first, *others) if fragment.name is not None]
            assert len(names) <= 1, name


def test_generated_ids_differ():
    call = '{"function":{"name":"f","arguments":"{}"}}'
    event = f'{{"choices":[{{"delta":{{"tool_calls":[{call},{call}]}}}}]}}'
    first, second = merge_chunks(decode_stream(to_stream(event))).choice.tool_calls
    assert first.id != second.id


def test_the_calls_of_each_choice_are_numbered_by_themselves():
    call = '{"index":0,"id":"%s","function":{"name":"f","arguments":"%s"}}'
    event = '{"choices":[{"index":%d,"delta":{"tool_calls":[%s]}}]}'
    chunks = decode_stream(
        to_stream(
            event % (0, call % ("a", "{")),
            event % (1, call % ("b", "[1")),
            event % (0, call % ("a", "}")),
            event % (1, call % ("b", "]")),
        )
    )
    assert [choice.tool_calls for choice in merge_chunks(chunks).choices] == [
        (ToolCallDelta(0, "a", "f", "{}"),),
        (ToolCallDelta(0, "b", "f", "[1]"),),
    ]


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        (
            '[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},'
            '{"id":"b","type":"function","function":{"name":"g","arguments":"{\\"x\\":1}"}}]',
            [("a", "f", "{}"), ("b", "g", '{"x":1}')],
        ),
        (
            '[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}},'
            '{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]',
            [("a", "f", "{}"), (MADE_UP, "f", "{}")],
        ),
        ('[{"function":{"name":"f","arguments":{"x":1}}}]', [(MADE_UP, "f", '{"x":1}')]),
        ('[{"id":"a","function":{"name":"f","arguments":null}}]', [("a", "f", "")]),
        ('[null,{"id":"a","function":{"name":"f"}}]', [("a", "f", "")]),
        (
            '[{"id":"x","function":{"name":null,"arguments":"{\\"amount\\":5}"}},'
            '{"id":"a","function":{"name":" f","arguments":"{}"}}]',
            [("a", "f", "{}")],
        ),
        ("[]", []),
        ("null", []),
        ('{"id":"a","function":{"name":"f","arguments":"{}"}}', [("a", "f", "{}")]),
        ('[{"id":"a","name":"f","arguments":"{}"}]', [("a", "f", "{}")]),
    ],
    ids=[
        *("two", "same index", "object", "null arguments", "an entry that is null"),
        *("nameless next to a call", "none", "null", "one", "flat"),
    ],
)
def test_each_entry_of_a_whole_reply_is_a_call(calls, expected):
    message = f'{{"content":"x","tool_calls":{calls}}}'
    body = f'{{"choices":[{{"message":{message},"finish_reason":"tool_calls"}}]}}'
    chunk = decode_whole(body.encode())
    assert calls_of(chunk) == expected
    assert [call.index for call in chunk.choice.tool_calls] == list(range(len(expected)))


SIGNED = {"extra_content": {"google": {"thought_signature": "s"}}}


def test_fields_that_a_model_needs_back_with_its_call_are_kept():
    entry = {
        "index": 0,
        "id": "a",
        "function": {"name": "f", "arguments": "{}"},
        **SIGNED,
        "status": "done",
    }
    reply = {"choices": [{"message": {"tool_calls": [entry]}}]}
    (call,) = decode_whole(json.dumps(reply).encode()).choice.tool_calls
    assert call.extra == SIGNED
    late = {"index": 0, "function": {"arguments": ""}, "provider_specific_fields": {"x": 1}}
    events = [{"choices": [{"index": 0, "delta": {"tool_calls": [one]}}]} for one in (entry, late)]
    (call,) = merge_chunks(decode_stream(to_stream(*events))).choice.tool_calls
    assert call.extra == {**SIGNED, "provider_specific_fields": {"x": 1}}

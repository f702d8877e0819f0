"""Fragments of tool calls, as different upstreams send them, become whole calls."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from replies import decode_stream, decode_whole, to_stream

from weryai_core import Choice, StreamError, ToolCallDelta, ToolCallError, merge_chunks
from weryai_core.chunk import merge_tool_calls
from weryai_core.reply_options import ReplyOptions

MADE_UP = "<made up>"
MADE_UP_ID = re.compile(r"call_[0-9a-f]{24}")


def calls_of(chunk):
    """(id, name, arguments) of each call of the first choice; MADE_UP for generated ids."""
    return [
        (MADE_UP if MADE_UP_ID.fullmatch(call.id or "") else call.id, call.name, call.arguments)
        for call in chunk.choice.tool_calls
    ]


def events_of(deltas):
    """The chunks of a stream with these `delta.tool_calls`."""
    return [f'{{"choices":[{{"index":0,"delta":{{"tool_calls":{calls}}}}}]}}' for calls in deltas]


END = '{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}'
PARIS, ROME = '{"city":"Paris"}', '{"city":"Rome"}'

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
    "no index, split over chunks": (
        [
            '[{"id":"a","function":{"name":"f","arguments":"{\\"city\\":"}}]',
            '[{"function":{"arguments":"\\"Paris\\"}"}}]',
            '[{"id":"b","function":{"name":"f","arguments":"{\\"city\\":"}}]',
            '[{"function":{"arguments":"\\"Rome\\"}"}}]',
        ],
        [("a", "f", PARIS), ("b", "f", ROME)],
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
    "interleaved 0, 1, 0, 1": (
        [
            '[{"index":0,"id":"a","function":{"name":"f","arguments":"{\\"city\\":"}}]',
            '[{"index":1,"id":"b","function":{"name":"f","arguments":"{\\"city\\":"}}]',
            '[{"index":0,"function":{"arguments":"\\"Paris\\"}"}}]',
            '[{"index":1,"function":{"arguments":"\\"Rome\\"}"}}]',
        ],
        [("a", "f", PARIS), ("b", "f", ROME)],
    ),
    "interleaved in the same chunks": (
        [
            '[{"index":0,"id":"a","function":{"name":"f","arguments":"{\\"city\\":"}},'
            '{"index":1,"id":"b","function":{"name":"f","arguments":"{\\"city\\":"}}]',
            '[{"index":1,"function":{"arguments":"\\"Rome\\"}"}},'
            '{"index":0,"function":{"arguments":"\\"Paris\\"}"}}]',
        ],
        [("a", "f", PARIS), ("b", "f", ROME)],
    ),
    "interleaved by id, no index": (
        [
            '[{"id":"a","function":{"name":"f","arguments":"{\\"city\\":"}}]',
            '[{"id":"b","function":{"name":"f","arguments":"{\\"city\\":"}}]',
            '[{"id":"a","function":{"arguments":"\\"Paris\\"}"}}]',
            '[{"id":"b","function":{"arguments":"\\"Rome\\"}"}}]',
        ],
        [("a", "f", PARIS), ("b", "f", ROME)],
    ),
    "id and name repeated on each chunk": (
        [
            '[{"index":0,"id":"a","function":{"name":"f","arguments":"{\\"city\\":"}}]',
            '[{"index":0,"id":"a","function":{"name":"f","arguments":"\\"Paris\\"}"}}]',
            '[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]',
        ],
        [("a", "f", PARIS)],
    ),
    "name repeated on each chunk, no id": (
        [
            '[{"index":0,"function":{"name":"f","arguments":"{\\"city\\":"}}]',
            '[{"index":0,"function":{"name":"f","arguments":"\\"Paris\\"}"}}]',
        ],
        [(MADE_UP, "f", PARIS)],
    ),
    "name repeated on each chunk, no id, the last one empty": (
        [
            '[{"index":0,"function":{"name":"f","arguments":"{\\"city\\":"}}]',
            '[{"index":0,"function":{"name":"f","arguments":"\\"Paris\\"}"}}]',
            '[{"index":0,"function":{"name":"f","arguments":""}}]',
        ],
        [(MADE_UP, "f", PARIS)],
    ),
    "same index, different ids": (
        [
            '[{"index":0,"id":"a","function":{"name":"f","arguments":"{\\"city\\":"}}]',
            '[{"index":0,"function":{"arguments":"\\"Paris\\"}"}}]',
            '[{"index":0,"id":"b","function":{"name":"f","arguments":"{\\"city\\":"}}]',
            '[{"index":0,"function":{"arguments":"\\"Rome\\"}"}}]',
        ],
        [("a", "f", PARIS), ("b", "f", ROME)],
    ),
    "same index, different names, no ids": (
        [
            '[{"index":0,"function":{"name":"f","arguments":"{}"}}]',
            '[{"index":0,"function":{"name":"g","arguments":"{}"}}]',
        ],
        [(MADE_UP, "f", "{}"), (MADE_UP, "g", "{}")],
    ),
    "indices that do not begin at 0": (
        [
            '[{"index":3,"id":"a","function":{"name":"f","arguments":"{}"}}]',
            '[{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]',
        ],
        [("a", "f", "{}"), ("b", "g", "{}")],
    ),
    "no id": (
        ['[{"index":0,"function":{"name":"f","arguments":"{}"}}]'],
        [(MADE_UP, "f", "{}")],
    ),
    "name after the first fragment": (
        [
            '[{"index":0,"id":"a","function":{"arguments":""}}]',
            '[{"index":0,"function":{"name":"f"}}]',
            '[{"index":0,"function":{"arguments":"{}"}}]',
        ],
        [("a", "f", "{}")],
    ),
    "arguments as an object": (
        ['[{"index":0,"id":"a","function":{"name":"f","arguments":{"city":"Paris"}}}]'],
        [("a", "f", PARIS)],
    ),
    "a whole call in one chunk": (
        ['[{"index":0,"id":"a","function":{"name":"f","arguments":"{\\"city\\":\\"Paris\\"}"}}]'],
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
    "an empty object before the arguments": (
        [
            '[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]',
            '[{"index":0,"function":{"arguments":"{\\"city\\":"}}]',
            '[{"index":0,"function":{"arguments":"\\"Paris\\"}"}}]',
        ],
        [("a", "f", PARIS)],
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
    "an object in the arguments that begins a fragment": (
        [
            '[{"index":0,"id":"a","function":{"name":"f","arguments":"{\\"in\\":"}}]',
            '[{"index":0,"id":"a","function":{"arguments":"{\\"city\\":\\"Paris\\"}"}}]',
            '[{"index":0,"id":"a","function":{"arguments":"}"}}]',
        ],
        [("a", "f", f'{{"in":{PARIS}}}')],
    ),
    "same id and index, different names": (
        [
            '[{"index":0,"id":"a","function":{"name":"f","arguments":"{\\"city\\":\\"Paris\\"}"}}]',
            '[{"index":0,"id":"a","function":{"name":"g","arguments":"{\\"city\\":\\"Rome\\"}"}}]',
        ],
        [("a", "f", PARIS), (MADE_UP, "g", ROME)],
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
    "a name in pieces": (
        [
            '[{"index":0,"id":"a","function":{"name":"get_","arguments":""}}]',
            '[{"index":0,"function":{"name":"weather"}}]',
            '[{"index":0,"function":{"arguments":"{\\"city\\":"}}]',
            '[{"index":0,"function":{"arguments":"\\"Paris\\"}"}}]',
        ],
        [("a", "get_weather", PARIS)],
    ),
    "a name in pieces, the id on each": (
        [
            '[{"index":0,"id":"a","function":{"name":"get_"}}]',
            '[{"index":0,"id":"a","function":{"name":"weather"}}]',
            '[{"index":0,"id":"a","function":{"arguments":"{\\"city\\":\\"Paris\\"}"}}]',
        ],
        [("a", "get_weather", PARIS)],
    ),
    "a name that grows on each": (
        [
            '[{"index":0,"id":"a","function":{"name":"get"}}]',
            '[{"index":0,"id":"a","function":{"name":"get_weather"}}]',
            '[{"index":0,"id":"a","function":{"name":"get_weather","arguments":"{}"}}]',
        ],
        [("a", "get_weather", "{}")],
    ),
    "a name after the arguments": (
        [
            '[{"index":0,"id":"a","function":{"arguments":"{\\"city\\":"}}]',
            '[{"index":0,"function":{"arguments":"\\"Paris\\"}"}}]',
            '[{"index":0,"function":{"name":"f"}}]',
        ],
        [("a", "f", PARIS)],
    ),
    "an id after the name": (
        [
            '[{"index":0,"function":{"name":"f"}}]',
            '[{"index":0,"id":"a","function":{"arguments":"{\\"city\\":"}}]',
            '[{"index":0,"function":{"arguments":"\\"Paris\\"}"}}]',
        ],
        [("a", "f", PARIS)],
    ),
    "an id after the arguments": (
        [
            '[{"index":0,"function":{"name":"f","arguments":"{\\"city\\":"}}]',
            '[{"index":0,"function":{"arguments":"\\"Paris\\"}"}}]',
            '[{"index":0,"id":"a"}]',
        ],
        [("a", "f", PARIS)],
    ),
    "another id on each fragment": (
        [
            '[{"index":0,"id":"a","function":{"name":"f","arguments":"{\\"city\\":"}}]',
            '[{"index":0,"id":"b","function":{"arguments":"\\"Pa"}}]',
            '[{"index":0,"id":"c","function":{"arguments":"ris\\"}"}}]',
        ],
        [("a", "f", PARIS)],
    ),
    "another index on each fragment": (
        [
            '[{"index":0,"id":"a","function":{"name":"f","arguments":"{\\"city\\":"}}]',
            '[{"index":1,"function":{"arguments":"\\"Pa"}}]',
            '[{"index":2,"function":{"arguments":"ris\\"}"}}]',
        ],
        [("a", "f", PARIS)],
    ),
    "two whole calls with one id": (
        [
            '[{"index":0,"id":"a","function":{"name":"f","arguments":"{\\"city\\":\\"Paris\\"}"}}]',
            '[{"index":0,"id":"a","function":{"name":"f","arguments":"{\\"city\\":\\"Rome\\"}"}}]',
        ],
        [("a", "f", PARIS), (MADE_UP, "f", ROME)],
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
    "an index that is a text": (
        ['[{"index":"0","id":"a","function":{"name":"f","arguments":"{}"}}]'],
        [("a", "f", "{}")],
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


TOOL_NAMES = {
    "gogo": "gogo",
    "get": "get",
    "get_weather": "get_weather",
    "notion_search": "notion.search",
}


def read(deltas, names=TOOL_NAMES, sizes=(None,)):
    """The chunks of a stream whose deltas hold these fragments."""
    events = [{"choices": [{"index": 0, "delta": {"tool_calls": delta}}]} for delta in deltas]
    return decode_stream(to_stream(*events, END), ReplyOptions(tool_names=names), sizes=sizes)


def fragment(arguments=None, **fields):
    function = {key: fields.pop(key) for key in ("name",) if key in fields}
    if arguments is not None:
        function["arguments"] = arguments
    return {**fields, **({"function": function} if function else {})}


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

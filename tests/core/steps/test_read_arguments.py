"""The arguments of tool calls become strict JSON, fragment by fragment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from replies import decode_stream, decode_whole, to_stream

from weryai_core import Choice, ToolCallDelta, merge_chunks
from weryai_core.json_text import parse_arguments
from weryai_core.steps.read_arguments import ArgumentsReader

# What a model writes -> the arguments.
WRITTEN = {
    "a line break in a string": ('{"code": "a = 1\nprint(a)"}', '{"code": "a = 1\\nprint(a)"}'),
    "a trailing comma": ('{"a": 1,}', '{"a": 1}'),
    "a backslash that begins no escape": ('{"r": "\\d+"}', '{"r": "\\\\d+"}'),
    "Python": ("{'a': True}", '{"a": true}'),
    "a fence": ('```json\n{"a": 1}\n```', '{"a": 1}'),
    "encoded twice": ('"{\\"a\\": \\"x\\\\ny\\",}"', '{"a": "x\\ny"}'),
    "too many brackets": ('{"a": 1}}', '{"a": 1}'),
    "proper JSON": ('{"a": 1, "b": [true]}', '{"a": 1, "b": [true]}'),
    "truncated": ('{"a": "x\ny', '{"a": "x\\ny'),
    "truncated literal": ('{"a": tru', '{"a": tru'),
    "tokens of a template": ('<tool_call>{"a": 1}</tool_call><|im_end|>', '{"a": 1}'),
    "a comment after it": ('{"a": 1} // note', '{"a": 1}'),
    "a null character after it": ('{"a": 1}\x00', '{"a": 1}'),
    "encoded three times": (r'"\"{\\\"a\\\": 1}\""', '{"a": 1}'),
    "encoded twice, and a token": (r'"{\"a\": 1}"</s>', '{"a": 1}'),
    "an empty object before it": ('{ }{"a": 1}', '{"a": 1}'),
    "an empty text before it": ('""{"a": 1}', '{"a": 1}'),
    "null before it": ('null\n{"a": 1}', '{"a": 1}'),
    "an empty object before text": (r'{}"{\"a\": 1}"', '{"a": 1}'),
    "an empty object after it": ('{"a": 1}{}', '{"a": 1}'),
    "the object again and again": ('{"a": 1}{"a": 1}\n{"a":1}', '{"a": 1}'),
    "the object again, encoded": (r'{"a": 1}"{\"a\": 1}"', '{"a": 1}'),
    "encoded twice, again and again": (r'"{\"a\": 1}""{\"a\": 1}"{"a": 1}', r'"{\"a\": 1}"'),
    "null": ("null", ""),
    "None": (" None", ""),
    "an empty text": ('""', ""),
    "null, encoded": ('"null"', ""),
    "two empty objects": ("{}\n{ }", "{}"),
    "an empty object and a bracket too many": ("{}}", "{}"),
    "a path": (r'{"path": "C:\Users\new"}', r'{"path": "C:\\Users\\new"}'),
    # What follows is invalid, and stays as it is.
    "a string of two meanings": (r'{"re": "..\data\new"}', r'{"re": "..\data\new"}'),
    "two objects": ('{"a": 1}{"b": 2}', '{"a": 1}{"b": 2}'),
    "a number and true": ('{"a": 1}{"a": true}', '{"a": 1}{"a": true}'),
    "a list": ("[1]", "[1]"),
    "half of null": ("nu", "nu"),
    "null and more": ("nullx", "nullx"),
    "an open brace": ("{}{", "{"),
    "words around it": ('Call it:\n```json\n{"a": 1}\n```', 'Call it:\n```json\n{"a": 1}\n```'),
    "words": ("It's {not} JSON", "It's {not} JSON"),
}


def fragments(text, size):
    first = {"index": 0, "id": "a", "function": {"name": "f", "arguments": text[:size]}}
    rest = [text[at : at + size] for at in range(size, len(text), size)]
    entries = [first, *({"index": 0, "function": {"arguments": piece}} for piece in rest)]
    return [{"choices": [{"delta": {"tool_calls": [entry]}}]} for entry in entries]


@pytest.mark.parametrize(("text", "arguments"), WRITTEN.values(), ids=WRITTEN)
def test_arguments_are_strict_json_whole_and_streamed(text, arguments):
    end = {"choices": [{"delta": {}, "finish_reason": "tool_calls"}]}
    for size in (1, 2, 5, 100):
        stream = to_stream(*fragments(text, size), end)
        streamed = merge_chunks(decode_stream(stream, sizes=[None]))
        assert streamed.choice.tool_calls == (ToolCallDelta(0, "a", "f", arguments),)
    call = {"id": "a", "function": {"name": "f", "arguments": text}}
    whole = decode_whole({"choices": [{"message": {"tool_calls": [call]}}]})
    assert whole.choice.tool_calls == (ToolCallDelta(0, "a", "f", arguments),)


# No quotes alone and no JSON text in JSON text: a fragment that repeats what is there counts once,
# and what is there depends on where it was cut.
PIECES = ["{}", "}", "null", "No", "ne", '{"a": 1}', '{"b": 2}', " ", "\n", "</s>", "<tool_call>"]
PIECES += ["// x", "\x00", "```", "[]", "\\", r"\n", "x"]


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), st.data())
def test_arguments_are_the_same_however_a_stream_is_cut(text, data):
    cuts = sorted(data.draw(st.sets(st.integers(1, max(len(text), 1)), max_size=5)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True)]
    # As OpenAI sends them, or with the index alone.
    entries = [{"index": 0, "function": {"arguments": piece}} for piece in pieces]
    entries.insert(0, {"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}})
    end = {"choices": [{"delta": {}, "finish_reason": "tool_calls"}]}
    events = [{"choices": [{"delta": {"tool_calls": [entry]}}]} for entry in entries]
    streamed = merge_chunks(decode_stream(to_stream(*events, end), sizes=[None]))
    call = {"id": "a", "function": {"name": "f", "arguments": text}}
    whole = decode_whole({"choices": [{"message": {"tool_calls": [call]}}]})
    (streamed_call,), (whole_call,) = streamed.choice.tool_calls, whole.choice.tool_calls
    assert parse_arguments(streamed_call.arguments) == parse_arguments(whole_call.arguments)


def test_calls_are_read_apart():
    reader = ArgumentsReader()
    pieces = [
        Choice(
            tool_calls=(ToolCallDelta(0, "a", "f", '{"a": "x'), ToolCallDelta(1, "b", "g", "{"))
        ),
        Choice(
            tool_calls=(ToolCallDelta(1, None, None, "'b': 1"), ToolCallDelta(0, arguments="\n"))
        ),
        Choice(tool_calls=(ToolCallDelta(0, arguments='",}'), ToolCallDelta(1, arguments=","))),
    ]
    read = [reader.read(piece, is_last=False).tool_calls for piece in pieces]
    assert read == [
        (ToolCallDelta(0, "a", "f", '{"a": "x'), ToolCallDelta(1, "b", "g", "{")),
        (ToolCallDelta(1, arguments='"b": '), ToolCallDelta(0, arguments="\\n")),
        (ToolCallDelta(0, arguments='"}'), ToolCallDelta(1, arguments="1")),
    ]
    last = reader.read(Choice(), is_last=True)
    assert last.tool_calls == (ToolCallDelta(1, arguments=","),)


def test_a_piece_without_calls_is_not_touched():
    piece = Choice(text="Hello")
    reader = ArgumentsReader()
    assert reader.read(piece, is_last=False) is piece
    assert reader.read(piece, is_last=True) is piece

"""The arguments of tool calls become strict JSON, fragment by fragment."""

import pytest
from replies import decode_stream, decode_whole, to_stream

from weryai_core import Choice, ToolCallDelta, merge_chunks
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

"""Arguments of tool calls, taken out of what models put around them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from replies import decode_stream, decode_whole, to_stream

from weryai_core import Choice, ToolCallDelta, merge_chunks
from weryai_core.reply_options import ReplyOptions
from weryai_core.steps.unwrap_arguments import ArgumentsUnwrapper


def schema(*names, **others):
    return {"type": "object", "properties": {name: {} for name in names}, **others}


TOOLS = {
    "add_user": schema("name", "age", required=["name"]),
    "list_files": schema("path", "depth"),
    "call": schema("name", "arguments"),
    "any": schema("path", additionalProperties=True),
    "by_pattern": schema("path", patternProperties={"^x": {}}),
    "nothing": schema(),
}
ANN = '{"name":"Ann","age":5}'
TMP = '{"path":"/tmp"}'
# A tool, what a model writes, and the arguments.
WRAPPED = {
    "its name": ("list_files", f'{{"list_files": {TMP}}}', TMP),
    "arguments": ("list_files", f'{{"arguments": {TMP}}}', TMP),
    "arguments as text": ("list_files", json.dumps({"arguments": TMP}), TMP),
    "a call": ("list_files", f'{{"name": "list_files", "arguments": {TMP}}}', TMP),
    "a repeated schema": ("list_files", f'{{"type": "object", "properties": {TMP}}}', TMP),
    "a call of a tool with a name": (
        "add_user",
        f'{{"name": "add_user", "arguments": {ANN}}}',
        ANN,
    ),
    "a call in a call": (
        "list_files",
        f'{{"function": {{"name": "list_files", "parameters": {TMP}}}}}',
        TMP,
    ),
    "all of it": ("add_user", f'{{"user": {ANN}}}', ANN),
}
KEPT = {
    "arguments": ("add_user", ANN),
    "no arguments": ("list_files", "{}"),
    "empty arguments": ("list_files", ""),
    "an unknown wrapper": ("list_files", f'{{"options": {TMP}}}'),
    "a wrapper of something else": ("list_files", '{"arguments": {"x": 1}}'),
    "a wrapper next to a parameter": ("list_files", f'{{"depth": 1, "arguments": {TMP}}}'),
    "an error": ("list_files", '{"error": "I cannot."}'),
    "fields described": ("list_files", '{"properties": {"path": {"type": "string"}}}'),
    "a wrapper that is a parameter": ("call", '{"name": "call", "arguments": {"name": "x"}}'),
    "a tool that takes any name": ("any", f'{{"arguments": {TMP}}}'),
    "a tool that takes names by a pattern": ("by_pattern", f'{{"arguments": {TMP}}}'),
    "a tool without parameters": ("nothing", f'{{"arguments": {TMP}}}'),
    "an unknown tool": ("other", f'{{"arguments": {TMP}}}'),
    "a broken wrapper": ("list_files", '{"arguments": {"path": '),
    "words": ("list_files", "It is not JSON."),
}


def in_pieces(tool, text, size):
    unwrapper = ArgumentsUnwrapper(TOOLS)
    cut = [text[at : at + size] for at in range(0, len(text), size)]
    calls = [ToolCallDelta(0, "a", tool), *(ToolCallDelta(0, arguments=piece) for piece in cut)]
    read = [unwrapper.read(Choice(tool_calls=(call,)), False) for call in calls]
    read.append(unwrapper.read(Choice(), True))
    return [call for piece in read for call in piece.tool_calls]


def joined(calls):
    return "".join(call.arguments for call in calls)


@pytest.mark.parametrize(("tool", "text", "arguments"), WRAPPED.values(), ids=WRAPPED)
def test_arguments_are_unwrapped_however_they_are_cut(tool, text, arguments):
    for size in (1, 2, 3, 7, 100):
        assert joined(in_pieces(tool, text, size)) == arguments


@pytest.mark.parametrize(("tool", "text"), KEPT.values(), ids=KEPT)
def test_what_is_no_wrapper_stays(tool, text):
    for size in (1, 2, 3, 7, 100):
        assert joined(in_pieces(tool, text, size)) == text


def test_arguments_pass_from_the_first_parameter_on():
    first, *rest = in_pieces("list_files", '{"path": "/t"}', 3)
    assert first == ToolCallDelta(0, "a", "list_files")
    assert [call.arguments for call in rest] == ['{"path": "/t', '"}']


@given(
    st.dictionaries(st.sampled_from(["name", "age", "type", "x"]), st.text() | st.integers()),
    st.lists(st.sampled_from(["add_user", "arguments", "properties", "error"]), max_size=3),
    st.integers(1, 9),
)
def test_arguments_are_the_same_streamed_and_whole(arguments, wrappers, size):
    for wrapper in wrappers:
        arguments = {wrapper: arguments}
    text = json.dumps(arguments)
    assert joined(in_pieces("add_user", text, size)) == joined(in_pieces("add_user", text, 10_000))


def test_calls_are_unwrapped_apart_whole_and_streamed():
    options = ReplyOptions(tools={"safe": TOOLS["list_files"]}, tool_names={"safe": "list.files"})
    entries = [
        {"id": "a", "index": 0, "function": {"name": "safe", "arguments": '{"path": "x",}'}},
        {"id": "b", "index": 1, "function": {"name": "safe", "arguments": f"{{'input': {TMP}}}"}},
    ]
    finished = {"finish_reason": "tool_calls"}
    whole = decode_whole({"choices": [{"message": {"tool_calls": entries}, **finished}]}, options)
    stream = to_stream(
        *({"choices": [{"delta": {"tool_calls": [entry]}}]} for entry in entries),
        {"choices": [{"delta": {}, **finished}]},
    )
    streamed = merge_chunks(decode_stream(stream, options))
    assert whole.choice.tool_calls == streamed.choice.tool_calls
    assert whole.choice.tool_calls == (
        ToolCallDelta(0, "a", "list.files", '{"path": "x"}'),
        ToolCallDelta(1, "b", "list.files", TMP),
    )

"""Texts with calls in their models' own tokens, however they are cut and whatever they hold."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from leaked_calls import OPTIONS, TOOLS, calls_of, streamed, whole

from weryai_core import ToolCallError
from weryai_core.reply_options import ReplyOptions

pieces = st.lists(
    st.sampled_from(
        [
            *("<tool_call>", "</tool_call>", "get_weather", '{"name": "add", "arguments": {}}'),
            *("<function=add>", "</function>", "<parameter=a>", "</parameter>", "a", " ", "<", "["),
            *("<|tool_call_begin|>", "functions.add:0", "<|tool_call_argument_begin|>", "{}", "`"),
            *("<|tool_call_end|>", "[TOOL_CALLS]", "add", "[ARGS]", "\n", '<invoke name="add">'),
            *("\nfunctions.", "add:0{}", "\nto=functions.", "> ", "<pre>", "</pre>", "/>", " is"),
            *("```tool_code\n", "add(a=1)", "<|channel|>commentary to=add<|message|>", "."),
        ]
    ),
    max_size=10,
)


@settings(deadline=None)
@given(
    pieces,
    st.integers(1, 9),
    st.sampled_from(["stop", "length"]),
    st.sampled_from([OPTIONS, ReplyOptions(), ReplyOptions(tools=TOOLS, expects_json=True)]),
)
def test_a_stream_equals_the_whole_however_its_text_is_cut(parts, size, finish_reason, options):
    text = "".join(parts)
    outcomes = []
    for read in (
        lambda: whole(text, options, finish_reason),
        lambda: streamed(text, options, size, finish_reason),
    ):
        try:
            choice = read()
        except ToolCallError as error:
            outcomes.append(str(error))
        else:
            calls = [(call.name, call.arguments) for call in choice.tool_calls]
            outcomes.append((choice.text, calls, choice.finish_reason))
    assert outcomes[0] == outcomes[1]


def in_python(arguments):
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())


def in_tags(arguments, tag):
    values = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in arguments.items()
    }
    return "".join(tag.format(name, value) for name, value in values.items())


# How models write the arguments of a call.
WRITERS = {
    "Kimi": lambda arguments: (
        f"<|tool_call_begin|>get_weather:0<|tool_call_argument_begin|>{json.dumps(arguments)}"
        "<|tool_call_end|>"
    ),
    "Qwen": lambda arguments: (
        f'<tool_call>{{"name": "get_weather", "arguments": {json.dumps(arguments)}}}</tool_call>'
    ),
    "Qwen Coder": lambda arguments: (
        "<tool_call><function=get_weather>"
        f"{in_tags(arguments, '<parameter={0}>{1}</parameter>')}</function></tool_call>"
    ),
    "GLM": lambda arguments: (
        "<tool_call>get_weather"
        f"{in_tags(arguments, '<arg_key>{0}</arg_key><arg_value>{1}</arg_value>')}</tool_call>"
    ),
    "Gemini": lambda arguments: f"```tool_code\nget_weather({in_python(arguments)})\n```",
    "JSON": lambda arguments: json.dumps({"name": "get_weather", "arguments": arguments}),
}
bits = st.sampled_from(
    [
        *(
            "a",
            "\u00e9",
            "\U0001f600",
            " ",
            "x\ny",
            '"',
            "'",
            "\\",
            "\\n",
            "<",
            "</",
            "&",
            "`",
            "```",
            "{",
            "}",
        ),
        *(
            "</tool_call>",
            "<tool_call>",
            "<|tool_call_end|>",
            "</b>",
            "get_weather",
            "]",
            "#",
            "null",
        ),
    ]
)
values = st.fixed_dictionaries(
    {"city": st.lists(bits, max_size=5).map("".join)},
    optional={"days": st.integers(-9, 9), "list": st.lists(bits, max_size=2)},
)


@settings(deadline=None)
@given(values, st.sampled_from([*WRITERS.values()]), st.integers(1, 9))
def test_arguments_come_back_as_they_were_written(arguments, write, size):
    text = write(arguments)
    for choice in (whole(text), streamed(text, size=size)):
        assert (choice.text, calls_of(choice)) == ("", [("get_weather", arguments)])


@pytest.mark.parametrize(
    "value",
    ["a</parameter></function></tool_call> b", "<parameter=x>1</parameter>", "a <parameter=b>"],
)
def test_a_value_that_holds_its_own_tags_is_in_doubt(value):
    text = f"<tool_call><function=get_weather><parameter=city>{value}</parameter></function>"
    for read in (whole, streamed):
        with pytest.raises(ToolCallError, match="cannot be read"):
            read(text)

"""Texts that mention the tokens of calls, and are no calls."""

import pytest
from leaked_calls import (
    BAR,
    CALL,
    DEFINITION,
    FORMS,
    JSON,
    OPTIONS,
    PARAMETERS_OF_A_TOOL,
    PYTHON,
    WEATHER,
    calls_of,
    streamed,
    whole,
)
from replies import decode_stream, to_stream

from weryai_core import ToolCallError
from weryai_core.reply_options import ReplyOptions

SPECIAL = [name for name, (text, _) in FORMS.items() if text.startswith(("<|", f"<{BAR}", "["))]


@pytest.mark.parametrize("name", FORMS)
def test_without_tools_special_tokens_are_an_error_and_tags_are_text(name):
    text = f"I look.\n{FORMS[name][0]}"
    for read in (whole, streamed):
        if name not in SPECIAL:
            choice = read(text, ReplyOptions())
            assert (choice.text, choice.tool_calls) == (text, ())
            continue
        with pytest.raises(ToolCallError, match="The request has no tools") as caught:
            read(text, ReplyOptions())
        assert caught.value.is_retryable
        assert caught.value.partial.text == text
        explained = f"Like this:\n{text}\nSo it calls."
        assert read(explained, ReplyOptions()).text == explained


# JSON that names a tool and is no call.
NO_CALLS = [
    DEFINITION,
    f"[{DEFINITION}, {DEFINITION}]",
    f'[{{"type": "function", "function": {DEFINITION}}}]',
    f'{{"name": "get_weather", "parameters": {PARAMETERS_OF_A_TOOL}}}',
    f'{{"name": "get_weather", "parameters": {PARAMETERS_OF_A_TOOL}',
    '{"name": "get_weather", "parameters": {"type": "object"}}',
    '{"name": "get_weather", "parameters": {"city": {"type": "string"}}}',
    f'[{{"tool": "get_weather", "args": {JSON}, "result": "sunny"}}]',
    f'{{"type": "step", "name": "get_weather", "input": {JSON}, "status": "done"}}',
    f'{{"type": "step", "name": "get_weather", "input": {JSON}}}',
    f'{{"function": "get_weather", "parameters": {JSON}, "comment": "the one I would use"}}',
    f'{{"type": "function", "function": {CALL}, "status": "completed"}}',
    f'{{"tool": "get_weather", "name": "Bob", "args": {JSON}}}',
    f'[{CALL}, {{"name": "Bob", "arguments": {JSON}}}]',
]
PROSE = [
    "Is 1 < 2, and [1] a list?",
    "Call it with `<tool_call>`, then get_weather runs.",
    "```\n<tool_call>get_weather\n<arg_key>city</arg_key>\n</tool_call>\n```\nSo it is.",
    "The token <tool_call> begins a call of tools like get_weather. " * 8,
    "The token <|python_tag|> is Llama's.",
    "[TOOL_CALLS] is Mistral's, as in add and others.",
    "<function=unknown>{}</function>",
    "<invoke>the spirits</invoke>",
    f"Write `x = {CALL}` or `a <tool_call>{CALL}</tool_call>`.",
    f"It writes <tool_call>{CALL}</tool_call>, and then it waits.",
    f'The form "<tool_call>{CALL}</tool_call>" is its own.',
    f"{CALL} is a call.",
    f"~~~\n<tool_call>{CALL}</tool_call>\n~~~",
    f"````\n```tool_code\n{PYTHON}\n```\n````",
    "A call ends with <|tool_call_end|>",
    "A call <tool_call>get_weather</tool_call> is made of two tags.",
    "Special tokens:\n- <|tool_call_begin|>\n- <|tool_call_end|>",
    "Special tokens:\n<|tool_call_begin|>\n<|tool_call_end|>",
    f"It writes:\n\n    <tool_call>{CALL}</tool_call>\n\nand waits.",
    'It is <tool_call>{"name": "get_weather", "arguments": {...}}</tool_call>',
    "get_weather is one of my tools.",
    "to=functions.get_weather is how I call it.",
    'to=functions.unknown {"a": 1}',
    "get_weather",
    f"{PYTHON} is Python.",
    "tool_code is a word.",
    "[get_weather] and [add](https://add.example)",
    '{"name": "John", "arguments": {}}',
    '{"name": "get_weather"}',
    '{"type": "object", "properties": {}}',
    *NO_CALLS,
    f"> <tool_call>{CALL}</tool_call>\n\nIt is quoted.",
    f"> <tool_call>\n> {CALL}\n> </tool_call>",
    f"<pre>\n<tool_call>{CALL}</tool_call></pre>",
    f'<pre class="x"><code>{FORMS["Kimi"][0]}</code></pre>',
    f"I saw {FORMS['Kimi'][0]} which is a call.",
    "I saw <|tool_call_begin|>functions.get_weather:0...<|tool_call_end|> which is a call.",
    "<tool_call>\nget_weather\n</tool_call> is a call without arguments.",
    f"<tool_call>{CALL}</tool_call> is a call.",
    "<function=get_weather> is a tag",
    '<invoke name="get_weather"> starts a call; </invoke> ends it.',
    f"functions.get_weather:0{JSON} is a call.",
    f"I saw functions.get_weather:0{JSON}",
    f"It is:\nfunctions.get_weather:0{JSON}\nSo it is.",
    "functions.get_weather: it takes {...}.",
    "Names are:\nfunctions.get_weather and\nfunctions.",
    "The tools are:\nfunctions.get_weather\nfunctions.add",
    "functions.get_weather\nfunctions.add",
    "The tools are:\nfunctions.add: adds\nfunctions.get_weather(city, days)",
    "var functions = {};\nfunctions.add = function(a, b) { return a + b; };",
    "Kotlin:\nfunctions.add { x }",
    f"The code:\nfunctions.get_weather({JSON})",
    f"functions.get_weather({JSON})",
    f"Like this:\nto=functions.get_weather {JSON}",
    "functions.add:0{a, b}",
    "to=functions.add {a}",
    "[add(1, 2)](https://add.example)",
    "a <",
    "a [TOOL",
    "<|tool",
]


@pytest.mark.parametrize("text", PROSE)
def test_tokens_in_prose_and_in_code_are_text(text):
    for choice in (whole(text), streamed(text), streamed(text, size=7)):
        assert (choice.text, choice.tool_calls, choice.finish_reason) == (text, (), "stop")


def test_lower_case_words_after_a_call_at_the_head_are_text_after_it():
    for read in (whole, streamed):
        choice = read(f"<tool_call>{CALL}</tool_call> let me see")
        assert (choice.text, calls_of(choice)) == ("let me see", [WEATHER])


HEADS = [
    '{"input": "a text", ',
    '{"args": 5, ',
    '{"index": 7, "row": ',
    '{"id": {"a": ',
    '{"type": "step", ',
    '{"name": ["a"',
    '{"arguments": {"city": "Paris"}, "row": ',
    '{"function": {"a": 1}, "b": ',
    "functions.unknown",
    "I use\nfunctions.get_weather",
]


@pytest.mark.parametrize("text", HEADS)
def test_a_text_that_cannot_become_a_call_is_not_held_back(text):
    begin, end = (
        {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": reason}]}
        for piece, reason in ((text, None), ("Hi", "stop"))
    )
    chunks = decode_stream(to_stream(begin, end), OPTIONS)
    assert [chunk.text for chunk in chunks if chunk.text] == [text, "Hi"]


def test_text_is_held_back_only_while_a_call_may_follow():
    pieces = ["Is ", "a <", "b> and", " <tool_call>", " more " * 60, "ok"]
    events = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    chunks = decode_stream(to_stream(*events, end), OPTIONS)
    assert [chunk.text for chunk in chunks if chunk.text] == [
        "Is ",
        "a ",
        "<b> and",
        " ",
        "<tool_call>" + " more " * 60,
        "ok",
    ]

"""Calls in their models' own tokens that cannot be read, are cut, or came as calls as well."""

import json

import pytest
from leaked_calls import (
    CALL,
    DEFINITION,
    FORMS,
    JSON,
    OPTIONS,
    TOOLS,
    WEATHER,
    calls_of,
    deepseek,
    streamed,
    whole,
)
from replies import decode_stream, decode_whole, to_stream

from weryai_core import ToolCallError
from weryai_core.reply_options import ReplyOptions

TOKENS = "I call. <|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0"
BROKEN = [
    f"<|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>{JSON[:-1]}",
    "<|tool_calls_section_begin|><|tool_call_begin|>get_weather",
    "<|python_tag|>get_weather.call(city=Paris)",
    "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Par",
    '<tool_call>{"name": "get_weather", "arguments": {"city": "Par</tool_call>',
    "<function=get_weather>\n<parameter=city>Paris",
    f"[TOOL_CALLS]get_weather[ARGS]{JSON}[TOOL_CALLS]add[ARGS]{{",
    '<tool_call>{"name": "get_weather", "arguments": [1]}</tool_call>',
    '```tool_code\nx = default_api.get_weather(city="Paris")\nprint(x)\n```',
    f"I know it. get_weather:0<|tool_call_argument_begin|>{JSON}",
    f"I know it.\n{CALL}\n</tool_call>",
    "<|tool_calls_section_begin|>",
    "<tool_call>nope\n<arg_key>city</arg_key>\n<arg_value>Paris",
    '<|open|>call tool="get_weather" index="1"<|sep|>Paris<|close|>',
    f"<tool_call>{DEFINITION}</tool_call>",
    f"<|tool_call_begin|>call_abc123<|tool_call_argument_begin|>{JSON}<|tool_call_end|>",
]


@pytest.mark.parametrize("text", BROKEN)
def test_a_call_that_cannot_be_read_is_an_error(text):
    for read in (whole, streamed):
        with pytest.raises(ToolCallError, match="cannot be read") as caught:
            read(f"I look. {text}")
        assert caught.value.is_retryable
        assert caught.value.partial.text == f"I look. {text}"


@pytest.mark.parametrize(
    "message", [{"reasoning_content": TOKENS}, {"content": f"<think>{TOKENS}"}]
)
def test_a_call_among_the_reasoning_of_an_empty_answer_is_an_error(message):
    choice = {"index": 0, "delta": message, "finish_reason": "stop"}
    with pytest.raises(ToolCallError, match="cannot be read") as caught:
        list(decode_stream(to_stream({"choices": [choice]}), OPTIONS))
    assert caught.value.is_retryable
    with pytest.raises(ToolCallError, match="cannot be read"):
        decode_whole({"choices": [{"message": message, "finish_reason": "stop"}]}, OPTIONS)
    answered = {**message, "tool_calls": [{"function": {"name": "add", "arguments": "{}"}}]}
    whole = decode_whole({"choices": [{"message": answered, "finish_reason": "stop"}]}, OPTIONS)
    assert whole.choice.tool_calls


@pytest.mark.parametrize("form", ["Kimi", "Qwen", "GLM"])
def test_a_call_that_ends_the_reasoning_of_an_empty_answer_is_a_call(form):
    said = f"I use `<tool_call>` now.\n{FORMS[form][0]}"
    for choice in (
        whole("", reasoning_content=said),
        whole(f"<think>{said}"),
        streamed("", reasoning_content=said),
        streamed(f"<think>{said}</think>\n"),
    ):
        assert (calls_of(choice), choice.text.strip(), choice.reasoning) == ([WEATHER], "", said)
        assert choice.finish_reason == "tool_calls"
    for choice in (whole("Hi", reasoning_content=said), streamed("Hi", reasoning_content=said)):
        assert (choice.tool_calls, choice.text, choice.reasoning) == ((), "Hi", said)


def test_a_call_is_an_error_where_the_request_forbids_calls():
    options = ReplyOptions(tools=TOOLS, forbids_calls=True)
    for read in (whole, streamed):
        for text in (FORMS["Kimi"][0], FORMS["Qwen"][0]):
            with pytest.raises(ToolCallError, match="forbids calls") as caught:
                read(text, options)
            assert caught.value.is_retryable
        assert read("I need no tool.", options).text == "I need no tool."


def test_a_broken_call_is_text_where_the_request_does_not_check_that():
    options = ReplyOptions(tools=TOOLS, checks_call_tokens=False)
    for text in BROKEN:
        for choice in (whole(text, options), streamed(text, options)):
            assert (choice.text, choice.tool_calls, choice.finish_reason) == (text, (), "stop")


def test_a_broken_call_is_an_error_before_anything_is_given_out():
    events = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in BROKEN[0]]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    given_out = []
    with pytest.raises(ToolCallError):
        given_out += decode_stream(to_stream(*events, end), OPTIONS, sizes=[None])
    assert given_out == []


TRUNCATED = [
    (BROKEN[0], JSON[:-1]),
    (BROKEN[3], "<arg_key>city</arg_key>\n<arg_value>Par"),
    (
        '<tool_call>{"name": "get_weather", "arguments": {"city": "Par',
        '{"name": "get_weather", "arguments": {"city": "Par',
    ),
]


@pytest.mark.parametrize(("text", "arguments"), TRUNCATED)
def test_a_truncated_call_keeps_its_arguments_as_they_came(text, arguments):
    for read in (whole, streamed):
        choice = read(text, finish_reason="length")
        (call,) = choice.tool_calls
        assert (call.name, call.arguments) == ("get_weather", arguments)
        assert (choice.text, choice.finish_reason) == ("", "length")


def test_an_unreadable_call_that_was_truncated_is_not_retried():
    for read in (whole, streamed):
        with pytest.raises(ToolCallError, match="Raise `max_tokens`") as caught:
            read('<tool_call>{"name": "get_we', finish_reason="length")
        assert not caught.value.is_retryable


STRAY = [
    "I look.<|tool_calls_section_end|>",
    "I look.<|tool_call_end|><|tool_calls_section_end|>",
    "I look." + deepseek("<|tool_calls_end|>"),
    "I look.<|tool_calls_section_begin|>",
]


@pytest.mark.parametrize("text", STRAY)
def test_the_end_of_a_call_that_the_server_read_is_removed(text):
    native = {
        "index": 0,
        "id": "1",
        "type": "function",
        "function": {"name": "get_weather", "arguments": JSON},
    }
    for choice in (whole(text, tool_calls=[native]), streamed(text, tool_calls=[native])):
        assert (choice.text, calls_of(choice)) == ("I look.", [WEATHER])


ALSO_READ = [
    '{"days":2,"city":"Paris"}',
    json.dumps(JSON),
    f"{JSON}{{}}",
    f"{JSON}}}",
    f"```json\n{JSON}\n```",
    f'{{"arguments": {JSON}}}',
    f'{{"name": "get_weather", "arguments": {JSON}}}',
    f'{{"get_weather": {JSON}}}',
    "{'city': 'Paris', 'days': 2,}",
]


@pytest.mark.parametrize("arguments", ALSO_READ)
def test_a_call_that_the_server_has_also_read_is_made_once(arguments):
    function = {"name": "get_weather", "arguments": arguments}
    native = {"index": 0, "id": "1", "type": "function", "function": function}
    text = FORMS["Qwen"][0] + '<tool_call>{"name": "add", "arguments": {"a": 1}}</tool_call>'
    for choice in (whole(text, tool_calls=[native]), streamed(text, tool_calls=[native])):
        assert calls_of(choice) == [WEATHER, ("add", {"a": 1})]
        assert [call.index for call in choice.tool_calls] == [0, 1]
    for choice in (
        whole(FORMS["Qwen"][0], tool_calls=[native]),
        streamed(FORMS["Qwen"][0], tool_calls=[native]),
    ):
        assert (choice.text, calls_of(choice), choice.finish_reason) == (
            "",
            [WEATHER],
            "tool_calls",
        )

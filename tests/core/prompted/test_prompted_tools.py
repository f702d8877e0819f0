"""Tools in the prompt: how they are told, and how the calls in an answer's text are read."""

import json

import pytest
from replies import cut, decode_stream, decode_whole, to_stream

from weryai_core import (
    Choice,
    Citation,
    InvalidRequestError,
    MessageCountError,
    StreamError,
    ToolCallDelta,
    merge_chunks,
)
from weryai_core.chunk import merge_choices
from weryai_core.prompted.parse_calls import parse_calls
from weryai_core.prompted.read_calls import CallReader
from weryai_core.reply.decode import StreamDecoder
from weryai_core.reply.reply_stream import ReplyOptions
from weryai_core.request.prepare import build_body, encode_request
from weryai_core.request.tool_choice import ToolUse

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        "strict": True,
    },
}
TIME = {"type": "function", "function": {"name": "get_time"}}
SYSTEM = {"role": "system", "content": "Be brief."}
HELLO = {"role": "user", "content": "Hello"}

DESCRIPTION = """\
# Tools

You have the tools below, each with the JSON schema of its arguments:

<tools>
{"name":"get_weather","description":"Get the weather in a city.","parameters":{"type":"object",\
"properties":{"city":{"type":"string"}}}}
{"name":"get_time"}
</tools>

To call a tool, write its name and its arguments as JSON between these markers, without a fence:

<tool_call>{"name":"a tool's name","arguments":{"an argument's name":"its value"}}</tool_call>

Then end your turn: the next message brings the result, between <tool_response> and \
</tool_response>. Never write a result yourself. """
SEVERAL = "You may make several calls in one turn, each between markers of its own."
ONE = "Make no more than one call in a turn."
FREE = "Call tools where they help; else answer in words, without markers."
ANY = "Your next turn must call a tool: write nothing but the call."
THIS = 'Your next turn must call the tool "get_time": write nothing but the call.'
TOLD = f"{DESCRIPTION}{SEVERAL}\n\n{FREE}"


def sent(messages=(HELLO,), **parameters):
    request = {"model": "GPT_4O", "messages": list(messages), "tool_calling": "prompted"}
    return json.loads(encode_request({**request, **parameters}, stream=False))


def told(messages=(HELLO,), **parameters):
    return sent(messages, **{"tools": [WEATHER, TIME], **parameters})["messages"]


# --- the request


def test_tools_are_told_in_a_system_message():
    assert sent(tools=[WEATHER, TIME], tool_choice="auto", parallel_tool_calls=True) == {
        "model": "GPT_4O",
        "messages": [{"role": "system", "content": TOLD}, HELLO],
    }


@pytest.mark.parametrize("role", ["system", "developer"])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Be brief.", f"Be brief.\n\n{TOLD}"),
        ("", TOLD),
        (
            [{"type": "text", "text": "Be brief."}],
            [{"type": "text", "text": "Be brief."}, {"type": "text", "text": TOLD}],
        ),
    ],
    ids=["text", "no text", "parts"],
)
def test_tools_are_told_in_the_system_message_that_is_there(role, content, expected):
    assert told([{"role": role, "content": content}, HELLO]) == [
        {"role": role, "content": expected},
        HELLO,
    ]


PICTURE = {"type": "image_url", "image_url": {"url": "https://example.com/1.png"}}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Hello", f"{TOLD}\n\nHello"),
        ([PICTURE], [{"type": "text", "text": TOLD}, PICTURE]),
    ],
    ids=["text", "parts"],
)
def test_tools_are_told_in_the_first_of_fifty_messages(content, expected):
    rest = [HELLO] * 49
    assert told([{"role": "user", "content": content}, *rest]) == [
        {"role": "user", "content": expected},
        *rest,
    ]


def test_forty_nine_messages_leave_room_for_one_of_the_systems():
    assert told([HELLO] * 49) == [{"role": "system", "content": TOLD}, *[HELLO] * 49]


@pytest.mark.parametrize(
    ("parameters", "end"),
    [
        ({"tool_choice": "auto"}, f"{SEVERAL}\n\n{FREE}"),
        ({"tool_choice": "required"}, f"{SEVERAL}\n\n{ANY}"),
        (
            {"tool_choice": {"type": "function", "function": {"name": "get_time"}}},
            f"{SEVERAL}\n\n{THIS}",
        ),
        ({"parallel_tool_calls": False}, f"{ONE}\n\n{FREE}"),
        ({"parallel_tool_calls": False, "tool_choice": "any"}, f"{ONE}\n\n{ANY}"),
    ],
    ids=str,
)
def test_what_is_demanded_is_told_in_words(parameters, end):
    assert told(**parameters)[0]["content"] == DESCRIPTION + end


def test_no_tools_are_told_where_none_may_be_called():
    assert sent(tools=[WEATHER], tool_choice="none") == {"model": "GPT_4O", "messages": [HELLO]}


def called(*calls, content=None):
    entries = [
        {"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}
        for id_, name, arguments in calls
    ]
    return {"role": "assistant", "content": content, "tool_calls": entries}


def result(id_, content, **fields):
    return {"role": "tool", "tool_call_id": id_, "content": content, **fields}


HISTORY = [
    HELLO,
    called(
        ("call_1", "get_weather", '{"city": "Rome"}'), ("call_2", "get_time", ""), content="Wait."
    ),
    result("call_2", "Noon."),
    result("call_1", "Sunny."),
]
IN_WORDS = [
    HELLO,
    {
        "role": "assistant",
        "content": "Wait.\n\n"
        '<tool_call>{"name":"get_weather","arguments":{"city":"Rome"},"id":"call_1"}</tool_call>\n'
        '<tool_call>{"name":"get_time","arguments":{},"id":"call_2"}</tool_call>',
    },
    {
        "role": "user",
        "content": '<tool_response id="call_2" name="get_time">\nNoon.\n</tool_response>\n'
        '<tool_response id="call_1" name="get_weather">\nSunny.\n</tool_response>',
    },
]


def test_calls_and_results_are_told_in_words():
    assert told(HISTORY) == [{"role": "system", "content": TOLD}, *IN_WORDS]


def test_a_history_is_told_in_words_without_tools_too():
    assert sent(HISTORY) == {"model": "GPT_4O", "messages": IN_WORDS}


def test_a_history_with_tools_that_may_not_be_called_says_so():
    no_tool = {
        "role": "system",
        "content": "Call no tools from now on: answer in words, without markers.",
    }
    assert told(HISTORY, tool_choice="none") == [no_tool, *IN_WORDS]


def test_results_that_are_joined_make_room_for_more_messages():
    call_them = called(*[(f"call_{number}", "get_time", "{}") for number in range(60)])
    results = [result(f"call_{number}", "Noon.") for number in range(60)]
    assert len(told([HELLO, call_them, *results])) == 4


def test_more_than_fifty_messages_are_an_error():
    with pytest.raises(MessageCountError, match="but holds 51"):
        told([HELLO] * 51)
    with pytest.raises(MessageCountError, match="is empty"):
        told([])


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(
            called(("1", "get_time", '{"zone": ')),
            '<tool_call>{"name":"get_time","arguments":"{\\"zone\\": ","id":"1"}</tool_call>',
            id="arguments that are no JSON",
        ),
        pytest.param(
            called((None, "get_time", {"zone": "CET"})),
            '<tool_call>{"name":"get_time","arguments":{"zone":"CET"},"id":"get_time"}</tool_call>',
            id="an object and no id",
        ),
        pytest.param(
            called(("1", "get_time", "{}"), content=[{"type": "text", "text": "Wait."}]),
            [
                {"type": "text", "text": "Wait."},
                {
                    "type": "text",
                    "text": '<tool_call>{"name":"get_time","arguments":{},"id":"1"}</tool_call>',
                },
            ],
            id="content in parts",
        ),
    ],
)
def test_a_call_is_told_as(message, expected):
    assert sent([HELLO, message])["messages"][1] == {"role": "assistant", "content": expected}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(
            result("1", "Noon.", name="clock"),
            '<tool_response id="1" name="clock">\nNoon.\n</tool_response>',
            id="named by itself",
        ),
        pytest.param(
            result("1", ""), '<tool_response id="1">\n</tool_response>', id="empty and unknown"
        ),
        pytest.param(
            {"role": "function", "name": "clock", "content": "Noon."},
            '<tool_response name="clock">\nNoon.\n</tool_response>',
            id="in the old way",
        ),
        pytest.param(
            result("1", [{"type": "text", "text": "Noon,"}, {"type": "text", "text": "sharp."}]),
            '<tool_response id="1">\nNoon,\nsharp.\n</tool_response>',
            id="texts",
        ),
        pytest.param(
            result("1", [{"type": "text", "text": "Here:"}, PICTURE]),
            [
                {"type": "text", "text": '<tool_response id="1">\nHere:'},
                PICTURE,
                {"type": "text", "text": "</tool_response>"},
            ],
            id="with a picture",
        ),
    ],
)
def test_a_result_is_told_as(message, expected):
    assert sent([HELLO, message])["messages"][1] == {"role": "user", "content": expected}


def test_what_was_given_is_not_changed():
    request = {"model": "m", "messages": HISTORY, "tools": [WEATHER], "tool_calling": "prompted"}
    before = json.dumps(request)
    build_body(request)
    assert json.dumps(request) == before


@pytest.mark.parametrize(
    ("response_format", "question"),
    [
        (
            {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}},
            "Hello\n\nUnless you call a tool, answer with one JSON object that follows this JSON "
            "schema, and with nothing else: no words around it, no code fence.\n\n"
            '{"type":"object"}',
        ),
        (
            {"type": "json_object"},
            "Hello\n\nUnless you call a tool, answer with one JSON object, and with nothing else: "
            "no words around it, no code fence.",
        ),
    ],
    ids=["schema", "any JSON"],
)
def test_a_response_format_that_would_leave_no_room_for_calls_is_told_too(
    response_format, question
):
    assert sent(tools=[WEATHER, TIME], response_format=response_format) == {
        "model": "GPT_4O",
        "messages": [
            {"role": "system", "content": TOLD},
            {"role": "user", "content": question},
        ],
    }
    assert sent(response_format=response_format)["response_format"] == response_format


def test_a_web_search_among_the_tools_stays_the_plugin():
    body = sent(tools=[{"type": "web_search"}])
    assert body == {"model": "GPT_4O", "messages": [HELLO], "plugins": [{"id": "web"}]}


@pytest.mark.parametrize("tool", [{"type": "code_interpreter"}, {"type": "function"}, "get_time"])
def test_a_tool_that_cannot_be_told_is_an_error(tool):
    with pytest.raises(InvalidRequestError, match="tools must be functions with a name"):
        told(tools=[tool])


def test_what_cannot_be_written_as_json_is_an_error():
    with pytest.raises(InvalidRequestError, match="cannot be written as JSON"):
        told(tools=[{"function": {"name": "x", "parameters": {"type": object()}}}])
    with pytest.raises(InvalidRequestError, match="must be a mapping with a `role`"):
        told(["Hello"])


def test_natively_nothing_is_told_and_nothing_of_ours_is_sent():
    request = {"model": "m", "messages": [HELLO], "tools": [WEATHER], "tool_choice": "required"}
    ours = {"tool_calling": "native", "check_tool_choice": False}
    assert json.loads(encode_request({**request, **ours}, stream=False)) == request


def test_an_unknown_way_of_calling_tools_is_an_error():
    with pytest.raises(InvalidRequestError, match="`tool_calling` must be 'native' or 'prompted'"):
        sent(tool_calling="magic")


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ToolUse()),
        ({"tools": [TIME]}, ToolUse()),
        ({"tools": [TIME], "tool_choice": "auto"}, ToolUse()),
        ({"tools": [TIME], "tool_choice": "required"}, ToolUse(is_forced=True)),
        ({"tools": [TIME], "tool_choice": "any"}, ToolUse(is_forced=True)),
        ({"tools": [TIME], "tool_choice": TIME}, ToolUse(is_forced=True)),
        ({"tools": [TIME], "tool_choice": "any", "check_tool_choice": False}, ToolUse()),
        ({"extra_body": {"tools": [TIME], "tool_choice": TIME}}, ToolUse(is_forced=True)),
        ({"tools": [], "tool_choice": "required"}, ToolUse()),
        ({"tools": [{"type": "web_search"}], "tool_choice": "required"}, ToolUse()),
        ({"tool_calling": "prompted"}, ToolUse()),
        ({"tool_calling": "prompted", "tools": [TIME]}, ToolUse(is_prompted=True)),
        ({"tool_calling": "prompted", "tools": [TIME], "tool_choice": "none"}, ToolUse()),
        (
            {"tool_calling": "prompted", "tools": [TIME], "tool_choice": "any"},
            ToolUse(is_prompted=True, is_forced=True),
        ),
    ],
    ids=str,
)
def test_a_request_says_how_its_answer_is_to_be_read(parameters, expected):
    _, tool_use = build_body({"model": "m", "messages": [HELLO], **parameters})
    assert tool_use == expected


# --- the answer

ROME = '<tool_call>{"name": "get_weather", "arguments": {"city": "Rome"}}</tool_call>'
IN_ROME = ("get_weather", '{"city":"Rome"}')
A = "<tool_call>{0}</tool_call>".format

# Name: (the model's text, what is left of it, the calls in it).
ANSWERS = {
    "no call": ("It is sunny.", "It is sunny.", []),
    "nothing": ("", "", []),
    "white space": (" \n Hello \n", " \n Hello \n", []),
    "a call": (ROME, "", [IN_ROME]),
    "white space around": (f"\n {ROME}\n\n", "", [IN_ROME]),
    "white space inside": (
        '<tool_call>\n{"name": "get_weather",\n "arguments": {"city": "Rome"}}\n</tool_call>',
        "",
        [IN_ROME],
    ),
    "words in front": (f"Let me look.\n\n{ROME}", "Let me look.", [IN_ROME]),
    "words behind": (f"{ROME}\nI looked.", "\nI looked.", [IN_ROME]),
    "several": (
        ROME + "\n" + A('{"name": "get_time", "arguments": {}}'),
        "",
        [IN_ROME, ("get_time", "{}")],
    ),
    "words between": (f"One: {ROME} Two: {ROME}.", "One: Two:.", [IN_ROME, IN_ROME]),
    "fence inside": (
        A('\n```json\n{"name": "get_weather", "arguments": {"city": "Rome"}}\n```\n'),
        "",
        [IN_ROME],
    ),
    "fence around": (f"Look:\n```xml\n{ROME}\n{ROME}\n```\nSo.", "Look:\nSo.", [IN_ROME] * 2),
    "fence of something else": (
        '```json\n{"name": "x"}\n```\nSo.',
        '```json\n{"name": "x"}\n```\nSo.',
        [],
    ),
    "fence at the end of a line": (f"So ```\n{ROME}", "So ```", [IN_ROME]),
    "no end": (ROME.removesuffix("</tool_call>"), "", [IN_ROME]),
    "half an end": (ROME[:-5], "", [IN_ROME]),
    "no end before the next": (ROME.removesuffix("</tool_call>") + ROME, "", [IN_ROME] * 2),
    "parameters": (A('{"name": "f", "parameters": {"a": 1}}'), "", [("f", '{"a":1}')]),
    "args": (A('{"name": "f", "args": {"a": 1}}'), "", [("f", '{"a":1}')]),
    "no arguments": (A('{"name": "f"}'), "", [("f", "{}")]),
    "null": (A('{"name": "f", "arguments": null}'), "", [("f", "{}")]),
    "arguments as text": (A('{"name": "f", "arguments": "{\\"a\\": 1}"}'), "", [("f", '{"a": 1}')]),
    "an id": (A('{"name": "f", "arguments": {}, "id": "call_9"}'), "", [("f", "{}")]),
    "as OpenAI has it": (
        A('{"type": "function", "function": {"name": "f", "arguments": "{}"}}'),
        "",
        [("f", "{}")],
    ),
    "a list": (A('[{"name": "f"}, {"name": "g"}]'), "", [("f", "{}"), ("g", "{}")]),
    "a row": (A('{"name": "f"}\n{"name": "g"}'), "", [("f", "{}"), ("g", "{}")]),
    "thoughts": (
        f"<think>\nI call {ROME}?</think>\n{ROME}",
        f"<think>\nI call {ROME}?</think>",
        [IN_ROME],
    ),
    "thoughts without an end": (f"<think>I call {ROME}", f"<think>I call {ROME}", []),
    "thoughts too late": (f"So <think>{ROME}</think>", "So <think></think>", [IN_ROME]),
    "the end in a string": (
        A('{"name": "f", "arguments": {"a": "\\"</tool_call>"}}') + "So.",
        "So.",
        [("f", '{"a":"\\"</tool_call>"}')],
    ),
    "the end in a string only": (
        '<tool_call>{"name": "f", "arguments": {"a": "</tool_call>"}}',
        "",
        [("f", '{"a":"</tool_call>"}')],
    ),
    "a backslash at the end of a string": (
        A('{"name": "f", "arguments": {"a": "C:\\\\"}}') + "So.",
        "So.",
        [("f", '{"a":"C:\\\\"}')],
    ),
    "a line break in a string": (
        A('{"name": "f", "arguments": {"a": "x\ny"}}'),
        "",
        [("f", '{"a":"x\\ny"}')],
    ),
    "half a character": (
        A('{"name": "f", "arguments": {"a": "\\ud83d"}}'),
        "",
        [("f", '{"a": "\\ud83d"}')],
    ),
    "a brace too few": (A('{"name": "f", "arguments": {"a": 1}'), "", [("f", '{"a":1}')]),
    "a brace too many": (A('{"name": "f", "arguments": {"a": 1}}}'), "", [("f", '{"a":1}')]),
    "cut off": (
        '<tool_call>{"name": "f", "arguments": {"path": "/home',
        "",
        [("f", '{"path": "/home')],
    ),
    "cut off in front of the arguments": ('<tool_call>{"name": "f"', "", [("f", '{"name": "f"')]),
    "a quote too few": (
        A('{"name": "f", "arguments": {"a": "x}}') + "\n" + ROME,
        "",
        [("f", '{"a": "x}}'), IN_ROME],
    ),
    "a quote too few, and one behind": (
        A('{"name": "f", "arguments": {"a": "x}}') + ' "</tool_call>',
        ' "</tool_call>',
        [("f", '{"a": "x}}')],
    ),
    "no JSON": (
        A('{"name": "f", "arguments": {a: 1}}') + "So.",
        "So.",
        [("f", "{a: 1}}")],
    ),
    "no name": (A('{"city": "Rome"}'), A('{"city": "Rome"}'), []),
    "a name among the arguments only": (
        A('{"arguments": {"name": "Ann"'),
        A('{"arguments": {"name": "Ann"'),
        [],
    ),
    "cut off in the name": ('<tool_call>{"name": "ge', '<tool_call>{"name": "ge', []),
    "no object": (A("[1, 2]"), A("[1, 2]"), []),
    "words in markers": (f"{A('weather?')} {ROME}", A("weather?"), [IN_ROME]),
    "words about markers": ("Use `<tool_call>` for it.", "Use `<tool_call>` for it.", []),
    "empty": (A(""), A(""), []),
    "half a marker": ("1 < 2, <tool_ca", "1 < 2, <tool_ca", []),
    "a marker's like": ("<tool_calls>{}</tool_calls>", "<tool_calls>{}</tool_calls>", []),
    "other signs": (f"Ça va ? 你好 🎉 {ROME}", "Ça va ? 你好 🎉", [IN_ROME]),
}
ROWS = [pytest.param(*row, id=name) for name, row in ANSWERS.items()]


def whole(text, finish_reason="stop", **fields):
    return Choice(text=text, finish_reason=finish_reason, **fields)


def read_whole(choice):
    return CallReader("call_").read(choice, True)


def read_stream(pieces, finish_reason="stop", reader=None):
    """What the pieces of a stream come to."""
    reader = reader or CallReader("call_")
    read = [reader.read(Choice(text=piece), False) for piece in pieces]
    read.append(reader.read(Choice(finish_reason=finish_reason), False))
    return [*read, reader.read(Choice(), True)]


def calls_of(choice):
    return [(call.name, call.arguments) for call in choice.tool_calls]


@pytest.mark.parametrize(("text", "left", "calls"), ROWS)
def test_calls_are_taken_out_of_the_text(text, left, calls):
    read = read_whole(whole(text))
    assert (read.text, calls_of(read)) == (left, calls)
    assert [call.index for call in read.tool_calls] == list(range(len(calls)))
    assert len({call.id for call in read.tool_calls}) == len(calls)
    assert read.finish_reason == ("tool_calls" if calls else "stop")
    for size in (1, 2, 3, 7, None):
        pieces = cut(text, size)
        assert merge_choices(0, read_stream(pieces)) == read


def test_text_passes_at_once():
    pieces = ["Let", " me", " look", " <", "b>", "\n", "<tool", "_call>", '{"name":', '"f"}']
    texts = [piece.text for piece in read_stream([*pieces, "</tool_call>"])]
    assert texts == ["Let", " me", " look", "", " <b>", "", "", "", "", "", "", "", ""]


def test_a_call_comes_with_its_last_piece():
    pieces = read_stream([ROME[:30], ROME[30:], " Then ", "more"])
    assert [calls_of(piece) for piece in pieces] == [[], [IN_ROME], [], [], [], []]
    assert [piece.text for piece in pieces] == ["", "", " Then", " more", "", ""]


@pytest.mark.parametrize("reason", ["length", "content_filter", "tool_calls", None])
def test_another_finish_reason_stays(reason):
    assert read_whole(whole(ROME, reason)).finish_reason == reason


def test_a_stream_that_ends_without_a_reason_gives_what_was_held_back():
    reader = CallReader("call_")
    assert reader.read(Choice(text="1 <"), False).text == "1"
    last = reader.read(Choice(), True)
    assert (last.text, last.finish_reason) == (" <", None)


def test_native_calls_are_numbered_first():
    native = ToolCallDelta(0, "call_1", "get_time", "{}")
    calls = read_whole(whole(ROME, tool_calls=(native,))).tool_calls
    assert [(call.index, call.name) for call in calls] == [(0, "get_time"), (1, "get_weather")]


def test_reasoning_is_not_part_of_the_text():
    read = read_whole(whole("", reasoning=ROME))
    assert (read.reasoning, read.tool_calls) == (ROME, ())


def test_places_of_citations_follow_the_text():
    text = f"One. {ROME} Two."
    two = text.index("Two.")
    citations = (
        Citation("https://a", start_index=0, end_index=4),
        Citation("https://b", start_index=two, end_index=two + 4),
        Citation("https://c", start_index=10, end_index=20),
        Citation("https://d", start_index=0, end_index=len(text)),
        Citation("https://e"),
    )
    read = read_whole(whole(text, citations=citations))
    assert read.text == "One. Two."
    assert [(one.url, one.start_index, one.end_index) for one in read.citations] == [
        ("https://a", 0, 4),
        ("https://b", 5, 9),
        ("https://c", None, None),
        ("https://d", 0, 9),
        ("https://e", None, None),
    ]


def test_places_of_citations_follow_the_text_of_a_stream():
    text = f"One. {ROME} Two."
    two = text.index("Two.")
    reader = CallReader("call_")
    read_stream([text], reader=reader)
    cited = Citation("https://b", start_index=two, end_index=two + 4)
    read = reader.read(Choice(citations=(cited,)), True)
    assert read.citations == (Citation("https://b", start_index=5, end_index=9),)


def logprobs(*tokens):
    return {"content": [{"token": token, "logprob": -1.0} for token in tokens]}


def test_log_probabilities_stay_with_text_and_go_with_calls():
    assert read_whole(whole("Hi", logprobs=logprobs("Hi"))).logprobs == logprobs("Hi")
    assert read_whole(whole(f"Hi{ROME}", logprobs=logprobs("Hi"))).logprobs is None
    reader = CallReader("call_")
    pieces = [Choice(text=text, logprobs=logprobs(text)) for text in ["1", " <", " 2", "\n", ROME]]
    read = merge_choices(0, [reader.read(piece, False) for piece in pieces])
    assert read.logprobs == logprobs("1", " <", " 2")


def test_endless_nesting_is_no_call():
    assert list(parse_calls("[" * 100_000)) == []


# --- bytes

TEXT = f"Let me look.\n{ROME}\n{ROME}"


def events(text, *, finish_reason="stop"):
    pieces = [{"choices": [{"index": 0, "delta": {"content": sign}}]} for sign in text]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": finish_reason}]}
    usage = {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}
    return [*pieces, end, usage]


OPTIONS = ReplyOptions(reads_calls_from_text=True)


def test_a_stream_of_bytes_is_read():
    chunks = decode_stream(to_stream(*events(TEXT)), OPTIONS)
    read = merge_chunks(chunks)
    assert (read.text, calls_of(read.choice)) == ("Let me look.", [IN_ROME, IN_ROME])
    assert read.choice.finish_reason == "tool_calls"
    assert [chunk.is_last for chunk in chunks].index(True) == len(chunks) - 1
    assert chunks[-1].usage.total_tokens == 3
    assert all(chunk.choices for chunk in chunks[:-1])


def test_each_answer_is_read_by_itself():
    first, second = (
        {"index": index, "message": {"content": text}, "finish_reason": "stop"}
        for index, text in enumerate([ROME, "Sunny."])
    )
    read = decode_whole({"choices": [first, second]}, OPTIONS).choices
    assert [(one.text, calls_of(one), one.finish_reason) for one in read] == [
        ("", [IN_ROME], "tool_calls"),
        ("Sunny.", [], "stop"),
    ]
    deltas = [(0, ROME[:40]), (1, "Sun"), (1, "ny."), (0, ROME[40:])]
    pieces = [{"choices": [{"index": i, "delta": {"content": text}}]} for i, text in deltas]
    ends = [{"choices": [{"index": i, "delta": {}, "finish_reason": "stop"}]} for i in (0, 1)]
    streamed = merge_chunks(decode_stream(to_stream(*pieces, *ends), OPTIONS)).choices
    assert [(one.text, calls_of(one), one.finish_reason) for one in streamed] == [
        ("", [IN_ROME], "tool_calls"),
        ("Sunny.", [], "stop"),
    ]


def test_each_reply_has_ids_of_its_own():
    reply = {"choices": [{"message": {"content": ROME}}]}
    first, second = (decode_whole(reply, OPTIONS).choice.tool_calls[0].id for _ in range(2))
    assert first.startswith("call_")
    assert first != second


def test_what_arrived_of_a_broken_stream_has_the_calls_with_their_ids():
    decoder = StreamDecoder(OPTIONS)
    truncated = TEXT[: TEXT.rindex("Rome")]
    given = list(decoder.feed(to_stream(*events(truncated)[:-2], done=False)))
    with pytest.raises(StreamError) as caught:
        list(decoder.close())
    arrived = caught.value.partial
    assert (arrived.text, arrived.is_last) == ("Let me look.", False)
    assert calls_of(arrived.choice) == [IN_ROME, ("get_weather", '{"city": "')]
    [call] = merge_chunks(given).choice.tool_calls
    assert arrived.choice.tool_calls[0] == call

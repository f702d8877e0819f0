"""Tools, calls and results written into the prompt."""

import copy

import pytest

from weryai_core import InvalidRequestError, MessageCountError
from weryai_core.prompted.write_tools import with_tools_in_prompt
from weryai_core.request.options import RequestOptions
from weryai_core.request.prepare import prepare

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
DESCRIBED = f"{DESCRIPTION}{SEVERAL}\n\n{FREE}"


def sent(messages=(HELLO,), overflow="fold", **parameters):
    """The body for a model without `tools`."""
    request = {"model": "GPT_4O", "messages": list(messages), **parameters}
    options = RequestOptions(tool_calling="prompted", message_overflow=overflow)
    return prepare(request, options).body


def written(messages=(HELLO,), **parameters):
    """The messages of a request with two tools."""
    return sent(messages, **{"tools": [WEATHER, TIME], **parameters})["messages"]


def test_tools_are_described_in_a_system_message():
    assert sent(tools=[WEATHER, TIME], tool_choice="auto", parallel_tool_calls=True) == {
        "model": "GPT_4O",
        "messages": [{"role": "system", "content": DESCRIBED}, HELLO],
    }


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Be brief.", f"Be brief.\n\n{DESCRIBED}"),
        ("", DESCRIBED),
        (
            [{"type": "text", "text": "Be brief."}],
            [{"type": "text", "text": "Be brief."}, {"type": "text", "text": DESCRIBED}],
        ),
    ],
    ids=["text", "no text", "parts"],
)
def test_tools_are_described_in_the_system_message_if_there_is_one(content, expected):
    for role in ("system", "developer"):
        assert written([{"role": role, "content": content}, HELLO]) == [
            {"role": role, "content": expected},
            HELLO,
        ]


PICTURE = {"type": "image_url", "image_url": {"url": "https://example.com/1.png"}}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Hello", f"{DESCRIBED}\n\nHello"),
        ([PICTURE], [{"type": "text", "text": DESCRIBED}, PICTURE]),
    ],
    ids=["text", "parts"],
)
def test_tools_are_described_in_the_first_of_fifty_messages(content, expected):
    rest = [HELLO] * 49
    assert written([{"role": "user", "content": content}, *rest]) == [
        {"role": "user", "content": expected},
        *rest,
    ]


def test_forty_nine_messages_leave_room_for_a_system_message():
    assert written([HELLO] * 49) == [{"role": "system", "content": DESCRIBED}, *[HELLO] * 49]


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
def test_the_tool_choice_is_written_in_words(parameters, end):
    assert written(**parameters)[0]["content"] == DESCRIPTION + end


def test_tools_that_are_not_allowed_are_not_described():
    allowed = {"type": "function", "function": {"name": "get_time"}}
    choice = {
        "type": "allowed_tools",
        "allowed_tools": {"mode": "required", "tools": [allowed]},
    }
    text = written(tool_choice=choice)[0]["content"]
    assert text == written(tools=[TIME], tool_choice="required")[0]["content"]


def test_tools_that_may_not_be_called_are_not_described():
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


def test_calls_and_results_are_written_in_words():
    assert written(HISTORY) == [{"role": "system", "content": DESCRIBED}, *IN_WORDS]


def test_a_history_is_written_in_words_without_tools_too():
    assert sent(HISTORY) == {"model": "GPT_4O", "messages": IN_WORDS}


def test_a_history_with_tools_that_may_not_be_called_says_so():
    no_tool = {
        "role": "system",
        "content": "Call no tools from now on: answer in words, without markers.",
    }
    assert written(HISTORY, tool_choice="none") == [no_tool, *IN_WORDS]


def test_results_that_are_joined_make_room_for_more_messages():
    call_them = called(*[(f"call_{number}", "get_time", "{}") for number in range(60)])
    results = [result(f"call_{number}", "Noon.") for number in range(60)]
    assert len(written([HELLO, call_them, *results])) == 4


def test_more_than_fifty_messages_are_an_error_if_so_chosen():
    with pytest.raises(MessageCountError, match="but holds 51"):
        written([HELLO] * 51, overflow="error")
    with pytest.raises(MessageCountError, match="is empty"):
        written([])


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(
            called(("1", "get_time", '{"zone": ')),
            '<tool_call>{"name":"get_time","arguments":{"invalid_arguments":"{\\"zone\\": "},'
            '"id":"1"}</tool_call>',
            id="invalid arguments",
        ),
        pytest.param(
            called(("1", "get_time", '{"zone": "C\nT"}')),
            '<tool_call>{"name":"get_time","arguments":{"zone":"C\\nT"},"id":"1"}</tool_call>',
            id="a line break in the arguments",
        ),
        pytest.param(
            called(("1", "get_time", {"zone": "CET"})),
            '<tool_call>{"name":"get_time","arguments":{"zone":"CET"},"id":"1"}</tool_call>',
            id="an object",
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
def test_a_call_is_written_between_markers(message, expected):
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
            result("1", ""),
            '<tool_response id="1">\n(empty)\n</tool_response>',
            id="empty and unknown",
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
def test_a_result_is_written_between_markers(message, expected):
    assert sent([HELLO, message])["messages"][1] == {"role": "user", "content": expected}


def test_the_request_is_not_changed():
    messages, tools = copy.deepcopy(HISTORY), [copy.deepcopy(WEATHER)]
    sent(messages, tools=tools)
    assert (messages, tools) == (HISTORY, [WEATHER])


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
def test_a_response_format_moves_into_the_prompt_with_prompted_tools(response_format, question):
    assert sent(tools=[WEATHER, TIME], response_format=response_format) == {
        "model": "GPT_4O",
        "messages": [
            {"role": "system", "content": DESCRIBED},
            {"role": "user", "content": question},
        ],
    }
    assert sent(response_format=response_format)["response_format"] == response_format


def test_a_web_search_among_the_tools_becomes_the_plugin():
    body = sent(tools=[{"type": "web_search"}])
    assert body == {"model": "GPT_4O", "messages": [HELLO], "plugins": [{"id": "web"}]}


@pytest.mark.parametrize("tool", [{"type": "code_interpreter"}, {"type": "function"}, "get_time"])
def test_a_tool_that_is_not_a_function_is_an_error(tool):
    with pytest.raises(InvalidRequestError, match="tools must be functions with a name"):
        with_tools_in_prompt({"messages": [HELLO], "tools": [tool]}, max_messages=50)


def test_a_tool_that_json_cannot_hold_is_an_error():
    with pytest.raises(InvalidRequestError, match="tools cannot be written as JSON"):
        written(tools=[{"function": {"name": "x", "parameters": {"properties": {"a": object()}}}}])

"""The limit of 50 messages: what is refused, what is merged and what is trimmed.

`test_fold` has the default, "fold".
"""

import logging

import pytest
from limited_messages import assistant, result, to_call, user

from weryai_core import MessageCountError
from weryai_core.request.message_limit import fit_messages
from weryai_core.request.options import RequestOptions
from weryai_core.request.prepare import prepare

SYSTEM = {"role": "system", "content": "Be brief."}
HELLO = {"role": "user", "content": "Hello"}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "Joke", "schema": {"type": "object"}}}


def sent(messages, overflow, parameters=None, **options):
    given = {"model": "GPT_4O", "messages": messages, **(parameters or {})}
    options = RequestOptions(message_overflow=overflow, **options)
    return prepare(given, options).body["messages"]


@pytest.mark.parametrize("overflow", ["fold", "error", "merge", "trim"])
def test_50_messages_are_left_as_they_are(overflow):
    messages = [HELLO] * 50
    assert fit_messages(messages, overflow) is messages
    assert sent(messages, overflow) == messages


def test_more_are_an_error_that_says_what_to_do():
    with pytest.raises(MessageCountError) as caught:
        sent([HELLO] * 51, "error")
    assert str(caught.value) == (
        "`messages` must hold 1 to 50 messages (the limit of WeryAI's API), but holds 51. "
        'Send fewer, or set message_overflow="fold" (puts the oldest turns into words), "merge" '
        '(joins adjacent messages of one role) or "trim" (drops the oldest turns).'
    )


def test_more_are_merged():
    lines = [f"Line {n}" for n in range(51)]
    assert sent([user(line) for line in lines], "merge") == [user("\n\n".join(lines))]


def test_more_are_trimmed():
    lines = [user(f"Line {n}") for n in range(60)]
    assert sent([SYSTEM, *lines], "trim") == [SYSTEM, *lines[11:]]


def test_the_messages_of_the_extra_body_count():
    extra = {"extra_body": {"messages": [HELLO] * 60}}
    assert sent([HELLO], "merge", extra) == [user("\n\n".join(["Hello"] * 60))]


def test_a_schema_in_the_prompt_counts_if_it_needs_a_message():
    answers = [assistant(f"Line {n}") for n in range(50)]
    given = {"response_format": SCHEMA}
    with pytest.raises(MessageCountError, match="holds 51"):
        sent(answers, "error", given, schema_in_prompt="always")
    trimmed = sent(answers, "trim", given, schema_in_prompt="always")
    assert [message["role"] for message in trimmed] == ["user"]


def test_a_schema_in_the_prompt_is_never_trimmed():
    questions = [user(f"Line {n}") for n in range(60)]
    trimmed = sent(questions, "trim", {"response_format": SCHEMA}, schema_in_prompt="always")
    assert len(trimmed) == 50
    assert trimmed[-1]["content"].startswith("Line 59\n\nAnswer with one JSON object")


def test_trimming_keeps_prompted_tools_and_whole_calls():
    turns = [m for n in range(40) for m in (user(f"q{n}"), assistant(None, f"{n}"), result(f"{n}"))]
    function = {"name": "f", "parameters": {"type": "object"}}
    given = {"tools": [{"type": "function", "function": function}]}
    messages = sent(turns, "trim", given, tool_calling="prompted")
    assert len(messages) == 49
    assert "<tools>" in messages[0]["content"]
    assert [message["role"] for message in messages[1:4]] == ["user", "assistant", "user"]
    assert messages[1]["content"] == "q24"
    assert '"id":"24"' in messages[2]["content"]
    assert '<tool_response id="24"' in messages[3]["content"]


# Merge


MERGED_CONTENTS = {
    "texts": (
        [user("One."), user("Two."), user("Three.")],
        [{"role": "user", "content": "One.\n\nTwo.\n\nThree."}],
    ),
    "lists of parts": (
        [user([{"type": "text", "text": "Look:"}, IMAGE]), user([IMAGE])],
        [{"role": "user", "content": [{"type": "text", "text": "Look:"}, IMAGE, IMAGE]}],
    ),
    "text and parts": (
        [user("One."), user([IMAGE]), user("Two.")],
        [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "One."},
                    IMAGE,
                    {"type": "text", "text": "Two."},
                ],
            }
        ],
    ),
    "nothing and text": (
        [user(""), user("One."), user([])],
        [{"role": "user", "content": "One."}],
    ),
    "nothing": ([user(""), user("")], [{"role": "user", "content": ""}]),
    "answers": (
        [HELLO, assistant("One."), assistant("Two.")],
        [HELLO, {"role": "assistant", "content": "One.\n\nTwo."}],
    ),
}
MERGED_FIELDS = {
    "an answer and a call": (
        [HELLO, assistant("Wait."), assistant(None, "1"), result("1")],
        [
            HELLO,
            {"role": "assistant", "content": "Wait.", "tool_calls": [to_call("1")]},
            {"role": "tool", "tool_call_id": "1", "content": "3"},
        ],
    ),
    "calls": (
        [HELLO, assistant(None, "1"), assistant("Two.", "2", "3"), result("1"), result("2")],
        [
            HELLO,
            {
                "role": "assistant",
                "content": "Two.",
                "tool_calls": [to_call("1"), to_call("2"), to_call("3")],
            },
            {"role": "tool", "tool_call_id": "1", "content": "3"},
            {"role": "tool", "tool_call_id": "2", "content": "3"},
        ],
    ),
    "calls without a word": (
        [HELLO, assistant("", "1"), assistant("", "2")],
        [HELLO, {"role": "assistant", "content": None, "tool_calls": [to_call("1"), to_call("2")]}],
    ),
    "system and developer, by role": (
        [SYSTEM, SYSTEM, {"role": "developer", "content": "A."}, {**SYSTEM, "content": "B."}],
        [
            {"role": "system", "content": "Be brief.\n\nBe brief."},
            {"role": "developer", "content": "A."},
            {"role": "system", "content": "B."},
        ],
    ),
    "one name": (
        [user("One.", name="ann"), user("Two.", name="ann"), user("Three.")],
        [
            {"role": "user", "content": "One.\n\nTwo.", "name": "ann"},
            {"role": "user", "content": "Three."},
        ],
    ),
    "fields that are null": (
        [
            assistant("One.", name=None, tool_calls=None, refusal=None),
            assistant("Two.", tool_calls=None, function_call=None, audio=None),
        ],
        [
            {
                "role": "assistant",
                "content": "One.\n\nTwo.",
                "name": None,
                "tool_calls": None,
                "refusal": None,
            }
        ],
    ),
    "one unknown field": (
        [user("One.", tag={"a": 1}), user("Two.", tag={"a": 1}), user("Three.", tag={"a": 2})],
        [
            {"role": "user", "content": "One.\n\nTwo.", "tag": {"a": 1}},
            {"role": "user", "content": "Three.", "tag": {"a": 2}},
        ],
    ),
}
UNMERGED = {
    "roles that take turns": [HELLO, assistant("Hi."), HELLO],
    "names": [user("One.", name="ann"), user("Two.", name="bob")],
    "tool results": [result("1"), result("2"), result("2")],
    "results of functions": [{"role": "function", "name": "add", "content": "3"}] * 2,
    "calls of functions": [
        assistant(None, function_call={"name": "add", "arguments": "{}"}),
        assistant(None, function_call={"name": "add", "arguments": "{}"}),
    ],
    "contents of another type": [user({"text": "One."}), user({"text": "Two."})],
    "calls of another type": [assistant(None, tool_calls={}), assistant(None, tool_calls={})],
    "no role": [{"content": "One."}, {"content": "Two."}],
    "values that are not messages": ["One.", "Two."],
}


@pytest.mark.parametrize(("messages", "expected"), MERGED_CONTENTS.values(), ids=MERGED_CONTENTS)
def test_contents_of_one_role_are_merged(messages, expected):
    assert fit_messages(messages, "merge", limit=len(messages) - 1) == expected


@pytest.mark.parametrize(("messages", "expected"), MERGED_FIELDS.values(), ids=MERGED_FIELDS)
def test_messages_are_merged_if_their_other_fields_are_equal(messages, expected):
    assert fit_messages(messages, "merge", limit=len(messages) - 1) == expected


@pytest.mark.parametrize("messages", UNMERGED.values(), ids=UNMERGED)
def test_other_messages_are_not_merged(messages):
    count = len(messages)
    with pytest.raises(MessageCountError) as caught:
        fit_messages(messages, "merge", limit=count - 1)
    assert str(caught.value) == (
        f"`messages` must hold 1 to {count - 1} messages (the limit of WeryAI's API), but holds "
        f"{count}, and {count} after merging adjacent ones of one role. Send fewer, or set "
        'message_overflow="fold" (puts the oldest turns into words) or "trim" (drops the oldest '
        "turns)."
    )


def test_the_error_says_how_many_remain_after_merging():
    turns = [message for n in range(30) for message in (HELLO, HELLO, assistant(f"{n}"))]
    with pytest.raises(MessageCountError, match="holds 90, and 60 after"):
        sent(turns, "merge")


# Trim


U1, U2, U3 = user("One?"), user("Two?"), user("Three?")
A1, A2, A3 = assistant("One."), assistant("Two."), assistant("Three.")
TRIMMED_TURNS = {
    "the oldest turn": (4, [U1, A1, U2, A2, U3], [U2, A2, U3]),
    "as few turns as possible": (3, [U1, A1, U2, A2, U3], [U2, A2, U3]),
    "all but the newest turn": (2, [U1, A1, U2, A2, U3], [U3]),
    "not the system message": (4, [SYSTEM, U1, A1, U2, A2], [SYSTEM, U2, A2]),
    "not an instruction in the middle": (
        4,
        [U1, {**SYSTEM, "role": "developer"}, A1, U2, SYSTEM],
        [{**SYSTEM, "role": "developer"}, U2, SYSTEM],
    ),
    "an answer before any question": (4, [A1, U1, A2, U2, A3], [U1, A2, U2, A3]),
    "one of two questions in a row": (4, [U1, U2, A2, U3, A3], [U2, A2, U3, A3]),
    "the oldest answers without a question": (2, [A1, A2, A3], [A2, A3]),
    "a value that is not a message": (2, ["One?", U1, "Two?"], [U1, "Two?"]),
}
TRIMMED_CALLS = {
    "a turn with all its calls": (
        4,
        [U1, assistant(None, "1", "2"), result("1"), result("2"), A1, U2],
        [U2],
    ),
    "the oldest call of the newest turn": (
        4,
        [U1, assistant(None, "1"), result("1"), assistant(None, "2"), result("2")],
        [U1, assistant(None, "2"), result("2")],
    ),
    "older turns before calls of the newest": (
        5,
        [U1, A1, U2, assistant(None, "1"), result("1"), assistant(None, "2"), result("2")],
        [U2, assistant(None, "1"), result("1"), assistant(None, "2"), result("2")],
    ),
    "calls of one id each": (
        4,
        [U1, assistant(None, "1"), result("1", "a"), assistant(None, "1"), result("1", "b")],
        [U1, assistant(None, "1"), result("1", "b")],
    ),
    "calls and results without ids": (
        4,
        [U1, assistant(None, None), result(None), assistant(None, None), result(None)],
        [U1, assistant(None, None), result(None)],
    ),
    "a result without an id and without a call": (2, [U1, A1, result(None), U2], [U2]),
    "calls of functions": (
        4,
        [
            U1,
            assistant(None, function_call={"name": "add", "arguments": "{}"}),
            {"role": "function", "name": "add", "content": "3"},
            A1,
            U2,
        ],
        [U2],
    ),
    "the oldest calls without a question": (
        3,
        [SYSTEM, assistant(None, "1"), result("1"), assistant(None, "2"), result("2")],
        [SYSTEM, assistant(None, "2"), result("2")],
    ),
    "a result with its call in another turn": (
        4,
        [U1, assistant(None, "1"), U2, result("1"), U3],
        [U2, U3],
    ),
    "a result without its call, as its turn": (3, [result("1"), U1, A1, U2], [U1, A1, U2]),
    "not the newest question and result, with its call": (
        4,
        [U1, assistant(None, "1"), U2, A2, U3, result("1")],
        [U1, assistant(None, "1"), U3, result("1")],
    ),
    "a result of a call before any question": (
        4,
        [assistant(None, "1"), A1, U1, A2, result("1")],
        [U1, A2],
    ),
}


@pytest.mark.parametrize(
    ("limit", "messages", "expected"), TRIMMED_TURNS.values(), ids=TRIMMED_TURNS
)
def test_the_oldest_turns_are_dropped(limit, messages, expected):
    assert fit_messages(messages, "trim", limit=limit) == expected


@pytest.mark.parametrize(
    ("limit", "messages", "expected"), TRIMMED_CALLS.values(), ids=TRIMMED_CALLS
)
def test_calls_are_dropped_with_their_results(limit, messages, expected):
    assert fit_messages(messages, "trim", limit=limit) == expected


UNTRIMMABLE = {
    "51 system messages": ([SYSTEM] * 51, 51, 0),
    "50 system messages and a question": ([*[SYSTEM] * 50, U1], 50, 1),
    "60 results of one answer's calls": (
        [
            SYSTEM,
            U1,
            A1,
            U2,
            assistant(None, *map(str, range(60))),
            *(result(str(n)) for n in range(60)),
        ],
        1,
        62,
    ),
}


@pytest.mark.parametrize(
    ("messages", "instructions", "rest"), UNTRIMMABLE.values(), ids=UNTRIMMABLE
)
def test_the_error_says_why_trimming_is_not_enough(messages, instructions, rest):
    with pytest.raises(MessageCountError) as caught:
        sent(messages, "trim")
    assert str(caught.value) == (
        "`messages` must hold 1 to 50 messages (the limit of WeryAI's API), but holds "
        f'{len(messages)}. message_overflow="trim" cannot drop enough: it keeps system and '
        f"developer messages ({instructions} here) and the end of the newest turn, including the "
        f"last tool call with all its results ({rest}). Join the system messages, have the "
        'model call fewer tools at once, or set message_overflow="fold".'
    )


def test_60_results_of_an_older_turn_are_dropped_with_it():
    calls = assistant(None, *map(str, range(60)))
    messages = [U1, calls, *(result(str(n)) for n in range(60)), A1, U2]
    assert sent(messages, "trim") == [U2]


def test_the_log_says_how_many_were_dropped_and_not_what(caplog):
    with caplog.at_level(logging.DEBUG):
        sent([U1] * 60, "trim")
    assert [record.getMessage() for record in caplog.records] == [
        "Dropped the 10 oldest of 60 messages."
    ]

from __future__ import annotations

import re

import pytest

from weryai_emulator.request.errors import PARAMETER, Refusal
from weryai_emulator.request.messages import check_messages

USER = {"role": "user", "content": "Hello"}
CALL = {
    "role": "assistant",
    "content": None,
    "tool_calls": [
        {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}},
    ],
}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "1"}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}


def user(content):
    return [{"role": "user", "content": content}]


def check_refused(messages, text):
    with pytest.raises(Refusal, match=re.escape(text)) as error:
        check_messages(messages)
    assert error.value.kind is PARAMETER
    assert error.value.param.startswith("messages")


MALFORMED = {
    "missing": (None, "`messages` is required"),
    "empty": ([], "1 to 50 elements, not 0"),
    "too many": ([USER] * 51, "1 to 50 elements, not 51"),
    "a string": (["Hello"], "`messages[0].role` must be one of"),
    "unknown role": ([USER, {**USER, "role": "bot"}], "`messages[1].role` must be one of"),
    "null content": (user(None), "`messages[0].content` must be a string or"),
    "number content": (user(3), "`messages[0].content` must be a string or"),
    "no parts": (user([]), "`messages[0].content` must be a string or"),
    "unknown part": (user([{"type": "tool_use"}]), "`messages[0].content[0].type` is 'tool_use'"),
    "text part without text": (
        user([IMAGE, {"type": "text", "text": 3}]),
        "`messages[0].content[1].text` must be a string",
    ),
    "image part without object": (
        user([{"type": "image_url", "image_url": "x"}]),
        "`messages[0].content[0].image_url` must be an object",
    ),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_messages_are_refused(case):
    check_refused(*MALFORMED[case])


def assistant(call):
    return [{"role": "assistant", "tool_calls": [call]}]


TOOL_MESSAGES = {
    "result without id": (
        [USER, CALL, {"role": "tool", "content": "1"}],
        "`messages[2].tool_call_id` is required",
    ),
    "result without call": ([USER, RESULT], "`messages[1].tool_call_id` answers no tool call"),
    "result before call": ([RESULT, CALL], "`messages[0].tool_call_id` answers no tool call"),
    "calls of a user": (
        [{**USER, "tool_calls": CALL["tool_calls"]}],
        "`messages[0].tool_calls` is for assistant messages only",
    ),
    "calls as object": (
        [{"role": "assistant", "tool_calls": {"id": "c"}}],
        "`messages[0].tool_calls` must be an array",
    ),
    "call without id": (
        assistant({"function": {"name": "f", "arguments": "{}"}}),
        "`messages[0].tool_calls[0]` must have an `id` and a `function`",
    ),
    "arguments as object": (
        assistant({"id": "c", "function": {"name": "f", "arguments": {}}}),
        "`messages[0].tool_calls[0].function.arguments` must be a string",
    ),
}


@pytest.mark.parametrize("case", TOOL_MESSAGES)
def test_malformed_calls_and_results_are_refused(case):
    check_refused(*TOOL_MESSAGES[case])


ACCEPTED = {
    "50 messages": [USER] * 50,
    "all roles in any order": [
        {"role": "system", "content": "One."},
        {"role": "system", "content": "Two."},
        {"role": "developer", "content": "Three."},
        {**USER, "name": "example_user"},
        USER,
        CALL,
        RESULT,
        {"role": "assistant", "content": "Done."},
        {"role": "assistant", "content": "Really."},
        USER,
    ],
    "parts": user(
        [
            {"type": "text", "text": "What is this?"},
            IMAGE,
            {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}},
            {"type": "video_url", "video_url": {"url": "data:,"}},
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "AA=="}},
            {"type": "refusal", "refusal": "No."},
        ]
    ),
    "image as tool result": [USER, CALL, {**RESULT, "content": [IMAGE]}],
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_valid_messages_are_accepted(case):
    check_messages(ACCEPTED[case])

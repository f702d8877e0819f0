"""A JSON schema written into the prompt."""

import copy

import pytest

from weryai_core import InvalidRequestError
from weryai_core.prompted.write_schema import schema_instruction, with_instruction

SCHEMA = {"type": "object", "properties": {"größe": {"type": "integer"}}}
FORMAT = {"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA}}
TEXT = (
    "Answer with one JSON object that follows this JSON schema, and with nothing else: no words "
    "around it, no code fence.\n\n"
    '{"type":"object","properties":{"größe":{"type":"integer"}}}'
)
SYSTEM = {"role": "system", "content": "Be brief."}
PART = {"type": "text", "text": "Hello"}


def user(content):
    return {"role": "user", "content": content}


# The messages of the request -> the messages that are sent.
MESSAGES = {
    "one": ([user("Hello")], [user(f"Hello\n\n{TEXT}")]),
    "a system message": ([SYSTEM, user("Hello")], [SYSTEM, user(f"Hello\n\n{TEXT}")]),
    "the last of two": (
        [user("Hello"), {"role": "assistant", "content": "Hi"}, user("How tall?")],
        [user("Hello"), {"role": "assistant", "content": "Hi"}, user(f"How tall?\n\n{TEXT}")],
    ),
    "a tool result after it": (
        [
            user("How tall?"),
            {"role": "assistant", "content": None, "tool_calls": []},
            {"role": "tool", "tool_call_id": "1", "content": "5"},
        ],
        [
            user(f"How tall?\n\n{TEXT}"),
            {"role": "assistant", "content": None, "tool_calls": []},
            {"role": "tool", "tool_call_id": "1", "content": "5"},
        ],
    ),
    "parts": ([user([PART])], [user([PART, {"type": "text", "text": TEXT}])]),
    "no parts": ([user([])], [user(TEXT)]),
    "an empty text": ([user("")], [user(TEXT)]),
    "null": ([user(None)], [user(TEXT)]),
    "a name": (
        [{**user("Hello"), "name": "Ann"}],
        [{**user(f"Hello\n\n{TEXT}"), "name": "Ann"}],
    ),
    "no user": ([SYSTEM], [SYSTEM, user(TEXT)]),
}


@pytest.mark.parametrize(("messages", "expected"), MESSAGES.values(), ids=MESSAGES)
def test_the_schema_follows_the_last_user_message(messages, expected):
    before = copy.deepcopy(messages)
    assert with_instruction(messages, schema_instruction(FORMAT)) == expected
    assert messages == before


def test_any_json_object_may_be_asked_for_and_calls_allowed():
    assert schema_instruction({"type": "json_object"}, allows_calls=True) == (
        "Unless you call a tool, answer with one JSON object, and with nothing else: no words "
        "around it, no code fence."
    )


@pytest.mark.parametrize("described", [None, {}, {"name": "a"}, {"schema": None}])
def test_a_format_without_a_schema_asks_for_an_object(described):
    text = schema_instruction({"type": "json_schema", "json_schema": described})
    assert text.endswith("no code fence.\n\n{}")


def test_a_schema_that_json_cannot_hold_is_refused():
    described = {"schema": {"default": object()}}
    with pytest.raises(InvalidRequestError, match="`response_format` cannot be written as JSON"):
        schema_instruction({"type": "json_schema", "json_schema": described})

"""A JSON schema in the prompt: where it is put, and when."""

from __future__ import annotations

import copy
import json

import pytest

from weryai_core.prompted.write_schema import with_schema_in_prompt
from weryai_core.request.prepare import encode_request

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


# The messages -> those that are sent.
MESSAGES = {
    "one": ([user("Hello")], [user(f"Hello\n\n{TEXT}")]),
    "a system message": ([SYSTEM, user("Hello")], [SYSTEM, user(f"Hello\n\n{TEXT}")]),
    "the last of the user's": (
        [user("Hello"), {"role": "assistant", "content": "Hi"}, user("How tall?")],
        [user("Hello"), {"role": "assistant", "content": "Hi"}, user(f"How tall?\n\n{TEXT}")],
    ),
    "a tool's output behind": (
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
    "no parts": ([user([])], [user([{"type": "text", "text": TEXT}])]),
    "nothing said": ([user("")], [user(TEXT)]),
    "null": ([user(None)], [user(TEXT)]),
    "a name": (
        [{**user("Hello"), "name": "Ann"}],
        [{**user(f"Hello\n\n{TEXT}"), "name": "Ann"}],
    ),
    "no user": ([SYSTEM], [SYSTEM, user(TEXT)]),
}


@pytest.mark.parametrize(("messages", "expected"), MESSAGES.values(), ids=MESSAGES)
def test_the_schema_is_behind_the_last_words_of_the_user(messages, expected):
    body = {"model": "GPT_4O", "messages": messages, "response_format": FORMAT}
    before = copy.deepcopy(body)
    assert with_schema_in_prompt(body) == {"model": "GPT_4O", "messages": expected}
    assert body == before


def test_fifty_messages_stay_fifty():
    request = {
        "model": "GPT_4O",
        "messages": [user(str(number)) for number in range(50)],
        "response_format": FORMAT,
        "schema_in_prompt": "always",
    }
    assert len(json.loads(encode_request(request, stream=False))["messages"]) == 50


# Model, whether it searches, `schema_in_prompt` -> whether the schema is in the prompt.
CASES = {
    "always": ("GPT_4O", False, "always", True),
    "always, searching": ("GPT_4O", True, "always", True),
    "always, Gemini": ("GEMINI_25_PRO", False, "always", True),
    "always, Gemini, searching": ("GEMINI_25_PRO", True, "always", True),
    "if needed": ("GPT_4O", False, "if_needed", False),
    "if needed, searching": ("GPT_4O", True, "if_needed", False),
    "if needed, Gemini": ("GEMINI_25_PRO", False, "if_needed", False),
    "if needed, Gemini, searching": ("GEMINI_25_PRO", True, "if_needed", True),
    "never": ("GPT_4O", True, None, False),
    "never, Gemini": ("GEMINI_25_PRO", False, None, False),
}


@pytest.mark.parametrize(("model", "searches", "where", "is_in_prompt"), CASES.values(), ids=CASES)
def test_the_schema_is_moved_when_it_is_to_be(model, searches, where, is_in_prompt):
    request = {
        "model": model,
        "messages": [user("Hello")],
        "response_format": FORMAT,
        "web_search": searches,
        "schema_in_prompt": where,
    }
    expected = {"model": model, "messages": [user("Hello")], "response_format": FORMAT}
    if is_in_prompt:
        expected = {"model": model, "messages": [user(f"Hello\n\n{TEXT}")]}
    if searches:
        expected["plugins"] = [{"id": "web"}]
    assert json.loads(encode_request(request, stream=False)) == expected


@pytest.mark.parametrize("where", ["always", "if_needed"])
@pytest.mark.parametrize("given", [{}, {"response_format": {"type": "json_object"}}])
def test_a_request_without_a_schema_stays_as_it_is(where, given):
    request = {"model": "GEMINI_25_PRO", "messages": [user("Hello")], **given}
    sent = encode_request({**request, "web_search": True, "schema_in_prompt": where}, stream=False)
    assert json.loads(sent) == {**request, "plugins": [{"id": "web"}]}


SCHEMA_TYPE = {"type": "json_schema"}


@pytest.mark.parametrize("described", [None, {}, {"name": "a"}, {"schema": None}])
def test_a_format_without_a_schema_asks_for_an_object(described):
    body = {
        "messages": [user("Hello")],
        "response_format": SCHEMA_TYPE | {"json_schema": described},
    }
    [message] = with_schema_in_prompt(body)["messages"]
    assert message["content"].endswith("no code fence.\n\n{}")

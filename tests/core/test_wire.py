"""Messages, content and tool calls, well-formed and not."""

import json

import pytest

from weryai_core.wire import (
    arguments_of,
    call_extras,
    calls_of,
    function_of,
    id_of,
    is_instruction,
    is_result,
    join_contents,
    legacy_call_of,
    name_of,
    parse_json,
    parts_of,
    role_of,
)

CALL = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a":1}'}}
NOT_MESSAGES = [None, "user", 5, [], {}, {"role": None}, {"role": 5}]


def text(words):
    return {"type": "text", "text": words}


IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'\xef\xbb\xbf {"a": 1}\n', {"a": 1}),
        (b"[]", []),
        (b"", None),
        (b"<html>", None),
        (b'{"a": 1', None),
        (b"\xff", None),
    ],
)
def test_a_body_is_json_with_or_without_a_byte_order_mark(body, value):
    assert parse_json(body) == value


@pytest.mark.parametrize(
    ("role", "instructs", "answers_call"),
    [
        ("system", True, False),
        ("developer", True, False),
        ("user", False, False),
        ("assistant", False, False),
        ("tool", False, True),
        ("function", False, True),
    ],
)
def test_messages_are_told_apart_by_their_role(role, instructs, answers_call):
    message = {"role": role}
    assert role_of(message) == role
    assert (is_instruction(message), is_result(message)) == (instructs, answers_call)


@pytest.mark.parametrize("message", NOT_MESSAGES, ids=repr)
def test_other_values_have_no_role(message):
    assert role_of(message) is None
    assert not is_instruction(message)
    assert not is_result(message)


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("Hi", [text("Hi")]),
        ([text("Hi"), IMAGE], [text("Hi"), IMAGE]),
        ((IMAGE,), [IMAGE]),
        ("", []),
        (None, []),
    ],
)
def test_content_is_a_list_of_parts(content, parts):
    assert parts_of(content) == parts


@pytest.mark.parametrize(
    ("contents", "joined"),
    [
        ([], ""),
        (["Hi", None, "", []], "Hi"),
        (["Hi", "you"], "Hi\n\nyou"),
        (["Hi", [IMAGE]], [text("Hi"), IMAGE]),
        ([[text("a")], (text("b"),)], [text("a"), text("b")]),
    ],
)
def test_contents_are_joined_as_text_where_they_are_text(contents, joined):
    assert join_contents(*contents) == joined


@pytest.mark.parametrize(
    ("message", "calls"),
    [
        ({"tool_calls": [CALL, CALL]}, [CALL, CALL]),
        ({"tool_calls": (CALL,)}, [CALL]),
        ({"tool_calls": [None, "x", CALL]}, [CALL]),
        ({"tool_calls": None}, []),
        ({"tool_calls": "x"}, []),
        ({}, []),
        (None, []),
    ],
)
def test_the_calls_of_a_message_are_a_list_of_mappings(message, calls):
    assert calls_of(message) == calls


READ = {"id": "c1", "function": {"name": "add", "arguments": '{"a":1}'}}


@pytest.mark.parametrize(
    ("calls", "read"),
    [
        (READ, [READ]),
        ({"0": READ, "1": CALL}, [READ, CALL]),
        ([{"id": "c1", "name": "add", "arguments": '{"a":1}'}], [("c1", "add", '{"a":1}')]),
        ([{"id": "c1", "name": "add", "args": {"a": 1}}], [("c1", "add", {"a": 1})]),
        ([{"type": "tool_use", "name": "add", "input": {}}], [(None, "add", {})]),
        ([{"id": "c1", "function": "add", "arguments": "{}"}], [("c1", "add", "{}")]),
        ([{"id": "c1", "function": {"name": "add", "parameters": {}}}], [("c1", "add", {})]),
        ([{"name": "add", "function": {"arguments": "{}"}}], [(None, "add", "{}")]),
        ([{"name": "add", "function": {"args": "{}"}}], [(None, "add", "{}")]),
        ([{"type": "custom", "custom": {"name": "add", "input": "x"}}], [(None, "add", "x")]),
        ([{"index": 0, "arguments": '{"a'}], [(None, None, '{"a')]),
        ([{"index": 0, "id": "c1"}], [{"index": 0, "id": "c1"}]),
        ([{"id": "c1", "function": {"name": "add"}}], [{"id": "c1", "function": {"name": "add"}}]),
        ({}, []),
        ({"a": 1}, []),
        (json.dumps([READ, CALL]), [READ, CALL]),
        (json.dumps(READ), [READ]),
        (json.dumps(json.dumps([READ])), [READ]),
        ([json.dumps(READ)], [READ]),
        ("[]", []),
        ("add(1)", []),
        ([{"id": "c1", "func": {"name": "add", "arguments": "{}"}}], [("c1", "add", "{}")]),
        ([{"id": "c1", "tool_call": {"id": "x", **READ}}], [("c1", "add", '{"a":1}')]),
        ([{"tool_call": READ}], [("c1", "add", '{"a":1}')]),
        ([{"function": json.dumps(READ["function"])}], [(None, "add", '{"a":1}')]),
        ([{"function": [READ["function"]]}], [(None, "add", '{"a":1}')]),
        ([{"function_name": "add", "function_arguments": "{}"}], [(None, "add", "{}")]),
        ([{"recipient_name": "functions.add", "parameters": {}}], [(None, "functions.add", {})]),
        ([{"function": {"name": "add", "payload": {"a": 1}}}], [(None, "add", {"a": 1})]),
        (
            [{"function": {"name": "add", "x": {"a": 1}, "y": {"b": 2}}}],
            [(None, "add", {"x": {"a": 1}, "y": {"b": 2}})],
        ),
        ([{"function": {"name": "pay", "amount": 10}}], [(None, "pay", {"amount": 10})]),
        ([{"id": "c1", "name": "pay", "amount": 10}], [("c1", "pay", {"amount": 10})]),
        (
            [{"function": {"name": "pay", "arguments": "{}", "parameters": {"type": "object"}}}],
            [(None, "pay", "{}")],
        ),
        (
            [{"function": {"name": "p", "arguments": "{}", "parameters": {"a": {"type": "null"}}}}],
            [(None, "p", "{}")],
        ),
        (
            [{"function": {"name": "pay", "arguments": "", "parameters": {"a": 1}}}],
            [(None, "pay", {"a": 1})],
        ),
        ([{"function": {"name": "f", "arguments": "{}", "input": "{}"}}], [(None, "f", "{}")]),
        ([{"name": "f", "arguments": "{}", "toolInput": {"a": 1}}], [(None, "f", {"a": 1})]),
        ([{"function": {"name": "f"}, "Arguments": {"a": 1}}], [(None, "f", {"a": 1})]),
        ([{"function": {"name": "f", "arguments": "", "vendor": {"a": 1}}}], [(None, "f", "")]),
        ([{"function": {"name": "f", "input": "Hi", "to": "de"}}], [(None, "f", "Hi")]),
        ([{"function": {"name": "add", "extra": {"a": 1}}}], [(None, "add", None)]),
    ],
    ids=repr,
)
def test_calls_of_other_shapes_are_read(calls, read):
    found = calls_of({"tool_calls": calls})
    as_fields = [(id_of(call), name_of(call), arguments_of(call)) for call in found]
    assert [
        call if isinstance(wanted, dict) else fields
        for call, fields, wanted in zip(found, as_fields, read, strict=True)
    ] == read


def test_an_older_function_call_is_read_as_an_entry_without_id():
    function = {"name": "add", "arguments": "{}"}
    assert legacy_call_of({"function_call": function}) == {"function": function}
    for message in ({"function_call": None}, {"function_call": "auto"}, {}, None):
        assert legacy_call_of(message) is None


def test_a_call_has_an_id_a_name_and_arguments():
    assert (id_of(CALL), name_of(CALL), arguments_of(CALL)) == ("c1", "add", '{"a":1}')
    assert function_of(CALL) == {"name": "add", "arguments": '{"a":1}'}


@pytest.mark.parametrize(
    "call",
    [
        {},
        {"id": None, "function": None},
        {"id": "", "function": {}},
        {"id": 5, "function": "add"},
        {"function": {"name": ""}},
        {"function": {"name": 5}},
    ],
    ids=repr,
)
def test_what_a_call_lacks_is_none(call):
    assert (id_of(call), name_of(call), arguments_of(call)) == (None, None, None)


def test_the_name_is_read_from_tools_and_choices():
    assert name_of({"type": "function", "function": {"name": "add", "parameters": {}}}) == "add"
    assert name_of({"type": "function", "function": {"name": "add"}}) == "add"
    for other in ("auto", None, {"type": "web_search"}):
        assert name_of(other) is None


def test_extras_are_the_fields_that_a_model_wants_back():
    extra = {"google": {"thought_signature": "abc"}}
    call = {**CALL, "extra_content": extra, "provider_specific_fields": None, "index": 0}
    assert call_extras(call) == {"extra_content": extra}
    assert call_extras(CALL) == {}

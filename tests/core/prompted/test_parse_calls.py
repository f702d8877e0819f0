"""The JSON between two markers, as models write it."""

import pytest

from weryai_core.prompted.parse_calls import begins_with_json, parse_calls

# What stands between the markers -> the calls.
FORMS = {
    "as described": ('{"name": "f", "arguments": {"a": 1}}', [("f", '{"a":1}')]),
    "parameters": ('{"name": "f", "parameters": {"a": 1}}', [("f", '{"a":1}')]),
    "args": ('{"name": "f", "args": {"a": 1}}', [("f", '{"a":1}')]),
    "no arguments": ('{"name": "f"}', [("f", "{}")]),
    "null": ('{"name": "f", "arguments": null}', [("f", "{}")]),
    "arguments as text": ('{"name": "f", "arguments": "{\\"a\\": 1}"}', [("f", '{"a": 1}')]),
    "an id": ('{"name": "f", "arguments": {}, "id": "call_9"}', [("f", "{}")]),
    "OpenAI's form": (
        '{"type": "function", "function": {"name": "f", "arguments": "{}"}}',
        [("f", "{}")],
    ),
    "the function by name": ('{"function": "f", "arguments": {}}', [("f", "{}")]),
    "another name": ('{"name": "f", "toolInput": {"a": 1}}', [("f", '{"a":1}')]),
    "next to the function": ('{"function": {"name": "f"}, "args": {"a": 1}}', [("f", '{"a":1}')]),
    "an empty field": ('{"name": "f", "arguments": "", "params": {"a": 1}}', [("f", '{"a":1}')]),
    "fields of the call": (
        '{"id": "call_1", "type": "function", "name": "f", "arguments": {}, "input": "x", "a": 1}',
        [("f", '{"input":"x","a":1}')],
    ),
    "an id that is an argument": ('{"name": "f", "id": 5}', [("f", '{"id":5}')]),
    "no name": ('{"name": "", "arguments": {"a": 1}}', [("", "")]),
    "escaped": (r"{\"name\": \"f\", \"arguments\": {\"a\": 1}}", [("f", '{"a":1}')]),
    "too many braces": ('{{"name": "f", "arguments": {{"a": 1}}}}', [("f", '{"a":1}')]),
    "a list": ('[{"name": "f"}, {"name": "g"}]', [("f", "{}"), ("g", "{}")]),
    "a row": ('{"name": "f"}\n{"name": "g"},', [("f", "{}"), ("g", "{}")]),
    "a code fence": ('\n```json\n{"name": "f",\n "arguments": {}}\n```\n', [("f", "{}")]),
}

FAULTS = {
    "Python": ("{'name': 'f', 'arguments': {'a': True}}", [("f", '{"a":true}')]),
    "trailing commas": ('{"name": "f", "arguments": {"a": 1,},}', [("f", '{"a":1}')]),
    "a backslash that begins no escape": (
        r'{"name": "f", "arguments": {"a": "\d"}}',
        [("f", r'{"a":"\\d"}')],
    ),
    "a line break in a string": (
        '{"name": "f", "arguments": {"a": "x\ny"}}',
        [("f", '{"a":"x\\ny"}')],
    ),
    "half a surrogate pair": (
        '{"name": "f", "arguments": {"a": "\\ud83d"}}',
        [("f", '{"a":"\ufffd"}')],
    ),
    "a brace too few": ('{"name": "f", "arguments": {"a": 1}', [("f", '{"a":1}')]),
    "a brace too many": ('{"name": "f", "arguments": {"a": 1}}}', [("f", '{"a":1}')]),
    "truncated arguments": (
        '{"name": "f", "arguments": {"path": "/home',
        [("f", '{"path": "/home')],
    ),
    "truncated before the arguments": ('{"name": "f"', [("f", '{"name": "f"')]),
    "truncated in the name": ('{"name": "ge', []),
    "arguments that are not JSON": ('{"name": "f", "arguments": {a: b}}', [("f", "{a: b}}")]),
    "truncated in single quotes": ("{'name': 'f', 'arguments': {'a': 1", [("f", "{'a': 1")]),
    "no name": ('{"city": "Rome"}', []),
    "a name in the arguments only": ('{"arguments": {"name": "Ann"', []),
    "no object": ("[1, 2]", []),
    "endless nesting": ("[" * 100_000, []),
}


@pytest.mark.parametrize(("text", "calls"), FORMS.values(), ids=FORMS)
def test_calls_are_read_in_any_form(text, calls):
    assert list(parse_calls(text)) == calls


@pytest.mark.parametrize(
    ("parameters", "arguments"),
    [({"a": {}}, '{"a":1}'), ({"data": {}}, '{"data":{"a":1}}'), ({}, '{"a":1}')],
)
def test_an_object_of_another_name_is_an_argument_if_the_tool_has_such_a_parameter(
    parameters, arguments
):
    tools = {"f": {"type": "object", "properties": parameters}}
    assert list(parse_calls('{"name": "f", "data": {"a": 1}}', tools)) == [("f", arguments)]


@pytest.mark.parametrize(("text", "calls"), FAULTS.values(), ids=FAULTS)
def test_a_call_that_is_not_json_is_read_as_far_as_it_goes(text, calls):
    assert list(parse_calls(text)) == calls


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ('{"a": "\n"}', True),
        ('```json\n{"a": 1} more', True),
        ('{"a": 1', False),
        ("```", False),
        ("", False),
    ],
)
def test_whole_json_may_be_followed_by_anything(text, begins):
    assert begins_with_json(text) is begins

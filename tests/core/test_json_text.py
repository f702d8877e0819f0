"""JSON in answers that have more than that."""

import pytest

from weryai_core.integration import find_json

TEXTS = {
    "JSON alone": ('{"a": 1}', '{"a": 1}'),
    "spaces around": (' {"a": 1}\n', '{"a": 1}'),
    "a fence": ('```json\n{"a": 1}\n```', '{"a": 1}'),
    "a fence in a value": ('{"a": "```x```"}', '{"a": "```x```"}'),
    "words around": ('Here: {"a": {"b": 2}}. Done {ok}', '{"a": {"b": 2}}'),
    "braces in words before": ('The {form} is {"a": 1}', '{"a": 1}'),
    "braces in a value": ('{"a": "}{"}', '{"a": "}{"}'),
    "thoughts before": ('<think>{"a": 0}</think>{"a": 1}', '{"a": 1}'),
    "thoughts of another name": ('<thinking>{"a": 0}</thinking>{"a": 1}', '{"a": 1}'),
    "thoughts without their beginning": ('Is it {"a": 0}?</think>{"a": 1}', '{"a": 1}'),
    "what looks like thoughts in a value": ('{"a": "<think>"}', '{"a": "<think>"}'),
    "an object in one that was cut off": ('{"a": {"b": 2}, "c', '{"a": {"b": 2}, "c'),
    "an object in one that is broken": ('{"a": {"b": 2},}', '{"a": {"b": 2},}'),
    "an object behind one that is broken": ('{"a": {"b": 2},} {"c": 3}', '{"c": 3}'),
    "an object in one of another language": ("{'a': {\"b\": 2}}", "{'a': {\"b\": 2}}"),
    "a brace of words that is not closed": ('Use { for {"a": 1}', '{"a": 1}'),
    "braces in a text of a broken one": ('{"a": "}{", b}', '{"a": "}{", b}'),
    "thoughts that go on": ('<think>so {"a": 0}', ""),
    "two objects": ('{"a": 1} {"a": 2}', '{"a": 1}'),
    "a list": ('[{"a": 1}]', '[{"a": 1}]'),
    "a list in a fence": ('Here:\n```json\n[{"a": 1}]\n```\nDone.', '[{"a": 1}]'),
    "a list of numbers in a fence": ("```\n[1, -2]\n```", "[1, -2]"),
    "no items in a fence": ("```json\n[ ]\n```", "[ ]"),
    "a list in a fence so far": ('```json\n[{"a": [1, {"b"', '[{"a": [1, {"b"'),
    "a list in a fence has begun": ("```json\n[", "["),
    "a broken list in a fence": ('```json\n[{"a": 1},]\n```', '[{"a": 1},]\n```'),
    "a fence in a text of a list": ('```json\n["```", 1]\n```', '["```", 1]'),
    "an object behind brackets in a fence": ('```\n[see below]\n```\n{"a": 1}', '{"a": 1}'),
    "a list in a fence behind an object": ('{"a": 1}\n```\n[1]\n```', '{"a": 1}'),
    "an object so far": ('Here: {"a": [1, {"b"', '{"a": [1, {"b"'),
    "no JSON": ("I would rather not.", "I would rather not."),
    "null": ("null", "null"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("text", "found"), TEXTS.values(), ids=TEXTS)
def test_the_json_of_an_answer_is_found(text, found):
    assert find_json(text) == found


def test_a_text_full_of_braces_is_given_up():
    text = "{" * 10_000
    assert find_json(text) == text

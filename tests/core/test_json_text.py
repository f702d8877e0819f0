"""JSON that models write, and what they write around it."""

import pytest
from pydantic_core import from_json, to_json

from weryai_core.json_text import (
    find_json,
    parse_arguments,
    read_growing,
    read_json,
    read_json_at,
    to_strict_json,
)

# What models write -> what they mean.
READ = {
    "an object": ('{"a": [1, 2.5, true, null]}', {"a": [1, 2.5, True, None]}),
    "a string": ('"x"', "x"),
    "white space around": (' \n{"a": 1}\n ', {"a": 1}),
    "line breaks between tokens": ('{\r\n\t"a"\n:\n1}', {"a": 1}),
    "a line break in a string": ('{"a": "x\ny"}', {"a": "x\ny"}),
    "other control characters": ('{"a\x00": "\t\x1f"}', {"a\x00": "\t\x1f"}),
    "an escaped pair": ('{"a": "\\ud83d\\ude00"}', {"a": "😀"}),
    "an escaped pair by a line break": ('{"a": "\n\\uD83D\\uDE00"}', {"a": "\n😀"}),
    "the first half of a pair": ('{"a": "\\ud83d!"}', {"a": "\ufffd!"}),
    "the second half of a pair": ('{"a": "\\ude00!"}', {"a": "\ufffd!"}),
    "half a pair unescaped": ('{"a": "\ud83d!"}', {"a": "\ufffd!"}),
    "an escaped backslash": ('{"a": "\\\\ud83d\n"}', {"a": "\\ud83d\n"}),
    "a trailing comma": ('{"a": [1, 2,\n],}', {"a": [1, 2]}),
    "a trailing comma after a comment": ('{"a": 1 /* so */, // and\n}', {"a": 1}),
    "a backslash that begins no escape": (
        '{"a": "\\d+ C:\\users \\u12"}',
        {"a": "\\d+ C:\\users \\u12"},
    ),
    "a backslash before a line break": ('{"a": "x \\\n y"}', {"a": "x \\\n y"}),
    "an escaped apostrophe": (r"""{"a": "it\'s"}""", {"a": "it's"}),
    "Python": (
        "{'a': [True, False, None], 'b': 'say \"hi\"'}",
        {"a": [True, False, None], "b": 'say "hi"'},
    ),
    "JSON5": ("{a: +1, b_2: .5, $c: -5., // numbers\n}", {"a": 1, "b_2": 0.5, "$c": -5.0}),
    "numbers as names": ("{1: 2}", {"1": 2}),
    "comments": ('{"a": # one\n 1 /* } */}', {"a": 1}),
    "escaped line breaks between tokens": ('{\\n"a":\\t1}', {"a": 1}),
    "other white space": ('{\u00a0"a":\u30001}', {"a": 1}),
}

NOT_JSON = {
    "nothing": "",
    "words": "I would rather not.",
    "words after it": '{"a": 1} Done.',
    "a truncated object": '{"a": 1',
    "a truncated string": '{"a": "x\ny',
    "an escape that broke off": '{"a": "\\ud83d',
    "a missing comma": '{"a": 1 "b": 2}',
    "a missing value": '{"a": ,}',
    "a comma alone": '{"a": [,]}',
    "two commas": '{"a": [1,,]}',
    "a quote in a string": '{"a": "say "hi" now"}',
    "an apostrophe in single quotes": "{'a': 'it's'}",
    "a value that is a word": '{"a": yes}',
    "a comment that goes on": '{"a": 1 /* so }',
    "a fence alone": "```json",
    "too many digits": f'{{"a": {"1" * 5000}}}',
    "too many lists": "[" * 10_000,
    "too many objects": '{"a": ' * 500 + "1" + "}" * 500,
}


@pytest.mark.parametrize(("text", "value"), READ.values(), ids=READ)
def test_json_is_read_as_the_model_meant_it(text, value):
    assert read_json(text) == value
    assert read_json_at(f"-> {text.strip()} ...", 3) == (value, 3 + len(text.strip()))
    assert read_growing(text) == value
    strict = to_strict_json(text)
    assert from_json(strict) == from_json(to_json(value)) == value
    assert to_strict_json(strict) is strict


@pytest.mark.parametrize("text", NOT_JSON.values(), ids=NOT_JSON)
def test_everything_else_is_a_value_error(text):
    for read in (read_json, to_strict_json):
        with pytest.raises(ValueError, match=r"at line|out of range"):
            read(text)
    assert parse_arguments(text) == ({} if text == "" else None)


@pytest.mark.parametrize("text", ["x", "[" * 10_000, '{"a": 1', ""], ids=len)
def test_no_json_at_a_position_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"nested too deeply|Expecting"):
        read_json_at(f"-> {text}", 3)


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ('{"city":"Paris"}', {"city": "Paris"}),
        ('{"text": "a\nb"}', {"text": "a\nb"}),
        (r"{\"text\": \"a \\\"b\\\" \\n\"}", {"text": 'a "b" \n'}),
        (r"```json {\\\"text\\\": 1}```", {"text": 1}),
        ("{&quot;text&quot;: &quot;a &amp; b&quot;}", {"text": "a & b"}),
        (r"{\"text\": \"a", None),
        (" {} ", {}),
        ("", {}),
        (" \n", {}),
        ("null", {}),
        ("None", {}),
        ("undefined", {}),
        (" [ ]\n", {}),
        ('""', {}),
        ('"{}"', {}),
        ('"[]"', {}),
        ('"null"', {}),
        ('[{"a": 1}]', None),
        ("{}x", None),
        ('{"city": "Par', None),
        ("[1]", None),
        ('"x"', None),
        ("7", None),
    ],
)
def test_arguments_are_an_object_or_nothing(text, arguments):
    assert parse_arguments(text) == arguments


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("Sure:", None),
        ("{", {}),
        ('{"a', {}),
        ('{"a": "x', {"a": "x"}),
        ('{"a": "x\ny', {"a": "x\ny"}),
        ('{"a": "x\n\\', {"a": "x\n"}),
        ('{"a": "x\n\\ud83d\\u', {"a": "x\n"}),
        ('{"a": ["x", {"b": tr', {"a": ["x", {}]}),
        ('{"a": 1}', {"a": 1}),
        ('{"a": x', {}),
        ("{'a': 'x', b", {"a": "x"}),
        ('{"a": x}', None),
    ],
)
def test_growing_json_is_read_as_far_as_it_goes(text, value):
    assert read_growing(text) == value


AROUND_OBJECTS = {
    "JSON alone": ('{"a": 1}', '{"a": 1}'),
    "spaces around": (' {"a": 1}\n', '{"a": 1}'),
    "a fence": ('```json\n{"a": 1}\n```', '{"a": 1}'),
    "a fence in a value": ('{"a": "```x```"}', '{"a": "```x```"}'),
    "words around": ('Here: {"a": {"b": 2}}. Done {ok}', '{"a": {"b": 2}}'),
    "braces in words before": ('The {form} is {"a": 1}', '{"a": 1}'),
    "braces in a value": ('{"a": "}{"}', '{"a": "}{"}'),
    "a line break in a value": ('So: {"a": "\n"} Done.', '{"a": "\n"}'),
    "two objects": ('{"a": 1} {"a": 2}', '{"a": 1}'),
    "no JSON": ("I would rather not.", "I would rather not."),
    "null": ("null", "null"),
    "nothing": ("", ""),
}

REASONING = {
    "JSON before an end tag alone": ('So {"a": 1}?\n</think>\n{"a": 2}', '{"a": 2}'),
    "JSON and an end tag alone": ('{"a": 1}</think>{"a": 2}</thinking>[{"a": 3}]', '[{"a": 3}]'),
    "an end tag in a string": ('{"a": "x</think>{}"}', '{"a": "x</think>{}"}'),
    "an end tag alone without an answer": ('{"a": 1}</think> Done.', '{"a": 1}'),
    "before it": ('<think>{"a": 0}</think>{"a": 1}', '{"a": 1}'),
    "under another name": ('<thinking>{"a": 0}</thinking>{"a": 1}', '{"a": 1}'),
    "without its beginning": ('Is it {"a": 0}?</think>{"a": 1}', '{"a": 1}'),
    "in a value": ('{"a": "<think>"}', '{"a": "<think>"}'),
    "that goes on": ('<think>so {"a": 0}', ""),
}

BROKEN = {
    "an object in a truncated one": ('{"a": {"b": 2}, "c', '{"a": {"b": 2}, "c'),
    "an object in a broken one": ('{"a": {"b": 2},}', '{"a": {"b": 2},}'),
    "an object after a broken one": ('{"a": {"b": x}} {"c": 3}', '{"c": 3}'),
    "an object after one with a mistake": ('{"a": {"b": 2},} {"c": 3}', '{"a": {"b": 2},}'),
    "an object of JSON5": ("So: {a: 1} it is", "{a: 1}"),
    "an object of another language": ("{'a': {\"b\": 2}}", "{'a': {\"b\": 2}}"),
    "an open brace in words": ('Use { for {"a": 1}', '{"a": 1}'),
    "braces in a string of a broken one": ('{"a": "}{", b}', '{"a": "}{", b}'),
    "an object so far": ('Here: {"a": [1, {"b"', '{"a": [1, {"b"'),
    "objects nested too deeply": ('{"a":' * 5000, '{"a":' * 5000),
}

LISTS = {
    "alone": ('[{"a": 1}]', '[{"a": 1}]'),
    "in a fence": ('Here:\n```json\n[{"a": 1}]\n```\nDone.', '[{"a": 1}]'),
    "numbers in a fence": ("```\n[1, -2]\n```", "[1, -2]"),
    "empty in a fence": ("```json\n[ ]\n```", "[ ]"),
    "in a fence so far": ('```json\n[{"a": [1, {"b"', '[{"a": [1, {"b"'),
    "begun in a fence": ("```json\n[", "["),
    "broken in a fence": ('```json\n[{"a": 1},]\n```', '[{"a": 1},]'),
    "with a fence in a string": ('```json\n["```", 1]\n```', '["```", 1]'),
    "not JSON, before an object": ('```\n[see below]\n```\n{"a": 1}', '{"a": 1}'),
    "in a fence after an object": ('{"a": 1}\n```\n[1]\n```', '{"a": 1}'),
}


@pytest.mark.parametrize(("text", "found"), AROUND_OBJECTS.values(), ids=AROUND_OBJECTS)
def test_an_object_is_found_in_an_answer(text, found):
    assert find_json(text) == found


@pytest.mark.parametrize(("text", "found"), REASONING.values(), ids=REASONING)
def test_reasoning_is_not_searched(text, found):
    assert find_json(text) == found


@pytest.mark.parametrize(("text", "found"), BROKEN.values(), ids=BROKEN)
def test_a_broken_object_is_found_if_none_is_complete(text, found):
    assert find_json(text) == found


@pytest.mark.parametrize(("text", "found"), LISTS.values(), ids=LISTS)
def test_a_list_is_found_alone_or_in_a_fence(text, found):
    assert find_json(text) == found


@pytest.mark.parametrize("piece", ["{", " {a", " {[", "}", "`{`"])
def test_a_text_full_of_braces_is_returned_as_it_is(piece):
    text = piece.strip() + piece * 50_000
    assert find_json(text) == text


def test_an_object_in_braces_that_are_not_json_is_not_found():
    assert find_json('{x {"a": 1} y}') == '{x {"a": 1} y}'
    assert find_json('{x {y} z} {"a": 1}') == '{"a": 1}'

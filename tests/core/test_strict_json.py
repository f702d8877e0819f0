"""What models write is rewritten to strict JSON, whole or in pieces, and nothing is invented."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weryai_core.json_text import parse_arguments, read_json
from weryai_core.steps.move_citations import mapped_position
from weryai_core.strict_json import StrictJson, to_strict

# What models write -> strict JSON.
REWRITTEN = {
    "a line break in a string": ('{"a": "x\ny\x00"}', '{"a": "x\\ny\\u0000"}'),
    "a backslash that begins no escape": (r'{"a": "\d C:\users"}', r'{"a": "\\d C:\\users"}'),
    "a half of a pair": (r'{"a": "\ud83d \ude00"}', '{"a": "\ufffd \ufffd"}'),
    "a pair": (r'{"a": "\ud83d\ude00"}', r'{"a": "\ud83d\ude00"}'),
    "a trailing comma": ('{"a": [1, 2, ] ,\n}', '{"a": [1, 2 ] \n}'),
    "Python": ("""{'a"': [True, None], 1: 'it\\'s'}""", """{"a\\"": [true, null], "1": "it's"}"""),
    "JSON5": ("{a: +1, b: -.5, c: 5.}", '{"a": 1, "b": -0.5, "c": 5.0}'),
    "comments": ('{"a": 1, // one\n"b": /* two */ 2 # end\n}', '{"a": 1, \n"b":  2 \n}'),
    "a comma, a comment, a bracket": ('{"a": 1, /* last */ }', '{"a": 1  }'),
    "escapes between tokens": ('{\\n"a": [\\t1]}', '{ "a": [ 1]}'),
    "odd white space": ('\ufeff{\u00a0"a":\u20281}', '{ "a": 1}'),
    "a fence": ('```json\n{"a": 1}\n```', '{"a": 1}'),
    "a fence of one mark": ('`{"a": 1}`', '{"a": 1}'),
    "a fence without an end": ('```\n{"a": 1}', '{"a": 1}'),
    "too many brackets": ('{"a": [1]}]}\n', '{"a": [1]}'),
    "a comma at the end": ('{"a": 1},', '{"a": 1}'),
    "a string": ('"x\ny"', '"x\\ny"'),
    "tokens around it": ('<tool_call>\n{"a": 1}\n</tool_call><|im_end|>', '{"a": 1}'),
    "a token and a fence": ('<|python_tag|>```json\n{"a": 1}\n```</s>', '{"a": 1}'),
    "comments after it": ('{"a": 1} // {"b": 2}\n/* x **/ # y', '{"a": 1}'),
    "too many braces around it": ('{{"a": {"b": 1}}}', '{"a": {"b": 1}}'),
    "a brace too many before it": ('{ {"a": 1}', '{ "a": 1}'),
    "all braces twice": ('{{"a": {{"b": {{}}}}, "c": 1}}', '{"a": {"b": {}}, "c": 1}'),
    "characters without width around it": ('\u200b{"a": 1}\u2060', '{"a": 1}'),
    "a null character after it": ('{"a": 1}\x00', '{"a": 1}'),
    "a path": (r'{"a": "C:\Users\new"}', r'{"a": "C:\\Users\\new"}'),
    "a path whose first name may begin an escape": (
        r'{"a": "C:\new\Users\u0041b"}',
        r'{"a": "C:\\new\\Users\\u0041b"}',
    ),
    "a path that ends with a backslash, in single quotes": (
        r"""{'a': 'C:\Users\new\'}"""[:-3] + "x'}",
        r'{"a": "C:\\Users\\newx"}',
    ),
    "a path in a network": (r'["\\host\share\new"]', r'["\\\\host\\share\\new"]'),
    "a path, as it should be, and a backslash": (
        r'["C:\\new\\x", "\d", "a\n"]',
        r'["C:\\new\\x", "\\d", "a\n"]',
    ),
    "escapes that begin as a path does": (r'["C:\tx", "\\d\d", 1,]', r'["C:\tx", "\\d\\d", 1]'),
    "a line break, and a backslash that begins no escape": (
        r"""{"a": "x\n'\d'", 'b': '"\d+\n'}""",
        r"""{"a": "x\n'\\d'", "b": "\"\\d+\n"}""",
    ),
    "commands of LaTeX": (
        '["\\text\n \\sqrt", "\\text", "a\\nb"]',
        r'["\\text\n \\sqrt", "\text", "a\nb"]',
    ),
    "an apostrophe and a line break": (r'["it\'s\n"]', r'["it' "'" r's\n"]'),
}

# What stays as it is, from the place where it is not JSON.
KEPT = {
    "proper JSON": ' {"a" : [1, -2.5e3, true, null, {}], "b": "\\u00e9 \\/"}\n',
    "nothing": "",
    "words": "It's {not} JSON",
    "words after it": '{"a": 1} Done.',
    "a truncated value": '{"a": "x\\u00',
    "a truncated literal": '{"a": tru',
    "a comment that goes on": '{"a": 1 /* so }',
    "an address": '{"a": http://x.org}',
    "a missing comma": '{"a": 1 "b": 2}',
    "a value that is a word": '{"a": yes}',
    "commas alone": "[,]",
    "two commas": "[1,,]",
    "the wrong bracket": '{"a": [1}, True}',
    "a quote in a string": '{"a": "say "hi" now"}',
    "a quote after a value": "{\"a\": 1 'b'}",
    "a fence alone": "```json\n",
    "a half of a comma": '{"a": 1,',
    "a backslash at the end": '{"a": \\',
    "a word that is too long": f"[{'x' * 2000}]",
    "only white space": " \n",
    "a path without a drive": r'["..\data\new"]',
    "a path in words": r'["Open C:\Users\new"]',
    "words after a path": r'["C:\Users: is\new"]',
    "another object after it": '{"a": 1}</s>{"b": 2}',
    "a token before words": "<tool_call>call it",
    "a token alone": "<tool_call",
}


def in_pieces(text, size):
    strict = StrictJson()
    pieces = [strict.feed(text[at : at + size]) for at in range(0, len(text), size)]
    return "".join([*pieces, strict.feed("", is_end=True)])


@pytest.mark.parametrize(("text", "strict"), REWRITTEN.values(), ids=REWRITTEN)
def test_mistakes_are_rewritten_however_the_text_is_cut(text, strict):
    assert {in_pieces(text, size) for size in (1, 2, 3, 7, 100)} == {strict}
    json.loads(strict)


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_other_text_is_kept_however_it_is_cut(text):
    assert {in_pieces(text, size) for size in (1, 2, 3, 7, 5000)} == {text}


def test_what_is_certain_comes_at_once():
    strict = StrictJson()
    pieces = ['{"a', '": "x', "\n", "y\\", 'd"', ", ", "'b': T", "rue", "}", "}", ""]
    written = [strict.feed(piece, is_end=not piece) for piece in pieces]
    assert written == ['{"a', '": "x', "\\n", "y", '\\\\d"', "", ', "b": ', "", "true}", "", ""]


def test_a_complete_value_says_where_it_ends():
    strict = StrictJson()
    assert strict.feed('[1,] and "more"') == "[1]"
    assert (strict.is_complete, strict.size, strict.tail) == (True, 4, ' and "more"')


def test_places_in_the_text_are_found_in_the_json():
    text = "{'a': 'x\ny', /* so */ b: True,} "
    strict = StrictJson()
    written = strict.feed(text, is_end=True)
    for word in ("a", "y", ",", "}"):
        assert written[mapped_position(text.index(word), strict.edits)] == word
    within = mapped_position(text.index("so"), strict.edits)
    assert written[within:] == ' "b": true} '


def test_long_texts_take_linear_time():
    """Quadratic time would run into the limit of the whole test run."""
    size = 20_000
    for text in (
        '"C:\\U' + "x" * size,
        '"\\d' + "\\w" * size,
        '"\\d' + "\\nb" * size + '"',
        "<a>" * size,
        "\n" * size,
        '"' + "\n" * size,
        "[1," + " " * size,
        "/*" * size,
        "[" * size,
    ):
        in_pieces(f"[{text}", 1)
        to_strict(f"[{text}")


characters = st.characters(exclude_categories=["Cs"])
names = st.text(characters, max_size=5)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(characters, max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(names, values, min_size=1, max_size=3)

_STRING_OR_CHARACTER = re.compile(r'"(?:[^"\\]|\\.)*"|true|false|null|.', re.DOTALL)


def between_strings(change):
    """Spoils what is not in strings: `change` gets each token."""

    def spoil(text):
        return _STRING_OR_CHARACTER.sub(lambda found: change(found.group()), text)

    return spoil


def with_raw_controls(text):
    escapes = re.compile(r"\\u00[01][0-9a-f]|\\[nrtbf]|\\.")
    raw = {"\\n": "\n", "\\r": "\r", "\\t": "\t", "\\b": "\b", "\\f": "\f"}
    return escapes.sub(
        lambda found: (
            chr(int(found.group()[2:], 16))
            if len(found.group()) == 6
            else raw.get(found.group(), found.group())
        ),
        text,
    )


def in_single_quotes(token):
    if not token.startswith('"'):
        return token
    return "'" + token[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"


MISTAKES = {
    "raw control characters": with_raw_controls,
    "trailing commas": between_strings(lambda token: f", {token}" if token in "]}" else token),
    "single quotes": between_strings(in_single_quotes),
    "Python's literals": between_strings(
        lambda token: {"true": "True", "false": "False", "null": "None"}.get(token, token)
    ),
    "comments": between_strings(
        lambda token: f"{token}/* }} */// ]\n" if token in "{[,:" else token
    ),
    "escapes between tokens": between_strings(
        lambda token: f"\\n{token}" if token in ":" else token
    ),
    "a fence": lambda text: f"```json\n{text}\n```",
    "too many brackets": lambda text: text + "}]",
    "a byte order mark": lambda text: "\ufeff" + text,
    "encoded twice": json.dumps,
}


def without_empty(value):
    """Without empty lists and objects: a comma alone in one has no meaning."""
    if isinstance(value, dict):
        return {name: without_empty(entry) for name, entry in value.items()} or {"a": 1}
    if isinstance(value, list):
        return [without_empty(entry) for entry in value] or [1]
    return value


@settings(max_examples=150)
@given(st.sampled_from([*MISTAKES]), objects.map(without_empty), st.booleans())
def test_a_spoiled_value_is_read_as_the_proper_one(mistake, value, ascii_only):
    proper = json.dumps(value, ensure_ascii=ascii_only)
    assert parse_arguments(MISTAKES[mistake](proper)) == parse_arguments(proper) == value


@settings(max_examples=150)
@given(st.sampled_from(["none", *MISTAKES]), objects.map(without_empty), st.data())
def test_a_truncated_value_is_never_another_value(mistake, value, data):
    text = MISTAKES.get(mistake, str)(json.dumps(value))
    end = data.draw(st.integers(1, len(text)))
    assert parse_arguments(text[:end]) in (None, value)
    if mistake == "none" and end < len(text):
        assert parse_arguments(text[:end]) is None


@given(
    st.text(st.sampled_from("{}[]:,\"'\\/*#ntud83e019 -+.aTrue`\n\ud83db"), max_size=30),
    st.integers(1, 5),
)
def test_any_text_is_the_same_however_it_is_cut(text, size):
    whole = to_strict(text)
    assert in_pieces(text, size) == whole
    try:
        value = read_json(text)
    except ValueError:
        return
    assert json.loads(whole) == value


@given(values)
def test_proper_json_is_not_changed(value):
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        assert to_strict(text) == text
        strict = StrictJson()
        strict.feed(text, is_end=True)
        assert strict.edits == []

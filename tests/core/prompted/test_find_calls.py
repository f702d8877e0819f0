"""Where calls are in a text that comes in pieces of any size."""

import pytest

from weryai_core.prompted.find_calls import TextReader

ROME = '<tool_call>{"name": "get_weather", "arguments": {"city": "Rome"}}</tool_call>'
IN_ROME = ("get_weather", '{"city":"Rome"}')
A = "<tool_call>{0}</tool_call>".format


# What the model writes -> the text without its calls, and the calls.
PLACES = {
    "nothing": ("", "", []),
    "white space": (" \n Hello \n", " \n Hello \n", []),
    "a call": (ROME, "", [IN_ROME]),
    "white space around": (f"\n {ROME}\n\n", "", [IN_ROME]),
    "text before": (f"Let me look.\n\n{ROME}", "Let me look.", [IN_ROME]),
    "text after": (f"{ROME}\nI looked.", "\nI looked.", [IN_ROME]),
    "several": (
        ROME + "\n" + A('{"name": "get_time", "arguments": {}}'),
        "",
        [IN_ROME, ("get_time", "{}")],
    ),
    "text between": (f"One: {ROME} Two: {ROME}.", "One: Two:.", [IN_ROME, IN_ROME]),
    "other characters": (f"Ça va ? 你好 🎉 {ROME}", "Ça va ? 你好 🎉", [IN_ROME]),
    "in reasoning": (
        f"<think>\nI call {ROME}?</think>\n{ROME}",
        f"<think>\nI call {ROME}?</think>",
        [IN_ROME],
    ),
    "in reasoning without an end": (f"<think>I call {ROME}", f"<think>I call {ROME}", []),
    "in reasoning after text": (f"So <think>{ROME}</think>", "So <think></think>", [IN_ROME]),
}

MARKERS = {
    "a fence around": (f"Look:\n```xml\n{ROME}\n{ROME}\n```\nSo.", "Look:\nSo.", [IN_ROME] * 2),
    "a fence around something else": (
        '```json\n{"name": "x"}\n```\nSo.',
        '```json\n{"name": "x"}\n```\nSo.',
        [],
    ),
    "a fence at the end of a line": (f"So ```\n{ROME}", "So ```", [IN_ROME]),
    "a fence inside": (A('```json\n{"name": "f"}\n```'), "", [("f", "{}")]),
    "no end": (ROME.removesuffix("</tool_call>"), "", [IN_ROME]),
    "half an end": (ROME[:-5], "", [IN_ROME]),
    "no end before the next call": (
        ROME.removesuffix("</tool_call>") + ROME,
        "",
        [IN_ROME, IN_ROME],
    ),
    "no call inside": (A('{"city": "Rome"}'), A('{"city": "Rome"}'), []),
    "no name next to a call": (
        A('{"name": "", "arguments": {}}') + ROME + A('{"arguments": {"a": 1}}'),
        "",
        [IN_ROME],
    ),
    "text inside": (f"{A('weather?')} {ROME}", A("weather?"), [IN_ROME]),
    "nothing inside": (A(""), A(""), []),
    "in a sentence": ("Use `<tool_call>` for it.", "Use `<tool_call>` for it.", []),
    "half a marker": ("1 < 2, <tool_ca", "1 < 2, <tool_ca", []),
    "another marker": ("<tool_calls>{}</tool_calls>", "<tool_calls>{}</tool_calls>", []),
}

QUOTES = {
    "the end in a string": (
        A('{"name": "f", "arguments": {"a": "\\"</tool_call>"}}') + "So.",
        "So.",
        [("f", '{"a":"\\"</tool_call>"}')],
    ),
    "the end in a string only": (
        '<tool_call>{"name": "f", "arguments": {"a": "</tool_call>"}}',
        "",
        [("f", '{"a":"</tool_call>"}')],
    ),
    "a backslash at the end of a string": (
        A('{"name": "f", "arguments": {"a": "C:\\\\"}}') + "So.",
        "So.",
        [("f", '{"a":"C:\\\\"}')],
    ),
    "a quote too few": (
        A('{"name": "f", "arguments": {"a": "x}}') + "\n" + ROME,
        "",
        [("f", '{"a": "x}}'), IN_ROME],
    ),
    "a quote too few, and one after it": (
        A('{"name": "f", "arguments": {"a": "x}}') + ' "</tool_call>',
        ' "</tool_call>',
        [("f", '{"a": "x}}')],
    ),
}


def read(text, size):
    reader = TextReader()
    pieces = [text[start : start + size] for start in range(0, len(text), size)] or [""]
    answers = [
        reader.feed(piece, is_end=number == len(pieces)) for number, piece in enumerate(pieces, 1)
    ]
    left = "".join(text for text, _ in answers)
    assert not reader.is_holding
    return left, [call for _, calls in answers for call in calls], reader.removed


def check(text, left, calls):
    whole = read(text, max(len(text), 1))
    assert whole[:2] == (left, calls)
    for size in (1, 2, 3, 7):
        assert read(text, size) == whole, size
    kept, position = "", 0
    for start, end, _ in whole[2]:
        kept, position = kept + text[position:start], end
    assert kept + text[position:] == left


@pytest.mark.parametrize(("text", "left", "calls"), PLACES.values(), ids=PLACES)
def test_calls_are_taken_out_of_the_text(text, left, calls):
    check(text, left, calls)


@pytest.mark.parametrize(("text", "left", "calls"), MARKERS.values(), ids=MARKERS)
def test_markers_count_if_there_is_a_call_between_them(text, left, calls):
    check(text, left, calls)


@pytest.mark.parametrize(("text", "left", "calls"), QUOTES.values(), ids=QUOTES)
def test_an_end_marker_in_a_string_does_not_count(text, left, calls):
    check(text, left, calls)


def test_calls_without_a_name_are_text_if_there_is_no_other():
    text = A('{"name": "", "arguments": {}}') + A('{"arguments": {"a": 1}}')
    for size in (1, len(text)):
        assert read(text, size)[:2] == (text, [])


def feed_all(pieces):
    reader = TextReader()
    return [reader.feed(piece, is_end=False) for piece in pieces]


def test_text_passes_at_once():
    pieces = ["Let", " me", " look", " <", "b>", "\n", "<tool", "_call>", '{"name":', '"f"}']
    texts = [text for text, _ in feed_all(pieces)]
    assert texts == ["Let", " me", " look", "", " <b>", "", "", "", "", ""]


def test_a_call_comes_with_its_last_piece():
    assert feed_all([ROME[:30], ROME[30:], " Then ", "more"]) == [
        ("", []),
        ("", [IN_ROME]),
        (" Then", []),
        (" more", []),
    ]

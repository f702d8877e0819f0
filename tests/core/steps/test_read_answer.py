"""The JSON in the text of an answer to a request for JSON."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replies import decode_stream, decode_whole, to_stream

from weryai_core import Choice, Citation, merge_chunks
from weryai_core.json_text import find_json, read_json
from weryai_core.reply_options import ReplyOptions
from weryai_core.steps.read_answer import AnswerReader, AnswerText, json_in

# What a model writes -> the text of the answer.
FOUND = {
    "JSON alone": ('{"a": {"b": [1]}}', '{"a": {"b": [1]}}'),
    "white space around": (' {"a": 1}\n', ' {"a": 1}\n'),
    "a fence": ('```json\n{"a": 1}\n```', '{"a": 1}'),
    "a fence without a name": ('```\n{"a": 1}\n```\n', '{"a": 1}'),
    "a fence in prose": ('Here it is:\n\n```json\n{"a": 1}\n```\nDone {x}.', '{"a": 1}'),
    "prose": ('The {form} is {"a": "}"} as asked {"a": 2}.', '{"a": "}"}'),
    "reasoning": ('<think>{"a": 0}?</think>\n{"a": 1}', '{"a": 1}'),
    "reasoning and a fence": ('<thinking>So.</thinking>```json\n{"a": 1}\n```', '{"a": 1}'),
    "mistakes": ("{'a': 'x\ny', b: True,} Done.", '{"a": "x\\ny", "b": true}'),
    "a fence in a value": ('{"a": "```x```"}', '{"a": "```x```"}'),
    "an empty object": ("{ }", "{ }"),
    "an empty object in a fence": ("```json\n{}\n```", "{}"),
    "a list": ('[{"a": 1},]\n', '[{"a": 1}]\n'),
    "a list in a fence": ('So:\n```json\n[{"a": 1}]\n``` Done.', '[{"a": 1}]'),
    "a truncated object": ('```json\n{"a": "x', '{"a": "x'),
    "a broken object": ('{"a": x} Done.', '{"a": x}'),
    "encoded twice": (r'"{\"a\": 1}"', '{"a": 1}'),
    "encoded three times": (r'"\"{\\\"a\\\": 1,}\""', '{"a": 1}'),
    "encoded twice, in a fence": ('```json\n"{\\"a\\": 1}"\n```', '{"a": 1}'),
    "a list, encoded twice": (r'"[{\"a\": 1}]"', '[{"a": 1}]'),
    "a name that is a number": ("```\n{1: 2}\n```", '{"1": 2}'),
}
# What holds no JSON, and stays as it is.
KEPT = {
    "an apology": "I can't do that: {sorry}, [1] and `x`.",
    "a text in a fence": "```python\nx = {1}\n```",
    "an empty object in prose": "It would be {} here.",
    "a text in brackets": "[Note] none.",
    "a footnote": "[1] says no.",
    "a name": "{name} is not known.",
    "reasoning that goes on": '<think>maybe {"a": 1}',
    "an empty text": "",
    "a number": "7",
    "a string": '"x"',
    "an object that may begin": '{"a',
    "a fence that may begin": "``",
}


def in_pieces(text, size):
    answer = AnswerText()
    pieces = [answer.feed(text[at : at + size]) for at in range(0, len(text), size)]
    return "".join([*pieces, answer.end()])


@pytest.mark.parametrize(("text", "answer"), FOUND.values(), ids=FOUND)
def test_the_json_is_found_however_the_text_is_cut(text, answer):
    assert {in_pieces(text, size) for size in (1, 2, 3, 7, 100)} == {answer}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_a_text_without_json_is_kept_however_it_is_cut(text):
    assert {in_pieces(text, size) for size in (1, 2, 3, 7, 100)} == {text}


def test_json_at_the_start_comes_as_it_is_written():
    answer = AnswerText()
    assert [answer.feed(piece) for piece in ('{"a', '": "x', " y", '", ', '"b":', "1}", "\n")] == [
        "",
        '{"a": "x',
        " y",
        '"',
        ', "b":',
        "1}",
        "",
    ]
    assert answer.end() == "\n"


def test_text_that_comes_with_a_call_is_kept():
    for text in ("I look {it} up.", '```json\n{"a'):
        answer = AnswerText()
        assert answer.feed(text) + answer.give_up() + answer.feed(" So.") == f"{text} So."
        assert answer.end() == answer.give_up() == ""
    answer = AnswerText()
    assert answer.feed('{"a": 1} and') + answer.give_up() == '{"a": 1} and'
    answer = AnswerText()
    assert answer.feed('{"a": tr') + answer.give_up() == '{"a": tr'


def test_places_of_citations_move_along():
    text = 'So: {"a": "x\ny", "b": "cited"} Done.'
    start = text.index("cited")
    citations = (Citation("https://x.org", start_index=start, end_index=start + 5),)
    beyond = (Citation("https://x.org", start_index=len(text) - 5, end_index=len(text)),)
    read = AnswerReader().read(Choice(text=text, citations=citations + beyond), is_last=True)
    assert read.text == '{"a": "x\\ny", "b": "cited"}'
    assert read.citations == (
        Citation("https://x.org", start_index=20, end_index=25),
        Citation("https://x.org"),
    )
    assert read.text[20:25] == "cited"


def test_a_piece_of_plain_json_is_not_touched():
    reader = AnswerReader()
    piece = Choice(text='{"a": "b')
    assert reader.read(piece, is_last=False) is piece


@pytest.mark.parametrize("finish_reason", ["stop", None])
def test_replies_hold_the_json_alone_whole_and_streamed(finish_reason):
    text = 'Sure:\n```json\n{"a": "x\ny"}\n```'
    options = ReplyOptions(expects_json=True)
    reply = {"choices": [{"message": {"content": text}, "finish_reason": finish_reason}]}
    whole = decode_whole(reply, options)
    events = [{"choices": [{"delta": {"content": character}}]} for character in text]
    events.append({"choices": [{"delta": {}, "finish_reason": finish_reason}]})
    chunks = decode_stream(to_stream(*events), options)
    assert merge_chunks(chunks).text == whole.text == '{"a": "x\\ny"}'
    assert whole.raw == reply
    assert decode_whole(reply).text == text


def test_calls_in_the_text_are_read_first():
    options = ReplyOptions(expects_json=True, reads_calls_from_text=True)
    text = 'So {x}: <tool_call>{"name": "f", "arguments": {"a": 1}}</tool_call>'
    choice = decode_whole({"choices": [{"message": {"content": text}}]}, options).choice
    assert (choice.text, choice.tool_calls[0].arguments) == ("So {x}:", '{"a":1}')
    events = [{"choices": [{"delta": {"content": character}}]} for character in text]
    streamed = merge_chunks(decode_stream(to_stream(*events), options, sizes=[None])).choice
    assert (streamed.text, streamed.tool_calls[0].arguments) == ("So {x}:", '{"a":1}')


_SOME = st.text(st.sampled_from("{}[]:,\"'`\\ a1\nénT"), max_size=12)


@given(
    st.lists(_SOME | st.sampled_from(['{"a":', "```json\n", "<think>", "</think>"])),
    st.integers(1, 5),
)
def test_any_text_is_the_same_however_it_is_cut(parts, size):
    text = "".join(parts)
    assert in_pieces(text, size) == in_pieces(text, len(text) or 1)


words = st.text(st.sampled_from("ab .,:\n!éß'`"), max_size=10)


@settings(max_examples=50)
@given(
    st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.integers(), min_size=1),
    words,
    words,
    st.integers(1, 5),
)
def test_an_object_is_found_behind_and_before_any_words(value, before, after, size):
    for fence in ("", "```json\n"):
        text = f"{before}{fence}{json.dumps(value)}{fence and '```'}{after}"
        answer = in_pieces(text, size)
        assert json.loads(answer) == value == read_json(find_json(text))


def test_json_among_reasoning_without_a_start_tag_is_no_answer():
    text = 'So {"a": 1}?\n</think>\n```json\n{"a": 2}\n```'
    whole = AnswerReader().read(Choice(text=text), is_last=True)
    assert whole.text == '{"a": 2}'
    reader = AnswerReader()
    pieces = [reader.read(Choice(text=piece), is_last=False).text for piece in text]
    streamed = "".join(pieces) + reader.read(Choice(), is_last=True).text
    assert streamed.startswith('{"a": 1}</think>')
    assert find_json(streamed) == json_in(streamed) == '{"a": 2}'

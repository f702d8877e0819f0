"""Answers to a JSON schema, taken out of what models put around them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from replies import decode_stream, decode_whole, to_stream

from weryai_core import Choice, Citation, merge_chunks
from weryai_core.reply_options import ReplyOptions
from weryai_core.schemas.answers import to_shape
from weryai_core.steps.unwrap_answer import Unwrapper

SCHEMA = {
    "title": "Person",
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
}
ANN = '{"name":"Ann","age":5}'
WRAPPED = {
    "its name": f'{{"Person": {ANN}}}',
    "arguments": f'{{"arguments": {ANN}}}',
    "a call": f'{{"name": "Person", "arguments": {ANN}}}',
    "a call with its type": f'{{"type": "function", "name": "Person", "parameters": {ANN}}}',
    "a repeated schema": f' {{"type": "object", "properties": {ANN}}}\n',
}
KEPT = {
    "an answer": ANN,
    "an answer with the schema's name": '{"name": "Person", "age": 5}',
    "an error": '{"error": "I cannot."}',
    "an empty object": "{ }",
    "prose": "I cannot {do} that.",
    "a list": f"[{ANN}]",
    "a broken wrapper": '{"Person": {"name": ',
    "nothing": "",
    "an escaped name": '{"na\\"me": 1}',
}


def in_pieces(text, size):
    unwrapper = Unwrapper(to_shape(SCHEMA))
    pieces = [Choice(text=text[at : at + size]) for at in range(0, len(text), size)]
    read = [unwrapper.read(piece, False) for piece in pieces]
    return [piece.text for piece in (*read, unwrapper.read(Choice(), True))]


@pytest.mark.parametrize("text", WRAPPED.values(), ids=WRAPPED)
def test_an_answer_is_unwrapped_however_the_text_is_cut(text):
    assert {"".join(in_pieces(text, size)) for size in (1, 2, 3, 7, 100)} == {ANN}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_what_is_no_wrapper_stays(text):
    assert {"".join(in_pieces(text, size)) for size in (1, 2, 3, 7, 100)} == {text}


def test_an_answer_passes_from_its_first_field_on():
    assert in_pieces(ANN, 1)[:12] == [*[""] * 9, '{"name":"A', "n", "n"]
    assert in_pieces('{"age": 5}', 1)[:10] == [*[""] * 8, '{"age": 5', "}"]
    assert in_pieces('{"name":"Peru"}', 1)[9:14] == ["", "", "", '{"name":"Peru', '"']


def test_an_answer_by_names_that_the_schema_lacks_passes_unless_it_may_be_a_wrapper():
    assert in_pieces('{"label": "Ann"}', 1)[:12] == [*[""] * 10, '{"label": "', "A"]
    assert in_pieces('{"label": {"name": 1}}', 1)[11:20] == [""] * 9


@given(
    st.dictionaries(st.sampled_from(["name", "age", "type", "x"]), st.text() | st.integers()),
    st.lists(st.sampled_from(["Person", "arguments", "properties", "error"]), max_size=3),
    st.integers(1, 9),
)
def test_an_answer_is_the_same_streamed_and_whole(answer, wrappers, size):
    for wrapper in wrappers:
        answer = {wrapper: answer}
    text = json.dumps(answer)
    assert "".join(in_pieces(text, size)) == "".join(in_pieces(text, 10_000))


def test_a_reply_is_unwrapped_whole_and_streamed():
    options = ReplyOptions(expects_json=True, answer_schema=SCHEMA)
    text = f"Sure:\n```json\n{WRAPPED['a call']}\n```"
    choice = {"index": 0, "finish_reason": "stop"}
    whole = decode_whole({"choices": [{**choice, "message": {"content": text}}]}, options)
    chunks = [
        {"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in (text[:9], text[9:])
    ]
    streamed = decode_stream(to_stream(*chunks, {"choices": [{**choice, "delta": {}}]}), options)
    assert whole.text == merge_chunks(streamed).text == ANN


def test_text_with_a_call_is_not_held_back():
    unwrapper = Unwrapper(to_shape(SCHEMA))
    assert unwrapper.read(Choice(text='{"x'), False).text == ""
    assert unwrapper.read(Choice(finish_reason="stop"), False).text == '{"x'


def test_citations_of_a_changed_text_have_no_place():
    cited = Choice(text=WRAPPED["its name"], citations=(Citation("a", start_index=1, end_index=2),))
    [citation] = Unwrapper(to_shape(SCHEMA)).read(cited, True).citations
    assert (citation.start_index, citation.end_index) == (None, None)

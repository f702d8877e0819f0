"""Chunks of text or reasoning are made without validation, and are those of the constructors."""

import copy
import pickle
from typing import Any

import pytest
from decoded_chunks import AWKWARD, strange_chunks
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.load import dumps
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.base import TextAccessor
from langchain_core.outputs import ChatGenerationChunk
from pydantic import Field, PrivateAttr, field_validator, model_validator
from strange_replies import bounded

from langchain_weryai.reply import plain_chunks
from langchain_weryai.reply.messages import StreamTranslator
from langchain_weryai.reply.plain_chunks import (
    arguments_maker,
    is_inner,
    make_arguments_quickly,
    make_arguments_validated,
    make_quickly,
    make_validated,
    plain_maker,
)
from weryai_core import Choice, Chunk, ToolCallDelta
from weryai_core.integration.unvalidated import state_of

texts = st.text(st.characters(codec="utf-8"), max_size=9)
FORMS = (
    state_of,
    repr,
    lambda value: value.model_dump_json(),
    lambda value: value.model_dump(exclude_unset=True),
    dumps,
    lambda value: state_of(pickle.loads(pickle.dumps(value))),
    lambda value: state_of(copy.deepcopy(value)),
    lambda value: value.message.content_blocks,
    lambda value: value.message.pretty_repr(),
)


class ValidatedTranslator(StreamTranslator):
    """Makes every chunk with LangChain's constructors."""

    def translate(self, chunk):
        return ChatGenerationChunk(message=self._to_message(chunk))


def test_the_classes_of_this_release_are_made_quickly():
    assert plain_maker() is make_quickly
    assert arguments_maker() is make_arguments_quickly


@bounded(100)
@given(texts, texts)
def test_quick_chunks_cannot_be_told_from_those_of_the_constructors(text, reasoning):
    quick, validated = make_quickly(text, reasoning), make_validated(text, reasoning)
    for form in FORMS:
        assert form(quick) == form(validated)


json_pieces = st.lists(
    st.sampled_from(['{"', '": ', '"', "\\", "}", "]", "[", ",", "1", "Rome", " ", "\n", "\ufeff"])
).map("".join)


@bounded(200)
@given(json_pieces | texts)
def test_quick_pieces_of_arguments_cannot_be_told_from_those_of_the_constructors(arguments):
    validated = make_arguments_validated(1, arguments)
    if is_inner(arguments):
        quick = make_arguments_quickly(1, arguments)
        for form in FORMS:
            assert form(quick) == form(validated)
    else:
        assert not arguments.strip() or arguments.strip().startswith("{")


def test_arguments_go_the_quick_way_only_within_a_call_that_has_begun():
    translator = StreamTranslator()
    calls = [
        ToolCallDelta(0, "call_1", "add", '{"a": "'),
        ToolCallDelta(0, arguments="Rome"),
        ToolCallDelta(0, arguments='{"'),
        ToolCallDelta(1, arguments="12"),
        ToolCallDelta(0, arguments='"}'),
    ]
    pieces = [translator.translate(Chunk((Choice(tool_calls=(call,)),))) for call in calls]
    names = [piece.message.model_fields_set for piece in pieces]
    assert ["chunk_position" not in found for found in names] == [False, True, False, False, True]
    (first, _) = (pieces[0] + pieces[1:]).message.tool_call_chunks
    assert first["args"] == '{"a": "Rome{""}'


def test_what_langchain_sets_on_a_chunk_does_not_reach_the_next_one():
    first = make_quickly("Hi", "Hm")
    first.message.id = "lc_run--1"
    message = first.message
    for held in (message.additional_kwargs, message.response_metadata, message.model_extra):
        held["more"] = 1
    for held in (message.tool_calls, message.invalid_tool_calls, message.tool_call_chunks):
        held.append({})
    assert state_of(make_quickly("Hi", "Hm")) == state_of(make_validated("Hi", "Hm"))


def test_a_change_of_a_piece_of_arguments_does_not_reach_the_next_one():
    message = make_arguments_quickly(0, "Rome").message
    message.invalid_tool_calls[0]["name"] = message.tool_call_chunks[0]["name"] = "add"
    message.tool_calls.append({})
    message.model_extra["more"] = message.response_metadata["more"] = 1
    second = make_arguments_quickly(0, "Rome")
    assert state_of(second) == state_of(make_arguments_validated(0, "Rome"))


def read(translator, chunks):
    """The translated chunks, and all of them merged."""
    pieces = [translator.translate(chunk) for chunk in chunks]
    return [*pieces, pieces[0] + pieces[1:]] if pieces else []


@pytest.mark.parametrize("chunks", AWKWARD.values(), ids=AWKWARD)
def test_streams_of_real_services_are_translated_as_by_the_constructors(chunks):
    quick, validated = read(StreamTranslator(), chunks), read(ValidatedTranslator(), chunks)
    assert quick == validated
    assert [dumps(piece) for piece in quick] == [dumps(piece) for piece in validated]


@bounded(100)
@given(strange_chunks)
def test_any_stream_is_translated_as_by_the_constructors(chunks):
    quick, validated = read(StreamTranslator(), chunks), read(ValidatedTranslator(), chunks)
    assert [repr(vars(piece.message)) for piece in quick] == [
        repr(vars(piece.message)) for piece in validated
    ]


class NewField(AIMessageChunk):
    confidence: float | None = None


class NewFields(AIMessageChunk):
    notes: list[str] = Field(default_factory=list)


class NewDefault(AIMessageChunk):
    chunk_position: Any = "middle"


class NewPrivateAttribute(AIMessageChunk):
    _hash: int = PrivateAttr(default=0)


class NewValidatorOfAField(AIMessageChunk):
    @field_validator("content")
    @classmethod
    def _strip(cls, content):
        return content.strip()


class NewValidator(AIMessageChunk):
    @model_validator(mode="after")
    def _count(self):
        self.response_metadata["characters"] = len(self.content)
        return self


class NoMoreFields(AIMessageChunk, extra="ignore"):
    pass


class NewConstructor(AIMessageChunk):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.name = "weryai"


class NewFieldOfGenerations(ChatGenerationChunk):
    number: int = 0


class NewText(TextAccessor):
    pass


class NewGeneration(ChatGenerationChunk):
    @model_validator(mode="after")
    def _set_text(self):
        self.text = NewText(self.message.text)
        return self


RELEASES = {
    "AIMessageChunk": (
        NewField,
        NewFields,
        NewDefault,
        NewPrivateAttribute,
        NewValidatorOfAField,
        NewValidator,
        NoMoreFields,
        NewConstructor,
    ),
    "ChatGenerationChunk": (NewFieldOfGenerations, NewGeneration),
}


@pytest.mark.parametrize(
    ("name", "new"), [(name, new) for name, classes in RELEASES.items() for new in classes]
)
def test_a_release_with_other_classes_is_left_to_its_constructors(monkeypatch, name, new):
    monkeypatch.setattr(plain_chunks, name, new)
    make, make_arguments = plain_maker.__wrapped__(), arguments_maker.__wrapped__()
    assert make is make_validated
    assert state_of(make_arguments(0, "a")) == state_of(make_arguments_validated(0, "a"))
    made = make("Hi", "")
    assert isinstance(made if name == "ChatGenerationChunk" else made.message, new)


def test_a_release_without_pydantic_is_left_to_its_constructors(monkeypatch):
    class Message:
        def __init__(self, **fields):
            vars(self).update(fields)

    monkeypatch.setattr(plain_chunks, "AIMessageChunk", Message)
    monkeypatch.setattr(plain_chunks, "ChatGenerationChunk", Message)
    assert plain_maker.__wrapped__() is make_validated
    assert arguments_maker.__wrapped__() is make_arguments_validated


def test_a_release_that_reads_pieces_of_arguments_otherwise_is_left_to_it(monkeypatch):
    class LenientChunk(AIMessageChunk):
        @model_validator(mode="after")
        def _keep_pieces(self):
            self.invalid_tool_calls = []
            return self

    monkeypatch.setattr(plain_chunks, "AIMessageChunk", LenientChunk)
    assert arguments_maker.__wrapped__() is make_arguments_validated


def test_a_chunk_of_another_choice_is_not_the_answer():
    piece = StreamTranslator().translate(Chunk((Choice(1, "Hi"),)))
    assert piece.text == ""

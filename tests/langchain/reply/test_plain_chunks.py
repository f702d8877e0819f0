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
from langchain_weryai.reply.plain_chunks import make_quickly, make_validated, plain_maker
from weryai_core import Choice, Chunk
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


@bounded(100)
@given(texts, texts)
def test_quick_chunks_cannot_be_told_from_those_of_the_constructors(text, reasoning):
    quick, validated = make_quickly(text, reasoning), make_validated(text, reasoning)
    for form in FORMS:
        assert form(quick) == form(validated)


def test_what_langchain_sets_on_a_chunk_does_not_reach_the_next_one():
    first = make_quickly("Hi", "Hm")
    first.message.id = "lc_run--1"
    message = first.message
    for held in (message.additional_kwargs, message.response_metadata, message.model_extra):
        held["more"] = 1
    for held in (message.tool_calls, message.invalid_tool_calls, message.tool_call_chunks):
        held.append({})
    assert state_of(make_quickly("Hi", "Hm")) == state_of(make_validated("Hi", "Hm"))


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
    make = plain_maker.__wrapped__()
    assert make is make_validated
    made = make("Hi", "")
    assert isinstance(made if name == "ChatGenerationChunk" else made.message, new)


def test_a_release_without_pydantic_is_left_to_its_constructors(monkeypatch):
    class Message:
        def __init__(self, **fields):
            vars(self).update(fields)

    monkeypatch.setattr(plain_chunks, "AIMessageChunk", Message)
    monkeypatch.setattr(plain_chunks, "ChatGenerationChunk", Message)
    assert plain_maker.__wrapped__() is make_validated


def test_a_chunk_of_another_choice_is_not_the_answer():
    piece = StreamTranslator().translate(Chunk((Choice(1, "Hi"),)))
    assert piece.text == ""

"""Responses to text or reasoning are made without validation, and are those of the constructors."""

import copy
import pickle

import pytest
from decoded_chunks import AWKWARD, strange_chunks
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.base.llms.generic_utils import stream_chat_response_to_completion_response
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    TextBlock,
    ThinkingBlock,
)
from llama_index.core.instrumentation.events.llm import LLMChatInProgressEvent
from pydantic import Field, PrivateAttr, field_validator, model_validator
from strange_replies import bounded

from llama_index_weryai.reply import plain_responses
from llama_index_weryai.reply.completions import CompletionBuilder
from llama_index_weryai.reply.plain_responses import (
    completion_maker,
    make_completion_quickly,
    make_completion_validated,
    make_quickly,
    make_validated,
    plain_maker,
)
from llama_index_weryai.reply.responses import ResponseBuilder
from weryai_core.integration.unvalidated import state_of

texts = st.text(st.characters(codec="utf-8"), max_size=9)


def pickle_and_load(value):
    return state_of(pickle.loads(pickle.dumps(value)))


def copy_deeply(value):
    return state_of(copy.deepcopy(value))


FORMS = (
    state_of,
    repr,
    str,
    lambda value: value.model_dump_json(),
    lambda value: value.model_dump(exclude_unset=True),
    pickle_and_load,
    copy_deeply,
    lambda value: value.message.content,
    lambda value: ChatResponse.model_validate(value.model_dump()),
    lambda value: LLMChatInProgressEvent(messages=[], response=value).response,
)


def given_for(text, reasoning):
    """The arguments of a maker, new ones for each call."""
    raw = {"id": "1", "choices": [{"delta": {"content": text}}]}
    return text, reasoning, text[-1:], raw, {"thinking_delta": reasoning} if reasoning else {}


def test_the_classes_of_this_release_are_made_quickly():
    assert plain_maker() is make_quickly
    assert completion_maker() is make_completion_quickly


@bounded(100)
@given(texts, texts)
def test_quick_responses_cannot_be_told_from_those_of_the_constructors(text, reasoning):
    quick = make_quickly(*given_for(text, reasoning))
    validated = make_validated(*given_for(text, reasoning))
    for form in FORMS:
        assert form(quick) == form(validated)


def test_a_change_of_one_response_does_not_reach_the_next_one():
    first = make_quickly(*given_for("Hi", "Hm"))
    first.message.additional_kwargs["more"] = first.additional_kwargs["more"] = 1
    first.message.blocks[0].additional_information["more"] = 1
    first.message.blocks.append(TextBlock(text="more"))
    first.logprobs = []
    second = make_quickly(*given_for("Hi", "Hm"))
    assert state_of(second) == state_of(make_validated(*given_for("Hi", "Hm")))


def read(chunks, *, is_plain):
    """The responses after each chunk."""
    builder = ResponseBuilder()
    builder._is_plain = is_plain
    return [builder.add(chunk) for chunk in chunks]


@pytest.mark.parametrize("chunks", AWKWARD.values(), ids=AWKWARD)
def test_streams_of_real_services_become_the_responses_of_the_constructors(chunks):
    assert read(chunks, is_plain=True) == read(chunks, is_plain=False)


@bounded(100)
@given(strange_chunks)
def test_any_stream_becomes_the_responses_of_the_constructors(chunks):
    quick, validated = read(chunks, is_plain=True), read(chunks, is_plain=False)
    assert [repr(response) for response in quick] == [repr(response) for response in validated]


def read_completions(chunks):
    """The completions after each chunk, and those that LlamaIndex makes of the responses."""
    builder = CompletionBuilder()
    responses = read(chunks, is_plain=False)
    return [
        [repr(vars(one)) for one in made]
        for made in (
            map(builder.add, chunks),
            stream_chat_response_to_completion_response(responses),
        )
    ]


@pytest.mark.parametrize("chunks", AWKWARD.values(), ids=AWKWARD)
def test_streams_of_real_services_become_the_completions_of_llamaindex(chunks):
    ours, theirs = read_completions(chunks)
    assert ours == theirs


@bounded(50)
@given(strange_chunks)
def test_any_stream_becomes_the_completions_of_llamaindex(chunks):
    ours, theirs = read_completions(chunks)
    assert ours == theirs


@bounded(50)
@given(texts, texts)
def test_quick_completions_cannot_be_told_from_those_of_the_constructor(text, delta):
    quick, validated = (
        make(text, delta, {"id": text}, {"thinking_delta": text})
        for make in (make_completion_quickly, make_completion_validated)
    )
    for form in (state_of, repr, str, pickle_and_load, copy_deeply):
        assert form(quick) == form(validated)
    assert quick.model_dump_json() == validated.model_dump_json()


class NewField(ChatMessage):
    name: str | None = None


class NewFields(ChatMessage):
    notes: list[str] = Field(default_factory=list)


class NewPrivateAttribute(ChatMessage):
    _hash: int = PrivateAttr(default=0)


class NewConstructor(ChatMessage):
    def __init__(self, content=None, **fields):
        super().__init__(content, **fields)
        self.additional_kwargs["characters"] = len(self.content)


class NewValidator(ChatMessage):
    @model_validator(mode="after")
    def _drop_empty(self):
        self.blocks = [block for block in self.blocks if block.text]
        return self


class MoreFields(ChatMessage, extra="allow"):
    pass


class NewValidatorOfAField(TextBlock):
    @field_validator("text")
    @classmethod
    def _strip(cls, text):
        return text.strip()


class NewFieldOfBlocks(TextBlock):
    language: str = "en"


class NewDefault(ThinkingBlock):
    num_tokens: int | None = 0


class NewFieldOfResponses(ChatResponse):
    number: int = 0


class NewFieldOfCompletions(CompletionResponse):
    number: int = 0


RELEASES = {
    "ChatMessage": (
        NewField,
        NewFields,
        NewPrivateAttribute,
        NewConstructor,
        NewValidator,
        MoreFields,
    ),
    "TextBlock": (NewValidatorOfAField, NewFieldOfBlocks),
    "ThinkingBlock": (NewDefault,),
    "ChatResponse": (NewFieldOfResponses,),
}


@pytest.mark.parametrize(
    ("name", "new"), [(name, new) for name, classes in RELEASES.items() for new in classes]
)
def test_a_release_with_other_classes_is_left_to_its_constructors(monkeypatch, name, new):
    monkeypatch.setattr(plain_responses, name, new)
    assert plain_maker.__wrapped__() is make_validated


def test_a_release_with_another_completion_is_left_to_its_constructor(monkeypatch):
    monkeypatch.setattr(plain_responses, "CompletionResponse", NewFieldOfCompletions)
    assert completion_maker.__wrapped__() is make_completion_validated

"""Structured output: objects of a class, whole and growing."""

from __future__ import annotations

from typing import Any

import pytest
from llama_index.core.prompts import PromptTemplate
from llama_index.core.types import PydanticProgramMode

from ._samples import Household, Person
from ._subject import Subject, needs
from ._ways import ask, call

ANN = Person(name="Ann", age=30)
DESCRIBE = "Ann is 30 years old. Describe this person."

each_whole = pytest.mark.parametrize("method", ["structured_predict", "astructured_predict"])
each_stream = pytest.mark.parametrize(
    "method", ["stream_structured_predict", "astream_structured_predict"]
)
# The class's default, a tool, and JSON in the text.
each_mode = pytest.mark.parametrize(
    "mode",
    [PydanticProgramMode.DEFAULT, PydanticProgramMode.FUNCTION, PydanticProgramMode.LLM],
    ids=lambda mode: mode.value,
)
# Core serializes partial objects with a method that pydantic deprecates.
quiet = pytest.mark.filterwarnings("ignore:The `json` method")


class StructuredTests(Subject):
    """Structured output as extractors, selectors and `output_cls` use it."""

    def _make_for(self, mode: PydanticProgramMode) -> Any:
        if mode == PydanticProgramMode.FUNCTION and not self.has_tool_calling:
            pytest.skip("It calls no tools.")
        return self.make_llm(pydantic_program_mode=mode)

    @each_mode
    @each_whole
    @needs("has_structured_output")
    def test_an_answer_is_an_object(self, method: str, mode: PydanticProgramMode) -> None:
        """The answer is an instance of the class with the values of the prompt."""
        llm = self._make_for(mode)
        assert call(llm, method, Person, _prompt(), name="Ann", age=30) == [ANN]

    @each_whole
    @needs("has_structured_output")
    def test_an_object_may_hold_objects(self, method: str) -> None:
        """Nested classes and lists are filled: their schema has references."""
        prompt = PromptTemplate("Ann, who is 30 years old, lives alone at 5 Hill Road.")
        [home] = call(self.make_llm(), method, Household, prompt)
        assert isinstance(home, Household)
        assert all(isinstance(person, Person) for person in home.people)

    @each_mode
    @each_stream
    @needs("has_structured_output")
    def test_an_object_is_streamed(self, method: str, mode: PydanticProgramMode) -> None:
        """The last object is whole, and an instance of the class."""
        llm = self._make_for(mode)
        assert call(llm, method, Person, _prompt(), name="Ann", age=30)[-1] == ANN

    @pytest.mark.parametrize("method", ["chat", "achat", "complete", "acomplete"])
    @needs("has_structured_output")
    def test_a_structured_llm_answers(self, method: str) -> None:
        """`as_structured_llm` returns an LLM that answers with JSON and the object in `raw`."""
        [response] = ask(self.make_llm().as_structured_llm(Person), method, DESCRIBE)
        assert response.raw == ANN

    @quiet
    @pytest.mark.parametrize("method", ["stream_chat", "astream_chat"])
    @needs("has_structured_output")
    def test_a_structured_llm_streams(self, method: str) -> None:
        """The same, streamed."""
        structured = self.make_llm().as_structured_llm(Person)
        assert ask(structured, method, DESCRIBE)[-1].raw == ANN

    @needs("has_structured_output")
    def test_a_structured_llm_has_the_metadata_of_its_llm(self) -> None:
        """Engines plan prompts by it."""
        llm = self.make_llm()
        assert llm.as_structured_llm(Person).metadata == llm.metadata


def _prompt() -> PromptTemplate:
    """A prompt for one test only, because core leaves its output parser in it."""
    return PromptTemplate("{name} is {age} years old. Describe this person.")

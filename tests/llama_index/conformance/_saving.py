"""Saving, loading, copying and showing an LLM. No network."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core.extractors import TitleExtractor
from llama_index.core.llms.llm import LLM

from ._samples import Person
from ._subject import Subject, needs

SHOWN: dict[str, Callable[[LLM], Any]] = {
    "repr": repr,
    "str": str,
    "to_dict": lambda llm: llm.to_dict(),
    "to_json": lambda llm: llm.to_json(),
    "model_dump": lambda llm: llm.model_dump(),
    "model_dump_json": lambda llm: llm.model_dump_json(),
    "to_payload": lambda llm: llm.to_payload(),
    "metadata": lambda llm: llm.metadata,
    "of an extractor": lambda llm: TitleExtractor(llm=llm).to_dict(),
    "of a structured LLM": lambda llm: llm.as_structured_llm(Person).to_dict(),
}
COPIES: dict[str, Callable[[LLM], LLM]] = {
    "pickle": lambda llm: pickle.loads(pickle.dumps(llm)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "model_copy": lambda llm: llm.model_copy(deep=True),
}


class SavingTests(Subject):
    """A saved LLM can be loaded, and shows no secrets."""

    def test_it_is_saved_and_loaded(self) -> None:
        """`to_dict` and `from_dict` give the same LLM; secrets are passed again."""
        llm = self._make_settled()
        self._assert_same(type(llm).from_dict(llm.to_dict(), **self.secret_settings), llm)

    def test_it_is_saved_and_loaded_as_json(self) -> None:
        """The same as JSON, which must be able to hold each setting."""
        llm = self._make_settled()
        self._assert_same(type(llm).from_json(llm.to_json(), **self.secret_settings), llm)

    def test_saved_data_names_the_class(self) -> None:
        """Loaders look for `class_name`."""
        llm = self.make_llm()
        assert json.loads(llm.to_json())["class_name"] == llm.class_name()

    @pytest.mark.parametrize("make_copy", COPIES.values(), ids=COPIES)
    def test_a_copy_is_the_same(self, make_copy: Callable[[LLM], LLM]) -> None:
        """Pipelines copy their transformations and send them to other processes."""
        llm = self._make_settled()
        self._assert_same(make_copy(llm), llm)

    @pytest.mark.parametrize("show", SHOWN.values(), ids=SHOWN)
    @needs("secrets")
    def test_secrets_are_not_shown(self, show: Callable[[LLM], Any]) -> None:
        """Index stores, logs and notebooks keep these texts."""
        shown = str(show(self.make_llm()))
        assert [secret for secret in self.secrets if secret in shown] == []

    def _make_settled(self) -> LLM:
        """An LLM with other settings than the defaults."""
        limit = {self.limit_parameter: 77} if self.limit_parameter else {}
        llm: LLM = self.make_llm(system_prompt="Be kind.", **limit)
        return llm

    def _assert_same(self, made: LLM, llm: LLM) -> None:
        assert type(made) is type(llm)
        assert made is not llm
        assert made.to_dict() == llm.to_dict()
        assert made.metadata == llm.metadata

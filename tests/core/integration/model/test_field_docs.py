"""Docstrings with the fields of a model class."""

import inspect

import pytest
from pydantic import BaseModel, Field

from langchain_weryai import ChatWeryAI
from llama_index_weryai import WeryAI
from weryai_core.integration import document_fields


def test_each_field_is_added_before_the_errors_and_inherited_ones_come_last():
    class Model(BaseModel):
        """A model.

        Raises:
            ValueError: Bad.
        """

        tags: list[str] = []
        name: str = Field(alias="model", description="Its name.")

    document_fields(Model, {"tags": "Tags."})
    assert Model.__doc__ == (
        "A model.\n\nArgs:\n    model: Its name.\n    tags: Tags.\n\nRaises:\n    ValueError: Bad."
    )


def test_a_class_without_docstring_gets_one():
    class Model(BaseModel):
        n: int = Field(1, description="A number.")

    Model.__doc__ = None  # as with `python -OO`
    document_fields(Model)
    assert Model.__doc__ == "Args:\n    n: A number."


@pytest.mark.parametrize("model", [ChatWeryAI, WeryAI])
def test_help_shows_every_argument_with_a_description(model):
    _, _, entries = inspect.getdoc(model).partition("Args:\n")
    shown = [line.strip().split(": ", 1) for line in entries.partition("\n\n")[0].splitlines()]
    fields = {field.alias or name for name, field in model.model_fields.items()}
    assert {name for name, _ in shown} == fields
    assert all(len(description) > 10 and description.endswith(".") for _, description in shown)

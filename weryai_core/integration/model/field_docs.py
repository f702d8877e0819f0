"""The fields of a model class in its docstring, where `help` and the reference show them."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import cleandoc
from typing import Any

from pydantic import BaseModel


def document_fields(model: type[BaseModel], inherited: Mapping[str, str] | None = None) -> None:
    """Add an entry for each argument of a model class to its docstring.

    Args:
        model: The class. Its docstring may end with a section "Raises:", which stays the last.
        inherited: Descriptions of the fields that the framework does not describe, by name. They
            come last.
    """
    inherited = inherited or {}
    fields: dict[str, Any] = dict(model.model_fields)
    entries = [
        f"    {fields[name].alias or name}: {fields[name].description or inherited.get(name, '')}"
        for name in sorted(fields, key=inherited.__contains__)
    ]
    text, raises, errors = cleandoc(model.__doc__ or "").partition("\nRaises:\n")
    model.__doc__ = "\n".join([text.rstrip(), "", "Args:", *entries, raises + errors]).strip()

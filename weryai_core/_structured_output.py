"""How an answer that follows a JSON schema is asked for. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

StructuredOutputMethod = Literal["json_schema", "function_calling", "prompted"]

# What OpenAI allows in the name of a schema or a function.
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]")
_LONGEST_NAME = 64


def choose_method(
    *, knows_schemas: bool | None, knows_tools: bool | None, excludes_schema: bool
) -> StructuredOutputMethod:
    """How to ask, where the user leaves it to us.

    Args:
        knows_schemas: Whether the model follows a schema given as `response_format`; None for
            unknown.
        knows_tools: Whether it calls tools, likewise.
        excludes_schema: Whether something else in the request excludes it, see
            `excludes_json_schema`.
    """
    if knows_schemas and not excludes_schema:
        return "json_schema"
    return "prompted" if knows_tools is False else "function_calling"


def schema_format(
    schema: Mapping[str, Any], *, name: str | None = None, strict: bool | None = None
) -> dict[str, Any]:
    """A JSON schema as a request's `response_format`.

    Args:
        schema: The schema.
        name: What to call it; else its title. Characters that names cannot have become "_".
        strict: What to say of `strict`; None for nothing.
    """
    title = schema_name(name or schema.get("title") or "answer")
    said = {} if strict is None else {"strict": strict}
    return {"type": "json_schema", "json_schema": {"name": title, "schema": schema, **said}}


def with_root_object(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema whose root is an object, where a recursive class has a reference to one."""
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/$defs/"):
        return schema
    rest = {name: value for name, value in schema.items() if name != "$ref"}
    return {**schema["$defs"][reference.removeprefix("#/$defs/")], **rest}


def schema_name(title: str) -> str:
    """The title of a schema as a name that OpenAI takes, e.g. Box_int_ of Box[int]."""
    return _NOT_IN_NAMES.sub("_", title)[:_LONGEST_NAME]


def without_further_properties(schema: Any) -> Any:
    """A JSON schema whose objects, nested ones too, have the properties that it names and no other.

    OpenAI asks for that where `strict` is set.
    """
    if isinstance(schema, list):
        return [without_further_properties(entry) for entry in schema]
    if not isinstance(schema, Mapping):
        return schema
    inner = {name: without_further_properties(value) for name, value in schema.items()}
    # A property may itself be called "properties"; its value is no schema of an object then.
    if isinstance(schema.get("properties"), Mapping) and schema.get("type") == "object":
        inner["additionalProperties"] = False
    return inner

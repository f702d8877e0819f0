"""How an answer that follows a JSON schema is asked for. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

StructuredOutputMethod = Literal["json_schema", "function_calling", "prompted"]

# What OpenAI allows in the name of a schema or a function.
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]")
_LONGEST_NAME = 64

# Of a JSON schema's keywords: those that hold schemas by names, and those that hold no schemas.
_SCHEMAS_BY_NAME = ("properties", "$defs", "definitions")
_VALUES = ("enum", "const", "examples", "required")


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
        strict: What to say of `strict`; None for nothing. If True, see `strict_schema`.
    """
    title = schema_name(name or schema.get("title") or "answer")
    said = {} if strict is None else {"strict": strict}
    settled = strict_schema(schema) if strict else schema
    return {"type": "json_schema", "json_schema": {"name": title, "schema": settled, **said}}


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


def strict_schema(schema: Any) -> Any:
    """A JSON schema as OpenAI asks for it where `strict` is set; the schema given is not changed.

    Objects, nested ones too, have the properties that they name and no other. All of these are
    required, so no default has a meaning, and none is allowed. What stands beside a reference is
    put around it. (OpenAI's guide to structured outputs, "Supported schemas".)
    """
    if isinstance(schema, list):
        return [strict_schema(entry) for entry in schema]
    if not isinstance(schema, Mapping):
        return schema
    strict = {name: _strict_value(name, value) for name, value in schema.items()}
    strict.pop("default", None)
    if isinstance(strict.get("properties"), Mapping):
        strict |= {"required": [*strict["properties"]], "additionalProperties": False}
    if "$ref" in strict and len(strict) > 1:
        return {"anyOf": [{"$ref": strict.pop("$ref")}], **strict}
    return strict


def strict_tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    """A function tool whose arguments follow its schema to the letter; others as they are."""
    function = tool.get("function")
    if not isinstance(function, Mapping) or "parameters" not in function:
        return dict(tool)
    parameters = strict_schema(function["parameters"])
    return {**tool, "function": {**function, "strict": True, "parameters": parameters}}


def _strict_value(name: str, value: Any) -> Any:
    if name in _SCHEMAS_BY_NAME and isinstance(value, Mapping):
        return {key: strict_schema(schema) for key, schema in value.items()}
    return value if name in _VALUES else strict_schema(value)

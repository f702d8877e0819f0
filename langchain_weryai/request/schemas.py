"""LangChain's kinds of schema: what a request sends of them, and the reader of the answers."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import getdoc, isfunction
from typing import Any

from langchain_core.tools import BaseTool, create_schema_from_function
from langchain_core.utils.function_calling import convert_to_json_schema
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import TypeAdapter
from typing_extensions import is_typeddict

from weryai_core import InvalidRequestError
from weryai_core.integration import (
    AnswerReader,
    is_recursive,
    is_type,
    json_schema_of,
    reader_of_class,
    reader_of_schema,
    reader_of_type,
    type_name,
    with_object_root,
)

_ABOUT = ("title", "description")  # what a function has next to its parameters
# What a tool of some API has: OpenAI's, OpenAI's older functions, Anthropic's, Amazon Bedrock's.
_TOOL_FIELDS = ("function", "parameters", "input_schema", "toolSpec")


def to_reader(schema: Any, strict: bool | None) -> tuple[AnswerReader, bool | None]:
    """The reader of the answers to a schema of any kind, and whether the schema is strict.

    Args:
        schema: A pydantic class, a TypedDict, a dataclass, another type such as `list[Person]`, a
            `TypeAdapter`, a JSON schema, or a tool of any kind.
        strict: Whether the schema must be followed exactly; None to leave that to the schema.

    Raises:
        InvalidRequestError: The schema is of an unknown kind.
    """
    if isinstance(schema, Mapping):
        described, strict = _to_json_schema(schema, strict)
        return reader_of_schema(described), strict
    if isinstance(schema, type) and is_basemodel_subclass(schema):
        return reader_of_class(schema, _described_class(schema)), strict
    if isinstance(schema, TypeAdapter):
        return reader_of_type(schema, schema.json_schema()), strict
    if is_typeddict(schema):
        return reader_of_schema(_described_class(schema)), strict
    if is_type(schema):
        return reader_of_type(schema, json_schema_of(schema), name=type_name(schema)), strict
    try:
        return reader_of_schema(convert_to_json_schema(schema)), strict
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidRequestError(
            "A schema must be a pydantic class, a TypedDict, a dataclass, another type, a JSON "
            f"schema or a tool, not {schema!r:.80}."
        ) from error


def recursive_tool(tool: Any) -> dict[str, Any] | None:
    """A tool whose schema is recursive, as OpenAI's function tool; None for any other tool.

    LangChain puts definitions where they are used, and cuts recursive ones off or never ends.
    """
    if isinstance(tool, BaseTool):
        described = _recursive(tool.tool_call_schema)
        about: dict[str, Any] = {"name": tool.name, "description": tool.description}
    elif isfunction(tool):
        made = create_schema_from_function(
            tool.__name__, tool, filter_args=(), include_injected=False
        )
        described = _recursive(made)
        about = {"name": tool.__name__, "description": getdoc(tool) or ""}
    else:
        described = _recursive(tool) if isinstance(tool, type) else None
        about = {
            "name": (described or {}).get("title"),
            "description": (described or {}).get("description", ""),
        }
    if described is None:
        return None
    parameters = {name: value for name, value in described.items() if name not in _ABOUT}
    return {"type": "function", "function": {**about, "parameters": parameters}}


def _described_class(schema: type) -> dict[str, Any]:
    """The JSON schema of a class, as LangChain writes it unless the class is recursive."""
    recursive = _recursive(schema)
    if recursive is not None:
        return recursive
    try:
        return convert_to_json_schema(schema)
    except TypeError:  # LangChain knows no NotRequired in a TypedDict
        return json_schema_of(schema)


def _recursive(schema: Any) -> dict[str, Any] | None:
    """The JSON schema of a recursive class, or a recursive JSON schema itself; else None."""
    if schema is None:
        return None
    try:
        own = schema if isinstance(schema, Mapping) else json_schema_of(schema)
    except InvalidRequestError:  # LangChain may know more, or says what is wrong
        return None
    return {**with_object_root(own)} if is_recursive(own) else None


def _to_json_schema(
    given: Mapping[str, Any], strict: bool | None
) -> tuple[dict[str, Any], bool | None]:
    """A JSON schema without what APIs put around it, and whether it is strict."""
    if given.get("type") == "json_schema" and isinstance(given.get("json_schema"), Mapping):
        given = given["json_schema"]
    if isinstance(given.get("schema"), Mapping):
        title = given.get("name") or given["schema"].get("title") or "answer"
        strict = given.get("strict") if strict is None else strict
        return {**given["schema"], "title": title}, strict
    if any(isinstance(given.get(name), Mapping) for name in _TOOL_FIELDS) or "name" in given:
        function = given.get("function") or given
        strict = function.get("strict") if strict is None else strict
        return convert_to_json_schema(dict(given)), strict
    return {"title": "answer", **given}, strict

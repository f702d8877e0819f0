"""`response_format` in every form that users know, as the one that the API takes.

A class, a JSON schema, OpenAI's object and a tool all become
`{"type": "json_schema", "json_schema": {"name": ..., "schema": ...}}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_origin

from pydantic import TypeAdapter
from pydantic.errors import PydanticUserError

from weryai_core.errors import InvalidRequestError
from weryai_core.schemas.clean import clean_schema, is_clean
from weryai_core.schemas.roots import has_object_root, schema_name, with_object_root
from weryai_core.wire import function_of

# What a JSON schema may have as its `type`.
_JSON_TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
# A mapping with one of these and without a `type` is a JSON schema.
_SCHEMA_KEYWORDS = ("properties", "$ref", "$defs", "anyOf", "oneOf", "allOf", "enum")
_DESCRIBED = ("name", "description", "schema", "strict")


def schema_format(
    schema: Mapping[str, Any], *, name: str | None = None, strict: bool | None = None
) -> dict[str, Any]:
    """A JSON schema as a request's `response_format`.

    Args:
        schema: The schema.
        name: Its name; by default its title. Characters that names cannot have become "_".
        strict: The value of `strict`; None to leave it out.
    """
    described: dict[str, Any] = {
        "name": schema_name(str(name or schema.get("title") or "answer")),
        "schema": schema,
    }
    if strict is not None:
        described["strict"] = strict
    return {"type": "json_schema", "json_schema": described}


def with_documented_format(body: Mapping[str, Any]) -> dict[str, Any]:
    """A request whose `response_format` is as the API takes it.

    Raises:
        InvalidRequestError: See `to_response_format`.
    """
    if body.get("response_format") is None:
        return dict(body)
    return {**body, "response_format": to_response_format(body["response_format"])}


def to_response_format(given: Any) -> Any:
    """A `response_format` as the API takes it; what is of no known form is returned as it is.

    Args:
        given: A pydantic class or another type, a JSON schema, OpenAI's object, or a tool.

    Raises:
        InvalidRequestError: The schema is of something else than an object, or the type has none.
    """
    if is_type(given):
        return _checked(schema_format(json_schema_of(given), name=type_name(given)))
    if not isinstance(given, Mapping):
        return given
    described = _described(given)
    if described is None or not isinstance(described.get("schema"), Mapping):
        return given
    named = schema_format(described["schema"], name=described.get("name"))["json_schema"]
    return _checked({"type": "json_schema", "json_schema": {**described, **named}})


def schema_of(response_format: Any) -> Mapping[str, Any] | None:
    """The JSON schema in a `response_format` with its name as the title; None if it has none."""
    if not isinstance(response_format, Mapping) or response_format.get("type") != "json_schema":
        return None
    described = response_format.get("json_schema")
    schema = described.get("schema") if isinstance(described, Mapping) else None
    if not isinstance(described, Mapping) or not isinstance(schema, Mapping):
        return None
    return {"title": described.get("name"), **schema}


def is_type(value: object) -> bool:
    """Whether this is a class or another type, such as `list[int]`."""
    return isinstance(value, type) or get_origin(value) is not None


def json_schema_of(python_type: Any) -> dict[str, Any]:
    """The JSON schema of a class or another type.

    Raises:
        InvalidRequestError: It has none.
    """
    make = getattr(python_type, "model_json_schema", None)
    if make is None and hasattr(python_type, "__fields__"):  # pydantic 1
        make = getattr(python_type, "schema", None)
    try:
        described: dict[str, Any] = (make or TypeAdapter(python_type).json_schema)()
    except (PydanticUserError, TypeError, ValueError) as error:
        raise InvalidRequestError(f"{python_type!r} has no JSON schema: {error}") from error
    return described


def type_name(python_type: Any) -> str | None:
    """The title or the name of a class; None for other types, such as `list[int]`."""
    config = getattr(python_type, "model_config", None)
    title = config.get("title") if isinstance(config, Mapping) else None
    is_class = isinstance(python_type, type) and get_origin(python_type) is None
    return title or (python_type.__name__ if is_class else None)


def _described(given: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The object with `name`, `schema` and `strict`; None if this is no schema."""
    kind = given.get("type")
    if kind == "json_schema":
        described = given.get("json_schema")
        if described is None and "schema" in given:  # OpenAI's Responses API
            return {name: value for name, value in given.items() if name != "type"}
        return _named_schema(described) if isinstance(described, Mapping) else None
    function = function_of(given) or (given if "name" in given else {})
    if isinstance(function.get("parameters"), Mapping):
        described = {"schema": function["parameters"], **function}
        return {name: described[name] for name in _DESCRIBED if name in described}
    if isinstance(given.get("schema"), Mapping):  # also with the type "json_object", as llama.cpp
        return {name: given[name] for name in _DESCRIBED if name in given}
    return {"schema": given} if _is_schema(given) else None


def _named_schema(described: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object with `name` and `schema`, also where its place holds the schema itself."""
    if isinstance(described.get("schema"), Mapping) or not _is_schema(described):
        return described
    beside = {name: described[name] for name in ("name", "strict") if name in described}
    schema = {name: value for name, value in described.items() if name not in beside}
    return {**beside, "schema": schema}


def _is_schema(given: Mapping[str, Any]) -> bool:
    kind = given.get("type")
    if kind is None:
        return any(name in given for name in _SCHEMA_KEYWORDS)
    return isinstance(kind, list) or kind in _JSON_TYPES


def _checked(response_format: dict[str, Any]) -> dict[str, Any]:
    described = response_format["json_schema"]
    given = described["schema"]
    schema = with_object_root(given if is_clean(given) else clean_schema(given))
    if not has_object_root(schema):
        raise InvalidRequestError(
            f"The schema {described['name']!r} of `response_format` must be of an object, not of "
            f"{schema.get('type') or 'a union'}. Put it into a class with one field."
        )
    return {**response_format, "json_schema": {**described, "schema": schema}}

"""Strict schemas: in the form that OpenAI requires where `strict` is sent, or without `strict`.

Strict mode takes a part of JSON schema (OpenAI's guide to structured outputs, "Supported
schemas"). `with_strict_schemas` looks at every schema of a request that says `"strict": true`. A
schema of that part is written in the required form. Any other loses its `strict`, is sent as it
was, and a note names the field that strict mode excludes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from weryai_core.schemas.roots import has_all_definitions, join, without_unused_definitions
from weryai_core.wire import function_of

# Keywords of a JSON schema whose values are schemas by name, and keywords whose values are none.
_SCHEMAS_BY_NAME = ("properties", "$defs", "definitions")
_VALUES = ("enum", "const", "examples", "required")
_UNIONS = ("anyOf", "oneOf", "allOf")

_EXCLUDED = (
    *("not", "if", "then", "else", "dependentRequired", "dependentSchemas", "dependencies"),
    *("patternProperties", "propertyNames", "minProperties", "maxProperties"),
    *("unevaluatedProperties", "unevaluatedItems"),
    *("prefixItems", "additionalItems", "contains", "minContains", "maxContains", "uniqueItems"),
)
_FORMATS = frozenset(
    ("date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid")
)
_LOOKAROUND = re.compile(r"(?<!\\)(?:\\\\)*\(\?(?:[=!]|<[=!])")
# These say what a value is by another schema, and those by themselves.
_OTHER_SCHEMAS = ("$ref", *_UNIONS)
_OWN_LIMITS = ("type", "properties", "items", "enum", "const", "required", "additionalProperties")
_TYPES = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}


def with_strict_schemas(
    body: Mapping[str, Any], *, tools: bool = True
) -> tuple[dict[str, Any], list[str]]:
    """A request whose strict schemas have the form that strict mode requires.

    Args:
        body: The request. It is not changed.
        tools: Whether the tools are sent as tools.

    Returns:
        The request, and one note for each schema that lost its `strict`.
    """
    strict = dict(body)
    notes: list[str] = []
    given = body.get("tools")
    if tools and isinstance(given, (list, tuple)):
        strict["tools"] = [_with_strict_function(tool, notes) for tool in given]
    response_format = body.get("response_format")
    if isinstance(response_format, Mapping) and response_format.get("type") == "json_schema":
        described = response_format.get("json_schema")
        if isinstance(described, Mapping) and _is_strict(described, "schema"):
            described = _made_strict(described, "schema", "`response_format`", notes)
            strict["response_format"] = {**response_format, "json_schema": described}
    return strict, notes


def strict_tool(tool: Mapping[str, Any], strict: bool = True) -> dict[str, Any]:
    """A function tool that asks for strict mode, or not; a tool without parameters unchanged."""
    if "parameters" in function_of(tool):
        return {**tool, "function": {**function_of(tool), "strict": strict}}
    # OpenAI's Responses API has the function's fields at the top.
    return {**tool, "strict": strict} if "parameters" in tool else dict(tool)


def strict_schema(schema: Any) -> Any:
    """A JSON schema in the form that OpenAI requires with `strict`. The argument is not changed.

    Objects, including nested ones, allow only the properties that they name and require all of
    them, so that defaults mean nothing and are removed. `oneOf` becomes `anyOf`, and an `allOf` of
    one schema is joined with the keywords next to it. A reference with other keywords next to it
    moves into an `anyOf`. A missing `type` follows from the properties or the values.
    """
    if isinstance(schema, list):
        return [strict_schema(entry) for entry in schema]
    if not isinstance(schema, Mapping):
        return schema
    schema = _joined(schema)
    strict = {name: _strict_value(name, value) for name, value in schema.items()}
    strict.pop("default", None)
    if not strict.get("patternProperties", True):
        del strict["patternProperties"]
    if "oneOf" in strict and "anyOf" not in strict:
        strict = {("anyOf" if name == "oneOf" else name): strict[name] for name in strict}
    if "anyOf" in strict:
        strict.pop("discriminator", None)
        if _repeats_type(strict):
            del strict["type"]
    derived = _type_of(strict)
    if derived is not None:
        strict = {"type": derived, **strict}
    if isinstance(strict.get("properties"), Mapping):
        strict |= {"required": [*strict["properties"]], "additionalProperties": False}
    if "$ref" in strict and len(strict) > 1:
        return {"anyOf": [{"$ref": strict.pop("$ref")}], **strict}
    return strict


def find_excluded(schema: Any, path: str = "") -> tuple[str, str] | None:
    """The first thing in a schema that strict mode excludes: the field's path, and what it is."""
    found = next(_excluded(schema, path), None)
    if (
        found is None
        and not path
        and isinstance(schema, Mapping)
        and not has_all_definitions(schema)
    ):
        return "", "a reference to nothing"
    if found is None and not path and isinstance(schema, Mapping):
        root = strict_schema(schema)
        if root.get("type") != "object" or "anyOf" in root:
            return "", "a root that is not one object"
    return found


def _with_strict_function(tool: Any, notes: list[str]) -> Any:
    function = function_of(tool)
    if not _is_strict(function, "parameters"):
        return tool
    place = f"the tool {function.get('name')!r}"
    return {**tool, "function": _made_strict(function, "parameters", place, notes)}


def _is_strict(described: Mapping[str, Any], key: str) -> bool:
    return described.get("strict") is True and isinstance(described.get(key), Mapping)


def _made_strict(
    described: Mapping[str, Any], key: str, place: str, notes: list[str]
) -> dict[str, Any]:
    schema = without_unused_definitions(described[key])
    found = find_excluded(schema)
    if found is None:
        return {**described, key: strict_schema(schema)}
    path, what = found
    notes.append(
        f"`strict` is not sent with the schema of {place}: strict mode excludes {what}, as in "
        f"{f'the field `{path}`' if path else 'its root'}. The schema is sent as it is. Change the "
        "schema, or leave `strict` out."
    )
    return {name: value for name, value in described.items() if name != "strict"}


def _excluded(schema: Any, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(schema, Mapping):
        yield path, "values of any type"
        return
    schema = _joined(schema)
    yield from ((path, what) for what in _excluded_here(schema))
    for name in _SCHEMAS_BY_NAME:
        by_name = schema.get(name)
        for key, nested in by_name.items() if isinstance(by_name, Mapping) else ():
            of_definition = name != "properties"
            yield from _excluded(nested, key if of_definition or not path else f"{path}.{key}")
    if "items" in schema:
        yield from _excluded(schema["items"], f"{path}[]")
    for name in _UNIONS:
        for nested in schema.get(name) or ():
            yield from _excluded(nested, path)


def _excluded_here(schema: Mapping[str, Any]) -> Iterator[str]:
    """What strict mode excludes of a schema's own keywords."""
    yield from (f"`{name}`" for name in _EXCLUDED if schema.get(name) not in (None, False, {}, []))
    kinds = schema.get("type", _type_of(schema))
    kinds = kinds if isinstance(kinds, list) else [kinds]
    others = [name for name in _OTHER_SCHEMAS if name in schema]
    if schema.get("additionalProperties") not in (None, False):
        yield "`additionalProperties` (a map, or an open object)"
    elif "object" in kinds and not isinstance(schema.get("properties"), Mapping) and not others:
        yield "an object without `properties`"
    if "array" in kinds and "items" not in schema and "prefixItems" not in schema and not others:
        yield "a list without `items`"
    if kinds == [None] and not others:
        yield "values of any type"
    if isinstance(schema.get("format"), str) and schema["format"] not in _FORMATS:
        yield f"the format {schema['format']!r}"
    if isinstance(schema.get("pattern"), str) and _LOOKAROUND.search(schema["pattern"]):
        yield "a `pattern` that looks ahead or behind"
    limits = [name for name in _OWN_LIMITS if name in schema]
    if limits == ["type"] and _repeats_type(schema):
        limits = []
    if "allOf" in others or len(others) > 1 or (others and limits):
        yield "schemas that hold at the same time"
    if not str(schema.get("$ref", "#")).startswith("#"):
        yield "a reference to another document"


def _joined(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema with an `allOf` of one schema joined, unless the keywords contradict it."""
    parts = schema.get("allOf")
    if not isinstance(parts, list) or len(parts) != 1 or not isinstance(parts[0], Mapping):
        return schema
    rest = {name: value for name, value in schema.items() if name != "allOf"}
    joined = join(_joined(parts[0]), rest)
    return schema if joined is None else joined


def _repeats_type(schema: Mapping[str, Any]) -> bool:
    """Whether all schemas of a union have the `type` that stands next to it."""
    union = schema.get("anyOf") or schema.get("oneOf")
    return (
        "type" in schema
        and isinstance(union, list)
        and all(
            isinstance(one, Mapping) and one.get("type", _type_of(one)) == schema.get("type")
            for one in union
        )
    )


def _type_of(schema: Mapping[str, Any]) -> str | list[str] | None:
    """The `type` of a schema without one; None if it has one, or nothing says which it is."""
    if any(name in schema for name in ("type", *_OTHER_SCHEMAS)):
        return None
    if isinstance(schema.get("properties"), Mapping):
        return "object"
    if "items" in schema:
        return "array"
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if not isinstance(values, list) or not values:
        return None
    kinds = list(dict.fromkeys(_TYPES.get(type(value)) for value in values))
    known = [kind for kind in kinds if kind is not None]
    if len(known) < len(kinds):
        return None
    return known[0] if len(known) == 1 else known


def _strict_value(name: str, value: Any) -> Any:
    if name in _SCHEMAS_BY_NAME and isinstance(value, Mapping):
        return {key: strict_schema(schema) for key, schema in value.items()}
    return value if name in _VALUES else strict_schema(value)

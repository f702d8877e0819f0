"""The root of a JSON schema. The API takes objects only, so that other roots need a wrapper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from weryai_core.errors import InvalidRequestError
from weryai_core.identifiers.names import safe_name
from weryai_core.wire import function_of, name_of

WRAPPER_FIELD = "value"
"""The field of the object that is put around a list or a union."""

# Where pydantic 2 and pydantic 1 put the schemas that others refer to.
_DEFINITIONS = ("$defs", "definitions")
_UNIONS = ("anyOf", "oneOf")


def with_object_root(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema with an object at its root, where a recursive class has a reference to one.

    The definitions stay, because the object refers to itself by them.
    """
    seen: set[str] = set()
    while isinstance(reference := schema.get("$ref"), str) and reference not in seen:
        seen.add(reference)
        target = _find(schema, reference)
        if target is None:
            break
        rest = {name: value for name, value in schema.items() if name != "$ref"}
        schema = {**target, **rest}
    return schema


def has_object_root(schema: Mapping[str, Any]) -> bool:
    """Whether answers to the schema are objects. A schema that does not say so counts as one."""
    kind = schema.get("type")
    if kind is None:
        return "properties" in schema or not any(name in schema for name in (*_UNIONS, "enum"))
    return bool(kind == "object")


def check_tool_roots(body: Mapping[str, Any]) -> None:
    """Check that the parameters of each tool are an object, or do not say what they are.

    Raises:
        InvalidRequestError: Those of a tool are something else; the error names the tool.
    """
    tools = body.get("tools")
    for tool in tools if isinstance(tools, (list, tuple)) else ():
        parameters = function_of(tool).get("parameters")
        if not isinstance(parameters, Mapping):
            continue
        kind = with_object_root(parameters).get("type")
        kinds = kind if isinstance(kind, list) else [kind]
        if kind is not None and "object" not in kinds:
            raise InvalidRequestError(
                f"The parameters of the tool {name_of(tool)!r} must be an object, not of type "
                f"{kind!r}. Put them into a class with one field."
            )


def with_wrapper(schema: Mapping[str, Any], title: str) -> dict[str, Any]:
    """An object schema with one field, which holds what another schema describes."""
    definitions = {name: schema[name] for name in _DEFINITIONS if name in schema}
    inner = {name: value for name, value in schema.items() if name not in definitions}
    outer: dict[str, Any] = {"title": title}
    if "description" in inner:
        outer["description"] = inner.pop("description")
    return {
        **outer,
        "type": "object",
        "properties": {WRAPPER_FIELD: inner},
        "required": [WRAPPER_FIELD],
        **definitions,
    }


def is_recursive(schema: Mapping[str, Any]) -> bool:
    """Whether a definition of the schema refers to itself, directly or by others."""
    references = {
        f"#/{group}/{name}": set(_references_in(definition))
        for group in _DEFINITIONS
        if isinstance(schema.get(group), Mapping)
        for name, definition in schema[group].items()
    }
    try:
        TopologicalSorter(references).prepare()
    except CycleError:
        return True
    return "#" in _references_in(schema)


def _references_in(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = [*value.values()]
    for nested in value if isinstance(value, list) else ():
        yield from _references_in(nested)


def schema_name(title: str) -> str:
    """The title of a schema as a name that OpenAI accepts, e.g. Box_int_ for Box[int]."""
    return safe_name(title, "schema")


def _find(schema: Mapping[str, Any], reference: str) -> Mapping[str, Any] | None:
    for name in _DEFINITIONS:
        prefix = f"#/{name}/"
        if reference.startswith(prefix):
            definitions = schema.get(name)
            key = reference.removeprefix(prefix)
            found = definitions.get(key) if isinstance(definitions, Mapping) else None
            return found if isinstance(found, Mapping) else None
    return None

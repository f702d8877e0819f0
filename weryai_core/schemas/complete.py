"""Parameters of tools as every upstream takes them: one object, with nothing left open.

OpenAI and Google refuse objects without `properties` and lists without `items`, Google required
fields that are not among the properties. OpenAI and Anthropic refuse a union at the root:

    {"type": "object",                             {"type": "object",
     "anyOf": [                                     "properties": {"id": {...}, "url": {...}},
       {"properties": {"id": {...}}, ...},    ->    "required": []}
       {"properties": {"url": {...}}, ...}]}

The tool itself checks what such a schema no longer says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from weryai_core.errors import InvalidRequestError
from weryai_core.schemas.clean import SCHEMA_LISTS, SCHEMAS, SCHEMAS_BY_NAME
from weryai_core.schemas.roots import (
    leads_anywhere,
    may_be_object,
    with_object_root,
    without_unused_definitions,
)
from weryai_core.wire import function_of, name_of

_UNIONS = ("anyOf", "oneOf")
# What upstreams refuse at the root.
_NOT_AT_ROOT = (*_UNIONS, "allOf", "enum", "const", "not")
_HOLD_SCHEMAS = frozenset((*SCHEMAS, *SCHEMA_LISTS, *SCHEMAS_BY_NAME))
_DEFINITIONS = ("$defs", "definitions")
_DEEPEST = 8  # unions in one another; a definition may refer to itself


def with_complete_tools(body: Mapping[str, Any]) -> dict[str, Any]:
    """A request whose tools' parameters are complete object schemas."""
    tools = body.get("tools")
    if not isinstance(tools, (list, tuple)):
        return dict(body)
    return {**body, "tools": [_with_complete_parameters(tool) for tool in tools]}


def check_tool_roots(body: Mapping[str, Any]) -> None:
    """Check that the parameters of each tool are an object, or do not say what they are.

    Raises:
        InvalidRequestError: Those of a tool are something else; the error names the tool.
    """
    tools = body.get("tools")
    for tool in tools if isinstance(tools, (list, tuple)) else ():
        parameters = function_of(tool).get("parameters")
        if not isinstance(parameters, Mapping) or is_object(parameters):
            continue
        kind = with_object_root(parameters).get("type")
        raise InvalidRequestError(
            f"The parameters of the tool {name_of(tool)!r} must be an object, not "
            f"{f'of type {kind!r}' if kind else 'a union'}. Put them into a class with one field."
        )


def is_object(schema: Mapping[str, Any], *, depth: int = 0) -> bool:
    """Whether a schema is of an object, or of one of several objects."""
    if may_be_object(schema):
        return True
    branches = [branch for branches in _unions_of(schema) for branch in branches]
    if not branches or depth > _DEEPEST:
        return False
    return all(is_object(branch, depth=depth + 1) for branch in branches)


def complete_parameters(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a tool as one object, with properties and items everywhere.

    Args:
        schema: A schema for which `is_object`. It is not changed.
    """
    root = _with_one_root(schema)
    if not schema.keys().isdisjoint(_NOT_AT_ROOT):
        root = without_unused_definitions(root)
    complete: dict[str, Any] = _completed(root, root)
    return complete


def _with_complete_parameters(tool: Any) -> Any:
    function = function_of(tool)
    parameters = function.get("parameters")
    if not isinstance(parameters, Mapping):
        return tool
    return {**tool, "function": {**function, "parameters": complete_parameters(parameters)}}


def _with_one_root(schema: Mapping[str, Any], depth: int = 0) -> Mapping[str, Any]:
    """The schema as one object, which has the properties of all its parts."""
    schema = with_object_root(schema)
    root = {name: value for name, value in schema.items() if name not in _NOT_AT_ROOT}
    properties, required = dict(_properties(schema)), [*_required(schema)]
    parts = schema.get("allOf") if depth <= _DEEPEST else None
    for part in parts if isinstance(parts, list) else ():
        whole = _with_one_root(_inside(schema, part), depth + 1)
        _merge(properties, _properties(whole))
        required += _required(whole)
    for branches in _unions_of(schema) if depth <= _DEEPEST else ():
        objects = [_with_one_root(branch, depth + 1) for branch in branches]
        for branch in objects:
            _merge(properties, _properties(branch))
        first, *others = (_required(branch) for branch in objects)
        required += [name for name in first if all(name in other for other in others)]
    root |= {"type": "object", "properties": properties}
    if required or "required" in root:
        root["required"] = list(dict.fromkeys(required))
    return root


def _unions_of(schema: Mapping[str, Any]) -> Iterator[list[Mapping[str, Any]]]:
    """The branches of each union at the root, with the definitions, without null."""
    for name in _UNIONS:
        branches = schema.get(name)
        if isinstance(branches, list):
            inside = [_inside(schema, branch) for branch in branches]
            if found := [branch for branch in inside if branch.get("type") != "null"]:
                yield found
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if isinstance(values, list) and values and all(isinstance(one, Mapping) for one in values):
        yield [_of_value(value) for value in values]


def _inside(schema: Mapping[str, Any], part: Any) -> Mapping[str, Any]:
    """A part of a schema, with the definitions that it refers to."""
    definitions = {name: schema[name] for name in _DEFINITIONS if name in schema}
    return {**definitions, **(part if isinstance(part, Mapping) else {})}


def _of_value(value: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of one object."""
    fields = {name: {"const": inner} for name, inner in value.items()}
    return {"type": "object", "properties": fields, "required": [*fields]}


def _merge(properties: dict[str, Any], others: Mapping[str, Any]) -> None:
    """Add properties to others. One that differs may be either."""
    for name, schema in others.items():
        before = properties.setdefault(name, schema)
        if before == schema:
            continue
        known = before.get("anyOf") if isinstance(before, Mapping) and len(before) == 1 else None
        branches = known if isinstance(known, list) else [before]
        if schema not in branches:
            properties[name] = {"anyOf": [*branches, schema]}


def _completed(schema: Any, root: Mapping[str, Any]) -> Any:
    if not isinstance(schema, dict):
        return schema
    complete = dict(schema)
    for name in _HOLD_SCHEMAS.intersection(schema):
        complete[name] = _completed_value(name, schema[name], root)
    if "$ref" in complete and not leads_anywhere(complete["$ref"], root):
        del complete["$ref"]  # a reference to nothing is refused
    kinds = schema.get("type")
    if kinds == "object" or (isinstance(kinds, list) and "object" in kinds):
        properties = complete.setdefault("properties", {})
        missing = [name for name in _required(schema) if name not in properties]
        if missing:
            complete["properties"] = {**{name: {} for name in missing}, **properties}
    if kinds == "array" or (isinstance(kinds, list) and "array" in kinds):
        complete.setdefault("items", {})
    return complete


def _completed_value(name: str, value: Any, root: Mapping[str, Any]) -> Any:
    if name in SCHEMAS:
        return _completed(value, root)
    if name in SCHEMA_LISTS:
        return [_completed(one, root) for one in value] if isinstance(value, list) else value
    if not isinstance(value, dict):
        return value
    return {key: _completed(one, root) for key, one in value.items()}


def _properties(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    properties = schema.get("properties")
    return properties if isinstance(properties, Mapping) else {}


def _required(schema: Mapping[str, Any]) -> list[str]:
    required = schema.get("required")
    return required if isinstance(required, list) else []

"""The root of a JSON schema. The API takes objects only, so that other roots need a wrapper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any
from urllib.parse import unquote

from weryai_core.identifiers.names import safe_name

WRAPPER_FIELD = "value"
"""The field of the object that is put around a list or a union."""

# Where pydantic 2 and pydantic 1 put the schemas that others refer to.
_DEFINITIONS = ("$defs", "definitions")
_UNIONS = ("anyOf", "oneOf")
# A schema with one of these and without a `type` describes something else than an object.
_OTHER_KINDS = (*_UNIONS, "enum", "const", "items", "prefixItems")
_NOTHING = object()
# Keywords that describe a schema, and do not restrict its values.
_ANNOTATIONS = frozenset(
    (
        *("title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"),
        *("$schema", "$id", "$comment", *_DEFINITIONS),
    )
)


def with_object_root(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema with an object at its root, where it has a reference to one, or an `allOf` of one.

    The definitions stay, because the object refers to itself by them. A reference stays where the
    keywords next to it contradict the object.
    """
    seen: set[str] = set()
    while True:
        rest = {name: value for name, value in schema.items() if name not in ("$ref", "allOf")}
        parts = schema.get("allOf")
        if "$ref" not in schema and isinstance(parts, list) and len(parts) == 1:
            target = parts[0]
        elif isinstance(reference := schema.get("$ref"), str) and reference not in seen:
            seen.add(reference)
            target = _find(schema, reference) if "allOf" not in schema else None
        else:
            return schema
        joined = join(target, rest) if isinstance(target, Mapping) else None
        if joined is None:
            return schema
        schema = joined


def join(inner: Mapping[str, Any], outer: Mapping[str, Any]) -> dict[str, Any] | None:
    """One schema for two that hold at the same time; None where they have no such schema.

    Properties of different names come together, and so do the required ones. The outer schema's
    title and description win.
    """
    joined = {**inner, **outer}
    for name in (inner.keys() & outer.keys()) - _ANNOTATIONS:
        one, other = inner[name], outer[name]
        if name == "properties" and isinstance(one, Mapping) and isinstance(other, Mapping):
            if any(one[field] != other[field] for field in one.keys() & other.keys()):
                return None
            joined[name] = {**one, **other}
        elif name == "required" and isinstance(one, list) and isinstance(other, list):
            joined[name] = list(dict.fromkeys((*one, *other)))
        elif one != other:
            return None
    return joined


def has_object_root(schema: Mapping[str, Any]) -> bool:
    """Whether answers to the schema are objects. A schema that does not say so counts as one."""
    kind = schema.get("type")
    if kind is None:
        return "properties" in schema or not any(name in schema for name in _OTHER_KINDS)
    return bool(kind == "object")


def may_be_object(schema: Mapping[str, Any]) -> bool:
    """Whether the schema is of an object, or of one or something else, such as null."""
    schema = with_object_root(schema)
    kind = schema.get("type")
    return has_object_root(schema) or (isinstance(kind, list) and "object" in kind)


def with_wrapper(schema: Mapping[str, Any], title: str) -> dict[str, Any]:
    """An object schema with one field, which holds what another schema describes."""
    schema = _moved(schema, f"#/properties/{WRAPPER_FIELD}")
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


def _moved(schema: Any, place: str) -> Any:
    """A schema that stands at another place, so that its references by path begin with that."""
    if isinstance(schema, list):
        return [_moved(entry, place) for entry in schema]
    if not isinstance(schema, Mapping):
        return schema
    moved = {name: _moved(value, place) for name, value in schema.items()}
    reference = schema.get("$ref")
    starts = tuple(f"#/{name}/" for name in _DEFINITIONS)
    if isinstance(reference, str) and reference.startswith("#") and reference[:2] in ("#", "#/"):
        is_definition = reference.startswith(starts)
        moved["$ref"] = reference if is_definition else place + reference.removeprefix("#")
    return moved


def leads_anywhere(reference: Any, root: Any) -> bool:
    """Whether a reference is to a place in the schema."""
    return isinstance(reference, str) and _target(reference, root) is not _NOTHING


def _target(reference: str, root: Any) -> Any:
    """The value at the place of a reference such as "#/$defs/Name"; `_NOTHING` if there is none."""
    if reference != "#" and not reference.startswith("#/"):
        return _NOTHING
    for key in reference.split("/")[1:]:
        name = unquote(key).replace("~1", "/").replace("~0", "~")
        if isinstance(root, list) and name.isdecimal() and int(name) < len(root):
            root = root[int(name)]
        elif isinstance(root, Mapping) and name in root:
            root = root[name]
        else:
            return _NOTHING
    return root


def has_all_definitions(schema: Mapping[str, Any]) -> bool:
    """Whether each reference of a schema to itself is to a place in it."""
    references = (one for one in _references_in(schema) if one.startswith("#"))
    return all(leads_anywhere(reference, schema) for reference in references)


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


def without_unused_definitions(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema without the definitions that neither it nor a definition in use refers to."""
    pointers = {
        f"#/{group}/{_escaped(name)}": (group, name)
        for group in _DEFINITIONS
        if isinstance(schema.get(group), Mapping)
        for name in schema[group]
    }
    used: set[tuple[str, str]] = set()
    waiting = [*_references_in({name: schema[name] for name in schema if name not in _DEFINITIONS})]
    while waiting:
        pointer = "/".join(waiting.pop().split("/")[:3])
        if pointer in pointers and pointers[pointer] not in used:
            group, name = pointers[pointer]
            used.add((group, name))
            waiting += _references_in(schema[group][name])
        elif pointer not in pointers and pointer.startswith(("#/$defs/", "#/definitions/")):
            return schema  # written in another way than the definition's name
    kept = dict(schema)
    for group in _DEFINITIONS:
        if isinstance(schema.get(group), Mapping):
            kept[group] = {
                name: value for name, value in schema[group].items() if (group, name) in used
            }
            if not kept[group]:
                del kept[group]
    return kept


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


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
    """The schema that a reference within another one leads to; None if that is all of it."""
    found = _target(reference, schema)
    return found if isinstance(found, Mapping) and found is not schema else None

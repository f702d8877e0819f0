"""JSON schemas of any origin in one form: what upstreams refuse, though it is clear what it means.

MCP servers, older drafts and other APIs write nulls for keywords that are not set, boolean schemas,
`"required": true` in a field, lists of `items`, Google's "STRING" and Python's "str".
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

# Keywords whose values are schemas by name, lists of schemas, and schemas.
SCHEMAS_BY_NAME = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
SCHEMA_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
SCHEMAS = (
    *("items", "additionalProperties", "contains", "propertyNames", "not", "if", "then", "else"),
    *("unevaluatedItems", "unevaluatedProperties"),
)

# Keywords for which null is a value.
_NULLABLE = ("default", "const", "example")
# What says something about the document, and not about its values. Google's API refuses it.
_ABOUT_DOCUMENT = ("$schema", "$id", "$comment", "$vocabulary")
_TYPES = {
    "object": ("dict", "map", "mapping", "struct"),
    "array": ("list", "tuple", "set"),
    "string": ("str", "text"),
    "number": ("float", "double", "decimal"),
    "integer": ("int", "long"),
    "boolean": ("bool",),
    "null": ("none",),
}
# What programs write as `type` -> the name in JSON schema; None for any type.
_KNOWN_TYPES: dict[str, str | None] = {
    name: kind for kind, others in _TYPES.items() for name in (kind, *others)
} | dict.fromkeys(("", "any", "type_unspecified"))


# Keywords that `is_clean` looks at; with others it looks for null only.
_BY_NAME = frozenset(SCHEMAS_BY_NAME)
_LISTS = frozenset(SCHEMA_LISTS)
_SCHEMAS = frozenset(SCHEMAS)
_LOOKED_AT = frozenset(
    ("type", "required", "enum", "exclusiveMinimum", "exclusiveMaximum", *_ABOUT_DOCUMENT)
)


def is_clean(schema: Any) -> bool:
    """Whether `clean_schema` would change nothing: a quick answer for what pydantic wrote."""
    if type(schema) is not dict:
        return False
    for name, value in schema.items():
        if name in _BY_NAME:
            if type(value) is not dict or not all(map(is_clean, value.values())):
                return False
        elif name in _LISTS:
            if type(value) is not list or not value or not all(map(is_clean, value)):
                return False
        elif name in _SCHEMAS:
            if value is not False and value is not True and not is_clean(value):
                return False
            if name == "items" and type(value) is not dict:
                return False
        elif name in _LOOKED_AT:
            if not _is_clean_value(name, value):
                return False
        elif (value is None and name not in _NULLABLE) or not _is_json(value):
            return False
    return True


def _is_clean_value(name: str, value: Any) -> bool:
    if name == "type":
        return value in _TYPES if type(value) is str else value == (_clean_type(value) or "")
    if name == "required":
        return type(value) is list and all(type(field) is str for field in value)
    if name == "enum":
        return type(value) is list and bool(value)
    return name not in _ABOUT_DOCUMENT and type(value) is not bool


def clean_schema(schema: Any) -> Any:
    """A schema in the form of JSON schema's newest draft. The argument is not changed.

    Args:
        schema: The schema. True is the schema of any value, and the name of a type that of its
            values. What is no schema is returned as it is.
    """
    if schema is True:
        return {}
    if not isinstance(schema, Mapping):
        kind = _clean_type(schema)
        return {"type": kind} if isinstance(schema, str) and kind in _TYPES else schema
    clean: dict[str, Any] = {}
    for name, value in schema.items():
        if name in _NULLABLE:
            if _is_json(value):
                clean[name] = value
        elif name not in _ABOUT_DOCUMENT:
            cleaned = _clean_value(name, value)
            if cleaned is not None:
                clean[name] = cleaned
    _set_required(clean, schema)
    _set_limits(clean)
    return clean


def _clean_value(name: str, value: Any) -> Any:
    """The value of a keyword; None to leave the keyword out."""
    if name in SCHEMAS_BY_NAME:
        if not isinstance(value, Mapping):
            return None
        # A field that must not be there is not offered.
        return {key: clean_schema(one) for key, one in value.items() if one not in (None, False)}
    if name in SCHEMA_LISTS or (name == "items" and isinstance(value, (list, tuple))):
        if not isinstance(value, (list, tuple)):
            return None
        return [clean_schema(one) for one in value if one not in (None, False)] or None
    if name in SCHEMAS:
        # `additionalProperties` and others may be true as well.
        is_kept = value is None or (isinstance(value, bool) and name != "items")
        return value if is_kept else clean_schema(value)
    if name == "type":
        return _clean_type(value)
    if name == "enum":
        return value if isinstance(value, (list, tuple)) and value else None
    return value if _is_json(value) else None


def _is_json(value: Any) -> bool:
    """Whether JSON has the value: it has no NaN and no infinite number.

    Such a limit excludes nothing, and such a default says nothing to a model.
    """
    if type(value) is float:
        return isfinite(value)
    if isinstance(value, Mapping):
        return all(map(_is_json, value.values()))
    return not isinstance(value, (list, tuple)) or all(map(_is_json, value))


def _clean_type(kind: Any) -> Any:
    if isinstance(kind, (list, tuple)):
        entries = ("null" if entry is None else _clean_type(entry) for entry in kind)
        kinds = list(dict.fromkeys(entry for entry in entries if isinstance(entry, str)))
        return kinds[0] if len(kinds) == 1 else kinds or None
    return _KNOWN_TYPES.get(kind.strip().lower(), kind) if isinstance(kind, str) else None


def _set_required(clean: dict[str, Any], schema: Mapping[str, Any]) -> None:
    """List the required fields: those of `required`, and those that say so themselves."""
    given = schema.get("required")
    names = [name for name in given if isinstance(name, str)] if isinstance(given, list) else []
    fields = schema.get("properties")
    for name, field in fields.items() if isinstance(fields, Mapping) else ():
        if isinstance(field, Mapping) and field.get("required") is True:
            names.append(name)
    if names or isinstance(given, list):
        clean["required"] = list(dict.fromkeys(names))
    else:
        clean.pop("required", None)


def _set_limits(clean: dict[str, Any]) -> None:
    """Write the limits and the lists of older drafts as the newest one does."""
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(clean.get(exclusive), bool):
            is_exclusive = clean.pop(exclusive)
            if is_exclusive and limit in clean:
                clean[exclusive] = clean.pop(limit)
    if isinstance(clean.get("items"), list):
        clean["prefixItems"] = clean.pop("items")
        clean.pop("additionalItems", None)

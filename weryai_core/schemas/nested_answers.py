"""Answers within answers: the objects in the fields, lists and maps of an answer to a schema.

Models put around an object in a list what they put around a whole answer, such as the name of its
class. `unwrap` takes such objects out. `check_instance` and `check_value` refuse objects that hold
something, and no field of their schema: a class whose fields all have defaults would take them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import RootModel

from weryai_core.schemas.answers import ERRORS, AnswerShape, names_of_field, normalized, to_shape
from weryai_core.schemas.roots import WRAPPER_FIELD, with_object_root

Schema = Mapping[str, Any]

_DEFINITIONS = ("$defs", "definitions")
_MAX_DEPTH = 32  # of objects and lists in one another


def unwrap(shape: AnswerShape, value: Any) -> Any:
    """The answer in what a model wrote, as `AnswerShape.find`, and the answers within it."""
    return _inside(shape.find(value), _root_of(shape), shape.schema, is_root=not shape.is_wrapped)


def check_value(shape: AnswerShape, value: Any) -> None:
    """Refuse an answer with an object that holds no field of its schema.

    Raises:
        ValueError: It has such an object within it; the message has its place.
    """
    _check_inside(value, _root_of(shape), shape.schema, "", is_root=not shape.is_wrapped)


def check_instance(value: Any, instance: Any, place: str = "") -> None:
    """`check_value` by the objects that classes made of an answer.

    Args:
        value: The answer.
        instance: What was made of it.
        place: Where it stands in the whole answer; "" for the whole one, which is not checked.
    """
    if isinstance(instance, RootModel):
        check_instance(value, instance.root, place)
    elif isinstance(instance, (list, tuple)) and isinstance(value, list):
        if len(instance) == len(value):
            for number, (inner, made) in enumerate(zip(value, instance, strict=True)):
                check_instance(inner, made, _join(place, number))
    elif isinstance(instance, Mapping) and isinstance(value, Mapping):
        if place and value and not instance:
            raise ValueError(f"{place}: it has none of the fields of the schema")
        for key in value.keys() & instance.keys():
            check_instance(value[key], instance[key], _join(place, key))
    elif isinstance(value, Mapping):
        _check_object(value, instance, place)


def taken_by(instance: Any) -> Collection[str] | None:
    """The fields that a pydantic object took from an answer; None for other instances."""
    if isinstance(instance, RootModel):
        return taken_by(instance.root)
    fields = _fields_of(instance)
    if fields is None:
        return None
    kind = type(instance)
    is_new = hasattr(kind, "model_fields_set")
    taken: set[str] = instance.model_fields_set if is_new else instance.__fields_set__
    return taken & fields.keys()


def _fields_of(instance: Any) -> Mapping[str, Any] | None:
    """The fields of a pydantic object, of version 2 or 1; None for other instances."""
    kind = type(instance)
    for set_name, fields_name in (
        ("model_fields_set", "model_fields"),
        ("__fields_set__", "__fields__"),  # pydantic 1
    ):
        if hasattr(kind, fields_name) and hasattr(kind, set_name):
            fields: Mapping[str, Any] = getattr(kind, fields_name)
            return fields
    return None


def _check_object(value: Mapping[str, Any], instance: Any, place: str) -> None:
    fields = _fields_of(instance)
    if fields is None:
        return
    is_missed = fields and not taken_by(instance) and not getattr(instance, "model_extra", None)
    if place and value and is_missed:
        raise ValueError(f"{place}: it has none of the fields of {type(instance).__name__}")
    for field_name, field in fields.items():
        for name in names_of_field(field_name, field):
            if name in value and not _has_validators(type(instance), field_name, field):
                made = getattr(instance, field_name, None)
                check_instance(value[name], made, _join(place, name))
                break


def _has_validators(kind: Any, name: str, field: Any) -> bool:
    """Whether a class decides itself what it makes of a field, such as a default of anything."""
    if any(hasattr(one, "func") for one in getattr(field, "metadata", ())):
        return True
    decorators = getattr(kind, "__pydantic_decorators__", None)
    validators = getattr(decorators, "field_validators", {}).values()
    return any({name, "*"} & {*one.info.fields} for one in validators)


def _check_inside(value: Any, schema: Any, root: Schema, place: str, *, is_root: bool) -> None:
    if len(place.split(".")) > _MAX_DEPTH:
        return
    schema = _chosen(value, _resolved(schema, root), root)
    if isinstance(value, list):
        for number, inner in enumerate(value):
            part = _item(schema, number)
            _check_inside(inner, part, root, _join(place, number), is_root=False)
        return
    properties = _properties(schema)
    if not isinstance(value, Mapping):
        return
    other = schema.get("additionalProperties")
    is_missed = properties and properties.keys().isdisjoint(value) and not other
    if value and is_missed and not is_root:
        title = schema.get("title") or "the schema"
        raise ValueError(f"{place}: it has none of the fields of {title}")
    for key in value.keys() if other else value.keys() & properties.keys():
        part = properties.get(key, other)
        _check_inside(value[key], part, root, _join(place, key), is_root=False)


def _inside(value: Any, schema: Any, root: Schema, depth: int = 0, *, is_root: bool = False) -> Any:
    """A value with what the wrappers within it hold."""
    if depth > _MAX_DEPTH or not isinstance(value, (list, Mapping)):
        return value
    schema = _resolved(schema, root)
    value = _without_option_name(value, schema, root)
    schema = _chosen(value, schema, root)
    if isinstance(value, list):
        return [
            _inside(inner, _item(schema, number), root, depth + 1)
            for number, inner in enumerate(value)
        ]
    properties = _properties(schema)
    if not isinstance(value, Mapping):
        return value
    title = schema.get("title")
    is_call = title is not None and normalized(value.get("name")) == normalized(title)
    takes_others = schema.get("additionalProperties", False) is not False
    is_wrapper = is_call or properties.keys().isdisjoint(value)
    if properties and not takes_others and not is_root and is_wrapper:
        definitions = {name: root[name] for name in _DEFINITIONS if name in root}
        found = to_shape({**definitions, **schema}).find(value)
        value = _only_object(value, [schema]) if found is value else found
    other = schema.get("additionalProperties")
    return {
        key: _inside(inner, properties.get(key, other), root, depth + 1)
        for key, inner in value.items()
    }


def _without_option_name(value: Any, schema: Schema, root: Schema) -> Any:
    """What the name of one of several schemas holds: `{"Company": {...}}`."""
    options = _options(schema, root)
    if len(options) < 2 or not isinstance(value, Mapping) or len(value) != 1:
        return value
    [(key, inner)] = value.items()
    if not isinstance(inner, Mapping) or any(key in _properties(option) for option in options):
        return value
    titles = [normalized(option.get("title")) for option in options if _properties(option)]
    return inner if titles.count(normalized(key)) == 1 else _only_object(value, options)


def _only_object(value: Mapping[str, Any], schemas: Sequence[Schema]) -> Any:
    """The only field's object if it has fields of one of the schemas alone; else the value.

    Schemas may lack the title that a model puts around the object.
    """
    [(key, inner), *more] = value.items() or [(None, None)]
    if more or key in ERRORS or not isinstance(inner, Mapping) or not inner:
        return value
    fits = any(inner.keys() <= _properties(schema).keys() for schema in schemas)
    return inner if fits else value


def _chosen(value: Any, schema: Schema, root: Schema) -> Schema:
    """The schema of a value, where one of several may hold; empty if that is not certain."""
    options = _options(schema, root)
    if not options:
        return schema
    if len(options) == 1:
        return options[0]
    if isinstance(value, list):
        fitting = [option for option in options if option.get("type") == "array"]
    elif isinstance(value, Mapping):
        fitting = [one for one in options if not _properties(one).keys().isdisjoint(value)]
    else:
        fitting = []
    return fitting[0] if len(fitting) == 1 else {}


def _options(schema: Schema, root: Schema) -> Sequence[Schema]:
    """The schemas one of which holds, without that of null; empty if there is no choice."""
    for word in ("anyOf", "oneOf"):
        given = schema.get(word)
        if isinstance(given, list):
            found = [_resolved(option, root) for option in given]
            return [option for option in found if option.get("type") != "null"]
    return ()


def _resolved(schema: Any, root: Schema) -> Schema:
    """A schema with what its reference leads to."""
    if not isinstance(schema, Mapping):
        return {}
    if "$ref" not in schema and "allOf" not in schema:
        return schema
    definitions = {name: root[name] for name in _DEFINITIONS if name in root}
    return with_object_root({**definitions, **schema})


def _item(schema: Schema, number: int) -> Any:
    """The schema of an item of a list."""
    first = schema.get("prefixItems")
    if isinstance(first, list) and number < len(first):
        return first[number]
    return schema.get("items")


def _properties(schema: Schema) -> Schema:
    found = schema.get("properties")
    return found if isinstance(found, Mapping) else {}


def _root_of(shape: AnswerShape) -> Any:
    return shape.schema["properties"][WRAPPER_FIELD] if shape.is_wrapped else shape.schema


def _join(place: str, step: object) -> str:
    return f"{place}.{step}" if place else str(step)

"""What an answer to a schema looks like: the names it may hold, and what models put around it.

Models wrap an answer in the name of the schema, in `arguments`, `parameters` or `properties`, write
a whole tool call, or name it as they like. `AnswerShape.find` takes the answer out where that is
beyond doubt. An answer that holds none of the schema's fields, such as `{"error": "..."}`, is
refused by `check`: a class whose fields all have defaults would take it. `{}` stays an answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import RootModel

from weryai_core.json_text import parse_arguments
from weryai_core.schemas.roots import WRAPPER_FIELD, has_object_root, with_object_root, with_wrapper

# What holds an answer in the call of a tool, or in a repeated schema.
_WRAPPERS = frozenset(
    (
        *("arguments", "args", "parameters", "input", "properties"),
        *("function", "function_call", "tool_call", "tool_input", "action_input"),
    )
)
# What such an object has next to it.
_COMPANIONS = frozenset(
    (
        *("name", "type", "id", "title", "description", "required"),
        *("$schema", "$defs", "additionalProperties", "strict", "tool", "action"),
    )
)
_CALL_TYPES = frozenset(("object", "function", "tool_use", "tool_call"))
ERRORS = frozenset(("error", "errors"))
"""Names of fields that hold no answer."""

_JSON_TYPES = frozenset(("object", "array", "string", "number", "integer", "boolean", "null"))
_MAX_DEPTH = 4  # wrappers in one another
_MAX_NAMED = 8  # fields that an error lists


@dataclass(frozen=True, slots=True)
class AnswerShape:
    """The form of the answers to one schema.

    Attributes:
        name: The schema's title.
        schema: The schema to send, which has an object at its root.
        names: The fields that an answer may have at its root, by every name; empty if any name may.
        required: Those that it must have.
        is_wrapped: Whether `schema` is a wrapper of ours, because the given one is no object.
        other_names: Further names that models put around an answer, in the form of `normalized`.
    """

    name: str
    schema: Mapping[str, Any]
    names: frozenset[str]
    required: frozenset[str]
    is_wrapped: bool = False
    other_names: frozenset[str] = frozenset()

    def find(self, value: Any) -> Any:
        """The answer in what a model wrote: the value itself, or what its wrappers hold."""
        for _ in range(_MAX_DEPTH):
            inner = self._unwrapped(value)
            if inner is None:
                break
            value = inner
        return self._without_our_wrapper(value) if self.is_wrapped else value

    def check(self, value: Any, taken: Collection[str] | None = None) -> None:
        """Refuse an answer that holds something, and none of the schema's fields.

        Args:
            value: The answer.
            taken: The fields that a class took from it; by default those that the schema has.

        Raises:
            ValueError: It holds none of them, or repeats the schema, which may have a `title`.
        """
        if taken is None and self.is_wrapped:
            if self._is_of_list and not isinstance(value, list):
                raise ValueError("it is not a JSON list")
            return
        if taken is None and not isinstance(value, Mapping):
            raise ValueError("it is not a JSON object")
        if not isinstance(value, Mapping) or not value or not self.names:
            return
        known = self._known(value) if taken is None else taken
        if known and self._repeats_schema(value):
            raise ValueError(f"it repeats the schema of {self.name}")
        if not known:
            listed = self._listed(self.names - value.keys())
            raise ValueError(f"it has none of the fields of {self.name}{listed}")

    def has_begun(self, value: Any) -> bool:
        """Whether a growing answer may be shown: it holds nothing yet, or some of the schema."""
        if self.is_wrapped:
            return isinstance(value, list) if self._is_of_list else value is not None
        if not isinstance(value, Mapping):
            return False
        return not value or not self.names or bool(self._known(value))

    def may_be_wrapped(self, field: str, value: str) -> bool:
        """Whether an object may be a wrapper, by its first field and the start of that one's value.

        Args:
            field: The name, which is none of the schema's.
            value: The JSON of the value, at least its first character.
        """
        if self.is_wrapped or field in _COMPANIONS or self._is_wrapper(field):
            return True
        return value.startswith("{")

    def _repeats_schema(self, value: Mapping[str, Any]) -> bool:
        """Whether an answer describes the fields. It may have a `title` by accident."""
        fields = value.get("properties")
        if "properties" in self.names or not isinstance(fields, Mapping):
            return False
        return value.get("type") == "object" and _describes_fields(fields)

    def _listed(self, names: Collection[str]) -> str:
        """The names that an answer may have; not those that a class does not take."""
        if self.is_wrapped or not names:
            return ""
        known = sorted(names)
        more = ", ..." if len(known) > _MAX_NAMED else ""
        return f", which are {', '.join(known[:_MAX_NAMED])}{more}"

    def _known(self, value: Mapping[str, Any]) -> frozenset[str]:
        return self.names & value.keys()

    def _unwrapped(self, value: Any) -> Mapping[str, Any] | None:
        """What the value's wrapper holds; None if the value is no wrapper."""
        if not self.names or not isinstance(value, Mapping):
            return None
        if len(value) == 1 and self._holds_all_of_it(value):
            [complete] = value.values()
            return complete if isinstance(complete, Mapping) else None
        wrappers = [key for key in value if self._is_wrapper(key)]
        if len(wrappers) != 1 or not value.keys() - wrappers <= _COMPANIONS:
            return None
        inner = value[wrappers[0]]
        if isinstance(inner, str):
            inner = parse_arguments(inner)
        if not isinstance(inner, Mapping) or _describes_fields(inner):
            return None
        if not self._known(value):
            return inner
        # Fields of the schema may have the names of companions.
        is_call = normalized(value.get("name")) == normalized(self.name)
        is_more = self.required <= inner.keys() and not self.required <= value.keys()
        return inner if self._known(inner) and (is_call or is_more) else None

    def _holds_all_of_it(self, value: Mapping[str, Any]) -> bool:
        """Whether the only field, of any name but an error's, is a complete answer."""
        [(key, inner)] = value.items()
        return (
            isinstance(inner, Mapping)
            and key not in self.names | ERRORS
            and bool(self.required)
            and self.required <= inner.keys() <= self.names
        )

    def _is_wrapper(self, key: Any) -> bool:
        if key in self.names:
            return False
        name = normalized(key)
        return key in _WRAPPERS or name == normalized(self.name) or name in self.other_names

    def _without_our_wrapper(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        if value.keys() == {WRAPPER_FIELD}:
            return value[WRAPPER_FIELD]
        if len(value) == 1 and self.other_names.issuperset(value):
            return next(iter(value.values()))
        if len(value) == 1 and self._is_of_list:
            # Models name a list after what it holds.
            [only] = value.values()
            return only if isinstance(only, list) else value
        return value

    @property
    def _is_of_list(self) -> bool:
        inner: Mapping[str, Any] = self.schema["properties"][WRAPPER_FIELD]
        return inner.get("type") == "array"


def to_shape(
    schema: Mapping[str, Any],
    *,
    name: str | None = None,
    names: Iterable[str] = (),
    other_names: Iterable[str] = (),
) -> AnswerShape:
    """The form of the answers to a schema.

    Args:
        schema: The schema.
        name: Its name; by default its title.
        names: Further names that answers may use for the schema's fields.
        other_names: Names that answers may have around them, in lower case.
    """
    name = str(name or schema.get("title") or "answer")
    others = _names_around(schema).union(other_names)
    schema = with_object_root(schema)
    if not has_object_root(schema):
        known = frozenset((WRAPPER_FIELD,))
        wrapper = with_wrapper(schema, name)
        return AnswerShape(name, wrapper, known, known, is_wrapped=True, other_names=others)
    properties = schema.get("properties")
    declared = frozenset(properties if isinstance(properties, Mapping) else ())
    required = schema.get("required")
    return AnswerShape(
        name,
        schema,
        names=declared | frozenset(names),
        required=frozenset(required if isinstance(required, (list, tuple)) else ()),
        other_names=others,
    )


def _names_around(schema: Mapping[str, Any]) -> frozenset[str]:
    """The names of what the root of a schema refers to, and of pydantic's field for a root."""
    reference = schema.get("$ref")
    names = {normalized(reference.split("/")[-1])} if isinstance(reference, str) else set()
    return frozenset({*names, "root"} if names else names)


def may_begin_call(name: str, field: str, value: str, *, is_whole: bool = True) -> bool:
    """Whether an object's first field may begin a call of a schema, and not an answer to it.

    Args:
        name: The schema's name.
        field: The name of the field.
        value: Its value, which is a text.
        is_whole: Whether that is the whole text, or the beginning of one.
    """
    wanted: Collection[str] = ()
    if field == "type":
        wanted = _CALL_TYPES
    elif field in ("name", "title", "tool", "action"):
        wanted, value = [normalized(name)], normalized(value)
    return value in wanted if is_whole else any(one.startswith(value) for one in wanted)


def names_of_class(python_class: Any) -> frozenset[str]:
    """The names by which answers may give the fields of a pydantic class, of version 2 or 1."""
    if isinstance(python_class, type) and issubclass(python_class, RootModel):
        return frozenset()  # what it holds has names of its own
    fields = getattr(python_class, "model_fields", None)
    if fields is None:
        fields = getattr(python_class, "__fields__", {})
    return frozenset(
        name for field_name, field in fields.items() for name in names_of_field(field_name, field)
    ) - {"__root__"}  # of pydantic 1


def names_of_field(field_name: str, field: Any) -> Iterable[str]:
    """The names of a field. A path of names begins with the one at the answer's root."""
    yield field_name
    alias = getattr(field, "validation_alias", None) or getattr(field, "alias", None)
    for choice in getattr(alias, "choices", None) or [alias]:
        first = (getattr(choice, "path", None) or [choice])[0]
        if isinstance(first, str):
            yield first


def _describes_fields(value: Mapping[str, Any]) -> bool:
    """Whether these are the fields of a schema, which some models repeat, and not their values."""
    return bool(value) and all(
        isinstance(field, Mapping)
        and (_is_json_type(field.get("type")) or not field.keys().isdisjoint(("anyOf", "$ref")))
        for field in value.values()
    )


def _is_json_type(kind: Any) -> bool:
    kinds = kind if isinstance(kind, list) else [kind]
    return bool(kinds) and all(isinstance(one, str) and one in _JSON_TYPES for one in kinds)


def normalized(name: Any) -> str:
    """A name as far as it counts: letters and digits, in lower case."""
    return "".join(filter(str.isalnum, str(name))).lower()

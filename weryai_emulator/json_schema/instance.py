"""An instance of a JSON schema, filled with the values that a prompt names.

In go a schema and the values of a prompt. The builder walks the schema from the root: it follows
references, chooses a branch, and fills each property with a value of its kind: one that the prompt
has (`prompt_values`, `kinds`, `numbers`, `lists`), else an invented one. What a schema demands of a
value comes first: its format, its pattern, its bounds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from weryai_emulator.json_schema.branches import choose_branch, choose_value
from weryai_emulator.json_schema.lists import listed_texts, split_parts
from weryai_emulator.json_schema.numbers import (
    has_number,
    into_range,
    invented_number,
    take_number,
)
from weryai_emulator.json_schema.prompt_values import PromptValues
from weryai_emulator.json_schema.strings import (
    Property,
    fill_string,
    has_value,
    is_persons_name,
    singular,
)
from weryai_emulator.json_text import JsonObject
from weryai_emulator.text import name_words, word_set

# A schema may contain itself: below this depth only required properties are built, and below
# twice this depth none.
_MAX_DEPTH = 4

# Arrays of these have one text, the prompt.
_WHOLE_TEXTS = word_set("queries query questions question inputs input messages prompts texts")

_NOTHING: Mapping[str, Any] = {}


def build_instance(schema: JsonObject, prompt: PromptValues, *, answer: str | None = None) -> Any:
    """Return a value that is valid under the schema.

    Args:
        schema: A JSON schema; references must be local (`#/...`).
        prompt: The values that the prompt names; see `values_for`. The schema's properties use
            them up in their order.
        answer: The answer in words, for properties that ask for one.
    """
    return _Builder(schema, prompt, answer).value("", schema, 0)


def values_for(schema: Any, text: str) -> PromptValues:
    """Return the values that a prompt names for a schema.

    The values of the schema's enums are not among them: the properties with the enums look for
    those themselves.
    """
    return PromptValues(text, _enum_values(schema))


class _Builder:
    def __init__(self, root: JsonObject, prompt: PromptValues, answer: str | None) -> None:
        self._root = root
        self._prompt = prompt
        self._answer = answer

    def value(
        self,
        name: str,
        schema: Any,
        depth: int,
        index: int | None = None,
        owner: str = "",
        siblings: Mapping[str, Any] = _NOTHING,
        *,
        is_item: bool = False,
    ) -> Any:
        """Return a value for a property.

        Args:
            name: The property's name; for the items of an array, that of the array.
            schema: Its schema.
            depth: How many schemas are around it.
            index: Its position in an array, or that of the object around it.
            owner: What the object around it is called.
            siblings: What is built already of that object.
            is_item: Whether it is an item of an array.
        """
        schema = self._choose(name, self._resolve(schema), depth)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return choose_value(schema["enum"], self._prompt, index or 0)
        match _type_of(schema):
            case "object":
                return self._object(name, schema, depth, index)
            case "array":
                return self._array(name, schema, depth, owner)
            case "integer" | "number" as kind:
                return self._number(name, schema, index, whole=kind == "integer")
            case "boolean":
                return self._boolean(name, schema)
            case "null":
                return None
            case _:
                wanted = Property(name, schema, owner, index, siblings, is_item)
                return fill_string(wanted, self._prompt, answer=self._answer)

    def _resolve(self, schema: Any) -> JsonObject:
        """Return the schema with its reference followed and its `allOf` merged."""
        if not isinstance(schema, dict):
            return {}
        for _ in range(_MAX_DEPTH * 2):
            reference = schema.get("$ref")
            if not isinstance(reference, str):
                break
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            schema = {**self._look_up(reference), **rest}
        merged = dict(schema)
        for part in merged.pop("allOf", ()):
            merged = _merge(merged, self._resolve(part))
        return merged

    def _look_up(self, reference: str) -> JsonObject:
        found: Any = self._root
        for step in reference.lstrip("#/").split("/") if reference != "#" else ():
            step = step.replace("~1", "/").replace("~0", "~")
            found = found.get(step, {}) if isinstance(found, dict) else {}
        return found if isinstance(found, dict) else {}

    def _choose(self, name: str, schema: JsonObject, depth: int) -> JsonObject:
        """Return one branch of `anyOf` or `oneOf`; null if the prompt declines the value."""
        branches = schema.get("anyOf") or schema.get("oneOf")
        if not branches:
            return schema
        resolved = [self._resolve(branch) for branch in branches]
        nullable = [branch for branch in resolved if _type_of(branch) == "null"]
        if nullable and (depth > _MAX_DEPTH or (name and self._prompt.declines(name))):
            return nullable[0]
        shared = {
            key: value
            for key, value in schema.items()
            if key in ("title", "description", "properties", "required")
        }
        others = [branch for branch in resolved if _type_of(branch) != "null"]
        branch = choose_branch(others, self._prompt) if others else resolved[0]
        return {**shared, **self._choose(name, branch, depth)}

    def _object(self, name: str, schema: JsonObject, depth: int, index: int | None) -> JsonObject:
        if depth > _MAX_DEPTH * 2:
            return {}
        owner = str(schema.get("title") or (name if index is None else singular(name)))
        required = schema.get("required") or ()
        properties = schema.get("properties") or {}
        built: JsonObject = {}
        for key, sub in properties.items():
            if key in required or (depth < _MAX_DEPTH and self._is_wanted(key, sub, owner)):
                built[key] = self.value(key, sub, depth + 1, index, owner, built)
        for key in required:
            if key not in built:
                built[key] = self.value(key, {}, depth + 1, index, owner, built)
        # A dictionary that must not be empty.
        more = schema.get("additionalProperties")
        for number in range(len(built), int(schema.get("minProperties") or 0)):
            key = f"{singular(name) or 'key'}_{number + 1}"
            built[key] = self.value(name, more if isinstance(more, dict) else {}, depth + 1, number)
        return built

    def _is_wanted(self, name: str, schema: Any, owner: str) -> bool:
        """Return whether the prompt names an optional property or a value for it."""
        if self._prompt.declines(name):
            return False
        resolved = self._choose(name, self._resolve(schema), 0)
        if "enum" in resolved:
            return self._prompt.one_of(resolved["enum"]) is not None
        if self._prompt.mentions(name):
            return True
        match _type_of(resolved):
            case "string":
                return has_value(Property(name, resolved, owner), self._prompt)
            case "integer" | "number":
                return has_number(name, self._prompt.numbers)
            case _:
                return False

    def _array(self, name: str, schema: JsonObject, depth: int, owner: str) -> list[Any]:
        fixed = schema.get("prefixItems") or ()
        built = [self.value(name, item, depth + 1, i, owner) for i, item in enumerate(fixed)]
        items = schema.get("items")
        if fixed and not isinstance(items, dict):
            return built
        least = int(schema.get("minItems") or 0)
        most = int(schema.get("maxItems", 1 << 16))
        resolved = self._choose("", self._resolve(items), 0)
        if depth > _MAX_DEPTH:
            more = self._items(name, items, range(least - len(built)), depth, owner)
        elif _type_of(resolved) == "object" and "enum" not in resolved:
            more = self._objects(name, items, resolved, least, depth, owner)
        else:
            count = max(least, min(self._count(name, resolved), most)) - len(built)
            more = self._items(name, items, range(count), depth, owner)
        built = [*built, *more][:most]
        return (
            self._unique(built, name, items, least, owner) if schema.get("uniqueItems") else built
        )

    def _items(self, name: str, schema: Any, numbers: range, depth: int, owner: str) -> list[Any]:
        resolved = self._choose("", self._resolve(schema), 0)
        texts: list[str] = []
        if _type_of(resolved) == "string" and not {"const", "enum", "format"} & resolved.keys():
            texts = [*listed_texts(name, self._prompt)]
        built: list[Any] = []
        for number in numbers:
            if number < len(texts):
                only = PromptValues(texts[number])
                only.quoted = [texts[number]]
                built.append(fill_string(Property("", resolved), only))
            else:
                built.append(self.value(name, schema, depth + 1, number, owner, is_item=True))
        return built

    def _objects(
        self, name: str, schema: Any, resolved: JsonObject, least: int, depth: int, owner: str
    ) -> list[Any]:
        """Return objects: one for each part of the prompt that describes one, else two."""
        whole, built = self._prompt, list[Any]()
        for part in split_parts(whole.text):
            values = PromptValues(part, _enum_values(self._root))
            if self._describes(
                values, resolved, owner=str(resolved.get("title") or singular(name))
            ):
                self._prompt = values
                built.append(self.value(name, schema, depth + 1, len(built), owner))
        self._prompt = whole
        count = max(least, len(built) or 2)
        rest = range(len(built), count)
        return [*built, *(self.value(name, schema, depth + 1, i, owner) for i in rest)]

    def _describes(self, values: PromptValues, schema: JsonObject, *, owner: str) -> bool:
        """Return whether a part of the prompt has what tells one object from another.

        That is the name of a person, or most of the numbers and dates of an object.
        """
        found: list[bool] = []
        for name, sub in (schema.get("properties") or {}).items():
            resolved = self._choose(name, self._resolve(sub), 0)
            kind = _type_of(resolved)
            if kind in ("integer", "number"):
                found.append(len(values.numbers) > found.count(True))
            elif resolved.get("format") in ("date", "date-time"):
                found.append(bool(values.moments))
            elif kind == "string" and is_persons_name(Property(name, resolved, owner)):
                if values.people:
                    return True
                found.append(False)
        return sum(found) * 2 > len(found)

    def _count(self, name: str, items: JsonObject) -> int:
        """Return how many items of an array the prompt names."""
        match _type_of(items):
            case "integer" | "number":
                return max(1, len(self._prompt.numbers))
            case "string" if "enum" not in items:
                texts = len(listed_texts(name, self._prompt))
                return texts or (2 if name and not {*name_words(name)} & _WHOLE_TEXTS else 1)
            case _:
                return 1

    def _unique(self, built: list[Any], name: str, items: Any, least: int, owner: str) -> list[Any]:
        kept: list[Any] = []
        for value in built:
            if value not in kept:
                kept.append(value)
        for index in range(1, 100):
            if len(kept) >= least:
                break
            value = self.value(name, items, 1, index, owner)
            if value not in kept:
                kept.append(value)
        return kept

    def _number(self, name: str, schema: JsonObject, index: int | None, *, whole: bool) -> float:
        given = self._prompt.given(name) if name else None
        number = _to_number(given)
        if number is None:
            number = take_number(name, schema, self._prompt.numbers, whole=whole)
        if number is None:
            number = invented_number(name, schema, index or 0)
        return into_range(number, schema, whole=whole)

    def _boolean(self, name: str, schema: JsonObject) -> bool:
        given = self._prompt.given(name) if name else None
        if given is not None:
            return given.lower() in ("true", "yes", "on", "1")
        if name and self._prompt.denies(name):
            return False
        default = schema.get("default")
        return default if isinstance(default, bool) else True


def _enum_values(schema: Any) -> frozenset[str]:
    """Return the strings in a schema's enums and constants, in lower case."""
    if isinstance(schema, list):
        return frozenset[str]().union(*map(_enum_values, schema))
    if not isinstance(schema, dict):
        return frozenset()
    enum = schema.get("enum")
    values = [*(enum if isinstance(enum, list) else ()), schema.get("const")]
    named = frozenset(value.lower() for value in values if isinstance(value, str))
    return named.union(*map(_enum_values, schema.values()))


def _type_of(schema: JsonObject) -> str:
    named = schema.get("type")
    if isinstance(named, list):
        named = next((kind for kind in named if kind != "null"), "null")
    if isinstance(named, str):
        return named
    if "properties" in schema:
        return "object"
    return "array" if "items" in schema or "prefixItems" in schema else "string"


def _merge(left: JsonObject, right: JsonObject) -> JsonObject:
    merged = {**right, **left}
    if "properties" in left or "properties" in right:
        merged["properties"] = {**right.get("properties", {}), **left.get("properties", {})}
        merged["required"] = [*left.get("required", ()), *right.get("required", ())]
    return merged


def _to_number(text: str | None) -> float | None:
    """Return the number that a text is; None if it is anything else."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None

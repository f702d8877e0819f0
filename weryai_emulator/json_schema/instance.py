"""An instance of a JSON schema, filled with the values that a prompt names.

In go a schema and the values of a prompt. The builder walks the schema from the root: it follows
references, chooses a branch, and fills each property with the next value of its kind.
"""

from __future__ import annotations

import math
from typing import Any

from weryai_emulator.json_schema.prompt_values import PromptValues
from weryai_emulator.json_schema.strings import fill_string, has_value
from weryai_emulator.json_text import JsonObject

# A schema may contain itself: below this depth only required properties are built, and below
# twice this depth none.
_MAX_DEPTH = 4


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

    def value(self, name: str, schema: Any, depth: int, index: int = 0) -> Any:
        schema = self._choose(name, self._resolve(schema), depth)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._enum(schema["enum"], index)
        match _type_of(schema):
            case "object":
                return self._object(schema, depth, index)
            case "array":
                return self._array(name, schema, depth)
            case "integer" | "number" as kind:
                return self._number(name, schema, index, whole=kind == "integer")
            case "boolean":
                return self._boolean(name, schema)
            case "null":
                return None
            case _:
                return fill_string(name, schema, self._prompt, answer=self._answer, index=index)

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
        branch = next((b for b in resolved if _type_of(b) != "null"), resolved[0])
        return {**shared, **self._choose(name, branch, depth)}

    def _enum(self, values: list[Any], index: int) -> Any:
        named = self._prompt.one_of(values)
        return values[index % len(values)] if named is None else named

    def _object(self, schema: JsonObject, depth: int, index: int) -> JsonObject:
        if depth > _MAX_DEPTH * 2:
            return {}
        required = schema.get("required") or ()
        properties = schema.get("properties") or {}
        built = {
            name: self.value(name, sub, depth + 1, index)
            for name, sub in properties.items()
            if name in required or (depth < _MAX_DEPTH and self._is_wanted(name, sub))
        }
        for name in required:
            if name not in built:
                built[name] = self.value(name, {}, depth + 1)
        return built

    def _is_wanted(self, name: str, schema: Any) -> bool:
        """Return whether the prompt names an optional property or a value for it."""
        if self._prompt.declines(name):
            return False
        resolved = self._choose(name, self._resolve(schema), 0)
        if "enum" in resolved:
            return self._prompt.one_of(resolved["enum"]) is not None
        return self._prompt.mentions(name) or (
            _type_of(resolved) == "string" and has_value(name, resolved, self._prompt)
        )

    def _array(self, name: str, schema: JsonObject, depth: int) -> list[Any]:
        fixed = schema.get("prefixItems")
        if fixed:
            return [self.value(name, item, depth + 1, i) for i, item in enumerate(fixed)]
        items = self._resolve(schema.get("items"))
        least = int(schema.get("minItems") or 0)
        most = int(schema.get("maxItems", 1 << 16))
        count = least if depth > _MAX_DEPTH else max(least, self._count(items))
        return [self.value(name, items, depth + 1, i) for i in range(min(count, most))]

    def _count(self, items: JsonObject) -> int:
        """Return how many items of an array the prompt names."""
        match _type_of(self._choose("", items, 0)):
            case "integer" | "number":
                return max(1, len(self._prompt.numbers))
            case "string" if "enum" not in items:
                return max(1, len(self._prompt.quoted) or len(self._prompt.places))
            case "object":
                return 2
            case _:
                return 1

    def _number(self, name: str, schema: JsonObject, index: int, *, whole: bool) -> float:
        given = self._prompt.given(name) if name else None
        if given is not None and _is_number(given):
            number = float(given)
        elif self._prompt.numbers:
            number = self._prompt.numbers.pop(0)
        else:
            default = schema.get("default")
            number = default if isinstance(default, (int, float)) else 1 + index
        return _into_range(number, schema, whole=whole)

    def _boolean(self, name: str, schema: JsonObject) -> bool:
        given = self._prompt.given(name) if name else None
        if given is not None:
            return given.lower() in ("true", "yes", "on", "1")
        if name and self._prompt.declines(name):
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


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _into_range(number: float, schema: JsonObject, *, whole: bool) -> float:
    """Return the nearest number that the schema allows."""
    step = schema.get("multipleOf") or (1 if whole else 0)
    low, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    high, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    margin = step or _margin(above, below)
    if above is not None:
        low = max(above + margin, -math.inf if low is None else low)
    if below is not None:
        high = min(below - margin, math.inf if high is None else high)
    if low is not None and number < low:
        number = math.ceil(low / step) * step if step else low
    if high is not None and number > high:
        number = math.floor(high / step) * step if step else high
    if step and number % step:
        number = math.floor(number / step) * step
    return int(number) if whole or float(number).is_integer() else number


def _margin(above: float | None, below: float | None) -> float:
    """Return the distance to keep from an exclusive bound."""
    if above is None or below is None:
        return 0.5
    return float(min(0.5, (below - above) / 2))

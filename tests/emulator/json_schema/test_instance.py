from __future__ import annotations

import json
from enum import Enum
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import BaseModel, Field

from weryai_emulator.json_schema.instance import build_instance, values_for


class Joke(BaseModel):
    """Joke to tell user."""

    setup: str
    punchline: str


class MaybeJoke(BaseModel):
    setup: str
    punchline: str | None = None


class Colour(Enum):
    red = "red"
    green = "green"


class Song(BaseModel):
    title: str = Field(min_length=3, max_length=20)
    seconds: int = Field(gt=30, le=600, multiple_of=5)


class Album(BaseModel):
    name: str
    artist: Annotated[str, Field(max_length=5)]
    colour: Colour
    rating: float = Field(gt=0, lt=1)
    songs: list[Song] = Field(min_length=3, max_length=3)
    kind: Literal["live", "studio"]
    tags: list[Literal["a", "b"]] = Field(min_length=2)
    owner: str | None
    pair: tuple[int, str]
    ready: bool
    extra: dict[str, int]
    nothing: None


class Node(BaseModel):
    value: int
    children: list[Node]


class Chain(BaseModel):
    value: int
    next: Chain | None


class Formats(BaseModel):
    day: str = Field(json_schema_extra={"format": "date"})
    moment: str = Field(json_schema_extra={"format": "date-time"})
    mail: str = Field(json_schema_extra={"format": "email"})


class Either(BaseModel):
    value: int | str
    shape: Song | Joke


MODELS = [Joke, MaybeJoke, Album, Node, Chain, Formats, Either]
PROMPTS = [
    "",
    "Tell me a joke about cats.",
    'Album "Blue" by Ann, 1999, -7.5 and 3 green live songs.',
]


def build(schema, prompt, **options):
    return build_instance(schema, values_for(schema, prompt), **options)


@pytest.mark.parametrize("model", MODELS)
def test_an_instance_is_valid_and_always_the_same(model):
    schema = model.model_json_schema()
    for prompt in PROMPTS:
        built = build(schema, prompt)
        model.model_validate_json(json.dumps(built))
        assert build(schema, prompt) == built


CHOICES = {
    "const": ({"const": 7}, "", 7),
    "enum in the prompt": ({"enum": ["red", "green"]}, "A green one", "green"),
    "enum not in the prompt": ({"enum": ["red", "green"]}, "Any", "red"),
    "enum of numbers": ({"enum": [3, 4]}, "4", 3),
    "list of types": ({"type": ["null", "integer"]}, "4", 4),
    "null": ({"type": "null"}, "4", None),
    "boolean": ({"type": "boolean"}, "", True),
    "no type": ({}, "cats", "cats"),
    "reference": (
        {
            "$ref": "#/$defs/a~1b",
            "$defs": {
                "a/b": {"type": "object", "properties": {"x": {"const": 1}}, "required": ["x"]}
            },
        },
        "",
        {"x": 1},
    ),
    "all of": (
        {"allOf": [{"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"]}]},
        "",
        {"a": 1},
    ),
}


@pytest.mark.parametrize("case", CHOICES)
def test_a_schema_decides_the_kind_of_value(case):
    schema, prompt, expected = CHOICES[case]
    assert build(schema, prompt) == expected


NUMBERS = {
    "minimum": ({"type": "integer", "minimum": 10}, "4", 10),
    "maximum": ({"type": "integer", "maximum": 3}, "4", 3),
    "exclusive minimum": ({"type": "number", "exclusiveMinimum": 4}, "4", 4.5),
    "exclusive bounds": (
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.1},
        "4",
        0.05,
    ),
    "exclusive bounds of an integer": (
        {"type": "integer", "exclusiveMinimum": -1000, "exclusiveMaximum": 1000},
        "5000",
        999,
    ),
    "multiple": ({"type": "integer", "multipleOf": 5}, "13", 10),
    "whole": ({"type": "integer"}, "3.7", 3),
    "negative": ({"type": "integer"}, "f(-12)", -12),
    "with separators": ({"type": "number"}, "1,000.25", 1000.25),
    "default": ({"type": "integer", "default": 9}, "", 9),
    "not in the prompt": ({"type": "integer"}, "cats", 1),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_a_number_stays_within_its_bounds(case):
    schema, prompt, expected = NUMBERS[case]
    assert build(schema, prompt) == expected


CONTAINERS = {
    "empty object": ({"type": "object"}, "cats", {}),
    "required without schema": ({"type": "object", "required": ["a"]}, "cats", {"a": "cats"}),
    "numbers": ({"type": "array", "items": {"type": "integer"}}, "1 2 3", [1, 2, 3]),
    "quoted texts": (
        {"type": "array", "items": {"type": "string"}},
        "Tag it with 'news' and \u201csport\u201d.",
        ["news", "sport"],
    ),
    "maxItems": (
        {"type": "array", "items": {"type": "integer"}, "maxItems": 2},
        "1 2 3",
        [1, 2],
    ),
    "no items": ({"type": "array", "maxItems": 0}, "1 2 3", []),
}


@pytest.mark.parametrize("case", CONTAINERS)
def test_an_array_has_as_many_items_as_the_prompt_names(case):
    schema, prompt, expected = CONTAINERS[case]
    assert build(schema, prompt) == expected


def test_the_items_of_an_array_differ():
    titles = [song["title"] for song in build(Album.model_json_schema(), "cats")["songs"]]
    assert len(set(titles)) == 3


FORECAST = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        "days": {"type": "integer", "default": 1},
        "detailed": {"type": "boolean"},
    },
    "required": ["city"],
}


@pytest.mark.parametrize(
    ("prompt", "instance"),
    [
        ("Forecast for Paris", {"city": "Paris"}),
        ("Forecast for Paris in celsius", {"city": "Paris", "unit": "celsius"}),
        ("Forecast for Paris for 3 days", {"city": "Paris", "days": 3}),
        ("Forecast for Paris, days=2", {"city": "Paris", "days": 2}),
        ("Forecast for Paris, days=many", {"city": "Paris", "days": 1}),
        ("A detailed forecast for Paris", {"city": "Paris", "detailed": True}),
        ("A forecast for Paris, not detailed", {"city": "Paris"}),
        ("Forecast, detailed=no, city=Paris", {"city": "Paris", "detailed": False}),
    ],
)
def test_an_optional_property_is_filled_if_the_prompt_names_it(prompt, instance):
    assert build(FORECAST, prompt) == instance


@pytest.mark.parametrize(
    ("prompt", "keys"),
    [
        ("Tell me a joke about cats.", {"setup"}),
        ("Give me the setup to a joke about cats, no punchline.", {"setup"}),
        ("A joke about cats without the punchline", {"setup"}),
        ("Give me a joke about cats, include the punchline.", {"setup", "punchline"}),
    ],
)
def test_a_declined_property_is_omitted(prompt, keys):
    assert build(MaybeJoke.model_json_schema(), prompt).keys() == keys


def test_a_declined_property_is_null_if_it_is_required():
    schema = MaybeJoke.model_json_schema()
    schema["required"] = ["setup", "punchline"]
    prompt = "Give me the setup to a joke about cats, no punchline."
    assert build(schema, prompt)["punchline"] is None


def test_nested_objects_are_filled_in_the_order_of_the_schema():
    person = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "age": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        },
        "required": ["name", "age"],
    }
    schema = {
        "type": "object",
        "properties": {"person": {"$ref": "#/$defs/Person"}, "vip": {"type": "boolean"}},
        "required": ["person", "vip"],
        "$defs": {"Person": person},
    }
    assert build(schema, "Register a person named Ada Lovelace, 36 years old.") == {
        "person": {"name": "Ada Lovelace", "age": 36},
        "vip": True,
    }


# Schemas of any shape, as far as an object can be built for them.
_FORMATS = ("date", "date-time", "email", "uri", "uuid", "ipv4", "ipv6", "hostname", "duration")
_PATTERNS = (r"^[A-Z]{3}-\d{4}$", r"^\d{5}$", r"^[a-z-]+$", r"^\S+@\S+$", "^(red|green)$", r"\d")
_NAMES = """
id name title age city email price total year rating tags start end url phone zip first_name
summary count is_paid kind hobbies confidence answer location people
"""


def _sized(size, name, length):
    least, most = size
    return {f"min{name}": least, f"max{name}": least + most} if length else {f"min{name}": least}


_SIZES = st.tuples(st.integers(0, 30), st.integers(0, 9))
_BOUNDS = st.tuples(
    st.sampled_from(("minimum", "exclusiveMinimum")),
    st.sampled_from(("maximum", "exclusiveMaximum")),
    st.integers(-100, 100),
    st.integers(2, 50),
)
_SCALARS = st.one_of(
    st.just({"type": "string"}),
    st.sampled_from(_FORMATS).map(lambda kind: {"type": "string", "format": kind}),
    st.sampled_from(_PATTERNS).map(lambda pattern: {"type": "string", "pattern": pattern}),
    _SIZES.map(lambda size: {"type": "string", **_sized(size, "Length", length=True)}),
    st.builds(
        lambda kind, bounds: {
            "type": kind,
            bounds[0]: bounds[2],
            bounds[1]: bounds[2] + bounds[3],
        },
        st.sampled_from(("integer", "number")),
        _BOUNDS,
    ),
    st.sampled_from((0.25, 0.5, 1, 5)).map(lambda step: {"type": "number", "multipleOf": step}),
    st.just({"type": "boolean"}),
    st.just({"enum": ["red", 3, None, "positive"]}),
    st.just({"const": 1}),
    st.just({"type": ["null", "string"]}),
)


def _object(properties, optional):
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


SCHEMAS = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.builds(
            _object,
            st.dictionaries(st.sampled_from(_NAMES.split()), inner, min_size=1, max_size=5),
            st.sets(st.sampled_from(_NAMES.split())),
        ),
        st.builds(
            lambda items, size: {"type": "array", "items": items, **size},
            inner,
            st.builds(
                _sized,
                st.tuples(st.integers(0, 3), st.integers(0, 3)),
                st.just("Items"),
                st.booleans(),
            ),
        ),
        inner.map(lambda schema: {"anyOf": [schema, {"type": "null"}]}),
    ),
    max_leaves=8,
)


@given(SCHEMAS, st.sampled_from(PROMPTS) | st.text(max_size=40))
def test_any_schema_gets_a_valid_instance(schema, prompt):
    built = build(schema, prompt)
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(built)
    assert build(schema, prompt) == built


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (
            {
                "type": "array",
                "items": {"type": "integer", "maximum": 2},
                "minItems": 2,
                "uniqueItems": True,
            },
            [1, 2],
        ),
        (
            {"type": "object", "minProperties": 1, "additionalProperties": {"type": "integer"}},
            {"key_1": 1},
        ),
        (
            {"type": "array", "prefixItems": [{"const": 1}], "items": {"const": 2}, "minItems": 3},
            [1, 2, 2],
        ),
    ],
    ids=["unique", "dictionary", "tuple"],
)
def test_containers_have_what_their_schema_demands(schema, expected):
    assert build(schema, "") == expected

from __future__ import annotations

import json
from enum import Enum
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from weryai_emulator.json_schema.instance import build_instance
from weryai_emulator.json_schema.prompt_values import PromptValues


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


@pytest.mark.parametrize("prompt", PROMPTS, ids=["empty", "joke", "album"])
@pytest.mark.parametrize("model", MODELS)
def test_an_instance_is_valid(model, prompt):
    built = build_instance(model.model_json_schema(), PromptValues(prompt))
    model.model_validate_json(json.dumps(built))


@pytest.mark.parametrize("model", MODELS)
def test_an_instance_is_always_the_same(model):
    schema = model.model_json_schema()
    prompt = PROMPTS[2]
    assert build_instance(schema, PromptValues(prompt)) == build_instance(
        schema, PromptValues(prompt)
    )


CASES = {
    "const": ({"const": 7}, "", 7),
    "enum named": ({"enum": ["red", "green"]}, "A green one", "green"),
    "enum not named": ({"enum": ["red", "green"]}, "Any", "red"),
    "enum of numbers": ({"enum": [3, 4]}, "4", 3),
    "type list": ({"type": ["null", "integer"]}, "4", 4),
    "null": ({"type": "null"}, "4", None),
    "minimum": ({"type": "integer", "minimum": 10}, "4", 10),
    "maximum": ({"type": "integer", "maximum": 3}, "4", 3),
    "exclusive minimum": ({"type": "number", "exclusiveMinimum": 4}, "4", 4.5),
    "exclusive both": (
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.1},
        "4",
        0.05,
    ),
    "multiple": ({"type": "integer", "multipleOf": 5}, "13", 10),
    "whole": ({"type": "integer"}, "3.7", 3),
    "default": ({"type": "integer", "default": 9}, "", 9),
    "default text": ({"type": "string", "default": "x"}, "", "x"),
    "long enough": ({"type": "string", "minLength": 8}, "cats", "cats...."),
    "short enough": ({"type": "string", "maxLength": 2}, "cats", "ca"),
    "quoted": ({"type": "string"}, "Say 'boo' now", "boo"),
    "no type": ({}, "cats", "cats"),
    "boolean": ({"type": "boolean"}, "", True),
    "empty object": ({"type": "object"}, "cats", {}),
    "all of": (
        {"allOf": [{"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"]}]},
        "",
        {"a": 1},
    ),
    "required without schema": ({"type": "object", "required": ["a"]}, "cats", {"a": "cats"}),
    "numbers": ({"type": "array", "items": {"type": "integer"}}, "1 2 3", [1, 2, 3]),
    "at most two": (
        {"type": "array", "items": {"type": "integer"}, "maxItems": 2},
        "1 2 3",
        [1, 2],
    ),
    "no items": ({"type": "array", "maxItems": 0}, "1 2 3", []),
    "root reference": (
        {
            "$ref": "#/$defs/a~1b",
            "$defs": {
                "a/b": {"type": "object", "properties": {"x": {"const": 1}}, "required": ["x"]}
            },
        },
        "",
        {"x": 1},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_schema_gives(case):
    schema, prompt, expected = CASES[case]
    assert build_instance(schema, PromptValues(prompt)) == expected


@pytest.mark.parametrize(
    ("prompt", "keys"),
    [
        ("Tell me a joke about cats.", {"setup"}),
        ("Give me the setup to a joke about cats, no punchline.", {"setup"}),
        ("A joke about cats without the punchline", {"setup"}),
        ("Give me a joke about cats, include the punchline.", {"setup", "punchline"}),
    ],
)
def test_an_optional_property_is_there_when_it_is_named(prompt, keys):
    built = build_instance(MaybeJoke.model_json_schema(), PromptValues(prompt))
    assert built.keys() == keys


def test_a_required_nullable_property_is_null_when_it_is_declined():
    schema = MaybeJoke.model_json_schema()
    schema["required"] = ["setup", "punchline"]
    prompt = "Give me the setup to a joke about cats, no punchline."
    assert build_instance(schema, PromptValues(prompt))["punchline"] is None


def test_the_values_of_a_sentence_are_found():
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "age": {"type": "integer"},
            "city": {"type": "string"},
        },
        "required": ["name", "age", "city"],
    }
    assert build_instance(schema, PromptValues("Alice is 30 years old and lives in Paris.")) == {
        "name": "Alice",
        "age": 30,
        "city": "Paris",
    }


def test_items_differ():
    schema = Album.model_json_schema()
    titles = [song["title"] for song in build_instance(schema, PromptValues("cats"))["songs"]]
    assert len(set(titles)) == 3

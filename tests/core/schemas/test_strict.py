"""Schemas in the form that OpenAI requires with `strict`, and those that lose it."""

import copy
from datetime import date
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AnyUrl, BaseModel, ConfigDict, Field

from weryai_core.request.options import RequestOptions
from weryai_core.request.prepare import prepare
from weryai_core.schemas.strict import find_excluded, strict_schema, strict_tool

STRICT = {
    "all properties are required, nested ones too": (
        {
            "type": "object",
            "properties": {
                "a": {"type": "integer", "default": 5},
                "b": {"anyOf": [{"$ref": "#/$defs/B"}, {"type": "null"}], "default": None},
            },
            "required": [],
            "$defs": {"B": {"type": "object", "properties": {"c": {"type": "string"}}}},
        },
        {
            "type": "object",
            "properties": {
                "a": {"type": "integer"},
                "b": {"anyOf": [{"$ref": "#/$defs/B"}, {"type": "null"}]},
            },
            "required": ["a", "b"],
            "additionalProperties": False,
            "$defs": {
                "B": {
                    "type": "object",
                    "properties": {"c": {"type": "string"}},
                    "required": ["c"],
                    "additionalProperties": False,
                }
            },
        },
    ),
    "properties named like keywords": (
        {
            "properties": {
                "default": {"type": "string", "enum": ["default"]},
                "properties": {"type": "object", "properties": {}},
                "required": {"const": {"default": 1}},
            }
        },
        {
            "properties": {
                "default": {"type": "string", "enum": ["default"]},
                "properties": {
                    "type": "object",
                    "properties": {},
                    "required": [],
                    "additionalProperties": False,
                },
                "required": {"const": {"default": 1}},
            },
            "required": ["default", "properties", "required"],
            "additionalProperties": False,
        },
    ),
    "lists": (
        {"type": "array", "items": {"properties": {"a": {}}}, "default": []},
        {
            "type": "array",
            "items": {"properties": {"a": {}}, "required": ["a"], "additionalProperties": False},
        },
    ),
    "keywords next to a reference move around it": (
        {"$ref": "#/$defs/B", "description": "B.", "default": {"c": 1}},
        {"anyOf": [{"$ref": "#/$defs/B"}], "description": "B."},
    ),
    "a reference": ({"$ref": "#/$defs/B", "default": None}, {"$ref": "#/$defs/B"}),
    "oneOf becomes anyOf, without its discriminator": (
        {
            "oneOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}],
            "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/$defs/Cat"}},
            "title": "Pet",
        },
        {"anyOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}], "title": "Pet"},
    ),
    "an allOf of one schema is that schema": (
        {"allOf": [{"$ref": "#/definitions/B"}], "description": "B.", "default": {}},
        {"anyOf": [{"$ref": "#/definitions/B"}], "description": "B."},
    ),
}


@pytest.mark.parametrize(("schema", "strict"), STRICT.values(), ids=STRICT)
def test_a_strict_schema_has_the_form_that_openai_requires(schema, strict):
    before = copy.deepcopy(schema)
    assert strict_schema(schema) == strict
    assert strict_schema(strict) == strict
    assert schema == before


class Inner(BaseModel):
    tags: list[str] = []
    when: date | None = None


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    name: str


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


class Nothing(BaseModel):
    pass


class Tree(BaseModel):
    children: list["Tree"] = []


EXCLUDED = {
    "a map": (dict[str, int], ("x", "additionalProperties")),
    "a plain dict": (dict, ("x", "additionalProperties")),
    "an open object": (Open, ("Open", "additionalProperties")),
    "a tuple": (tuple[int, str], ("x", "prefixItems")),
    "a set": (set[str], ("x", "uniqueItems")),
    "a list of anything": (list, ("x[]", "any type")),
    "anything": (Any, ("x", "any type")),
    "an address": (AnyUrl, ("x", "'uri'")),
    "a pattern that looks ahead": (
        Annotated[str, Field(json_schema_extra={"pattern": "^(?!a)b$"})],
        ("x", "looks ahead"),
    ),
    "a map in a list": (list[dict[str, int]], ("x[]", "additionalProperties")),
    "a map or null": (dict[str, int] | None, ("x", "additionalProperties")),
}
KEPT = {
    "an object": Inner,
    "an object or null": Inner | None,
    "a union with a discriminator": Annotated[Cat | Dog, Field(discriminator="kind")],
    "a literal": Literal["a", 1],
    "limits": Annotated[int, Field(gt=1, le=5)],
    "a list with limits": Annotated[list[int], Field(min_length=1, max_length=5)],
    "a pattern": Annotated[str, Field(pattern=r"^[a-z]+\(?=?$")],
    "an object without fields": Nothing,
    "a recursive class": Tree,
}


def schema_with(field_type, default=...):
    return type(
        "Answer", (BaseModel,), {"__annotations__": {"x": field_type}, "x": default}
    ).model_json_schema()


@pytest.mark.parametrize(("field_type", "expected"), EXCLUDED.values(), ids=EXCLUDED)
def test_what_strict_mode_excludes_is_found_with_its_field(field_type, expected):
    path, what = find_excluded(schema_with(field_type))
    assert path == expected[0]
    assert expected[1] in what


@pytest.mark.parametrize("field_type", KEPT.values(), ids=KEPT)
def test_what_strict_mode_takes_is_kept(field_type):
    assert find_excluded(schema_with(field_type)) is None


KEYWORDS = {
    "not": {"type": "string", "not": {"const": "a"}},
    "if": {"type": "string", "if": {"const": "a"}, "then": {"const": "b"}},
    "patternProperties": {"type": "object", "properties": {}, "patternProperties": {"^a": {}}},
    "allOf": {"allOf": [{"type": "string"}, {"minLength": 1, "type": "string"}]},
    "minProperties": {"type": "object", "properties": {}, "minProperties": 1},
    "no properties": {"type": "object"},
    "nullable without properties": {"type": ["object", "null"]},
    "no items": {"type": "array"},
    "an empty schema": {},
    "true": True,
    "another document": {"$ref": "https://example.com/schema.json"},
    "two unions": {"anyOf": [{"type": "string"}], "oneOf": [{"type": "string"}]},
}


@pytest.mark.parametrize("field", KEYWORDS.values(), ids=KEYWORDS)
def test_keywords_that_strict_mode_excludes_are_found(field):
    nested = {"type": "object", "properties": {"x": {"type": "array", "items": field}}}
    path, _ = find_excluded({"type": "object", "properties": {"a": nested}})
    assert path == "a.x[]"


def fields(children):
    by_name = st.dictionaries(st.sampled_from("abc"), children, max_size=3)
    return st.one_of(
        by_name.map(lambda properties: {"type": "object", "properties": properties}),
        children.map(lambda items: {"type": "array", "items": items}),
        st.lists(children, min_size=1, max_size=3).map(lambda options: {"oneOf": options}),
        children.map(lambda only: {"allOf": [only], "description": "d"}),
        children.map(lambda schema: {**schema, "default": None}),
    )


SCHEMAS = st.recursive(
    st.sampled_from([{"type": "string"}, {"$ref": "#/$defs/A"}, {"enum": [1, 2]}]), fields
)


def objects_in(schema):
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield schema
        schema = [*schema.values()]
    for nested in schema if isinstance(schema, list) else ():
        yield from objects_in(nested)


@given(SCHEMAS)
def test_every_object_of_a_strict_schema_is_closed_and_requires_all(schema):
    strict = strict_schema(schema)
    assert strict_schema(strict) == strict
    for found in objects_in(strict):
        assert found["required"] == [*found["properties"]]
        assert found["additionalProperties"] is False
        assert not found.keys() & {"oneOf", "allOf", "default"}


MESSAGES = [{"role": "user", "content": "Hello"}]
OBJECT = {"type": "object", "properties": {"a": {"type": "integer", "default": 5}}}
CLOSED = {
    "type": "object",
    "properties": {"a": {"type": "integer"}},
    "required": ["a"],
    "additionalProperties": False,
}
MAP = {"type": "object", "properties": {"scores": {"type": "object", "additionalProperties": {}}}}


def tool(parameters, name="f", **extra):
    return {"type": "function", "function": {"name": name, "parameters": parameters, **extra}}


def response_format(schema, **extra):
    return {"type": "json_schema", "json_schema": {"name": "A", "schema": schema, **extra}}


PROMPTED = RequestOptions(tool_calling="prompted")


def prepared(**parameters):
    return prepare({"model": "GPT_4O", "messages": MESSAGES, **parameters})


def test_a_request_is_strict_where_it_says_so():
    request = prepared(
        tools=[
            tool(OBJECT, "f", strict=True),
            tool(OBJECT, "g"),
            tool(OBJECT, "h", strict=False),
        ],
        response_format=response_format(OBJECT, strict=True),
    )
    assert request.body["tools"] == [
        tool(CLOSED, "f", strict=True),
        tool(OBJECT, "g"),
        tool(OBJECT, "h", strict=False),
    ]
    assert request.body["response_format"] == response_format(CLOSED, strict=True)
    assert request.warnings == ()
    assert prepare(request.body).body == request.body


def test_a_schema_that_strict_mode_excludes_is_sent_as_it_is_with_a_note():
    request = prepared(
        tools=[tool(MAP, strict=True)], response_format=response_format(MAP, strict=True)
    )
    assert request.body["tools"] == [tool(MAP)]
    assert request.body["response_format"] == response_format(MAP)
    of_tool, of_format = (warning.text for warning in request.warnings)
    assert "the tool 'f': strict mode excludes `additionalProperties`" in of_tool
    assert "the field `scores`" in of_tool
    assert "`response_format`" in of_format


def test_tools_in_the_prompt_keep_their_defaults():
    parameters = {"model": "GPT_4O", "messages": MESSAGES, "tools": [tool(OBJECT, strict=True)]}
    assert "default" in str(prepare(parameters, PROMPTED).body["messages"])


@pytest.mark.parametrize(
    ("given", "strict"),
    [
        (tool(OBJECT), tool(OBJECT, strict=True)),
        (
            {"type": "function", "name": "f", "parameters": OBJECT},
            {"type": "function", "name": "f", "parameters": OBJECT, "strict": True},
        ),
        ({"type": "web_search"}, {"type": "web_search"}),
        ({"function": {"name": "now"}}, {"function": {"name": "now"}}),
    ],
    ids=["a function", "in the form of the Responses API", "a search", "no parameters"],
)
def test_a_strict_tool_says_so(given, strict):
    assert strict_tool(given) == strict

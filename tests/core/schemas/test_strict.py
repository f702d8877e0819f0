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
            "type": "object",
            "required": ["default", "properties", "required"],
            "additionalProperties": False,
        },
    ),
    "lists": (
        {"type": "array", "items": {"properties": {"a": {}}}, "default": []},
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"a": {}},
                "required": ["a"],
                "additionalProperties": False,
            },
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
    "an allOf of one schema is joined with the properties next to it": (
        {
            "type": "object",
            "allOf": [
                {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
            ],
            "properties": {"b": {"type": "string"}},
            "required": ["b"],
        },
        {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "string"}},
            "required": ["a", "b"],
            "additionalProperties": False,
        },
    ),
    "a type that all schemas of a union have": (
        {"type": "object", "oneOf": [{"properties": {}}, {"type": "object", "properties": {}}]},
        {
            "anyOf": [
                {
                    "type": "object",
                    "properties": {},
                    "required": [],
                    "additionalProperties": False,
                },
                {
                    "type": "object",
                    "properties": {},
                    "required": [],
                    "additionalProperties": False,
                },
            ]
        },
    ),
    "the type follows from the values": (
        {"enum": ["a", 1, None, True, 2]},
        {"type": ["string", "integer", "null", "boolean"], "enum": ["a", 1, None, True, 2]},
    ),
    "the type follows from the constant": (
        {"const": 1.5, "description": "d"},
        {"type": "number", "const": 1.5, "description": "d"},
    ),
    "the type follows from the items": (
        {"items": {"const": "a"}},
        {"type": "array", "items": {"type": "string", "const": "a"}},
    ),
    "no patterns": (
        {"type": "object", "properties": {}, "patternProperties": {}},
        {"type": "object", "properties": {}, "required": [], "additionalProperties": False},
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
    "a reference next to an allOf": {"$ref": "#/$defs/A", "allOf": [{"type": "object"}]},
    "a reference next to properties": {"$ref": "#/$defs/A", "properties": {}},
    "an allOf of a reference next to properties": {
        "allOf": [{"$ref": "#/$defs/A"}],
        "properties": {"b": {"type": "string"}},
    },
    "an allOf that contradicts": {"type": "string", "allOf": [{"type": "integer"}]},
    "an allOf with another property of the same name": {
        "properties": {"a": {"type": "string"}},
        "allOf": [{"properties": {"a": {"type": "integer"}}}],
    },
    "a union next to properties": {
        "type": "object",
        "properties": {},
        "anyOf": [{"type": "object", "properties": {}}],
    },
    "a constant object": {"const": {"a": 1}},
    "values of which one is a list": {"enum": ["a", []]},
    "two unions": {"anyOf": [{"type": "string"}], "oneOf": [{"type": "string"}]},
}


@pytest.mark.parametrize("field", KEYWORDS.values(), ids=KEYWORDS)
def test_keywords_that_strict_mode_excludes_are_found(field):
    nested = {"type": "object", "properties": {"x": {"type": "array", "items": field}}}
    path, _ = find_excluded({"type": "object", "properties": {"a": nested}})
    assert path == "a.x[]"


ROOTS = {
    "a union": {"anyOf": [{"type": "object", "properties": {}}]},
    "a union next to a type": {
        "type": "object",
        "oneOf": [{"type": "object", "properties": {}}, {"type": "object", "properties": {}}],
    },
    "an allOf of a union": {"allOf": [{"anyOf": [{"type": "object", "properties": {}}]}]},
    "a list": {"type": "array", "items": {"type": "string"}},
    "an object or null": {"type": ["object", "null"], "properties": {}},
}


@pytest.mark.parametrize("schema", ROOTS.values(), ids=ROOTS)
def test_a_root_that_is_not_one_object_is_found(schema):
    assert find_excluded(schema) == ("", "a root that is not one object")


def test_a_reference_to_nothing_is_excluded():
    schema = {"type": "object", "properties": {"a": {"$ref": "#/$defs/Missing"}}}
    assert find_excluded(schema) == ("", "a reference to nothing")


def fields(children):
    by_name = st.dictionaries(st.sampled_from("abc"), children, max_size=3)
    return st.one_of(
        by_name.map(lambda properties: {"type": "object", "properties": properties}),
        children.map(lambda items: {"type": "array", "items": items}),
        st.lists(children, min_size=1, max_size=3).map(lambda options: {"oneOf": options}),
        children.map(lambda only: {"allOf": [only], "description": "d"}),
        st.tuples(by_name, by_name).map(
            lambda two: {"allOf": [{"properties": two[0]}], "properties": two[1]}
        ),
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


def field_names(schema):
    if isinstance(schema, dict):
        named = schema.get("properties")
        yield from named if isinstance(named, dict) else ()
        schema = [*schema.values()]
    for nested in schema if isinstance(schema, list) else ():
        yield from field_names(nested)


def kinds_in(schema):
    """Every schema of a schema without definitions."""
    yield schema
    nested = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
    for one in [*nested, schema["items"]] if "items" in schema else nested:
        yield from kinds_in(one)


@given(SCHEMAS)
def test_every_object_of_a_strict_schema_is_closed_and_requires_all(schema):
    root = {"type": "object", "properties": {"x": schema}}
    if find_excluded(root) is not None:
        return
    strict = strict_schema(root)
    assert strict_schema(strict) == strict
    assert sorted(set(field_names(strict))) == sorted(set(field_names(root)))
    for found in objects_in(strict):
        assert found["required"] == [*found["properties"]]
        assert found["additionalProperties"] is False
        assert not found.keys() & {"oneOf", "allOf", "default"}
    for found in kinds_in(strict):
        assert len(found.keys() & {"type", "$ref", "anyOf"}) == 1


MESSAGES = [{"role": "user", "content": "Hello"}]
OBJECT = {"type": "object", "properties": {"a": {"type": "integer", "default": 5}}}
CLOSED = {
    "type": "object",
    "properties": {"a": {"type": "integer"}},
    "required": ["a"],
    "additionalProperties": False,
}
SCORES = {"type": "object", "additionalProperties": {}}
MAP = {"type": "object", "properties": {"scores": SCORES}}


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
    (sent,) = request.body["tools"]
    assert sent == tool({**MAP, "properties": {"scores": {**SCORES, "properties": {}}}})
    assert request.body["response_format"] == response_format(MAP)
    of_tool, of_format = (warning.text for warning in request.warnings)
    assert "the tool 'f': strict mode excludes `additionalProperties`" in of_tool
    assert "the field `scores`" in of_tool
    assert "`response_format`" in of_format


UNION = {"type": "object", "oneOf": [OBJECT, {**OBJECT, "description": "Other."}]}


def test_a_union_at_the_root_is_sent_without_strict():
    request = prepared(
        tools=[tool({**UNION, "properties": {}}, strict=True)],
        response_format=response_format(UNION, strict=True),
    )
    assert request.body["tools"] == [tool(OBJECT)]
    assert request.body["response_format"] == response_format(UNION)
    assert len(request.warnings) == 2


def test_definitions_that_nothing_uses_do_not_cost_strict_mode():
    definitions = {
        "Map": MAP,
        "Used": {"type": "object", "properties": {"b": {"$ref": "#/$defs/a~1b"}}},
        "a/b": {"type": "string"},
    }
    schema = {**OBJECT, "properties": {"u": {"$ref": "#/$defs/Used"}}, "$defs": definitions}
    request = prepared(response_format=response_format(schema, strict=True))
    described = request.body["response_format"]["json_schema"]
    assert described["strict"] is True
    assert [*described["schema"]["$defs"]] == ["Used", "a/b"]
    request = prepared(
        response_format=response_format({**OBJECT, "$defs": {"Map": MAP}}, strict=True)
    )
    assert request.body["response_format"] == response_format(CLOSED, strict=True)


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

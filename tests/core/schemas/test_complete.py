"""Parameters of tools: objects only, with everything that upstreams require."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weryai_core import InvalidRequestError
from weryai_core.request.prepare import prepare
from weryai_core.schemas.clean import clean_schema, is_clean
from weryai_core.schemas.complete import check_tool_roots, complete_parameters

EMPTY = {"type": "object", "properties": {}}
TEXT = {"type": "string"}
NUMBER = {"type": "number"}


def tool(parameters):
    return {"type": "function", "function": {"name": "f", "parameters": parameters}}


def sent(parameters, **fields):
    function = {"name": "f", "parameters": parameters, **fields}
    messages = [{"role": "user", "content": "Hello"}]
    tools = [{"type": "function", "function": function}]
    body = prepare({"model": "GPT_5", "messages": messages, "tools": tools}).body
    return body["tools"][0]["function"]["parameters"]


def of(**properties):
    return {"type": "object", "properties": properties}


ROOTS = {
    "nothing": (None, EMPTY),
    "anything": (True, EMPTY),
    "empty": ({}, EMPTY),
    "without properties": ({"type": "object"}, EMPTY),
    "null properties": ({"type": "object", "properties": None, "required": None}, EMPTY),
    "or null": ({"type": ["object", "null"], "properties": {"a": TEXT}}, of(a=TEXT)),
    "Google's names": ({"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}, of(a=TEXT)),
    "without a type": ({"properties": {"a": TEXT}}, of(a=TEXT)),
    "about the document": (
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "$id": "https://example.com/a.json",
            "$comment": "Made by hand.",
            **of(a=TEXT),
        },
        of(a=TEXT),
    ),
    "values that JSON lacks": (
        of(
            a={"type": "number", "default": float("inf"), "maximum": float("inf")},
            b={"const": {"x": [float("nan")]}},
        ),
        of(a=NUMBER, b={}),
    ),
    "a reference by an escaped name": (
        {"$ref": "#/$defs/a~1b%20c", "$defs": {"a/b c": of(a=TEXT)}},
        {**of(a=TEXT), "$defs": {"a/b c": of(a=TEXT)}},
    ),
    "a reference to a place further down": (
        {"$ref": "#/components/schemas/A", "components": {"schemas": {"A": of(a=TEXT)}}},
        {**of(a=TEXT), "components": {"schemas": {"A": of(a=TEXT)}}},
    ),
    "a definition": (
        {"$ref": "#/$defs/A", "$defs": {"A": {"type": "object"}}},
        {**EMPTY, "$defs": {"A": EMPTY}},
    ),
    "one of several fields": (
        {**of(a=TEXT, b=TEXT), "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
        of(a=TEXT, b=TEXT),
    ),
    "one of several objects": (
        {
            "oneOf": [
                {**of(kind={"const": "a"}, a=TEXT), "required": ["kind", "a"]},
                {**of(kind={"const": "b"}, b=TEXT), "required": ["kind", "b"]},
            ]
        },
        {
            **of(kind={"anyOf": [{"const": "a"}, {"const": "b"}]}, a=TEXT, b=TEXT),
            "required": ["kind"],
        },
    ),
    "an object or null": ({"anyOf": [of(a=TEXT), {"type": "null"}]}, of(a=TEXT)),
    "a union of definitions": (
        {
            "anyOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}],
            "$defs": {"A": {**of(a=TEXT), "required": ["a"]}, "B": of(a=TEXT, b=NUMBER)},
        },
        of(a=TEXT, b=NUMBER),
    ),
    "several at once": (
        {"allOf": [{**of(a=TEXT), "required": ["a"]}, {**of(b=NUMBER), "required": ["b"]}]},
        {**of(a=TEXT, b=NUMBER), "required": ["a", "b"]},
    ),
    "one value": (
        {"const": {"a": 1, "b": "x"}},
        {**of(a={"const": 1}, b={"const": "x"}), "required": ["a", "b"]},
    ),
    "an exclusion": ({**of(a=TEXT), "not": {"required": ["b"]}}, of(a=TEXT)),
}
FIELDS = {
    "a list": ({"type": "array"}, {"type": "array", "items": {}}),
    "a list of anything": ({"type": "array", "items": True}, {"type": "array", "items": {}}),
    "null items": ({"type": "array", "items": None}, {"type": "array", "items": {}}),
    "a list or null": ({"type": ["array", "null"]}, {"type": ["array", "null"], "items": {}}),
    "a list of lists": (
        {"type": "array", "items": {"type": "array"}},
        {"type": "array", "items": {"type": "array", "items": {}}},
    ),
    "a list in a union": (
        {"anyOf": [{"type": "array"}, {"type": "null"}]},
        {"anyOf": [{"type": "array", "items": {}}, {"type": "null"}]},
    ),
    "a tuple": (
        {"type": "array", "prefixItems": [TEXT, NUMBER]},
        {"type": "array", "prefixItems": [TEXT, NUMBER], "items": {}},
    ),
    "a tuple of an older draft": (
        {"type": "array", "items": [TEXT, NUMBER], "additionalItems": False},
        {"type": "array", "prefixItems": [TEXT, NUMBER], "items": {}},
    ),
    "an object": ({"type": "object"}, EMPTY),
    "a map": (
        {"type": "object", "additionalProperties": {"type": "array"}},
        {**EMPTY, "additionalProperties": {"type": "array", "items": {}}},
    ),
    "an open object": (
        {"type": "object", "additionalProperties": True},
        {**EMPTY, "additionalProperties": True},
    ),
    "anything": (True, {}),
    "the name of a type": ("string", TEXT),
    "nulls": (
        {"type": "string", "description": None, "enum": None, "format": None, "default": None},
        {"type": "string", "default": None},
    ),
    "an empty enum": ({"type": "string", "enum": []}, TEXT),
    "an empty union": ({"anyOf": [], "type": "string"}, TEXT),
    "Python's names": (
        {"type": ["str", None, "int", "str"]},
        {"type": ["string", "null", "integer"]},
    ),
    "a reference to nothing": (
        {"$ref": "#/$defs/Missing", "description": "d"},
        {"description": "d"},
    ),
    "a reference to another document": ({"$ref": "https://example.com/a.json"}, {}),
    "a reference to the root": ({"$ref": "#"}, {"$ref": "#"}),
    "a reference to a field": ({"$ref": "#/properties/a"}, {"$ref": "#/properties/a"}),
    "any type": ({"type": "any", "description": "d"}, {"description": "d"}),
    "limits of an older draft": (
        {"type": "integer", "minimum": 0, "exclusiveMinimum": True, "exclusiveMaximum": False},
        {"type": "integer", "exclusiveMinimum": 0},
    ),
    "a required field that is not there": (
        {**of(a=TEXT), "required": ["a", "b", 3]},
        {**of(b={}, a=TEXT), "required": ["a", "b"]},
    ),
    "a field that says that it is required": (
        of(a={"type": "string", "required": True}, b={"type": "string", "required": False}),
        {**of(a=TEXT, b=TEXT), "required": ["a"]},
    ),
    "fields named like keywords": (
        of(type=TEXT, items=TEXT, required={"type": "boolean"}, properties=TEXT, anyOf=TEXT),
        of(type=TEXT, items=TEXT, required={"type": "boolean"}, properties=TEXT, anyOf=TEXT),
    ),
    "values that look like schemas": (
        {"enum": [{"type": "array"}], "default": {"type": "object"}, "const": {"type": "list"}},
        {"enum": [{"type": "array"}], "default": {"type": "object"}, "const": {"type": "list"}},
    ),
}


@pytest.mark.parametrize("name", ROOTS)
def test_the_root_is_one_object(name):
    parameters, complete = ROOTS[name]
    before = copy.deepcopy(parameters)
    assert sent(parameters) == complete
    assert parameters == before


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_is_complete(name):
    field, complete = FIELDS[name]
    assert sent(of(a=field)) == of(a=complete)
    assert sent({**of(a={"$ref": "#/$defs/F"}), "$defs": {"F": field}})["$defs"] == {"F": complete}


@pytest.mark.parametrize("name", FIELDS)
def test_a_clean_schema_is_known_at_once(name):
    _, complete = FIELDS[name]
    assert is_clean(of(a=complete))
    assert is_clean({**of(), "$defs": {"A": complete, "B": {"anyOf": [complete, {}]}}})


def test_a_field_that_is_never_there_is_not_offered():
    assert sent(of(a=TEXT, b=False)) == of(a=TEXT)


def test_strict_mode_judges_the_schema_as_it_was_given():
    body = prepare(
        {
            "model": "GPT_5",
            "messages": [{"role": "user", "content": "Hello"}],
            "tools": [
                {
                    "type": "function",
                    "function": {
                        "name": "f",
                        "strict": True,
                        "parameters": of(a={"type": "object"}),
                    },
                }
            ],
        }
    )
    assert body.body["tools"][0]["function"] == {"name": "f", "parameters": of(a=EMPTY)}
    assert "an object without `properties`" in body.warnings[0].text


@pytest.mark.parametrize(
    "parameters",
    [
        {"type": "array", "items": {}},
        {"type": "string"},
        {"$ref": "#/$defs/A", "$defs": {"A": {"type": "array"}}},
        {"type": ["array", "null"]},
        {"anyOf": [{"type": "object", "properties": {}}, {"type": "string"}]},
        {"oneOf": [{"type": "null"}]},
        {"enum": ["a"]},
        {"$ref": "#/$defs/A", "$defs": {"A": {"anyOf": [{"$ref": "#/$defs/A"}]}}},
    ],
    ids=str,
)
def test_parameters_of_a_tool_that_are_no_object_are_refused(parameters):
    with pytest.raises(InvalidRequestError, match="the tool 'f' must be an object"):
        check_tool_roots({"tools": [tool({"type": "object"}), tool(parameters)]})


@pytest.mark.parametrize(
    "given",
    [{}, {"tools": []}, {"tools": [tool({}), tool({"allOf": [{}]}), {"type": "x"}, tool(None)]}],
    ids=str,
)
def test_parameters_that_may_be_an_object_are_sent(given):
    check_tool_roots(given)


def test_a_union_of_itself_ends():
    schema = {"type": "object", "anyOf": [{"$ref": "#/$defs/A"}]}
    schema["$defs"] = {"A": {**of(a=TEXT), "anyOf": [{"$ref": "#/$defs/A"}]}}
    assert complete_parameters(schema)["properties"] == {"a": TEXT}


words = st.sampled_from(["a", "b", "type", "items", "properties", "object", "array", "string"])
keywords = st.sampled_from(
    [
        *("type", "properties", "items", "required", "anyOf", "oneOf", "allOf", "enum", "const"),
        *("additionalProperties", "$ref", "$defs", "not", "prefixItems", "default", "minimum"),
    ]
)
odd_schemas = st.recursive(
    st.none() | st.booleans() | words | st.integers(0, 2) | st.just("#/$defs/a"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(keywords | words, inner, max_size=4)
    ),
    max_leaves=12,
)


def is_complete(schema):
    """Whether upstreams find in a schema, at its places for schemas, what they require."""
    if not isinstance(schema, dict):
        return schema is not True
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    properties = schema.get("properties", {})
    inner = [one for name in ("properties", "$defs") for one in schema.get(name, {}).values()]
    inner += [one for name in ("anyOf", "oneOf", "allOf") for one in schema.get(name, ())]
    return (
        ("object" not in kinds or "properties" in schema)
        and ("array" not in kinds or "items" in schema)
        and all(name in properties for name in schema.get("required", ()) if "object" in kinds)
        and None
        not in [value for name, value in schema.items() if name not in ("default", "const")]
        and all(map(is_complete, inner))
    )


@settings(deadline=None)
@given(odd_schemas)
def test_any_parameters_are_complete_or_refused(parameters):
    try:
        complete = sent(parameters)
    except InvalidRequestError:
        return
    assert complete["type"] == "object"
    assert complete.keys().isdisjoint(("anyOf", "oneOf", "allOf", "enum", "not"))
    assert is_complete(complete)
    assert sent(complete) == complete


@settings(deadline=None)
@given(odd_schemas)
def test_cleaning_twice_changes_nothing(schema):
    clean = clean_schema(schema)
    assert clean_schema(clean) == clean
    assert not is_clean(schema) or clean == schema

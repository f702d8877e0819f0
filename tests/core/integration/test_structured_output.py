"""How an answer that follows a schema is asked for."""

import copy

import pytest

from weryai_core.integration import choose_method, schema_format, schema_name, strict_tool

METHODS = [
    # knows schemas, knows tools, something excludes schemas
    (True, True, False, "json_schema"),
    (True, False, False, "json_schema"),
    (True, True, True, "function_calling"),
    (True, False, True, "prompted"),
    (False, True, False, "function_calling"),
    (False, False, False, "prompted"),
    (None, None, False, "function_calling"),
    (None, False, False, "prompted"),
]


@pytest.mark.parametrize(("schemas", "tools", "excluded", "method"), METHODS)
def test_the_way_is_chosen_by_what_is_known(schemas, tools, excluded, method):
    assert (
        choose_method(knows_schemas=schemas, knows_tools=tools, excludes_schema=excluded) == method
    )


@pytest.mark.parametrize(
    ("title", "name"), [("Song", "Song"), ("Box[int]", "Box_int_"), ("Über uns", "_ber_uns")]
)
def test_names_have_letters_digits_and_two_signs(title, name):
    assert schema_name(title) == name


def test_names_are_no_longer_than_openai_allows():
    assert schema_name("x" * 100) == "x" * 64


def test_a_schema_without_a_title_has_a_name():
    described = schema_format({"type": "object"})["json_schema"]
    assert described == {"name": "answer", "schema": {"type": "object"}}
    assert schema_format({}, name="a b", strict=False)["json_schema"] == {
        "name": "a_b",
        "schema": {},
        "strict": False,
    }


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
    "properties that are called as keywords are": (
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
    "what stands beside a reference is put around it": (
        {"$ref": "#/$defs/B", "description": "B.", "default": {"c": 1}},
        {"anyOf": [{"$ref": "#/$defs/B"}], "description": "B."},
    ),
    "a reference": ({"$ref": "#/$defs/B", "default": None}, {"$ref": "#/$defs/B"}),
    "anything goes": (True, True),
}


@pytest.mark.parametrize(("schema", "strict"), STRICT.values(), ids=STRICT)
def test_a_strict_schema_is_as_openai_asks_for_it(schema, strict):
    before = copy.deepcopy(schema)
    described = schema_format({"properties": {"x": schema}}, strict=True)["json_schema"]
    assert described["schema"]["properties"]["x"] == strict
    assert schema == before


def test_a_schema_that_is_not_strict_is_left_as_it_is():
    schema = {"properties": {"a": {"default": 5}}}
    for strict in (None, False):
        assert schema_format(schema, strict=strict)["json_schema"]["schema"] is schema


def test_a_strict_tool_has_strict_parameters():
    parameters = {"type": "object", "properties": {"a": {"default": 5}}}
    tool = {"type": "function", "function": {"name": "f", "parameters": parameters}}
    strict = strict_tool(tool)["function"]
    assert strict["strict"] is True
    assert strict["parameters"]["required"] == ["a"]
    assert parameters == {"type": "object", "properties": {"a": {"default": 5}}}


@pytest.mark.parametrize("tool", [{"type": "web_search"}, {"function": {"name": "now"}}], ids=str)
def test_a_tool_without_parameters_cannot_be_strict(tool):
    assert strict_tool(tool) == tool

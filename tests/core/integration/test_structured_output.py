"""The plan for a structured answer, and schemas in the forms that OpenAI requires."""

import copy

import pytest

from weryai_core import InvalidRequestError
from weryai_core.integration import (
    StructuredOutputPlan,
    plan_given_format,
    plan_structured_output,
    schema_name,
    strict_tool,
)
from weryai_core.integration.structured_output import schema_format

SCHEMA = {"title": "Song", "type": "object"}
FORMAT = {"type": "json_schema", "json_schema": {"name": "Song", "schema": SCHEMA}}
PLAIN = {"model": "GEMINI_25_FLASH"}
SEARCHING = {"model": "GEMINI_25_FLASH", "web_search": True}


def plan(parameters=PLAIN, **arguments):
    known = {"method": None, "knows_schemas": True, "knows_tools": True}
    return plan_structured_output(parameters, SCHEMA, **{**known, **arguments})


METHODS = [
    # request, knows schemas, knows tools -> method
    (PLAIN, True, True, "json_schema"),
    (PLAIN, True, False, "json_schema"),
    (SEARCHING, True, True, "function_calling"),
    (SEARCHING, True, False, "prompted"),
    ({**SEARCHING, "model": "GPT_4O"}, True, True, "json_schema"),
    (PLAIN, False, True, "function_calling"),
    (PLAIN, False, False, "prompted"),
    (PLAIN, None, None, "function_calling"),
    (PLAIN, None, False, "prompted"),
]


@pytest.mark.parametrize(("parameters", "schemas", "tools", "method"), METHODS)
def test_the_default_method_is_the_best_that_the_model_can_do(parameters, schemas, tools, method):
    assert plan(parameters, knows_schemas=schemas, knows_tools=tools).method == method


PLANS = {
    "a tool": ({"method": "function_calling"}, ("function_calling", None, None), {}),
    "any JSON": (
        {"method": "json_mode"},
        ("json_mode", {"type": "json_object"}, None),
        {"response_format": {"type": "json_object"}},
    ),
    "the schema, by the user's choice": (
        {"method": "json_schema"},
        ("json_schema", FORMAT, None),
        {"response_format": FORMAT},
    ),
    "the schema, by default": (
        {},
        ("json_schema", FORMAT, "if_needed"),
        {"response_format": FORMAT, "schema_in_prompt": "if_needed"},
    ),
    "the prompt": (
        {"method": "prompted"},
        ("prompted", FORMAT, "always"),
        {"response_format": FORMAT, "schema_in_prompt": "always"},
    ),
}


@pytest.mark.parametrize(("arguments", "fields", "parameters"), PLANS.values(), ids=PLANS)
def test_a_plan_says_where_the_schema_goes(arguments, fields, parameters):
    made = plan(**arguments)
    assert made == StructuredOutputPlan(*fields)
    assert made.parameters == parameters


def test_a_given_format_goes_into_the_prompt_if_a_search_excludes_it():
    expected = {"response_format": FORMAT, "schema_in_prompt": "if_needed"}
    assert plan_given_format(FORMAT).parameters == expected


REFUSALS = {
    "an unknown method": (PLAIN, {"method": "magic"}, "not 'magic'"),
    "strict JSON mode": (PLAIN, {"method": "json_mode", "strict": True}, "`strict` has no meaning"),
    "a schema with a search": (SEARCHING, {"method": "json_schema"}, "that searches the web"),
}


@pytest.mark.parametrize(("parameters", "arguments", "message"), REFUSALS.values(), ids=REFUSALS)
def test_an_impossible_method_is_an_error(parameters, arguments, message):
    with pytest.raises(InvalidRequestError, match=message):
        plan(parameters, **arguments)


@pytest.mark.parametrize(
    ("title", "name"), [("Song", "Song"), ("Box[int]", "Box_int_"), ("Über uns", "_ber_uns")]
)
def test_names_consist_of_letters_digits_and_two_signs(title, name):
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
    "anything goes": (True, True),
}


@pytest.mark.parametrize(("schema", "strict"), STRICT.values(), ids=STRICT)
def test_a_strict_schema_has_the_form_that_openai_requires(schema, strict):
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

"""The plan for a structured answer."""

import pytest

from weryai_core import InvalidRequestError
from weryai_core.integration import (
    StructuredOutputPlan,
    plan_given_format,
    plan_structured_output,
)

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

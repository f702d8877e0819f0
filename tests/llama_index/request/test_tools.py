"""Tools as the parameters of a request."""

from collections.abc import Callable

import pytest
from llama_index.core.tools import FunctionTool, ToolMetadata
from pydantic import BaseModel, Field, RootModel

from llama_index_weryai.request.tools import to_specs, to_tool_parameters
from weryai_core import InvalidRequestError


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def weather(city: str) -> str:
    """Get the weather."""
    return f"Sunny in {city}."


TOOLS = [FunctionTool.from_defaults(add), FunctionTool.from_defaults(weather)]
SPECS = [
    {
        "type": "function",
        "function": {
            "name": "add",
            "description": "add(a: int, b: int) -> int\nAdd two numbers.",
            "parameters": {
                "type": "object",
                "properties": {
                    "a": {"title": "A", "type": "integer"},
                    "b": {"title": "B", "type": "integer"},
                },
                "required": ["a", "b"],
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "weather(city: str) -> str\nGet the weather.",
            "parameters": {
                "type": "object",
                "properties": {"city": {"title": "City", "type": "string"}},
                "required": ["city"],
            },
        },
    },
]


def test_tools_become_specifications():
    assert to_specs(TOOLS, strict=False) == SPECS


def test_a_dict_is_passed_through():
    assert to_specs([{"type": "web_search"}], strict=False) == [{"type": "web_search"}]


def test_strict_tools_say_so():
    functions = [tool["function"] for tool in to_specs(TOOLS, strict=True)]
    assert [function["strict"] for function in functions] == [True, True]


class Cat(BaseModel):
    lives: int


class Pet(RootModel[Cat | list[Cat]]):
    """A pet, or several."""


def test_a_union_as_the_schema_of_a_tool_keeps_its_branches():
    metadata = ToolMetadata("Adopt it.", name="adopt", fn_schema=Pet)
    [spec] = to_specs([FunctionTool.from_defaults(print, tool_metadata=metadata)], strict=False)
    cat = {"$ref": "#/$defs/Cat"}
    branches = spec["function"]["parameters"]["anyOf"]
    assert branches == [cat, {"type": "array", "items": cat}]


def test_a_tool_without_a_json_schema_is_named():
    def run(action: Callable[[], None]) -> None:
        """Run an action."""

    with pytest.raises(InvalidRequestError, match="The tool 'run' has no JSON schema"):
        to_specs([FunctionTool.from_defaults(run)], strict=False)


def test_a_long_description_is_sent_whole():
    described = FunctionTool.from_defaults(add, description="Add. " * 500)
    [tool] = to_specs([described], strict=False)
    assert tool["function"]["description"] == "Add. " * 500


def test_a_nested_schema_is_sent_with_its_definitions():
    class Address(BaseModel):
        city: str

    class Person(BaseModel):
        name: str = Field(description="Full name")
        address: Address

    tool = FunctionTool.from_defaults(lambda **_: "", name="save", fn_schema=Person)
    assert to_specs([tool], strict=False)[0]["function"]["parameters"] == {
        "type": "object",
        "$defs": {
            "Address": {
                "title": "Address",
                "type": "object",
                "properties": {"city": {"title": "City", "type": "string"}},
                "required": ["city"],
            }
        },
        "properties": {
            "name": {"title": "Name", "type": "string", "description": "Full name"},
            "address": {"$ref": "#/$defs/Address"},
        },
        "required": ["name", "address"],
    }


ADD = {"type": "function", "function": {"name": "add"}}
# Arguments -> the `tool_choice` sent.
CHOICES = {
    "no choice": ({}, "auto"),
    "tool_required": ({"tool_required": True}, "required"),
    "auto": ({"tool_choice": "auto"}, "auto"),
    "none": ({"tool_choice": "none"}, "none"),
    "any": ({"tool_choice": "any"}, "required"),
    "required": ({"tool_choice": "required"}, "required"),
    "a name": ({"tool_choice": "add"}, ADD),
    "an object": ({"tool_choice": ADD}, ADD),
    "None": ({"tool_choice": None}, "auto"),
    "None and tool_required": ({"tool_choice": None, "tool_required": True}, "required"),
    "a name and tool_required": ({"tool_choice": "add", "tool_required": True}, ADD),
}


@pytest.mark.parametrize(("given", "sent"), CHOICES.values(), ids=CHOICES)
def test_the_tool_choice(given, sent):
    assert to_tool_parameters(TOOLS, strict=False, **given)["tool_choice"] == sent


def test_a_choice_of_an_unknown_tool_is_an_error():
    with pytest.raises(InvalidRequestError, match="'divide', but the tools are"):
        to_tool_parameters(TOOLS, strict=False, tool_choice="divide")


# Arguments -> the `parallel_tool_calls` sent. The request's own parameter wins.
SEVERAL = {
    "by default": ({}, False),
    "allowed": ({"allow_parallel_tool_calls": True}, True),
    "allowed by the parameter": ({"parallel_tool_calls": True}, True),
    "forbidden by the parameter": (
        {"allow_parallel_tool_calls": True, "parallel_tool_calls": False},
        False,
    ),
    "the parameter is None": (
        {"allow_parallel_tool_calls": True, "parallel_tool_calls": None},
        True,
    ),
}


@pytest.mark.parametrize(("given", "sent"), SEVERAL.values(), ids=SEVERAL)
def test_whether_several_calls_are_allowed(given, sent):
    assert to_tool_parameters(TOOLS, strict=False, **given)["parallel_tool_calls"] is sent

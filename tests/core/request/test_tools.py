"""Tools, and which of them must be called, in the words of other APIs and frameworks."""

import copy

import pytest

from weryai_core import APIError, InvalidRequestError
from weryai_core.request.tools import (
    forces_call,
    refuses_forcing,
    to_tool_choice,
    with_documented_tools,
)

ADD = {"type": "function", "function": {"name": "add"}}
SUB = {"type": "function", "function": {"name": "sub"}}
TOOLS = [ADD, SUB, {"type": "web_search"}]

OBJECTS = [
    (SUB, SUB),
    ({"type": "web_search"}, {"type": "web_search"}),
    ({"type": "tool", "name": "sub"}, SUB),
    ({"type": "function", "name": "sub"}, SUB),
    ({"type": "any"}, "required"),
    ({"type": "auto", "disable_parallel_tool_use": True}, "auto"),
    ({"type": "none"}, "none"),
]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, None),
        (False, None),
        (True, "required"),
        ("auto", "auto"),
        ("none", "none"),
        ("any", "required"),
        ("required", "required"),
        ("sub", SUB),
    ],
    ids=repr,
)
def test_a_choice_is_a_word_or_the_name_of_a_tool(choice, expected):
    assert to_tool_choice(choice, TOOLS) == expected


@pytest.mark.parametrize(("choice", "expected"), OBJECTS, ids=repr)
def test_a_choice_may_be_an_object_of_another_api(choice, expected):
    assert to_tool_choice(choice, TOOLS) == expected


@pytest.mark.parametrize(
    "choice",
    ["mul", {"type": "function", "function": {"name": "mul"}}, {"type": "tool", "name": "mul"}],
    ids=repr,
)
def test_the_choice_of_an_unknown_tool_is_refused(choice):
    with pytest.raises(InvalidRequestError) as caught:
        to_tool_choice(choice, TOOLS)
    assert str(caught.value) == (
        "`tool_choice` names the tool 'mul', but the tools are ['add', 'sub']."
    )


@pytest.mark.parametrize("choice", [5, 1.5, ["add"]], ids=repr)
def test_a_choice_of_another_type_is_refused(choice):
    with pytest.raises(InvalidRequestError, match="`tool_choice` must be a word like 'auto'"):
        to_tool_choice(choice, TOOLS)


FLAT = {"type": "function", "name": "add", "parameters": {}, "strict": True}
NESTED = {"type": "function", "function": {"name": "add", "parameters": {}, "strict": True}}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"tools": [FLAT]}, {"tools": [NESTED]}),
        ({"tools": (ADD, "x")}, {"tools": [ADD, "x"]}),
        ({"tools": "x", "seed": 1}, {"tools": "x", "seed": 1}),
        ({"tools": [ADD], "tool_choice": "add"}, {"tools": [ADD], "tool_choice": ADD}),
        ({"tools": [FLAT], "tool_choice": "any"}, {"tools": [NESTED], "tool_choice": "required"}),
        ({"tools": [ADD], "tool_choice": False}, {"tools": [ADD]}),
        ({}, {}),
    ],
    ids=repr,
)
def test_tools_and_the_choice_are_put_into_the_words_of_the_api(body, expected):
    before = copy.deepcopy(body)
    assert with_documented_tools(body) == expected
    assert body == before


@pytest.mark.parametrize(
    ("choice", "forces"),
    [("required", True), ("any", True), (ADD, True), ("auto", False), ("none", False)],
)
def test_a_word_or_a_name_forces_a_call(choice, forces):
    assert forces_call(choice) is forces
    assert forces_call(None) is False


def test_a_refusal_of_a_forced_call_names_the_parameter():
    for text in (
        "deepseek-reasoner does not support this tool_choice",
        "Thinking may not be enabled when tool_choice forces tool use.",
        "Unsupported: toolChoice",
    ):
        assert refuses_forcing(InvalidRequestError(text))
        assert not refuses_forcing(APIError(text))
    assert not refuses_forcing(InvalidRequestError("`temperature` is too high"))

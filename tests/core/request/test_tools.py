"""Tools, and which of them must be called, in the words of other APIs and frameworks."""

import copy

import pytest

from weryai_core import APIError, InvalidRequestError
from weryai_core.request.tools import (
    forces_call,
    refuses_forcing,
    to_tool_choice,
    with_documented_tools,
    without_force,
)

ADD = {"type": "function", "function": {"name": "add"}}
SUB = {"type": "function", "function": {"name": "sub"}}
TOOLS = [ADD, SUB, {"type": "web_search"}]


def allowing(mode):
    return {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": [SUB]}}


FORCED = allowing("required")
OBJECTS = [
    (SUB, SUB),
    ({"type": "web_search"}, {"type": "web_search"}),
    ({"type": "tool", "name": "sub"}, SUB),
    ({"type": "function", "name": "sub"}, SUB),
    ({"type": "any"}, "required"),
    ({"type": "auto", "disable_parallel_tool_use": True}, "auto"),
    ({"type": "none"}, "none"),
    ({"any": {}}, "required"),
    ({"tool": {"name": "sub"}}, SUB),
    ({"type": "allowed_tools", "tools": [{"type": "function", "name": "sub"}]}, allowing("auto")),
    ({"type": "allowed_tools", "mode": "required", "tools": [SUB]}, allowing("required")),
    ({"type": "allowed_tools", "allowed_tools": {"mode": "any", "tools": ["sub"]}}, FORCED),
    (FORCED, FORCED),
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
    [
        "mul",
        {"type": "function", "function": {"name": "mul"}},
        {"type": "tool", "name": "mul"},
        {"type": "allowed_tools", "mode": "auto", "tools": [SUB, "mul"]},
    ],
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


@pytest.mark.parametrize(
    "choice",
    [
        {"type": "allowed_tools"},
        {"type": "allowed_tools", "mode": "auto", "tools": []},
        {"type": "allowed_tools", "mode": "none", "tools": [SUB]},
    ],
    ids=repr,
)
def test_a_choice_among_several_names_them_and_a_mode(choice):
    with pytest.raises(InvalidRequestError, match='type "allowed_tools" needs `tools`'):
        to_tool_choice(choice, TOOLS)


@pytest.mark.parametrize(
    ("choice", "free"),
    [("required", "auto"), (SUB, "auto"), (FORCED, allowing("auto"))],
    ids=repr,
)
def test_a_choice_without_force_allows_the_same_tools(choice, free):
    assert without_force(choice) == free


NO_PARAMETERS = {"type": "object", "properties": {}}
FLAT = {"type": "function", "name": "add", "parameters": {}, "strict": True}
NESTED = {
    "type": "function",
    "function": {"name": "add", "parameters": NO_PARAMETERS, "strict": True},
}
WHOLE = {"type": "function", "function": {"name": "add", "parameters": NO_PARAMETERS}}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"tools": [FLAT]}, {"tools": [NESTED]}),
        ({"tools": (ADD, ADD)}, {"tools": [WHOLE]}),
        ({"tools": "x", "seed": 1}, {"tools": "x", "seed": 1}),
        ({"tools": [ADD], "tool_choice": "add"}, {"tools": [WHOLE], "tool_choice": ADD}),
        ({"tools": [FLAT], "tool_choice": "any"}, {"tools": [NESTED], "tool_choice": "required"}),
        ({"tools": [ADD], "tool_choice": False}, {"tools": [WHOLE]}),
        ({}, {}),
    ],
    ids=repr,
)
def test_tools_and_the_choice_are_put_into_the_words_of_the_api(body, expected):
    before = copy.deepcopy(body)
    assert with_documented_tools(body) == expected
    assert body == before


def test_two_tools_of_one_name_are_refused():
    other = {"type": "function", "function": {"name": "add", "description": "Add more."}}
    with pytest.raises(InvalidRequestError, match="Two tools have the name 'add'"):
        with_documented_tools({"tools": [ADD, SUB, other]})


def test_a_choice_may_name_a_tool_as_it_is_sent():
    tools = [{"type": "function", "function": {"name": name}} for name in ("a.b", "a_b", "c d")]
    chosen = {"type": "function", "function": {"name": "c d"}}
    assert to_tool_choice("c_d", tools) == to_tool_choice("c d", tools) == chosen
    assert to_tool_choice("a_b", tools)["function"]["name"] == "a_b"


@pytest.mark.parametrize(
    ("choice", "forces"),
    [
        ("required", True),
        ("any", True),
        (ADD, True),
        (FORCED, True),
        (allowing("auto"), False),
        ("auto", False),
        ("none", False),
    ],
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

"""Which tool shall be called, in the frameworks' words and in the request's."""

import pytest

from weryai_core import InvalidRequestError
from weryai_core.integration import to_tool_choice

TOOLS = [
    {"type": "function", "function": {"name": "add"}},
    {"type": "function", "function": {"name": "sub"}},
    {"type": "web_search"},
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
        ("sub", {"type": "function", "function": {"name": "sub"}}),
        (
            {"type": "function", "function": {"name": "add"}},
            {"type": "function", "function": {"name": "add"}},
        ),
        ({"type": "web_search"}, {"type": "web_search"}),
        ({"type": "tool", "name": "sub"}, {"type": "function", "function": {"name": "sub"}}),
        ({"type": "function", "name": "sub"}, {"type": "function", "function": {"name": "sub"}}),
        ({"type": "any"}, "required"),
        ({"type": "auto", "disable_parallel_tool_use": True}, "auto"),
        ({"type": "none"}, "none"),
    ],
    ids=repr,
)
def test_a_choice_is_a_word_or_a_tool(choice, expected):
    assert to_tool_choice(choice, TOOLS) == expected


@pytest.mark.parametrize(
    "choice",
    [
        "mul",
        {"type": "function", "function": {"name": "mul"}},
        {"type": "tool", "name": "mul"},
    ],
    ids=repr,
)
def test_a_choice_among_other_tools_is_refused(choice):
    with pytest.raises(InvalidRequestError) as caught:
        to_tool_choice(choice, TOOLS)
    assert str(caught.value) == (
        "`tool_choice` names the tool 'mul', but the tools are ['add', 'sub']."
    )


@pytest.mark.parametrize("choice", [5, 1.5, ["add"]], ids=repr)
def test_what_is_no_choice_is_refused(choice):
    with pytest.raises(InvalidRequestError, match="`tool_choice` must be a word like 'auto'"):
        to_tool_choice(choice, TOOLS)

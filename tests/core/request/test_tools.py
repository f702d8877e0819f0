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


CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
NODE = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}

# The schema of a tool's arguments -> what is sent.
SCHEMAS = {
    "none": (None, NO_PARAMETERS),
    "empty": ({}, NO_PARAMETERS),
    "without properties": ({"type": "object"}, NO_PARAMETERS),
    "null properties": ({"type": "object", "properties": None}, NO_PARAMETERS),
    "without a type": ({"properties": {"a": {}}}, {"type": "object", "properties": {"a": {}}}),
    "several types": ({"type": ["object", "null"]}, NO_PARAMETERS),
    "any value": (True, NO_PARAMETERS),
    "only additional ones": (
        {"type": "object", "additionalProperties": {"type": "string"}},
        {**NO_PARAMETERS, "additionalProperties": {"type": "string"}},
    ),
    "complete": (CITY, CITY),
    "with definitions": ({**CITY, "$defs": {"X": {}}}, {**CITY, "$defs": {"X": {}}}),
    "a union": ({"anyOf": [CITY]}, {"anyOf": [CITY]}),
    "recursive": (
        {"$ref": "#/$defs/Node", "$defs": {"Node": NODE}},
        {**NODE, "$defs": {"Node": NODE}},
    ),
    "a broken reference": ({"$ref": "#/$defs/X"}, {**NO_PARAMETERS, "$ref": "#/$defs/X"}),
    "of another type": ({"type": "array"}, {"type": "array"}),
}


@pytest.mark.parametrize(("schema", "sent"), SCHEMAS.values(), ids=SCHEMAS)
def test_parameters_are_a_complete_object_schema(schema, sent):
    before = copy.deepcopy(schema)
    tool = {"type": "function", "function": {"name": "add", "parameters": schema}}
    [documented] = with_documented_tools({"tools": [tool]})["tools"]
    assert documented == {"type": "function", "function": {"name": "add", "parameters": sent}}
    assert schema == before


FUNCTION = {"name": "add", "description": "Add.", "parameters": CITY}
FORMS = {
    "OpenAI's": {"type": "function", "function": FUNCTION},
    "OpenAI's function alone": FUNCTION,
    "OpenAI's Responses": {"type": "function", **FUNCTION},
    "Anthropic's": {"name": "add", "description": "Add.", "input_schema": CITY},
    "Anthropic's custom": {
        "type": "custom",
        "name": "add",
        "description": "Add.",
        "input_schema": CITY,
    },
    "MCP's": {"name": "add", "description": "Add.", "inputSchema": CITY, "annotations": {}},
}


@pytest.mark.parametrize("tool", FORMS.values(), ids=FORMS)
def test_a_tool_in_the_form_of_any_api_becomes_a_function(tool):
    sent = with_documented_tools({"tools": [tool]})["tools"]
    assert sent == [{"type": "function", "function": FUNCTION}]


BUILT_IN = {
    "bash_20250124": {"type": "bash_20250124", "name": "bash"},
    "text_editor_20250728": {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
    "memory_20250818": {"type": "memory_20250818", "name": "memory"},
    "web_fetch_20250910": {"type": "web_fetch_20250910", "name": "web_fetch", "max_uses": 5},
    "mcp_toolset": {"type": "mcp_toolset", "mcp_server_name": "x"},
    "code_interpreter": {"type": "code_interpreter", "container": {"type": "auto"}},
    "computer_use_preview": {"type": "computer_use_preview", "display_width": 1},
    "file_search": {"type": "file_search", "vector_store_ids": ["v"]},
    "image_generation": {"type": "image_generation"},
    "mcp": {"type": "mcp", "server_label": "x", "server_url": "https://example.com"},
    "local_shell": {"type": "local_shell"},
    "openrouter:datetime": {"type": "openrouter:datetime"},
    "url_context": {"url_context": {}},
    "code_execution": {"code_execution": {}},
    "google_maps": {"google_maps": {}},
    "function_declarations": {"function_declarations": [{"name": "add"}]},
    "an empty object": {},
    "7": {"type": 7},
}


@pytest.mark.parametrize(("name", "tool"), BUILT_IN.items(), ids=BUILT_IN)
def test_a_built_in_tool_of_another_provider_is_refused_by_name(name, tool):
    for tools in ([tool], [ADD, tool]):
        with pytest.raises(InvalidRequestError) as caught:
            with_documented_tools({"tools": tools})
        shown = 7 if name == "7" else repr(name)
        assert str(caught.value) == (
            f"The tool {shown} is built into another provider's API, and WeryAI does not run it. "
            "Remove it, or define a function of your own that does the same."
        )


@pytest.mark.parametrize(
    "tool",
    [{"type": "custom", "name": "run"}, {"type": "custom", "custom": {"name": "run"}}],
    ids=["Responses", "chat"],
)
def test_a_custom_tool_is_refused_with_the_way_to_replace_it(tool):
    with pytest.raises(InvalidRequestError, match=r"'run'.*Define a function with one parameter"):
        with_documented_tools({"tools": [tool]})


@pytest.mark.parametrize(
    "tool",
    ["x", {"type": "function"}, {"type": "function", "function": {"name": " "}}, {"name": 3}],
    ids=repr,
)
def test_a_tool_without_a_name_is_refused(tool):
    with pytest.raises(InvalidRequestError, match="A tool must be a function with a name"):
        with_documented_tools({"tools": [tool]})


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

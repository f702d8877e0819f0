"""Tools in the form of any API, as functions."""

import copy

import pytest

from weryai_core import InvalidRequestError
from weryai_core.request.tools import with_documented_tools

ADD = {"type": "function", "function": {"name": "add"}}
NO_PARAMETERS = {"type": "object", "properties": {}}

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
    "Bedrock's": {
        "toolSpec": {"name": "add", "description": "Add.", "inputSchema": {"json": CITY}}
    },
    "a JSON schema": {"title": "add", "description": "Add.", **CITY},
    "a JSON schema with Google's types": {
        "title": "add",
        "description": "Add.",
        **CITY,
        "type": "OBJECT",
    },
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
    "web_runner": "web_runner",
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
    [5, {}, {"type": "function"}, {"type": "function", "function": {"name": " "}}, {"name": 3}],
    ids=repr,
)
def test_a_tool_without_a_name_is_refused(tool):
    with pytest.raises(InvalidRequestError, match="A tool must be a function with a name"):
        with_documented_tools({"tools": [tool]})


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        ({"function_declarations": [{"name": "add"}]}, "Pass each of them as a tool"),
        ({"cachePoint": {"type": "default"}}, "Put `cache_control` into the last tool"),
    ],
    ids=["Google's functions", "Bedrock's mark"],
)
def test_what_is_no_tool_is_refused_with_what_to_write_instead(tool, words):
    with pytest.raises(InvalidRequestError, match=words):
        with_documented_tools({"tools": [tool]})


def test_parameters_may_be_the_text_of_a_schema():
    tool = {
        "type": "function",
        "function": {"name": "f", "parameters": '{"properties": {"a": {}}}'},
    }
    [sent] = with_documented_tools({"tools": [tool]})["tools"]
    assert sent["function"]["parameters"] == {"type": "object", "properties": {"a": {}}}
    tool["function"]["parameters"] = "one number"
    with pytest.raises(InvalidRequestError, match="must be a JSON schema, not the text"):
        with_documented_tools({"tools": [tool]})

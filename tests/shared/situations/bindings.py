"""Tools and formats that applications of LangChain bind to a model."""

from pydantic import BaseModel

from situations import ANY, UNPUBLISHED, Binding


class City(BaseModel):
    """A city."""

    name: str


ANTHROPIC = "https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/overview"
RESPONSES = "https://platform.openai.com/docs/api-reference/responses/create"
GOOGLE = "https://ai.google.dev/gemini-api/docs/url-context"
SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


def refused(name, source, tool):
    """A tool that another provider runs on its own servers."""
    return Binding(id=f"the tool {name}", source=source, tools=[tool], says=name)


SERVERS = [
    refused("bash_20250124", ANTHROPIC, {"type": "bash_20250124", "name": "bash"}),
    refused(
        "text_editor_20250728",
        ANTHROPIC,
        {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
    ),
    refused("code_execution_20250825", ANTHROPIC, {"type": "code_execution_20250825", "name": "c"}),
    refused(
        "code_interpreter", RESPONSES, {"type": "code_interpreter", "container": {"type": "auto"}}
    ),
    refused("image_generation", RESPONSES, {"type": "image_generation"}),
    refused(
        "mcp",
        RESPONSES,
        {"type": "mcp", "server_label": "s", "server_url": "https://example.com/mcp"},
    ),
    refused("url_context", GOOGLE, {"url_context": {}}),
    refused("code_execution", GOOGLE, {"code_execution": {}}),
    refused("hologram_20300101", UNPUBLISHED, {"type": "hologram_20300101", "name": "h"}),
]
FORMATS = [
    Binding(
        id="a class as the response format",
        source="https://platform.openai.com/docs/guides/structured-outputs",
        options={"response_format": City},
        sent={"response_format": {"type": "json_schema", "json_schema": ANY}},
    ),
    Binding(
        id="a bare schema as the response format",
        source=UNPUBLISHED,
        options={"response_format": {"title": "City", **SCHEMA}},
        sent={"response_format": {"type": "json_schema", "json_schema": ANY}},
    ),
]

BINDINGS = [*SERVERS, *FORMATS]

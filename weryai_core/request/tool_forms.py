"""A tool in the form of any API, as OpenAI's function tool with an object of parameters.

{"type": "function", "function": {"name": ..., "parameters": ...}}    OpenAI's chat API
{"type": "function", "name": ..., "parameters": ...}                  its Responses API
{"name": ..., "input_schema": ...}                                    Anthropic's
{"name": ..., "inputSchema": ...}                                     an MCP server's
{"toolSpec": {"name": ..., "inputSchema": {"json": ...}}}             Amazon Bedrock's
{"title": ..., "properties": ...}                                     a JSON schema
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weryai_core.errors import InvalidRequestError
from weryai_core.schemas.clean import clean_schema, is_clean
from weryai_core.schemas.roots import may_be_object, with_object_root
from weryai_core.wire import function_of, parse_json

# Where Anthropic's API and MCP servers have the schema of a tool's arguments.
_SCHEMAS = ("input_schema", "inputSchema")
_DESCRIBED = ("name", "description", "parameters", "strict")
# What a tool that a program runs has in some API or framework.
_OWN_FIELDS = frozenset(("function", "name", "title", "toolSpec"))
_GOOGLES = frozenset(("function_declarations", "functionDeclarations"))
_MARKS = frozenset(("cachePoint", "cache_point"))
# What a JSON schema has that is a tool itself.
_OF_SCHEMAS = frozenset(("properties", "anyOf", "oneOf", "allOf", "$ref", "$defs"))


def to_function_tool(tool: Any) -> dict[str, Any]:
    """A tool in the form of any API as a function tool.

    Raises:
        InvalidRequestError: The tool has no name, or is built into another provider's API.
    """
    refuse_built_in(tool)
    function = function_of(tool)
    if not function and isinstance(tool, Mapping):
        function = _function_in(tool)
    name = function.get("name")
    if not isinstance(name, str) or not name.strip():
        raise InvalidRequestError(
            f"A tool must be a function with a name, in the form of OpenAI's API, not {tool!r:.80}."
        )
    parameters = _object_schema(_schema_in(function.get("parameters"), name))
    rest = tool if function_of(tool) else {}
    return {**rest, "type": "function", "function": {**function, "parameters": parameters}}


def refuse_built_in(tool: Any) -> None:
    """Check that a tool is one that the caller's program runs, in the form of any API.

    Raises:
        InvalidRequestError: It is a built-in tool of another provider; the error names it.
    """
    if isinstance(tool, str):
        tool = {"type": tool}
    if not isinstance(tool, Mapping):
        return
    kind = tool.get("type")
    if kind is None:
        is_own = not _OWN_FIELDS.isdisjoint(tool)
        kind = ", ".join(map(str, tool))  # Google's have no type
    else:
        is_own = kind in ("function", "object") or _has_schema(tool)
    if is_own:
        return
    if kind == "custom":
        name = tool.get("name") or function_of({"function": tool.get("custom")}).get("name")
        raise InvalidRequestError(
            f"The custom tool {name!r} of OpenAI's API cannot be sent to all models. Define a "
            "function with one parameter of type string instead."
        )
    if not tool:
        raise InvalidRequestError("A tool must be a function with a name, not an empty object.")
    if not _GOOGLES.isdisjoint(tool):
        raise InvalidRequestError(
            f"A tool with {kind!r} holds several functions in the form of Google's API. Pass each "
            "of them as a tool of its own."
        )
    if not _MARKS.isdisjoint(tool):
        raise InvalidRequestError(
            f"{kind!r} is a mark for a cache, not a tool. Put `cache_control` into the last tool "
            "in its place."
        )
    raise InvalidRequestError(
        f"The tool {kind!r} is built into another provider's API, and WeryAI does not run it. "
        "Remove it, or define a function of your own that does the same."
    )


def is_json_schema(tool: Mapping[str, Any]) -> bool:
    """Whether a tool is the JSON schema of its parameters, with its name as the title."""
    return "title" in tool and "name" not in tool and not _OF_SCHEMAS.isdisjoint(tool)


def _has_schema(tool: Mapping[str, Any]) -> bool:
    return _schema_of(tool) is not None or is_json_schema(tool)


def _schema_of(tool: Mapping[str, Any]) -> Any:
    return next((tool[key] for key in _SCHEMAS if isinstance(tool.get(key), Mapping)), None)


def _function_in(tool: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the function of a tool that has none under `function`."""
    if isinstance(tool.get("toolSpec"), Mapping):
        tool = tool["toolSpec"]
    elif is_json_schema(tool):
        rest = {key: value for key, value in tool.items() if key not in ("title", "description")}
        tool = {**tool, "name": tool["title"], "parameters": rest}
    function = {key: tool[key] for key in _DESCRIBED if key in tool}
    schema = _schema_of(tool)
    if schema is not None:
        of_bedrock = schema.get("json")
        function["parameters"] = of_bedrock if isinstance(of_bedrock, Mapping) else schema
    return function


def _schema_in(parameters: object, name: str) -> object:
    """A tool's parameters, also those that are the JSON text of a schema.

    Raises:
        InvalidRequestError: They are a text that is no schema.
    """
    if not isinstance(parameters, str):
        return parameters
    schema = parse_json(parameters.encode("utf-8", "replace"))
    if not isinstance(schema, Mapping):
        raise InvalidRequestError(
            f"The parameters of the tool {name!r} must be a JSON schema, not the text "
            f"{parameters!r:.80}."
        )
    return schema


def _object_schema(schema: object) -> Mapping[str, Any]:
    """A schema in its common form, with `properties`: OpenAI and Gemini refuse one without."""
    given = schema if isinstance(schema, Mapping) else {}
    clean = with_object_root(given if is_clean(given) else clean_schema(given))
    if not may_be_object(clean):
        return clean  # one of several objects, or refused by `check_tool_roots`
    return {**clean, "type": "object", "properties": clean.get("properties", {})}

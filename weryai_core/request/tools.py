"""The tools of a request, and which of them must be called, in the words of the API."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from weryai_core.errors import InvalidRequestError, WeryAIError
from weryai_core.identifiers.names import sent_names
from weryai_core.schemas.roots import may_be_object, with_object_root
from weryai_core.wire import function_of, name_of

_TOOL_CHOICE = re.compile(r"tool.?choice", re.IGNORECASE)

# "any" is Anthropic's word for "required".
_WORDS = {"auto": "auto", "none": "none", "any": "required", "required": "required"}

# Where Anthropic's API and MCP servers have the schema of a tool's arguments.
_SCHEMAS = ("input_schema", "inputSchema")
_DESCRIBED = ("name", "description", "parameters", "strict")
# What a tool that a program runs has in some API or framework.
_OWN_FIELDS = frozenset(("function", "name", "title", "toolSpec"))


def with_documented_tools(body: Mapping[str, Any]) -> dict[str, Any]:
    """A request with its tools, and its choice among them, as the API takes them.

    Raises:
        InvalidRequestError: A tool is not a function, has no name, or has the name of another one;
            or see `to_tool_choice`.
    """
    documented = dict(body)
    tools = body.get("tools")
    if isinstance(tools, (list, tuple)):
        documented["tools"] = _without_repeats(map(_to_tool, tools))
    if "tool_choice" in body:
        choice = to_tool_choice(documented.pop("tool_choice"), documented.get("tools") or ())
        if choice is not None:
            documented["tool_choice"] = choice
    return documented


def to_tool_choice(
    choice: str | bool | Mapping[str, Any] | None, tools: Sequence[Mapping[str, Any]]
) -> str | dict[str, Any] | None:
    """A tool choice as the request takes it; None if it does not matter which tool is called.

    Args:
        choice: "auto", "none", "any", "required", True (the same as "required"), the name of a
            tool, or an object of OpenAI's or Anthropic's API.
        tools: The tools to choose from, as a request takes them.

    Raises:
        InvalidRequestError: The choice names an unknown tool, or is of the wrong type.
    """
    if choice is None or choice is False:
        return None
    if choice is True:
        return "required"
    if isinstance(choice, Mapping):
        choice = _from_flat_object(choice)
    if isinstance(choice, str):
        if choice in _WORDS:
            return _WORDS[choice]
        choice = {"type": "function", "function": {"name": choice}}
    if not isinstance(choice, Mapping):
        raise InvalidRequestError(
            f"`tool_choice` must be a word like 'auto', the name of a tool, or an object, not "
            f"{choice!r:.80}."
        )
    names = [name for tool in tools if (name := name_of(tool)) is not None]
    wanted = name_of(choice)
    if wanted is not None and wanted not in names:
        for name, sent in sent_names(names).items():
            if sent == wanted:
                return {"type": "function", "function": {"name": name}}
        raise InvalidRequestError(
            f"`tool_choice` names the tool {wanted!r}, but the tools are {names}."
        )
    return dict(choice)


def schemas_by_name(tools: object) -> dict[str, Mapping[str, Any]]:
    """The parameters' schemas of a request's tools, by the names of the tools."""
    found = {}
    for tool in tools if isinstance(tools, (list, tuple)) else ():
        name, schema = name_of(tool), function_of(tool).get("parameters")
        if name is not None:
            found[name] = schema if isinstance(schema, Mapping) else {}
    return found


def forces_call(choice: object) -> bool:
    """Whether a request's `tool_choice` requires a call."""
    return choice in ("required", "any") or name_of(choice) is not None


def offers_functions(body: Mapping[str, Any]) -> bool:
    """Whether an answer to a request may be a call of a function."""
    return body.get("tool_choice") != "none" and any(map(name_of, body.get("tools") or ()))


def refuses_forcing(error: WeryAIError) -> bool:
    """Whether a service reports that the model does not take a `tool_choice` that forces a call.

    Reasoning models do: "deepseek-reasoner does not support this tool_choice", "Thinking may not
    be enabled when tool_choice forces tool use".
    """
    return isinstance(error, InvalidRequestError) and bool(_TOOL_CHOICE.search(str(error)))


def refuse_built_in(tool: Any) -> None:
    """Check that a tool is one that the caller's program runs, in the form of any API.

    Raises:
        InvalidRequestError: It is a built-in tool of another provider; the error names it.
    """
    if not isinstance(tool, Mapping):
        return
    kind = tool.get("type")
    if kind is None:
        is_own = not _OWN_FIELDS.isdisjoint(tool)
        kind = ", ".join(map(str, tool)) or "an empty object"  # Google's have no type
    else:
        is_own = kind in ("function", "object") or _schema_of(tool) is not None
    if is_own:
        return
    if kind == "custom":
        name = tool.get("name") or function_of({"function": tool.get("custom")}).get("name")
        raise InvalidRequestError(
            f"The custom tool {name!r} of OpenAI's API cannot be sent to all models. Define a "
            "function with one parameter of type string instead."
        )
    raise InvalidRequestError(
        f"The tool {kind!r} is built into another provider's API, and WeryAI does not run it. "
        "Remove it, or define a function of your own that does the same."
    )


def _to_tool(tool: Any) -> dict[str, Any]:
    """A function tool with a complete schema, from a tool in the form of any API."""
    refuse_built_in(tool)
    function = function_of(tool)
    if not function and isinstance(tool, Mapping):
        # OpenAI's Responses, Anthropic and MCP have the fields of the function at the top.
        function = {key: tool[key] for key in _DESCRIBED if key in tool}
        schema = _schema_of(tool)
        if schema is not None:
            function["parameters"] = schema
    name = function.get("name")
    if not isinstance(name, str) or not name.strip():
        raise InvalidRequestError(
            f"A tool must be a function with a name, in the form of OpenAI's API, not {tool!r:.80}."
        )
    parameters = _complete_schema(function.get("parameters"))
    rest = tool if function_of(tool) else {}
    return {**rest, "type": "function", "function": {**function, "parameters": parameters}}


def _schema_of(tool: Mapping[str, Any]) -> Any:
    return next((tool[key] for key in _SCHEMAS if isinstance(tool.get(key), Mapping)), None)


def _complete_schema(schema: object) -> Mapping[str, Any]:
    """The schema of an object with `properties`: OpenAI and Gemini refuse one without."""
    if not isinstance(schema, Mapping):
        schema = {}
    schema = with_object_root(schema)
    kind, properties = schema.get("type"), schema.get("properties")
    if not may_be_object(schema):
        return schema  # refused by `check_tool_roots`
    if kind == "object" and isinstance(properties, Mapping):
        return schema
    has_properties = isinstance(properties, Mapping)
    return {**schema, "type": "object", "properties": properties if has_properties else {}}


def _without_repeats(tools: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The tools, each once.

    Raises:
        InvalidRequestError: Two different tools have one name.
    """
    by_name: dict[str, Mapping[str, Any]] = {}
    for tool in tools:
        name = name_of(tool) or ""
        if by_name.setdefault(name, tool) != tool:
            raise InvalidRequestError(
                f"Two tools have the name {name!r}, so that no call could be told from a call of "
                "the other. Rename one of them."
            )
    return [*by_name.values()]


def _from_flat_object(choice: Mapping[str, Any]) -> str | Mapping[str, Any]:
    """The word or the name in an object of Anthropic's or OpenAI's Responses API, else itself."""
    kind, name = choice.get("type"), choice.get("name")
    if kind in ("tool", "function") and isinstance(name, str):
        return name
    return kind if isinstance(kind, str) and kind in _WORDS else choice

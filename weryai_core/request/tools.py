"""The tools of a request, and which of them must be called, in the words of the API."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from weryai_core.errors import InvalidRequestError, WeryAIError
from weryai_core.wire import function_of, name_of

_TOOL_CHOICE = re.compile(r"tool.?choice", re.IGNORECASE)

# "any" is Anthropic's word for "required".
_WORDS = {"auto": "auto", "none": "none", "any": "required", "required": "required"}


def with_documented_tools(body: Mapping[str, Any]) -> dict[str, Any]:
    """A request with its tools, and its choice among them, as the API takes them.

    Raises:
        InvalidRequestError: See `to_tool_choice`.
    """
    documented = dict(body)
    tools = body.get("tools")
    if isinstance(tools, (list, tuple)):
        documented["tools"] = [_to_tool(tool) for tool in tools]
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


def _to_tool(tool: Any) -> Any:
    """A tool of OpenAI's Responses API, which has its fields at the top, as one of a chat request.

    Other tools are returned as they are.
    """
    is_flat = isinstance(tool, Mapping) and tool.get("type") == "function" and "name" in tool
    if not is_flat or "function" in tool:
        return tool
    function = {name: value for name, value in tool.items() if name != "type"}
    return {"type": "function", "function": function}


def _from_flat_object(choice: Mapping[str, Any]) -> str | Mapping[str, Any]:
    """The word or the name in an object of Anthropic's or OpenAI's Responses API, else itself."""
    kind, name = choice.get("type"), choice.get("name")
    if kind in ("tool", "function") and isinstance(name, str):
        return name
    return kind if isinstance(kind, str) and kind in _WORDS else choice

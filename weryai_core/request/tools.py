"""The tools of a request, and which of them must be called, in the words of the API."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from weryai_core.errors import InvalidRequestError, WeryAIError
from weryai_core.identifiers.names import sent_names
from weryai_core.request.tool_forms import to_function_tool
from weryai_core.wire import allowed_names, function_of, mode_of, name_of

_TOOL_CHOICE = re.compile(r"tool.?choice", re.IGNORECASE)

# "any" is Anthropic's word for "required".
_WORDS = {"auto": "auto", "none": "none", "any": "required", "required": "required"}


def with_documented_tools(body: Mapping[str, Any]) -> dict[str, Any]:
    """A request with its tools, and its choice among them, as the API takes them.

    Raises:
        InvalidRequestError: A tool is not a function, has no name, or has the name of another one;
            or see `to_tool_choice`.
    """
    documented = dict(body)
    tools = body.get("tools")
    if isinstance(tools, (list, tuple)):
        documented["tools"] = _without_repeats(map(to_function_tool, tools))
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
            tool, or an object of OpenAI's, Anthropic's or Bedrock's API.
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
    several = allowed_names(choice)
    if several is not None:
        return _allowing([_known(name, names) for name in several], mode_of(choice))
    wanted = name_of(choice)
    if wanted is None or wanted in names:
        return dict(choice)
    return {"type": "function", "function": {"name": _known(wanted, names)}}


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
    if choice is None:
        return False
    return mode_of(choice) in ("required", "any") or name_of(choice) is not None


def without_force(choice: object) -> str | dict[str, Any]:
    """A `tool_choice` that leaves it to the model whether to call one of the same tools."""
    several = allowed_names(choice)
    return "auto" if several is None else _allowing(several, "auto")


def offers_functions(body: Mapping[str, Any]) -> bool:
    """Whether an answer to a request may be a call of a function."""
    return body.get("tool_choice") != "none" and any(map(name_of, body.get("tools") or ()))


def refuses_forcing(error: WeryAIError) -> bool:
    """Whether a service reports that the model does not take a `tool_choice` that forces a call.

    Reasoning models do: "deepseek-reasoner does not support this tool_choice", "Thinking may not
    be enabled when tool_choice forces tool use".
    """
    return isinstance(error, InvalidRequestError) and bool(_TOOL_CHOICE.search(str(error)))


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


def _known(wanted: str, names: Sequence[str]) -> str:
    """The name of a tool that a choice names, by its own name or by the one that is sent.

    Raises:
        InvalidRequestError: No tool has the name.
    """
    if wanted not in names:
        for name, sent in sent_names(names).items():
            if sent == wanted:
                return name
        raise InvalidRequestError(
            f"`tool_choice` names the tool {wanted!r}, but the tools are {[*names]}."
        )
    return wanted


def _allowing(names: Sequence[str], mode: object) -> dict[str, Any]:
    """OpenAI's choice among several tools, as its chat API takes it.

    Raises:
        InvalidRequestError: There are none, or the mode is unknown.
    """
    word = _WORDS.get("auto" if mode is None else str(mode))
    if not names or word not in ("auto", "required"):
        raise InvalidRequestError(
            '`tool_choice` of type "allowed_tools" needs `tools`, which has the tools by name, and '
            'a `mode`, which is "auto" or "required".'
        )
    tools = [{"type": "function", "function": {"name": name}} for name in names]
    return {"type": "allowed_tools", "allowed_tools": {"mode": word, "tools": tools}}


def _from_flat_object(choice: Mapping[str, Any]) -> str | Mapping[str, Any]:
    """The word or the name in an object of Anthropic's, Bedrock's or OpenAI's Responses API.

    Any other choice is returned as it is.
    """
    kind, name = choice.get("type"), choice.get("name")
    if len(choice) == 1 and isinstance(held := next(iter(choice.values())), Mapping):  # Bedrock's
        kind, name = next(iter(choice)), held.get("name")
    if kind in ("tool", "function") and isinstance(name, str):
        return name
    return kind if isinstance(kind, str) and kind in _WORDS else choice

"""Which tool shall be called: the frameworks' words -> a request's `tool_choice`. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from weryai_core.errors import InvalidRequestError, WeryAIError


@dataclass(frozen=True, slots=True)
class ToolUse:
    """What a request's tools mean for the reading of its answer.

    Attributes:
        is_prompted: Whether tools are described in the prompt, so that calls come as text.
        is_forced: Whether an answer without a call is an error.
    """

    is_prompted: bool = False
    is_forced: bool = False


_TOOL_CHOICE = re.compile(r"tool.?choice", re.IGNORECASE)

_WORDS = {"auto": "auto", "none": "none", "any": "required", "required": "required"}


def to_tool_choice(
    choice: str | bool | Mapping[str, Any] | None, tools: Sequence[Mapping[str, Any]]
) -> str | dict[str, Any] | None:
    """A tool choice as the request takes it; None if there is nothing to say.

    Args:
        choice: "auto", "none", "any", "required", True (the same as "required"), the name of a
            tool, or an object of OpenAI's or Anthropic's.
        tools: The tools to choose from, as a request takes them.

    Raises:
        InvalidRequestError: The choice names none of the tools, or is none.
    """
    if choice is None or choice is False:
        return None
    if choice is True:
        return "required"
    if isinstance(choice, Mapping):
        kind, name = choice.get("type"), choice.get("name")
        if kind in ("tool", "function") and isinstance(name, str):
            choice = name  # as Anthropic says it, and OpenAI's Responses
        elif isinstance(kind, str) and kind in _WORDS:
            choice = kind
    if isinstance(choice, str):
        if choice in _WORDS:
            return _WORDS[choice]
        choice = {"type": "function", "function": {"name": choice}}
    if not isinstance(choice, Mapping):
        raise InvalidRequestError(
            f"`tool_choice` must be a word like 'auto', the name of a tool, or an object, not "
            f"{choice!r:.80}."
        )
    names = [name for tool in tools if (name := _name_of(tool)) is not None]
    wanted = _name_of(choice)
    if wanted is not None and wanted not in names:
        raise InvalidRequestError(
            f"`tool_choice` names the tool {wanted!r}, but the tools are {names}."
        )
    return dict(choice)


def named_tool(choice: object) -> str | None:
    """The tool that a request's `tool_choice` names; None if it names none."""
    name = _name_of(choice) if isinstance(choice, Mapping) else None
    return name if isinstance(name, str) else None


def forces_call(choice: object) -> bool:
    """Whether a request's `tool_choice` leaves the model no answer but a call."""
    return choice in ("required", "any") or named_tool(choice) is not None


def refuses_forcing(error: WeryAIError) -> bool:
    """Whether a service says that the model takes no `tool_choice` that demands a call.

    Thinking models do: "deepseek-reasoner does not support this tool_choice", "Thinking may not be
    enabled when tool_choice forces tool use".
    """
    return isinstance(error, InvalidRequestError) and bool(_TOOL_CHOICE.search(str(error)))


def _name_of(tool: Any) -> Any:
    if not isinstance(tool, Mapping):
        return None
    function = tool.get("function")
    return function.get("name") if isinstance(function, Mapping) else None

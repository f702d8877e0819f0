"""LangChain's tools and tool choices to those of a chat request. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from weryai_core import InvalidRequestError

_WORDS = {"auto": "auto", "none": "none", "any": "required", "required": "required"}


def to_tools(
    tools: Sequence[Mapping[str, Any] | type | Callable[..., Any] | BaseTool],
    *,
    strict: bool | None = None,
) -> list[dict[str, Any]]:
    """Tools of any kind that LangChain knows, as OpenAI's function tools."""
    return [convert_to_openai_tool(tool, strict=strict) for tool in tools]


def to_tool_choice(
    choice: str | bool | Mapping[str, Any] | None, tools: Sequence[Mapping[str, Any]]
) -> str | dict[str, Any] | None:
    """A tool choice as the request takes it; None if there is nothing to say.

    Args:
        choice: "auto", "none", "any", "required", True, the name of a tool, or OpenAI's object.
        tools: The tools to choose from, as `to_tools` gives them.

    Raises:
        InvalidRequestError: The choice names none of the tools.
    """
    if choice is None or choice is False:
        return None
    if choice is True:
        return "required"
    if isinstance(choice, str):
        if choice in _WORDS:
            return _WORDS[choice]
        choice = {"type": "function", "function": {"name": choice}}
    names = [tool["function"]["name"] for tool in tools if "function" in tool]
    wanted = choice.get("function", {}).get("name")
    if wanted is not None and wanted not in names:
        raise InvalidRequestError(
            f"`tool_choice` names the tool {wanted!r}, but the tools are {names}."
        )
    return dict(choice)

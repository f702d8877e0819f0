"""LangChain's tools to those of a chat request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool, convert_runnable_to_tool
from langchain_core.utils.function_calling import convert_to_openai_tool

from langchain_weryai.request.schemas import recursive_tool
from weryai_core.integration import is_web_search_tool, strict_tool


def to_tools(
    tools: Sequence[Mapping[str, Any] | type | Callable[..., Any] | Runnable[Any, Any]],
    *,
    strict: bool | None = None,
) -> list[dict[str, Any]]:
    """Tools of any kind that LangChain knows, as OpenAI's function tools.

    Tools that mean a web search stay as they are; the core turns them into the plugin.
    """
    return [_to_tool(tool, strict) for tool in tools]


def _to_tool(tool: Any, strict: bool | None) -> dict[str, Any]:
    if is_web_search_tool(tool):
        return dict(tool)
    if isinstance(tool, Runnable) and not isinstance(tool, BaseTool):
        tool = convert_runnable_to_tool(tool)
    formatted = recursive_tool(tool) or convert_to_openai_tool(tool)
    return formatted if strict is None else strict_tool(formatted, strict)

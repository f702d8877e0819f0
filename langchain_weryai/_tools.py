"""LangChain's tools to those of a chat request. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from weryai_core import is_web_search_tool


def to_tools(
    tools: Sequence[Mapping[str, Any] | type | Callable[..., Any] | BaseTool],
    *,
    strict: bool | None = None,
) -> list[dict[str, Any]]:
    """Tools of any kind that LangChain knows, as OpenAI's function tools.

    Those that mean a web search stay as they are: the request has them as the plugin.
    """
    return [
        dict(tool)  # type: ignore[arg-type]  # a mapping by the test
        if is_web_search_tool(tool)
        else convert_to_openai_tool(tool, strict=strict)
        for tool in tools
    ]

"""LangChain's tools to those of a chat request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool, StructuredTool, convert_runnable_to_tool
from langchain_core.utils.function_calling import (
    convert_to_openai_function,
    convert_to_openai_tool,
)

from langchain_weryai.request.schemas import recursive_tool
from weryai_core import InvalidRequestError
from weryai_core.integration import is_web_search_tool, refuse_built_in, strict_tool


def to_tools(
    tools: Sequence[Mapping[str, Any] | type | Callable[..., Any] | Runnable[Any, Any]],
    *,
    strict: bool | None = None,
) -> list[dict[str, Any]]:
    """Tools of any kind that LangChain knows, as OpenAI's function tools.

    Tools that mean a web search stay as they are; the core turns them into the plugin. Names stay
    as well; the core sends others where services do not take them.

    Raises:
        InvalidRequestError: A tool is built into another provider's API; the error names it.
    """
    return [_to_tool(tool, strict) for tool in tools]


def answer_tools(tools: Sequence[Any]) -> list[str]:
    """The names of those that nobody can run: agents offer a schema as such a tool."""
    return [
        tool.name
        for tool in tools
        if isinstance(tool, StructuredTool) and tool.func is None and tool.coroutine is None
    ]


def _to_tool(tool: Any, strict: bool | None) -> dict[str, Any]:
    if is_web_search_tool(tool):
        return dict(tool)
    if isinstance(tool, Mapping):
        # LangChain would make functions without parameters of other providers' tools.
        refuse_built_in(tool)
        tool = _with_parameters(tool)
    elif isinstance(tool, Runnable) and not isinstance(tool, BaseTool):
        tool = convert_runnable_to_tool(tool)
    if isinstance(tool, BaseTool) and (tool.metadata or {}).get("type") == "custom_tool":
        formatted = _from_custom_tool(tool)
    else:
        formatted = recursive_tool(tool) or convert_to_openai_tool(tool)
    fields = tool if isinstance(tool, Mapping) else getattr(tool, "extras", None) or {}
    if isinstance(fields.get("cache_control"), Mapping):
        formatted = {**formatted, "cache_control": fields["cache_control"]}
    return formatted if strict is None else strict_tool(formatted, strict)


def _with_parameters(tool: Mapping[str, Any]) -> dict[str, Any]:
    """The tool as it is; one of an MCP server as OpenAI's function."""
    if not isinstance(tool.get("inputSchema"), Mapping):
        return dict(tool)
    described = {"description": tool["description"]} if tool.get("description") else {}
    return {"name": tool.get("name"), **described, "parameters": tool["inputSchema"]}


def _from_custom_tool(tool: BaseTool) -> dict[str, Any]:
    """OpenAI's tool that takes any text, as a function with one text.

    Raises:
        InvalidRequestError: The tool has a grammar, which only OpenAI's own API applies.
    """
    if "format" in (tool.metadata or {}):
        raise InvalidRequestError(
            f"The custom tool {tool.name!r} has a `format`, which WeryAI does not apply. Leave it "
            "out, and check the text in the tool."
        )
    return {"type": "function", "function": convert_to_openai_function(tool)}

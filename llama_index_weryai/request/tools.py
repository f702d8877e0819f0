"""LlamaIndex's tools as the parameters of a request: `tools`, `tool_choice` and how many calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from llama_index.core.tools.types import BaseTool

from weryai_core.integration import strict_tool, to_tool_choice


def to_tool_parameters(
    tools: Sequence[BaseTool | Mapping[str, Any]],
    *,
    strict: bool,
    allow_parallel_tool_calls: bool = False,
    tool_required: bool = False,
    tool_choice: str | Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> dict[str, Any]:
    """Return the request's parameters for tools, and `kwargs`, which win.

    Raises:
        InvalidRequestError: `tool_choice` names a tool that is not among `tools`.
    """
    specs = to_specs(tools, strict=strict)
    choice = tool_choice or ("required" if tool_required else "auto")
    return {
        "tools": specs,
        "tool_choice": to_tool_choice(choice, specs),
        **kwargs,
        "parallel_tool_calls": allows_several_calls(allow_parallel_tool_calls, kwargs),
    }


def to_specs(
    tools: Sequence[BaseTool | Mapping[str, Any]], *, strict: bool
) -> list[dict[str, Any]]:
    """Return the tools as a request's `tools`. Dicts are passed through."""
    specs = [
        dict(tool)
        if isinstance(tool, Mapping)
        else tool.metadata.to_openai_tool(skip_length_check=True)
        for tool in tools
    ]
    return [strict_tool(spec) for spec in specs] if strict else specs


def allows_several_calls(allow_parallel_tool_calls: bool, kwargs: Mapping[str, Any]) -> bool:
    """Return whether an answer may hold several calls. The request's own parameter wins."""
    given = kwargs.get("parallel_tool_calls")
    return allow_parallel_tool_calls if given is None else bool(given)

"""LlamaIndex's tools as the parameters of a request: `tools`, `tool_choice` and how many calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from llama_index.core.tools.types import BaseTool
from pydantic.errors import PydanticUserError

from weryai_core import InvalidRequestError
from weryai_core.integration import (
    refuse_built_in,
    strict_tool,
    to_tool_choice,
    with_object_root,
)

# A function has these next to its parameters.
_NOT_PARAMETERS = ("title", "description")


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
        "check_refusal": True,  # LlamaIndex reads calls only, and would lose the refusal
        **kwargs,
        "parallel_tool_calls": allows_several_calls(allow_parallel_tool_calls, kwargs),
    }


def to_specs(
    tools: Sequence[BaseTool | Mapping[str, Any]], *, strict: bool
) -> list[dict[str, Any]]:
    """Return the tools as a request's `tools`. Dicts are passed through."""
    specs = [dict(tool) if isinstance(tool, Mapping) else _to_spec(tool) for tool in tools]
    return [strict_tool(spec) for spec in specs] if strict else specs


def _to_spec(tool: BaseTool) -> dict[str, Any]:
    refuse_built_in(tool)
    metadata = tool.metadata
    try:
        spec = metadata.to_openai_tool(skip_length_check=True)
    except PydanticUserError as error:
        raise InvalidRequestError(
            f"The tool {metadata.name!r} has no JSON schema: {error}"
        ) from error
    # LlamaIndex replaces characters of the name and cannot find the tool by the other name. The
    # core sends a name that services take, and translates it back.
    function = {**spec["function"], "name": metadata.name}
    schema_class = metadata.fn_schema
    if schema_class is not None and "properties" not in function["parameters"]:
        # LlamaIndex drops the reference at the root of a recursive class, and a union.
        schema = with_object_root(schema_class.model_json_schema())
        function["parameters"] = {
            key: value for key, value in schema.items() if key not in _NOT_PARAMETERS
        }
    return {**spec, "function": function}


def allows_several_calls(allow_parallel_tool_calls: bool, kwargs: Mapping[str, Any]) -> bool:
    """Return whether an answer may hold several calls. The request's own parameter wins."""
    given = kwargs.get("parallel_tool_calls")
    return allow_parallel_tool_calls if given is None else bool(given)

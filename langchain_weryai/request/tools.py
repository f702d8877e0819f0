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
from pydantic.errors import PydanticUserError

from langchain_weryai.request.schemas import recursive_tool
from weryai_core import InvalidRequestError
from weryai_core.integration import (
    is_json_schema,
    is_web_search_tool,
    refuse_built_in,
    strict_tool,
    to_function_tool,
)

# What each field has in a schema that pydantic made; a class in a field has its own title.
_TITLES = frozenset(("title", "$ref", "allOf"))


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


def answer_tools(tools: Sequence[Any]) -> dict[str, Any]:
    """The parameters of a call about tools that nobody can run: agents offer a schema as such one.

    An agent makes an object of their arguments, or asks again and again without a call. Those of a
    schema that is a dict it returns as they are.
    """
    answers = [
        tool
        for tool in tools
        if isinstance(tool, StructuredTool) and tool.func is None and tool.coroutine is None
    ]
    if not answers:
        return {}
    parameters = {"answer_tools": [tool.name for tool in answers], "check_refusal": True}
    is_checked = all(_is_of_class(tool.args_schema) for tool in answers)
    return parameters if is_checked else {**parameters, "check_answer": True}


def _is_of_class(schema: Any) -> bool:
    """Whether a JSON schema was made of a class: pydantic titles every field."""
    if not isinstance(schema, Mapping):
        return True
    fields = schema.get("properties")
    described = [*fields.values()] if isinstance(fields, Mapping) else []
    return "title" in schema and all(
        isinstance(field, Mapping) and not _TITLES.isdisjoint(field) for field in described
    )


def _to_tool(tool: Any, strict: bool | None) -> dict[str, Any]:
    if is_web_search_tool(tool):
        return dict(tool)
    # LangChain would make functions without parameters of other providers' tools.
    refuse_built_in(tool)
    if isinstance(tool, Mapping):
        tool = _with_parameters(tool)
    elif isinstance(tool, Runnable) and not isinstance(tool, BaseTool):
        tool = convert_runnable_to_tool(tool)
    if isinstance(tool, BaseTool) and (tool.metadata or {}).get("type") == "custom_tool":
        formatted = _from_custom_tool(tool)
    elif isinstance(tool, Mapping) and is_json_schema(tool):
        formatted = to_function_tool(tool)  # LangChain would lose unions
    else:
        formatted = recursive_tool(tool) or _to_function(tool)
    fields = tool if isinstance(tool, Mapping) else getattr(tool, "extras", None) or {}
    if isinstance(fields.get("cache_control"), Mapping):
        formatted = {**formatted, "cache_control": fields["cache_control"]}
    return formatted if strict is None else strict_tool(formatted, strict)


def _to_function(tool: Any) -> dict[str, Any]:
    try:
        return convert_to_openai_tool(tool)
    except PydanticUserError as error:
        name = getattr(tool, "name", None) or getattr(tool, "__name__", tool)
        raise InvalidRequestError(f"The tool {name!r} has no JSON schema: {error}") from error
    except (KeyError, TypeError, ValueError):
        schema = getattr(tool, "args_schema", None)
        if not isinstance(schema, Mapping):
            raise
    # A tool of an MCP server, with references that LangChain does not find.
    about = {"name": tool.name, "description": tool.description}
    return {"type": "function", "function": {**about, "parameters": dict(schema)}}


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

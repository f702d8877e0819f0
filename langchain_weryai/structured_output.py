"""Structured output: a schema of any kind to the parameters of a call and the parser of its answer.

LangChain's kinds of schema become a JSON schema, the core's plan says where it goes, and the
parser that fits the plan reads the answer. Nothing here knows the model class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from langchain_core.language_models import LanguageModelInput, ModelProfile
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import BaseOutputParser
from langchain_core.runnables import Runnable, RunnableLambda, RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_json_schema
from langchain_core.utils.pydantic import is_basemodel_subclass

from langchain_weryai.reply.parsers import call_parser, text_parser
from weryai_core.integration import StructuredOutputMethod, plan_structured_output


@dataclass(frozen=True, slots=True)
class StructuredCall:
    """How to ask a model for an answer that follows a schema, and how to read the answer.

    Attributes:
        tool: The tool to bind; None if the schema goes elsewhere.
        parameters: The parameters to bind, of `bind_tools` if there is a tool.
        parser: Turns the answer into an instance of the schema.
    """

    tool: dict[str, Any] | type | None
    parameters: dict[str, Any]
    parser: BaseOutputParser[Any]


def to_structured_call(
    schema: dict[str, Any] | type,
    request: Mapping[str, Any],
    profile: ModelProfile | None,
    *,
    method: StructuredOutputMethod | None,
    strict: bool | None,
) -> StructuredCall:
    """Decide how to ask for an answer that follows a schema.

    Args:
        schema: A pydantic class, a TypedDict, a JSON schema or an OpenAI tool.
        request: The other parameters of the request.
        profile: What is known about the model.
        method: The user's choice; None for the best one that the model can do.
        strict: Whether the schema must be followed exactly; None to leave that open.

    Raises:
        InvalidRequestError: The method is unknown, or not possible with this request.
    """
    schema, strict = _unwrapped(schema, strict)
    converted = None if method == "json_mode" else convert_to_json_schema(schema, strict=strict)
    profile = profile or {}
    plan = plan_structured_output(
        request,
        converted,
        method=method,
        knows_schemas=profile.get("structured_output"),
        knows_tools=profile.get("tool_calling"),
        strict=strict,
    )
    pydantic_class = schema if isinstance(schema, type) and is_basemodel_subclass(schema) else None
    # For LangSmith, which shows the schema with the trace.
    tracing = {"kwargs": {"method": plan.method, "strict": strict}, "schema": schema}
    parameters = {**plan.parameters, "ls_structured_output_format": tracing}
    if plan.method != "function_calling" or converted is None:
        return StructuredCall(None, parameters, text_parser(pydantic_class))
    name = converted["title"]
    parameters |= {
        "tool_choice": name,
        "strict": strict,
        "parallel_tool_calls": False,
        "check_tool_choice": False,  # the parser does, and can return its error with the message
    }
    return StructuredCall(schema, parameters, call_parser(pydantic_class, name))


def with_raw(
    bound: Runnable[LanguageModelInput, Any], parser: BaseOutputParser[Any]
) -> Runnable[LanguageModelInput, Any]:
    """A chain that returns the message as well, and a parsing error instead of raising it."""

    def read(message: AIMessage) -> tuple[Any, ValueError | None]:
        try:
            return parser.invoke(message), None
        except ValueError as error:  # LangChain's parsing error is one, and so is pydantic's
            return None, error

    answer = itemgetter("answer")
    return (
        RunnableMap(raw=bound)
        | RunnablePassthrough.assign(answer=itemgetter("raw") | RunnableLambda(read))
        | RunnablePassthrough.assign(
            parsed=answer | RunnableLambda(itemgetter(0)),
            parsing_error=answer | RunnableLambda(itemgetter(1)),
        )
    ).pick(["raw", "parsed", "parsing_error"])


def _unwrapped(
    schema: dict[str, Any] | type, strict: bool | None
) -> tuple[dict[str, Any] | type, bool | None]:
    """The schema without what OpenAI's API puts around it, and whether it is strict.

    The result has a title, by which LangChain recognizes a JSON schema.
    """
    if not isinstance(schema, dict):
        return schema, strict
    given: dict[str, Any] = schema
    if given.get("type") == "json_schema" and isinstance(given.get("json_schema"), dict):
        given = given["json_schema"]
    if isinstance(given.get("schema"), dict):
        title = given.get("name") or given["schema"].get("title") or "answer"
        strict = given.get("strict") if strict is None else strict
        return {**given["schema"], "title": title}, strict
    if not given.keys() & {"title", "name", "function"}:
        return {"title": "answer", **given}, strict
    return given, strict

"""Structured output: a schema of any kind to the parameters of a call and the parser of its answer.

LangChain's kinds of schema become a JSON schema, the core's plan says where it goes, and the
core's reader reads the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, Generic, TypedDict, TypeVar

from langchain_core.language_models import LanguageModelInput, ModelProfile
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable, RunnableLambda, RunnableMap, RunnablePassthrough

from langchain_weryai.errors import LangChainErrors
from langchain_weryai.profiles import profile_of
from langchain_weryai.reply.parsers import AnswerParser
from langchain_weryai.request.schemas import to_reader
from langchain_weryai.request.tools import to_tools
from weryai_core import StructuredOutputError
from weryai_core.integration import (
    AnswerReader,
    StructuredOutputMethod,
    name_of,
    plan_structured_output,
)

T = TypeVar("T")

# A function has these next to its parameters.
_NOT_PARAMETERS = ("title", "description")


class RawAnswer(TypedDict, Generic[T]):
    """What `with_structured_output(..., include_raw=True)` returns.

    Attributes:
        raw: The message.
        parsed: The instance of the schema; None if the answer does not follow the schema, or calls
            one of the other tools.
        parsing_error: Why there is none; None for a call of another tool.
    """

    raw: AIMessage
    parsed: T | None
    parsing_error: ValueError | None


@dataclass(frozen=True, slots=True)
class StructuredCall:
    """How to ask a model for an answer that follows a schema, and how to read the answer.

    Attributes:
        tools: The tools to bind, the schema's first if it is sent as one.
        parameters: The parameters to bind, of `bind_tools` if there are tools.
        parser: Turns the answer into an instance of the schema.
    """

    tools: list[dict[str, Any]]
    parameters: dict[str, Any]
    parser: AnswerParser


def bind_schema(
    model: Any,
    schema: Any,
    /,
    *,
    method: StructuredOutputMethod | None = None,
    strict: bool | None = None,
    tools: Sequence[Any] | None = None,
    **kwargs: Any,
) -> tuple[Any, AnswerParser]:
    """A `ChatWeryAI` asked for an answer that follows a schema, and the parser of the answer.

    Args:
        model: The model.
        schema: See `to_structured_call`.
        method: See `to_structured_call`.
        strict: See `to_structured_call`.
        tools: See `to_structured_call`.
        kwargs: Further parameters of the calls.

    Raises:
        InvalidRequestError: See `to_structured_call`.
    """
    with LangChainErrors():
        request = model._merge_call({**kwargs, "tools": tools} if tools else kwargs)
        name = request["model"]  # a bound one may be another than the model's own
        profile = model.profile if name == model.model_name else profile_of(name)
        call = to_structured_call(
            schema, request, profile, method=method, strict=strict, tools=tools or ()
        )
        parameters = {**kwargs, **call.parameters}
        if call.tools:
            return model.bind_tools(call.tools, **parameters), call.parser
        return model.bind(**parameters), call.parser


def to_structured_call(
    schema: Any,
    request: Mapping[str, Any],
    profile: ModelProfile | None,
    *,
    method: StructuredOutputMethod | None,
    strict: bool | None,
    tools: Sequence[Any] = (),
) -> StructuredCall:
    """Decide how to ask for an answer that follows a schema.

    Args:
        schema: A pydantic class, a TypedDict, another type, a JSON schema or a tool.
        request: The other parameters of the request.
        profile: What is known about the model.
        method: The user's choice; None for the best one that the model can do.
        strict: Whether the schema must be followed exactly; None to leave that open.
        tools: Other tools, which the model may call instead.

    Raises:
        InvalidRequestError: The method is unknown, or not possible with this request.
    """
    reader, strict = to_reader(schema, strict)
    shape = reader.shape
    offered = to_tools(tools)
    profile = profile or {}
    plan = plan_structured_output(
        request,
        shape.schema,
        method=method,
        knows_schemas=profile.get("structured_output"),
        knows_tools=profile.get("tool_calling"),
        name=shape.name,
        strict=strict,
    )
    others = tuple(name for tool in offered if (name := name_of(tool)) is not None)
    as_tool = plan.method == "function_calling"
    reader = replace(
        reader,
        other_tools=tuple(name for name in others if not as_tool or name != shape.name),
        expects_call=as_tool,
        prompted="" if plan.method in ("prompted", "json_mode") else 'method="prompted"',
    )
    parameters = {
        **plan.parameters,
        "check_call_tokens": False,  # the parser reads the text around them
        # For LangSmith, which shows the schema with the trace.
        "ls_structured_output_format": {
            "kwargs": {"method": plan.method, "strict": strict},
            "schema": {"title": shape.name, **shape.schema},
        },
    }
    if offered or as_tool:
        # The parser checks both, and can return its error.
        parameters |= {"check_arguments": False, "check_answer": False}
    if strict is not None and (as_tool or offered):
        parameters["strict"] = strict
    if as_tool:
        offered = [_to_tool(reader), *offered]
        parameters |= {
            "tool_choice": "any" if reader.other_tools else shape.name,
            "parallel_tool_calls": False,
            "check_tool_choice": False,  # the parser does, too
        }
    return StructuredCall(offered, parameters, AnswerParser(reader=reader))


def to_chain(
    bound: Runnable[LanguageModelInput, Any], parser: AnswerParser, *, include_raw: bool
) -> Runnable[LanguageModelInput, Any]:
    """A chain of a bound model and the parser of its answers.

    Args:
        bound: The model.
        parser: The parser.
        include_raw: Whether to return the message as well, and an error instead of raising it.
    """
    if not include_raw:
        return bound | parser

    def read(message: AIMessage) -> tuple[Any, StructuredOutputError | None]:
        if message.tool_calls and parser.calls_other_tool(message):
            return None, None
        try:
            return parser.invoke(message), None
        except StructuredOutputError as error:
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


def _to_tool(reader: AnswerReader) -> dict[str, Any]:
    schema = reader.shape.schema
    function: dict[str, Any] = {"name": reader.shape.name}
    if "description" in schema:
        function["description"] = schema["description"]
    function["parameters"] = {
        name: value for name, value in schema.items() if name not in _NOT_PARAMETERS
    }
    return {"type": "function", "function": function}

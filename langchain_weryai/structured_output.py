"""Structured output: a schema asked for in one of four ways, and the answer parsed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from functools import reduce
from operator import add, itemgetter
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar

from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.output_parsers import (
    BaseCumulativeTransformOutputParser,
    BaseOutputParser,
    JsonOutputParser,
    PydanticOutputParser,
)
from langchain_core.output_parsers.openai_tools import JsonOutputKeyToolsParser, PydanticToolsParser
from langchain_core.outputs import ChatGeneration, Generation
from langchain_core.runnables import Runnable, RunnableLambda, RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_json_schema, convert_to_openai_tool
from langchain_core.utils.pydantic import is_basemodel_subclass
from typing_extensions import override

from weryai_core import InvalidRequestError
from weryai_core.integration import choose_method, excludes_json_schema, find_json, schema_format

if TYPE_CHECKING:
    from langchain_weryai.chat_models import ChatWeryAI

T = TypeVar("T")
StructuredOutputMethod = Literal["function_calling", "json_schema", "json_mode", "prompted"]


def structured_output(
    model: ChatWeryAI,
    schema: dict[str, Any] | type,
    *,
    method: StructuredOutputMethod | None,
    include_raw: bool,
    strict: bool | None,
    **kwargs: Any,
) -> Runnable[LanguageModelInput, Any]:
    """See `ChatWeryAI.with_structured_output`."""
    schema, strict = _unwrapped(schema, strict)
    is_model = isinstance(schema, type) and is_basemodel_subclass(schema)
    is_chosen_here = method is None
    web_search = model._searches_web(**kwargs)
    excludes_schema = excludes_json_schema(model.model_name, web_search=web_search)
    profile = model.profile or {}
    method = method or choose_method(
        knows_schemas=profile.get("structured_output"),
        knows_tools=profile.get("tool_calling"),
        excludes_schema=excludes_schema,
    )
    # For LangSmith, which shows the schema beside the trace.
    tracing = {"kwargs": {"method": method, "strict": strict}, "schema": schema}
    parser: BaseOutputParser[Any]
    if method == "function_calling":
        name = convert_to_openai_tool(schema)["function"]["name"]
        bound = model.bind_tools(
            [schema, *(kwargs.pop("tools", None) or ())],
            tool_choice=name,
            strict=strict,
            parallel_tool_calls=False,
            check_tool_choice=False,  # the parser does, which can also tell it beside the message
            ls_structured_output_format=tracing,
            **kwargs,
        )
        if is_model:
            parser = _PydanticCall(tools=[schema], first_tool_only=True)  # type: ignore[list-item]  # a class by is_model
        else:
            parser = _JsonCall(key_name=name, first_tool_only=True)
    elif method in ("json_schema", "json_mode", "prompted"):
        if method == "json_schema" and excludes_schema and not is_chosen_here:
            raise InvalidRequestError(
                "method='json_schema' is not possible for a Gemini model that searches the web "
                "(WeryAI's API page). Leave `method` out, or use 'function_calling'."
            )
        if method == "prompted":
            kwargs["schema_in_prompt"] = "always"
        elif method == "json_schema" and is_chosen_here:
            kwargs["schema_in_prompt"] = "if_needed"  # a call may turn the search on
        bound = model.bind(
            response_format=_response_format(schema, method, strict),
            ls_structured_output_format=tracing,
            **kwargs,
        )
        parser = _PydanticText(pydantic_object=schema) if is_model else _JsonText()  # type: ignore[arg-type]  # a class by is_model
    else:
        raise InvalidRequestError(
            "`method` must be 'function_calling', 'json_schema', 'json_mode' or 'prompted', not "
            f"{method!r}."
        )
    return _with_raw(bound, parser) if include_raw else bound | parser


def _unwrapped(
    schema: dict[str, Any] | type, strict: bool | None
) -> tuple[dict[str, Any] | type, bool | None]:
    """A schema out of what OpenAI's API has around it, and whether it is strict.

    It has a title then, by which LangChain knows a JSON schema.
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


def _response_format(
    schema: dict[str, Any] | type, method: str, strict: bool | None
) -> dict[str, Any]:
    if method == "json_mode":
        if strict is not None:
            raise InvalidRequestError("`strict` has no meaning with method='json_mode'.")
        return {"type": "json_object"}
    return schema_format(convert_to_json_schema(schema, strict=strict), strict=strict)


def _with_raw(
    bound: Runnable[LanguageModelInput, Any], parser: BaseOutputParser[Any]
) -> Runnable[LanguageModelInput, Any]:
    def parsed(message: AIMessage) -> Any:
        with suppress(ValueError):  # LangChain's parsing error is one, and so is pydantic's
            return parser.invoke(message)
        return None

    def parsing_error(message: AIMessage) -> ValueError | None:
        try:
            parser.invoke(message)
        except ValueError as error:
            return error
        return None

    raw = itemgetter("raw")
    return RunnableMap(raw=bound) | RunnablePassthrough.assign(
        parsed=raw | RunnableLambda(parsed), parsing_error=raw | RunnableLambda(parsing_error)
    )


class _Whole(BaseCumulativeTransformOutputParser[Any]):
    """Ends a stream with the whole object, or with the error that a whole answer would be.

    LangChain's parsers end with what they could make of the pieces, be it nothing.
    """

    @override
    def _transform(self, input: Iterator[str | BaseMessage]) -> Iterator[Any]:
        pieces: list[str | BaseMessage] = []
        given = None
        for given in super()._transform(_kept(input, pieces)):
            yield given
        yield from self._rest(pieces, given)

    @override
    async def _atransform(self, input: AsyncIterator[str | BaseMessage]) -> AsyncIterator[Any]:
        pieces: list[str | BaseMessage] = []
        given = None
        async for given in super()._atransform(_akept(input, pieces)):
            yield given
        for whole in self._rest(pieces, given):
            yield whole

    def _rest(self, pieces: Sequence[Any], given: Any) -> Iterator[Any]:
        if pieces:
            answer = _joined(pieces)
            is_text = isinstance(answer, str)
            generation = Generation(text=answer) if is_text else ChatGeneration(message=answer)
            whole = self.parse_result([generation])
            if whole != given:
                yield whole


def _joined(pieces: Sequence[Any]) -> Any:
    if all(isinstance(piece, AIMessageChunk) for piece in pieces):
        return add_ai_message_chunks(*pieces)  # at once: pair by pair, a long answer takes long
    return reduce(add, pieces)


def _kept(input: Iterator[T], pieces: list[T]) -> Iterator[T]:
    for piece in input:
        pieces.append(piece)
        yield piece


async def _akept(input: AsyncIterator[T], pieces: list[T]) -> AsyncIterator[T]:
    async for piece in input:
        pieces.append(piece)
        yield piece


class _PydanticCall(_Whole, PydanticToolsParser):
    """LangChain's parser, except that a whole answer without the tool call is an error."""

    @override
    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        parsed = super().parse_result(result, partial=partial)
        return parsed if partial or parsed is not None else _fail(result[0], _reason(result[0]))


class _JsonCall(_Whole, JsonOutputKeyToolsParser):
    """See `_PydanticCall`."""

    @override
    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        parsed = super().parse_result(result, partial=partial)
        return parsed if partial or parsed is not None else _fail(result[0], _reason(result[0]))


class _JsonText(_Whole, JsonOutputParser):
    """LangChain's parser, except that it finds the JSON in what models write around it."""

    @override
    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        if partial:
            return super().parse_result([_found(result[0])], partial=True)
        return _read(result[0])


class _PydanticText(_Whole, PydanticOutputParser[Any]):
    """See `_JsonText`."""

    @override
    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        if not partial:
            _read(result[0])
        try:
            return super().parse_result([_found(result[0])], partial=partial)
        except OutputParserException as error:
            return _fail(result[0], _words(error), error)


def _found(generation: Generation) -> Generation:
    return Generation(text=find_json(generation.text))


def _read(generation: Generation) -> dict[str, Any]:
    """The object of a whole answer. LangChain would complete one that was cut off.

    Raises:
        OutputParserException: There is none.
    """
    try:
        value = json.loads(find_json(generation.text), strict=False)
    except ValueError as error:
        _fail(generation, f"it is not JSON ({error})", error)
    if not isinstance(value, dict):
        _fail(generation, "it is not a JSON object")
    return value


def _words(error: OutputParserException) -> str:
    """What LangChain's parser says, without the link that it puts under each error."""
    return str(error).partition("\nFor troubleshooting")[0].rstrip(".\n ")


def _reason(generation: Generation) -> str:
    """Why an answer holds no tool call; LangChain's own parsers give None then."""
    message = _message(generation)
    if message is not None and message.invalid_tool_calls:
        return "the arguments of its tool call are not a JSON object"
    return (
        "it did not call the tool that stands for the schema (if the model or the gateway does not "
        'know tools, use method="prompted")'
    )


def _fail(generation: Generation, reason: str, cause: Exception | None = None) -> NoReturn:
    """Tell that an answer does not follow the schema, and why.

    Raises:
        OutputParserException: Always.
    """
    message = _message(generation)
    advice = ""
    if message is not None and message.additional_kwargs.get("refusal"):
        advice = f" The model refused: {message.additional_kwargs['refusal']}"
    elif message is not None and message.response_metadata.get("finish_reason") == "length":
        advice = " It was cut off at `max_tokens`: raise that."
    raise OutputParserException(
        f"The answer does not follow the schema: {reason}.{advice}", llm_output=generation.text
    ) from cause


def _message(generation: Generation) -> AIMessage | None:
    message = generation.message if isinstance(generation, ChatGeneration) else None
    return message if isinstance(message, AIMessage) else None

"""Output parsers for structured answers: in the arguments of a tool call, or in the text.

They are LangChain's parsers with three differences. An answer without the tool call is an error;
the JSON is found inside prose and code fences; and a stream ends with the whole object, or with the
error that the whole answer would raise.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import reduce
from operator import add
from typing import Any, NoReturn, TypeVar

from langchain_core.exceptions import OutputParserException
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
from typing_extensions import override

from weryai_core.integration import find_json, read_json

T = TypeVar("T")


def call_parser(pydantic_class: type | None, name: str) -> BaseOutputParser[Any]:
    """The parser for the arguments of a tool call.

    Args:
        pydantic_class: The class to return an instance of; None for a dict.
        name: The name of the tool.
    """
    if pydantic_class is None:
        return _JsonCall(key_name=name, first_tool_only=True)
    return _PydanticCall(tools=[pydantic_class], first_tool_only=True)


def text_parser(pydantic_class: type | None) -> BaseOutputParser[Any]:
    """The parser for JSON in a text.

    Args:
        pydantic_class: The class to return an instance of; None for a dict.
    """
    return _JsonText() if pydantic_class is None else _PydanticText(pydantic_object=pydantic_class)


class _Whole(BaseCumulativeTransformOutputParser[Any]):
    """Ends a stream with the whole object, or with the error that the whole answer would raise.

    LangChain's parsers end with what they could read of the pieces, which may be nothing.
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
        return add_ai_message_chunks(*pieces)  # all at once: pair by pair, the time is quadratic
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
        return parsed if partial or parsed is not None else _fail_without_call(result[0])


class _JsonCall(_Whole, JsonOutputKeyToolsParser):
    """LangChain's parser, except that a whole answer without the tool call is an error."""

    @override
    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        parsed = super().parse_result(result, partial=partial)
        return parsed if partial or parsed is not None else _fail_without_call(result[0])


class _JsonText(_Whole, JsonOutputParser):
    """LangChain's parser, except that it finds the JSON in what models write around it."""

    @override
    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        if partial:
            return super().parse_result([_found(result[0])], partial=True)
        return _read(result[0])


class _PydanticText(_Whole, PydanticOutputParser[Any]):
    """LangChain's parser, except that it finds the JSON in what models write around it."""

    @override
    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        # Whole answers go through our reader; LangChain's would complete truncated ones.
        found = _found(result[0]) if partial else Generation(text=json.dumps(_read(result[0])))
        try:
            return super().parse_result([found], partial=partial)
        except OutputParserException as error:
            # LangChain's message, without the link that it adds to each.
            reason = str(error).partition("\nFor troubleshooting")[0].rstrip(".\n ")
            return _fail(result[0], reason, error)


def _found(generation: Generation) -> Generation:
    return Generation(text=find_json(generation.text))


def _read(generation: Generation) -> dict[str, Any]:
    """The object of a whole answer.

    Raises:
        OutputParserException: The answer holds no JSON object.
    """
    try:
        value = read_json(find_json(generation.text))
    except ValueError as error:
        _fail(generation, f"it is not JSON ({error})", error)
    if not isinstance(value, dict):
        _fail(generation, "it is not a JSON object")
    return value


def _fail_without_call(generation: Generation) -> NoReturn:
    """Raise the error of an answer without a tool call, for which LangChain's parsers give None."""
    message = _message(generation)
    if message is not None and message.invalid_tool_calls:
        _fail(generation, "the arguments of its tool call are not a JSON object")
    _fail(
        generation,
        "it did not call the tool that stands for the schema (if the model or the gateway does not "
        'know tools, use method="prompted")',
    )


def _fail(generation: Generation, reason: str, cause: Exception | None = None) -> NoReturn:
    """Raise the error of an answer that does not follow the schema.

    Raises:
        OutputParserException: Always.
    """
    message = _message(generation)
    advice = ""
    if message is not None and message.additional_kwargs.get("refusal"):
        advice = f" The model refused: {message.additional_kwargs['refusal']}"
    elif message is not None and message.response_metadata.get("finish_reason") == "length":
        advice = " It was truncated at `max_tokens`: raise that."
    raise OutputParserException(
        f"The answer does not follow the schema: {reason}.{advice}", llm_output=generation.text
    ) from cause


def _message(generation: Generation) -> AIMessage | None:
    message = generation.message if isinstance(generation, ChatGeneration) else None
    return message if isinstance(message, AIMessage) else None

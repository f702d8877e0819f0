"""Checks that structured answers hold fields of their schema, where nobody behind us does.

Programs that make an object of an answer themselves take `{"error": "I cannot."}` for an object of
defaults if no field is required.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from weryai_core.chunk import Choice, Chunk
from weryai_core.errors import StructuredOutputError
from weryai_core.json_text import parse_arguments, read_json
from weryai_core.reply_options import ReplyOptions
from weryai_core.schemas.answers import AnswerShape, to_shape

_MOST_SHOWN = 200  # characters of the answer in the message


def check_fields(answer: Chunk, options: ReplyOptions) -> None:
    """Check that the objects in a complete answer hold a field of their schema, or nothing.

    The arguments of a call are checked where no field is required, or where the request says that
    nobody else does: a program that makes an object of them misses a required field itself, and may
    ask the model again.

    Raises:
        StructuredOutputError: One holds none. It is retried if it is a call, which nobody corrects.
    """
    for choice in answer.choices:
        for shape, value, text in _objects_in(choice, options):
            try:
                shape.check(value)
            except ValueError as error:
                shown = f"{text[:_MOST_SHOWN]}..." if len(text) > _MOST_SHOWN else text
                refused = StructuredOutputError(
                    f"The answer does not follow the schema of {shape.name}: {error}. The answer "
                    f"is {shown!r}.",
                    status_code=200,
                    partial=answer,
                )
                refused.is_retryable = options.checks_answer and bool(options.answer_tools)
                raise refused from error


def _objects_in(
    choice: Choice, options: ReplyOptions
) -> Iterator[tuple[AnswerShape, Mapping[str, Any], str]]:
    """The structured answers in a choice, which are objects, with their schemas and texts."""
    schema = options.answer_schema
    if schema is not None and options.checks_answer and not (choice.tool_calls or choice.refusal):
        shape, value = to_shape(schema), _read(choice.text)
        if isinstance(value, Mapping) and not shape.is_wrapped:
            yield shape, value, choice.text
    schemas = {options.tool_names.get(name, name): one for name, one in options.tools.items()}
    for call in choice.tool_calls:
        if call.name not in options.answer_tools or call.name not in schemas:
            continue
        shape, value = to_shape(schemas[call.name], name=call.name), parse_arguments(call.arguments)
        is_others = bool(shape.required) and not options.checks_answer
        if value is not None and not (is_others or shape.is_wrapped):
            yield shape, value, call.arguments


def _read(text: str) -> Any:
    try:
        return read_json(text)
    except ValueError:
        return None

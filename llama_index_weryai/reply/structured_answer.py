"""An answer as an object of a pydantic class: whole, or growing while it is streamed.

The core's reader finds the JSON in the tool call or in the text. Here it gets LlamaIndex's messages
and gives LlamaIndex's partial objects.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any, Generic

from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.program.utils import FlexibleModel
from llama_index.core.types import Model
from pydantic import AliasChoices, BaseModel, Field, create_model

from weryai_core import Choice, Chunk, InvalidRequestError, ToolCallDelta
from weryai_core.integration import (
    AnswerReader,
    arguments_of,
    calls_of,
    id_of,
    name_of,
    reader_of_class,
)

_PROMPTED = "`pydantic_program_mode=PydanticProgramMode.LLM`"


def make_reader(output_cls: type[BaseModel]) -> AnswerReader:
    """Return the core's reader for a class.

    Raises:
        InvalidRequestError: It is no pydantic class.
    """
    if not (isinstance(output_cls, type) and issubclass(output_cls, BaseModel)):
        raise InvalidRequestError(
            f"The class of a structured answer must be a pydantic class, not {output_cls!r:.80}. "
            "Put a list or another type into a class with one field."
        )
    reader = reader_of_class(
        output_cls, output_cls.model_json_schema(), name=class_name(output_cls)
    )
    return replace(reader, prompted=_PROMPTED)


class ObjectReader(Generic[Model]):
    """Reads the object out of an answer, whole or growing.

    Args:
        output_cls: The class of the object.
        other_tools: The names of the tools that the model may call instead.
    """

    def __init__(self, output_cls: type[Model], *, other_tools: Collection[str] = ()) -> None:
        self._reader = replace(make_reader(output_cls), other_tools=other_tools)
        self._flexible_cls = _flexible(output_cls)
        self._value: Any = None
        self._yielded: Model | FlexibleModel | None = None
        self._response: ChatResponse | None = None

    def read(self, response: ChatResponse) -> Model:
        """Return the object of a whole answer.

        Raises:
            StructuredOutputError: The answer does not follow the schema.
        """
        reason = response.additional_kwargs.get("finish_reason")
        answer: Model = self._reader.read(_to_chunk(response.message, reason))
        return answer

    def grow(self, response: ChatResponse) -> Iterator[Model | FlexibleModel]:
        """Yield the object as far as the answer goes, if it grew since the last response."""
        self._response = response
        value = self._reader.grow(_to_chunk(response.message).choice)
        if not value or value == self._value:
            return
        self._value = value
        grown = self._reader.try_instance(value)
        if grown is None and isinstance(value, Mapping):
            grown = self._flexible_cls.model_validate(value)
        if grown is not None:
            self._yielded = grown
            yield grown

    def end(self) -> Iterator[Model]:
        """Yield the whole object, unless `grow` yielded it last.

        Raises:
            StructuredOutputError: See `read`.
        """
        if self._response is not None:
            whole = self.read(self._response)
            if whole != self._yielded:
                yield whole


def class_name(output_cls: type[BaseModel]) -> str:
    """Return the name by which a request calls the class."""
    return output_cls.model_config.get("title") or output_cls.__name__


def _flexible(output_cls: type[BaseModel]) -> type[FlexibleModel]:
    """Return core's class of partial objects for a class, with the aliases of its fields."""
    fields: dict[str, Any] = {}
    for name, field in output_cls.model_fields.items():
        known = field.validation_alias or field.alias
        choices = known.choices if isinstance(known, AliasChoices) else [known] if known else []
        alias = AliasChoices(*choices, name)
        fields[name] = (Any, Field(default=None, validation_alias=alias))
    return create_model(f"Flexible{output_cls.__name__}", __base__=FlexibleModel, **fields)


def _to_chunk(message: ChatMessage, finish_reason: Any = None) -> Chunk:
    deltas = (
        ToolCallDelta(index, id_of(call), name_of(call), arguments_of(call) or "")
        for index, call in enumerate(calls_of(message.additional_kwargs))
    )
    choice = Choice(
        text=message.content or "",
        refusal=str(message.additional_kwargs.get("refusal") or ""),
        tool_calls=tuple(deltas),
        finish_reason=finish_reason if isinstance(finish_reason, str) else None,
    )
    return Chunk(choices=(choice,), is_last=True)

"""An answer as an object of a pydantic class: whole, or growing while it is streamed.

The JSON is in the arguments of a tool call or in the text, wherever the model put it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic

from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.program.utils import FlexibleModel, create_flexible_model
from llama_index.core.types import Model
from pydantic import BaseModel, ValidationError

from weryai_core import Choice, Chunk, StructuredOutputError, ToolCallDelta
from weryai_core.integration import (
    arguments_of,
    calls_of,
    find_json,
    id_of,
    name_of,
    read_growing,
    to_strict_json,
)

_MAX_QUOTED = 200  # characters of an answer in an error


class ObjectReader(Generic[Model]):
    """Reads the object out of an answer, whole or growing."""

    def __init__(self, output_cls: type[Model]) -> None:
        self._output_cls = output_cls
        self._flexible_cls = create_flexible_model(output_cls)
        self._value: dict[str, Any] = {}
        self._yielded: Model | FlexibleModel | None = None
        self._response: ChatResponse | None = None

    def read(self, response: ChatResponse) -> Model:
        """Return the object of a whole answer.

        Raises:
            StructuredOutputError: The answer does not follow the schema.
        """
        text = self._json_of(response)
        try:
            return self._output_cls.model_validate_json(_to_readable(text))
        except ValidationError as error:
            raise _to_error(response, text, error, self._output_cls.__name__) from error

    def grow(self, response: ChatResponse) -> Iterator[Model | FlexibleModel]:
        """Yield the object as far as the answer goes, if it grew since the last response."""
        self._response = response
        value = read_growing(self._json_of(response))
        if not isinstance(value, dict) or not value or value == self._value:
            return
        self._value = value
        try:
            self._yielded = self._output_cls.model_validate(value)
        except Exception:  # a user's validator may fail in any way on half a text
            self._yielded = self._flexible_cls.model_validate(value)
        yield self._yielded

    def end(self) -> Iterator[Model]:
        """Yield the whole object, unless `grow` yielded it last.

        Raises:
            StructuredOutputError: See `read`.
        """
        if self._response is not None:
            whole = self.read(self._response)
            if whole != self._yielded:
                yield whole

    def _json_of(self, response: ChatResponse) -> str:
        """Return the arguments of the answer's call, or the JSON in its text."""
        calls = calls_of(response.message.additional_kwargs)
        if not calls:
            return find_json(response.message.content or "")
        ours = [call for call in calls if name_of(call) == class_name(self._output_cls)]
        return arguments_of((ours or calls)[0]) or "{}"


def class_name(output_cls: type[BaseModel]) -> str:
    """Return the name by which a request calls the class."""
    return output_cls.model_config.get("title") or output_cls.__name__


def _to_readable(text: str) -> str:
    """Return JSON that pydantic can read, if the text is JSON as models write it."""
    try:
        return to_strict_json(text)
    except ValueError:
        return text  # pydantic's error says why


def _to_error(
    response: ChatResponse, text: str, error: ValidationError, name: str
) -> StructuredOutputError:
    quoted = text if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]}..."
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(step) for step in first["loc"])
    reason = f"{place}: {first['msg']}" if place else first["msg"]
    return StructuredOutputError(
        f"The answer does not follow the schema of {name}: {reason}. The answer is {quoted!r}."
        f"{_advice(response, text)}",
        status_code=200,
        partial=_to_chunk(response.message),
    )


def _advice(response: ChatResponse, text: str) -> str:
    if response.message.additional_kwargs.get("refusal"):
        return f" The model refused: {response.message.additional_kwargs['refusal']}"
    if response.additional_kwargs.get("finish_reason") == "length":
        return " It was truncated at `max_tokens`; raise that."
    if not text.lstrip().startswith("{"):
        return (
            " If the model or the gateway supports neither schemas nor tools, set "
            "`pydantic_program_mode=PydanticProgramMode.LLM` to put the schema into the prompt."
        )
    return ""


def _to_chunk(message: ChatMessage) -> Chunk:
    deltas = (
        ToolCallDelta(index, id_of(call), name_of(call), arguments_of(call) or "")
        for index, call in enumerate(calls_of(message.additional_kwargs))
    )
    choice = Choice(text=message.content or "", tool_calls=tuple(deltas))
    return Chunk(choices=(choice,), is_last=True)

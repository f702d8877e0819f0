"""Reads instances of a schema from answers: whole, or growing while they are streamed.

The JSON is in the arguments of a tool call or in the text, wherever the model put it. A class or
another type of Python makes the instance; without one it is a dict. Every failure is a
`StructuredOutputError` that carries the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import RootModel, TypeAdapter
from pydantic_core import to_json

from weryai_core.chunk import Choice, Chunk, ToolCallDelta
from weryai_core.errors import StructuredOutputError
from weryai_core.json_text import find_json, read_growing, read_json
from weryai_core.schemas.answers import AnswerShape, names_of_class, to_shape
from weryai_core.schemas.roots import schema_name

_MAX_QUOTED = 200  # characters of an answer in an error


@dataclass(frozen=True, slots=True)
class AnswerReader:
    """Reads the answers to one schema.

    Attributes:
        shape: What an answer looks like, and the schema to send.
        validate: Makes an instance of JSON; None if the answer is the JSON's own value.
        other_tools: The names of the tools that the model may call instead.
        expects_call: Whether the schema is sent as a tool.
        prompted: How to put the schema into the prompt, for an error.
    """

    shape: AnswerShape
    validate: Callable[[bytes], Any] | None
    other_tools: Collection[str] = ()
    expects_call: bool = False
    prompted: str = ""

    def read(self, reply: Chunk) -> Any:
        """Return the instance in a whole answer.

        Raises:
            StructuredOutputError: The answer does not follow the schema, or is a refusal.
        """
        choice = reply.choice
        if choice.refusal:
            raise _error(f"The model refused: {choice.refusal}", reply)
        if self.calls_other_tool(choice):
            name = choice.tool_calls[0].name
            raise self._failure(f"it calls the tool {name!r} instead", reply, "")
        text = self._json_of(choice)
        try:
            value = _read(text)
        except ValueError as error:
            reason = f"it is not JSON ({error})"
            if self._call_of(choice) is not None:
                reason = "the arguments of its tool call are not a JSON object"
            elif self.expects_call:
                reason = "it did not call the tool that stands for the schema"
            raise self._failure(reason, reply, text) from error
        try:
            return self._instance(value)
        except Exception as error:  # a user's validator may fail in any way
            raise self._failure(_explain(error), reply, text) from error

    def grow(self, choice: Choice) -> Any:
        """Return the JSON value of an answer as far as it goes; None if there is none yet."""
        if choice.refusal or self.calls_other_tool(choice):
            return None
        value = self.shape.find(self._growing_value(choice))
        return value if self.shape.has_begun(value) else None

    def try_instance(self, value: Any) -> Any:
        """Return the instance of a growing answer's value; None if it is not complete enough."""
        try:
            return self._instance(value)
        except Exception:  # a user's validator may fail in any way on half a text
            return None

    def calls_other_tool(self, choice: Choice) -> bool:
        """Return whether the model calls other tools, and not the schema's."""
        return bool(choice.tool_calls) and self._call_of(choice) is None

    def _instance(self, value: Any) -> Any:
        found = self.shape.find(value)
        if self.validate is None:
            self.shape.check(found)
            return found
        instance = self.validate(to_json(found, inf_nan_mode="constants"))
        self.shape.check(found, _taken_by(instance))
        return instance

    def _growing_value(self, choice: Choice) -> Any:
        call = self._call_of(choice)
        text = choice.text if call is None else call.arguments
        if text.lstrip().startswith(("{", "[")):
            # Finding JSON takes much longer than reading it, and a stream does it for each piece.
            value = read_growing(text)
            if value is not None:
                return value
        return read_growing(find_json(text))

    def _json_of(self, choice: Choice) -> str:
        call = self._call_of(choice)
        return find_json(choice.text) if call is None else _arguments_of(call)

    def _call_of(self, choice: Choice) -> ToolCallDelta | None:
        """Return the call that answers. Some models change the name of the only tool."""
        wanted = schema_name(self.shape.name)
        candidates = [call for call in choice.tool_calls if call.name not in self.other_tools]
        named = (call for call in candidates if schema_name(call.name or "") == wanted)
        return next(named, candidates[0] if candidates else None)

    def _failure(self, reason: str, reply: Chunk, text: str) -> StructuredOutputError:
        quoted = text if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]}..."
        shown = f" The answer is {quoted!r}." if text else ""
        return _error(
            f"The answer does not follow the schema of {self.shape.name}: {reason}.{shown}"
            f"{self._advice(reply, text)}",
            reply,
        )

    def _advice(self, reply: Chunk, text: str) -> str:
        if reply.choice.finish_reason == "length":
            return " It was truncated at `max_tokens`: raise that."
        if self.calls_other_tool(reply.choice):
            return " Run the tool and send its result, or offer no tools."
        if self.prompted and not text.lstrip().startswith(("{", "[")):
            return (
                " If the model or the gateway supports neither schemas nor tools, set "
                f"{self.prompted} to put the schema into the prompt."
            )
        return ""


def reader_of_class(
    python_class: Any, schema: Mapping[str, Any], *, name: str | None = None
) -> AnswerReader:
    """A reader that makes instances of a pydantic class.

    Args:
        python_class: The class, of pydantic 2 or 1.
        schema: Its JSON schema.
        name: The name that requests and answers use; by default the schema's title.
    """
    shape = to_shape(schema, name=name, names=names_of_class(python_class))
    validate = getattr(python_class, "model_validate_json", None) or python_class.parse_raw
    return AnswerReader(shape, validate)


def reader_of_type(
    python_type: Any, schema: Mapping[str, Any], *, name: str | None = None
) -> AnswerReader:
    """A reader that makes instances of any type, or of a `TypeAdapter`'s."""
    adapter = python_type if isinstance(python_type, TypeAdapter) else TypeAdapter(python_type)
    return AnswerReader(to_shape(schema, name=name), adapter.validate_json)


def reader_of_schema(
    schema: Mapping[str, Any], *, name: str | None = None, names: Sequence[str] = ()
) -> AnswerReader:
    """A reader that returns the JSON's own value, checked for the schema's fields only."""
    return AnswerReader(to_shape(schema, name=name, names=names), None)


def _read(text: str) -> Any:
    value = read_json(text)
    if isinstance(value, str):  # encoded twice
        value = read_json(find_json(value))
    return value


def _arguments_of(call: ToolCallDelta) -> str:
    """The JSON in a call's arguments. A call without arguments holds an empty object."""
    text = call.arguments.strip()
    return "{}" if text in ("", "null") else find_json(text)


def _taken_by(instance: Any) -> Collection[str] | None:
    """The fields that a pydantic object took from an answer; None for other instances."""
    kind = type(instance)
    if isinstance(instance, RootModel):
        return _taken_by(instance.root)
    for set_name, fields_name in (
        ("model_fields_set", "model_fields"),
        ("__fields_set__", "__fields__"),  # pydantic 1
    ):
        if hasattr(kind, fields_name) and hasattr(kind, set_name):
            taken: set[str] = getattr(instance, set_name)
            declared: Mapping[str, Any] = getattr(kind, fields_name)
            return taken & declared.keys()
    return None


def _explain(error: Exception) -> str:
    """The first of a pydantic error's failures with its field, or the error's text."""
    try:
        first = error.errors()[0]  # type: ignore[attr-defined]  # pydantic's, 2 and 1
        place = ".".join(str(step) for step in first["loc"])
        return f"{place}: {first['msg']}" if place else str(first["msg"])
    except (AttributeError, LookupError, TypeError):
        return str(error) or type(error).__name__


def _error(message: str, reply: Chunk) -> StructuredOutputError:
    return StructuredOutputError(message, status_code=200, partial=reply)

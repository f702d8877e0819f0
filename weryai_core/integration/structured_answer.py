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
from weryai_core.reply.outcome.finish_reasons import explain_end
from weryai_core.schemas.answers import AnswerShape, names_of_class, normalized, to_shape
from weryai_core.schemas.nested_answers import check_instance, check_value, taken_by, unwrap
from weryai_core.schemas.roots import schema_name
from weryai_core.steps.read_answer import json_in

_MAX_QUOTED = 200  # characters of an answer in an error
_NOTHING = object()  # None is a value of optional types


class _Unfit(Exception):
    """A text that is not an answer, and why; without a reason if it is not JSON."""


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
        calls = self._calls_of(choice)
        texts = [*map(_arguments_of, calls)] or [json_in(choice.text)]
        empty: list[Any] = []
        failures: list[tuple[_Unfit, str]] = []
        for text in texts:
            try:
                instance, holds_something = self._read_text(text)
            except _Unfit as error:
                failures.append((error, text))
                continue
            if holds_something:
                return instance
            empty.append(instance)
        found = self._next_to_call(choice) if calls else _NOTHING
        if found is not _NOTHING:
            return found
        if empty:
            return empty[0]
        unfit, text = failures[0]
        raise self._failure(self._reason(unfit, choice), reply, text) from unfit.__cause__

    def grow(self, choice: Choice) -> Any:
        """Return the JSON value of an answer as far as it goes; None if there is none yet."""
        if choice.refusal or self.calls_other_tool(choice):
            return None
        texts = [call.arguments for call in self._calls_of(choice)]
        begun = None
        for text in [*texts, choice.text]:
            value = unwrap(self.shape, _growing(text)) if text else None
            if self.shape.has_begun(value):
                if value != {}:
                    return value
                begun = value
        return begun

    def try_instance(self, value: Any) -> Any:
        """Return the instance of a growing answer's value; None if it is not complete enough."""
        try:
            return self._instance(value)
        except Exception:  # a user's validator may fail in any way on half a text
            return None

    def calls_other_tool(self, choice: Choice) -> bool:
        """Return whether the model calls other tools, and not the schema's."""
        return bool(choice.tool_calls) and not self._calls_of(choice)

    def _instance(self, value: Any) -> Any:
        found = unwrap(self.shape, value)
        if self.validate is None:
            self.shape.check(found)
            check_value(self.shape, found)
            return found
        instance = self.validate(to_json(found, inf_nan_mode="constants"))
        self.shape.check(found, taken_by(instance))
        check_instance(found, instance)
        return instance

    def _read_text(self, text: str) -> tuple[Any, bool]:
        """Return the instance in a JSON text, and whether the text holds any of its fields.

        Raises:
            _Unfit: The text is not JSON, or does not follow the schema; its cause says why.
        """
        try:
            value = _read(text)
        except ValueError as error:
            raise _Unfit from error
        try:
            return self._instance(value), self.shape.find(value) != {}
        except Exception as error:  # a user's validator may fail in any way
            raise _Unfit(_explain(error)) from error

    def _next_to_call(self, choice: Choice) -> Any:
        """Return the instance in the text next to calls that hold none; `_NOTHING` if none is.

        It must be an object or a list that holds something: in prose, anything else is chance.
        """
        text = json_in(choice.text)
        try:
            instance, holds_something = self._read_text(text)
        except _Unfit:
            return _NOTHING
        return instance if holds_something and text.startswith(("{", "[")) else _NOTHING

    def _calls_of(self, choice: Choice) -> list[ToolCallDelta]:
        """Return the calls that may answer, the likeliest first.

        Some models change the name of the only tool, or call it once more with the answer.
        """
        wanted = schema_name(self.shape.name)
        calls = [call for call in choice.tool_calls if call.name not in self.other_tools]
        return sorted(calls, key=lambda call: schema_name(call.name or "") != wanted)

    def _reason(self, unfit: _Unfit, choice: Choice) -> str:
        """Why a text is not the answer."""
        if unfit.args:
            return str(unfit)
        if self._calls_of(choice):
            return "the arguments of its tool call are not a JSON object"
        if self.expects_call:
            return "it did not call the tool that stands for the schema"
        return f"it is not JSON ({unfit.__cause__})"

    def _failure(self, reason: str, reply: Chunk, text: str) -> StructuredOutputError:
        quoted = text if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]}..."
        shown = f" The answer is {quoted!r}." if text else ""
        return _error(
            f"The answer does not follow the schema of {self.shape.name}: {reason}.{shown}"
            f"{self._advice(reply, text)}",
            reply,
        )

    def _advice(self, reply: Chunk, text: str) -> str:
        end = explain_end(reply.choice.finish_reason)
        if end:
            return " It {}. {}".format(*end)
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
    names = names_of_class(python_class)
    shape = to_shape(schema, name=name, names=names, other_names=_names_of_root(python_class))
    validate = getattr(python_class, "model_validate_json", None) or python_class.parse_raw
    return AnswerReader(shape, validate)


def _names_of_root(python_class: Any) -> Collection[str]:
    """The names that may be around the answer to a `RootModel`: its field's, and its class's."""
    if not (isinstance(python_class, type) and issubclass(python_class, RootModel)):
        return ()
    held = python_class.model_fields["root"].annotation
    return {"root", normalized(getattr(held, "__name__", "root"))}


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


def _growing(text: str) -> Any:
    if text.lstrip().startswith(("{", "[")):
        # Finding JSON takes much longer than reading it, and a stream does it for each piece.
        value = read_growing(text)
        if value is not None:
            return value
    return read_growing(find_json(text))


def _read(text: str) -> Any:
    value = read_json(text)
    if isinstance(value, str):  # encoded twice
        value = read_json(find_json(value))
    return value


def _arguments_of(call: ToolCallDelta) -> str:
    """The JSON in a call's arguments. A call without arguments holds an empty object."""
    text = call.arguments.strip()
    return "{}" if text in ("", "null") else find_json(text)


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

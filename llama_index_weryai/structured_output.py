"""Structured answers: a pydantic class asked for in one of three ways, and the answer read."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Iterator, Mapping, Sequence
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any, Generic, cast

from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.instrumentation import get_dispatcher  # type: ignore[attr-defined]
from llama_index.core.instrumentation.events.llm import (
    LLMStructuredPredictEndEvent,
    LLMStructuredPredictStartEvent,
)
from llama_index.core.program.utils import FlexibleModel, create_flexible_model
from llama_index.core.prompts import PromptTemplate
from llama_index.core.types import Model, PydanticProgramMode
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from llama_index_weryai.function_calling import FunctionCalling
from weryai_core import Choice, Chunk, StructuredOutputError, ToolCallDelta, model_info
from weryai_core.integration import (
    StructuredOutputMethod,
    find_json,
    merge_call,
    plan_structured_output,
    schema_name,
    with_root_object,
)

_dispatcher = get_dispatcher(__name__)

# The ways that can be demanded. DEFAULT leaves it to us; the other modes are of other packages.
_METHODS: dict[PydanticProgramMode, StructuredOutputMethod] = {
    PydanticProgramMode.FUNCTION: "function_calling",
    PydanticProgramMode.LLM: "prompted",
}
# Said of a function beside its parameters.
_BESIDE_PARAMETERS = ("title", "description")
_MOST_SHOWN = 200  # characters of an answer in an error


class StructuredPredict(FunctionCalling):
    """An LLM that gives structured answers in more ways than core's programs, by one set of rules.

    Core's lose the system prompt of an asynchronous question, do not demand the call of a streamed
    one, and end a stream with half an object.
    """

    if TYPE_CHECKING:
        is_function_calling_model: bool

    def structured_predict(
        self,
        output_cls: type[Model],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Model:
        """The answer to a prompt, as an object of a pydantic class.

        `pydantic_program_mode` says how it is asked for: FUNCTION as a tool, LLM in the prompt. By
        default, as a JSON schema where the model takes one, else as a tool.

        Args:
            output_cls: The class.
            prompt: The prompt.
            llm_kwargs: Parameters of the call.
            prompt_args: What is put into the prompt.

        Raises:
            weryai_core.StructuredOutputError: The answer does not follow the class's schema.
        """
        if not self._does_it_here:
            answer = super().structured_predict(output_cls, prompt, llm_kwargs, **prompt_args)
            return cast(Model, answer)
        _note_start(output_cls, prompt, prompt_args)
        answer = self.chat(**self._structured_chat(output_cls, prompt, llm_kwargs, prompt_args))
        return _note_end(_Reader(output_cls).read(answer))

    async def astructured_predict(
        self,
        output_cls: type[Model],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Model:
        """`structured_predict`, asynchronous."""
        if not self._does_it_here:
            answer = await super().astructured_predict(
                output_cls, prompt, llm_kwargs, **prompt_args
            )
            return cast(Model, answer)
        _note_start(output_cls, prompt, prompt_args)
        answer = await self.achat(
            **self._structured_chat(output_cls, prompt, llm_kwargs, prompt_args)
        )
        return _note_end(_Reader(output_cls).read(answer))

    def _structured_stream_call(
        self,
        output_cls: type[Model],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Generator[Any, None, None]:
        """What `stream_structured_predict` gives out: the object as it grows."""
        if not self._does_it_here:
            yield from super()._structured_stream_call(
                output_cls, prompt, llm_kwargs, **prompt_args
            )
            return
        reader = _Reader(output_cls)
        answer = self.stream_chat(
            **self._structured_chat(output_cls, prompt, llm_kwargs, prompt_args)
        )
        with closing(answer):
            for response in answer:
                yield from reader.grow(response)
        yield from reader.end()

    async def _structured_astream_call(
        self,
        output_cls: type[Model],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> AsyncGenerator[Any, None]:
        """What `astream_structured_predict` gives out."""
        if not self._does_it_here:
            return await super()._structured_astream_call(
                output_cls, prompt, llm_kwargs, **prompt_args
            )
        request = self._structured_chat(output_cls, prompt, llm_kwargs, prompt_args)

        async def objects() -> AsyncGenerator[Any, None]:
            reader = _Reader(output_cls)
            async with aclosing(await self.astream_chat(**request)) as answer:
                async for response in answer:
                    for grown in reader.grow(response):
                        yield grown
            for last in reader.end():
                yield last

        return objects()

    @property
    def _does_it_here(self) -> bool:
        """Whether the mode is none of those that are other packages'."""
        mode = self.pydantic_program_mode
        return mode == PydanticProgramMode.DEFAULT or mode in _METHODS

    def _structured_chat(
        self,
        output_cls: type[Model],
        prompt: PromptTemplate,
        llm_kwargs: Mapping[str, Any] | None,
        prompt_args: Mapping[str, Any],
    ) -> dict[str, Any]:
        """The arguments of `chat` for a prompt whose answer shall follow the schema of a class."""
        messages = self._extend_messages(prompt.format_messages(llm=self, **prompt_args))
        # What core's programs decide themselves.
        ours = ("tool_required", "allow_parallel_tool_calls")
        given = {name: value for name, value in (llm_kwargs or {}).items() if name not in ours}
        schema = with_root_object(output_cls.model_json_schema())
        strict = given.pop("strict", None)
        strict = self.strict if strict is None else strict
        parameters = merge_call(self._parameters(), given)
        info = model_info(parameters["model"])
        plan = plan_structured_output(
            parameters,
            schema,
            method=_METHODS.get(self.pydantic_program_mode),
            knows_schemas=info.structured_output if info else None,
            knows_tools=self.is_function_calling_model,
            name=_name(output_cls),
            strict=strict or None,
        )
        if plan.method == "function_calling":
            return self._function_call(output_cls, schema, messages, {**given, "strict": strict})
        return {"messages": messages, **plan.parameters, **given}

    def _function_call(
        self,
        output_cls: type[BaseModel],
        schema: Mapping[str, Any],
        messages: Sequence[ChatMessage],
        given: Mapping[str, Any],
    ) -> dict[str, Any]:
        function = {
            "name": _name(output_cls),
            "description": schema.get("description", ""),
            "parameters": {
                name: value for name, value in schema.items() if name not in _BESIDE_PARAMETERS
            },
        }
        rest = dict(given)
        tools = [{"type": "function", "function": function}, *(rest.pop("tools", None) or ())]
        # JSON in words will do as well as a call; the reader tells what will not.
        arguments: dict[str, Any] = {"tool_required": True, "check_tool_choice": False, **rest}
        return self._prepare_chat_with_tools(tools, chat_history=[*messages], **arguments)


class _Reader(Generic[Model]):
    """Reads the object out of an answer, whole or growing."""

    def __init__(self, output_cls: type[Model]) -> None:
        self._output_cls = output_cls
        self._flexible_cls = create_flexible_model(output_cls)
        self._value: dict[str, Any] = {}
        self._given: Model | FlexibleModel | None = None
        self._response: ChatResponse | None = None

    def read(self, response: ChatResponse) -> Model:
        """The object of a whole answer.

        Raises:
            StructuredOutputError: The answer does not follow the schema.
        """
        text = self._text(response)
        try:
            return self._output_cls.model_validate_json(text)
        except ValidationError as error:
            raise _error(response, text, error, self._output_cls.__name__) from error

    def grow(self, response: ChatResponse) -> Iterator[Model | FlexibleModel]:
        """The object as far as an answer goes: one if it grew, else none."""
        self._response = response
        try:
            value = from_json(self._text(response), allow_partial="trailing-strings")
        except ValueError:
            return
        if not isinstance(value, dict) or not value or value == self._value:
            return
        self._value = value
        try:
            self._given = self._output_cls.model_validate(value)
        except Exception:  # a validator of the user's may not expect half of a text
            self._given = self._flexible_cls.model_validate(value)
        yield self._given

    def _text(self, response: ChatResponse) -> str:
        """The JSON text of an answer: the arguments of its call, else what is in its words."""
        calls = response.message.additional_kwargs.get("tool_calls")
        if not calls:
            return find_json(response.message.content or "")
        functions = [call["function"] for call in calls]
        ours = [one for one in functions if one["name"] == _name(self._output_cls)]
        return (ours or functions)[0]["arguments"] or "{}"

    def end(self) -> Iterator[Model]:
        """The whole object, unless it was what `grow` gave last.

        Raises:
            StructuredOutputError: See `read`.
        """
        if self._response is not None:
            whole = self.read(self._response)
            if whole != self._given:
                yield whole


def _name(output_cls: type[BaseModel]) -> str:
    return schema_name(output_cls.model_config.get("title") or output_cls.__name__)


def _error(
    response: ChatResponse, text: str, error: ValidationError, name: str
) -> StructuredOutputError:
    shown = text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(step) for step in first["loc"])
    reason = f"{place}: {first['msg']}" if place else first["msg"]
    advice = ""
    if response.message.additional_kwargs.get("refusal"):
        advice = f" The model refused: {response.message.additional_kwargs['refusal']}"
    elif response.additional_kwargs.get("finish_reason") == "length":
        advice = " It was cut off at `max_tokens`: raise that."
    elif not text.lstrip().startswith("{"):
        advice = (
            " If the model or the gateway knows neither schemas nor tools, PydanticProgramMode.LLM "
            "puts the schema into the prompt."
        )
    return StructuredOutputError(
        f"The answer does not follow the schema of {name}: {reason}. It is {shown!r}.{advice}",
        status_code=200,
        partial=_to_chunk(response.message),
    )


def _to_chunk(message: ChatMessage) -> Chunk:
    calls = message.additional_kwargs.get("tool_calls") or ()
    deltas = (
        ToolCallDelta(index, call["id"], call["function"]["name"], call["function"]["arguments"])
        for index, call in enumerate(calls)
    )
    choice = Choice(text=message.content or "", tool_calls=tuple(deltas))
    return Chunk(choices=(choice,), is_last=True)


def _note_start(
    output_cls: type[Model], prompt: PromptTemplate, prompt_args: dict[str, Any]
) -> None:
    _dispatcher.event(
        LLMStructuredPredictStartEvent(
            output_cls=output_cls, template=prompt, template_args=prompt_args
        )
    )


def _note_end(output: Model) -> Model:
    _dispatcher.event(LLMStructuredPredictEndEvent(output=output))
    return output

"""Structured output through LlamaIndex's entrances: ask for an object of a pydantic class.

A request asks in one of three ways: as a JSON schema in `response_format`, as a tool that must be
called, or in the prompt. `reply.structured_answer` reads the object out of the answer. Core's
programs do the same with defects: they lose the system prompt of an async question, require no
call when they stream, and end a stream with half an object.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import aclosing, closing
from typing import Any, cast

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.instrumentation import get_dispatcher  # type: ignore[attr-defined]
from llama_index.core.instrumentation.events.llm import (
    LLMStructuredPredictEndEvent,
    LLMStructuredPredictStartEvent,
)
from llama_index.core.prompts import PromptTemplate
from llama_index.core.types import Model, PydanticProgramMode
from pydantic import BaseModel

from llama_index_weryai import reply
from llama_index_weryai.function_calling import FunctionCalling
from weryai_core import integration, model_info
from weryai_core.integration import StructuredOutputMethod

_dispatcher = get_dispatcher(__name__)

# DEFAULT leaves the choice to us. The other modes belong to programs of other packages.
_METHODS: dict[PydanticProgramMode, StructuredOutputMethod] = {
    PydanticProgramMode.FUNCTION: "function_calling",
    PydanticProgramMode.LLM: "prompted",
}
# A function has these next to its parameters.
_NOT_PARAMETERS = ("title", "description")
# Core's programs decide these themselves.
_DECIDED_HERE = ("tool_required", "allow_parallel_tool_calls")


class StructuredPredict(FunctionCalling):
    """An LLM whose structured output works alike whether streamed or whole, sync or async."""

    @abstractmethod
    def _structured_request(
        self,
        output_cls: type[BaseModel],
        messages: Sequence[ChatMessage],
        llm_kwargs: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Return the arguments of `chat` that ask for an object of a class."""

    def structured_predict(
        self,
        output_cls: type[Model],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Model:
        """Answer a prompt with an object of a pydantic class.

        `pydantic_program_mode` decides how to ask: FUNCTION as a tool, LLM in the prompt. The
        default is a JSON schema where the model takes one, else a tool.

        Args:
            output_cls: The class.
            prompt: The prompt.
            llm_kwargs: Parameters of the call.
            prompt_args: The values of the prompt's variables.

        Raises:
            weryai_core.StructuredOutputError: The answer does not follow the class's schema.
        """
        if not self._supports_mode:
            answer = super().structured_predict(output_cls, prompt, llm_kwargs, **prompt_args)
            return cast(Model, answer)
        _report_start(output_cls, prompt, prompt_args)
        request = self._prompt_request(output_cls, prompt, llm_kwargs, prompt_args)
        reader = _to_reader(output_cls, request)
        return _report_end(reader.read(self.chat(**request)))

    async def astructured_predict(
        self,
        output_cls: type[Model],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Model:
        """Async version of `structured_predict`."""
        if not self._supports_mode:
            answer = await super().astructured_predict(
                output_cls, prompt, llm_kwargs, **prompt_args
            )
            return cast(Model, answer)
        _report_start(output_cls, prompt, prompt_args)
        request = self._prompt_request(output_cls, prompt, llm_kwargs, prompt_args)
        reader = _to_reader(output_cls, request)
        return _report_end(reader.read(await self.achat(**request)))

    def _structured_stream_call(
        self,
        output_cls: type[Model],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Generator[Any, None, None]:
        """Yield the growing object. `stream_structured_predict` calls this."""
        if not self._supports_mode:
            yield from super()._structured_stream_call(
                output_cls, prompt, llm_kwargs, **prompt_args
            )
            return
        request = self._prompt_request(output_cls, prompt, llm_kwargs, prompt_args)
        reader = _to_reader(output_cls, request)
        with closing(self.stream_chat(**request)) as responses:
            for response in responses:
                yield from reader.grow(response)
        yield from reader.end()

    async def _structured_astream_call(
        self,
        output_cls: type[Model],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> AsyncGenerator[Any, None]:
        """Async version of `_structured_stream_call`."""
        if not self._supports_mode:
            return await super()._structured_astream_call(
                output_cls, prompt, llm_kwargs, **prompt_args
            )
        request = self._prompt_request(output_cls, prompt, llm_kwargs, prompt_args)

        async def objects() -> AsyncGenerator[Any, None]:
            reader = _to_reader(output_cls, request)
            async with aclosing(await self.astream_chat(**request)) as responses:
                async for response in responses:
                    for grown in reader.grow(response):
                        yield grown
            for last in reader.end():
                yield last

        return objects()

    @property
    def _supports_mode(self) -> bool:
        """Whether the mode is handled here. Other modes go to core's programs."""
        mode = self.pydantic_program_mode
        return mode == PydanticProgramMode.DEFAULT or mode in _METHODS

    def _prompt_request(
        self,
        output_cls: type[BaseModel],
        prompt: PromptTemplate,
        llm_kwargs: Mapping[str, Any] | None,
        prompt_args: Mapping[str, Any],
    ) -> dict[str, Any]:
        messages = self._extend_messages(prompt.format_messages(llm=self, **prompt_args))
        return self._structured_request(output_cls, messages, llm_kwargs or {})


def to_structured_parameters(
    output_cls: type[BaseModel],
    llm_kwargs: Mapping[str, Any],
    *,
    model_parameters: Mapping[str, Any],
    mode: PydanticProgramMode,
    is_function_calling_model: bool,
    strict: bool,
) -> dict[str, Any]:
    """Return the parameters of a request that asks for an object of a class.

    Args:
        output_cls: The class.
        llm_kwargs: Parameters of the call; `strict` among them wins over the model's.
        model_parameters: The parameters set on the model.
        mode: How to ask.
        is_function_calling_model: Whether the model takes tools.
        strict: Whether the answer must follow the schema strictly.
    """
    from llama_index_weryai.request.tools import to_tool_parameters

    given = {name: value for name, value in llm_kwargs.items() if name not in _DECIDED_HERE}
    given_strict = given.pop("strict", None)
    strict = strict if given_strict is None else given_strict
    # The reader looks for the answer in the text around the tokens of a call.
    given = {"check_call_tokens": False, **given}
    parameters = integration.merge_call(model_parameters, given)
    schema = reply.make_reader(output_cls).shape.schema
    info = model_info(parameters["model"])
    plan = integration.plan_structured_output(
        parameters,
        schema,
        method=_METHODS.get(mode),
        knows_schemas=info.structured_output if info else None,
        knows_tools=is_function_calling_model,
        name=reply.class_name(output_cls),
        strict=strict or None,
    )
    tools = [*(given.pop("tools", None) or ())]
    if plan.method == "function_calling":
        # The reader also takes JSON in the text, so an answer without the call is not an error.
        given = {"tool_required": True, "check_tool_choice": False, **given}
        of_class = _to_tool(reply.class_name(output_cls), schema)
        return to_tool_parameters([of_class, *tools], strict=strict, **given)
    if tools:
        given = to_tool_parameters(tools, strict=strict, **given)
    return {**plan.parameters, **given}


def _to_reader(output_cls: type[Model], request: Mapping[str, Any]) -> reply.ObjectReader[Model]:
    """Return the reader of the answer to a request; other tools than the class's are not it."""
    names = (integration.name_of(tool) for tool in request.get("tools") or ())
    others = [name for name in names if name is not None and name != reply.class_name(output_cls)]
    return reply.ObjectReader(output_cls, other_tools=others)


def _to_tool(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    function = {
        "name": name,
        "description": schema.get("description", ""),
        "parameters": {
            name: value for name, value in schema.items() if name not in _NOT_PARAMETERS
        },
    }
    return {"type": "function", "function": function}


def _report_start(
    output_cls: type[Model], prompt: PromptTemplate, prompt_args: dict[str, Any]
) -> None:
    _dispatcher.event(
        LLMStructuredPredictStartEvent(
            output_cls=output_cls, template=prompt, template_args=prompt_args
        )
    )


def _report_end(output: Model) -> Model:
    _dispatcher.event(LLMStructuredPredictEndEvent(output=output))
    return output

"""Faults of tool calling."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole, ToolCallBlock
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.llms.structured_llm import StructuredLLM
from pydantic import BaseModel

from ._noticed import noticed_by
from ._parrot import Parrot


@noticed_by(
    "test_the_callers_history_is_not_changed", "test_a_request_with_tools_leaves_the_history_alone"
)
class HistoryKeeper(Parrot):
    """The question goes into the caller's history."""

    def _prepare_chat_with_tools(
        self,
        tools: Sequence[Any],
        user_msg: Any = None,
        chat_history: list[ChatMessage] | None = None,
        tool_required: bool = False,
        **kwargs: Any,
    ) -> dict[str, Any]:
        history = [] if chat_history is None else chat_history
        if user_msg:
            history.append(ChatMessage(content=user_msg) if isinstance(user_msg, str) else user_msg)
        return super()._prepare_chat_with_tools(
            tools, chat_history=history, tool_required=tool_required, **kwargs
        )


@noticed_by(
    "test_a_call_is_in_both_places", "test_an_object_is_streamed", "test_a_structured_llm_streams"
)
class BlocksOnly(Parrot):
    """Tool calls are only in blocks."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        for response in super()._stream(messages, **kwargs):
            response.message.additional_kwargs.pop("tool_calls", None)
            yield response


@noticed_by("test_a_partial_call_is_not_an_error", "test_calls_can_be_read_from_every_chunk")
class HastyReader(Parrot):
    """Partial arguments are an error."""

    def read_arguments(self, arguments: dict[str, Any] | str) -> dict[str, Any]:
        return json.loads(arguments) if isinstance(arguments, str) else arguments


@noticed_by("test_a_missing_call_is_an_error_by_default")
class MildReader(Parrot):
    """A missing call is never an error."""

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **kwargs: Any
    ) -> list[ToolSelection]:
        return super().get_tool_calls_from_response(response, error_on_no_tool_call=False)


@noticed_by("test_a_missing_call_may_be_allowed")
class Strict(Parrot):
    """A missing call is always an error."""

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **kwargs: Any
    ) -> list[ToolSelection]:
        return super().get_tool_calls_from_response(response, error_on_no_tool_call=True)


@noticed_by(
    "test_a_tool_is_called",
    "test_a_tool_is_called_and_run",
    "test_two_tools_are_called_in_one_answer",
    "test_two_tools_are_called_and_run",
    "test_a_call_is_read_from_a_response",
    "test_a_partial_call_is_not_an_error",
)
class Spelling(Parrot):
    """Arguments are texts, whatever the schema says."""

    def read_arguments(self, arguments: dict[str, Any] | str) -> dict[str, Any]:
        read = super().read_arguments(arguments)
        return {name: str(value) for name, value in read.items()}


@noticed_by(
    "test_a_tool_is_called",
    "test_two_tools_are_called_in_one_answer",
    "test_a_call_is_read_from_a_response",
    "test_a_round_with_a_tool_ends_with_an_answer",
)
class Anonymous(Parrot):
    """Calls have no id."""

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **kwargs: Any
    ) -> list[ToolSelection]:
        calls = super().get_tool_calls_from_response(response, error_on_no_tool_call, **kwargs)
        return [call.model_copy(update={"tool_id": ""}) for call in calls]


@noticed_by("test_a_call_can_be_required", "test_a_tool_can_be_chosen")
class DeafToDemands(Parrot):
    """No call can be required."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        return super()._stream(messages, **{**kwargs, "tool_choice": "auto"})


@noticed_by("test_two_tools_are_called_in_one_answer", "test_two_tools_are_called_and_run")
class OneAtATime(Parrot):
    """Several calls are never made at once."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        return super()._stream(messages, **{**kwargs, "parallel": False})


@noticed_by("test_one_call_is_returned_by_default")
class ManyAtATime(Parrot):
    """Several calls are made even if only one is allowed."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        return super()._stream(messages, **{**kwargs, "parallel": True})


@noticed_by("test_a_result_is_answered")
class EntriesOnly(Parrot):
    """Calls in a history are read from one place only."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        for message in messages:
            if any(isinstance(block, ToolCallBlock) for block in message.blocks):
                message.additional_kwargs["tool_calls"]
        return super()._stream(messages, **kwargs)


@noticed_by("test_a_call_without_arguments_has_none", "test_a_partial_call_is_not_an_error")
class Padding(Parrot):
    """A call without arguments gets one."""

    def read_arguments(self, arguments: dict[str, Any] | str) -> dict[str, Any]:
        return super().read_arguments(arguments) or {"input": ""}


@noticed_by("test_a_message_may_be_the_question")
class TextsOnly(Parrot):
    """The question must be a text."""

    def _prepare_chat_with_tools(
        self, tools: Sequence[Any], user_msg: Any = None, tool_required: bool = False, **kwargs: Any
    ) -> dict[str, Any]:
        if isinstance(user_msg, ChatMessage):
            raise TypeError("The question is no text.")
        return super()._prepare_chat_with_tools(
            tools, user_msg, tool_required=tool_required, **kwargs
        )


@noticed_by(
    "test_an_answer_is_an_object",
    "test_an_object_may_hold_objects",
    "test_a_structured_llm_answers",
)
class Unstructured(Parrot):
    """Structured output is returned as JSON."""

    def structured_predict(self, *args: Any, **kwargs: Any) -> Any:
        return super().structured_predict(*args, **kwargs).model_dump_json()


@noticed_by("test_a_structured_llm_has_the_metadata_of_its_llm")
class Stranger(Parrot):
    """Another model writes the structured output."""

    def as_structured_llm(self, output_cls: type[BaseModel], **kwargs: Any) -> Any:
        other = type(self)(**{**vars(self), "model": "parrot-2"})
        return StructuredLLM(llm=other, output_cls=output_cls)


@noticed_by(
    "test_a_function_agent_uses_a_tool",
    "test_a_function_agent_streams_its_answer",
    "test_a_react_agent_answers",
)
class Fading(Parrot):
    """The last response of a stream has only the usage."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        for response in super()._stream(messages, **kwargs):
            yield response
        yield response.model_copy(update={"message": ChatMessage(role="assistant", content="")})

    def _chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return [*self._stream(messages, **kwargs)][-2]


@noticed_by("test_a_chat_engine_remembers")
class Amnesic(Parrot):
    """Answers do not have the assistant's role, so an engine ignores them."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        for response in super()._stream(messages, **kwargs):
            response.message.role = MessageRole.MODEL
            yield response

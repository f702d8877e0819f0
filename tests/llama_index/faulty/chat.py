"""Faults of answers, streams and prompts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.base.llms.generic_utils import chat_to_completion_decorator
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    MessageRole,
    TextBlock,
)
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback

from ._noticed import noticed_by
from ._parrot import Parrot


@noticed_by("test_every_delta_is_text")
class NullDelta(Parrot):
    """The last response has no new text and its delta is None."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        for response in super()._stream(messages, **kwargs):
            if response.raw:
                response.delta = None
            yield response


@noticed_by("test_deltas_add_up", "test_a_function_agent_streams_its_answer")
class RepeatedDelta(Parrot):
    """The last response repeats the first word."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        for response in super()._stream(messages, **kwargs):
            if response.raw:
                response.delta = "You"
            yield response


@noticed_by("test_each_response_holds_all_text_so_far")
class PiecesOnly(Parrot):
    """Streamed messages hold only the new piece, except the last one."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        for response in super()._stream(messages, **kwargs):
            if not response.raw and response.delta:
                response.message.blocks = [TextBlock(text=response.delta)]
            yield response


@noticed_by(
    "test_async_answers_equal_sync_ones", "test_deltas_add_up", "test_reasoning_is_streamed"
)
class LateAsync(Parrot):
    """Asynchronous streams begin with their third chunk."""

    async def _astream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        stream = await super()._astream(messages, **kwargs)

        async def later() -> Any:
            number = 0
            async for response in stream:
                number += 1
                if number > 2 or response.raw:
                    yield response

        return later()


@noticed_by("test_async_answers_look_like_sync_ones", "test_reasoning_is_a_block")
class ThoughtlessAsync(Parrot):
    """`achat` leaves out the reasoning."""

    async def _achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        response = await super()._achat(messages, **kwargs)
        response.message.blocks = response.message.blocks[1:]
        return response


@noticed_by(
    "test_every_method_answers_with_text",
    "test_a_conversation_continues",
    "test_messages_may_be_named",
    "test_a_prompt_may_be_named",
)
class Mute(Parrot):
    """Answers have no text."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        for response in super()._stream(messages, **kwargs):
            response.message.blocks = []
            response.delta = ""
            yield response


@noticed_by("test_an_answer_is_the_assistants")
class Ventriloquist(Parrot):
    """Answers are the user's."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        for response in super()._stream(messages, **kwargs):
            response.message.role = MessageRole.USER
            yield response


@noticed_by("test_the_callers_messages_are_not_changed")
class Editor(Parrot):
    """The caller's messages are changed."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        for message in messages:
            if message.role.value == "system":
                message.blocks.append(TextBlock(text="Repeat."))
        return super()._stream(messages, **kwargs)


@noticed_by("test_an_answer_without_calls_has_no_calls")
class NullCalls(Parrot):
    """An answer without calls has null tool calls."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        for response in super()._stream(messages, **kwargs):
            response.message.additional_kwargs.setdefault("tool_calls", None)
            yield response


@noticed_by("test_a_parameter_may_be_passed_per_call")
class Stubborn(Parrot):
    """The instance's parameter wins over the call's."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        return super()._stream(messages, **{**kwargs, "max_tokens": self.max_tokens})


@noticed_by("test_a_parameter_may_be_set_once", "test_the_output_follows_the_limit")
class Forgetful(Parrot):
    """The limit is ignored."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "max_tokens": 200})


@noticed_by("test_a_prompt_may_be_named")
class OwnName(Parrot):
    """The prompt's parameter has another name."""

    @llm_completion_callback()
    def complete(self, text: str, formatted: bool = False, **kwargs: Any) -> Any:
        return chat_to_completion_decorator(self._chat)(self._wrap(text, formatted), **kwargs)


@noticed_by("test_messages_may_be_named")
class PositionOnly(Parrot):
    """`chat` has no parameter `messages`."""

    @llm_chat_callback()
    def chat(self, conversation: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return self._chat(conversation, **kwargs)

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        return (lambda given, **kwargs: found(given, **kwargs)) if name == "chat" else found


@noticed_by("test_a_formatted_prompt_is_not_wrapped")
class Wrapper(Parrot):
    """Formatted prompts are formatted again."""

    def _wrap(self, prompt: str, formatted: bool) -> str:
        return self.completion_to_prompt(prompt)


@noticed_by("test_completion_to_prompt_wraps_a_prompt")
class Unwrapped(Parrot):
    """Prompts are never formatted."""

    def _wrap(self, prompt: str, formatted: bool) -> str:
        return prompt


@noticed_by("test_a_stream_ends_with_the_whole_answer")
class LastWord(Parrot):
    """Whole answers are longer than streamed ones."""

    def _chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        response = super()._chat(messages, **kwargs)
        response.message.blocks.append(TextBlock(text="That is all."))
        return response


@noticed_by(
    "test_a_template_is_filled_and_answered",
    "test_the_template_reaches_the_model",
    "test_the_system_prompt_goes_first",
    "test_an_output_parser_reads_the_answer",
)
class Absent(Parrot):
    """`predict` does not send the prompt."""

    def predict(self, prompt: Any, **prompt_args: Any) -> str:
        return ""


@noticed_by("test_messages_to_prompt_is_kept", "test_an_output_parser_reads_the_answer")
class Uniform(Parrot):
    """The user's functions are replaced."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "messages_to_prompt": None, "output_parser": None})

"""The eight methods: each returns text, whole and streamed, the same sync and async."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole
from llama_index.core.chat_engine.types import is_function

from ._subject import Subject, needs
from ._ways import (
    HELLO,
    ask,
    call,
    each_chat,
    each_completion,
    each_method,
    each_stream,
    each_twin,
    text_of,
)

COUNT = "Count from 1 to 100, in digits."
FIVE_TOKENS = 60  # characters; five tokens of that answer are shorter


class ChatTests(Subject):
    """The contract of `chat`, `complete` and their six siblings."""

    @each_method
    def test_every_method_answers_with_text(self, method: str) -> None:
        """Each of the eight methods answers, because LlamaIndex uses all of them."""
        last = ask(self.make_llm(), method)[-1]
        assert text_of(last).strip()

    @each_chat
    def test_an_answer_is_the_assistants(self, method: str) -> None:
        """Each message has the assistant's role, because histories are built from them."""
        for response in ask(self.make_llm(), method):
            assert isinstance(response, ChatResponse)
            assert response.message.role == MessageRole.ASSISTANT

    @each_chat
    def test_messages_may_be_named(self, method: str) -> None:
        """`messages` is also a keyword: agents and memories pass it by name."""
        last = call(self.make_llm(), method, messages=[ChatMessage(content=HELLO)])[-1]
        assert text_of(last).strip()

    @each_completion
    def test_a_prompt_may_be_named(self, method: str) -> None:
        """`prompt` is also a keyword: the documentation writes `complete(prompt=...)`."""
        assert text_of(call(self.make_llm(), method, prompt=HELLO)[-1]).strip()

    @each_chat
    def test_a_conversation_continues(self, method: str) -> None:
        """Messages of all roles are accepted, as a chat engine's memory sends them."""
        messages = [
            ChatMessage(role="system", content="Be brief."),
            ChatMessage(role="user", content="I am Ann."),
            ChatMessage(role="assistant", content="Hello, Ann."),
            ChatMessage(role="user", content="What is my name?"),
        ]
        assert text_of(call(self.make_llm(), method, messages)[-1]).strip()

    @each_chat
    def test_the_callers_messages_are_not_changed(self, method: str) -> None:
        """The list and its messages stay unchanged, because they are the caller's history."""
        messages = [ChatMessage(role="system", content="Be brief."), ChatMessage(content=HELLO)]
        before = [message.model_copy(deep=True) for message in messages]
        call(self.make_llm(), method, messages)
        assert messages == before

    @each_chat
    def test_an_answer_without_calls_has_no_calls(self, method: str) -> None:
        """`additional_kwargs["tool_calls"]` is missing or a list: chat engines take its length."""
        for response in ask(self.make_llm(), method):
            assert not is_function(response.message)

    # --- streams

    @each_stream
    def test_every_delta_is_text(self, method: str) -> None:
        """No `delta` is None, even in a chunk without text, because users join them."""
        responses = ask(self.make_llm(), method)
        assert [
            response.delta for response in responses if not isinstance(response.delta, str)
        ] == []

    @each_stream
    def test_deltas_add_up(self, method: str) -> None:
        """The deltas add up to the text of the last response: none is lost or repeated."""
        responses = ask(self.make_llm(), method)
        deltas = "".join(response.delta or "" for response in responses)
        assert deltas == text_of(responses[-1])

    @each_stream
    def test_each_response_holds_all_text_so_far(self, method: str) -> None:
        """Texts grow: agents and engines keep only the last response, which must be whole."""
        texts = [text_of(response) for response in ask(self.make_llm(), method)]
        assert [text for text, after in pairwise(texts) if not after.startswith(text)] == []

    @each_twin
    def test_async_answers_look_like_sync_ones(self, sync: str, asynchronous: str) -> None:
        """Both have the same kinds of blocks and the same other fields."""
        llm = self.make_llm()
        assert _shape(ask(llm, asynchronous)[-1]) == _shape(ask(llm, sync)[-1])

    @each_twin
    @needs("answers_repeat")
    def test_async_answers_equal_sync_ones(self, sync: str, asynchronous: str) -> None:
        """Chunk by chunk, including the first one, which is easily dropped."""
        llm = self.make_llm()
        assert _chunks(ask(llm, asynchronous)) == _chunks(ask(llm, sync))

    @needs("answers_repeat")
    def test_a_stream_ends_with_the_whole_answer(self) -> None:
        """Streaming changes how an answer arrives, not its content."""
        llm = self.make_llm()
        whole, streamed = ask(llm, "chat")[-1].message, ask(llm, "stream_chat")[-1].message
        assert streamed.blocks == whole.blocks

    # --- parameters

    @each_method
    @needs("limit_parameter")
    def test_a_parameter_may_be_passed_per_call(self, method: str) -> None:
        """A parameter of the call wins over the instance's."""
        name = str(self.limit_parameter)
        llm = self.make_llm(**{name: 500})
        assert len(text_of(ask(llm, method, COUNT, **{name: 5})[-1])) < FIVE_TOKENS

    @each_method
    @needs("limit_parameter")
    def test_a_parameter_may_be_set_once(self, method: str) -> None:
        """A setting of the instance holds for every call of every method."""
        llm = self.make_llm(**{str(self.limit_parameter): 5})
        assert len(text_of(ask(llm, method, COUNT)[-1])) < FIVE_TOKENS


def _shape(response: Any) -> dict[str, Any]:
    shape: dict[str, Any] = {"class": type(response), "raw": type(response.raw)}
    if isinstance(response, ChatResponse):
        shape["blocks"] = [type(block) for block in response.message.blocks]
        shape["additional_kwargs"] = sorted(response.message.additional_kwargs)
    return shape


def _chunks(responses: list[Any]) -> list[tuple[str | None, str]]:
    return [(response.delta, text_of(response)) for response in responses]

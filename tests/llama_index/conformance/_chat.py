"""The eight methods: text through each, whole and in pieces, the same sync and async."""

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
FIVE_TOKENS = 60  # characters, which no five tokens of that answer reach


class ChatTests(Subject):
    """What `chat`, `complete` and their six siblings owe their callers."""

    @each_method
    def test_every_method_answers_with_text(self, method: str) -> None:
        """Each of the eight methods answers: different parts of LlamaIndex use different ones."""
        last = ask(self.make_llm(), method)[-1]
        assert text_of(last).strip()

    @each_chat
    def test_an_answer_is_the_assistants(self, method: str) -> None:
        """Each message has the assistant's role: histories are built of them."""
        for response in ask(self.make_llm(), method):
            assert isinstance(response, ChatResponse)
            assert response.message.role == MessageRole.ASSISTANT

    @each_chat
    def test_messages_may_be_named(self, method: str) -> None:
        """`messages` is a keyword, too: agents and memories pass it by name."""
        last = call(self.make_llm(), method, messages=[ChatMessage(content=HELLO)])[-1]
        assert text_of(last).strip()

    @each_completion
    def test_a_prompt_may_be_named(self, method: str) -> None:
        """`prompt` is a keyword, too: `complete(prompt=...)` is how the documentation writes it."""
        assert text_of(call(self.make_llm(), method, prompt=HELLO)[-1]).strip()

    @each_chat
    def test_a_conversation_goes_on(self, method: str) -> None:
        """Messages of all roles are taken, as a chat engine's memory brings them."""
        messages = [
            ChatMessage(role="system", content="Be brief."),
            ChatMessage(role="user", content="I am Ann."),
            ChatMessage(role="assistant", content="Hello, Ann."),
            ChatMessage(role="user", content="What is my name?"),
        ]
        assert text_of(call(self.make_llm(), method, messages)[-1]).strip()

    @each_chat
    def test_the_callers_messages_are_not_changed(self, method: str) -> None:
        """The list and its messages stay as they are: they are somebody's history."""
        messages = [ChatMessage(role="system", content="Be brief."), ChatMessage(content=HELLO)]
        before = [message.model_copy(deep=True) for message in messages]
        call(self.make_llm(), method, messages)
        assert messages == before

    @each_chat
    def test_an_answer_in_words_is_no_call(self, method: str) -> None:
        """`additional_kwargs["tool_calls"]` is absent or a list: chat engines take its length."""
        for response in ask(self.make_llm(), method):
            assert not is_function(response.message)

    # --- streams

    @each_stream
    def test_every_delta_is_text(self, method: str) -> None:
        """No `delta` is None, not even that of a chunk without text: users join them."""
        responses = ask(self.make_llm(), method)
        assert [
            response.delta for response in responses if not isinstance(response.delta, str)
        ] == []

    @each_stream
    def test_deltas_add_up(self, method: str) -> None:
        """Joined, the deltas are the text of the last response: none is lost or said twice."""
        responses = ask(self.make_llm(), method)
        deltas = "".join(response.delta or "" for response in responses)
        assert deltas == text_of(responses[-1])

    @each_stream
    def test_each_response_has_all_so_far(self, method: str) -> None:
        """Texts grow: agents and engines keep the last response alone, and it must be whole."""
        texts = [text_of(response) for response in ask(self.make_llm(), method)]
        assert [text for text, after in pairwise(texts) if not after.startswith(text)] == []

    @each_twin
    def test_async_answers_look_like_sync_ones(self, sync: str, asynchronous: str) -> None:
        """Both have the same kinds of blocks and further fields: one is no lesser version."""
        llm = self.make_llm()
        assert _shape(ask(llm, asynchronous)[-1]) == _shape(ask(llm, sync)[-1])

    @each_twin
    @needs("answers_repeat")
    def test_async_answers_equal_sync_ones(self, sync: str, asynchronous: str) -> None:
        """Chunk by chunk, from the first one on: what opens a stream is easily dropped."""
        llm = self.make_llm()
        assert _chunks(ask(llm, asynchronous)) == _chunks(ask(llm, sync))

    @needs("answers_repeat")
    def test_a_stream_ends_with_what_a_whole_answer_says(self) -> None:
        """Streaming changes how an answer arrives, and not what it is."""
        llm = self.make_llm()
        whole, streamed = ask(llm, "chat")[-1].message, ask(llm, "stream_chat")[-1].message
        assert streamed.blocks == whole.blocks

    # --- parameters

    @each_method
    @needs("limit_parameter")
    def test_a_parameter_may_be_given_per_call(self, method: str) -> None:
        """What a call sets beats what the instance has: it is nearer to the question."""
        name = str(self.limit_parameter)
        llm = self.make_llm(**{name: 500})
        assert len(text_of(ask(llm, method, COUNT, **{name: 5})[-1])) < FIVE_TOKENS

    @each_method
    @needs("limit_parameter")
    def test_a_parameter_may_be_given_once(self, method: str) -> None:
        """A setting of the instance goes into every call, through whichever method."""
        llm = self.make_llm(**{str(self.limit_parameter): 5})
        assert len(text_of(ask(llm, method, COUNT)[-1])) < FIVE_TOKENS


def _shape(response: Any) -> dict[str, Any]:
    shape: dict[str, Any] = {"class": type(response), "raw": type(response.raw)}
    if isinstance(response, ChatResponse):
        shape["blocks"] = [type(block) for block in response.message.blocks]
        shape["beside the blocks"] = sorted(response.message.additional_kwargs)
    return shape


def _chunks(responses: list[Any]) -> list[tuple[str | None, str]]:
    return [(response.delta, text_of(response)) for response in responses]

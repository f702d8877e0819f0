"""Faults that observers, event loops and copies show."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from pydantic import PrivateAttr

from ._noticed import noticed_by
from ._parrot import Parrot


@noticed_by(
    "test_callbacks_are_called_once",
    "test_events_are_sent_once",
    "test_the_rate_limiter_is_asked_once",
    "test_tokens_are_counted",
)
class SharedEvents(Parrot):
    """`complete` calls `chat`, and both report."""

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        messages = [ChatMessage(content=self._wrap(prompt, formatted))]
        response = self.chat(messages, **kwargs)
        return CompletionResponse(text=response.message.content or "", raw=response.raw)


@noticed_by(
    "test_callbacks_are_called_once",
    "test_events_are_sent_once",
    "test_the_rate_limiter_is_asked_once",
    "test_tokens_are_counted",
    "test_the_last_event_has_the_answer",
)
class Silent(Parrot):
    """`chat` reports nothing."""

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return self._chat(messages, **kwargs)


@noticed_by("test_tokens_are_counted")
class FreeStreams(Parrot):
    """Streams do not report their tokens."""

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        for response in self._stream(messages, **kwargs):
            yield response.model_copy(update={"raw": {}})


@noticed_by("test_a_call_is_one_request", "test_a_new_loop_repeats_no_request")
class Spendthrift(Parrot):
    """Each question is sent twice."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        Parrot.requests += 1
        return super()._stream(messages, **kwargs)


@noticed_by("test_async_methods_do_not_block_the_loop", "test_a_call_can_be_cancelled")
class Blocking(Parrot):
    """`achat` is synchronous in disguise."""

    async def _achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return self._chat(messages, **kwargs)


@noticed_by("test_successive_event_loops_work", "test_a_new_loop_repeats_no_request")
class OneLoop(Parrot):
    """`achat` works only in the event loop of its first call."""

    _loop: Any = PrivateAttr(default=None)

    async def _achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        self._loop = self._loop or asyncio.get_running_loop()
        if self._loop is not asyncio.get_running_loop():
            raise RuntimeError("Event loop is closed.")
        return await super()._achat(messages, **kwargs)


@noticed_by("test_sync_methods_work_in_a_running_loop")
class NestedLoop(Parrot):
    """`chat` runs an event loop of its own."""

    def _chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        async def ask() -> ChatResponse:
            return [*self._stream(messages, **kwargs)][-1]

        coroutine = ask()
        try:
            return asyncio.run(coroutine)
        finally:
            coroutine.close()

    async def _achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        await asyncio.sleep(0)
        return [*self._stream(messages, **kwargs)][-1]


@noticed_by("test_a_copy_of_a_used_llm_answers")
class Attached(Parrot):
    """After its first call it holds an object that it needs and cannot copy."""

    _lock: Any = PrivateAttr(default=None)

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        self._lock = self._lock or threading.Lock()
        return super()._stream(messages, **kwargs)


@noticed_by(
    "test_a_stream_can_be_abandoned",
    "test_an_async_stream_can_be_abandoned",
    "test_a_call_can_be_cancelled",
)
class Patient(Parrot):
    """A stream must be read to its end before the next one starts."""

    _is_busy: bool = PrivateAttr(default=False)

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        if self._is_busy:
            raise RuntimeError("The connection is in use.")
        self._is_busy = True
        yield from super()._stream(messages, **kwargs)
        self._is_busy = False

    def _chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return [*super()._stream(messages, **kwargs)][-1]


@noticed_by("test_many_calls_run_concurrently")
class OneByOne(Parrot):
    """`achat` serves one caller at a time and rejects others."""

    _is_busy: bool = PrivateAttr(default=False)

    async def _achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        if self._is_busy:
            raise RuntimeError("The connection is in use.")
        self._is_busy = True
        try:
            return await super()._achat(messages, **kwargs)
        finally:
            self._is_busy = False


@noticed_by("test_threads_share_an_llm")
class OneThread(Parrot):
    """Only the first thread is served."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("This is another thread.")
        return super()._stream(messages, **kwargs)

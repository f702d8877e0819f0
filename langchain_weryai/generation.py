"""The part of the chat model that asks and answers: whole, streamed, and as protocol events."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Mapping
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    BaseRunManager,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.utils.utils import LC_ID_PREFIX
from typing_extensions import override

from langchain_weryai.errors import as_langchain_errors
from langchain_weryai.reply.events import EventTranslator
from langchain_weryai.reply.messages import StreamTranslator, sum_usage, to_messages
from weryai_core import AsyncClient, Chunk, Client

if TYPE_CHECKING:
    from langchain_protocol.protocol import MessagesData


class GeneratingModel(BaseChatModel):
    """A chat model that is asked through the clients of the core, in each of LangChain's ways."""

    if TYPE_CHECKING:
        model_name: str

        def _sync_client(self) -> Client: ...

        def _async_client(self) -> AsyncClient: ...

        def _request(
            self,
            messages: list[BaseMessage],
            stop: list[str] | None,
            kwargs: Mapping[str, Any],
            *,
            stream: bool = False,
        ) -> tuple[dict[str, Any], dict[str, Any]]: ...

        def _warn_of_limit(self, request: Mapping[str, Any], finish_reason: str | None) -> None: ...

    @override
    def _combine_llm_outputs(self, llm_outputs: list[dict[str, Any] | None]) -> dict[str, Any]:
        usage = [output.get("token_usage") for output in llm_outputs if output]
        return {"token_usage": sum_usage(usage), "model_name": self.model_name}

    @override
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with as_langchain_errors():
            request, options = self._request(messages, stop, kwargs)
            return self._to_result(request, self._sync_client().chat(request, **options))

    @override
    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with as_langchain_errors():
            request, options = self._request(messages, stop, kwargs)
            return self._to_result(request, await self._async_client().chat(request, **options))

    @override
    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        translator = StreamTranslator()
        with closing(self._chunks(messages, stop, kwargs)) as chunks:
            for chunk in chunks:
                yield ChatGenerationChunk(message=translator.take(chunk))

    @override
    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        translator = StreamTranslator()
        async with aclosing(self._achunks(messages, stop, kwargs)) as chunks:
            async for chunk in chunks:
                yield ChatGenerationChunk(message=translator.take(chunk))

    def _stream_chat_model_events(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[MessagesData]:
        """A streamed reply as protocol events: LangChain looks for this method by its name."""
        translator = EventTranslator(_message_id(run_manager))
        with closing(self._chunks(messages, stop, kwargs)) as chunks:
            for chunk in chunks:
                yield from translator.take(chunk)
        yield from translator.end()

    async def _astream_chat_model_events(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[MessagesData]:
        """`_stream_chat_model_events`, asynchronous."""
        translator = EventTranslator(_message_id(run_manager))
        async with aclosing(self._achunks(messages, stop, kwargs)) as chunks:
            async for chunk in chunks:
                for event in translator.take(chunk):
                    yield event
        for event in translator.end():
            yield event

    def _chunks(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: Mapping[str, Any]
    ) -> Generator[Chunk, None, None]:
        with as_langchain_errors():
            request, options = self._request(messages, stop, kwargs, stream=True)
            with closing(self._sync_client().stream(request, **options)) as chunks:
                for chunk in chunks:
                    self._warn_of_limit(request, chunk.choice.finish_reason)
                    yield chunk

    async def _achunks(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: Mapping[str, Any]
    ) -> AsyncGenerator[Chunk, None]:
        with as_langchain_errors():
            request, options = self._request(messages, stop, kwargs, stream=True)
            async with aclosing(self._async_client().stream(request, **options)) as chunks:
                async for chunk in chunks:
                    self._warn_of_limit(request, chunk.choice.finish_reason)
                    yield chunk

    def _to_result(self, request: Mapping[str, Any], chunk: Chunk) -> ChatResult:
        self._warn_of_limit(request, chunk.choice.finish_reason)
        output: dict[str, Any] = {"model_name": chunk.model, "id": chunk.id}
        if chunk.usage is not None:
            output["token_usage"] = dict(chunk.usage.raw)
        return ChatResult(
            generations=[ChatGeneration(message=message) for message in to_messages(chunk)],
            llm_output=output,
        )


def _message_id(run_manager: BaseRunManager | None) -> str:
    """What LangChain calls the message of a run."""
    return "" if run_manager is None else f"{LC_ID_PREFIX}-{run_manager.run_id}"

"""Calls of a `ChatWeryAI`: LangChain's hooks for answers, whole, in chunks and as events.

Each hook fetches the core's chunks and translates them. Errors become LangChain's on the way.
"""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Generator,
    Iterator,
    Mapping,
)
from contextlib import AbstractContextManager, aclosing, closing
from inspect import signature
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    BaseRunManager,
    CallbackManagerForLLMRun,
)
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.utils.utils import LC_ID_PREFIX
from typing_extensions import override

from langchain_weryai import reply, request
from langchain_weryai.errors import LangChainErrors
from langchain_weryai.settings import ChatSettings
from weryai_core import Chunk
from weryai_core.integration import ModelCalls

if TYPE_CHECKING:
    from langchain_protocol.protocol import MessagesData

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


def _with_signature(method: F) -> F:
    """The method with its signature, which LangChain would compute for each call in 20 us."""
    method.__signature__ = signature(method)  # type: ignore[attr-defined]  # of any function
    return method


class ChatCalls(ModelCalls, ChatSettings):
    """The calls that a `ChatWeryAI` answers."""

    _translated_errors: ClassVar[type[AbstractContextManager[None]]] = LangChainErrors

    @override
    def _streaming_disabled(self, **kwargs: Any) -> bool:
        # LangChain streams one message, so several answers have to come whole.
        has_several = (kwargs.get("n") or self.n or 1) != 1
        return has_several or super()._streaming_disabled(**kwargs)

    @override
    def _combine_llm_outputs(self, llm_outputs: list[dict[str, Any] | None]) -> dict[str, Any]:
        usage = [output.get("token_usage") for output in llm_outputs if output]
        return {"token_usage": reply.sum_usage(usage), "model_name": self.model_name}

    @override
    @_with_signature
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with LangChainErrors():
            return reply.to_result(
                self._fetch(request.to_params(messages), _with_stop(stop, kwargs))
            )

    @override
    @_with_signature
    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with LangChainErrors():
            return reply.to_result(
                await self._afetch(request.to_params(messages), _with_stop(stop, kwargs))
            )

    @override
    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        return self._fetched(messages, stop, kwargs, reply.StreamTranslator().translate)

    @override
    def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        return self._afetched(messages, stop, kwargs, reply.StreamTranslator().translate)

    def _stream_chat_model_events(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[MessagesData]:
        """A streamed reply as protocol events: LangChain looks for this method by its name."""
        translator = reply.EventTranslator(_message_id(run_manager))
        with closing(self._fetched(messages, stop, kwargs, translator.translate)) as found:
            for events in found:
                yield from events
        yield from translator.finish()

    async def _astream_chat_model_events(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[MessagesData]:
        """`_stream_chat_model_events`, asynchronous."""
        translator = reply.EventTranslator(_message_id(run_manager))
        async with aclosing(self._afetched(messages, stop, kwargs, translator.translate)) as found:
            async for events in found:
                for event in events:
                    yield event
        for event in translator.finish():
            yield event

    def _fetched(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        kwargs: Mapping[str, Any],
        translate: Callable[[Chunk], T],
    ) -> Generator[T, None, None]:
        """The reply in chunks, translated."""
        with LangChainErrors():
            return self._fetch_stream(
                request.to_params(messages), _with_stop(stop, kwargs), translate
            )

    def _afetched(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        kwargs: Mapping[str, Any],
        translate: Callable[[Chunk], T],
    ) -> AsyncGenerator[T, None]:
        """`_fetched`, asynchronous."""
        with LangChainErrors():
            return self._afetch_stream(
                request.to_params(messages), _with_stop(stop, kwargs), translate
            )


def _with_stop(stop: list[str] | None, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a call. LangChain passes `stop` apart from the others."""
    return {"stop": stop, **kwargs} if stop else dict(kwargs)


def _message_id(run_manager: BaseRunManager | None) -> str:
    """LangChain's id for the message of a run."""
    return "" if run_manager is None else f"{LC_ID_PREFIX}-{run_manager.run_id}"

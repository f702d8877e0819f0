"""The calls that a wrapper's model class makes with its settings.

A call takes three steps: `_parameters` collects what is set on the model, `_request` merges it with
what is given to the call, and one of the four `_fetch` methods sends that and returns chunks.
"""

from __future__ import annotations

import warnings
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing, closing, nullcontext
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from pydantic import PrivateAttr

from weryai_core.chunk import Chunk
from weryai_core.config import Config, check_limit
from weryai_core.integration.model.clients import Clients
from weryai_core.integration.model.settings import CONNECTION, ModelSettings
from weryai_core.models import DEFAULT_MAX_TOKENS

if TYPE_CHECKING:
    from weryai_core.async_client import AsyncClient
    from weryai_core.client import Client

T = TypeVar("T")

# Settings of the connection that a call may have of its own.
_OF_CALLS_TOO = ("timeout", "stream_chunk_timeout", "total_timeout")

# Settings that a call cannot change, since the clients of a model are made with them.
_ONLY_OF_MODELS = (
    *(name for name in CONNECTION if name not in _OF_CALLS_TOO),
    "http_client",
    "async_http_client",
)

# Finish reasons that are not about a limit.
_USUAL_ENDS = (None, "stop", "tool_calls")


class ModelCalls(ModelSettings):
    """The base of a wrapper's model class that makes calls, listed before the framework's class.

    The clients are made on first use. They are closed with the model, or by the garbage collector.
    """

    _framework_options: ClassVar[Mapping[str, Any]] = {}
    """Options of requests whose default for this framework is not the core's."""

    _translated_errors: ClassVar[type[AbstractContextManager[None]]] = nullcontext
    """A context that raises the core's errors as the framework's, for streams."""

    _clients: Clients = PrivateAttr(default_factory=Clients)
    _has_warned: bool = PrivateAttr(default=False)

    def _note_warning(self, key: str) -> None:
        self._clients.note_warning(key)

    def close(self) -> None:
        """Close the connections. The model may be used again; it then makes new ones."""
        self._clients.close()

    async def aclose(self) -> None:
        """Close the connections, including the asynchronous ones of the running event loop."""
        await self._clients.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    def _fetch(self, messages: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> Chunk:
        """The whole reply to messages.

        Args:
            messages: The `messages` of the request.
            given: The parameters given to this call.
        """
        request, options = self._request(messages, given)
        chunk = self._sync_client().chat(request, **options)
        self._warn_about_limit(request, chunk)
        return chunk

    async def _afetch(
        self, messages: Sequence[Mapping[str, Any]], given: Mapping[str, Any]
    ) -> Chunk:
        """`_fetch`, asynchronous."""
        request, options = self._request(messages, given)
        chunk = await self._async_client().chat(request, **options)
        self._warn_about_limit(request, chunk)
        return chunk

    def _fetch_stream(
        self,
        messages: Sequence[Mapping[str, Any]],
        given: Mapping[str, Any],
        translate: Callable[[Chunk], T],
    ) -> Generator[T, None, None]:
        """The reply to messages in chunks. The request is checked now and sent on first use.

        Args:
            messages: The `messages` of the request.
            given: The parameters given to this call.
            translate: Makes of each chunk what to yield for it.
        """
        request, options = self._request(messages, given, stream=True)
        chunks = self._sync_client().stream(request, **options)

        def translated() -> Generator[T, None, None]:
            with self._translated_errors(), closing(chunks):
                for chunk in chunks:
                    if chunk.choice.finish_reason is not None:
                        self._warn_about_limit(request, chunk)
                    yield translate(chunk)

        return translated()

    def _afetch_stream(
        self,
        messages: Sequence[Mapping[str, Any]],
        given: Mapping[str, Any],
        translate: Callable[[Chunk], T],
    ) -> AsyncGenerator[T, None]:
        """`_fetch_stream`, asynchronous."""
        request, options = self._request(messages, given, stream=True)
        chunks = self._async_client().stream(request, **options)

        async def translated() -> AsyncGenerator[T, None]:
            with self._translated_errors():
                async with aclosing(chunks):
                    async for chunk in chunks:
                        if chunk.choice.finish_reason is not None:
                            self._warn_about_limit(request, chunk)
                        yield translate(chunk)

        return translated()

    def _request(
        self,
        messages: Sequence[Mapping[str, Any]],
        given: Mapping[str, Any],
        *,
        stream: bool = False,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """A call's request, and the options of sending it. What is given to the call wins."""
        from weryai_core.integration.model import call_parameters

        own: dict[str, Any] = {
            **self._framework_options,
            "stream_usage": self.stream_usage,
            "echo_reasoning": self.echo_reasoning,
        }
        if "message_overflow" in self.model_fields_set:
            own["message_overflow"] = self.message_overflow  # was chosen, so that nothing warns
        merged = {**own, **self._merge_call(given), "messages": messages}
        return call_parameters.split_call(merged, stream=stream)

    def _merge_call(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters set on this model and those given to a call. The call's win."""
        from weryai_core.integration.model import call_parameters

        return call_parameters.merge_call(
            self._parameters(), given, settings=_settings_of(type(self))
        )

    def _total_time(self, given: Mapping[str, Any]) -> float | None:
        """The seconds that a call may take with all that it does; None for no limit."""
        total = self._merge_call(given).get("total_timeout", self.total_timeout)
        return check_limit("total_timeout", total)

    def _warn_about_limit(self, request: Mapping[str, Any], chunk: Chunk) -> None:
        """Warn, once per model object, about answers truncated at a limit that nobody set."""
        reason = chunk.choice.finish_reason
        if reason in _USUAL_ENDS or self._has_warned:
            return
        from weryai_core.reply.outcome.finish_reasons import meaning_of
        from weryai_core.request.parameters import output_limit

        if meaning_of(reason) != "truncated" or output_limit(request):
            return
        self._has_warned = True
        warnings.warn(
            f"The answer was truncated: `max_tokens` is not set, so WeryAI stops at "
            f"{DEFAULT_MAX_TOKENS} tokens. Set it, e.g. "
            f"{type(self).__name__}(model={request['model']!r}, max_tokens=4096).",
            stacklevel=2,
        )

    def _sync_client(self) -> Client:
        clients = self._clients
        return clients.sync(self._known_config(clients), self.http_client)

    def _async_client(self) -> AsyncClient:
        clients = self._clients
        return clients.aio(self._known_config(clients), self._get("async_http_client"))

    def _known_config(self, clients: Clients) -> Config:
        """`_config`, resolved once, and again when a field has changed."""
        settings = _connection_of(type(self))(self.__dict__)
        api_key, base_url = settings[:2]  # in the order of `CONNECTION`
        if api_key is None or base_url is None:
            return self._config()  # the environment's, whose variables may change between calls
        return clients.config(settings, self._config)


@lru_cache(maxsize=32)
def _connection_of(model: type[ModelCalls]) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    """Reads the connection settings from the fields of a model of this class."""
    return itemgetter(*(model._field_names.get(name, name) for name in CONNECTION))


@lru_cache(maxsize=32)
def _settings_of(model: type[ModelCalls]) -> frozenset[str]:
    """The names of the settings that a call cannot change."""
    names = (model._field_names.get(name, name) for name in _ONLY_OF_MODELS)
    return frozenset((*_ONLY_OF_MODELS, *names, *model._framework_settings))

"""The base of both wrappers' model classes: their shared fields, and calls made with them.

The frameworks' model classes differ in what they call some settings. A wrapper gives the names
that differ in `_field_names`; everything else here knows the settings by the core's names.

A call takes three steps: `_parameters` collects what is set on the model, `_request` merges it with
what is given to the call, and one of the four `_fetch` methods sends that and returns chunks.
"""

from __future__ import annotations

import warnings
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing, closing, nullcontext
from functools import lru_cache
from operator import itemgetter
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, TypeVar

from pydantic import BeforeValidator, Field, PrivateAttr, ValidationError, model_validator

from weryai_core.chunk import Chunk
from weryai_core.config import (
    DEFAULT_MAX_RETRIES,
    DEFAULT_STREAM_CHUNK_TIMEOUT,
    Config,
    check_headers,
    check_limit,
    check_proxy,
    check_query,
    refuse_arguments,
    resolve_config,
)
from weryai_core.errors import WeryAIError
from weryai_core.integration.clients import CONNECTION, ONLY_OF_MODELS, Clients
from weryai_core.integration.request_fields import RequestFields
from weryai_core.limits import DEFAULT_MAX_EVENT_BYTES, DEFAULT_MAX_REPLY_BYTES
from weryai_core.models import DEFAULT_MAX_TOKENS
from weryai_core.option_values import EchoReasoning, MessageOverflow, ToolCalling, ToolMedia
from weryai_core.secrets.hidden import HiddenValues, hide_text, hide_values, reveal
from weryai_core.secrets.keys import resolve_key

if TYPE_CHECKING:
    from weryai_core.async_client import AsyncClient
    from weryai_core.client import Client

T = TypeVar("T")

# Finish reasons that are not about a limit.
_USUAL_ENDS = (None, "stop", "tool_calls")


def _check_headers(headers: Any) -> Any:
    return None if headers is None else check_headers(headers)


def _check_query(query: Any) -> Any:
    return None if query is None else check_query(query)


# The settings that hold secrets, and how their values are checked and hidden.
_SECRET_FIELDS: dict[str, Callable[[Any], Any]] = {
    "api_key": resolve_key,
    "proxy": check_proxy,
    "default_headers": _check_headers,
    "default_query": _check_query,
}


class ModelSettings(RequestFields):
    """The base of a wrapper's model class, listed before the framework's class.

    The wrapper adds fields for `model`, `api_key`, `base_url`, `timeout`, `proxy` and
    `async_http_client`, and names in `_field_names` those that it calls otherwise. It lists
    in `_framework_settings` the framework's fields that a call cannot change. It extends
    `_parameters` by parameters of its own.

    Invalid arguments are a `ConfigurationError` that does not repeat them: pydantic's own error
    shows the API key.
    """

    stream_chunk_timeout: float | None = Field(
        default=DEFAULT_STREAM_CHUNK_TIMEOUT,
        description="Seconds without payload, once an answer has begun: keep-alives and single "
        "bytes are none. None or 0 for no limit.",
    )
    total_timeout: float | None = Field(
        default=None,
        description="Seconds for a call with all its attempts and waits; `deadline` is another "
        "name. None for no limit.",
    )
    max_reply_bytes: int = Field(
        default=DEFAULT_MAX_REPLY_BYTES,
        description="The largest body of an answer, decompressed, and the memory that is kept of "
        "a streamed answer.",
    )
    max_event_bytes: int = Field(
        default=DEFAULT_MAX_EVENT_BYTES, description="The largest event of a stream."
    )
    max_retries: int = Field(
        default=DEFAULT_MAX_RETRIES, description="Retries after a temporary failure, 0 or more."
    )
    max_concurrency: int | None = Field(
        default=None,
        description="Most requests in flight, 1 or more, counted over all models of this process "
        "with the same key and address. None: as many as the service takes.",
    )
    default_headers: Annotated[Mapping[str, str] | None, BeforeValidator(reveal)] = Field(
        default=None, exclude=True, repr=False, description="Headers of every request."
    )
    default_query: Annotated[Mapping[str, Any] | None, BeforeValidator(reveal)] = Field(
        default=None,
        exclude=True,
        repr=False,
        description="Query parameters of every request's address.",
    )
    allow_insecure: bool = Field(
        default=False,
        description="Whether the key may be sent to a public host by http://, without encryption.",
    )
    http_client: Any = Field(
        default=None,
        exclude=True,
        repr=False,
        description="An httpx2.Client or httpx.Client to use instead of one of our own.",
    )
    message_overflow: MessageOverflow = Field(
        default="fold",
        description="What to do with more than 50 messages, the API's limit: "
        '"fold" the oldest turns into words, "merge" neighbors of one role, "trim" the oldest '
        'turns, or "error".',
    )
    tool_calling: ToolCalling = Field(
        default="native",
        description='How to offer tools: as `tools`, or, with "prompted", in the prompt, with the '
        "calls read from the text, for models and gateways without `tools`.",
    )
    echo_reasoning: EchoReasoning = Field(
        default="auto",
        description="Whether to send the reasoning of earlier answers back (`reasoning_content`), "
        'for models that continue it. "auto": only what the model requires, namely the reasoning '
        "before Kimi's tool calls.",
    )
    reasoning_tags: bool = Field(
        default=True,
        description="Whether `<think>...</think>` at the head of an answer's text is its "
        "reasoning.",
    )
    tool_media: ToolMedia = Field(
        default="auto",
        description='Where images and files in the results of tools go: "keep" leaves them in '
        'tool messages, "move" puts them into a user message after the results, "auto" keeps what '
        "the model takes there.",
    )
    drop_unsupported: bool = Field(
        default=False,
        description="Whether to leave out parameters, images and files that the model is known not "
        "to take. Otherwise they are sent, with one warning.",
    )
    check_content_filter: bool = Field(
        default=True,
        description="Whether a blocked answer that holds nothing is a `ContentFilterError`; with "
        "False it is an empty answer.",
    )
    stream_usage: bool = Field(
        default=True,
        description="Whether to ask for token counts when streaming (include_usage).",
    )

    _field_names: ClassVar[Mapping[str, str]] = {}
    """The core's name of a setting -> the wrapper's, for settings whose names differ."""

    _framework_settings: ClassVar[tuple[str, ...]] = ()
    """The framework's own fields that hold for all calls, so that a call cannot change them."""

    _framework_options: ClassVar[Mapping[str, Any]] = {}
    """Options of requests whose default for this framework is not the core's."""

    _translated_errors: ClassVar[type[AbstractContextManager[None]]] = nullcontext
    """A context that raises the core's errors as the framework's, for streams."""

    _clients: Clients = PrivateAttr(default_factory=Clients)
    _has_warned: bool = PrivateAttr(default=False)

    def __init__(self, **kwargs: Any) -> None:
        refusal: WeryAIError
        try:
            super().__init__(**kwargs)
        except ValidationError as error:
            refusal = refuse_arguments(error, of=type(self).__name__)
        except WeryAIError as error:
            refusal = error
        else:
            return
        # Out here, so that nothing leads to pydantic's error, which has the key. So have the
        # local variables of frames, which error trackers show.
        kwargs.clear()
        raise refusal.with_traceback(None)

    def __setattr__(self, name: str, value: Any) -> None:
        check = _secret_fields(type(self)).get(name)
        if check is not None:
            value = hide_text(value) if check in (resolve_key, check_proxy) else hide_values(value)
            value = check(value)
        super().__setattr__(name, value)
        self._note_change(name)

    def _note_change(self, name: str) -> None:
        """Called with the name of each attribute that was assigned or changed in a copy."""

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other values of some fields; secrets are checked and hidden."""
        changed, update = HiddenValues[Any](update or {}), None
        secret = changed.keys() & _secret_fields(type(self)).keys()
        others = {name: value for name, value in changed.items() if name not in secret}
        copied = super().model_copy(update=others, deep=deep)
        for name in secret:
            setattr(copied, name, changed[name])
        for name in others:
            copied._note_change(name)
        return copied

    @model_validator(mode="after")
    def _resolve_connection(self) -> Self:
        """Replace the connection settings by what they resolve to, and check the parameters."""
        from weryai_core.request.bounds import check_parameters
        from weryai_core.schemas.response_format import with_documented_format

        config = self._config()
        resolved: dict[str, Any] = {"api_key": config.api_key, "base_url": config.base_url}
        for name in ("default_headers", "default_query"):
            resolved[name] = None if self._get(name) is None else getattr(config, name)  # hidden
        if not isinstance(self._get("timeout"), (int, float)):
            # An HTTP library's Timeout object cannot be saved as JSON; a tuple can.
            resolved["timeout"] = config.timeout
        for name, value in resolved.items():
            # Not assigned, since what a wrapper derives from other fields does not change.
            self.__dict__[self._field_name(name)] = value
            self.__pydantic_fields_set__.add(self._field_name(name))
        check_parameters(with_documented_format(self._parameters()))
        return self

    def close(self) -> None:
        """Close the connections. The model may be used again; it then makes new ones."""
        self._clients.close()

    async def aclose(self) -> None:
        """Close the connections, including the asynchronous ones of the running event loop."""
        await self._clients.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
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
        from weryai_core.integration import call_parameters

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
        from weryai_core.integration import call_parameters

        return call_parameters.merge_call(
            self._parameters(), given, settings=_settings_of(type(self))
        )

    def _total_time(self, given: Mapping[str, Any]) -> float | None:
        """The seconds that a call may take with all that it does; None for no limit."""
        total = self._merge_call(given).get("total_timeout", self.total_timeout)
        return check_limit("total_timeout", total)

    def _parameters(self) -> dict[str, Any]:
        """The request parameters that are set on this model, by their names in a `ChatRequest`."""
        parameters = {"model": self._get("model"), **self._set_fields()}
        if self.message_overflow not in ("fold", None):
            parameters["message_overflow"] = self.message_overflow
        if self.tool_calling not in ("native", None):
            parameters["tool_calling"] = self.tool_calling
        if self.tool_media not in ("auto", None):
            parameters["tool_media"] = self.tool_media
        if not self.reasoning_tags:
            parameters["reasoning_tags"] = False
        if self.drop_unsupported:
            parameters["drop_unsupported"] = True
        if not self.check_content_filter:
            parameters["check_content_filter"] = False
        return parameters

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

    def _config(self) -> Config:
        """The connection settings: each from its field, else the environment, else the default."""
        return resolve_config(**{name: self._get(name) for name in CONNECTION})

    def _get(self, name: str) -> Any:
        """A setting by the core's name."""
        return getattr(self, self._field_name(name))

    def _field_name(self, name: str) -> str:
        return self._field_names.get(name, name)


@lru_cache(maxsize=32)
def _secret_fields(model: type[ModelSettings]) -> dict[str, Callable[[Any], Any]]:
    """The fields that hold secrets, and how their values are checked and hidden."""
    return {model._field_names.get(name, name): check for name, check in _SECRET_FIELDS.items()}


@lru_cache(maxsize=32)
def _connection_of(model: type[ModelSettings]) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    """Reads the connection settings from the fields of a model of this class."""
    return itemgetter(*(model._field_names.get(name, name) for name in CONNECTION))


@lru_cache(maxsize=32)
def _settings_of(model: type[ModelSettings]) -> frozenset[str]:
    """The names of the settings that a call cannot change."""
    names = (model._field_names.get(name, name) for name in ONLY_OF_MODELS)
    return frozenset((*ONLY_OF_MODELS, *names, *model._framework_settings))

"""The settings of both wrappers' model classes: their shared fields, checked and resolved.

The frameworks' model classes differ in what they call some settings. A wrapper gives the names
that differ in `_field_names`; everything else here knows the settings by the core's names.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from weryai_core.config import (
    DEFAULT_MAX_RETRIES,
    DEFAULT_STREAM_CHUNK_TIMEOUT,
    Config,
    check_headers,
    check_proxy,
    check_query,
    refuse_arguments,
    resolve_config,
)
from weryai_core.errors import WeryAIError
from weryai_core.integration.model.place import level_of_user
from weryai_core.integration.model.request_fields import RequestFields
from weryai_core.limits import DEFAULT_MAX_EVENT_BYTES, DEFAULT_MAX_REPLY_BYTES
from weryai_core.option_values import EchoReasoning, MessageOverflow, ToolCalling, ToolMedia
from weryai_core.secrets.hidden import HiddenValues, hide_text, hide_values, reveal
from weryai_core.secrets.keys import resolve_key

CONNECTION = (
    "api_key",
    "base_url",
    "timeout",
    "stream_chunk_timeout",
    "total_timeout",
    "max_reply_bytes",
    "max_event_bytes",
    "max_retries",
    "default_headers",
    "default_query",
    "proxy",
    "max_concurrency",
    "allow_insecure",
)
"""The settings that a client is made with: the arguments of `resolve_config`."""


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

    def __init__(self, **kwargs: Any) -> None:
        refusal: WeryAIError
        try:
            super().__init__(**kwargs)
        except ValidationError as error:
            refusal = refuse_arguments(error, of=type(self).__name__)
        except WeryAIError as error:
            refusal = error
        else:
            kwargs.clear()
            self._warn_about_model()
            return
        # Out here, so that nothing leads to pydantic's error, which has the key. So have the
        # local variables of frames, which error trackers show.
        kwargs.clear()
        raise refusal.with_traceback(None)

    def _warn_about_model(self) -> None:
        """Warn about a model whose name seems to be that of a documented one."""
        from weryai_core.unsupported import doubted_model

        for warning in doubted_model(self._get("model")):
            self._note_warning(warning.key)
            warnings.warn(warning.text, stacklevel=level_of_user())

    def _note_warning(self, key: str) -> None:
        """Called with the key of a warning that calls need not repeat."""

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

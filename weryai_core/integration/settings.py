"""What the model classes of both frameworks share: their fields, and their clients. No I/O."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, PrivateAttr, ValidationError

from weryai_core.config import DEFAULT_MAX_RETRIES, refuse_arguments
from weryai_core.integration.clients import Clients
from weryai_core.models import DEFAULT_MAX_TOKENS
from weryai_core.request.message_limit import MessageOverflow
from weryai_core.request.parameters import output_limit
from weryai_core.request.reasoning import EchoReasoning

# OpenAI's word for an answer that met its limit, Anthropic's and Google's.
_CUT_OFF = ("length", "max_tokens", "MAX_TOKENS")


class RequestFields(BaseModel):
    """Parameters that are sent as they are, under their own names, when they are set."""

    max_tokens: int | None = Field(
        default=None,
        description="Most tokens to generate, 1 or more. WeryAI stops at 1024 when it is not set.",
    )
    temperature: float | None = Field(
        default=None, description="Randomness, 0 to 2. The service's default is 1."
    )
    top_p: float | None = Field(
        default=None, description="Nucleus sampling, 0 to 1. The service's default is 1."
    )
    presence_penalty: float | None = Field(default=None, description="-2 to 2.")
    frequency_penalty: float | None = Field(default=None, description="-2 to 2.")
    seed: int | None = Field(default=None, description="Same seed, same input: same output.")
    logprobs: bool | None = Field(
        default=None, description="Whether to return log probabilities of the answer's tokens."
    )
    top_logprobs: int | None = Field(
        default=None, description="How many alternatives to give per token."
    )
    reasoning_effort: str | None = Field(
        default=None, description="E.g. low, medium or high, where the model knows it."
    )
    web_search: bool | None = Field(
        default=None, description='Whether to search the web (the plugin "web").'
    )
    plugins: list[dict[str, Any]] | None = Field(
        default=None, description='Plugins as the API takes them, e.g. [{"id": "web"}].'
    )


class ModelSettings(RequestFields):
    """What a framework's model class has besides the framework's own.

    To be named before the framework's class among the bases. Arguments that cannot be used are a
    `ConfigurationError`, which does not repeat them: pydantic's own error shows the API key.
    """

    max_retries: int = Field(
        default=DEFAULT_MAX_RETRIES,
        description="Requests after the first if it fails in a way that may pass; 0 or more.",
    )
    default_headers: Mapping[str, str] | None = Field(
        default=None, exclude=True, repr=False, description="Sent with every request."
    )
    default_query: Mapping[str, Any] | None = Field(
        default=None,
        exclude=True,
        repr=False,
        description="Query parameters of every request's address.",
    )
    http_client: Any = Field(
        default=None,
        exclude=True,
        repr=False,
        description="An httpx2.Client or httpx.Client to use instead of one of our own.",
    )
    message_overflow: MessageOverflow = Field(
        default="error",
        description="What to do with conversations of more than 50 messages, the most that the API "
        'takes: "error", "merge" neighbours of one role, or "trim" the oldest turns.',
    )
    tool_calling: Literal["native", "prompted"] = Field(
        default="native",
        description='Whether tools are sent as `tools`, or, with "prompted", described in the '
        "prompt and their calls read from the text, for models and gateways without `tools`.",
    )
    echo_reasoning: EchoReasoning = Field(
        default="auto",
        description="Whether thoughts of earlier answers are sent back (`reasoning_content`), for "
        'models that go on thinking where they were. "auto": those that the model demands, which '
        "are those of Kimi's tool calls.",
    )
    stream_usage: bool = Field(
        default=True,
        description="Whether to ask for token counts when streaming (include_usage).",
    )

    _clients: Clients = PrivateAttr(default_factory=Clients)
    _has_warned: bool = PrivateAttr(default=False)

    def __init__(self, **kwargs: Any) -> None:
        try:
            super().__init__(**kwargs)
        except ValidationError as error:
            refusal = refuse_arguments(error, of=type(self).__name__)
        else:
            return
        raise refusal  # out here, so that nothing leads back to pydantic's: it holds the key

    def close(self) -> None:
        """Close the connections. The model may be used again; it then makes new ones."""
        self._clients.close()

    async def aclose(self) -> None:
        """Close the connections, the asynchronous ones of the running event loop included."""
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

    def _warn_of_limit(self, request: Mapping[str, Any], finish_reason: str | None) -> None:
        """Warn, once a model object, of answers cut off at a limit that nobody set."""
        if finish_reason not in _CUT_OFF or self._has_warned or output_limit(request):
            return
        self._has_warned = True
        warnings.warn(
            f"The answer was cut off: `max_tokens` is not set, and WeryAI stops at "
            f"{DEFAULT_MAX_TOKENS} tokens then. Set it, e.g. "
            f"{type(self).__name__}(model={request['model']!r}, max_tokens=4096).",
            stacklevel=2,
        )

    def _set_fields(self) -> dict[str, Any]:
        """The request parameters that are set on this model, by their names in a `ChatRequest`."""
        fields = {name: getattr(self, name) for name in RequestFields.model_fields}
        if self.message_overflow != "error":
            fields["message_overflow"] = self.message_overflow
        if self.tool_calling != "native":
            fields["tool_calling"] = self.tool_calling
        return {name: value for name, value in fields.items() if value is not None}

"""`WeryAI`: WeryAI's chat models behind LlamaIndex's interface."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing, closing
from typing import Any, ClassVar

from llama_index.core.base.llms.generic_utils import (
    achat_to_completion_decorator,
    astream_chat_to_completion_decorator,
    chat_to_completion_decorator,
    stream_chat_to_completion_decorator,
)
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseAsyncGen,
    CompletionResponseGen,
    LLMMetadata,
)
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from pydantic import Field, SecretStr, model_validator

from llama_index_weryai.reply.responses import ResponseBuilder
from llama_index_weryai.request.content_parts import have_media
from llama_index_weryai.request.messages import to_params
from llama_index_weryai.structured_output import StructuredPredict
from weryai_core import (
    DEFAULT_MAX_TOKENS,
    ConfigurationError,
    model_info,
)
from weryai_core.integration import (
    ModelSettings,
    output_limit,
    refuse_secrets,
    with_documented_names,
)

# Of a model that the catalogue does not hold: the smallest window in it.
_UNKNOWN_CONTEXT_WINDOW = 64_000


class WeryAI(ModelSettings, StructuredPredict):
    """A chat model served by WeryAI.

    Install `weryai-integrations[llama-index]` and set `WERYAI_API_KEY`:

        ```python
        from llama_index_weryai import WeryAI

        llm = WeryAI(model="GEMINI_25_FLASH", max_tokens=4096)
        llm.complete("What is artificial intelligence?")
        ```

    Every parameter of the request may be given per call, too, and then wins, as may `timeout` and
    `extra_headers`: `llm.chat(..., temperature=0)`. They are checked against the ranges that WeryAI
    documents, when the model is made and again with each call. Observers (callbacks,
    instrumentation) are shown what is given per call, so secrets belong in `default_headers`.

    Raises:
        weryai_core.WeryAIError: Anything that goes wrong between here and the service: see
            `weryai_core.errors` for the classes.
    """

    _field_names: ClassVar[Mapping[str, str]] = {"base_url": "api_base"}

    model: str = Field(description="Key of the model, e.g. GEMINI_25_FLASH.", min_length=1)
    api_key: SecretStr | None = Field(
        default=None, exclude=True, repr=False, description="API key; else WERYAI_API_KEY."
    )
    api_base: str | None = Field(
        default=None,
        description="Address of the service, with or without /v1; else WERYAI_BASE_URL or "
        "WERYAI_API_BASE, else https://api.weryai.com/v1. `base_url` is the same.",
    )
    timeout: Any = Field(
        default=None,
        description="Seconds for each step, or an httpx Timeout, or a tuple (connect, read, write, "
        "pool). Default 10 s to connect, 600 s for the rest.",
    )
    proxy: SecretStr | None = Field(
        default=None,
        exclude=True,
        repr=False,
        description="Address of a proxy, e.g. http://host:3128; else that of the environment.",
    )
    async_http_client: Any = Field(
        default=None,
        exclude=True,
        repr=False,
        description="An httpx2.AsyncClient or httpx.AsyncClient to use instead of our own.",
    )
    stop: list[str] | str | None = Field(default=None, description="Texts at which to stop.")
    additional_kwargs: dict[str, Any] = Field(
        default_factory=dict, description="Further parameters of the request, by name."
    )
    strict: bool = Field(
        default=False, description="Whether tools' arguments must follow their schemas strictly."
    )
    context_window: int | None = Field(
        default=None,
        ge=1,
        description="Tokens of input and output; else what is known of the model.",
    )
    is_chat_model: bool = Field(default=True, description="What `metadata` says of it.")
    is_function_calling_model: bool = Field(default=True, description="What `metadata` says of it.")

    @model_validator(mode="before")
    @classmethod
    def _check_names(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        values = dict(values)
        values.pop("class_name", None)  # as `to_dict` writes it
        base_url = values.pop("base_url", None)
        if values.get("api_base") is None:
            values["api_base"] = base_url
        unknown = [name for name in values if name not in cls.model_fields]
        if unknown:
            raise ConfigurationError(
                f"WeryAI has no parameter {unknown[0]!r}. Put further parameters of the request "
                "into `additional_kwargs`."
            )
        held = values.get("additional_kwargs")
        if isinstance(held, Mapping):
            refuse_secrets(held, "additional_kwargs")
            body = held.get("extra_body")
            refuse_secrets(body if isinstance(body, Mapping) else None, "extra_body")
        return values

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex saves and loads it."""
        return "WeryAI_LLM"

    @property
    def metadata(self) -> LLMMetadata:
        """What LlamaIndex plans prompts and agents by; no request is made for it."""
        parameters = self._parameters()
        info = model_info(parameters["model"])
        known = info.max_input_tokens if info else None
        window = self.context_window or known or _UNKNOWN_CONTEXT_WINDOW
        limit = output_limit(parameters)
        # What is no number is refused when it is to be sent, by an error that says so.
        output = limit if isinstance(limit, int) and limit > 0 else DEFAULT_MAX_TOKENS
        return LLMMetadata(
            # Prompts are cut to window - output, which must leave something.
            context_window=window if window > output else window + output,
            num_output=output,
            is_chat_model=self.is_chat_model,
            is_function_calling_model=self.is_function_calling_model,
            model_name=parameters["model"],
        )

    def to_payload(self) -> dict[str, Any]:
        """What is told to observers: the metadata, the model and the temperature; no secrets."""
        parameters = self._parameters()
        told = {name: parameters.get(name) for name in ("model", "temperature")}
        return {**super().to_payload(), **told}

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """The model's answer to a conversation of 1 to 50 messages."""
        return self._chat(messages, **kwargs)

    @llm_chat_callback()
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """`chat`, asynchronous."""
        return await self._achat(messages, **kwargs)

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """The answer as it grows: each response has all so far and, in `delta`, what is new."""
        return self._stream_chat(messages, **kwargs)

    @llm_chat_callback()
    async def astream_chat(
        self, messages: Sequence[ChatMessage], **kwargs: Any
    ) -> ChatResponseAsyncGen:
        """`stream_chat`, asynchronous."""
        return await self._astream_chat(messages, **kwargs)

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """The model's answer to a prompt, sent as one user message."""
        return chat_to_completion_decorator(self._chat)(self._prompt(prompt, formatted), **kwargs)

    @llm_completion_callback()
    async def acomplete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponse:
        """`complete`, asynchronous."""
        answer = achat_to_completion_decorator(self._achat)
        return await answer(self._prompt(prompt, formatted), **kwargs)

    @llm_completion_callback()
    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseGen:
        """The answer to a prompt as it grows."""
        answer = stream_chat_to_completion_decorator(self._stream_chat)
        return answer(self._prompt(prompt, formatted), **kwargs)

    @llm_completion_callback()
    async def astream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseAsyncGen:
        """`stream_complete`, asynchronous."""
        answer = astream_chat_to_completion_decorator(self._astream_chat)
        return await answer(self._prompt(prompt, formatted), **kwargs)

    def _chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return ResponseBuilder().take(self._fetch(to_params(messages), kwargs))

    async def _achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return ResponseBuilder().take(await self._afetch(await _ato_params(messages), kwargs))

    def _stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        chunks = self._fetch_stream(to_params(messages), kwargs)

        def responses() -> ChatResponseGen:
            builder = ResponseBuilder()
            with closing(chunks):
                for chunk in chunks:
                    yield builder.take(chunk)

        return responses()

    async def _astream_chat(
        self, messages: Sequence[ChatMessage], **kwargs: Any
    ) -> ChatResponseAsyncGen:
        chunks = self._afetch_stream(await _ato_params(messages), kwargs)

        async def responses() -> ChatResponseAsyncGen:
            builder = ResponseBuilder()
            async with aclosing(chunks):
                async for chunk in chunks:
                    yield builder.take(chunk)

        return responses()

    def _prompt(self, prompt: str, formatted: bool) -> str:
        if formatted or self.completion_to_prompt is None:
            return prompt
        return self.completion_to_prompt(prompt)

    def _parameters(self) -> dict[str, Any]:
        """The request parameters that are set on this model, by their names in a request."""
        stop = {} if self.stop is None else {"stop": self.stop}
        return {**super()._parameters(), **stop, **with_documented_names(self.additional_kwargs)}


async def _ato_params(messages: Sequence[ChatMessage]) -> list[dict[str, Any]]:
    """`to_params`, with media read in a thread and not in the event loop."""
    if have_media(messages):
        return await asyncio.to_thread(to_params, messages)
    return to_params(messages)

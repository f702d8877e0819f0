"""`WeryAI`: WeryAI's chat models as a LlamaIndex LLM.

A call becomes a request in `request/`, the core's client sends it, and `reply/` makes the chunks
that come back into responses. Tools are in `function_calling.py`, objects of pydantic classes in
`structured_output.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self, Unpack

from llama_index.core.base.llms.generic_utils import (
    achat_to_completion_decorator,
    chat_to_completion_decorator,
    prompt_to_messages,
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
    MessageRole,
)
from llama_index.core.callbacks import CallbackManager
from llama_index.core.tools.types import BaseTool
from llama_index.core.types import PydanticProgramMode
from pydantic import BaseModel, Field, SecretStr, model_validator

from llama_index_weryai import reply, request
from llama_index_weryai.arguments import MediaSource, WeryAIArguments
from llama_index_weryai.observed import observed_chat, observed_completion
from llama_index_weryai.structured_output import StructuredPredict, to_structured_parameters
from weryai_core import DEFAULT_MAX_TOKENS, ConfigurationError, integration, model_info
from weryai_core.integration import ModelCalls

# For models that the catalogue does not know: the smallest window in it.
_UNKNOWN_CONTEXT_WINDOW = 64_000


class WeryAI(ModelCalls, StructuredPredict):
    """A chat model served by WeryAI.

    Install `weryai-integrations[llama-index]` and set `WERYAI_API_KEY`:

        ```python
        from llama_index_weryai import WeryAI

        llm = WeryAI(model="GEMINI_25_FLASH", max_tokens=4096)
        llm.complete("What is artificial intelligence?")
        ```

    A call may override every parameter of the request, and may pass `timeout` and
    `extra_headers`: `llm.chat(..., temperature=0)`. Parameters are checked against the ranges that
    WeryAI documents, when the model is created and again with each call. Callbacks and
    instrumentation see what a call passes, so put secrets into `default_headers`.

    Raises:
        weryai_core.WeryAIError: The base class of all errors; `weryai_core.errors` draws the tree.
    """

    _field_names: ClassVar[Mapping[str, str]] = {"base_url": "api_base"}
    # Agents report calls with unreadable arguments to the model.
    _framework_options: ClassVar[Mapping[str, Any]] = {"check_arguments": False}
    _framework_settings: ClassVar[tuple[str, ...]] = (
        "media",
        "context_window",
        "is_chat_model",
        "is_function_calling_model",
        "system_prompt",
        "messages_to_prompt",
        "completion_to_prompt",
        "output_parser",
        "pydantic_program_mode",
        "callback_manager",
        "rate_limiter",
    )

    model: str = Field(description="Key of the model, e.g. GEMINI_25_FLASH.", min_length=1)
    api_key: SecretStr | None = Field(
        default=None,
        exclude=True,
        repr=False,
        description="API key. Defaults to the environment variable WERYAI_API_KEY.",
    )
    api_base: str | None = Field(
        default=None,
        description="URL of the service, with or without /v1; `base_url` is another name. Defaults "
        "to WERYAI_BASE_URL or WERYAI_API_BASE, then to https://api.weryai.com/v1.",
    )
    timeout: Any = Field(
        default=None,
        description="Seconds for each step of a request, a tuple (connect, read, write, pool), or "
        "an httpx Timeout. Defaults to 10 s to connect and 600 s for the other steps.",
    )
    proxy: SecretStr | None = Field(
        default=None,
        exclude=True,
        repr=False,
        description="URL of a proxy, e.g. http://host:3128. Defaults to the environment's.",
    )
    async_http_client: Any = Field(
        default=None,
        exclude=True,
        repr=False,
        description="An httpx2.AsyncClient or httpx.AsyncClient to use instead of one of our own.",
    )
    stop: list[str] | str | None = Field(
        default=None, description="Texts at which the model stops writing."
    )
    additional_kwargs: dict[str, Any] = Field(
        default_factory=dict, description="More parameters of the request, by name."
    )
    media: MediaSource = Field(
        default="any",
        description="Whether content blocks may name local files and addresses, which are read or "
        'passed on when the message is sent ("any"), or must hold their data ("inline-only"), as '
        "for messages that other people write.",
    )
    strict: bool = Field(
        default=False,
        description="Whether the arguments of tool calls must follow their schemas strictly.",
    )
    context_window: int | None = Field(
        default=None,
        ge=1,
        description="Tokens of input and output together. Defaults to the model's known window.",
    )
    is_chat_model: bool = Field(
        default=True, description="Whether LlamaIndex sends messages rather than one prompt."
    )
    is_function_calling_model: bool = Field(
        default=True, description="Whether LlamaIndex offers tools to the model as parameters."
    )
    # Core's own fields, which it leaves without a description.
    callback_manager: CallbackManager = Field(
        default_factory=CallbackManager,
        exclude=True,
        description="LlamaIndex's callbacks, which see each call and its answer.",
    )
    pydantic_program_mode: PydanticProgramMode = Field(
        default=PydanticProgramMode.DEFAULT,
        description="How structured output is requested: FUNCTION as a tool, LLM in the prompt, "
        "DEFAULT as a JSON schema where the model takes one, else as a tool.",
    )

    if TYPE_CHECKING:  # at run time it is the bases' own

        def __init__(self, *, model: str, **arguments: Unpack[WeryAIArguments]) -> None: ...

    @model_validator(mode="before")
    @classmethod
    def _check_names(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        values = dict(values)
        values.pop("class_name", None)  # `to_dict` writes it
        base_url = values.pop("base_url", None)
        if values.get("api_base") is None:
            values["api_base"] = base_url
        deadline = values.pop("deadline", None)
        if values.get("total_timeout") is None:
            values["total_timeout"] = deadline
        unknown = [name for name in values if name not in cls.model_fields]
        if unknown:
            raise ConfigurationError(
                f"WeryAI has no parameter {unknown[0]!r}. To send a parameter of that name, "
                "put it into `additional_kwargs`."
            )
        held = values.get("additional_kwargs")
        if isinstance(held, Mapping):
            integration.refuse_secrets(held, "additional_kwargs")
            body = held.get("extra_body")
            integration.refuse_secrets(body if isinstance(body, Mapping) else None, "extra_body")
        return values

    @classmethod
    def class_name(cls) -> str:
        """Return the name under which LlamaIndex saves and loads the model."""
        return "WeryAI_LLM"

    @classmethod
    def from_dict(cls, data: dict[str, Any], **kwargs: Any) -> Self:
        """Load a model that `to_dict` wrote, also for `load_llm` and `from_json`.

        Whoever can alter what was saved could have the environment's key sent to another address.
        An address that is not the usual one warns, unless the caller passes the key or `api_base`.

        Args:
            data: What was saved.
            kwargs: Arguments that win over what was saved.

        Raises:
            ConfigurationError: What was saved holds a proxy, headers or query parameters, which
                `to_dict` never writes.
        """
        from llama_index_weryai.saved import check_saved

        if kwargs.get("base_url") and not kwargs.get("api_base"):
            kwargs["api_base"] = kwargs.pop("base_url")
        check_saved(data, kwargs)
        return super().from_dict(data, **kwargs)

    @property
    def metadata(self) -> LLMMetadata:
        """The model's limits, by which LlamaIndex plans prompts and agents. Makes no request."""
        shown = self._shown()
        info = model_info(shown["model"])
        known = info.max_input_tokens if info else None
        window = self.context_window or known or _UNKNOWN_CONTEXT_WINDOW
        limit = shown["max_tokens"]
        # Other values are refused with the call.
        output = limit if isinstance(limit, int) and limit > 0 else DEFAULT_MAX_TOKENS
        return LLMMetadata(
            # LlamaIndex truncates prompts to window - output, which must leave some tokens.
            context_window=window if window > output else window + output,
            num_output=output,
            is_chat_model=self.is_chat_model,
            is_function_calling_model=self.is_function_calling_model,
            model_name=shown["model"],
        )

    def to_payload(self) -> dict[str, Any]:
        """Return what observers see: the metadata, the model and the temperature, no secrets."""
        shown = self._shown()
        return {
            **super().to_payload(),
            "model": shown["model"],
            "temperature": shown.get("temperature"),
        }

    def _shown(self) -> Mapping[str, Any]:
        """What observers may see, by name. LlamaIndex asks twice for each call."""
        if not self.additional_kwargs:  # which may have other names for the same, and wins
            return self.__dict__
        parameters = self._parameters()
        return {**parameters, "max_tokens": integration.output_limit(parameters)}

    @observed_chat
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Answer a conversation of 1 to 50 messages."""
        return self._chat(messages, **kwargs)

    @observed_chat
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Async version of `chat`."""
        return await self._achat(messages, **kwargs)

    @observed_chat
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """Stream the answer. Each response holds all text so far and, in `delta`, the new text."""
        return self._stream_chat(messages, **kwargs)

    @observed_chat
    async def astream_chat(
        self, messages: Sequence[ChatMessage], **kwargs: Any
    ) -> ChatResponseAsyncGen:
        """Async version of `stream_chat`."""
        return await self._astream_chat(messages, **kwargs)

    @observed_completion
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Answer a prompt, sent as one user message."""
        return chat_to_completion_decorator(self._chat)(self._prompt(prompt, formatted), **kwargs)

    @observed_completion
    async def acomplete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponse:
        """Async version of `complete`."""
        answer = achat_to_completion_decorator(self._achat)
        return await answer(self._prompt(prompt, formatted), **kwargs)

    @observed_completion
    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseGen:
        """Stream the answer to a prompt."""
        messages = prompt_to_messages(self._prompt(prompt, formatted))
        return self._fetch_stream(*self._read(messages, kwargs), reply.CompletionBuilder().add)

    @observed_completion
    async def astream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseAsyncGen:
        """Async version of `stream_complete`."""
        messages = prompt_to_messages(self._prompt(prompt, formatted))
        return self._afetch_stream(
            *await self._aread(messages, kwargs), reply.CompletionBuilder().add
        )

    def _chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return reply.ResponseBuilder().add(self._fetch(*self._read(messages, kwargs)))

    async def _achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return reply.ResponseBuilder().add(await self._afetch(*await self._aread(messages, kwargs)))

    def _stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        return self._fetch_stream(*self._read(messages, kwargs), reply.ResponseBuilder().add)

    async def _astream_chat(
        self, messages: Sequence[ChatMessage], **kwargs: Any
    ) -> ChatResponseAsyncGen:
        return self._afetch_stream(
            *await self._aread(messages, kwargs), reply.ResponseBuilder().add
        )

    def _read(
        self, messages: Sequence[ChatMessage], given: dict[str, Any]
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Return a request's messages, and what is given to the call with the time that is left."""
        if not request.have_media(messages):
            return request.to_params(messages, self.media), given
        reader = integration.FileReader(self._total_time(given))
        params = request.to_params(messages, self.media, reader)
        return params, _within(reader.rest(), given)

    async def _aread(
        self, messages: Sequence[ChatMessage], given: dict[str, Any]
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Async version of `_read`."""
        if not request.have_media(messages):
            return request.to_params(messages, self.media), given
        reader = integration.FileReader(self._total_time(given))
        params = await request.ato_params(messages, self.media, reader)
        return params, _within(reader.rest(), given)

    def _prepare_chat_with_tools(
        self,
        tools: Sequence[BaseTool | Mapping[str, Any]],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        tool_choice: str | Mapping[str, Any] | None = None,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Return the arguments of `chat` for a conversation with tools."""
        if isinstance(user_msg, str):
            user_msg = ChatMessage(role=MessageRole.USER, content=user_msg)
        parameters = request.to_tool_parameters(
            tools,
            strict=self.strict if strict is None else strict,
            allow_parallel_tool_calls=allow_parallel_tool_calls,
            tool_required=tool_required,
            tool_choice=tool_choice,
            **kwargs,
        )
        return {
            "messages": [*(chat_history or []), *([user_msg] if user_msg else [])],
            **parameters,
        }

    def _structured_request(
        self,
        output_cls: type[BaseModel],
        messages: Sequence[ChatMessage],
        llm_kwargs: Mapping[str, Any],
    ) -> dict[str, Any]:
        parameters = to_structured_parameters(
            output_cls,
            llm_kwargs,
            model_parameters=self._parameters(),
            mode=self.pydantic_program_mode,
            is_function_calling_model=self.is_function_calling_model,
            strict=self.strict,
        )
        return {"messages": messages, **parameters}

    def _prompt(self, prompt: str, formatted: bool) -> str:
        if formatted or self.completion_to_prompt is None:
            return prompt
        made = self.completion_to_prompt(prompt)
        request.check_prompt(made, "What `completion_to_prompt` returned")
        return made

    def _parameters(self) -> dict[str, Any]:
        """Return the request parameters that are set on this model, by the API's names."""
        stop = {} if self.stop is None else {"stop": self.stop}
        return {
            **super()._parameters(),
            **stop,
            **integration.with_documented_names(self.additional_kwargs),
        }


integration.document_fields(WeryAI)


def _within(seconds: float | None, given: dict[str, Any]) -> dict[str, Any]:
    """Return what is given to a call with the time that is left for it; None for no limit."""
    if seconds is None:
        return given
    others = {name: value for name, value in given.items() if name != "deadline"}
    return {**others, "total_timeout": seconds}

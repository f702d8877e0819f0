"""`ChatWeryAI`: WeryAI's chat models behind LangChain's interface."""

from __future__ import annotations

import warnings
from collections.abc import (
    Callable,
    Mapping,
    Sequence,
)
from math import ceil
from typing import TYPE_CHECKING, Any, Self

from langchain_core.language_models import LangSmithParams, LanguageModelInput, ModelProfile
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.utils import count_tokens_approximately
from langchain_core.runnables import Runnable
from langchain_core.utils import get_pydantic_field_names
from pydantic import (
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)
from typing_extensions import override

from langchain_weryai.binding import BoundModel
from langchain_weryai.errors import as_langchain_errors
from langchain_weryai.generation import GeneratingModel
from langchain_weryai.profiles import is_of_catalogue, profile_of
from langchain_weryai.reply.messages import PROVIDER
from langchain_weryai.request.messages import to_params
from langchain_weryai.request.tools import to_tools
from langchain_weryai.structured_output import StructuredOutputMethod, structured_output
from weryai_core import Config, ConfigurationError, __version__, model_info
from weryai_core.integration import (
    ModelSettings,
    check_parameters,
    merge_call,
    refuse_secrets,
    resolve_config,
    searches_web,
    split_call,
    to_tool_choice,
    with_documented_names,
)

if TYPE_CHECKING:
    pass


class ChatWeryAI(ModelSettings, GeneratingModel):
    """A chat model served by WeryAI.

    Setup:
        Install `weryai-integrations[langchain]` and set `WERYAI_API_KEY`.

    Instantiate:
        ```python
        from langchain_weryai import ChatWeryAI

        model = ChatWeryAI(model="GEMINI_25_FLASH", max_tokens=4096)
        ```

    Invoke:
        ```python
        model.invoke("What is artificial intelligence?").text
        ```

    Stream, and async:
        ```python
        for chunk in model.stream("Tell me a story."):
            print(chunk.text, end="")

        await model.ainvoke("What is artificial intelligence?")
        ```

    Tools and structured output:
        ```python
        model.bind_tools([get_weather]).invoke("What is the weather in Rome?").tool_calls
        model.with_structured_output(Joke).invoke("Tell me a joke about cats.")
        ```

    Web search:
        ```python
        ChatWeryAI(model="GEMINI_25_FLASH", web_search=True).invoke("Who won yesterday?")
        ```

    Arguments are checked against the ranges that WeryAI documents, when the model is made and
    again with each call's own. Every parameter may be given per call, too:
    `model.invoke(..., temperature=0)`.

    Raises:
        weryai_core.WeryAIError: Anything that goes wrong between here and the service: see
            `weryai_core.errors` for the classes. Those of calls are LangChain's `ModelError`s, too.
    """

    model_name: str = Field(alias="model", min_length=1)
    """Key of the model, e.g. "GEMINI_25_FLASH". Keys outside the documented 28 work, too."""

    weryai_api_key: SecretStr | None = Field(default=None, alias="api_key", repr=False)
    """API key; else `WERYAI_API_KEY`."""

    weryai_api_base: str | None = Field(default=None, alias="base_url")
    """Address of the service, with or without `/v1`; else `WERYAI_BASE_URL` or `WERYAI_API_BASE`,
    else `https://api.weryai.com/v1`."""

    request_timeout: Any = Field(default=None, alias="timeout")
    """Seconds for each step, or an httpx `Timeout`, or a tuple (connect, read, write, pool).
    Default 10 s to connect, 600 s for the rest."""

    weryai_proxy: SecretStr | None = Field(default=None, alias="proxy", exclude=True, repr=False)
    """Address of a proxy, e.g. `http://user:password@host:3128`; else that of the environment."""

    http_async_client: Any = Field(default=None, exclude=True, repr=False)
    """An `httpx2.AsyncClient` or `httpx.AsyncClient` to use instead of our own."""

    n: int | None = None
    """Answers to generate, 1 or more; `generate` gives them all, `invoke` the first."""

    stop: list[str] | str | None = Field(default=None, alias="stop_sequences")
    """Texts at which to stop."""

    streaming: bool = False
    """Whether `invoke` streams, too, for the callbacks' sake."""

    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Further parameters of the request, by name."""

    extra_body: dict[str, Any] | None = None
    """Further fields of the request's body; they win over all but what a call is given."""

    model_config = ConfigDict(populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _gather_model_kwargs(cls, values: Any) -> Any:
        """Take parameters that are no fields into `model_kwargs`, with a warning, as others do."""
        if not isinstance(values, dict):
            return values
        values = with_documented_names(values)
        profile, key = values.get("profile"), values.get("model") or values.get("model_name")
        if profile and isinstance(key, str) and model_info(key) and is_of_catalogue(profile):
            # Ours, perhaps of another model, of whose fields this one is made: to be made anew.
            del values["profile"]
        fields = get_pydantic_field_names(cls)
        model_kwargs = dict(values.get("model_kwargs") or {})
        for name in fields.intersection(model_kwargs):
            raise ConfigurationError(f"Pass `{name}` to ChatWeryAI itself, not in `model_kwargs`.")
        further = [name for name in values if name not in fields]
        refuse_secrets(further, "model_kwargs")
        for name in further:
            warnings.warn(
                f"`{name}` is no parameter of ChatWeryAI; it is sent as it is (`model_kwargs`).",
                stacklevel=6,  # the caller of `__init__`, past ours, pydantic's and LangChain's
            )
            if name in model_kwargs:
                raise ConfigurationError(f"`{name}` is passed twice, once in `model_kwargs`.")
            model_kwargs[name] = values.pop(name)
        if model_kwargs:
            values["model_kwargs"] = model_kwargs
        for holder in ("model_kwargs", "extra_body"):
            held = values.get(holder)
            refuse_secrets(held if isinstance(held, Mapping) else None, holder)
        return values

    def __init__(self, **kwargs: Any) -> None:
        with as_langchain_errors():
            super().__init__(**kwargs)

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name in type(self).model_fields and name != "profile":
            self._derive_anew()

    @override
    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        copied = super().model_copy(update=update, deep=deep)
        if update:
            copied._derive_anew()
        return copied

    def _derive_anew(self) -> None:
        """Forget what was derived of the fields before they changed."""
        # LangChain's, which is in the keys of its cache.
        self.__dict__.pop("_serialized", None)
        profile = self.__dict__.get("profile")
        if profile and is_of_catalogue(profile):
            self.__dict__["profile"] = self._resolve_model_profile() or profile

    @model_validator(mode="after")
    def _settle_weryai(self) -> Self:
        config = self._config()
        self.weryai_api_key = config.api_key
        self.weryai_api_base = config.base_url
        if not isinstance(self.request_timeout, (int, float)):
            # A Timeout object of an HTTP library cannot be saved as JSON; a tuple can.
            self.request_timeout = config.timeout
        check_parameters(self._default_params)
        self._add_version("weryai-integrations", __version__)
        return self

    @property
    def model(self) -> str:
        """Key of the model: what was passed as `model`."""
        return self.model_name

    @property
    @override
    def _llm_type(self) -> str:
        return "weryai-chat"

    @property
    @override
    def lc_secrets(self) -> dict[str, str]:
        return {"weryai_api_key": "WERYAI_API_KEY"}

    @classmethod
    @override
    def is_lc_serializable(cls) -> bool:
        return True

    @property
    @override
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.model_name, "stop": self.stop, **self._default_params}

    @property
    def _default_params(self) -> dict[str, Any]:
        """The request parameters that are set on this model, by their names on the wire."""
        several = {} if self.n is None else {"n": self.n}
        return {"model": self.model_name, **self._set_fields(), **several, **self.model_kwargs}

    @override
    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop, **kwargs)
        params["ls_provider"] = PROVIDER
        settled = stop or self.stop
        if settled:
            params["ls_stop"] = [settled] if isinstance(settled, str) else settled
        return params

    @override
    def _resolve_model_profile(self) -> ModelProfile | None:
        return profile_of(self.model_name, web_search=self._searches_web())

    @override
    def _streaming_disabled(self, **kwargs: Any) -> bool:
        # LangChain's stream is one message; several answers come whole.
        several = (kwargs.get("n") or self.n or 1) != 1
        return several or super()._streaming_disabled(**kwargs)

    @override
    def get_num_tokens(self, text: str) -> int:
        """Tokens of a text, estimated: the 28 models count each in their own way.

        Four bytes a token, without looking anything up; `custom_get_token_ids` counts instead where
        it is given.
        """
        if self.custom_get_token_ids is not None:
            return len(self.custom_get_token_ids(text))
        return ceil(len(text.encode()) / 4)

    @override
    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[Any] | None = None
    ) -> int:
        """Tokens of messages and tools, estimated by LangChain's rule of thumb."""
        if self.custom_get_token_ids is not None:
            return super().get_num_tokens_from_messages(messages, tools)
        return count_tokens_approximately(messages, tools=list(to_tools(tools or ())))

    @override
    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | Runnable[Any, Any]],
        *,
        tool_choice: str | bool | dict[str, Any] | None = None,
        strict: bool | None = None,
        parallel_tool_calls: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """This model with tools that it may call.

        Args:
            tools: Functions, pydantic models, TypedDicts, JSON schemas, `BaseTool`s and other
                `Runnable`s, or tools as OpenAI's or Anthropic's API take them. One that means a web
                search elsewhere, such as `{"type": "web_search"}` or `{"google_search": {}}`, turns
                on the plugin.
            tool_choice: "auto", "none", "any" or "required" (True is the same), the name of a
                tool, or OpenAI's object.
            strict: Whether arguments must follow the schema to the letter, where the model can.
            parallel_tool_calls: Whether several calls in one answer are welcome.
            kwargs: Further parameters of the calls.

        Raises:
            InvalidRequestError: `tool_choice` names none of the tools.
        """
        formatted = to_tools(tools, strict=strict)
        with as_langchain_errors():
            choice = to_tool_choice(tool_choice, formatted)
        if choice is not None:
            kwargs["tool_choice"] = choice
        if parallel_tool_calls is not None:
            kwargs["parallel_tool_calls"] = parallel_tool_calls
        if "response_format" in kwargs:
            # From an agent, which cannot know that the search in its tools excludes the schema.
            kwargs.setdefault("schema_in_prompt", "if_needed")
        return self.bind(tools=formatted, **kwargs)

    @override
    def with_structured_output(
        self,
        schema: dict[str, Any] | type,
        *,
        method: StructuredOutputMethod | None = None,
        include_raw: bool = False,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """This model, answering with an instance of a schema.

        Args:
            schema: A pydantic class (instances come back), or a TypedDict, JSON schema or OpenAI
                tool (dicts come back).
            method: "json_schema" uses `response_format` with this schema; "function_calling"
                forces a call of a tool with it; "prompted" puts it into the prompt; "json_mode"
                only asks for JSON: describe it in the prompt. By default, the first of these that
                the model is known to be able to, which for Gemini models depends on whether they
                search the web.
            include_raw: Return a dict of "raw" (the message), "parsed" and "parsing_error"
                instead; what cannot be parsed is then no exception.
            strict: Whether the schema must be followed to the letter, where the model can.
            kwargs: Further parameters of the calls.

        Raises:
            InvalidRequestError: An unknown method, `strict` with "json_mode", or "json_schema" for
                a Gemini model that searches the web.
        """
        with as_langchain_errors():
            return structured_output(
                self, schema, method=method, include_raw=include_raw, strict=strict, **kwargs
            )

    if not TYPE_CHECKING:  # LangChain's own type of it, which type checkers know, is private

        def bind(self, **kwargs: Any) -> Runnable[LanguageModelInput, AIMessage]:
            """This model with parameters of its calls; its structured output keeps them."""
            return BoundModel(bound=self, kwargs=kwargs, config={})

    def _searches_web(self, **kwargs: Any) -> bool:
        """Whether calls with these parameters search the web."""
        settled = {**self._default_params, "extra_body": self.extra_body}
        return searches_web(merge_call(settled, kwargs))

    def _config(self) -> Config:
        return resolve_config(
            api_key=self.weryai_api_key,
            base_url=self.weryai_api_base,
            timeout=self.request_timeout,
            max_retries=self.max_retries,
            default_headers=self.default_headers,
            default_query=self.default_query,
            proxy=self.weryai_proxy,
        )

    def _sync_client(self) -> Any:
        return self._clients.sync(self._config(), self.http_client)

    def _async_client(self) -> Any:
        return self._clients.aio(self._config(), self.http_async_client)

    def _request(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        kwargs: Mapping[str, Any],
        *,
        stream: bool = False,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """A call's request, and the options of sending it. What the call sets wins."""
        settled = {
            "stream_usage": self.stream_usage,
            "echo_reasoning": self.echo_reasoning,
            **self._default_params,
            "stop": stop or self.stop,
            "extra_body": self.extra_body,
        }
        request = merge_call(settled, kwargs)
        request["messages"] = to_params(messages)
        return split_call(request, stream=stream)

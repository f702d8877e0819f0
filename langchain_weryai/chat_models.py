"""`ChatWeryAI`: WeryAI's chat models behind LangChain's interface."""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Generator,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import aclosing, closing
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeVar, Unpack, overload

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    BaseRunManager,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models import LangSmithParams, LanguageModelInput, ModelProfile
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.utils import count_tokens_approximately
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils import get_pydantic_field_names
from langchain_core.utils.utils import LC_ID_PREFIX
from pydantic import ConfigDict, Field, SecretStr, model_validator
from typing_extensions import override

from langchain_weryai.arguments import ChatWeryAIArguments, Method, Parsed, Schema
from langchain_weryai.binding import Bindable
from langchain_weryai.errors import LangChainErrors
from langchain_weryai.model_kwargs import sort_arguments
from langchain_weryai.profiles import DerivedProfile, derive_profile
from langchain_weryai.reply.events import EventTranslator
from langchain_weryai.reply.messages import PROVIDER, StreamTranslator, sum_usage, to_result
from langchain_weryai.request.messages import to_params
from langchain_weryai.request.token_counts import count_tokens
from langchain_weryai.request.tools import answer_tools, to_tools
from langchain_weryai.structured_output import RawAnswer, bind_schema, to_chain
from weryai_core import Chunk, __version__
from weryai_core.integration import (
    ModelSettings,
    excludes_json_schema,
    plan_given_format,
    to_tool_choice,
)

if TYPE_CHECKING:
    from langchain_protocol.protocol import MessagesData

T = TypeVar("T")


class ChatWeryAI(ModelSettings, Bindable, BaseChatModel):
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

    Arguments are checked against the ranges that WeryAI documents, once for the model and again
    for each call. Every parameter can also be given per call: `model.invoke(..., temperature=0)`.

    Raises:
        weryai_core.WeryAIError: Any failure on this side or at the service; `weryai_core.errors`
            lists the classes. All of them are LangChain's `ModelError`s as well.
    """

    model_name: str = Field(
        alias="model",
        min_length=1,
        description='Key of the model, e.g. "GEMINI_25_FLASH". Keys other than the 28 documented '
        "ones work, too.",
    )
    weryai_api_key: SecretStr | None = Field(
        default=None, alias="api_key", repr=False, description="API key; else `WERYAI_API_KEY`."
    )
    weryai_api_base: str | None = Field(
        default=None,
        alias="base_url",
        description="Address of the service, with or without `/v1`; else `WERYAI_BASE_URL` or "
        "`WERYAI_API_BASE`, else `https://api.weryai.com/v1`.",
    )
    request_timeout: Any = Field(
        default=None,
        alias="timeout",
        description="Seconds for each step, or an httpx `Timeout`, or a tuple (connect, read, "
        "write, pool). Default 10 s to connect, 600 s for the rest.",
    )
    weryai_proxy: SecretStr | None = Field(
        default=None,
        alias="proxy",
        exclude=True,
        repr=False,
        description="Address of a proxy, e.g. `http://user:password@host:3128`; else that of the "
        "environment.",
    )
    http_async_client: Any = Field(
        default=None,
        exclude=True,
        repr=False,
        description="An `httpx2.AsyncClient` or `httpx.AsyncClient` to use instead of one of ours.",
    )
    n: int | None = Field(
        default=None,
        description="Answers to generate, 1 or more. `generate` returns all of them, `invoke` the "
        "first.",
    )
    stop: list[str] | str | None = Field(
        default=None, alias="stop_sequences", description="Texts at which to stop."
    )
    streaming: bool = Field(
        default=False, description="Whether `invoke` streams as well, for its callbacks."
    )
    model_kwargs: dict[str, Any] = Field(
        default_factory=dict, description="Further parameters of the request, by name."
    )
    extra_body: dict[str, Any] | None = Field(
        default=None,
        description="Further fields of the request's body. Only parameters of a call override "
        "them.",
    )

    model_config: ClassVar[ConfigDict] = ConfigDict(populate_by_name=True)

    _field_names: ClassVar[Mapping[str, str]] = {
        "model": "model_name",
        "api_key": "weryai_api_key",
        "base_url": "weryai_api_base",
        "timeout": "request_timeout",
        "proxy": "weryai_proxy",
        "async_http_client": "http_async_client",
    }
    _framework_settings: ClassVar[tuple[str, ...]] = ("streaming", "profile", "rate_limiter")

    if TYPE_CHECKING:  # at run time any name is taken: unknown ones go into `model_kwargs`

        def __init__(self, *, model: str, **arguments: Unpack[ChatWeryAIArguments]) -> None: ...
    else:

        def __init__(self, **arguments: Any) -> None:
            with LangChainErrors():
                super().__init__(**arguments)

    @model_validator(mode="before")
    @classmethod
    def _sort_arguments(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return sort_arguments(values, get_pydantic_field_names(cls))

    @model_validator(mode="after")
    def _add_our_version(self) -> Self:
        self._add_version("weryai-integrations", __version__)
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name in type(self).model_fields and name != "profile":
            self._update_derived()

    @override
    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        copied = super().model_copy(update=update, deep=deep)
        if update:
            copied._update_derived()
        return copied

    def _update_derived(self) -> None:
        """Update what was derived from the fields before they changed."""
        self.__dict__.pop("_serialized", None)  # LangChain's, part of the keys of its cache
        profile = self.__dict__.get("profile")
        if isinstance(profile, DerivedProfile):
            self.__dict__["profile"] = self._resolve_model_profile() or profile

    @property
    def model(self) -> str:
        """Key of the model, as passed in `model`."""
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
        shown = self._parameters()
        shown.pop("extra_body", None)
        return {"model_name": self.model_name, "stop": self.stop, **shown}

    @override
    def _parameters(self) -> dict[str, Any]:
        own = {"n": self.n, "stop": self.stop, "extra_body": self.extra_body}
        set_fields = {name: value for name, value in own.items() if value is not None}
        return {**super()._parameters(), **set_fields, **self.model_kwargs}

    @override
    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop, **kwargs)
        params["ls_provider"] = PROVIDER
        texts = stop or self.stop
        if texts:
            params["ls_stop"] = [texts] if isinstance(texts, str) else texts
        return params

    @override
    def _resolve_model_profile(self) -> ModelProfile | None:
        excludes_schema = excludes_json_schema(self._parameters())
        return derive_profile(self.model_name, excludes_schema=excludes_schema)

    @override
    def _streaming_disabled(self, **kwargs: Any) -> bool:
        # LangChain streams one message, so several answers have to come whole.
        has_several = (kwargs.get("n") or self.n or 1) != 1
        return has_several or super()._streaming_disabled(**kwargs)

    @override
    def get_num_tokens(self, text: str) -> int:
        """Estimate the tokens of a text as one for each four bytes: the 28 models all differ.

        `custom_get_token_ids` counts instead if it is set.
        """
        if self.custom_get_token_ids is not None:
            return len(self.custom_get_token_ids(text))
        return ceil(len(text.encode(errors="replace")) / 4)

    @override
    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[Any] | None = None
    ) -> int:
        """Estimate the tokens of messages and tools: text by LangChain's rule of thumb.

        Images, files, audio and video count by kind, pages and seconds.
        """
        if self.custom_get_token_ids is not None:
            return count_tokens(
                messages, partial(super().get_num_tokens_from_messages, tools=tools)
            )
        formatted: list[Any] = [*to_tools(tools or ())]
        return count_tokens(messages, partial(count_tokens_approximately, tools=formatted))

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
                `Runnable`s, or tools in the form of OpenAI's or Anthropic's API. One that means a
                web search elsewhere, such as `{"type": "web_search"}` or `{"google_search": {}}`,
                turns on the plugin.
            tool_choice: "auto", "none", "any" or "required" (or True), the name of a tool, or
                OpenAI's object.
            strict: Whether arguments must follow the schema exactly, if the model supports that.
            parallel_tool_calls: Whether one answer may have several calls.
            kwargs: Further parameters of the calls.

        Raises:
            InvalidRequestError: `tool_choice` names none of them, or one is built into another API.
        """
        with LangChainErrors():
            formatted = to_tools(tools, strict=strict)
            choice = to_tool_choice(tool_choice, formatted)
        if choice is not None:
            kwargs["tool_choice"] = choice
        if parallel_tool_calls is not None:
            kwargs["parallel_tool_calls"] = parallel_tool_calls
        answers = answer_tools(tools)
        if answers:
            # An agent makes an object of their arguments, or asks again and again without a call.
            kwargs = {"answer_tools": answers, "check_refusal": True, **kwargs}
        if "response_format" in kwargs:
            plan = plan_given_format(kwargs["response_format"])
            kwargs = {**plan.parameters, "check_answer": True, **kwargs}
        return self.bind(tools=formatted, **kwargs)

    @overload
    def with_structured_output(
        self, schema: Schema, *, include_raw: Parsed = ..., method: Method = ..., **kwargs: Any
    ) -> Runnable[LanguageModelInput, dict[str, Any]]: ...

    @overload
    def with_structured_output(
        self, schema: Schema, *, include_raw: Literal[True], method: Method = ..., **kwargs: Any
    ) -> Runnable[LanguageModelInput, RawAnswer[dict[str, Any]]]: ...

    @overload
    def with_structured_output(
        self, schema: type[T], *, include_raw: Parsed = ..., method: Method = ..., **kwargs: Any
    ) -> Runnable[LanguageModelInput, T]: ...

    @overload
    def with_structured_output(
        self, schema: type[T], *, include_raw: Literal[True], method: Method = ..., **kwargs: Any
    ) -> Runnable[LanguageModelInput, RawAnswer[T]]: ...

    @overload
    def with_structured_output(
        self, schema: Schema | type, *, include_raw: bool = ..., method: Method = ..., **kwargs: Any
    ) -> Runnable[LanguageModelInput, Any]: ...

    @override
    def with_structured_output(
        self,
        schema: Schema | type,
        *,
        method: Method = None,
        include_raw: bool = False,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """This model, answering with an instance of a schema.

        Args:
            schema: A pydantic class, a dataclass or another type such as `list[Person]` (returns
                instances of it), or a TypedDict, JSON schema or OpenAI tool (returns dicts).
            method: "json_schema" sends the schema as `response_format`; "function_calling" forces
                the call of a tool with it; "prompted" puts it into the prompt; "json_mode" only
                asks for JSON, which the prompt has to describe. By default, the first of these
                that the model supports. For Gemini models that depends on whether they search the
                web.
            include_raw: Whether to return a dict of "raw" (the message), "parsed" and
                "parsing_error". An answer that cannot be parsed then raises nothing.
            strict: Whether the schema must be followed exactly, if the model supports that.
            kwargs: Further parameters of the calls. `tools` are tools that the model may call
                instead; with `include_raw`, "parsed" is None then.

        Raises:
            InvalidRequestError: An unknown method, `strict` with "json_mode", or "json_schema" for
                a Gemini model that searches the web.
        """
        bound, parser = bind_schema(self, schema, method=method, strict=strict, **kwargs)
        return to_chain(bound, parser, include_raw=include_raw)

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
        with LangChainErrors():
            return to_result(self._fetch(to_params(messages), _with_stop(stop, kwargs)))

    @override
    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with LangChainErrors():
            return to_result(await self._afetch(to_params(messages), _with_stop(stop, kwargs)))

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
                yield ChatGenerationChunk(message=translator.translate(chunk))

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
                yield ChatGenerationChunk(message=translator.translate(chunk))

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
                yield from translator.translate(chunk)
        yield from translator.finish()

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
                for event in translator.translate(chunk):
                    yield event
        for event in translator.finish():
            yield event

    def _chunks(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: Mapping[str, Any]
    ) -> Generator[Chunk, None, None]:
        with LangChainErrors():
            fetched = self._fetch_stream(to_params(messages), _with_stop(stop, kwargs))
            with closing(fetched) as chunks:
                yield from chunks

    async def _achunks(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: Mapping[str, Any]
    ) -> AsyncGenerator[Chunk, None]:
        with LangChainErrors():
            fetched = self._afetch_stream(to_params(messages), _with_stop(stop, kwargs))
            async with aclosing(fetched) as chunks:
                async for chunk in chunks:
                    yield chunk


def _with_stop(stop: list[str] | None, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a call. LangChain passes `stop` apart from the others."""
    return {"stop": stop, **kwargs} if stop else dict(kwargs)


def _message_id(run_manager: BaseRunManager | None) -> str:
    """LangChain's id for the message of a run."""
    return "" if run_manager is None else f"{LC_ID_PREFIX}-{run_manager.run_id}"

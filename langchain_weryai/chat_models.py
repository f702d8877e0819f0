"""`ChatWeryAI`: WeryAI's chat models behind LangChain's interface.

Its fields are in `settings`, its calls in `calls`. Here is what users call by name: tools,
structured output and counts of tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack, overload

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.utils import count_tokens_approximately
from langchain_core.runnables import Runnable
from typing_extensions import override

from langchain_weryai import request
from langchain_weryai.arguments import ChatWeryAIArguments, Method, Parsed, Schema
from langchain_weryai.binding import Bindable
from langchain_weryai.calls import ChatCalls
from langchain_weryai.errors import LangChainErrors
from weryai_core import integration

if TYPE_CHECKING:
    from langchain_weryai.structured_output import RawAnswer

T = TypeVar("T")


class ChatWeryAI(Bindable, ChatCalls):
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

    if TYPE_CHECKING:  # at run time any name is taken: unknown ones go into `model_kwargs`

        def __init__(self, *, model: str, **arguments: Unpack[ChatWeryAIArguments]) -> None: ...
    else:

        def __init__(self, **arguments: Any) -> None:
            with LangChainErrors():
                try:
                    super().__init__(**arguments)
                finally:
                    arguments.clear()  # error trackers show local variables, and the key is one

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
            return request.count_tokens(
                messages, partial(super().get_num_tokens_from_messages, tools=tools)
            )
        formatted: list[Any] = [*request.to_tools(tools or ())]
        return request.count_tokens(messages, partial(count_tokens_approximately, tools=formatted))

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
            formatted = request.to_tools(tools, strict=strict)
            choice = integration.to_tool_choice(tool_choice, formatted)
        if choice is not None:
            kwargs["tool_choice"] = choice
        if parallel_tool_calls is not None:
            kwargs["parallel_tool_calls"] = parallel_tool_calls
        kwargs = {**request.answer_tools(tools), **kwargs}
        if "response_format" in kwargs:
            plan = integration.plan_given_format(kwargs["response_format"])
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
        from langchain_weryai.structured_output import bind_schema, to_chain

        bound, parser = bind_schema(self, schema, method=method, strict=strict, **kwargs)
        return to_chain(bound, parser, include_raw=include_raw)


# LangChain describes its fields in comments of its source only.
integration.document_fields(
    ChatWeryAI,
    {
        "name": "Name of the runnable in traces.",
        "cache": "True for LangChain's global cache of answers, False for none, or a cache.",
        "verbose": "Whether to print answers; else LangChain's global setting.",
        "callbacks": "Callbacks of every call.",
        "tags": "Tags of every call in traces.",
        "metadata": "Metadata of every call in traces.",
        "custom_get_token_ids": "Function that counts tokens in place of the estimate.",
        "rate_limiter": "LangChain's limiter, which is asked before each request.",
        "disable_streaming": "Whether streams are made of one whole answer; `tool_calling` for "
        "calls with tools only.",
        "output_version": "Form of message content: v0, or v1 for LangChain's standard blocks.",
        "profile": "What the model can do; else what is known of it.",
    },
)

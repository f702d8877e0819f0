"""LlamaIndex's classes, and how to call them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CitationBlock,
    MessageRole,
    ThinkingBlock,
)
from llama_index.core.callbacks import CallbackManager, TokenCountingHandler
from llama_index.core.tools import FunctionTool

from llama_index_weryai import WeryAI
from peer_rows.trial import GEMINI, MODEL, Answer, Framework, Subject

PROMPT = "What is the weather like?"


def get_weather(city: str = "Rome") -> str:
    """Look up the weather in a city."""
    return f"It is sunny in {city}."


TOOL = FunctionTool.from_defaults(get_weather)


def answer_of(model: Any, response: Any) -> Answer:
    """Convert LlamaIndex's response to an `Answer`."""
    message = response.message
    calls = model.get_tool_calls_from_response(response, error_on_no_tool_call=False)
    reasoning = [b.content or "" for b in message.blocks if isinstance(b, ThinkingBlock)]
    return Answer(
        text=message.content or "",
        reasoning="".join(reasoning),
        sources=_sources(response),
        usage=None,
        calls=[(call.tool_name, call.tool_kwargs) for call in calls],
        message=message,
    )


def _sources(response: Any) -> str:
    blocks = [block for block in response.message.blocks if isinstance(block, CitationBlock)]
    if any(block.source.startswith("https://") for block in blocks):
        return "citations"
    if "https://" in str(response.message.additional_kwargs):
        return "only in `additional_kwargs`"
    return "only in `raw`" if "https://" in str(response.raw) else "lost"


def counted(model: Any, call: Callable[[], Any]) -> Answer:
    """Return the answer of a call, with the tokens that a `TokenCountingHandler` counts."""
    # The tokenizer is for estimates; LlamaIndex fetches its own from the network.
    handler = TokenCountingHandler(tokenizer=str.split)
    model.callback_manager = CallbackManager([handler])
    answer = answer_of(model, call())
    usage = (handler.prompt_llm_token_count, handler.completion_llm_token_count)
    return Answer(**{**vars(answer), "usage": usage})


def pieces(model: Any, *, tools: bool = False, **parameters: Any) -> Iterator[Any]:
    """Yield the responses of a stream."""
    if not tools:
        yield from model.stream_chat([ChatMessage(PROMPT)], **parameters)
        return
    yield from model.stream_chat_with_tools(
        [TOOL], user_msg=PROMPT, allow_parallel_tool_calls=True, **parameters
    )


async def apieces(model: Any) -> AsyncIterator[Any]:
    """Return the responses of a stream, asynchronous."""
    responses: AsyncIterator[Any] = await model.astream_chat([ChatMessage(PROMPT)])
    return responses


def ask(model: Any, *, tools: bool = False) -> Answer:
    """Return a whole answer."""
    if not tools:
        return counted(model, lambda: model.chat([ChatMessage(PROMPT)]))
    return answer_of(
        model, model.chat_with_tools([TOOL], user_msg=PROMPT, allow_parallel_tool_calls=True)
    )


async def aask(model: Any) -> Answer:
    """Return a whole answer, asynchronous."""
    return answer_of(model, await model.achat([ChatMessage(PROMPT)]))


def stream(model: Any, *, tools: bool = False, **parameters: Any) -> Answer:
    """Return the last response of a stream, which contains the whole answer."""
    nothing = ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT))
    return counted(model, lambda: [nothing, *pieces(model, tools=tools, **parameters)][-1])


def send(model: Any, conversation: Sequence[tuple[str, str]]) -> Answer:
    """Return an answer to a conversation."""
    return answer_of(
        model, model.chat([ChatMessage(text, role=role) for role, text in conversation])
    )


def answer_back(model: Any, message: Any) -> Answer:
    """Return an answer to a tool's result."""
    result = ChatMessage(
        "Sunny", role=MessageRole.TOOL, additional_kwargs={"tool_call_id": "call_1"}
    )
    history = [ChatMessage(PROMPT), message, result]
    return answer_of(model, model.chat_with_tools([TOOL], chat_history=history))


def shown_by(model: Any, secret: str) -> list[str]:
    """List the ways in which a model shows a secret."""
    ways: dict[str, Callable[[], str]] = {
        "repr": lambda: repr(model),
        "str": lambda: str(model),
        "to_dict": lambda: str(model.to_dict()),
        "to_json": lambda: str(model.to_json()),
        "model_dump": lambda: str(model.model_dump()),
    }
    return [f"`{name}`" for name, show in ways.items() if secret in show()]


LLAMA_INDEX = Framework(
    ask=ask,
    stream=stream,
    aask=aask,
    pieces=pieces,
    apieces=apieces,
    send=send,
    answer_back=answer_back,
    shown_by=shown_by,
)


def _weryai(base_url: str, model: str = MODEL, **settings: Any) -> Any:
    return WeryAI(model=model, api_base=base_url, **settings)


OURS = Subject("WeryAI", LLAMA_INDEX, _weryai)


def subjects(missing: Callable[[str], None]) -> list[Subject]:
    """Return our class and the installed peers; call `missing` with each import error."""
    found = [OURS]
    for peer in (_openai_like, _openrouter, _litellm):
        try:
            found.append(peer())
        except ImportError as error:
            missing(str(error))
    return found


_ASK_FOR_USAGE = {"stream_options": {"include_usage": True}}
_ABILITIES = {"is_function_calling_model": True, "context_window": 128_000}


def _openai_like() -> Subject:
    from llama_index.llms.openai_like import OpenAILike

    def make(base_url: str, model: str = MODEL, **settings: Any) -> Any:
        settings = {"is_chat_model": True, **_ABILITIES, **settings}
        return OpenAILike(model=model, api_base=base_url, **settings)

    return Subject("OpenAILike", LLAMA_INDEX, make, usage_parameters=_ASK_FOR_USAGE)


def _openrouter() -> Subject:
    from llama_index.llms.openrouter import OpenRouter

    def make(base_url: str, model: str = MODEL, **settings: Any) -> Any:
        return OpenRouter(model=model, api_base=base_url, **{**_ABILITIES, **settings})

    return Subject("OpenRouter", LLAMA_INDEX, make, usage_parameters=_ASK_FOR_USAGE)


def _litellm() -> Subject:
    import litellm
    from llama_index.llms.litellm import LiteLLM

    litellm.suppress_debug_info = True
    # LiteLLM learns the abilities of an unknown model this way.
    abilities = {"supports_function_calling": True, "max_input_tokens": 128_000}
    facts = {"litellm_provider": "openai", "mode": "chat", **abilities}
    litellm.register_model({f"openai/{model}": facts for model in (MODEL, GEMINI)})

    def make(base_url: str, model: str = MODEL, **settings: Any) -> Any:
        return LiteLLM(model=f"openai/{model}", api_base=base_url, **settings)

    return Subject("LiteLLM", LLAMA_INDEX, make, usage_parameters=_ASK_FOR_USAGE)

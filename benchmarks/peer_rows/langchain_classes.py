"""LangChain's classes, and how to call them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from langchain_core.load import dumps
from langchain_core.messages import AIMessageChunk, BaseMessage, ToolMessage
from langchain_core.messages.utils import convert_to_messages

from langchain_weryai import ChatWeryAI
from peer_rows.trial import MODEL, Answer, Framework, Subject

PROMPT = "What is the weather like?"


def get_weather(city: str = "Rome") -> str:
    """Look up the weather in a city."""
    return f"It is sunny in {city}."


def answer_of(message: Any) -> Answer:
    """Convert LangChain's message to an `Answer`."""
    blocks = message.content_blocks
    usage = message.usage_metadata
    return Answer(
        text=message.text,
        reasoning="".join(b.get("reasoning", "") for b in blocks if b["type"] == "reasoning"),
        sources=_sources(message, blocks),
        usage=(usage["input_tokens"], usage["output_tokens"]) if usage else None,
        calls=[(call["name"], call["args"]) for call in message.tool_calls],
        message=message,
    )


def _sources(message: BaseMessage, blocks: Sequence[Any]) -> str:
    notes = [note for block in blocks for note in block.get("annotations", ())]
    if any(note.get("type") == "citation" and note.get("url") for note in notes):
        return "citations"
    for place in ("additional_kwargs", "response_metadata"):
        if "https://" in str(getattr(message, place)):
            return f"only in `{place}`"
    return "lost"


def pieces(model: Any, *, tools: bool = False, **parameters: Any) -> Iterator[Any]:
    """Yield the chunks of an answer."""
    chunks: Iterator[Any] = _with_tools(model, tools).stream(PROMPT, **parameters)
    return chunks


async def apieces(model: Any) -> AsyncIterator[Any]:
    """Return the chunks of an answer, asynchronous."""
    chunks: AsyncIterator[Any] = model.astream(PROMPT)
    return chunks


def ask(model: Any, *, tools: bool = False, **parameters: Any) -> Answer:
    """Return a whole answer."""
    return answer_of(_with_tools(model, tools).invoke(PROMPT, **parameters))


async def aask(model: Any) -> Answer:
    """Return a whole answer, asynchronous."""
    return answer_of(await model.ainvoke(PROMPT))


def stream(model: Any, *, tools: bool = False, **parameters: Any) -> Answer:
    """Return a streamed answer, merged."""
    chunks = list(pieces(model, tools=tools, **parameters))
    return answer_of(sum(chunks[1:], start=chunks[0]) if chunks else AIMessageChunk(content=""))


def send(model: Any, conversation: Sequence[tuple[str, str]]) -> Answer:
    """Return an answer to a conversation."""
    return answer_of(model.invoke(list(conversation)))


def answer_back(model: Any, message: Any) -> Answer:
    """Return an answer to a tool's result."""
    result = ToolMessage("Sunny", tool_call_id=message.tool_calls[0]["id"])
    history = [*convert_to_messages([PROMPT]), message, result]
    return answer_of(_with_tools(model, True).invoke(history))


def shown_by(model: Any, secret: str) -> list[str]:
    """List the ways in which a model shows a secret."""
    ways: dict[str, Callable[[], str]] = {
        "repr": lambda: repr(model),
        "str": lambda: str(model),
        "dumps": lambda: dumps(model),
        "model_dump": lambda: str(model.model_dump()),
        "asdict": lambda: str(model.asdict()),
    }
    return [f"`{name}`" for name, show in ways.items() if secret in show()]


def _with_tools(model: Any, tools: bool) -> Any:
    return model.bind_tools([get_weather]) if tools else model


LANGCHAIN = Framework(
    ask=ask,
    stream=stream,
    aask=aask,
    pieces=pieces,
    apieces=apieces,
    send=send,
    answer_back=answer_back,
    shown_by=shown_by,
)


def _chat_weryai(base_url: str, model: str = MODEL, **settings: Any) -> Any:
    return ChatWeryAI(model=model, base_url=base_url, **settings)


OURS = Subject("ChatWeryAI", LANGCHAIN, _chat_weryai, key_field="weryai_api_key")


def subjects(missing: Callable[[str], None]) -> list[Subject]:
    """Return our class and the installed peers; call `missing` with each import error."""
    found = [OURS]
    for peer in (_openai, _openrouter, _litellm):
        try:
            found.append(peer())
        except ImportError as error:
            missing(str(error))
    return found


def _openai() -> Subject:
    from langchain_openai import ChatOpenAI

    def make(base_url: str, model: str = MODEL, **settings: Any) -> Any:
        return ChatOpenAI(model=model, base_url=base_url, **settings)

    usage = {"stream_usage": True}
    return Subject("ChatOpenAI", LANGCHAIN, make, usage, key_field="openai_api_key")


def _openrouter() -> Subject:
    from langchain_openrouter import ChatOpenRouter

    def make(base_url: str, model: str = MODEL, **settings: Any) -> Any:
        return ChatOpenRouter(model=model, base_url=base_url, **settings)

    return Subject("ChatOpenRouter", LANGCHAIN, make, key_field="openrouter_api_key")


def _litellm() -> Subject:
    import litellm
    from langchain_litellm import ChatLiteLLM

    litellm.suppress_debug_info = True

    def make(base_url: str, model: str = MODEL, **settings: Any) -> Any:
        return ChatLiteLLM(model=f"openai/{model}", api_base=base_url, **settings)

    usage = {"stream_options": {"include_usage": True}}
    return Subject("ChatLiteLLM", LANGCHAIN, make, usage, key_field="api_key")

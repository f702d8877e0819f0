"""What users write. Type checkers must have nothing to say about it; it is not run."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, TypedDict, assert_type

import httpx
import httpx2
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.rate_limiters import InMemoryRateLimiter
from langchain_core.runnables import Runnable, RunnableSerializable
from langchain_core.tools import tool
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    MessageRole,
)
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel, SecretStr

from langchain_weryai import ChatWeryAI, format_with_sources
from langchain_weryai.arguments import ChatWeryAIArguments
from langchain_weryai.structured_output import RawAnswer
from llama_index_weryai import WeryAI
from weryai_core import (
    APIError,
    AsyncClient,
    Chunk,
    Client,
    ModelInfo,
    RateLimitError,
    WeryAIError,
    model_info,
)
from weryai_emulator import Emulator, RecordedRequest


class Joke(BaseModel):
    setup: str
    punchline: str


class Place(TypedDict):
    city: str
    country: str


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}"


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


# ChatWeryAI: arguments

ChatWeryAI(model="GPT_4O")
ChatWeryAI(model="GPT_4O", api_key="key", base_url="http://localhost:8080")
ChatWeryAI(model="GPT_4O", api_key=SecretStr("key"), proxy="http://proxy:3128")
ChatWeryAI(model="GPT_4O", weryai_api_key="key", weryai_api_base="http://localhost:8080")
ChatWeryAI(model="GPT_4O", timeout=30, max_retries=5, default_headers={"X-Team": "blue"})
ChatWeryAI(model="GPT_4O", request_timeout=httpx.Timeout(30), stop_sequences=["END"], n=2)
ChatWeryAI(model="GPT_4O", http_client=httpx2.Client(), http_async_client=httpx2.AsyncClient())
ChatWeryAI(model="GPT_4O", temperature=0, top_p=0.5, max_tokens=100, seed=1, stop="END")
ChatWeryAI(model="GPT_4O", web_search=True, message_overflow="trim", tool_calling="prompted")
ChatWeryAI(model="GPT_4O", name="writer", tags=["a"], metadata={"b": 1}, cache=False, verbose=True)
ChatWeryAI(model="GPT_4O", rate_limiter=InMemoryRateLimiter(), disable_streaming="tool_calling")
ChatWeryAI(model="GPT_4O", model_kwargs={"user": "u1"}, extra_body={"plugins": [{"id": "web"}]})

settings: ChatWeryAIArguments = {"temperature": 0, "max_tokens": 100}
model = ChatWeryAI(model="GPT_4O", **settings)
any_chat_model: BaseChatModel = model
assert_type(model.temperature, float | None)
assert_type(model.weryai_api_key, SecretStr | None)
assert_type(model.model, str)

# ChatWeryAI: calls

assert_type(model.invoke("Hello"), AIMessage)
assert_type(model.invoke([HumanMessage("Hello")], temperature=0).text.upper(), str)
for piece in model.stream("Hello"):
    assert_type(piece, AIMessageChunk)

prompt = ChatPromptTemplate.from_messages([("system", "Be brief."), ("human", "{question}")])
chain: RunnableSerializable[dict[str, Any], str] = prompt | model | StrOutputParser()
print(chain.invoke({"question": "Why?"}))
model.with_retry(stop_after_attempt=2).with_fallbacks([ChatWeryAI(model="GEMINI_25_FLASH")])
print(format_with_sources(model.invoke("Who won yesterday?")))

with_tools = model.bind_tools([get_weather, add, Joke, {"type": "web_search"}], tool_choice="auto")
assert_type(with_tools.invoke("Hello"), AIMessage)
for call in with_tools.invoke("Hello").tool_calls:
    print(call["name"], call["args"])

# ChatWeryAI: structured output

assert_type(model.with_structured_output(Joke), Runnable[LanguageModelInput, Joke])
assert_type(model.with_structured_output(Joke).invoke("A joke").punchline, str)
assert_type(model.with_structured_output(Joke, method="json_schema", strict=True).invoke(""), Joke)
assert_type(model.with_structured_output(Place).invoke("Rome")["city"], str)
assert_type(
    model.with_structured_output({"title": "Joke", "type": "object"}).invoke("A joke"),
    dict[str, Any],
)
raw = model.with_structured_output(Joke, include_raw=True).invoke("A joke")
assert_type(raw, RawAnswer[Joke])
assert_type(raw["raw"], AIMessage)
assert_type(raw["parsed"], Joke | None)
if raw["parsing_error"] is None and raw["parsed"] is not None:
    print(raw["parsed"].setup)
raw_dict = model.with_structured_output({"title": "Joke"}, include_raw=True).invoke("A joke")
assert_type(raw_dict["parsed"], dict[str, Any] | None)


async def use_langchain_async() -> AsyncIterator[str]:
    assert_type(await model.ainvoke("Hello"), AIMessage)
    async for piece in model.astream("Hello"):
        yield piece.text
    assert_type(await model.with_structured_output(Joke).ainvoke("A joke"), Joke)
    async with ChatWeryAI(model="GPT_4O") as opened:
        await opened.ainvoke("Hello")


# WeryAI: arguments

WeryAI(model="GPT_4O")
WeryAI(model="GPT_4O", api_key="key", base_url="http://localhost:8080")
WeryAI(model="GPT_4O", api_key=SecretStr("key"), api_base="http://localhost:8080")
WeryAI(model="GPT_4O", temperature=0.1, max_tokens=100, timeout=30, max_retries=3, stop=["END"])
WeryAI(model="GPT_4O", async_http_client=httpx.AsyncClient(), proxy="http://proxy:3128")
WeryAI(model="GPT_4O", context_window=10_000, strict=True, additional_kwargs={"user": "u1"})
WeryAI(model="GPT_4O", system_prompt="Be brief.", is_function_calling_model=False)

llm = WeryAI(model="GPT_4O", web_search=True, message_overflow="merge", echo_reasoning=True)
WeryAI(model="GPT_4O", reasoning_tags=False)
ChatWeryAI(model="GPT_4O", reasoning_tags=False)
any_llm: FunctionCallingLLM = llm
assert_type(llm.temperature, float | None)

# WeryAI: calls

assert_type(llm.complete("Hello"), CompletionResponse)
assert_type(llm.chat([ChatMessage(role=MessageRole.USER, content="Hello")]), ChatResponse)
for response in llm.stream_complete("Hello"):
    print(response.delta)
for answer in llm.stream_chat([ChatMessage("Hello")], temperature=0):
    print(answer.delta)
assert_type(llm.predict(PromptTemplate("Tell {what}"), what="a joke"), str)

functions = [FunctionTool.from_defaults(add)]
selections = llm.get_tool_calls_from_response(llm.chat_with_tools(functions, user_msg="1 + 1?"))
for selection in selections:
    print(selection.tool_name, selection.tool_kwargs)
print(llm.predict_and_call(functions, user_msg="1 + 1?").response)

# WeryAI: structured output

assert_type(
    llm.structured_predict(Joke, PromptTemplate("A joke about {topic}"), topic="cats"), Joke
)
print(llm.as_structured_llm(Joke).complete("A joke").raw)


async def use_llama_index_async() -> AsyncIterator[str | None]:
    assert_type(await llm.acomplete("Hello"), CompletionResponse)
    async for response in await llm.astream_chat([ChatMessage("Hello")]):
        yield response.delta
    assert_type(await llm.astructured_predict(Joke, PromptTemplate("A joke")), Joke)
    await llm.aclose()


# The clients


def use_client() -> Iterator[str]:
    request = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
    with Client(api_key="key", base_url="http://localhost:8080", timeout=30) as client:
        chunk = client.chat(request)
        assert_type(chunk, Chunk)
        assert_type(chunk.text, str)
        for piece in client.stream(request):
            yield piece.text
    try:
        Client().chat(request)
    except RateLimitError as error:
        assert_type(error.retry_after, float | None)
    except APIError as error:
        print(error.status_code, error.request_id)
    except WeryAIError as error:
        print(error.message)


async def use_async_client() -> AsyncIterator[str]:
    async with AsyncClient(api_key=SecretStr("key"), max_retries=0) as client:
        print((await client.chat({"model": "GPT_4O", "messages": []})).text)
        async for piece in client.stream({"model": "GPT_4O", "messages": []}):
            yield piece.text


assert_type(model_info("GPT_4O"), ModelInfo | None)

# The emulator

with Emulator(api_keys=["key"], error_style="openai", source_shape="gemini") as emulator:
    emulator.reply("Hello")
    emulator.reply({"content": "", "reasoning_content": "Hm."}, finish_reason="length")
    emulator.reply_error(429, headers={"Retry-After": "0"})
    ChatWeryAI(model="GPT_4O", api_key="key", base_url=emulator.base_url).invoke("Hello")
    assert_type(emulator.last_request, RecordedRequest)
    print(len(emulator.requests), emulator.last_request.json["messages"])

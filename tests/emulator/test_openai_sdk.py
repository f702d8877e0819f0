"""The OpenAI SDK as a client of the emulator."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

openai = pytest.importorskip("openai")

MODEL = "GPT_4O"
HELLO = [{"role": "user", "content": "Hello"}]
ANSWER = 'Hello! You said: "Hello"'
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the weather at a location.",
        "parameters": {
            "type": "object",
            "properties": {"location": {"type": "string"}},
            "required": ["location"],
        },
    },
}


class Joke(BaseModel):
    setup: str
    punchline: str


@pytest.fixture
def client(emulator):
    with openai.OpenAI(base_url=emulator.base_url, api_key="any", max_retries=0) as client:
        yield client


@pytest.fixture
async def async_client(emulator):
    options = {"base_url": emulator.base_url, "api_key": "any", "max_retries": 0}
    async with openai.AsyncOpenAI(**options) as client:
        yield client


def test_an_answer_is_read(client):
    response = client.chat.completions.with_raw_response.create(model=MODEL, messages=HELLO)
    completion = response.parse()
    assert completion.choices[0].message.content == ANSWER
    assert completion.usage.total_tokens == 12
    assert response.request_id.startswith("req-")


def test_a_stream_is_read(client):
    stream = client.chat.completions.create(
        model=MODEL, messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    texts = [choice.delta.content or "" for chunk in chunks for choice in chunk.choices]
    assert "".join(texts) == ANSWER
    assert chunks[-1].usage.total_tokens == 12


def test_a_tool_is_called_and_its_result_answered(client):
    messages = [{"role": "user", "content": "What is the weather in Paris?"}]
    completion = client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER])
    message = completion.choices[0].message
    [call] = message.tool_calls
    assert (call.function.name, call.function.arguments) == ("get_weather", '{"location": "Paris"}')
    messages += [
        message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": "It is sunny"},
    ]
    completion = client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER])
    assert completion.choices[0].message.content == "get_weather returned: It is sunny"


def test_a_streamed_tool_call_is_put_together(client):
    messages = [{"role": "user", "content": "What is the weather in Paris?"}]
    with client.chat.completions.stream(model=MODEL, messages=messages, tools=[WEATHER]) as stream:
        completion = stream.get_final_completion()
    [call] = completion.choices[0].message.tool_calls
    assert call.function.arguments == '{"location": "Paris"}'
    assert completion.choices[0].finish_reason == "tool_calls"


def test_a_structured_answer_is_parsed(client):
    completion = client.chat.completions.parse(
        model=MODEL,
        messages=[{"role": "user", "content": "Tell me a joke about cats."}],
        response_format=Joke,
    )
    joke = completion.choices[0].message.parsed
    assert "cats" in joke.setup
    assert joke.punchline


def test_the_models_are_listed(client):
    assert len(list(client.models.list())) == 28


def test_errors_raise_the_sdks_classes(client, emulator):
    emulator.reply_error(429, headers={"Retry-After": "3"})
    with pytest.raises(openai.RateLimitError) as error:
        client.chat.completions.create(model=MODEL, messages=HELLO)
    assert error.value.response.headers["retry-after"] == "3"
    with pytest.raises(openai.BadRequestError, match="model not supported"):
        client.chat.completions.create(model="gpt-4o", messages=HELLO)


async def test_a_stream_is_read_async(async_client):
    stream = await async_client.chat.completions.create(model=MODEL, messages=HELLO, stream=True)
    texts = [chunk.choices[0].delta.content or "" async for chunk in stream]
    assert "".join(texts) == ANSWER

"""LlamaIndex's hooks: output parsers, prompt functions and rate limiters."""

import asyncio

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.prompts import ChatPromptTemplate, PromptTemplate
from llama_index.core.rate_limiter import TokenBucketRateLimiter
from llama_index.core.types import BaseOutputParser

PROMPT = PromptTemplate("Name {what}.")


class Shouting(BaseOutputParser):
    """Asks for a short answer and writes it in capitals."""

    def parse(self, output):
        return output.upper()

    def format(self, query):
        return f"{query} Shortly."


@pytest.fixture
def limiter():
    class Counting(TokenBucketRateLimiter):
        """Records its calls."""

        def acquire(self, num_tokens=0):
            asked.append("acquire")

        async def async_acquire(self, num_tokens=0):
            asked.append("async_acquire")

    asked = []
    return Counting(requests_per_minute=60), asked


@pytest.mark.parametrize("entrance", ["predict", "apredict"])
def test_an_output_parser_sees_the_question_and_the_answer(make_llm, weryai_emulator, entrance):
    weryai_emulator.reply("a cat")
    llm = make_llm(output_parser=Shouting())
    answer = getattr(llm, entrance)(PROMPT, what="an animal")
    answer = asyncio.run(answer) if entrance == "apredict" else answer
    assert answer == "A CAT"
    [message] = weryai_emulator.last_request.json["messages"]
    assert message["content"] == "Name an animal. Shortly."


def test_an_output_parser_of_the_prompt_is_used(llm, weryai_emulator):
    weryai_emulator.reply("a cat")
    prompt = PromptTemplate("Name {what}.", output_parser=Shouting())
    assert llm.predict(prompt, what="an animal") == "a cat"
    assert weryai_emulator.last_request.json["messages"][0]["content"].endswith(" Shortly.")


def test_messages_to_prompt_writes_the_prompt_of_a_completion_model(make_llm, weryai_emulator):
    def write(messages):
        return "|".join(message.content for message in messages)

    weryai_emulator.reply("a cat")
    llm = make_llm(is_chat_model=False, messages_to_prompt=write)
    prompt = ChatPromptTemplate([ChatMessage("Be kind.", role="system"), ChatMessage("{what}?")])
    assert llm.predict(prompt, what="Who") == "a cat"
    [message] = weryai_emulator.last_request.json["messages"]
    assert message["content"] == "Be kind.|Who?"


@pytest.mark.parametrize("method", ["chat", "astream_chat", "acomplete", "stream_complete"])
def test_a_rate_limiter_is_asked_once_per_call(make_llm, method, ask, weryai_emulator, limiter):
    rate_limiter, asked = limiter
    ask(make_llm(rate_limiter=rate_limiter), method)
    assert asked == ["async_acquire" if method.startswith("a") else "acquire"]
    assert len(weryai_emulator.requests) == 1

"""A structured answer is read, or refused, the same way in each mode, whatever is around it."""

import pytest
from hypothesis import given
from llama_index.core import PromptTemplate
from person_and_weather import WEATHER_TOOL
from strange_replies import Gateway, bounded
from wrapped_answers import BROKEN, READ, Joke, sizes, streamed, whole, wrapped

from llama_index_weryai import WeryAI
from weryai_core import StructuredOutputError

PROMPT = PromptTemplate("Hello")


@pytest.fixture(scope="module")
def gateway():
    gateway = Gateway()
    yield gateway
    gateway.client.close()


@pytest.fixture(scope="module")
def llms(gateway):
    """In each mode, with retries: a second request fails for lack of an answer."""
    settings = {"api_key": "k", "api_base": "http://gateway/v1", "http_client": gateway.client}
    return [
        WeryAI(model="GPT_4O", pydantic_program_mode=mode, **settings)
        for mode in ("default", "function", "llm")
    ]


def results(gateway, llms, text, size):
    """What each mode makes of an answer: whole and streamed, alone and with a tool."""
    for llm in llms:
        for offered in ({}, {"tools": [WEATHER_TOOL]}):
            gateway.answers[:] = [whole(text)]
            yield lambda llm=llm, offered=offered: llm.structured_predict(Joke, PROMPT, offered)
            gateway.answers[:] = [streamed(text, size)]
            yield lambda llm=llm, offered=offered: [
                *llm.stream_structured_predict(Joke, PROMPT, offered)
            ][-1]
            gateway.requests.clear()


@bounded(25)
@given(wrapped(), sizes)
def test_each_mode_reads_the_object(gateway, llms, text, size):
    for result in results(gateway, llms, text, size):
        assert result() == READ


@pytest.mark.parametrize("text", BROKEN)
def test_each_mode_refuses_a_broken_answer(gateway, llms, text):
    for result in results(gateway, llms, text, 5):
        with pytest.raises(StructuredOutputError) as caught:
            result()
        assert type(caught.value) is StructuredOutputError

"""A structured answer is read, or refused, the same way by each method, whatever is around it."""

import pytest
from hypothesis import given
from langchain.agents import create_agent
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.exceptions import OutputParserException
from person_and_weather import weather
from strange_replies import Gateway, bounded
from wrapped_answers import BROKEN, JOKE, READ, Joke, sizes, streamed, whole, wrapped

from langchain_weryai import ChatWeryAI
from langchain_weryai.errors import StructuredOutputError, ToolCallError

METHODS = ("function_calling", "json_schema", "json_mode", "prompted")


@pytest.fixture(scope="module")
def gateway():
    gateway = Gateway()
    yield gateway
    gateway.client.close()


@pytest.fixture(scope="module")
def make(gateway):
    """Makes models that retry twice, so that a second request fails for lack of an answer."""
    settings = {"api_key": "k", "base_url": "http://gateway/v1", "http_client": gateway.client}
    return lambda **given: ChatWeryAI(model="GPT_4O", **settings, **given)


@pytest.fixture(scope="module")
def chains(make):
    """By each method; offering a tool as well by two of them."""
    return [
        make().with_structured_output(
            Joke, method=method, include_raw=True, tools=[weather] if number % 2 else None
        )
        for number, method in enumerate((*METHODS, *METHODS[:2][::-1]))
    ]


def answer(gateway, ask, data):
    gateway.answers[:] = [data]
    result = ask()
    gateway.requests.clear()
    return result


def last(stream):
    *_, piece = stream
    return piece


@bounded(20)
@given(wrapped(), sizes)
def test_each_method_reads_the_object(gateway, chains, text, size):
    for chain in chains:
        found = answer(gateway, lambda chain=chain: chain.invoke("Hello"), whole(text))
        assert (found["parsed"], found["parsing_error"]) == (READ, None)
        data = streamed(text, size)
        merged = {}
        for piece in answer(gateway, lambda chain=chain: list(chain.stream("Hello")), data):
            merged |= piece
        assert (merged["parsed"], merged["parsing_error"]) == (READ, None)


@pytest.mark.parametrize("text", BROKEN)
def test_each_method_refuses_a_broken_answer_with_langchains_error(gateway, make, chains, text):
    for chain in chains:
        found = answer(gateway, lambda chain=chain: chain.invoke("Hello"), whole(text))
        assert found["parsed"] is None
        assert type(found["parsing_error"]) is StructuredOutputError
    for method in METHODS:
        chain = make().with_structured_output(Joke, method=method)
        with pytest.raises(OutputParserException) as caught:
            answer(gateway, lambda chain=chain: last(chain.stream("Hello")), streamed(text, 5))
        assert type(caught.value) is StructuredOutputError


@pytest.mark.parametrize("strategy", [ToolStrategy, ProviderStrategy])
@pytest.mark.parametrize("streaming", [False, True])
def test_agents_read_an_answer_in_the_tokens_of_a_call(gateway, make, strategy, streaming):
    model = make(streaming=streaming)
    agent = create_agent(model, [weather], response_format=strategy(Joke))
    ask = {"messages": ["Hello"]}
    for text in (f"<tool_call>{JOKE}</tool_call>", f'{{"Joke": {JOKE}}}</tool_call>'):
        data = streamed(text, 5) if streaming else whole(text)
        state = answer(gateway, lambda: agent.invoke(ask), data)
        assert state["structured_response"] == READ
    data = whole('<tool_call>{"name": "weather", "arguments": {"city": "Ro')
    with pytest.raises(ToolCallError, match="cannot be read"):
        answer(
            gateway,
            lambda: create_agent(
                make(max_retries=0), [weather], response_format=strategy(Joke)
            ).invoke(ask),
            data,
        )

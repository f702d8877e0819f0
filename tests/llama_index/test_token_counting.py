"""LlamaIndex's token counter uses the service's counts."""

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.callbacks import CallbackManager, TokenCountingHandler
from llama_index.core.prompts import PromptTemplate

USAGE = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
TEXT = {"index": 0, "delta": {"content": "Hi"}, "finish_reason": None}
FINISH = {"index": 0, "delta": {}, "finish_reason": "stop"}


@pytest.fixture
def counter():
    # A tokenizer of our own: one token a word, nothing to load.
    return TokenCountingHandler(tokenizer=str.split)


@pytest.fixture
def counted_llm(make_llm, counter):
    return make_llm(callback_manager=CallbackManager([counter]))


def counts(counter):
    return counter.prompt_llm_token_count, counter.completion_llm_token_count


# The `usage` of a reply -> the counts.
USAGES = {
    "plain": (USAGE, (1000, 500)),
    "with details": (
        {**USAGE, "prompt_tokens_details": {"cached_tokens": 900}, "cost": 0.1},
        (1000, 500),
    ),
    "null details": ({**USAGE, "prompt_tokens_details": None, "total_tokens": None}, (1000, 500)),
    "no total": ({"prompt_tokens": 1000, "completion_tokens": 500}, (1000, 500)),
    "floats": ({"prompt_tokens": 1000.0, "completion_tokens": 500.0}, (1000, 500)),
}


@pytest.mark.parametrize(("usage", "counted"), USAGES.values(), ids=USAGES)
def test_the_services_counts_are_used(counted_llm, counter, ask, weryai_emulator, usage, counted):
    weryai_emulator.reply("Hi", usage=usage)
    ask(counted_llm, "chat")
    assert counts(counter) == counted
    assert counter.total_llm_token_count == sum(counted)
    assert len(counter.llm_token_counts) == 1


# A `usage` without counts: the counter falls back to its tokenizer.
NO_USAGES = {
    "null": None,
    "empty": {},
    "null counts": {"prompt_tokens": None, "completion_tokens": None, "total_tokens": None},
    "text": "none",
}


@pytest.mark.parametrize("usage", NO_USAGES.values(), ids=NO_USAGES)
def test_without_counts_the_tokenizer_estimates(
    counted_llm, counter, ask, to_chunks, weryai_emulator, usage
):
    chunks = [{**chunk, "usage": usage} for chunk in to_chunks({"content": "one two three"})]
    weryai_emulator.reply_chunks(chunks)
    responses = ask(counted_llm, "stream_chat")
    assert "usage" not in responses[-1].raw
    assert counter.completion_llm_token_count == 4  # "assistant:" and three words
    assert counter.prompt_llm_token_count > 0


def test_only_a_null_count_is_estimated(counted_llm, counter, ask, weryai_emulator):
    weryai_emulator.reply("Hi", usage={"prompt_tokens": 1000, "completion_tokens": None})
    ask(counted_llm, "chat")
    assert counts(counter) == (1000, 2)  # "assistant:", "Hi"


# Streams with the usage in different chunks.
STREAMS = {
    "in a chunk of its own": [
        {"choices": [TEXT]},
        {"choices": [FINISH]},
        {"choices": [], "usage": USAGE},
    ],
    "on the finish chunk": [{"choices": [TEXT]}, {"choices": [FINISH], "usage": USAGE}],
    "on the finish chunk, followed by an empty one": [
        {"choices": [TEXT]},
        {"choices": [FINISH], "usage": USAGE},
        {"choices": []},
    ],
    "on the finish chunk, followed by a null": [
        {"choices": [TEXT]},
        {"choices": [FINISH], "usage": USAGE},
        {"choices": [], "usage": None},
    ],
    "growing on every chunk": [
        {"choices": [TEXT], "usage": {"prompt_tokens": 1000, "completion_tokens": 0}},
        {"choices": [TEXT], "usage": {"prompt_tokens": 1000, "completion_tokens": 250}},
        {"choices": [FINISH], "usage": USAGE},
    ],
    "on the first chunk and the last": [
        {"choices": [TEXT], "usage": {"prompt_tokens": 1000}},
        {"choices": [FINISH], "usage": {"prompt_tokens": None, "completion_tokens": 500}},
    ],
}


@pytest.mark.parametrize("chunks", STREAMS.values(), ids=STREAMS)
def test_a_stream_is_counted_wherever_its_usage_is(
    counted_llm, counter, ask, weryai_emulator, chunks
):
    weryai_emulator.reply_chunks(chunks)
    ask(counted_llm, "stream_chat")
    assert counts(counter) == (1000, 500)


def test_every_call_of_an_application_is_counted(counted_llm, counter, weryai_emulator):
    for _ in range(3):
        weryai_emulator.reply("Hi", usage=USAGE)
    counted_llm.predict(PromptTemplate("Hello"))
    list(counted_llm.stream(PromptTemplate("Hello")))
    counted_llm.chat([ChatMessage(content="Hello")])
    assert counts(counter) == (3000, 1500)
    assert [event.total_token_count for event in counter.llm_token_counts] == [1500] * 3


def test_every_method_counts_reasoning_like_the_service(make_llm, counter, method, ask):
    llm = make_llm(model="GEMINI_25_FLASH", callback_manager=CallbackManager([counter]))
    usage = ask(llm, method)[-1].raw["usage"]
    assert usage["completion_tokens_details"]["reasoning_tokens"] > 0
    assert counts(counter) == (usage["prompt_tokens"], usage["completion_tokens"])

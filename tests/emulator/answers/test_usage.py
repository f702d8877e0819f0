from __future__ import annotations

import pytest

from weryai_emulator.answers.completion import Choice
from weryai_emulator.answers.usage import UsageCounter
from weryai_emulator.request.chat_request import ChatRequest

HELLO = {"role": "user", "content": "Hello"}


@pytest.fixture
def count():
    """Counts the usage of the answer "Hi there." to these messages, with one counter."""
    counter = UsageCounter()

    def count(*messages, answer=None, key="", **fields):
        body = {"model": "GPT_4O", "messages": list(messages), **fields}
        request = ChatRequest.from_body(body)
        return counter.count(request, [Choice(answer or {"content": "Hi there."})], key)

    return count


def test_a_message_counts_its_text_and_three_tokens(count):
    assert count(HELLO) == {
        "prompt_tokens": 4,
        "completion_tokens": 3,
        "total_tokens": 7,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


def test_parts_and_audio_count(count):
    parts = [
        {"type": "text", "text": "Hello"},
        {"type": "image_url", "image_url": {"url": "data:,"}},
        {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}},
    ]
    usage = count({"role": "user", "content": parts})
    assert usage["prompt_tokens"] == 4 + 85 + 50
    assert usage["prompt_tokens_details"] == {"cached_tokens": 0, "audio_tokens": 50}
    assert usage["completion_tokens_details"] == {"reasoning_tokens": 0, "audio_tokens": 0}


def test_reasoning_counts_as_completion(count):
    usage = count(HELLO, answer={"content": "Hi.", "reasoning_content": "A greeting"})
    assert usage["completion_tokens"] == 2 + 2
    assert usage["completion_tokens_details"] == {"reasoning_tokens": 2}


def test_tools_and_calls_count(count):
    tools = [{"type": "function", "function": {"name": "f"}}]
    calls = [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    usage = count(HELLO, tools=tools, answer={"content": None, "tool_calls": calls})
    assert usage["prompt_tokens"] > 4
    assert usage["completion_tokens"] > 0


def long(*, tokens, start="a"):
    """A message that counts so many tokens: three, and one for each word of its text."""
    return {"role": "user", "content": " ".join([start, *["word"] * (tokens - 4)])}


def details(usage):
    return usage["prompt_tokens_details"]


@pytest.mark.parametrize(
    ("tokens", "cached"), [(1023, 0), (1024, 1024), (1151, 1024), (1152, 1152), (2000, 1920)]
)
def test_a_prompt_that_was_sent_before_is_cached_from_1024_tokens_on(count, tokens, cached):
    assert count(long(tokens=tokens))["prompt_tokens"] == tokens
    assert details(count(long(tokens=tokens))) == {"cached_tokens": cached}


def test_the_beginning_that_two_prompts_share_is_cached(count):
    assert details(count(long(tokens=1500), HELLO)) == {"cached_tokens": 0}
    assert details(count(long(tokens=1500), long(tokens=500))) == {"cached_tokens": 1408}
    changed = {"role": "user", "content": long(tokens=1300)["content"] + " end"}
    assert details(count(changed)) == {"cached_tokens": 1280}
    assert details(count(long(tokens=1500, start="b"))) == {"cached_tokens": 0}


def test_tools_are_the_beginning_of_a_prompt(count):
    tools = [{"type": "function", "function": {"name": "f", "description": "word " * 1100}}]
    assert details(count(HELLO, tools=tools)) == {"cached_tokens": 0}
    other = {"role": "user", "content": "Good morning"}
    assert details(count(other, tools=tools))["cached_tokens"] >= 1024
    assert details(count(HELLO)) == {"cached_tokens": 0}


def test_each_model_and_each_key_have_a_cache_of_their_own(count):
    message = long(tokens=1100)
    count(message, key="one")
    assert details(count(message, key="two")) == {"cached_tokens": 0}
    assert details(count(message, key="one", model="GPT_5")) == {"cached_tokens": 0}
    assert details(count(message, key="one")) == {"cached_tokens": 1024}


def marked(tokens):
    message = long(tokens=tokens)
    mark = {"type": "text", "text": message["content"], "cache_control": {"type": "ephemeral"}}
    return {"role": "system", "content": [mark]}


def test_marked_messages_are_written_to_the_cache_once(count):
    assert details(count(marked(1100))) == {"cached_tokens": 0, "cache_write_tokens": 1100}
    again = details(count(marked(1100), HELLO))
    assert again == {"cached_tokens": 1100, "cache_write_tokens": 0}
    longer = details(count(marked(1100), HELLO, marked(50)))
    assert longer == {"cached_tokens": 1100, "cache_write_tokens": 54}


def test_a_marked_prompt_that_is_too_short_is_not_cached(count):
    for _ in range(2):
        assert details(count(marked(1023))) == {"cached_tokens": 0, "cache_write_tokens": 0}


def test_a_forgotten_prompt_is_not_cached():
    counter = UsageCounter()
    request = ChatRequest.from_body({"model": "GPT_4O", "messages": [long(tokens=1100)]})
    for _ in range(2):
        assert details(counter.count(request, [Choice({"content": "Hi."})]))["cached_tokens"] == 0
        counter.forget()

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

    def count(*messages, answer=None, **fields):
        request = ChatRequest.from_body({"model": "GPT_4O", "messages": list(messages), **fields})
        return counter.count(request, [Choice(answer or {"content": "Hi there."})])

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


def test_the_beginning_of_an_earlier_prompt_counts_as_cached(count):
    def cached(*messages, **fields):
        return count(*messages, **fields)["prompt_tokens_details"]["cached_tokens"]

    assert cached(HELLO) == 0
    assert cached(HELLO) == 4
    assert cached(HELLO, HELLO) == 4
    assert cached(HELLO, HELLO) == 8
    assert cached(HELLO, model="GPT_5") == 0


def test_marked_messages_are_written_to_the_cache_once(count):
    mark = {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}
    system = {"role": "system", "content": [mark]}
    first = count(system)
    marked = first["prompt_tokens"]
    assert first["prompt_tokens_details"] == {"cached_tokens": 0, "cache_write_tokens": marked}
    again = count(system, HELLO)["prompt_tokens_details"]
    assert again == {"cached_tokens": marked, "cache_write_tokens": 0}


def test_a_forgotten_prompt_is_not_cached():
    counter = UsageCounter()
    request = ChatRequest.from_body({"model": "GPT_4O", "messages": [HELLO]})
    for _ in range(2):
        usage = counter.count(request, [Choice({"content": "Hi."})])
        assert usage["prompt_tokens_details"]["cached_tokens"] == 0
        counter.forget()

"""The body for an upstream."""

from __future__ import annotations

import pytest

from weryai_emulator.request.chat_request import ChatRequest
from weryai_emulator.upstream.request import to_upstream
from weryai_emulator.web_search.pages import Page

HELLO = [{"role": "user", "content": "Hello"}]
PAGES = [
    Page("https://example.com/a", "First", "2025-06-01", "It is sunny."),
    Page("https://example.com/b", "Second", "2025-06-02", "It rains."),
]
RESULTS = (
    "Results of a web search:\n"
    "[1] First (https://example.com/a, 2025-06-01): It is sunny.\n"
    "[2] Second (https://example.com/b, 2025-06-02): It rains."
)


def body_for(messages=HELLO, pages=(), **fields):
    request = ChatRequest.from_body({"model": "GPT_4O", "messages": messages, **fields})
    return to_upstream(request, "small", pages)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, {"max_tokens": 1024}),
        ({"max_tokens": None}, {"max_tokens": 1024}),
        ({"max_tokens": 5}, {"max_tokens": 5}),
        ({"max_completion_tokens": 5}, {"max_completion_tokens": 5}),
    ],
)
def test_an_answer_has_the_documented_limit_if_the_request_has_none(given, sent):
    assert body_for(**given) == {"model": "small", "messages": HELLO, **sent}


def test_only_the_plugins_stay_with_the_gateway():
    fields = {
        "max_tokens": 5,
        "tools": [{"type": "function", "function": {"name": "greet"}}],
        "response_format": {"type": "json_object"},
        "cache_prompt": False,
    }
    sent = body_for(**fields, plugins=[{"id": "web"}])
    assert sent == {"model": "small", "messages": HELLO, **fields}


def test_pages_stand_before_the_last_question():
    messages = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "What is the weather?"},
        {"role": "assistant", "content": None, "tool_calls": []},
    ]
    sent = body_for(messages, PAGES)["messages"]
    assert sent[2] == {"role": "user", "content": f"{RESULTS}\n\nWhat is the weather?"}
    assert [*sent[:2], sent[3]] == [*messages[:2], messages[3]]
    assert messages[2]["content"] == "What is the weather?"


def test_pages_are_a_part_of_a_question_in_parts():
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    sent = body_for([{"role": "user", "content": [image]}], PAGES)["messages"]
    assert sent == [
        {"role": "user", "content": [{"type": "text", "text": f"{RESULTS}\n\n"}, image]}
    ]

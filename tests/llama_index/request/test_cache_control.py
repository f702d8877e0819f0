"""The marks of prompt caches."""

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    ImageBlock,
    TextBlock,
)
from message_parts import CACHE, CALL, CALL_BLOCK, assistant, user

from llama_index_weryai.request.messages import to_params
from weryai_core import UnsupportedContentError

EPHEMERAL = {"type": "ephemeral"}
MARKED = {"type": "text", "text": "Long.", "cache_control": EPHEMERAL}
IMAGE_URL = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}


@pytest.mark.parametrize(
    ("message", "content"),
    [
        (user(TextBlock(text="Long.")), [MARKED]),
        (
            user(TextBlock(text="Long."), ImageBlock(url="https://example.com/a.png")),
            [{"type": "text", "text": "Long."}, {**IMAGE_URL, "cache_control": EPHEMERAL}],
        ),
        (
            user(TextBlock(text="Long."), CACHE),
            [{**MARKED, "cache_control": {"type": "ephemeral", "ttl": "5m"}}],
        ),
        (ChatMessage("Long.", role="system"), [MARKED]),
        (assistant(TextBlock(text="Long.")), [MARKED]),
        (assistant(TextBlock(text="Long."), CALL_BLOCK), [MARKED]),
        (assistant(CALL_BLOCK), None),
        (ChatMessage("", role="user"), ""),
        (
            ChatMessage("Long.", role="tool", additional_kwargs={"tool_call_id": "call_1"}),
            [MARKED],
        ),
    ],
    ids=[
        "text",
        "an image at the end",
        "a cache point",
        "system",
        "answer",
        "answer with a call",
        "a call only",
        "no text",
        "result",
    ],
)
def test_the_cache_control_of_a_message_marks_its_last_part(message, content):
    message.additional_kwargs["cache_control"] = dict(EPHEMERAL)
    try:
        assert to_params([message])[0]["content"] == content
    finally:
        del message.additional_kwargs["cache_control"]


@pytest.mark.parametrize(
    ("value", "content"),
    [("ephemeral", [MARKED]), ("", "Long."), (None, "Long."), (True, "Long."), ({}, "Long.")],
)
def test_a_cache_control_may_be_its_type(value, content):
    message = user(TextBlock(text="Long."))
    message.additional_kwargs["cache_control"] = value
    assert to_params([message])[0]["content"] == content


def test_the_cache_control_of_calls_marks_the_message_before_them():
    message = assistant(CALL_BLOCK)
    message.additional_kwargs["cache_control"] = dict(EPHEMERAL)
    try:
        params = to_params([user(TextBlock(text="Long.")), message])
    finally:
        del message.additional_kwargs["cache_control"]
    assert [param["content"] for param in params] == [[MARKED], None]


def test_a_cache_point_of_a_user_that_marks_nothing_is_an_error():
    with pytest.raises(UnsupportedContentError, match="A CachePoint has nothing before it"):
        to_params([user(CACHE, TextBlock(text="Short."))])


def test_a_cache_point_of_a_model_marks_the_text_before_it():
    message = assistant(TextBlock(text="I add."), CALL_BLOCK, CACHE)
    cached = {"type": "text", "text": "I add.", "cache_control": {"type": "ephemeral", "ttl": "5m"}}
    assert to_params([message]) == [
        {"role": "assistant", "content": [cached], "tool_calls": [CALL]}
    ]

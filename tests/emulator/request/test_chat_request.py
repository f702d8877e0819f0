from __future__ import annotations

import pytest

from weryai_emulator.models import MODELS
from weryai_emulator.request.chat_request import ChatRequest

USER = {"role": "user", "content": "Hello"}


def test_five_models_are_geminis():
    models = [key for key in MODELS if ChatRequest({}, key, []).is_for_gemini]
    assert sorted(models) == [
        "GEMINI_25_FLASH",
        "GEMINI_25_PRO",
        "GEMINI_3_1_FLASH_LITE",
        "GEMINI_3_1_PRO",
        "GEMINI_3_5_FLASH",
    ]


@pytest.mark.parametrize("body", [None, [], {}, {"messages": "Hello"}, {"messages": ["Hello"]}])
def test_an_invalid_body_is_a_request_without_messages(body):
    request = ChatRequest.from_body(body)
    assert (request.model, request.messages, request.stream) == ("", [], False)
    assert request.last_user_text == ""


def test_defaults_are_those_of_the_documentation():
    request = ChatRequest.from_body({"model": "GPT_4O", "messages": [USER]})
    assert (request.stream, request.include_usage, request.choices) == (False, False, 1)
    assert (request.max_tokens, request.stop, request.seed) == (1024, [], None)
    assert (request.tools, request.tool_choice, request.response_format) == ([], "auto", {})
    assert (request.audio_format, request.web_plugin) == (None, None)


@pytest.mark.parametrize(
    ("stop", "texts"), [("a", ["a"]), (["a", "", "b"], ["a", "b"]), ("", []), (None, [])]
)
def test_empty_stop_texts_are_dropped(stop, texts):
    assert ChatRequest.from_body({"stop": stop}).stop == texts


def test_system_and_user_texts_are_found():
    parts = [{"type": "text", "text": "Look"}, {"type": "image_url"}, {"type": "text", "text": "!"}]
    messages = [
        {"role": "system", "content": "One."},
        USER,
        {"role": "developer", "content": "Two."},
        {"role": "user", "content": parts},
        {"role": "assistant", "content": "Nice."},
    ]
    request = ChatRequest.from_body({"messages": messages})
    assert request.system_text == "One.\nTwo."
    assert request.last_user_text == "Look\n!"

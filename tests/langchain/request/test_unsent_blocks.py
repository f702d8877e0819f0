"""Blocks that cannot be sent: named to users, left out of answers, in words in results."""

import pytest
from langchain_blocks import MESSAGES, cases
from langchain_core.messages import AIMessage, ChatMessage

from langchain_weryai.request.messages import to_param
from weryai_core import UnsupportedContentError

# Content block -> how the error names it.
UNSUPPORTED = {
    "image id": ({"type": "image", "file_id": "file-1"}, "'image' that holds 'file_id'"),
    "v0 image id": ({"type": "image", "source_type": "id", "id": "f"}, "'image' that holds 'id'"),
    "Responses image id": (
        {"type": "input_image", "file_id": "file-1"},
        "'input_image' that holds 'file_id'",
    ),
    "Anthropic image id": (
        {"type": "image", "source": {"type": "file", "file_id": "f"}},
        "'image' that holds 'file'",
    ),
    "image without a type": ({"type": "image", "base64": "AAAA"}, "'image' that holds 'base64'"),
    "image of nothing": ({"type": "image"}, "'image' that holds 'nothing'"),
    "audio address": (
        {"type": "audio", "url": "https://example.com/a.wav"},
        "'audio' that holds 'url'",
    ),
    "audio id": ({"type": "audio", "file_id": "file-1"}, "'audio' that holds 'file_id'"),
    "audio without a type": ({"type": "audio", "base64": "UklG"}, "'audio' that holds 'base64'"),
    "video id": ({"type": "video", "file_id": "file-1"}, "'video' that holds 'file_id'"),
    "video without a type": ({"type": "video", "base64": "AAAA"}, "'video' that holds 'base64'"),
    "file address": (
        {"type": "file", "url": "https://example.com/a.pdf"},
        "'file' that holds 'url'",
    ),
    "file without a type": ({"type": "file", "base64": "YQ=="}, "'file' that holds 'base64'"),
    "Responses file address": (
        {"type": "input_file", "file_url": "https://example.com/a.pdf"},
        "'input_file' that holds 'file_url'",
    ),
    "Anthropic document address": (
        {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}},
        "'document' that holds 'url'",
    ),
    "Anthropic document of no blocks": (
        {"type": "document", "source": {"type": "content", "content": []}},
        "'document' that holds 'content'",
    ),
    "text file address": (
        {"type": "text-plain", "url": "https://example.com/a.txt"},
        "'text-plain' that holds 'url'",
    ),
    "text file that is not UTF-8": (
        {"type": "text-plain", "base64": "/w=="},
        "'text-plain' that holds 'base64'",
    ),
    "tool result": ({"type": "tool_result", "tool_use_id": "1", "content": "3"}, "'tool_result'"),
    "empty and wrapped": ({"type": "non_standard", "value": {}}, "'non_standard'"),
    "wrapped": ({"type": "non_standard", "value": {"type": "made_up"}}, "'made_up'"),
    "made up": ({"type": "made_up"}, "'made_up'"),
    "without a type": ({"video": {}}, "None"),
    "OpenAI image without an address": (
        {"type": "image_url", "image_url": {"detail": "low"}},
        "'image_url' that holds 'image_url'",
    ),
    "OpenAI audio without data": ({"type": "input_audio"}, "'input_audio' that holds 'nothing'"),
    "Google media without a type": (
        {"type": "media", "data": "AAAA"},
        "'media' that holds 'data'",
    ),
    "Google media of nothing": (
        {"type": "media", "mime_type": "image/png"},
        "'media' that holds 'nothing'",
    ),
    "Google audio address": (
        {"type": "media", "mime_type": "audio/wav", "file_uri": "https://example.com/a.wav"},
        "'media' that holds 'file_uri'",
    ),
    "MCP resource without one": ({"type": "resource"}, "'resource' that holds 'nothing'"),
}


@pytest.mark.parametrize(("block", "words"), cases(UNSUPPORTED))
def test_a_block_of_a_user_that_cannot_be_sent_is_named(block, words):
    for role in ("user", "system"):
        with pytest.raises(UnsupportedContentError) as caught:
            to_param(MESSAGES[role](["First.", block]))
        assert str(caught.value).startswith(f"A content block of type {words}")


@pytest.mark.parametrize(("block", "words"), cases(UNSUPPORTED))
def test_a_block_of_a_model_that_cannot_be_sent_is_left_out(block, words):
    assert to_param(AIMessage(["First.", block]))["content"] == "First."


# Content block of a tool -> what the model reads of it.
IN_WORDS = {
    "image id": ({"type": "image", "file_id": "file-1"}, "[image] file-1"),
    "image without a type": ({"type": "image", "base64": "AAAA"}, "[image]"),
    "audio address": (
        {"type": "audio", "url": "https://example.com/a.wav"},
        "[audio] https://example.com/a.wav",
    ),
    "file address": (
        {"type": "file", "url": "https://example.com/a.pdf", "filename": "a.pdf"},
        "[file] a.pdf: https://example.com/a.pdf",
    ),
    "Anthropic document address": (
        {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}},
        "[document] https://example.com/a.pdf",
    ),
    "Anthropic tool result": (
        {"type": "tool_result", "tool_use_id": "1", "content": [{"type": "text", "text": "3"}]},
        "3",
    ),
    "Anthropic tool result of text": ({"type": "tool_result", "content": "3"}, "3"),
    "Anthropic tool reference": (
        {"type": "tool_reference", "tool_name": "add"},
        '{"type":"tool_reference","tool_name":"add"}',
    ),
    "tool call of a model": (
        {"type": "tool_use", "id": "1", "name": "add", "input": {}},
        '{"type":"tool_use","id":"1","name":"add","input":{}}',
    ),
    "Bedrock JSON": ({"json": {"a": 1}}, '{"a":1}'),
    "made up": ({"type": "made_up", "x": [1, None]}, '{"type":"made_up","x":[1,null]}'),
    "without a type": ({"x": 1}, '{"x":1}'),
    "bytes in it": ({"type": "made_up", "x": b"\x89PNG"}, '{"type":"made_up","x":"iVBORw=="}'),
    "data in it": (
        {"type": "made_up", "x": "Ab1/" * 300},
        '{"type":"made_up","x":"(1200 characters of base64 left out)"}',
    ),
    "a sequence of genes in it": (
        {"type": "made_up", "x": "ACGT" * 300},
        f'{{"type":"made_up","x":"{"ACGT" * 300}"}}',
    ),
    "an object in it": ({"type": "made_up", "x": {1, 2}}, '{"type":"made_up","x":[1,2]}'),
}


@pytest.mark.parametrize(("block", "words"), cases(IN_WORDS))
def test_a_block_of_a_tool_that_cannot_be_sent_is_put_into_words(block, words):
    assert to_param(MESSAGES["tool"](["First.", block]))["content"] == f"First.\n{words}"
    assert to_param(ChatMessage(["First.", block], role="tool"))["content"] == f"First.\n{words}"


@pytest.mark.parametrize(
    "block",
    [
        {"type": "reasoning", "reasoning": "Hm."},
        {"type": "thinking", "thinking": "Hm.", "signature": "x"},
        {"type": "redacted_thinking", "data": "x"},
        {"cachePoint": {"type": "default"}},
    ],
    ids=str,
)
def test_reasoning_and_cache_points_in_the_output_of_a_tool_are_left_out(block):
    assert to_param(MESSAGES["tool"](["First.", block]))["content"] == "First."


@pytest.mark.parametrize(
    "kind",
    [
        "tool_use",
        "tool_call",
        "invalid_tool_call",
        "reasoning",
        "thinking",
        "redacted_thinking",
        "server_tool_call",
        "server_tool_result",
    ],
)
def test_a_block_of_an_assistant_is_refused_in_messages_of_users(kind):
    for role in ("user", "system"):
        with pytest.raises(UnsupportedContentError, match=f"'{kind}' is allowed in an AI"):
            to_param(MESSAGES[role]([{"type": kind}]))

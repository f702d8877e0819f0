"""Token estimates: media by kind, whatever block they are in."""

from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
    trim_messages,
)
from langchain_core.messages.tool import tool_call

from langchain_weryai import ChatWeryAI
from langchain_weryai.request.token_counts import count_tokens

MODEL = ChatWeryAI(model="GPT_4O", api_key="sk-key")
LONG = "A" * 4_000_000
PDF = b64encode(b"%PDF-1.4 " + b"/Type /Page " * 3 + bytes(3_000_000)).decode()
MP3 = b64encode(bytes(160_000)).decode()

IMAGE, PAGES, SOUND, FILM = 1600, 3 * 2300, 320, 9000
# Blocks of all APIs and of both of LangChain's versions -> tokens.
BLOCKS = {
    "v1 image": ({"type": "image", "base64": LONG, "mime_type": "image/png"}, IMAGE),
    "v1 image url": ({"type": "image", "url": "https://example.com/a.png"}, IMAGE),
    "v0 image": (
        {"type": "image", "source_type": "base64", "data": LONG, "mime_type": "image/png"},
        IMAGE,
    ),
    "chat image": (
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{LONG}"}},
        IMAGE,
    ),
    "chat image, low": ({"type": "image_url", "image_url": {"url": "u", "detail": "low"}}, 85),
    "older image": ({"type": "image_url", "image_url": f"data:image/png;base64,{LONG}"}, IMAGE),
    "Responses image": (
        {"type": "input_image", "image_url": f"data:image/png;base64,{LONG}"},
        IMAGE,
    ),
    "Anthropic image": (
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": LONG}},
        IMAGE,
    ),
    "v1 file": ({"type": "file", "base64": PDF, "mime_type": "application/pdf"}, PAGES),
    "v0 file": (
        {"type": "file", "source_type": "base64", "data": PDF, "mime_type": "application/pdf"},
        PAGES,
    ),
    "chat file": (
        {
            "type": "file",
            "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"},
        },
        PAGES,
    ),
    "Responses file": ({"type": "input_file", "filename": "a.pdf", "file_data": PDF}, PAGES),
    "Anthropic document": (
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": PDF},
        },
        PAGES,
    ),
    "file by its id": ({"type": "file", "file_id": "file-1"}, 4600),
    "v1 audio": ({"type": "audio", "base64": MP3, "mime_type": "audio/mpeg"}, SOUND),
    "chat audio": (
        {"type": "input_audio", "input_audio": {"data": MP3, "format": "mp3"}},
        SOUND,
    ),
    "v1 video": ({"type": "video", "base64": LONG, "mime_type": "video/mp4"}, 3600),
    "chat video": ({"type": "video_url", "video_url": {"url": "https://example.com/a"}}, FILM),
    "Google's media": ({"type": "media", "mime_type": "application/pdf", "data": PDF}, PAGES),
    "not LangChain's": (
        {"type": "non_standard", "value": {"type": "input_image", "image_url": "u"}},
        IMAGE,
    ),
    "MCP's resource": (
        {
            "type": "resource",
            "resource": {"uri": "file:///a", "blob": PDF, "mimeType": "application/pdf"},
        },
        PAGES,
    ),
    "Bedrock's document": (
        {"document": {"format": "pdf", "name": "a", "source": {"bytes": b64decode(PDF)}}},
        PAGES,
    ),
    "in another API's result": (
        {"type": "tool_result", "tool_use_id": "c", "content": [{"type": "image", "url": "u"}]},
        IMAGE,
    ),
    "in a document": (
        {
            "type": "document",
            "source": {"type": "content", "content": [{"type": "image", "url": "u"}]},
        },
        IMAGE,
    ),
    "plain text": ({"type": "text-plain", "base64": "QUJD" * 100, "mime_type": "text/plain"}, 75),
}
BARE = MODEL.get_num_tokens_from_messages([HumanMessage("Hello")])


@pytest.mark.parametrize(("block", "tokens"), BLOCKS.values(), ids=BLOCKS)
def test_media_count_by_kind(block, tokens):
    for content in ([{"type": "text", "text": "Hello"}, block], [block, "Hello"]):
        assert MODEL.get_num_tokens_from_messages([HumanMessage(content)]) == BARE + tokens
    result = [ToolMessage([block], tool_call_id="c1")]
    empty = [ToolMessage("", tool_call_id="c1")]
    assert MODEL.get_num_tokens_from_messages(result) == tokens + (
        MODEL.get_num_tokens_from_messages(empty)
    )


@pytest.mark.parametrize(("block", "tokens"), BLOCKS.values(), ids=BLOCKS)
def test_trimming_keeps_media(block, tokens):
    messages = [
        SystemMessage("Be brief."),
        HumanMessage([{"type": "text", "text": "What is this?"}, block]),
        AIMessage("", tool_calls=[tool_call(name="look", args={}, id="c1")]),
        ToolMessage([block], tool_call_id="c1"),
    ]
    limit = 100 + 2 * tokens
    assert trim_messages(messages, max_tokens=limit, token_counter=MODEL) == messages
    kept = trim_messages(messages, max_tokens=50, token_counter=MODEL, include_system=True)
    assert kept == messages[:1]


def test_text_in_blocks_counts_as_text():
    text = "Hello, how are you today?"
    count = MODEL.get_num_tokens_from_messages([HumanMessage(text)])
    for content in (
        [text],
        [{"type": "text", "text": text}],
        [{"type": "input_text", "text": text[:5]}, {"type": "text", "text": text[5:]}],
    ):
        assert MODEL.get_num_tokens_from_messages([HumanMessage(content)]) == count


def test_calls_count_once():
    calls = [tool_call(name="look", args={"where": "left"}, id="c1")]
    use = {"type": "tool_use", "id": "c1", "name": "look", "input": {"where": "left"}}
    in_fields = MODEL.get_num_tokens_from_messages([AIMessage("Hm.", tool_calls=calls)])
    blocks = [{"type": "text", "text": "Hm."}, use]
    assert MODEL.get_num_tokens_from_messages([AIMessage(blocks, tool_calls=calls)]) == in_fields
    assert MODEL.get_num_tokens_from_messages([AIMessage([use], tool_calls=[])]) > BARE


def test_data_in_unknown_blocks_does_not_count():
    block = {
        "type": "new_call",
        "result": LONG,
        "raw": b"\0" * 9999,
        "uri": f"data:x;base64,{LONG}",
    }
    assert MODEL.get_num_tokens_from_messages([AIMessage([block, {"new": [LONG]}])]) < 60


def test_a_counter_of_ones_own_counts_the_text():
    model = ChatWeryAI(
        model="GPT_4O", api_key="sk-key", custom_get_token_ids=lambda text: [0] * len(text.split())
    )
    block, tokens = BLOCKS["v1 file"]
    words = model.get_num_tokens_from_messages([HumanMessage("Hello")])
    message = HumanMessage(["Hello", block])
    assert model.get_num_tokens_from_messages([message]) == words + tokens


def test_counting_changes_nothing():
    block, _ = BLOCKS["v1 image"]
    message = HumanMessage(["Hello", block])
    MODEL.get_num_tokens_from_messages([message])
    assert message.content == ["Hello", block]


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=9) | st.sampled_from(["image", "file", "text"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["type", "text", "content", "source", "url"]), inner)
    ),
)
CONTENTS = st.lists(st.text() | st.dictionaries(st.text() | st.just("type"), VALUES), max_size=3)


@given(st.lists(st.builds(HumanMessage, CONTENTS), max_size=3))
def test_any_messages_have_the_sum_of_their_tokens(messages):
    single = [MODEL.get_num_tokens_from_messages([message]) for message in messages]
    assert MODEL.get_num_tokens_from_messages(messages) == sum(single)
    assert all(count > 0 for count in single)


@pytest.mark.parametrize("name", ["inline_data", "inlineData"])
def test_googles_data_counts_by_its_kind(name):
    block = {name: {"mime_type": "image/png", "data": "QUJD" * 100_000}}
    assert count_tokens([HumanMessage([block])], lambda messages: 0) == 1600


def test_images_of_an_answer_in_text_count():
    image = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    answer = AIMessage("Here.", additional_kwargs={"images": [image]})
    assert count_tokens([answer], lambda messages: 0) == 1600

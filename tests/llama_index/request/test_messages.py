"""Each kind of message and content, and the JSON it becomes."""

import asyncio
import io
import json
import threading
from types import SimpleNamespace

import pytest
from llama_index.core.base.llms.types import (
    AudioBlock,
    CacheControl,
    CachePoint,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)
from llama_index.core.llms.llm import ToolSelection
from pydantic import BaseModel

from llama_index_weryai.request.messages import to_params
from weryai_core import InvalidRequestError, MessageCountError, UnsupportedContentError

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
PNG_BASE64 = "iVBORw0KGgoAAAANSUhEUg=="
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
WAV_BASE64 = "UklGRiQAAABXQVZFZm10IA=="
MP4 = b"\x00\x00\x00\x18ftyp"
PDF = b"%PDF-1.7\n"
PDF_BASE64 = "JVBERi0xLjcK"

CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "add", "arguments": '{"a":1,"b":2}'},
}
CALL_BLOCK = ToolCallBlock(tool_call_id="call_1", tool_name="add", tool_kwargs={"a": 1, "b": 2})

CITATION = CitationBlock(cited_content="text", source="s", title="T", additional_location_info={})
CACHE = CachePoint(cache_control=CacheControl(type="ephemeral"))


class Function(BaseModel):
    name: str
    arguments: str


class Call(BaseModel):
    """A tool call of OpenAI's client."""

    id: str
    type: str = "function"
    function: Function
    index: int | None = None


def user(*blocks):
    return ChatMessage(role="user", blocks=list(blocks))


def assistant(*blocks, **additional_kwargs):
    return ChatMessage(role="assistant", blocks=list(blocks), additional_kwargs=additional_kwargs)


def assert_becomes(message, json_text):
    before = message.model_dump()
    assert to_params([message]) == [json.loads(json_text)]
    assert message.model_dump() == before


# Name -> a message and its JSON.
MESSAGES = {
    "system": (
        ChatMessage(role="system", content="Be brief."),
        '{"role": "system", "content": "Be brief."}',
    ),
    "developer": (
        ChatMessage(role="developer", content="Be brief."),
        '{"role": "developer", "content": "Be brief."}',
    ),
    "user": (ChatMessage(content="Hello"), '{"role": "user", "content": "Hello"}'),
    "user with a name": (
        ChatMessage(content="Hello", additional_kwargs={"name": "ann"}),
        '{"role": "user", "content": "Hello", "name": "ann"}',
    ),
    "user with an empty text": (ChatMessage(content=""), '{"role": "user", "content": ""}'),
    "no content": (ChatMessage(), '{"role": "user", "content": ""}'),
    "assistant": (
        ChatMessage(role="assistant", content="Hi"),
        '{"role": "assistant", "content": "Hi"}',
    ),
    "chatbot": (
        ChatMessage(role=MessageRole.CHATBOT, content="Hi"),
        '{"role": "assistant", "content": "Hi"}',
    ),
    "model": (
        ChatMessage(role=MessageRole.MODEL, content="Hi"),
        '{"role": "assistant", "content": "Hi"}',
    ),
    "assistant with other kwargs": (
        assistant(TextBlock(text="Hi"), note="no", tool_call_id="call_1"),
        '{"role": "assistant", "content": "Hi"}',
    ),
    "several texts": (
        user(TextBlock(text="One."), TextBlock(text="Two.")),
        '{"role": "user", "content": "One.\\nTwo."}',
    ),
    "reasoning": (
        assistant(
            ThinkingBlock(content="Hm. "), ThinkingBlock(content="So."), TextBlock(text="Hi")
        ),
        '{"role": "assistant", "content": "Hi", "reasoning_content": "Hm. So."}',
    ),
    "text and a refusal": (
        assistant(TextBlock(text="Half"), refusal="No."),
        '{"role": "assistant", "content": "HalfNo."}',
    ),
    "an image and a refusal": (
        assistant(ImageBlock(url="https://a.example/a.png"), refusal="No."),
        '{"role": "assistant", "content": [{"type": "image_url", "image_url": '
        '{"url": "https://a.example/a.png"}}, {"type": "text", "text": "No."}]}',
    ),
    "a refusal": (
        assistant(TextBlock(text=""), refusal="I will not."),
        '{"role": "assistant", "content": "I will not."}',
    ),
}


@pytest.mark.parametrize(("message", "json_text"), MESSAGES.values(), ids=MESSAGES)
def test_roles_and_texts(message, json_text):
    assert_becomes(message, json_text)


MEDIA = {
    "an image by its URL": (
        user(TextBlock(text="What is this?"), ImageBlock(url="https://example.com/cat.png")),
        """{"role": "user", "content": [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}]}""",
    ),
    "an image with a detail": (
        user(ImageBlock(url="https://example.com/cat.png", detail="low")),
        """{"role": "user", "content": [{"type": "image_url", "image_url":
            {"url": "https://example.com/cat.png", "detail": "low"}}]}""",
    ),
    "an image as a data URL": (
        user(ImageBlock(url=f"data:image/png;base64,{PNG_BASE64}")),
        """{"role": "user", "content": [{"type": "image_url", "image_url":
            {"url": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="}}]}""",
    ),
    "an image of bytes": (
        user(ImageBlock(image=PNG)),
        """{"role": "user", "content": [{"type": "image_url", "image_url":
            {"url": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="}}]}""",
    ),
    "an image of an open file": (
        user(ImageBlock(image=io.BytesIO(PNG))),
        """{"role": "user", "content": [{"type": "image_url", "image_url":
            {"url": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="}}]}""",
    ),
    "an image with a given type": (
        user(ImageBlock(image=b"\x00\x01", image_mimetype="image/x-own")),
        """{"role": "user", "content": [{"type": "image_url", "image_url":
            {"url": "data:image/x-own;base64,AAE="}}]}""",
    ),
    "audio": (
        user(AudioBlock(audio=WAV)),
        """{"role": "user", "content": [{"type": "input_audio", "input_audio":
            {"data": "UklGRiQAAABXQVZFZm10IA==", "format": "wav"}}]}""",
    ),
    "audio of an open file": (
        user(AudioBlock(audio=io.BytesIO(WAV), format="wav")),
        """{"role": "user", "content": [{"type": "input_audio", "input_audio":
            {"data": "UklGRiQAAABXQVZFZm10IA==", "format": "wav"}}]}""",
    ),
    "audio with a given format": (
        user(AudioBlock(audio=b"\x00\x01", format="mp3")),
        """{"role": "user", "content": [{"type": "input_audio", "input_audio":
            {"data": "AAE=", "format": "mp3"}}]}""",
    ),
    "a document": (
        user(DocumentBlock(data=PDF, title="report.pdf", document_mimetype="application/pdf")),
        """{"role": "user", "content": [{"type": "file", "file": {"filename": "report.pdf",
            "file_data": "data:application/pdf;base64,JVBERi0xLjcK"}}]}""",
    ),
    "a document of an unknown kind": (
        user(DocumentBlock(data=b"\x00\x01")),
        """{"role": "user", "content": [{"type": "file", "file": {"filename": "input_document",
            "file_data": "data:application/octet-stream;base64,AAE="}}]}""",
    ),
    "a video by its URL": (
        user(VideoBlock(url="https://example.com/cat.mp4", detail="low", fps=2)),
        """{"role": "user", "content": [{"type": "video_url", "fps": 2, "video_url":
            {"url": "https://example.com/cat.mp4", "detail": "low"}}]}""",
    ),
    "a video of bytes": (
        user(TextBlock(text="What is this?"), VideoBlock(video=MP4, video_mimetype="video/mp4")),
        """{"role": "user", "content": [{"type": "text", "text": "What is this?"},
            {"type": "video_url", "video_url": {"url": "data:video/mp4;base64,AAAAGGZ0eXA="}}]}""",
    ),
}


@pytest.mark.parametrize(("message", "json_text"), MEDIA.values(), ids=MEDIA)
def test_media(message, json_text):
    assert_becomes(message, json_text)


CALLS = {
    "tool calls": (
        assistant(CALL_BLOCK),
        """{"role": "assistant", "content": null, "tool_calls": [{"id": "call_1",
            "type": "function", "function": {"name": "add", "arguments": "{\\"a\\":1,\\"b\\":2}"}
            }]}""",
    ),
    "tool calls and text": (
        assistant(TextBlock(text="I add."), CALL_BLOCK),
        """{"role": "assistant", "content": "I add.", "tool_calls": [{"id": "call_1",
            "type": "function", "function": {"name": "add", "arguments": "{\\"a\\":1,\\"b\\":2}"}
            }]}""",
    ),
    "tool calls with arguments as text": (
        assistant(ToolCallBlock(tool_call_id="call_1", tool_name="add", tool_kwargs='{"a": 1}')),
        """{"role": "assistant", "content": null, "tool_calls": [{"id": "call_1",
            "type": "function", "function": {"name": "add", "arguments": "{\\"a\\": 1}"}}]}""",
    ),
    "tool calls without arguments": (
        assistant(ToolCallBlock(tool_call_id="call_1", tool_name="now")),
        """{"role": "assistant", "content": null, "tool_calls": [{"id": "call_1",
            "type": "function", "function": {"name": "now", "arguments": "{}"}}]}""",
    ),
    "tool calls in both places": (
        assistant(CALL_BLOCK, tool_calls=[CALL]),
        """{"role": "assistant", "content": null, "tool_calls": [{"id": "call_1",
            "type": "function", "function": {"name": "add", "arguments": "{\\"a\\":1,\\"b\\":2}"}
            }]}""",
    ),
    "tool calls in additional_kwargs only": (
        assistant(tool_calls=[CALL]),
        """{"role": "assistant", "content": null, "tool_calls": [{"id": "call_1",
            "type": "function", "function": {"name": "add", "arguments": "{\\"a\\":1,\\"b\\":2}"}
            }]}""",
    ),
    "tool calls as OpenAI's objects": (
        assistant(tool_calls=[Call(id="call_1", function=Function(name="add", arguments="{}"))]),
        """{"role": "assistant", "content": null, "tool_calls": [{"id": "call_1",
            "type": "function", "function": {"name": "add", "arguments": "{}"}}]}""",
    ),
    "null tool calls": (
        assistant(TextBlock(text="Hi"), tool_calls=None),
        '{"role": "assistant", "content": "Hi"}',
    ),
    "tool calls whose arguments are objects": (
        assistant(tool_calls=[CALL | {"function": {"name": "add", "arguments": {"a": 1}}}]),
        """{"role": "assistant", "content": null, "tool_calls": [{"id": "call_1",
            "type": "function", "function": {"name": "add", "arguments": "{\\"a\\":1}"}}]}""",
    ),
    "an older function call": (
        assistant(function_call={"name": "add", "arguments": "{}"}),
        """{"role": "assistant", "content": null, "tool_calls": [{"id": null,
            "type": "function", "function": {"name": "add", "arguments": "{}"}}]}""",
    ),
}


@pytest.mark.parametrize(("message", "json_text"), CALLS.values(), ids=CALLS)
def test_tool_calls(message, json_text):
    assert_becomes(message, json_text)


RESULTS_AND_SOURCES = {
    "a tool's result": (
        ChatMessage(role="tool", content="3", additional_kwargs={"tool_call_id": "call_1"}),
        '{"role": "tool", "content": "3", "tool_call_id": "call_1"}',
    ),
    "a tool's result with its name": (
        ChatMessage(
            role="tool", content="3", additional_kwargs={"tool_call_id": "call_1", "name": "add"}
        ),
        '{"role": "tool", "content": "3", "tool_call_id": "call_1", "name": "add"}',
    ),
    "a tool's empty result": (
        ChatMessage(role="tool", additional_kwargs={"tool_call_id": "call_1"}),
        '{"role": "tool", "content": "", "tool_call_id": "call_1"}',
    ),
    "an image in a tool's result": (
        ChatMessage(
            role="tool",
            blocks=[TextBlock(text="Here."), ImageBlock(image=PNG)],
            additional_kwargs={"tool_call_id": "call_1"},
        ),
        """{"role": "tool", "tool_call_id": "call_1", "content": [
            {"type": "text", "text": "Here."}, {"type": "image_url", "image_url":
            {"url": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="}}]}""",
    ),
    "a text to cite": (
        user(
            CitableBlock(title="Cats", source="https://a.example", content="Cats sleep."),
            TextBlock(text="Do cats sleep?"),
        ),
        """{"role": "user", "content":
            "Cats (https://a.example):\\nCats sleep.\\nDo cats sleep?"}""",
    ),
    "a picture to cite": (
        user(CitableBlock(title="Cat", source="s", content=[ImageBlock(image=PNG)])),
        """{"role": "user", "content": [{"type": "text", "text": "Cat (s):"},
            {"type": "image_url", "image_url":
            {"url": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="}}]}""",
    ),
    "a citation in a question": (
        user(CITATION),
        '{"role": "user", "content": "T (s):\\ntext"}',
    ),
    "a citation of an answer": (
        assistant(TextBlock(text="Hi"), CITATION),
        '{"role": "assistant", "content": "Hi"}',
    ),
    "a cache point": (
        user(TextBlock(text="Long."), CACHE, TextBlock(text="Short.")),
        """{"role": "user", "content": [{"type": "text", "text": "Long.", "cache_control":
            {"type": "ephemeral", "ttl": "5m"}}, {"type": "text", "text": "Short."}]}""",
    ),
}


@pytest.mark.parametrize(
    ("message", "json_text"), RESULTS_AND_SOURCES.values(), ids=RESULTS_AND_SOURCES
)
def test_results_sources_and_cache_points(message, json_text):
    assert_becomes(message, json_text)


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


@pytest.mark.parametrize(
    ("kind", "sent"),
    [("audio/mpeg", "mp3"), ("audio/x-wav", "wav"), ("mp3", "mp3"), ("flac", "flac")],
)
def test_audio_formats_have_openais_names(kind, sent):
    [part] = to_params([user(AudioBlock(audio=b"ID3\x03", format=kind))])[0]["content"]
    assert part["input_audio"]["format"] == sent


def test_the_type_of_an_image_falls_back_to_its_file_name(tmp_path):
    path = tmp_path / "drawing.svg"
    path.write_text("<svg/>")
    [part] = to_params([user(ImageBlock(path=path))])[0]["content"]
    assert part["image_url"]["url"].startswith("data:image/svg+xml;base64,")


def test_a_cache_point_of_a_user_that_marks_nothing_is_an_error():
    with pytest.raises(UnsupportedContentError, match="A CachePoint has nothing before it"):
        to_params([user(CACHE, TextBlock(text="Short."))])


def foreign(block_type, **fields):
    """A block of a class that the union of LlamaIndex does not have."""
    return SimpleNamespace(block_type=block_type, **fields)


def with_blocks(message, *blocks):
    """The message, with blocks that its own validation would refuse."""
    message.blocks = [*message.blocks, *blocks]
    return message


LEFT_OUT = {
    "a cache point at the start": [CACHE],
    "a cache point after reasoning": [ThinkingBlock(), CACHE],
    "a citation": [CITATION],
    "an empty image": [ImageBlock()],
    "an image of an unknown type": [ImageBlock(image=b"\x00\x01")],
    "a document that is gone": [DocumentBlock(url="file:///nowhere/a.pdf")],
    "a block of an unknown class": [foreign("made_up", text="no")],
    "a dict": [{"block_type": "made_up"}],
}


@pytest.mark.parametrize("blocks", LEFT_OUT.values(), ids=LEFT_OUT)
def test_blocks_of_a_model_that_cannot_be_sent_are_left_out(blocks):
    message = with_blocks(assistant(), *blocks, TextBlock(text="Hi"))
    assert to_params([message]) == [{"role": "assistant", "content": "Hi"}]


def test_a_cache_point_of_a_model_marks_the_text_before_it():
    message = assistant(TextBlock(text="I add."), CALL_BLOCK, CACHE)
    cached = {"type": "text", "text": "I add.", "cache_control": {"type": "ephemeral", "ttl": "5m"}}
    assert to_params([message]) == [
        {"role": "assistant", "content": [cached], "tool_calls": [CALL]}
    ]


IN_WORDS = {
    "a cache point at the start": (CACHE, ""),
    "reasoning": (ThinkingBlock(content="Hm."), ""),
    "a tool call": (
        ToolCallBlock(tool_call_id="1", tool_name="add", tool_kwargs={"a": 1}),
        '{"block_type":"tool_call","tool_call_id":"1","tool_name":"add","tool_kwargs":{"a":1}}',
    ),
    "an empty image": (ImageBlock(), "[image]"),
    "an image of an unknown type": (ImageBlock(image=b"\x00\x01"), "[image]"),
    "a document that is gone": (
        DocumentBlock(url="file:///nowhere/a.pdf", title="a.pdf"),
        "[document] a.pdf: file:///nowhere/a.pdf",
    ),
    "a citation": (CITATION, "T (s):\ntext"),
    "a dict": ({"block_type": "made_up"}, '{"block_type":"made_up"}'),
    "a block of an unknown class": (foreign("x"), "\"namespace(block_type='x')\""),
}


@pytest.mark.parametrize(("block", "words"), IN_WORDS.values(), ids=IN_WORDS)
def test_blocks_of_a_tool_that_cannot_be_sent_are_put_into_words(block, words):
    extra = {"tool_call_id": "call_1"}
    message = with_blocks(ChatMessage(role="tool", additional_kwargs=extra), block)
    assert to_params([message]) == [{"role": "tool", "content": words, **extra}]


CALLS_WITHOUT_IDS = {
    "a block": {"blocks": [ToolCallBlock(tool_name="add", tool_kwargs={"a": 1})]},
    "a selection": {
        "tool_calls": [ToolSelection(tool_id="", tool_name="add", tool_kwargs={"a": 1})]
    },
    "a saved selection": {
        "tool_calls": [{"tool_id": "", "tool_name": "add", "tool_kwargs": {"a": 1}}]
    },
    "a function": {"function_call": {"name": "add", "arguments": '{"a":1}'}},
}


@pytest.mark.parametrize("called", CALLS_WITHOUT_IDS.values(), ids=CALLS_WITHOUT_IDS)
def test_calls_and_results_without_ids_get_ids(llm, weryai_emulator, called):
    called = dict(called)
    call = assistant(*called.pop("blocks", ()), **called)
    result = ChatMessage(role="tool", content="3", additional_kwargs={"tool_call_id": ""})
    llm.chat([call, result])
    sent_call, sent_result = weryai_emulator.last_request.json["messages"]
    function = {"name": "add", "arguments": '{"a":1}'}
    id_ = sent_result["tool_call_id"]
    assert id_.startswith("call_")
    assert sent_call["tool_calls"] == [{"id": id_, "type": "function", "function": function}]
    assert sent_result == {"role": "tool", "content": "3", "tool_call_id": id_}


@pytest.mark.parametrize("extra", [{}, {"name": "add"}], ids=str)
def test_a_function_message_becomes_a_result(extra):
    message = ChatMessage(role="function", content="3", additional_kwargs=extra)
    assert to_params([message]) == [
        {"role": "tool", "content": "3", "tool_call_id": None, **extra},
    ]


@pytest.mark.parametrize("calls", ["add", ["add"], [{"id": "9"}], [None], 7], ids=repr)
def test_calls_that_name_no_tool_are_left_out(llm, weryai_emulator, calls):
    llm.chat([ChatMessage("Add."), assistant(TextBlock(text="I add."), tool_calls=calls)])
    _, answered = weryai_emulator.last_request.json["messages"]
    assert answered == {"role": "assistant", "content": "I add."}


def test_a_block_without_a_name_is_left_out_with_its_result(llm, weryai_emulator):
    nameless = ToolCallBlock(tool_call_id="9", tool_name="", tool_kwargs={"a": 1})
    unknown = ChatMessage(role="tool", content="?", additional_kwargs={"tool_call_id": "9"})
    known = ChatMessage(role="tool", content="3", additional_kwargs={"tool_call_id": "call_1"})
    llm.chat([ChatMessage("Add."), assistant(nameless, CALL_BLOCK), unknown, known])
    _, asked, answered = weryai_emulator.last_request.json["messages"]
    assert [call["id"] for call in asked["tool_calls"]] == ["call_1"]
    assert answered["tool_call_id"] == "call_1"


def test_an_image_in_a_file_is_sent(tmp_path):
    path = tmp_path / "picture"  # without an extension
    path.write_bytes(PNG)
    [message] = to_params([user(ImageBlock(path=path))])
    url = f"data:image/png;base64,{PNG_BASE64}"
    assert message["content"] == [{"type": "image_url", "image_url": {"url": url}}]


def test_audio_in_a_file_is_sent(tmp_path):
    path = tmp_path / "sound.wav"
    path.write_bytes(WAV)
    [message] = to_params([user(AudioBlock(path=path))])
    sound = {"data": WAV_BASE64, "format": "wav"}
    assert message["content"] == [{"type": "input_audio", "input_audio": sound}]


def test_a_document_in_a_file_is_sent(tmp_path):
    path = tmp_path / "report.pdf"
    path.write_bytes(PDF)
    [message] = to_params([user(DocumentBlock(path=path, title="Report"))])
    file = {"filename": "Report", "file_data": f"data:application/pdf;base64,{PDF_BASE64}"}
    assert message["content"] == [{"type": "file", "file": file}]


def test_a_document_without_a_title_has_the_name_of_its_file(tmp_path):
    path = tmp_path / "notes.md"
    path.write_text("# Notes")
    first, second = to_params(
        [user(DocumentBlock(path=path), DocumentBlock(path=path, title="Mine"))]
    )[0]["content"]
    assert first["file"]["filename"] == "notes.md"
    assert second["file"]["filename"] == "Mine"


def test_an_open_file_can_be_sent_twice():
    messages = [user(ImageBlock(image=io.BytesIO(PNG)))]
    assert to_params(messages) == to_params(messages)


@pytest.mark.parametrize(
    ("model", "echo", "sent"),
    [
        ("KIMI_K2_5", "auto", "Hm."),
        ("KIMI_K2_5", False, None),
        ("GPT_5", "auto", None),
        ("GPT_5", True, "Hm."),
    ],
)
def test_echo_reasoning_decides_whether_reasoning_is_sent(
    make_llm, weryai_emulator, model, echo, sent
):
    result = ChatMessage(role="tool", content="3", additional_kwargs={"tool_call_id": "call_1"})
    history = [assistant(ThinkingBlock(content="Hm."), CALL_BLOCK), result]
    make_llm(model=model, echo_reasoning=echo).chat(history)
    make_llm(model=model).chat(history, echo_reasoning=echo)
    for request in weryai_emulator.requests:
        assert request.json["messages"][0].get("reasoning_content") == sent
        assert "echo_reasoning" not in request.json


def test_a_video_in_a_file_is_sent(tmp_path):
    path = tmp_path / "cat.mp4"
    path.write_bytes(MP4)
    [part] = to_params([user(VideoBlock(path=path))])[0]["content"]
    assert part["video_url"] == {"url": "data:video/mp4;base64,AAAAGGZ0eXA="}


UNSUPPORTED = {
    "ThinkingBlock": user(ThinkingBlock(content="Hm.")),
    "ToolCallBlock": user(CALL_BLOCK),
}


@pytest.mark.parametrize(("block", "message"), UNSUPPORTED.items(), ids=UNSUPPORTED)
def test_the_error_of_an_unsupported_block_names_it(block, message):
    with pytest.raises(UnsupportedContentError, match=f"A {block} cannot be sent"):
        to_params([message])


def empty_file(tmp_path):
    path = tmp_path / "empty.png"
    path.touch()
    return ImageBlock(path=path)


def lost_file(tmp_path):
    path = tmp_path / "lost.png"
    path.write_bytes(PNG)
    block = ImageBlock(path=path)
    path.unlink()
    return block


UNREADABLE = {
    "an empty image block": (lambda _: ImageBlock(), "ImageBlock"),
    "an image of an unknown type": (lambda _: ImageBlock(image=b"\x00\x01"), "image_mimetype"),
    "an empty file": (empty_file, "zero bytes"),
    "a deleted file": (lost_file, "No such file"),
    "audio of an unknown format": (lambda _: AudioBlock(audio=b"no audio at all"), "its `format`"),
    "an empty audio block": (lambda _: AudioBlock(), "AudioBlock"),
    "an empty document block": (lambda _: DocumentBlock(), "DocumentBlock"),
}


@pytest.mark.parametrize(("make_block", "text"), UNREADABLE.values(), ids=UNREADABLE)
def test_content_that_cannot_be_read_is_an_error(tmp_path, make_block, text):
    with pytest.raises(InvalidRequestError, match=text):
        to_params([user(make_block(tmp_path))])


@pytest.mark.parametrize("count", [0, 51])
def test_no_messages_and_more_than_50_are_errors_if_so_chosen(make_llm, weryai_emulator, count):
    llm = make_llm(message_overflow="error")
    with pytest.raises(MessageCountError):
        llm.chat([ChatMessage(content="Hello")] * count)
    assert weryai_emulator.requests == []


def test_an_answer_with_tool_calls_can_be_sent_back(llm, chat_method, ask, weryai_emulator):
    weryai_emulator.reply(
        {"content": None, "reasoning_content": "Hm.", "tool_calls": [CALL]},
        finish_reason="tool_calls",
    )
    question = ChatMessage(content="What is 1 + 2?")
    answer = ask(llm, chat_method, [question])[-1].message
    result = ChatMessage(role="tool", content="3", additional_kwargs={"tool_call_id": "call_1"})
    final = ask(llm, chat_method, [question, answer, result])[-1]
    assert "3" in final.message.content
    assert weryai_emulator.last_request.json["messages"] == [
        {"role": "user", "content": "What is 1 + 2?"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "content": "3", "tool_call_id": "call_1"},
    ]


def test_signed_reasoning_goes_back_to_the_family_that_made_it(
    make_llm, chat_method, ask, weryai_emulator
):
    details = [{"type": "reasoning.text", "text": "Hm.", "signature": "c2ln", "index": 0}]
    fields = {"provider_specific_fields": {"thought_signature": "c2ln"}}
    signed = {**CALL, "function": {**CALL["function"], **fields}}
    weryai_emulator.reply(
        {"content": None, "reasoning_details": details, "tool_calls": [signed]},
        finish_reason="tool_calls",
    )
    answer = ask(make_llm(model="GEMINI_3_1_PRO"), chat_method)[-1].message
    assert answer.blocks[0] == ThinkingBlock(content="Hm.")
    assert answer.additional_kwargs["reasoning_details"] == details
    saved = ChatMessage.model_validate_json(answer.model_dump_json())
    result = ChatMessage(role="tool", content="3", additional_kwargs={"tool_call_id": "call_1"})
    param = {"role": "assistant", "content": None, "tool_calls": [CALL]}
    for settings, sent in (
        ({"model": "GEMINI_25_FLASH"}, {"reasoning_details": details, "tool_calls": [signed]}),
        ({"model": "CLAUDE_4_5_OPUS"}, {}),
        ({"model": "GEMINI_25_FLASH", "echo_reasoning": False}, {}),
    ):
        ask(make_llm(**settings), chat_method, [ChatMessage(content="Add."), saved, result])
        assert weryai_emulator.last_request.json["messages"][1] == {**param, **sent}


def test_reasoning_in_tags_is_a_block_of_its_own(make_llm, chat_method, ask, weryai_emulator):
    llm = make_llm(echo_reasoning=True)
    weryai_emulator.reply("<think>\nHm.\n</think>\n\nHello there.")
    answer = ask(llm, chat_method)[-1].message
    assert answer.blocks == [ThinkingBlock(content="Hm."), TextBlock(text="Hello there.")]
    tagged = assistant(TextBlock(text="<think>Hm.</think>Hello there."))
    for message in (answer, tagged):
        ask(llm, chat_method, [message, ChatMessage(content="Bye")])
        assert weryai_emulator.last_request.json["messages"][0] == {
            "role": "assistant",
            "content": "Hello there.",
            "reasoning_content": "Hm.",
        }
    for model in ("DEEPSEEK_R1", "QWEN_QWQ_32B", "KIMI_K2_THINKING", "GLM_5"):
        weryai_emulator.reply("Hm.\n</think>\n\nHello there.")
        answer = ask(make_llm(model=model), chat_method)[-1].message
        assert answer.blocks == [ThinkingBlock(content="Hm."), TextBlock(text="Hello there.")]
    weryai_emulator.reply("<think>Hm.</think>Hello there.")
    answer = ask(make_llm(reasoning_tags=False), chat_method)[-1].message
    assert answer.content == "<think>Hm.</think>Hello there."


def test_empty_answers_are_not_sent(llm, chat_method, ask, weryai_emulator):
    talk = [user(TextBlock(text="A")), assistant(TextBlock(text=" ")), user(TextBlock(text="B"))]
    ask(llm, chat_method, [*talk, assistant(), user(TextBlock(text="C"))])
    sent = weryai_emulator.last_request.json["messages"]
    assert sent == [{"role": "user", "content": text} for text in "ABC"]


def test_a_saved_answer_is_sent_like_the_original(llm, chat_method, ask, weryai_emulator):
    weryai_emulator.reply({"content": None, "tool_calls": [CALL]}, finish_reason="tool_calls")
    answer = ask(llm, chat_method)[-1].message
    saved = ChatMessage.model_validate_json(answer.model_dump_json())
    weryai_emulator.reply("Hello")
    ask(llm, chat_method, [saved])
    [sent] = weryai_emulator.last_request.json["messages"]
    assert sent == {"role": "assistant", "content": None, "tool_calls": [CALL]}


RESOLVERS = {
    "image": (ImageBlock, "resolve_image"),
    "audio": (AudioBlock, "resolve_audio"),
    "document": (DocumentBlock, "resolve_document"),
}


@pytest.fixture
def readers(monkeypatch):
    """The threads that read media."""
    threads = []
    for kind, name in RESOLVERS.values():
        resolve = getattr(kind, name)

        def record(self, *args, resolve=resolve, **kwargs):
            threads.append(threading.get_ident())
            return resolve(self, *args, **kwargs)

        monkeypatch.setattr(kind, name, record)
    return threads


def media_message(tmp_path, name):
    path = tmp_path / "file"
    path.write_bytes(PNG)
    kind, _ = RESOLVERS[name]
    more = {"image_mimetype": "image/png"} if name == "image" else {}
    return ChatMessage(blocks=[TextBlock(text="See"), kind(path=path, **more)])


@pytest.mark.parametrize("name", RESOLVERS)
@pytest.mark.parametrize("method", ["achat", "astream_chat"])
async def test_media_are_read_outside_the_event_loop(
    make_llm, tmp_path, readers, weryai_emulator, name, method
):
    llm = make_llm(model="GEMINI_25_FLASH")
    message = media_message(tmp_path, name)
    readers.clear()
    answer = await getattr(llm, method)([message])
    if method == "astream_chat":
        assert [response async for response in answer]
    assert readers
    assert threading.get_ident() not in readers
    assert len(weryai_emulator.last_request.json["messages"][0]["content"]) == 2


async def test_media_that_cannot_be_read_are_an_error_of_async_methods_too(llm, tmp_path):
    message = media_message(tmp_path, "document")
    (tmp_path / "file").unlink()
    with pytest.raises(InvalidRequestError, match="cannot be read"):
        await llm.achat([message])


@pytest.mark.parametrize("method", ["achat", "astream_chat"])
async def test_text_uses_no_thread(monkeypatch, llm, method):
    def refuse(*args, **kwargs):
        raise AssertionError("a thread was used")

    monkeypatch.setattr(asyncio, "to_thread", refuse)
    answer = await getattr(llm, method)([ChatMessage(content="Hello")])
    if method == "astream_chat":
        assert [response async for response in answer]

"""Each kind of message and of content, and the JSON that it becomes."""

import asyncio
import io
import json
import threading

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
    """A tool call as OpenAI's client has it."""

    id: str
    type: str = "function"
    function: Function
    index: int | None = None


def user(*blocks):
    return ChatMessage(role="user", blocks=list(blocks))


def assistant(*blocks, **additional_kwargs):
    return ChatMessage(role="assistant", blocks=list(blocks), additional_kwargs=additional_kwargs)


# Name -> a message and its JSON on the wire.
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
    "user who says nothing": (ChatMessage(content=""), '{"role": "user", "content": ""}'),
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
    "assistant with kwargs of its own": (
        assistant(TextBlock(text="Hi"), refusal="no", tool_call_id="call_1"),
        '{"role": "assistant", "content": "Hi"}',
    ),
    "several texts": (
        user(TextBlock(text="One."), TextBlock(text="Two.")),
        '{"role": "user", "content": "One.\\nTwo."}',
    ),
    "an image by its address": (
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
    "an image with a type that is told": (
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
    "audio with a format that is told": (
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
    "tool calls in OpenAI's place only": (
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
    "a null for tool calls": (
        assistant(TextBlock(text="Hi"), tool_calls=None),
        '{"role": "assistant", "content": "Hi"}',
    ),
    "thoughts are not sent back": (
        assistant(ThinkingBlock(content="Hm."), TextBlock(text="Hi")),
        '{"role": "assistant", "content": "Hi"}',
    ),
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
    "tool calls whose arguments are objects": (
        assistant(tool_calls=[CALL | {"function": {"name": "add", "arguments": {"a": 1}}}]),
        """{"role": "assistant", "content": null, "tool_calls": [{"id": "call_1",
            "type": "function", "function": {"name": "add", "arguments": "{\\"a\\":1}"}}]}""",
    ),
    "a call of a function": (
        assistant(function_call={"name": "add", "arguments": "{}"}),
        """{"role": "assistant", "content": null, "tool_calls": [{"id": "add",
            "type": "function", "function": {"name": "add", "arguments": "{}"}}]}""",
    ),
    "a refusal": (
        assistant(TextBlock(text=""), refusal="I will not."),
        '{"role": "assistant", "content": "I will not."}',
    ),
    "a video at an address": (
        user(VideoBlock(url="https://example.com/cat.mp4", detail="low", fps=2)),
        """{"role": "user", "content": [{"type": "video_url", "fps": 2, "video_url":
            {"url": "https://example.com/cat.mp4", "detail": "low"}}]}""",
    ),
    "a video in bytes": (
        user(TextBlock(text="What is this?"), VideoBlock(video=MP4, video_mimetype="video/mp4")),
        """{"role": "user", "content": [{"type": "text", "text": "What is this?"},
            {"type": "video_url", "video_url": {"url": "data:video/mp4;base64,AAAAGGZ0eXA="}}]}""",
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
    "a point to cache up to": (
        user(TextBlock(text="Long."), CACHE, TextBlock(text="Short.")),
        """{"role": "user", "content": [{"type": "text", "text": "Long.", "cache_control":
            {"type": "ephemeral", "ttl": "5m"}}, {"type": "text", "text": "Short."}]}""",
    ),
}


@pytest.mark.parametrize(("message", "wire"), MESSAGES.values(), ids=MESSAGES)
def test_a_message_is_sent(llm, chat_method, ask, weryai_emulator, message, wire):
    before = message.model_dump()
    weryai_emulator.reply("Hello")
    ask(llm, chat_method, [message])
    assert weryai_emulator.last_request.json["messages"] == [json.loads(wire)]
    assert message.model_dump() == before


@pytest.mark.parametrize(
    ("kind", "sent"),
    [("audio/mpeg", "mp3"), ("audio/x-wav", "wav"), ("mp3", "mp3"), ("flac", "flac")],
)
def test_formats_of_audio_go_by_openais_names(llm, weryai_emulator, kind, sent):
    llm.chat([user(AudioBlock(audio=b"ID3\x03", format=kind))])
    [part] = weryai_emulator.last_request.json["messages"][0]["content"]
    assert part["input_audio"]["format"] == sent


def test_the_kind_of_an_image_is_told_by_its_name_if_not_by_its_bytes(
    llm, weryai_emulator, tmp_path
):
    path = tmp_path / "drawing.svg"
    path.write_text("<svg/>")
    llm.chat([user(ImageBlock(path=path))])
    [part] = weryai_emulator.last_request.json["messages"][0]["content"]
    assert part["image_url"]["url"].startswith("data:image/svg+xml;base64,")


UNCACHEABLE = {
    "in the first place": (user(CACHE, TextBlock(text="Short.")), "has nothing before it"),
    "behind thoughts": (assistant(ThinkingBlock(content="Hm."), CACHE), "has nothing before it"),
    "behind a call": (assistant(TextBlock(text="I add."), CALL_BLOCK, CACHE), "a tool call"),
}


@pytest.mark.parametrize(("message", "where"), UNCACHEABLE.values(), ids=UNCACHEABLE)
def test_a_point_to_cache_up_to_that_marks_nothing_is_refused(
    llm, chat_method, ask, weryai_emulator, message, where
):
    with pytest.raises(UnsupportedContentError, match=rf"A CachePoint .*{where}"):
        ask(llm, chat_method, [message])
    assert not weryai_emulator.requests


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
@pytest.mark.parametrize("role", ["tool", "function"])
@pytest.mark.parametrize("extra", [{}, {"name": "add"}, {"tool_call_id": ""}], ids=str)
def test_calls_and_results_without_ids_are_sent_with_them(
    llm, chat_method, ask, weryai_emulator, called, role, extra
):
    called = dict(called)
    call = assistant(*called.pop("blocks", ()), **called)
    ask(llm, chat_method, [call, ChatMessage(role=role, content="3", additional_kwargs=extra)])
    sent_call, sent_result = weryai_emulator.last_request.json["messages"]
    function = {"name": "add", "arguments": '{"a":1}'}
    assert sent_call["tool_calls"] == [{"id": "add", "type": "function", "function": function}]
    assert sent_result["tool_call_id"] == "add"
    assert sent_result["role"] == "tool"


@pytest.mark.parametrize("calls", ["add", ["add"], [{"id": "1"}], [None]], ids=repr)
def test_calls_that_are_none_are_refused(llm, chat_method, ask, weryai_emulator, calls):
    with pytest.raises(UnsupportedContentError, match="in the `tool_calls` of a message"):
        ask(llm, chat_method, [assistant(tool_calls=calls)])
    assert not weryai_emulator.requests


def test_an_image_in_a_file_is_sent(llm, weryai_emulator, tmp_path):
    path = tmp_path / "picture"  # no ending that tells its type
    path.write_bytes(PNG)
    llm.chat([user(ImageBlock(path=path))])
    [message] = weryai_emulator.last_request.json["messages"]
    url = f"data:image/png;base64,{PNG_BASE64}"
    assert message["content"] == [{"type": "image_url", "image_url": {"url": url}}]


def test_audio_in_a_file_is_sent(llm, weryai_emulator, tmp_path):
    path = tmp_path / "sound.wav"
    path.write_bytes(WAV)
    llm.chat([user(AudioBlock(path=path))])
    [message] = weryai_emulator.last_request.json["messages"]
    sound = {"data": WAV_BASE64, "format": "wav"}
    assert message["content"] == [{"type": "input_audio", "input_audio": sound}]


def test_a_document_in_a_file_is_sent(llm, weryai_emulator, tmp_path):
    path = tmp_path / "report.pdf"
    path.write_bytes(PDF)
    llm.chat([user(DocumentBlock(path=path, title="Report"))])
    [message] = weryai_emulator.last_request.json["messages"]
    file = {"filename": "Report", "file_data": f"data:application/pdf;base64,{PDF_BASE64}"}
    assert message["content"] == [{"type": "file", "file": file}]


def test_a_document_goes_by_the_name_of_its_file(llm, weryai_emulator, tmp_path):
    path = tmp_path / "notes.md"
    path.write_text("# Notes")
    weryai_emulator.reply("Read.")
    llm.chat([user(DocumentBlock(path=path), DocumentBlock(path=path, title="Mine"))])
    first, second = weryai_emulator.last_request.json["messages"][0]["content"]
    assert first["file"]["filename"] == "notes.md"
    assert second["file"]["filename"] == "Mine"


def test_an_open_file_can_be_sent_twice(llm, weryai_emulator):
    messages = [user(ImageBlock(image=io.BytesIO(PNG)))]
    llm.chat(messages)
    llm.chat(messages)
    first, second = weryai_emulator.requests
    assert first.json == second.json


@pytest.mark.parametrize("place", ["constructor", "call"])
def test_thoughts_are_sent_back_where_that_is_wanted(
    make_llm, chat_method, ask, weryai_emulator, place
):
    answer = assistant(ThinkingBlock(content="Hm. "), ThinkingBlock(content="So."), CALL_BLOCK)
    given = {"echo_reasoning": True}
    llm = make_llm(**given if place == "constructor" else {})
    weryai_emulator.reply("Hello")
    ask(llm, chat_method, [answer], **given if place == "call" else {})
    [message] = weryai_emulator.last_request.json["messages"]
    assert message["reasoning_content"] == "Hm. So."
    assert "echo_reasoning" not in weryai_emulator.last_request.json


@pytest.mark.parametrize(
    ("model", "echo"),
    [("KIMI_K2_5", "auto"), ("KIMI_K2_THINKING", "auto"), ("KIMI_K2_5", False), ("GPT_5", "auto")],
)
def test_thoughts_go_back_with_calls_where_the_model_demands_them(
    make_llm, chat_method, ask, weryai_emulator, model, echo
):
    thought = ThinkingBlock(content="Hm.")
    result = ChatMessage(role="tool", content="3", additional_kwargs={"tool_call_id": "call_1"})
    talk = [assistant(thought, CALL_BLOCK), result, assistant(thought, TextBlock(text="3."))]
    ask(make_llm(model=model, echo_reasoning=echo), chat_method, talk)
    first, _, last = weryai_emulator.last_request.json["messages"]
    is_demanded = model.startswith("KIMI") and echo == "auto"
    assert first.get("reasoning_content") == ("Hm." if is_demanded else None)
    assert "reasoning_content" not in last


def test_a_video_in_a_file_is_sent(llm, weryai_emulator, tmp_path):
    path = tmp_path / "cat.mp4"
    path.write_bytes(MP4)
    weryai_emulator.reply("A cat.")
    llm.chat([user(VideoBlock(path=path))])
    [part] = weryai_emulator.last_request.json["messages"][0]["content"]
    assert part["video_url"] == {"url": "data:video/mp4;base64,AAAAGGZ0eXA="}


UNSUPPORTED = {
    "ThinkingBlock": user(ThinkingBlock(content="Hm.")),
    "ToolCallBlock": user(CALL_BLOCK),
}


@pytest.mark.parametrize(("block", "message"), UNSUPPORTED.items(), ids=UNSUPPORTED)
def test_a_block_that_cannot_be_sent_is_named(
    llm, chat_method, ask, weryai_emulator, block, message
):
    with pytest.raises(UnsupportedContentError, match=f"A {block} cannot be sent"):
        ask(llm, chat_method, [message])
    assert weryai_emulator.requests == []


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
    "an image of nothing": (lambda _: ImageBlock(), "ImageBlock"),
    "an image of no known type": (lambda _: ImageBlock(image=b"\x00\x01"), "image_mimetype"),
    "an empty image": (empty_file, "zero bytes"),
    "a file that is gone": (lost_file, "No such file"),
    "audio of no known kind": (lambda _: AudioBlock(audio=b"no audio at all"), "its `format`"),
    "audio of nothing": (lambda _: AudioBlock(), "AudioBlock"),
    "a document of nothing": (lambda _: DocumentBlock(), "DocumentBlock"),
}


@pytest.mark.parametrize(("make_block", "told"), UNREADABLE.values(), ids=UNREADABLE)
def test_content_that_cannot_be_read_is_told(llm, weryai_emulator, tmp_path, make_block, told):
    with pytest.raises(InvalidRequestError, match=told):
        llm.chat([user(make_block(tmp_path))])
    assert weryai_emulator.requests == []


@pytest.mark.parametrize("count", [0, 51])
def test_no_messages_and_too_many_are_refused(llm, chat_method, ask, weryai_emulator, count):
    with pytest.raises(MessageCountError):
        ask(llm, chat_method, [ChatMessage(content="Hello")] * count)
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


def test_an_answer_survives_being_saved(llm, chat_method, ask, weryai_emulator):
    weryai_emulator.reply({"content": None, "tool_calls": [CALL]}, finish_reason="tool_calls")
    answer = ask(llm, chat_method)[-1].message
    saved = ChatMessage.model_validate_json(answer.model_dump_json())
    weryai_emulator.reply("Hello")
    ask(llm, chat_method, [saved])
    [sent] = weryai_emulator.last_request.json["messages"]
    assert sent == {"role": "assistant", "content": None, "tool_calls": [CALL]}


MEDIA = {
    "image": (ImageBlock, "resolve_image"),
    "audio": (AudioBlock, "resolve_audio"),
    "document": (DocumentBlock, "resolve_document"),
}


@pytest.fixture
def readers(monkeypatch):
    """The threads in which media are read."""
    threads = []
    for kind, name in MEDIA.values():
        resolve = getattr(kind, name)

        def note(self, *args, resolve=resolve, **kwargs):
            threads.append(threading.get_ident())
            return resolve(self, *args, **kwargs)

        monkeypatch.setattr(kind, name, note)
    return threads


def media_message(tmp_path, name):
    path = tmp_path / "file"
    path.write_bytes(PNG)
    kind, _ = MEDIA[name]
    more = {"image_mimetype": "image/png"} if name == "image" else {}
    return ChatMessage(blocks=[TextBlock(text="See"), kind(path=path, **more)])


@pytest.mark.parametrize("name", MEDIA)
@pytest.mark.parametrize("method", ["achat", "astream_chat"])
async def test_media_are_read_outside_the_event_loop(
    llm, tmp_path, readers, weryai_emulator, name, method
):
    message = media_message(tmp_path, name)
    readers.clear()
    answer = await getattr(llm, method)([message])
    if method == "astream_chat":
        assert [response async for response in answer]
    assert readers
    assert threading.get_ident() not in readers
    assert len(weryai_emulator.last_request.json["messages"][0]["content"]) == 2


async def test_media_that_cannot_be_read_are_told_outside_the_event_loop_too(llm, tmp_path):
    message = media_message(tmp_path, "document")
    (tmp_path / "file").unlink()
    with pytest.raises(InvalidRequestError, match="cannot be read"):
        await llm.achat([message])


@pytest.mark.parametrize("method", ["achat", "astream_chat"])
async def test_text_is_translated_in_the_event_loop(monkeypatch, llm, method):
    def refuse(*args, **kwargs):
        raise AssertionError("a thread was asked for")

    monkeypatch.setattr(asyncio, "to_thread", refuse)
    answer = await getattr(llm, method)([ChatMessage(content="Hello")])
    if method == "astream_chat":
        assert [response async for response in answer]

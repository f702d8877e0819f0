"""Images, sound, videos and documents, and how their files are read."""

import asyncio
import io
import os
import socket
import threading

import pytest
from llama_index.core.base.llms.types import (
    AudioBlock,
    ChatMessage,
    CitableBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    VideoBlock,
)
from message_parts import (
    MP4,
    PDF,
    PDF_BASE64,
    PNG,
    PNG_BASE64,
    WAV,
    WAV_BASE64,
    assert_becomes,
    user,
)

from llama_index_weryai.request.messages import to_params
from weryai_core import APITimeoutError, InvalidRequestError

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


def test_a_video_in_a_file_is_sent(tmp_path):
    path = tmp_path / "cat.mp4"
    path.write_bytes(MP4)
    [part] = to_params([user(VideoBlock(path=path))])[0]["content"]
    assert part["video_url"] == {"url": "data:video/mp4;base64,AAAAGGZ0eXA="}


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


KINDS = {"image": ImageBlock, "audio": AudioBlock, "document": DocumentBlock}


@pytest.fixture
def readers(monkeypatch):
    """The threads that open files."""
    threads = []
    system_open = os.open

    def record(*args, **kwargs):
        threads.append(threading.get_ident())
        return system_open(*args, **kwargs)

    monkeypatch.setattr(os, "open", record)
    return threads


def media_message(tmp_path, name):
    path = tmp_path / "file"
    path.write_bytes(PNG)
    more = {"image_mimetype": "image/png"} if name == "image" else {}
    return ChatMessage(blocks=[TextBlock(text="See"), KINDS[name](path=path, **more)])


@pytest.mark.parametrize("name", KINDS)
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

    monkeypatch.setattr(threading.Thread, "start", refuse)
    answer = await getattr(llm, method)([ChatMessage(content="Hello")])
    if method == "astream_chat":
        assert [response async for response in answer]


NAMED = {
    "an image": lambda path: ImageBlock(path=path),
    "audio": lambda path: AudioBlock(path=path, format="mp3"),
    "a video": lambda path: VideoBlock(path=path),
    "a document": lambda path: DocumentBlock(path=path),
    "a document at an address": lambda _: DocumentBlock(url="http://example.com/a.pdf"),
    "audio at an address": lambda _: AudioBlock(url="http://example.com/a.mp3"),
    "an image at an address": lambda _: ImageBlock(url="http://169.254.169.254/latest"),
    "a video at an address": lambda _: VideoBlock(url="https://example.com/a.mp4"),
    "an image at a file's address": lambda path: ImageBlock(url=path.as_uri()),
    "a citable document": lambda path: CitableBlock(
        title="a", source="b", content=[DocumentBlock(path=path)]
    ),
}


@pytest.mark.parametrize("make_block", NAMED.values(), ids=NAMED)
async def test_inline_only_reads_no_file_and_no_address(
    make_llm, tmp_path, weryai_emulator, make_block
):
    path = tmp_path / "secret.png"
    path.write_bytes(PNG)
    llm = make_llm(media="inline-only")
    message = user(make_block(path))
    with pytest.raises(InvalidRequestError, match='media="inline-only"'):
        llm.chat([message])
    with pytest.raises(InvalidRequestError, match='media="inline-only"'):
        await llm.achat([message])
    assert weryai_emulator.requests == []


def test_inline_only_sends_data_and_nothing_else(make_llm, tmp_path, weryai_emulator):
    path = tmp_path / "secret.txt"
    path.write_text("secret")
    address = "https://example.com/a.png"
    blocks = [
        ImageBlock(image=PNG, url=address),
        ImageBlock(url=f"data:image/png;base64,{PNG_BASE64}", path=path),
        DocumentBlock(url=f"data:application/pdf;base64,{PDF_BASE64}", path=path, title="a.pdf"),
        DocumentBlock(data=PDF, path=path, title="a.pdf"),
    ]
    image = {
        "type": "image_url",
        "image_url": {"url": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="},
    }
    file = {
        "type": "file",
        "file": {
            "filename": "a.pdf",
            "file_data": "data:application/pdf;base64,JVBERi0xLjcK",
        },
    }
    for media in ("inline-only", "any"):
        make_llm(media=media).chat([user(*blocks)])
        parts = weryai_emulator.last_request.json["messages"][0]["content"]
        assert parts[1:] == [image, file, file]
        assert parts[0] == (
            image if media == "inline-only" else {**image, "image_url": {"url": address}}
        )


FILE_ADDRESSES = ["file:///etc/passwd", "FILE:/etc/passwd", " file://a", "fi\tle:///a", "\nfile:a"]


@pytest.mark.parametrize("url", FILE_ADDRESSES)
@pytest.mark.parametrize("kind", [ImageBlock, VideoBlock, AudioBlock, DocumentBlock])
def test_the_address_of_a_file_is_never_sent(llm, weryai_emulator, kind, url):
    block = kind().model_copy(update={"url": url})
    with pytest.raises(InvalidRequestError, match="file:// address"):
        llm.chat([user(block)])
    assert weryai_emulator.requests == []


def test_a_path_that_no_system_knows_is_an_error(llm):
    with pytest.raises(InvalidRequestError, match="DocumentBlock of a message cannot be sent"):
        llm.chat([user(DocumentBlock(path="a\0b"))])


@pytest.fixture
def silent_url():
    """The address of a server that takes requests and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/a.txt"


CALLS = {
    "chat": lambda llm, messages, **given: llm.chat(messages, **given),
    "stream_chat": lambda llm, messages, **given: [*llm.stream_chat(messages, **given)],
    "achat": lambda llm, messages, **given: asyncio.run(llm.achat(messages, **given)),
    "astream_chat": lambda llm, messages, **given: asyncio.run(streamed(llm, messages, given)),
}


async def streamed(llm, messages, given):
    return [response async for response in await llm.astream_chat(messages, **given)]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("place", ["the model", "the call", "an alias"])
def test_reading_media_takes_no_longer_than_the_call_may(
    make_llm, silent_url, weryai_emulator, call, place
):
    llm = make_llm(total_timeout=0.2 if place == "the model" else 600)
    given = {"the call": {"total_timeout": 0.2}, "an alias": {"deadline": 0.2}}.get(place, {})
    with pytest.raises(APITimeoutError, match=r"`total_timeout` of 0\.2 s"):
        call(llm, [user(DocumentBlock(url=silent_url))], **given)
    assert weryai_emulator.requests == []


@pytest.mark.timeout(60)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_call_with_media_has_the_time_that_is_left(make_llm, tmp_path, silent_url, call):
    path = tmp_path / "a.txt"
    path.write_text("a")
    llm = make_llm(api_base=silent_url, max_retries=0)
    with pytest.raises(APITimeoutError, match=r"`total_timeout` of 0\.3 s"):
        call(llm, [user(DocumentBlock(path=path))], deadline=0.3)


@pytest.mark.timeout(60)
def test_a_cancelled_call_leaves_nothing_to_wait_for(make_llm, silent_url):
    async def cancel():
        reading = make_llm().achat([user(DocumentBlock(url=silent_url))])
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reading, 0.05)

    asyncio.run(cancel())

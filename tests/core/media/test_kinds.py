"""What a part of a message is, in the forms of all APIs and frameworks."""

import pytest

from weryai_core.media.kinds import kind_of, read_medium

PNG = "data:image/png;base64,iVBORw0KGgo="
PDF = "data:application/pdf;base64,JVBERi0="


def source(media_type, **fields):
    return {"type": "base64", "media_type": media_type, "data": "AAAA", **fields}


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ({"type": "image_url", "image_url": {"url": PNG}}, "image"),
        ({"type": "image_url", "image_url": "https://example.com/a"}, "image"),
        ({"type": "input_image", "image_url": PNG}, "image"),
        ({"type": "image", "url": "https://example.com/a.png"}, "image"),
        ({"type": "image", "base64": "iVBORw0KGgo=", "mime_type": "image/png"}, "image"),
        ({"type": "image", "source": source("image/png")}, "image"),
        ({"type": "image", "source_type": "base64", "data": "AA", "mime_type": "i/x"}, "image"),
        ({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}, "audio"),
        ({"type": "audio_url", "audio_url": {"url": "https://example.com/a.mp3"}}, "audio"),
        ({"type": "audio", "base64": "AAAA", "mime_type": "audio/wav"}, "audio"),
        ({"type": "video_url", "video_url": {"url": "https://example.com/a"}}, "video"),
        ({"type": "video", "file_id": "f-1"}, "video"),
        ({"type": "file", "file": {"filename": "a", "file_data": PDF}}, "pdf"),
        ({"type": "file", "file": {"filename": "a.PDF", "file_data": "JVBERi0="}}, "pdf"),
        ({"type": "file", "base64": "JVBERi0=", "mime_type": "application/pdf"}, "pdf"),
        ({"type": "file", "url": "https://example.com/report.pdf"}, "pdf"),
        ({"type": "input_file", "filename": "a.pdf", "file_data": PDF}, "pdf"),
        ({"type": "document", "source": source("application/pdf")}, "pdf"),
        ({"type": "media", "mime_type": "application/pdf", "data": "JVBERi0="}, "pdf"),
        ({"type": "media", "mime_type": "video/mp4", "data": "AAAA"}, "video"),
        ({"type": "file", "file": {"file_data": PNG}}, "image"),
        ({"type": "file", "base64": "AAAA", "mime_type": "audio/mpeg"}, "audio"),
        ({"type": "file", "file": {"file_id": "file-1"}}, "file"),
        ({"type": "file", "file": {"filename": "a.docx", "file_data": "AAAA"}}, "file"),
        ({"type": "document", "source": {"type": "text", "data": "Hello"}}, None),
        ({"type": "document", "source": {"type": "content", "content": []}}, None),
        ({"type": "file", "source_type": "text", "text": "Hello"}, None),
        ({"type": "image", "data": "AAAA", "mimeType": "image/png"}, "image"),
        (
            {"type": "resource", "resource": {"blob": "JVBERi0=", "mimeType": "application/pdf"}},
            "pdf",
        ),
        ({"type": "resource", "resource": {"text": "Hello", "uri": "file:///a.pdf"}}, None),
        ({"type": "resource"}, None),
        ({"type": "text", "text": PNG}, None),
        ({"type": "tool_use", "input": {"url": PNG}}, None),
        ({"type": ["image"]}, None),
        ({}, None),
        ("text", None),
        (None, None),
    ],
    ids=str,
)
def test_a_part_is_of_a_kind(part, kind):
    assert kind_of(part) == kind


@pytest.mark.parametrize(
    ("part", "base64"),
    [
        ({"type": "image_url", "image_url": {"url": PNG}}, "iVBORw0KGgo="),
        ({"type": "image_url", "image_url": {"url": "https://example.com/a"}}, None),
        ({"type": "file", "file": {"file_data": "JVBERi0="}}, "JVBERi0="),
        ({"type": "file", "file_id": "file-1"}, None),
        ({"type": "image", "source": source("image/png")}, "AAAA"),
        ({"type": "media", "mime_type": "video/mp4", "file_uri": "gs://b/a.mp4"}, None),
    ],
    ids=str,
)
def test_the_data_of_a_medium_is_its_base64(part, base64):
    assert read_medium(part).base64 == base64

"""Content blocks of every origin, and the parts that are sent for them."""

import pytest
from langchain_blocks import CACHE, HI, MESSAGES, cases
from langchain_core.messages import HumanMessage

from langchain_weryai.request.messages import to_param

PNG = "iVBORw0KGgo="
IMAGE_URL = {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}
IMAGE_DATA = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
VIDEO_DATA = {"type": "video_url", "video_url": {"url": "data:video/mp4;base64,AAAA"}}
WAV = {"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}}
PDF = {
    "type": "file",
    "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
}
UNNAMED_PDF = {
    "type": "file",
    "file": {"filename": "document.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
}
FILE_ID = {"type": "file", "file": {"file_id": "file-1"}}
# Content block -> part of the request.
BLOCKS = {
    "string": ("Hi", HI),
    "text": ({"type": "text", "text": "Hi"}, HI),
    "text with an id": ({"type": "text", "text": "Hi", "id": "1", "index": 0, "extras": {}}, HI),
    "text that is null": ({"type": "text", "text": None}, {"type": "text", "text": ""}),
    "texts in a list": ({"type": "text", "text": ["H", {"type": "text", "text": "i"}]}, HI),
    "an object as a text": (
        {"type": "text", "text": {"a": 1}},
        {"type": "text", "text": '{"a":1}'},
    ),
    "Responses message": ({"type": "message", "content": [{**HI, "type": "output_text"}]}, HI),
    "cached text": ({"type": "text", "text": "Hi", **CACHE}, {**HI, **CACHE}),
    "v1 cached text": ({"type": "text", "text": "Hi", "extras": CACHE}, {**HI, **CACHE}),
    "Responses input text": ({"type": "input_text", "text": "Hi"}, HI),
    "v1 text file": ({"type": "text-plain", "text": "Hi", "mime_type": "text/plain"}, HI),
    "v1 text file with a title": (
        {"type": "text-plain", "text": "Hi", "title": "Letter", "context": "From Ann."},
        {"type": "text", "text": "Letter\nFrom Ann.\nHi"},
    ),
    "v1 text file in base64": (
        {"type": "text-plain", "base64": "w6Q=", "mime_type": "text/plain"},
        {"type": "text", "text": "ä"},
    ),
    "v1 text file id": ({"type": "text-plain", "file_id": "file-1"}, FILE_ID),
    "v0 text file": (
        {"type": "file", "source_type": "text", "text": "Hi", "mime_type": "text/plain"},
        HI,
    ),
    "Anthropic text document": (
        {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "Hi"},
        },
        HI,
    ),
    "Anthropic text document with a title": (
        {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "Hi"},
            "title": "Letter",
            "context": "From Ann.",
        },
        {"type": "text", "text": "Letter\nFrom Ann.\nHi"},
    ),
    "OpenAI image": (
        {"type": "image_url", "image_url": {"url": "https://example.com/a", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a", "detail": "low"}},
    ),
    "OpenAI image, bare": (
        {"type": "image_url", "image_url": "https://example.com/cat.png"},
        IMAGE_URL,
    ),
    "Responses image": (
        {"type": "input_image", "image_url": "https://example.com/cat.png"},
        IMAGE_URL,
    ),
    "Responses image data": (
        {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}", "detail": "high"},
        {
            "type": "image_url",
            "image_url": {"url": f"data:image/png;base64,{PNG}", "detail": "high"},
        },
    ),
    "v1 image address": ({"type": "image", "url": "https://example.com/cat.png"}, IMAGE_URL),
    "v1 image data URI": ({"type": "image", "url": f"data:image/png;base64,{PNG}"}, IMAGE_DATA),
    "v1 image data": ({"type": "image", "base64": PNG, "mime_type": "image/png"}, IMAGE_DATA),
    "image data without a type": ({"type": "image", "base64": PNG}, IMAGE_DATA),
    "image bytes without a type": ({"type": "media", "data": b"\x89PNG\r\n\x1a\n"}, IMAGE_DATA),
    "v1 image with a detail": (
        {"type": "image", "url": "https://example.com/a", "extras": {"detail": "low"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a", "detail": "low"}},
    ),
    "v0 image address": (
        {"type": "image", "source_type": "url", "url": "https://example.com/cat.png"},
        IMAGE_URL,
    ),
    "v0 image data": (
        {"type": "image", "source_type": "base64", "data": PNG, "mime_type": "image/png"},
        IMAGE_DATA,
    ),
    "Anthropic image data": (
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
        IMAGE_DATA,
    ),
    "Anthropic image address": (
        {"type": "image", "source": {"type": "url", "url": "https://example.com/cat.png"}},
        IMAGE_URL,
    ),
    "Anthropic cached image": (
        {
            "type": "image",
            "source": {"type": "url", "url": "https://example.com/cat.png"},
            **CACHE,
        },
        {**IMAGE_URL, **CACHE},
    ),
    "OpenAI audio": (WAV, WAV),
    "v1 audio": ({"type": "audio", "base64": "UklG", "mime_type": "audio/wav"}, WAV),
    "v1 audio data URI": ({"type": "audio", "url": "data:audio/x-wav;base64,UklG"}, WAV),
    "v1 mp3": (
        {"type": "audio", "base64": "SUQz", "mime_type": "audio/mpeg"},
        {"type": "input_audio", "input_audio": {"data": "SUQz", "format": "mp3"}},
    ),
    "v1 audio with a codec": (
        {"type": "audio", "base64": "T2dn", "mime_type": "audio/ogg;codecs=opus"},
        {"type": "input_audio", "input_audio": {"data": "T2dn", "format": "ogg"}},
    ),
    "v0 audio": (
        {"type": "audio", "source_type": "base64", "data": "UklG", "mime_type": "audio/wav"},
        WAV,
    ),
    "OpenAI video": (
        {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}},
        {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}},
    ),
    "v1 video address": (
        {"type": "video", "url": "https://example.com/a.mp4"},
        {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}},
    ),
    "v1 video data": ({"type": "video", "base64": "AAAA", "mime_type": "video/mp4"}, VIDEO_DATA),
    "v1 video data URI": ({"type": "video", "url": "data:video/mp4;base64,AAAA"}, VIDEO_DATA),
    "OpenAI file": (PDF, PDF),
    "OpenAI file id": (FILE_ID, FILE_ID),
    "Responses file": (
        {
            "type": "input_file",
            "filename": "a.pdf",
            "file_data": "data:application/pdf;base64,JVBERi0=",
        },
        PDF,
    ),
    "Responses file id": ({"type": "input_file", "file_id": "file-1"}, FILE_ID),
    "v1 file": (
        {
            "type": "file",
            "base64": "JVBERi0=",
            "mime_type": "application/pdf",
            "filename": "a.pdf",
        },
        PDF,
    ),
    "v1 file with its name in extras": (
        {
            "type": "file",
            "base64": "JVBERi0=",
            "mime_type": "application/pdf",
            "extras": {"filename": "a.pdf"},
        },
        PDF,
    ),
    "v1 file without a name": (
        {"type": "file", "base64": "JVBERi0=", "mime_type": "application/pdf"},
        UNNAMED_PDF,
    ),
    "v1 file data URI": (
        {"type": "file", "url": "data:application/pdf;base64,JVBERi0="},
        UNNAMED_PDF,
    ),
    "v1 other file without a name": (
        {"type": "file", "base64": "YQ==", "mime_type": "text/csv"},
        {
            "type": "file",
            "file": {"filename": "document", "file_data": "data:text/csv;base64,YQ=="},
        },
    ),
    "v1 file id": ({"type": "file", "file_id": "file-1"}, FILE_ID),
    "v0 file": (
        {
            "type": "file",
            "source_type": "base64",
            "data": "JVBERi0=",
            "mime_type": "application/pdf",
            "metadata": {"filename": "a.pdf"},
        },
        PDF,
    ),
    "v0 file id": ({"type": "file", "source_type": "id", "id": "file-1"}, FILE_ID),
    "Anthropic document": (
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="},
        },
        UNNAMED_PDF,
    ),
    "Anthropic document with a title": (
        {
            "type": "document",
            "title": "a.pdf",
            "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="},
        },
        PDF,
    ),
    "Anthropic document id": (
        {"type": "document", "source": {"type": "file", "file_id": "file-1"}},
        FILE_ID,
    ),
    "wrapped": ({"type": "non_standard", "value": IMAGE_URL}, IMAGE_URL),
    "wrapped without a type": ({"type": "non_standard", "value": {"text": "Hi"}}, HI),
    "without a type": ({"text": "Hi"}, HI),
    "Assistants text": ({"type": "text", "text": {"value": "Hi", "annotations": []}}, HI),
    "OpenAI image of LangChain": ({**IMAGE_URL, "id": "1", "index": 0, "extras": {}}, IMAGE_URL),
    "MCP image": ({"type": "image", "data": PNG, "mimeType": "image/png"}, IMAGE_DATA),
    "MCP audio": ({"type": "audio", "data": "UklG", "mimeType": "audio/wav"}, WAV),
    "Google media": ({"type": "media", "mime_type": "image/png", "data": PNG}, IMAGE_DATA),
    "Google media in bytes": (
        {"type": "media", "mime_type": "audio/wav", "data": b"RIF"},
        {"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}},
    ),
    "Google PDF": (
        {"type": "media", "mime_type": "application/pdf", "data": "JVBERi0="},
        UNNAMED_PDF,
    ),
    "Google text": (
        {"type": "media", "mime_type": "text/csv", "data": "YSxi"},
        {"type": "text", "text": "a,b"},
    ),
    "Google video address": (
        {"type": "media", "mime_type": "video/mp4", "file_uri": "https://example.com/a.mp4"},
        {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}},
    ),
    "Google inline data": (
        {"inlineData": {"mimeType": "image/png", "data": PNG}, "thoughtSignature": "c2ln"},
        IMAGE_DATA,
    ),
    "Google file data": (
        {"file_data": {"mime_type": "image/png", "file_uri": "https://example.com/cat.png"}},
        IMAGE_URL,
    ),
    "MCP text resource": (
        {"type": "resource", "resource": {"uri": "file:///a.txt", "text": "Hi"}},
        {"type": "text", "text": "file:///a.txt:\nHi"},
    ),
    "MCP image resource": (
        {
            "type": "resource",
            "resource": {"uri": "file:///a.png", "mimeType": "image/png", "blob": PNG},
        },
        IMAGE_DATA,
    ),
    "MCP PDF resource": (
        {
            "type": "resource",
            "resource": {
                "uri": "file:///b/a.pdf",
                "mimeType": "application/pdf",
                "blob": "JVBERi0=",
            },
        },
        PDF,
    ),
    "MCP resource of nothing": (
        {"type": "resource", "resource": {"uri": "file:///a.txt"}},
        {"type": "text", "text": "file:///a.txt"},
    ),
    "MCP link": (
        {
            "type": "resource_link",
            "uri": "https://example.com/a.csv",
            "name": "a.csv",
            "title": "Sales",
            "description": "By month.",
            "mimeType": "text/csv",
        },
        {"type": "text", "text": "Sales: https://example.com/a.csv\nBy month."},
    ),
    "Anthropic search result": (
        {
            "type": "search_result",
            "source": "https://example.com",
            "title": "Cats",
            "content": [{"type": "text", "text": "Cats sleep."}],
            "citations": {"enabled": True},
        },
        {"type": "text", "text": "Cats (https://example.com):\nCats sleep."},
    ),
    "JSON": ({"type": "json", "json": {"a": [1]}}, {"type": "text", "text": '{"a":[1]}'}),
    "Anthropic document of blocks": (
        {
            "type": "document",
            "title": "Letter",
            "source": {"type": "content", "content": [{"type": "text", "text": "Hi"}]},
        },
        {"type": "text", "text": "Letter\nHi"},
    ),
    "OpenAI screenshot": (
        {"type": "computer_screenshot", "image_url": f"data:image/png;base64,{PNG}"},
        IMAGE_DATA,
    ),
    "Bedrock image": (
        {"image": {"format": "png", "source": {"bytes": b"\x89PNG\r\n\x1a\n"}}},
        {
            "type": "image_url",
            "image_url": {"url": f"data:image/png;base64,{PNG}"},
        },
    ),
    "Bedrock table": (
        {"document": {"format": "csv", "name": "a.csv", "source": {"bytes": b"a,b"}}},
        {
            "type": "file",
            "file": {"filename": "a.csv", "file_data": "data:text/csv;base64,YSxi"},
        },
    ),
    "Bedrock document": (
        {
            "document": {
                "format": "pdf",
                "name": "a.pdf",
                "source": {"bytes": b"%PDF-"},
            }
        },
        PDF,
    ),
}


@pytest.mark.parametrize(("block", "part"), cases(BLOCKS))
def test_each_content_block_becomes_its_part(block, part):
    message = HumanMessage(["First.", block])
    before = message.model_copy(deep=True)
    assert to_param(message)["content"] == [{"type": "text", "text": "First."}, part]
    assert message == before


@pytest.mark.parametrize("role", MESSAGES)
def test_every_role_can_send_parts(role):
    image, text = BLOCKS["v1 image address"][0], BLOCKS["v1 cached text"][0]
    assert to_param(MESSAGES[role](["First.", image, text]))["content"] == [
        {"type": "text", "text": "First."},
        IMAGE_URL,
        {**HI, **CACHE},
    ]


@pytest.mark.parametrize(("role", "content"), [("assistant", "First.Hi"), ("tool", "First.\nHi")])
def test_answers_and_results_that_are_only_text_are_sent_as_one_string(role, content):
    for block in ("Hi", HI, BLOCKS["v1 text file"][0]):
        assert to_param(MESSAGES[role](["First.", block]))["content"] == content


def test_bedrocks_cache_point_marks_the_part_before_it():
    point = {"cachePoint": {"type": "default"}}
    assert to_param(HumanMessage([point, "Hi", point]))["content"] == [{**HI, **CACHE}]


@pytest.mark.parametrize("address", ["url", "file_url", "file_uri", "uri"])
@pytest.mark.parametrize("kind", ["input_file", "file", "document"])
def test_the_address_of_a_file_from_a_tool_is_said(kind, address):
    block = {"type": kind, address: "https://example.com/a.pdf"}
    sent = to_param(MESSAGES["tool"](["First.", block]))["content"]
    assert sent == f"First.\n[{kind}] https://example.com/a.pdf"


def test_a_medium_of_a_tool_in_an_unknown_form_is_written_as_it_is():
    block = {"type": "input_image", "picture": "https://example.com/a"}
    sent = to_param(MESSAGES["tool"]([block]))["content"]
    assert sent == '{"type":"input_image","picture":"https://example.com/a"}'

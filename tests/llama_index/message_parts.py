"""Messages and blocks of LlamaIndex that several tests send, and what they become."""

import json

from llama_index.core.base.llms.types import (
    CacheControl,
    CachePoint,
    ChatMessage,
    CitationBlock,
    ToolCallBlock,
)

from llama_index_weryai.request.messages import to_params

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


def user(*blocks):
    return ChatMessage(role="user", blocks=list(blocks))


def assistant(*blocks, **additional_kwargs):
    return ChatMessage(role="assistant", blocks=list(blocks), additional_kwargs=additional_kwargs)


def assert_becomes(message, json_text):
    before = message.model_dump()
    assert to_params([message]) == [json.loads(json_text)]
    assert message.model_dump() == before

"""WeryAI's messages as LangChain's standard content blocks.

Each streamed block carries an index that names its kind ("lc_txt_0", "lc_ref_0", "lc_tc_0" ...), by
which LangChain joins blocks. Without an index LangChain numbers the blocks as they come, and merges
a tool call that arrives together with text into the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zlib import crc32

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages import content as blocks

from weryai_core.integration import format_of_base64

_INDICES = {
    "reasoning": "lc_rs_0",
    "text": "lc_txt_0",
    "audio": "lc_aud_0",
    "refusal": "lc_ref_0",
}


def translate_content(message: AIMessage) -> list[blocks.ContentBlock]:
    """The blocks of a whole message: reasoning, text, images, audio, refusal, tool calls."""
    found = speech_blocks(message)
    found += [
        blocks.ToolCall(type="tool_call", id=call["id"], name=call["name"], args=call["args"])
        for call in message.tool_calls
    ]
    found += [
        blocks.InvalidToolCall(
            type="invalid_tool_call",
            id=call["id"],
            name=call["name"],
            args=call["args"],
            error=call["error"],
        )
        for call in message.invalid_tool_calls
    ]
    return found


def translate_content_chunk(message: AIMessageChunk) -> list[blocks.ContentBlock]:
    """The blocks of a streamed chunk, each with its index; whole blocks after the stream."""
    if message.chunk_position == "last" and not _is_closing_piece(message):
        return translate_content(message)
    found = speech_blocks(message)
    for block in found:
        block["index"] = _stream_index(block)
    for fragment in message.tool_call_chunks:
        chunk = blocks.ToolCallChunk(
            type="tool_call_chunk", id=fragment["id"], name=fragment["name"], args=fragment["args"]
        )
        chunk["index"] = f"lc_tc_{fragment['index']}"
        found.append(chunk)
    return found


def speech_blocks(message: AIMessage) -> list[Any]:
    """The blocks of a message's reasoning, text, media and refusal, without its tool calls.

    Raises:
        NotImplementedError: The content is not a string, so another class made the message.
            LangChain then uses its own way.
    """
    if isinstance(message.content, list):
        raise NotImplementedError  # tells LangChain to translate the message by itself
    found: list[Any] = []
    reasoning = message.additional_kwargs.get("reasoning_content")
    if reasoning:
        found.append(blocks.ReasoningContentBlock(type="reasoning", reasoning=reasoning))
    annotations = [_to_citation(entry) for entry in message.additional_kwargs.get("citations", ())]
    if message.content or annotations:
        text = blocks.TextContentBlock(type="text", text=message.content)
        if annotations:
            text["annotations"] = annotations
        found.append(text)
    images = message.additional_kwargs.get("images", ())
    found += [to_image_block(image["image_url"]["url"]) for image in images]
    found += to_audio_blocks(message.additional_kwargs.get("audio"))
    refusal = message.additional_kwargs.get("refusal")
    if refusal:
        found.append(blocks.RefusalContentBlock(type="refusal", refusal=refusal))
    return found


def to_image_block(url: str) -> blocks.ImageContentBlock:
    """An image, which is an address or a data URI, as LangChain's standard block."""
    head, separator, data = url.partition(";base64,")
    if separator and head.startswith("data:"):
        mime_type = head.removeprefix("data:")
        return blocks.ImageContentBlock(type="image", base64=data, mime_type=mime_type)
    return blocks.ImageContentBlock(type="image", url=url)


def to_audio_blocks(audio: Any) -> list[Any]:
    """A spoken answer, or a piece of it, as LangChain's standard block with its transcript."""
    if not isinstance(audio, Mapping):
        return []
    data, transcript = audio.get("data"), audio.get("transcript")
    block = blocks.AudioContentBlock(type="audio")
    if data and isinstance(data, str):
        block["base64"] = data
        mime_type = format_of_base64(data)
        if mime_type.startswith("audio/"):
            block["mime_type"] = mime_type
    if transcript and isinstance(transcript, str):
        block["extras"] = {"transcript": transcript}
    return [block] if len(block) > 1 else []


def _stream_index(block: Any) -> str:
    """The index by which LangChain joins the pieces of a block; an image comes in one piece."""
    if block["type"] == "image":
        return f"lc_img_{crc32((block.get('url') or block['base64']).encode())}"
    return _INDICES[block["type"]]


def _is_closing_piece(message: AIMessageChunk) -> bool:
    """Whether this is the last chunk of a stream, which has no text, and not the merged message.

    LangChain marks both as last.
    """
    begins_a_call = any(call["id"] or call["name"] for call in message.tool_call_chunks)
    kinds = ("reasoning_content", "refusal", "images", "audio")
    says_more = not message.additional_kwargs.keys().isdisjoint(kinds)
    return not (message.content or begins_a_call or says_more)


def _to_citation(entry: dict[str, Any]) -> blocks.Annotation:
    """An entry of `additional_kwargs["citations"]` as LangChain's standard annotation."""
    citation = blocks.Citation(type="citation")
    for name, value in entry.items():
        if name in blocks.Citation.__annotations__:
            citation[name] = value  # type: ignore[literal-required]  # checked
        else:
            citation.setdefault("extras", {})[name] = value
    return citation

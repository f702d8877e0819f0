"""LangChain's standard content blocks of WeryAI's messages. No I/O.

Streamed blocks carry an index of their own kind ("lc_txt_0", "lc_rs_0", "lc_tc_0" ...): LangChain
joins blocks by it. Without one it numbers blocks as they come, and a tool call that arrives
together with text is merged into the text.
"""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages import content as blocks
from langchain_core.messages.block_translators import register_translator

from langchain_weryai.reply.messages import PROVIDER


def register_blocks() -> None:
    """Make `message.content_blocks` understand WeryAI's messages."""
    register_translator(PROVIDER, translate_content, translate_content_chunk)


def translate_content(message: AIMessage) -> list[blocks.ContentBlock]:
    """The blocks of a whole message: reasoning, text, tool calls."""
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
    """The blocks of a streamed piece, each with its index; of a finished stream, whole ones."""
    if message.chunk_position == "last" and not _is_closing_piece(message):
        return translate_content(message)
    found = speech_blocks(message)
    for block in found:
        block["index"] = "lc_rs_0" if block["type"] == "reasoning" else "lc_txt_0"
    for piece in message.tool_call_chunks:
        chunk = blocks.ToolCallChunk(
            type="tool_call_chunk", id=piece["id"], name=piece["name"], args=piece["args"]
        )
        chunk["index"] = f"lc_tc_{piece['index']}"
        found.append(chunk)
    return found


def speech_blocks(message: AIMessage) -> list[Any]:
    """Reasoning and text, from a string content or from one that is blocks already."""
    if isinstance(message.content, list):
        raise NotImplementedError  # content that is no string is not ours: LangChain's own way
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
    return found


def _is_closing_piece(message: AIMessageChunk) -> bool:
    """Whether this is the last piece of a stream, which has no text of its own, and not the whole.

    LangChain marks both as last.
    """
    begins_a_call = any(piece["id"] or piece["name"] for piece in message.tool_call_chunks)
    has_thoughts = "reasoning_content" in message.additional_kwargs
    return not (message.content or begins_a_call or has_thoughts)


def _to_citation(entry: dict[str, Any]) -> blocks.Annotation:
    """One of `additional_kwargs["citations"]` as LangChain's standard annotation."""
    citation = blocks.Citation(type="citation")
    for name, value in entry.items():
        if name in blocks.Citation.__annotations__:
            citation[name] = value  # type: ignore[literal-required]  # checked
        else:
            citation.setdefault("extras", {})[name] = value
    return citation

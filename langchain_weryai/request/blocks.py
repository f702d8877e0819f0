"""Content as blocks that each have a type, whichever API they were written for.

LangChain's own blocks of both versions have one, and so have OpenAI's, Anthropic's and MCP's.
Bedrock's and Google's have none: their only key says what they hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from mimetypes import guess_type
from typing import Any

from weryai_core.integration import to_base64

Content = str | list[str | dict[Any, Any]]
Block = Mapping[str, Any]

CALLS = frozenset(
    ("tool_use", "tool_call", "invalid_tool_call", "function_call", "custom_tool_call")
)
"""The types of blocks that are tool calls."""

_BEDROCK_MEDIA = {"image": "image", "video": "video", "document": "application"}
# Google's data, and its addresses.
_GOOGLE_MEDIA = ("inline_data", "inlineData", "file_data", "fileData")


def to_blocks(content: Content) -> list[dict[str, Any]]:
    """Content as blocks that each have a type, out of LangChain's wrapping."""
    if isinstance(content, str):
        content = [content]
    blocks: list[dict[str, Any]] = []
    for block in content:
        if isinstance(block, str):
            blocks.append({"type": "text", "text": block})
        elif isinstance(block, Mapping):
            block = _with_kind(_unwrapped(block))
            inner = block.get("content") if kind_of(block) == "message" else None
            # OpenAI's Responses API puts the blocks of an answer into an item.
            blocks += to_blocks(inner) if isinstance(inner, (str, list)) else [block]
    return blocks


def kind_of(block: Block) -> str:
    """The type of a block; "" if it has none."""
    kind = block.get("type")
    return kind if isinstance(kind, str) else ""


def as_call(block: Block) -> Block:
    """A block that is a tool call, with a name and with arguments that are an object."""
    given = block.get("input")
    if not given and isinstance(block.get("partial_json"), str):
        return {**block, "input": block["partial_json"]}  # Anthropic's, streamed
    if kind_of(block) == "custom_tool_call" and isinstance(given, str):
        return {**block, "input": {"input": given}}
    if kind_of(block) in CALLS:
        return block
    return {"name": kind_of(block), "args": block.get("action") or {}, **block}


def _unwrapped(block: Block) -> Block:
    """The block inside, if LangChain wrapped a block that is not one of its own."""
    value = block.get("value")
    is_wrapped = block.get("type") == "non_standard" and isinstance(value, Mapping)
    return value if is_wrapped and value else block


def _with_kind(block: Block) -> dict[str, Any]:
    """The block with a type."""
    if isinstance(block.get("type"), str):
        return dict(block)
    for name in _GOOGLE_MEDIA:
        if isinstance(block.get(name), Mapping):
            return {"type": "media", **block[name]}
    return _from_bedrock(block) if len(block) == 1 else dict(block)


def _from_bedrock(block: Block) -> dict[str, Any]:
    ((kind, held),) = block.items()
    if kind == "text":
        return {"type": "text", "text": held}
    if kind == "citationsContent" and isinstance(held, Mapping):
        cited = held.get("content")
        texts = [one.get("text") for one in cited or () if isinstance(one, Mapping)]
        return {"type": "text", "text": "".join(text for text in texts if isinstance(text, str))}
    if kind == "json":
        return {"type": "json", "json": held}
    if kind == "toolUse" and isinstance(held, Mapping):
        return {**held, "type": "tool_use", "id": held.get("toolUseId")}
    source = held.get("source") if isinstance(held, Mapping) else None
    if kind not in _BEDROCK_MEDIA or not isinstance(source, Mapping):
        return dict(block)
    data, name = source.get("bytes"), str(held.get("format") or "")
    base64_data = to_base64(data) if isinstance(data, bytes) else data
    mime_type = name if "/" in name else f"{_BEDROCK_MEDIA[kind]}/{name}"
    if kind == "document":
        mime_type = guess_type(f"a.{name}")[0] or mime_type
    about = {"text": source["text"]} if "text" in source else {}
    return {"type": kind, "base64": base64_data, "mime_type": mime_type, **about} | (
        {"name": held["name"]} if isinstance(held.get("name"), str) else {}
    )

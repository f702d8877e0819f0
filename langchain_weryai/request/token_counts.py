"""Estimates the tokens of messages: text by LangChain's rule of thumb, media by their kind.

LangChain's own count takes a PDF or a sound for as much text as its base64 is long, so that
`trim_messages` would drop the message. Here media leave the messages before the text is counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage, convert_to_messages

from langchain_weryai.request.blocks import to_blocks
from weryai_core.integration import estimate_media_tokens, read_written

_CHARACTERS_PER_TOKEN = 4

# An AIMessage has its calls in `tool_calls` as well.
_CALLS = frozenset(
    ("tool_use", "tool_call", "function_call", "tool_call_chunk", "input_json_delta")
)
# What is not sent, and is long.
_OPAQUE = frozenset(
    ("signature", "thought_signature", "encrypted_content", "extras", "index", "id")
)
_BLOB = re.compile(r"[A-Za-z0-9+/_=-]{256}")


def count_tokens(
    messages: Sequence[BaseMessage], count_text: Callable[[list[BaseMessage]], int]
) -> int:
    """The tokens of messages.

    Args:
        messages: The messages. They are not changed.
        count_text: Counts the tokens of messages without media.
    """
    of_media, plain = 0, []
    for message in convert_to_messages(messages):
        tokens, text = _read(message)
        of_media += tokens
        plain.append(message if text is None else message.model_copy(update={"content": text}))
    return of_media + count_text(plain)


def _read(message: BaseMessage) -> tuple[int, str | None]:
    """The tokens of a message's media, and its text if it is in blocks."""
    if isinstance(message, ToolMessage) and isinstance(message.content, str):
        written = read_written(message.content)
        return (0, None) if written is None else _read_blocks(written, frozenset())
    if not isinstance(message.content, list):
        images = message.additional_kwargs.get("images")
        found = images if isinstance(images, (list, tuple)) else ()
        return sum(estimate_media_tokens(image) or 0 for image in found), None
    skipped = _CALLS if isinstance(message, AIMessage) and message.tool_calls else frozenset[str]()
    return _read_blocks(message.content, skipped)


def _read_blocks(content: list[Any], skipped: frozenset[str]) -> tuple[int, str]:
    tokens, texts = 0, []
    for block in to_blocks(content):
        of_medium = estimate_media_tokens(block)
        data = block.get("base64")
        if of_medium is not None:
            tokens += of_medium
        elif block.get("type") == "text-plain" and isinstance(data, str):
            tokens += ceil(len(data) * 3 / 4 / _CHARACTERS_PER_TOKEN)
        elif str(block.get("type")) not in skipped:
            of_inner, text = _read_inner(block, skipped)
            tokens += of_inner
            texts.append(text)
    return tokens, "".join(texts)


def _read_inner(block: Mapping[str, Any], skipped: frozenset[str]) -> tuple[int, str]:
    """The tokens of the media in a block, such as another API's tool result, and its text."""
    text = block.get("text")
    if isinstance(text, str):
        return 0, text
    source = block.get("source")
    for fields in (block, source if isinstance(source, Mapping) else {}):
        content = fields.get("content")
        if isinstance(content, list):
            return _read_blocks(content, skipped)
    return 0, str(_readable(block))


def _readable(value: Any) -> Any:
    """A value without data that is no text."""
    if isinstance(value, Mapping):
        return {name: _readable(inner) for name, inner in value.items() if name not in _OPAQUE}
    if isinstance(value, (list, tuple)):
        return [_readable(inner) for inner in value]
    is_data = isinstance(value, bytes) or (
        isinstance(value, str) and (value[:5].lower() == "data:" or _BLOB.match(value))
    )
    return "" if is_data else value

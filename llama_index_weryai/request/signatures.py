"""Signed reasoning of answers: WeryAI's own, and that of other providers' classes.

Anthropic and BedrockConverse keep signatures in their ThinkingBlocks, GoogleGenAI in a list by the
blocks of a message, and in older versions in the calls of `additional_kwargs`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ThinkingBlock, ToolCallBlock

from weryai_core.integration import (
    call_extras,
    google_extras,
    message_extras,
    thinking_entry,
    with_extras,
)


def maker_of(message: ChatMessage) -> str | None:
    """Return the model that made a message; None if the message does not say."""
    maker = message.additional_kwargs.get("model")
    return maker if isinstance(maker, str) and maker else None


def signed_calls(
    message: ChatMessage, calls: Sequence[dict[str, Any]], known: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the calls of a message's blocks with what their model wants back with them.

    Args:
        message: The message.
        calls: The calls of its blocks, in order.
        known: The entries of `tool_calls` in its `additional_kwargs`.
    """
    extras = {entry.get("id"): call_extras(entry) for entry in known}
    signatures = _of_blocks(message)
    found = [
        signatures[position] if position < len(signatures) else None
        for position, block in enumerate(message.blocks)
        if isinstance(block, ToolCallBlock)
    ]
    return [
        with_extras(call, extras.get(call["id"]) or google_extras(signature))
        for call, signature in zip(calls, found, strict=True)
    ]


def signed_reasoning(message: ChatMessage, calls: Sequence[dict[str, Any]]) -> Mapping[str, Any]:
    """Return the fields for signed reasoning of a message, apart from those of its calls."""
    own = message_extras(message.additional_kwargs)
    if own:
        return own
    blocks = [block for block in message.blocks if isinstance(block, ThinkingBlock)]
    entries = [
        entry
        for block in blocks
        if (entry := thinking_entry(block.content or "", _held(block, "signature")))
    ]
    if entries:
        return {"thinking_blocks": entries}
    if any(map(call_extras, calls)):
        return {}
    signatures = [*_of_blocks(message), *(_held(block, "thought_signature") for block in blocks)]
    return google_extras(next(filter(None, signatures), None))


def _of_blocks(message: ChatMessage) -> list[Any]:
    """Return Google's signatures, one for each block; bytes, or text after a chat store."""
    signatures = message.additional_kwargs.get("thought_signatures")
    return signatures if isinstance(signatures, list) else []


def _held(block: ThinkingBlock, name: str) -> Any:
    return block.additional_information.get(name)

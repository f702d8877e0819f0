"""How to call a LlamaIndex model."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ImageBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)

from speed.adapters.subject import Answer, Conversation


class LlamaIndex:
    """A LlamaIndex model at a base URL."""

    sync = aio = True

    def __init__(self, model: Any) -> None:
        self.model = model
        self.call = model.chat
        self.acall = model.achat
        self.stream = model.stream_chat

    async def astream(self, prompt: Any) -> AsyncIterator[Any]:
        """Return the iterator of a stream."""
        iterator: AsyncIterator[Any] = await self.model.astream_chat(prompt)
        return iterator

    def prompt(self, conversation: Conversation) -> Any:
        """Return LlamaIndex's messages."""
        return [ChatMessage(text, role=role) for role, text in conversation]

    def image_prompt(self, text: str, png: bytes) -> Any:
        """Return a message with an image block."""
        image = ImageBlock(image=png, image_mimetype="image/png")
        return [ChatMessage(role=MessageRole.USER, blocks=[TextBlock(text=text), image])]

    async def aclose(self) -> None:
        """Close the connections of our model; other classes have no way that is documented."""
        close = getattr(self.model, "aclose", None)
        if close is not None:
            await close()

    def answer(self, parts: Sequence[Any]) -> Answer:
        """Return what the last response holds: it has the whole message."""
        message, blocks = parts[-1].message, parts[-1].message.blocks
        return Answer(
            text=message.content or "",
            reasoning="".join(b.content or "" for b in blocks if isinstance(b, ThinkingBlock)),
            calls=tuple(_calls_of(message)),
            usage=_usage_of(parts),
        )


def _calls_of(message: ChatMessage) -> Iterator[tuple[str, Any]]:
    calls = [block for block in message.blocks if isinstance(block, ToolCallBlock)]
    for call in calls:
        yield call.tool_name, _parsed(call.tool_kwargs)
    if not calls:  # LiteLLM has them here alone
        for entry in message.additional_kwargs.get("tool_calls", ()):
            yield entry["function"]["name"], _parsed(entry["function"]["arguments"])


def _parsed(arguments: Any) -> Any:
    return json.loads(arguments) if isinstance(arguments, str) else arguments


def _usage_of(parts: Sequence[Any]) -> tuple[int, int] | None:
    for response in reversed(parts[-3:]):
        raw = response.raw
        usage = raw.get("usage") if isinstance(raw, dict) else getattr(raw, "usage", None)
        if usage:
            counts = usage if isinstance(usage, dict) else vars(usage)
            return counts["prompt_tokens"], counts["completion_tokens"]
    return None

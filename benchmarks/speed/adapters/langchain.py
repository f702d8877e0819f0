"""How to call a LangChain model."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage

from speed.adapters.subject import Answer, Conversation


class LangChain:
    """A LangChain model at a base URL."""

    sync = aio = True

    def __init__(self, model: BaseChatModel) -> None:
        self.model = model
        self.call = model.invoke
        self.acall = model.ainvoke
        self.stream = model.stream

    async def astream(self, prompt: Any) -> AsyncIterator[Any]:
        """Return the iterator of a stream."""
        return self.model.astream(prompt)

    def prompt(self, conversation: Conversation) -> Any:
        """Return LangChain's messages."""
        kinds = {"user": HumanMessage, "assistant": AIMessage}
        return [kinds[role](text) for role, text in conversation]

    def image_prompt(self, text: str, png: bytes) -> Any:
        """Return a message with an image as a data URL."""
        url = f"data:image/png;base64,{base64.b64encode(png).decode()}"
        image = {"type": "image_url", "image_url": {"url": url}}
        return [HumanMessage([{"type": "text", "text": text}, image])]

    async def aclose(self) -> None:
        """Close the connections of our model; other classes have no way that is documented."""
        close = getattr(self.model, "aclose", None)
        if close is not None:
            await close()

    def answer(self, parts: Sequence[Any]) -> Answer:
        """Return what the merged chunks hold."""
        message = parts[0] + list(parts[1:]) if len(parts) > 1 else parts[0]
        blocks = message.content_blocks
        usage = message.usage_metadata
        return Answer(
            text=message.text,
            reasoning="".join(b.get("reasoning", "") for b in blocks if b["type"] == "reasoning"),
            calls=tuple((call["name"], call["args"]) for call in message.tool_calls),
            usage=(usage["input_tokens"], usage["output_tokens"]) if usage else None,
        )

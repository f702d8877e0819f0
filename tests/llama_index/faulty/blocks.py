"""Faults of content blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock, ThinkingBlock

from ._noticed import noticed_by
from ._parrot import Parrot


@noticed_by("test_media_are_sent_or_refused")
class Blind(Parrot):
    """Unsupported blocks are left out silently."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        texts = [
            message.model_copy(update={"blocks": [TextBlock(text=message.content or "")]})
            for message in messages
        ]
        return super()._stream(texts, **kwargs)


@noticed_by("test_an_image_may_be_bytes_base64_or_a_file")
class BytesOnly(Parrot):
    """Images must be given as bytes."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        for block in (block for message in messages for block in message.blocks):
            if isinstance(block, ImageBlock) and not block.image:
                raise ValueError("There is no image.")
        return super()._stream(messages, **kwargs)


@noticed_by("test_a_message_may_have_several_texts")
class OneBlock(Parrot):
    """Messages must have one block of text."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        for message in messages:
            [_] = [block for block in message.blocks if isinstance(block, TextBlock)]
        return super()._stream(messages, **kwargs)


@noticed_by("test_reasoning_may_be_in_the_history", "test_an_answer_may_be_in_the_history")
class Thoughtless(Parrot):
    """Its own reasoning is rejected in a history."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        for block in (block for message in messages for block in message.blocks):
            if isinstance(block, ThinkingBlock):
                raise ValueError("Reasoning cannot be sent.")
        return super()._stream(messages, **kwargs)


@noticed_by("test_reasoning_is_streamed")
class MuteThoughts(Parrot):
    """Reasoning is in the message but not streamed."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        for response in super()._stream(messages, **kwargs):
            response.additional_kwargs.pop("thinking_delta", None)
            yield response


@noticed_by("test_an_answer_can_be_saved", "test_a_call_can_be_saved")
class Hoarder(Parrot):
    """Messages hold an object of the service's library."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        for response in super()._stream(messages, **kwargs):
            response.message.additional_kwargs["raw"] = object()
            yield response

"""Faults of content blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock, ThinkingBlock

from ._noticed import noticed_by
from ._parrot import Parrot


@noticed_by("test_media_are_sent_or_refused")
class Blind(Parrot):
    """Blocks that cannot be sent are left out without a word."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        texts = [
            message.model_copy(update={"blocks": [TextBlock(text=message.content or "")]})
            for message in messages
        ]
        return super()._stream(texts, **kwargs)


@noticed_by("test_an_image_may_come_from_anywhere")
class BytesOnly(Parrot):
    """Images must be given as bytes."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        for block in (block for message in messages for block in message.blocks):
            if isinstance(block, ImageBlock) and not block.image:
                raise ValueError("There is no image.")
        return super()._stream(messages, **kwargs)


@noticed_by("test_texts_may_be_several")
class OneBlock(Parrot):
    """Messages must have one block of text."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        for message in messages:
            [_] = [block for block in message.blocks if isinstance(block, TextBlock)]
        return super()._stream(messages, **kwargs)


@noticed_by("test_thoughts_go_back", "test_an_answer_goes_back")
class Thoughtless(Parrot):
    """Its own thoughts are no part of a history."""

    def _stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        for block in (block for message in messages for block in message.blocks):
            if isinstance(block, ThinkingBlock):
                raise ValueError("Thoughts cannot be sent.")
        return super()._stream(messages, **kwargs)


@noticed_by("test_thoughts_are_streamed")
class MuteThoughts(Parrot):
    """Thoughts are in the message, and not streamed."""

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

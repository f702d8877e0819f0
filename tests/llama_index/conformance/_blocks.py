"""Content blocks: media, reasoning and several texts, sent or refused, and saved."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    ContentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
)

from ._samples import ADD, ASK_ADD, MEDIA, PNG
from ._subject import Subject, needs
from ._ways import HELLO, TOOLS, ask, call, each_chat, text_of

DESCRIBE = TextBlock(text="What is this? Answer in one sentence.")


class BlockTests(Subject):
    """No part of a message is lost silently."""

    @each_chat
    @pytest.mark.parametrize("ability", MEDIA)
    def test_media_are_sent_or_refused(self, method: str, ability: str) -> None:
        """Unsupported media are an error that names the block, not an answer without it."""
        block = MEDIA[ability]
        question = [ChatMessage(role="user", blocks=[DESCRIBE, block])]
        if getattr(self, ability):
            assert text_of(call(self.make_llm(), method, question)[-1]).strip()
            return
        with pytest.raises(Exception, match=rf"(?i){block.block_type}"):
            call(self.make_llm(), method, question)

    @pytest.mark.parametrize("source", ["bytes", "base64", "path"])
    @needs("supports_image_inputs")
    def test_an_image_may_be_bytes_base64_or_a_file(self, source: str, tmp_path: Path) -> None:
        """An image may be bytes, base64 text or a file, with or without a type."""
        file = tmp_path / "dot.png"
        file.write_bytes(PNG)
        images: dict[str, ContentBlock] = {
            "bytes": ImageBlock(image=PNG),
            "base64": ImageBlock(image=base64.b64encode(PNG)),
            "path": ImageBlock(path=file),
        }
        messages = [ChatMessage(role="user", blocks=[DESCRIBE, images[source]])]
        assert text_of(self.make_llm().chat(messages)).strip()

    @each_chat
    def test_a_message_may_have_several_texts(self, method: str) -> None:
        """A message with two blocks of text stays one message with two texts."""
        blocks = [TextBlock(text="I am Ann."), TextBlock(text="What is my name?")]
        messages = [ChatMessage(role="user", blocks=blocks)]
        assert text_of(call(self.make_llm(), method, messages)[-1]).strip()
        assert messages[0].blocks == blocks

    @each_chat
    @needs("returns_reasoning")
    def test_reasoning_is_a_block(self, method: str) -> None:
        """The model's reasoning is a `ThinkingBlock`, separate from the text."""
        message = ask(self.make_llm(), method)[-1].message
        reasoning = [block for block in message.blocks if isinstance(block, ThinkingBlock)]
        assert len(reasoning) == 1
        assert reasoning[0].content
        assert reasoning[0].content not in (message.content or "")

    @pytest.mark.parametrize("method", ["stream_chat", "astream_chat"])
    @needs("returns_reasoning")
    def test_reasoning_is_streamed(self, method: str) -> None:
        """Each response has `additional_kwargs["thinking_delta"]`, where agents look for it."""
        responses = ask(self.make_llm(), method)
        deltas = [response.additional_kwargs.get("thinking_delta") for response in responses]
        [reasoning] = [
            block.content
            for block in responses[-1].message.blocks
            if isinstance(block, ThinkingBlock)
        ]
        assert "".join(delta or "" for delta in deltas) == reasoning

    @each_chat
    def test_reasoning_may_be_in_the_history(self, method: str) -> None:
        """An answer with reasoning may be in the history, even if the reasoning is not sent."""
        blocks: list[ContentBlock] = [ThinkingBlock(content="A name."), TextBlock(text="Hi, Ann.")]
        messages = [
            ChatMessage(role="user", content="I am Ann."),
            ChatMessage(role="assistant", blocks=blocks),
            ChatMessage(role="user", content="What is my name?"),
        ]
        assert text_of(call(self.make_llm(), method, messages)[-1]).strip()

    @each_chat
    def test_an_answer_can_be_saved(self, method: str) -> None:
        """Memories and agents' contexts are JSON, which keeps the whole message."""
        saved = ask(self.make_llm(), method)[-1].message.model_dump_json()
        assert ChatMessage.model_validate_json(saved).model_dump_json() == saved

    @pytest.mark.parametrize("method", TOOLS)
    @needs("has_tool_calling")
    def test_a_call_can_be_saved(self, method: str) -> None:
        """The same for an answer that calls a tool."""
        message = call(self.make_llm(), method, [ADD], user_msg=ASK_ADD)[-1].message
        saved = message.model_dump_json()
        assert ChatMessage.model_validate_json(saved).model_dump_json() == saved

    def test_an_answer_may_be_in_the_history(self) -> None:
        """The model's own message can be sent back in the history."""
        llm = self.make_llm()
        messages = [ChatMessage(content=HELLO)]
        messages += [llm.chat(messages).message, ChatMessage(content="And again.")]
        assert text_of(llm.chat(messages)).strip()

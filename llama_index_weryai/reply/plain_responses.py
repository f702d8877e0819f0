"""LlamaIndex's objects for the usual chunk: the next piece of text or reasoning alone.

The response of a chat, and the completion of a prompt, which has no message.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    ContentBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
)

from weryai_core.integration import (
    choose_maker,
    new_object,
    set_extra,
    set_fields,
    set_names,
    set_private,
)

Plain = tuple[str, str, str, dict[str, Any], dict[str, Any]]
"""What a response is made of: all text so far, all reasoning so far (which may be empty), the new
text, the reply's JSON object, and the additional arguments."""

PlainMaker = Callable[[str, str, str, dict[str, Any], dict[str, Any]], ChatResponse]

CompletionMaker = Callable[[str, str, dict[str, Any], dict[str, Any]], CompletionResponse]
"""Makes the completion of the same, without the reasoning so far."""

_EXAMPLES: tuple[Plain, ...] = (
    ("", "", "", {}, {}),
    (" Hi\n", "", "\n", {"id": "c", "choices": [{"index": 0, "delta": {"content": "\n"}}]}, {}),
    ('\u00e9\U0001f600 {"a": "', "<b>\x00\t", "", {"id": None}, {"thinking_delta": "\t"}),
)


@cache
def plain_maker() -> PlainMaker:
    """The maker of this process: the quick one unless LlamaIndex's classes have changed.

    Compared on first use, which takes less than a millisecond.
    """
    return choose_maker(make_quickly, make_validated, _EXAMPLES)


def make_validated(
    text: str, reasoning: str, delta: str, raw: dict[str, Any], additional: dict[str, Any]
) -> ChatResponse:
    """The response, made by LlamaIndex's constructors in 5 us."""
    blocks: list[ContentBlock] = [ThinkingBlock(content=reasoning)] if reasoning else []
    blocks.append(TextBlock(text=text))
    message = ChatMessage(role=MessageRole.ASSISTANT, blocks=blocks)
    return ChatResponse(message=message, delta=delta, raw=raw, additional_kwargs=additional)


def make_quickly(
    text: str, reasoning: str, delta: str, raw: dict[str, Any], additional: dict[str, Any]
) -> ChatResponse:
    """The response, made without validation in 2 us.

    Nothing in it is shared with another one, and it keeps the two dicts as they are.
    """
    block = new_object(TextBlock)
    set_fields(block, {"block_type": "text", "text": text})
    set_names(block, {"text"})
    set_extra(block, None)
    set_private(block, None)
    message = new_object(ChatMessage)
    blocks: list[ContentBlock] = [_thinking_block(reasoning), block] if reasoning else [block]
    set_fields(message, {"role": MessageRole.ASSISTANT, "additional_kwargs": {}, "blocks": blocks})
    set_names(message, {"role", "blocks"})
    set_extra(message, None)
    set_private(message, None)
    response = new_object(ChatResponse)
    set_fields(
        response,
        {
            "message": message,
            "raw": raw,
            "delta": delta,
            "logprobs": None,
            "additional_kwargs": additional,
        },
    )
    set_names(response, {"message", "delta", "raw", "additional_kwargs"})
    set_extra(response, None)
    set_private(response, None)
    return response


def _thinking_block(reasoning: str) -> ThinkingBlock:
    block = new_object(ThinkingBlock)
    set_fields(
        block,
        {
            "block_type": "thinking",
            "content": reasoning,
            "num_tokens": None,
            "additional_information": {},
        },
    )
    set_names(block, {"content"})
    set_extra(block, None)
    set_private(block, None)
    return block


@cache
def completion_maker() -> CompletionMaker:
    """`plain_maker` for completions."""
    examples = [(text, *rest) for text, _, *rest in _EXAMPLES]
    return choose_maker(make_completion_quickly, make_completion_validated, examples)


def make_completion_validated(
    text: str, delta: str, raw: dict[str, Any], additional: dict[str, Any]
) -> CompletionResponse:
    """The completion, made by LlamaIndex's constructor."""
    return CompletionResponse(text=text, delta=delta, raw=raw, additional_kwargs=additional)


def make_completion_quickly(
    text: str, delta: str, raw: dict[str, Any], additional: dict[str, Any]
) -> CompletionResponse:
    """The completion, made without validation. It keeps the two dicts as they are."""
    completion = new_object(CompletionResponse)
    set_fields(
        completion,
        {
            "text": text,
            "additional_kwargs": additional,
            "raw": raw,
            "logprobs": None,
            "delta": delta,
        },
    )
    set_names(completion, {"text", "additional_kwargs", "raw", "delta"})
    set_extra(completion, None)
    set_private(completion, None)
    return completion

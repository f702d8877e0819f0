"""Chunks of a reply to LlamaIndex's responses. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ContentBlock,
    LogProb,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from pydantic import ValidationError

from llama_index_weryai.reply.citations import note, to_blocks
from weryai_core import Chunk, ToolCallDelta
from weryai_core.integration import merge_sources, merge_tool_calls, parse_arguments


class ResponseBuilder:
    """Makes LlamaIndex's responses of the chunks of one reply.

    Each response has the whole message so far and, as `delta`, what is new of it; the last one has
    the usage in its `raw`. A reply that comes whole is one chunk, and so one response.
    """

    def __init__(self) -> None:
        self._text = ""
        self._reasoning = ""
        self._refusal = ""
        self._calls: tuple[ToolCallDelta, ...] = ()
        self._finish_reason: str | None = None

    def take(self, chunk: Chunk) -> ChatResponse:
        """The response after this chunk."""
        choice = chunk.choice
        self._text += choice.text
        self._reasoning += choice.reasoning
        self._refusal += choice.refusal
        if choice.tool_calls:
            self._calls = merge_tool_calls((*self._calls, *choice.tool_calls))
        self._finish_reason = choice.finish_reason or self._finish_reason
        additional: dict[str, Any] = {}
        if choice.reasoning:
            # Where agents look for it.
            additional["thinking_delta"] = choice.reasoning
        if chunk.is_last:
            # Also where the service gave none: that it is here tells that the answer is whole.
            additional["finish_reason"] = self._finish_reason
        message = self._message(is_whole=chunk.is_last)
        if choice.citations:
            note(choice.citations)
            message.blocks += to_blocks(choice.citations)
            # Again as plain dicts, and beside the message: streaming chat engines drop blocks, and
            # a completion has no message.
            plain = [citation.to_dict() for citation in choice.citations]
            message.additional_kwargs["citations"] = additional["citations"] = plain
        return ChatResponse(
            message=message,
            delta=choice.text,
            raw=_to_raw(chunk),
            logprobs=_to_logprobs(choice.logprobs),
            additional_kwargs=additional,
        )

    def _message(self, *, is_whole: bool) -> ChatMessage:
        blocks: list[ContentBlock] = []
        if self._reasoning:
            blocks.append(ThinkingBlock(content=self._reasoning))
        if self._text or not self._calls:
            blocks.append(TextBlock(text=self._text))
        blocks += [_to_call_block(call, is_whole=is_whole) for call in self._calls]
        extra: dict[str, Any] = {}
        if self._calls:
            # Core looks for calls in both places.
            extra["tool_calls"] = [_to_call_param(call) for call in self._calls]
        if self._refusal:
            extra["refusal"] = self._refusal
        return ChatMessage(role=MessageRole.ASSISTANT, blocks=blocks, additional_kwargs=extra)


def _to_call_block(call: ToolCallDelta, *, is_whole: bool) -> ToolCallBlock:
    # While it is streamed, and when it is no JSON object, the text is all there is.
    arguments = parse_arguments(call.arguments) if is_whole else None
    return ToolCallBlock(
        tool_call_id=call.id,
        tool_name=call.name or "",
        tool_kwargs=call.arguments if arguments is None else arguments,
    )


def _to_call_param(call: ToolCallDelta) -> dict[str, Any]:
    function = {"name": call.name or "", "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function, **call.extra}


def _to_raw(chunk: Chunk) -> dict[str, Any]:
    """The JSON object as it came, with a `usage` that token counters can read, or none."""
    raw = {name: value for name, value in chunk.raw.items() if name != "usage"}
    if not chunk.is_last:
        return raw
    raw = {"id": chunk.id, "model": chunk.model, "created": chunk.created, **raw}
    raw |= merge_sources((chunk.sources, chunk.choice.sources))
    if chunk.usage is not None:
        raw["usage"] = {
            **chunk.usage.raw,
            "prompt_tokens": chunk.usage.prompt_tokens,
            "completion_tokens": chunk.usage.completion_tokens,
            "total_tokens": chunk.usage.total_tokens,
        }
    return raw


def _to_logprobs(logprobs: Any) -> list[list[LogProb]] | None:
    """OpenAI's log probabilities: per token, the alternatives, or the token itself.

    Entries of another shape are passed over; `raw` has them as they came.
    """
    tokens = logprobs.get("content") if isinstance(logprobs, Mapping) else None
    if not isinstance(tokens, list) or not tokens:
        return None
    per_token = [_mappings(token.get("top_logprobs")) or [token] for token in _mappings(tokens)]
    return [[*_read_logprobs(entries)] for entries in per_token]


def _read_logprobs(entries: Sequence[Mapping[str, Any]]) -> Iterator[LogProb]:
    for entry in entries:
        # Both by name: core's defaults would make a sure thing of an entry without a number.
        with suppress(ValidationError, KeyError):
            yield LogProb(
                token=entry["token"], logprob=entry["logprob"], bytes=entry.get("bytes") or []
            )


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    entries = value if isinstance(value, list) else []
    return [entry for entry in entries if isinstance(entry, Mapping)]

"""The chunks of a reply as LlamaIndex's responses.

A streamed reply gives one response a chunk, each with the whole message so far. A whole reply is
one chunk, so both take the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ContentBlock,
    ImageBlock,
    LogProb,
    MessageRole,
    TextBlock,
    ThinkingBlock,
)
from pydantic import ValidationError

from llama_index_weryai.reply.citations import add_to_collections, to_blocks
from llama_index_weryai.reply.growing_calls import GrowingCalls
from llama_index_weryai.reply.plain_responses import Plain, plain_maker
from weryai_core import Choice, Chunk, Usage
from weryai_core.integration import holds_only_text, merge_audio, merge_sources


class ResponseBuilder:
    """Builds LlamaIndex's responses from the chunks of one reply.

    Each response holds the whole message so far and, as `delta`, the new text. The last one has
    the usage in its `raw`.
    """

    def __init__(self) -> None:
        self._make_plain = plain_maker()
        self._is_plain = True  # whether only text and reasoning have come
        self._text = ""
        self._reasoning = ""
        self._refusal = ""
        self._audio: dict[str, Any] = {}
        self._images: list[ImageBlock] = []
        self._calls = GrowingCalls()
        self._finish_reason: str | None = None

    def add(self, chunk: Chunk) -> ChatResponse:
        """Return the response after this chunk."""
        plain = self.next_plain(chunk)
        return self.add_any(chunk) if plain is None else self._make_plain(*plain)

    def next_plain(self, chunk: Chunk) -> Plain | None:
        """Add a chunk of text or reasoning alone, while nothing else has come; None for another.

        Returns:
            The arguments of the makers in `plain_responses`.
        """
        if not self._is_plain or not holds_only_text(chunk):
            return None
        choice = chunk.choices[0]
        text = self._text = self._text + choice.text
        additional = {}
        if choice.reasoning:
            self._reasoning += choice.reasoning
            additional["thinking_delta"] = choice.reasoning
        return text, self._reasoning, choice.text, _to_raw(chunk), additional

    def add_any(self, chunk: Chunk) -> ChatResponse:
        """`add` for a chunk of any kind."""
        self._is_plain = False
        choice = chunk.choice
        text = choice.text or _spoken_text(choice)
        self._text += text
        self._reasoning += choice.reasoning
        self._refusal += choice.refusal
        for image in choice.images:
            with suppress(ValidationError):  # an address that is not one
                self._images.append(ImageBlock(url=image))
        if choice.audio:
            known = {name: self._audio[name] for name in choice.audio if name in self._audio}
            self._audio |= merge_audio([known, choice.audio])
        if choice.tool_calls:
            self._calls.add(choice.tool_calls)
        self._finish_reason = choice.finish_reason or self._finish_reason
        additional: dict[str, Any] = {}
        if choice.reasoning:
            # Agents look for it here.
            additional["thinking_delta"] = choice.reasoning
        if chunk.is_last:
            # Present even where the service gave none: its presence says that the answer is whole.
            additional["finish_reason"] = self._finish_reason
        if self._refusal:
            additional["refusal"] = self._refusal  # a completion has no message
        message = self._message(is_whole=chunk.is_last)
        if choice.extra or self._calls:
            # With the model's name: which reasoning goes back depends on who made them.
            message.additional_kwargs |= {**choice.extra, "model": chunk.model}
        if choice.citations:
            add_to_collections(choice.citations)
            message.blocks += to_blocks(choice.citations)
            # Repeated as dicts, because streaming chat engines drop blocks, and outside the
            # message, because a completion has none.
            plain = [citation.to_dict() for citation in choice.citations]
            message.additional_kwargs["citations"] = additional["citations"] = plain
        return ChatResponse(
            message=message,
            delta=text,
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
        message = ChatMessage(role=MessageRole.ASSISTANT, blocks=blocks)
        # The rest is appended afterwards, since the message checks each of its blocks once more.
        message.blocks += self._images
        extra = message.additional_kwargs
        if self._calls:
            message.blocks += self._calls.whole_blocks() if is_whole else self._calls.blocks
            # Core looks for calls here as well as in the blocks.
            params = self._calls.whole_params() if is_whole else self._calls.params
            extra["tool_calls"] = [*params]
        if self._refusal:
            extra["refusal"] = self._refusal
        if self._audio:
            extra["audio"] = dict(self._audio)
        return message


def _spoken_text(choice: Choice) -> str:
    """The next piece of what the model says aloud."""
    transcript = choice.audio.get("transcript")
    return transcript if isinstance(transcript, str) else ""


def _to_raw(chunk: Chunk) -> dict[str, Any]:
    """Return the reply's JSON object; in the last chunk with a `usage` for token counters."""
    raw = dict(chunk.raw)
    raw.pop("usage", None)
    if not chunk.is_last:
        return raw
    raw = {**chunk.metadata, **raw}
    raw |= {"id": chunk.id, "model": chunk.model, "created": chunk.created}
    if chunk.sources or chunk.choice.sources:
        raw |= merge_sources((chunk.sources, chunk.choice.sources))
    if chunk.usage is not None:
        raw["usage"] = _to_raw_usage(chunk.usage)
    return raw


def _to_raw_usage(usage: Usage) -> dict[str, Any]:
    """Return the `usage` object as it came, with all known counts under OpenAI's names as well."""
    raw: dict[str, Any] = {
        **usage.raw,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
    }
    for name, part, count in (
        ("prompt_tokens_details", "cached_tokens", usage.cached_tokens),
        ("completion_tokens_details", "reasoning_tokens", usage.reasoning_tokens),
    ):
        if count is not None:
            given = raw.get(name)
            raw[name] = {**(given if isinstance(given, Mapping) else {}), part: count}
    return raw


def _to_logprobs(logprobs: Any) -> list[list[LogProb]] | None:
    """Read OpenAI's log probabilities: for each token its alternatives, or the token itself.

    Skips entries of another shape; `raw` keeps them unchanged.
    """
    tokens = logprobs.get("content") if isinstance(logprobs, Mapping) else None
    if not isinstance(tokens, list) or not tokens:
        return None
    per_token = [_mappings(token.get("top_logprobs")) or [token] for token in _mappings(tokens)]
    return [[*_read_logprobs(entries)] for entries in per_token]


def _read_logprobs(entries: Sequence[Mapping[str, Any]]) -> Iterator[LogProb]:
    for entry in entries:
        # Core's default of 0.0 would make an entry without a number a certainty.
        with suppress(ValidationError, KeyError):
            yield LogProb(
                token=entry["token"], logprob=entry["logprob"], bytes=entry.get("bytes") or []
            )


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    entries = value if isinstance(value, list) else []
    return [entry for entry in entries if isinstance(entry, Mapping)]

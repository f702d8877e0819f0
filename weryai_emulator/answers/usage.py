"""The usage object: tokens in, tokens out, and their details. No I/O."""

from __future__ import annotations

import json
from typing import Any

from weryai_emulator.answers.completion import Choice
from weryai_emulator.request.chat_request import ChatRequest, parts_of, text_of
from weryai_emulator.speech import audio_tokens
from weryai_emulator.tokens import count_tokens

JsonObject = dict[str, Any]

# Invented, like every figure here: what a message costs beside its text, and a part that
# is no text.
_PER_MESSAGE = 3
_PER_PART = {"image_url": 85, "video_url": 500, "file": 250, "input_audio": 50}

# Prompts remembered at most; a server that runs for days must not grow.
_MOST_SEEN = 10_000


class UsageCounter:
    """Counts, and remembers prompts: one that starts like an earlier one counts as cached."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def count(self, request: ChatRequest, choices: list[Choice]) -> JsonObject:
        """Return the usage of a request and its answers."""
        per_message = [_message_tokens(message) for message in request.messages]
        tools = request.body.get("tools")
        prompt = sum(per_message) + (count_tokens(json.dumps(tools)) if tools else 0)
        reasoning = sum(
            count_tokens(str(choice.message.get("reasoning_content") or "")) for choice in choices
        )
        said = sum(audio_tokens(_transcript(choice.message)) for choice in choices)
        completion = reasoning + said + sum(_answer_tokens(choice.message) for choice in choices)
        cached = self._cached(request, per_message)
        prompt_details = {"cached_tokens": cached}
        marked = _marked_tokens(request, per_message)
        if marked:
            # OpenRouter's name for what Anthropic's `cache_control` puts into the cache.
            prompt_details["cache_write_tokens"] = max(marked - cached, 0)
        completion_details = {"reasoning_tokens": reasoning}
        heard = sum(
            _PER_PART["input_audio"]
            for message in request.messages
            for part in parts_of(message)
            if part.get("type") == "input_audio"
        )
        if heard or said:
            prompt_details["audio_tokens"] = heard
            completion_details["audio_tokens"] = said
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": prompt_details,
            "completion_tokens_details": completion_details,
        }

    def forget(self) -> None:
        """Forget the prompts seen so far."""
        self._seen = set()

    def _cached(self, request: ChatRequest, per_message: list[int]) -> int:
        """Return the tokens of the longest beginning that was a beginning before."""
        seen = self._seen
        if len(seen) > _MOST_SEEN:
            seen.clear()
        cached = tokens = 0
        prefix = hash(request.model)
        for message, count in zip(request.messages, per_message, strict=True):
            tokens += count
            prefix = hash((prefix, json.dumps(message, sort_keys=True)))
            if prefix in seen:
                cached = tokens
            seen.add(prefix)
        return cached


def _message_tokens(message: JsonObject) -> int:
    parts = sum(_PER_PART.get(str(part.get("type")), 0) for part in parts_of(message))
    return _PER_MESSAGE + count_tokens(text_of(message)) + parts + _call_tokens(message)


def _marked_tokens(request: ChatRequest, per_message: list[int]) -> int:
    """Return the tokens up to the last message that has a part with `cache_control`."""
    tokens = marked = 0
    for message, count in zip(request.messages, per_message, strict=True):
        tokens += count
        if any(part.get("cache_control") for part in parts_of(message)):
            marked = tokens
    return marked


def _answer_tokens(message: JsonObject) -> int:
    text = text_of(message) or _transcript(message)
    return count_tokens(text) + _call_tokens(message)


def _transcript(message: JsonObject) -> str:
    return str((message.get("audio") or {}).get("transcript", ""))


def _call_tokens(message: JsonObject) -> int:
    calls = message.get("tool_calls")
    return count_tokens(json.dumps(calls, ensure_ascii=False)) if calls else 0

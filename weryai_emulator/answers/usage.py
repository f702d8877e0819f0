"""The usage object: prompt tokens, completion tokens and their details."""

from __future__ import annotations

import json

from weryai_emulator.answers.completion import Choice
from weryai_emulator.audio import audio_tokens
from weryai_emulator.json_text import JsonObject, to_json
from weryai_emulator.request.chat_request import ChatRequest, parts_of, text_of
from weryai_emulator.text import count_tokens

# All figures are invented: the tokens of a message in addition to its text, and those of a part
# without text.
_PER_MESSAGE = 3
_PER_PART = {"image_url": 85, "video_url": 500, "file": 250, "input_audio": 50}

# The limit of remembered prompts, so that a server that runs for days does not grow.
_MOST_SEEN = 10_000


class UsageCounter:
    """Counts tokens, and remembers prompts: a beginning that it has seen before is cached."""

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
        spoken = sum(audio_tokens(_transcript(choice.message)) for choice in choices)
        completion = reasoning + spoken + sum(_answer_tokens(choice.message) for choice in choices)
        cached = self._cached(request, per_message)
        prompt_details = {"cached_tokens": cached}
        marked = _marked_tokens(request, per_message)
        if marked:
            # OpenRouter's name for the tokens that `cache_control` of Anthropic adds to the cache.
            prompt_details["cache_write_tokens"] = max(marked - cached, 0)
        completion_details = {"reasoning_tokens": reasoning}
        heard = _heard_tokens(request)
        if heard or spoken:
            prompt_details["audio_tokens"] = heard
            completion_details["audio_tokens"] = spoken
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
        """Return the tokens of the longest beginning that an earlier prompt had."""
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
    """Return the tokens up to the last message with a `cache_control`."""
    tokens = marked = 0
    for message, count in zip(request.messages, per_message, strict=True):
        tokens += count
        if any(part.get("cache_control") for part in parts_of(message)):
            marked = tokens
    return marked


def _heard_tokens(request: ChatRequest) -> int:
    parts = [part for message in request.messages for part in parts_of(message)]
    return _PER_PART["input_audio"] * len([p for p in parts if p.get("type") == "input_audio"])


def _answer_tokens(message: JsonObject) -> int:
    text = text_of(message) or _transcript(message)
    return count_tokens(text) + _call_tokens(message)


def _transcript(message: JsonObject) -> str:
    audio = message.get("audio")
    return str(audio.get("transcript", "")) if isinstance(audio, dict) else ""


def _call_tokens(message: JsonObject) -> int:
    calls = message.get("tool_calls")
    return count_tokens(to_json(calls)) if calls else 0

"""The usage object: prompt tokens, completion tokens and their details."""

from __future__ import annotations

import json

from weryai_emulator.answers.completion import Choice
from weryai_emulator.answers.prompt_cache import Piece, PromptCache
from weryai_emulator.audio import audio_tokens
from weryai_emulator.json_text import JsonObject, to_json
from weryai_emulator.request.chat_request import ChatRequest, parts_of, text_of
from weryai_emulator.text import count_tokens, split_tokens

# All figures are invented: the tokens of a message in addition to its text, and those of a part
# without text.
_PER_MESSAGE = 3
_PER_PART = {"image_url": 85, "video_url": 500, "file": 250, "input_audio": 50}


class UsageCounter:
    """Counts tokens, and knows which of them are read from a cache."""

    def __init__(self) -> None:
        self._cache = PromptCache()

    def count(self, request: ChatRequest, choices: list[Choice], key: str = "") -> JsonObject:
        """Return the usage of a request and its answers.

        Args:
            request: The request.
            choices: Its answers.
            key: The API key of the request, which has a prompt cache of its own.
        """
        pieces = _pieces(request)
        prompt = sum(len(piece.tokens) for piece in pieces)
        reasoning = sum(
            count_tokens(str(choice.message.get("reasoning_content") or "")) for choice in choices
        )
        spoken = sum(audio_tokens(_transcript(choice.message)) for choice in choices)
        completion = reasoning + spoken + sum(_answer_tokens(choice.message) for choice in choices)
        read, written = self._cache.use((key, request.model), pieces)
        prompt_details = {"cached_tokens": read}
        if written is not None:
            # OpenRouter's name for the tokens that `cache_control` of Anthropic adds to the cache.
            prompt_details["cache_write_tokens"] = written
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
        self._cache.forget()


def _pieces(request: ChatRequest) -> list[Piece]:
    """Return the prompt of a request: its tools, then its messages."""
    tools = request.body.get("tools")
    pieces = [Piece(split_tokens(json.dumps(tools)))] if tools else []
    return [*pieces, *map(_message_piece, request.messages)]


def _message_piece(message: JsonObject) -> Piece:
    role = str(message.get("role"))
    tokens = [role] * _PER_MESSAGE + split_tokens(text_of(message))
    parts = parts_of(message)
    for part in parts:
        count = _PER_PART.get(str(part.get("type")), 0)
        if count:
            content = {name: value for name, value in part.items() if name != "cache_control"}
            tokens += [json.dumps(content, sort_keys=True)] * count
    calls = message.get("tool_calls")
    if calls:
        tokens += split_tokens(to_json(calls))
    return Piece(tokens, any(part.get("cache_control") for part in parts))


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

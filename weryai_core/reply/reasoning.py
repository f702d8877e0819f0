"""Finds the reasoning of a message: in fields next to the text, or in parts of the content.

DeepSeek, Kimi and Qwen name the field `reasoning_content`, OpenRouter and vLLM `reasoning`, Ollama
`thinking`. Anthropic and Mistral send parts `{"thinking": ...}`, some gateways
`{"reasoning": ...}`. Histories bring OpenAI's `summary` and Bedrock's
`{"reasoningContent": {"reasoningText": {"text": ...}}}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KINDS = frozenset(("reasoning", "reasoning_content", "thinking", "redacted_thinking"))
# Where a part has its reasoning, and where an object of it has its text.
_FIELDS = ("thinking", "reasoning", "reasoning_content", "reasoningContent")
_TEXTS = ("text", "thinking", "reasoning", "reasoningText", "summary", "content")


def reasoning_in_fields(message: Mapping[str, Any]) -> str:
    """The reasoning in a field of the message; "" if there is none."""
    reasoning = (
        message.get("reasoning_content") or message.get("reasoning") or message.get("thinking")
    )
    if not reasoning:
        return ""
    return reasoning if isinstance(reasoning, str) else _text_of(reasoning)


def reasoning_in_extras(extras: Mapping[str, Any]) -> str:
    """The text in the fields for signed reasoning; "" if it is encrypted or there is none."""
    for name in ("reasoning_details", "thinking_blocks"):
        entries = extras.get(name)
        if isinstance(entries, list):
            text = "".join(_text_of(entry) for entry in entries if isinstance(entry, Mapping))
            if text:
                return text
    fields = extras.get("provider_specific_fields")
    if not isinstance(fields, Mapping):
        return ""
    return reasoning_in_fields(fields) or reasoning_in_extras(fields)


def is_reasoning(part: Mapping[str, Any]) -> bool:
    """Whether a part of the content is reasoning, also if it is encrypted."""
    if part.get("thought") is True:  # Google marks a text so
        return True
    kind = part.get("type")
    return kind in _KINDS if isinstance(kind, str) else any(name in part for name in _FIELDS)


def reasoning_in_part(part: Mapping[str, Any]) -> str:
    """The reasoning that one part of the content holds; "" if it holds none."""
    for name in _FIELDS:
        if part.get(name):
            return _text_of(part[name])
    kind = part.get("type")
    is_kind = isinstance(kind, str) and kind in _KINDS
    return _text_of(part) if is_kind or part.get("thought") is True else ""


def _text_of(value: object) -> str:
    """The text of reasoning that is a text, an object, or a list of them."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(map(_text_of, value))
    if isinstance(value, Mapping):
        return next((_text_of(value[name]) for name in _TEXTS if value.get(name)), "")
    return ""

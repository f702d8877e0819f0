"""Finds the reasoning of a message: in fields next to the text, or in parts of the content.

DeepSeek, Kimi and Qwen name the field `reasoning_content`, OpenRouter and vLLM `reasoning`.
Anthropic and Mistral send parts `{"thinking": ...}`, some gateways `{"reasoning": ...}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def reasoning_in_fields(message: Mapping[str, Any]) -> str:
    """The reasoning in a field of the message; "" if there is none."""
    reasoning = message.get("reasoning_content") or message.get("reasoning")
    return reasoning if isinstance(reasoning, str) else ""


def reasoning_in_part(part: Mapping[str, Any]) -> str:
    """The reasoning that one part of the content holds; "" if it holds none."""
    reasoning = part.get("thinking") or part.get("reasoning")
    if isinstance(reasoning, list):  # Mistral nests a list of text parts here
        return "".join(map(_text_of, reasoning))
    return reasoning if isinstance(reasoning, str) else ""


def _text_of(part: object) -> str:
    text = part.get("text") if isinstance(part, Mapping) else part
    return text if isinstance(text, str) else ""

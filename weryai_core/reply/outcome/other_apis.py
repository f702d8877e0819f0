"""Answers of other APIs than OpenAI's, as completions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Fields = Mapping[str, Any]

_OF_OLLAMA = ("message", "response", "done", "done_reason", "context")
_COUNTS = {"prompt_eval_count": "prompt_tokens", "eval_count": "completion_tokens"}


def from_ollama(payload: Fields) -> Fields:
    """An answer of Ollama's own API, or a piece of one, as a completion; else the payload itself.

    It has a message, or a text, and says whether the answer is done.
    """
    is_done = payload.get("done")
    if not isinstance(is_done, bool) or "choices" in payload:
        return payload
    message, text = payload.get("message"), payload.get("response")
    if not isinstance(message, Mapping):
        if not isinstance(text, str):
            return payload
        message = {"content": text, "thinking": payload.get("thinking")}
    reason = (payload.get("done_reason") or "stop") if is_done else None
    rest = {
        name: value
        for name, value in payload.items()
        if name not in _OF_OLLAMA and name not in _COUNTS
    }
    counts = {_COUNTS[name]: payload[name] for name in _COUNTS if payload.get(name)}
    return {
        **rest,
        "choices": [{"message": message, "finish_reason": reason}],
        **({"usage": counts} if counts else {}),
    }

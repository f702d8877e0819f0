"""Tokens by a rule of the emulator's own: text is cut, counted and streamed by it. No I/O.

A token is a word of up to eight letters, up to three digits, or one other sign, each with
the white space before it. English text comes to about four characters a token.
"""

from __future__ import annotations

import re
import zlib
from typing import Any

_TOKEN = re.compile(r"\s*(?:[A-Za-z\u00c0-\u024f]{1,8}|\d{1,3}|\S)|\s+")


def split_tokens(text: str) -> list[str]:
    """Return the tokens of a text; joined they are the text."""
    return _TOKEN.findall(text)


def count_tokens(text: str) -> int:
    """Return how many tokens a text has."""
    return len(_TOKEN.findall(text))


def cut_tokens(text: str, limit: int) -> tuple[str, bool]:
    """Return the first `limit` tokens of a text, and whether anything was cut off."""
    tokens = split_tokens(text)
    if len(tokens) <= limit:
        return text, False
    return "".join(tokens[:limit]), True


def token_logprobs(text: str, alternatives: int) -> dict[str, Any]:
    """Return log probabilities in OpenAI's shape: invented, and always the same for a token."""
    return {
        "content": [
            {**_logprob(token, 0), "top_logprobs": _alternatives(token, alternatives)}
            for token in split_tokens(text)
        ],
        "refusal": None,
    }


def _alternatives(token: str, count: int) -> list[dict[str, Any]]:
    others = [_logprob(f"{token}{chr(ord('a') + rank)}", rank + 1) for rank in range(count - 1)]
    return [_logprob(token, 0), *others][:count]


def _logprob(token: str, rank: int) -> dict[str, Any]:
    encoded = token.encode()
    value = -(zlib.crc32(encoded) % 100) / 1000 - rank - 0.001
    return {"token": token, "logprob": round(value, 3), "bytes": list(encoded)}

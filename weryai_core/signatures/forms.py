"""Signatures that other packages keep with their messages, in the fields that gateways take.

LiteLLM's field is for Claude, Google's for Gemini:

    thinking_blocks   [{"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}]
    extra_content     {"google": {"thought_signature": "c2ln"}}
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any


def thinking_entry(reasoning: str, signature: object) -> dict[str, Any] | None:
    """Reasoning that Claude signed as an entry of `thinking_blocks`; None if it is not signed."""
    signature = _to_text(signature)
    if not signature:
        return None
    return {"type": "thinking", "thinking": reasoning, "signature": signature}


def google_extras(signature: object) -> dict[str, Any]:
    """A signature of Gemini's as a field of a message or of a tool call; empty if there is none."""
    signature = _to_text(signature)
    return {"extra_content": {"google": {"thought_signature": signature}}} if signature else {}


def _to_text(signature: object) -> str:
    """A signature as text; "" if it is none. Google's own package has bytes."""
    if isinstance(signature, bytes):
        return b64encode(signature).decode()
    return signature if isinstance(signature, str) else ""

"""Redacts secrets from what a service says.

Errors repeat the service's words, and services repeat the key. Redaction comes after reading: the
word "error" may be somebody's key on a local server, and an error is still an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic_core import to_json

_KEY_LIKE = re.compile(r"\bsk-[\w*.\-]{3,}")
_MARK = "[hidden]"


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text with a mark in place of these secrets and of whatever looks like an API key."""
    for secret in secrets:
        text = text.replace(secret, _MARK)
    return _KEY_LIKE.sub(_MARK, text)


def redact_body(text: str, payload: object, secrets: Sequence[str]) -> str:
    """A body without secrets, escaped ones included. JSON stays JSON.

    Args:
        text: The body.
        payload: The JSON in it; None if it is not JSON.
        secrets: See `redact`.
    """
    if payload is None:
        return redact(text, secrets)
    redacted = _redact_json(payload, secrets)
    return text if redacted == payload else to_json(redacted, inf_nan_mode="constants").decode()


def _redact_json(value: Any, secrets: Sequence[str]) -> Any:
    if isinstance(value, str):
        return redact(value, secrets)
    if isinstance(value, list):
        return [_redact_json(entry, secrets) for entry in value]
    if isinstance(value, Mapping):
        return {
            redact(name, secrets): _redact_json(entry, secrets) for name, entry in value.items()
        }
    return value

"""Redacts secrets from what a service says.

Errors repeat the service's words, and services repeat the key. Redaction comes after reading: the
word "error" may be somebody's key on a local server, and an error is still an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote, quote_plus

from pydantic import SecretStr
from pydantic_core import to_json

MARK = "[hidden]"
"""What stands in place of a secret."""

# Shorter values ("1", "en", "any") are no secrets, and are parts of ordinary words.
_SHORTEST_SECRET = 8  # characters
_KEY_LIKE = re.compile(r"\bsk-[\w*.\-]{3,}")


def find_secrets(api_key: SecretStr, *given: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts of a request that errors must not show, longest first.

    Args:
        api_key: The key in use.
        given: Headers and query parameters that the user sends along. Their values count, and what
            follows the scheme in a value such as `Bearer abc`.
    """
    values = [value for mapping in given for value in _texts_of(mapping.values())]
    values += [value.partition(" ")[2] for value in values]
    found = {form for value in (api_key.get_secret_value(), *values) for form in _forms_of(value)}
    return tuple(sorted(found, key=len, reverse=True))


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text with a mark in place of these secrets and of whatever looks like an API key."""
    for secret in secrets:
        text = text.replace(secret, MARK)
    return _KEY_LIKE.sub(MARK, text)


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


def _forms_of(secret: str) -> Iterator[str]:
    """A secret as it may stand in JSON, in a log, in an address and in a page."""
    if len(secret) < _SHORTEST_SECRET:
        return
    yield secret
    if not secret.isalnum():
        for form in (_in_json(secret), repr(secret)[1:-1]):
            yield from (form, _in_json(form))
        yield from (quote(secret, safe=""), quote(secret), quote_plus(secret), escape(secret))


def _in_json(text: str) -> str:
    return to_json(text).decode()[1:-1]


def _texts_of(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _texts_of(value)

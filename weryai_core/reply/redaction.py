"""What must not be shown, blotted out of what the service says. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

# Shorter values of headers ("1", "en") are no secrets, and are in every other sentence.
_SHORTEST = 8  # characters
_KEY_LIKE = re.compile(r"\bsk-[\w*.\-]{3,}")
_MARK = "[hidden]"


def find_secrets(api_key: str, *given: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts of a request that must not be shown, longest first.

    Args:
        api_key: The key in use.
        given: What the user sends along, headers or parameters of the address. Their values count,
            and what follows the scheme in one such as `Bearer abc`.
    """
    values = [value for mapping in given for value in _texts_of(mapping.values())]
    values += [value.partition(" ")[2] for value in values]
    found = {value for value in values if len(value) >= _SHORTEST}
    return tuple(sorted({api_key, *found} - {""}, key=len, reverse=True))


def blot_out(text: str, secrets: Iterable[str]) -> str:
    """The text without these, and without what looks like a key."""
    for secret in secrets:
        text = text.replace(secret, _MARK)
    return _KEY_LIKE.sub(_MARK, text)


def _texts_of(values: Iterable[Any]) -> Iterable[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _texts_of(value)

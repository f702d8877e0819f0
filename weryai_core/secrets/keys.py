"""The API key: where it comes from, and what is cleaned or refused.

No function here has the key as text in a local variable when it raises: error trackers and
debuggers show those.
"""

from __future__ import annotations

import os
import re

from pydantic import SecretStr

from weryai_core.errors import ConfigurationError
from weryai_core.secrets.hidden import hide_text, reveal

API_KEY_VARIABLE = "WERYAI_API_KEY"

_QUOTES = "\"'`"
_BEARER = re.compile(r"^bearer(\s+|$)", re.IGNORECASE)
# What a template or a shell would have replaced: ${KEY}, $KEY, %KEY%, {{ key }}, <your key>. What
# stands in documentation or for a missing value: sk-..., None.
_PLACEHOLDER = re.compile(
    r"\$\{.*\}|\$[A-Z_]\w*|%\w+%|\{.*\}|<.*>|.*\.{3}|none|null|undefined", re.DOTALL | re.IGNORECASE
)


def resolve_key(api_key: object) -> SecretStr:
    """The key that was passed; with None, that of the environment.

    White space and quotes around it and the word "Bearer" before it are removed.

    Raises:
        ConfigurationError: There is none, or it cannot be one. The message does not repeat it.
    """
    api_key = to_secret(hide_text(api_key), "api_key")
    given = SecretStr(os.environ.get(API_KEY_VARIABLE, "")) if api_key is None else api_key
    key = SecretStr(_cleaned(given.get_secret_value()))
    if not key.get_secret_value() and api_key is not None:
        raise ConfigurationError(
            f"`api_key` is empty. Pass a key; leave it out, or pass None, to use that in "
            f"`{API_KEY_VARIABLE}`."
        )
    fault = _fault_of(key.get_secret_value())
    if fault is not None:
        raise ConfigurationError(fault)
    return key


def to_secret(value: object, name: str) -> SecretStr | None:
    """A hidden value, if it is a text.

    Args:
        value: What `hide_text` gives.
        name: What the value is, for the error.

    Raises:
        ConfigurationError: It is not a text. The message does not repeat it.
    """
    if value is None or isinstance(value, SecretStr):
        return value
    kind = type(reveal(value)).__name__
    raise ConfigurationError(f"`{name}` must be text or a SecretStr, not a {kind}.")


def _cleaned(key: str) -> str:
    before = None
    while key != before:
        before = key
        key = _BEARER.sub("", key.strip(), count=1)
        if len(key) > 1 and key[0] == key[-1] and key[0] in _QUOTES:
            key = key[1:-1]
    return key


def _fault_of(key: str) -> str | None:
    """What is wrong with a key; None if it may be one."""
    if not key:
        return f"No API key. Pass `api_key` or set `{API_KEY_VARIABLE}`."
    if _PLACEHOLDER.fullmatch(key):
        return (
            "The API key is a placeholder that was not replaced. Put the key itself there, e.g. "
            f'os.environ["{API_KEY_VARIABLE}"].'
        )
    if key[0] in _QUOTES or key[-1] in _QUOTES or re.match(r"b['\"]", key):
        return (
            "The API key has a quotation mark at one end, or is the repr of bytes. Pass the text "
            "between the quotation marks."
        )
    if not key.strip("*"):
        return (
            "The API key consists of asterisks, as a SecretStr that was turned into text. Pass "
            "the SecretStr itself."
        )
    # Checked here since the HTTP library's own error would show the header, key and all.
    if not (key.isascii() and key.replace("\t", " ").replace("\n", " ").isprintable()):
        return "The API key has characters that no HTTP header can carry."
    if len(key.split()) > 1:
        return "The API key has white space in it. Copy it again, in one piece."
    return None

"""Decides which texts of a request are secrets.

The key is one, and so is what a header or query parameter holds whose name says so, or whose value
looks random. The parts of such a value count as well: the token after `Bearer`, a cookie, the
password in a Basic pair. Short texts and ordinary words are no secrets: to hide them would make
messages unreadable, and `api_key="anything"` is usual for servers that check no key.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

SHORTEST = 8
"""Characters that a secret has at least."""

_LONGEST_WORDS = 19  # characters of what may be ordinary words
_SHORTEST_RANDOM = 16

_WORDS = re.compile(r"(?:[A-Z]?[a-z]+|[A-Z]+)(?:[ _-](?:[A-Z]?[a-z]+|[A-Z]+))*")
_SENSITIVE = re.compile(
    r"auth(?!or)|key(?!word|board)|token(?!s\b|iz)|secret|cookie|passw|passphrase|(?<![a-z])pwd"
    r"|credential|signature|(?<![a-z])sig(?![a-z])|session|jwt|bearer|(?<![a-z])pass(?![a-z])",
    re.IGNORECASE,
)
# Names of what is repeated on purpose, or says what the client is.
_PLAIN = re.compile(
    r"(?:id|agent|accept[\w-]*|type|host|referer|origin|title|trace\w+|model|deployment|name|count)$",
    re.IGNORECASE,
)
_OF_SECRETS = re.compile(r"[-_](?:type|count)$", re.IGNORECASE)  # says something about a secret
_DATE_OR_VERSION = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?:-?\d\d){0,2}(?!\d)|(?<![a-z\d])v?\d+(?:\.\d+)+", re.IGNORECASE
)
_RUN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_SYMBOLS = re.compile(r"""\S["<>\\$^|~`]+\S""")  # in no ordinary name or address
_SEPARATORS = re.compile(r"[\s,;]+")
_LONGEST_RANDOM_RUN = 3.5  # letters of one case or digits in a row, on average


def is_sensitive(name: str) -> bool:
    """Whether the name of a header or query parameter says that its value is a secret."""
    return _SENSITIVE.search(name) is not None and _OF_SECRETS.search(name) is None


def secrets_of_key(key: str) -> Iterator[str]:
    """A key, if it is one."""
    if _may_be_secret(key):
        yield key


def secrets_of_values(given: Mapping[str, Any]) -> Iterator[str]:
    """The secrets in headers or query parameters."""
    for name, value in given.items():
        for text in _texts_of(value):
            if is_sensitive(str(name)):
                yield from _parts_of(text)
            elif not _PLAIN.search(str(name)):
                for part in _SEPARATORS.split(text):
                    if _looks_random(part) and "://" not in part:
                        yield from _parts_of(part)


def secrets_of_address(address: str) -> Iterator[str]:
    """The password in an address, with and without the user's name."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return
    for user, password in {
        (parts.username or "", parts.password or ""),
        (unquote(parts.username or ""), unquote(parts.password or "")),
    }:
        if password:
            yield f"{user}:{password}"
            yield from (text for text in (password,) if _may_be_secret(text))


def _parts_of(text: str) -> Iterator[str]:
    """A secret and the secrets in it."""
    for part in {text, *_SEPARATORS.split(text)}:
        _, is_pair, value = part.partition("=")
        tokens = [part, value.strip("\"'")] if is_pair and value.strip("=") else [part]
        for token in tokens:
            if _may_be_secret(token):
                yield token
    scheme, _, token = text.partition(" ")
    if scheme.lower() == "basic":
        yield from _basic_pair(token.strip())


def _basic_pair(token: str) -> Iterator[str]:
    """What the token of `Authorization: Basic` says: a user and a password."""
    try:
        pair = b64decode(token, validate=True).decode()
    except (binascii.Error, ValueError):
        return
    for text in (pair, pair.partition(":")[2]):
        if _may_be_secret(text):
            yield text


def _may_be_secret(text: str) -> bool:
    if len(text.strip()) < SHORTEST:
        return False
    return len(text) > _LONGEST_WORDS or _WORDS.fullmatch(text) is None


def _looks_random(text: str) -> bool:
    """Whether a text is mixed as a key or a password: "a7Gk2...", "name-11223344", "p<q&r"."""
    if len(text) < SHORTEST or not re.search(r"[A-Za-z]", text):
        return False
    if _SYMBOLS.search(text):
        return True
    if len(text) < _SHORTEST_RANDOM:
        return False
    runs = _RUN.findall(_DATE_OR_VERSION.sub("", text))
    digits = [run for run in runs if run.isdigit()]
    if not digits:
        return False
    return (
        sum(map(len, digits)) > _LONGEST_RANDOM_RUN
        or sum(map(len, runs)) / len(runs) < _LONGEST_RANDOM_RUN
    )


def _texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, (list, tuple)):
        for entry in value:
            yield from _texts_of(entry)
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif value is not None and not isinstance(value, bool):
        yield str(value)

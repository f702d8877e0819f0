"""Redacts secrets from what a service says.

Errors repeat the service's words, and services repeat the key. Redaction comes after reading: the
word "error" may be somebody's key on a local server, and an error is still an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import to_json

from weryai_core.secrets.find import (
    SHORTEST,
    is_sensitive,
    secrets_of_address,
    secrets_of_key,
    secrets_of_values,
)
from weryai_core.secrets.hidden import MARK, Revealed, reveal
from weryai_core.secrets.spellings import Spellings

_KEY_LIKE = re.compile(r"\bsk-([\w*.\-]{16,})")
_LINE_BREAK = re.compile(r"\\[nrt]")  # as JSON writes it
_SHORTEST_NUMBER = 10 ** (SHORTEST - 1) - 1
_LARGEST_NUMBER = 10**100  # Python refuses to write numbers of thousands of digits


class Secrets:
    """What the errors of a call must not show. It is looked for when there is an error.

    Args:
        api_key: The key in use.
        given: Headers and query parameters that the user sends along.
        proxy: Address of a proxy, which may hold a password.
    """

    __slots__ = ("_api_key", "_given", "_proxy", "_spellings")

    def __init__(
        self,
        api_key: Revealed[str] | str = "",
        *given: Revealed[Mapping[str, Any]] | Mapping[str, Any],
        proxy: Revealed[str] | None = None,
    ) -> None:
        self._api_key = api_key
        self._given = given
        self._proxy = proxy
        self._spellings: Spellings | None = None

    def redact(self, text: str) -> str:
        """The text with a mark in place of secrets and of whatever looks like an API key."""
        if len(text) < SHORTEST:
            return text
        return _KEY_LIKE.sub(_mark_key, self._found().replace(text, MARK))

    def redact_body(self, text: str, payload: object) -> str:
        """A body without secrets, escaped ones included. JSON stays JSON.

        Args:
            text: The body.
            payload: The JSON in it; None if it is not JSON.
        """
        if payload is None:
            return self.redact(text)
        # Nearly always there is none, which is found out faster in the whole.
        if not any(map(self._is_shown_in, (text, _LINE_BREAK.sub("", text)))):
            return text
        redacted = self.redact_value(payload)
        if redacted != payload:
            return to_json(redacted, inf_nan_mode="constants").decode()
        return text

    def redact_value(self, value: Any) -> Any:
        """A text, a number, or a list or mapping of them, without secrets."""
        match value:
            case str():
                return self.redact(value)
            case bytes():
                text = value.decode("utf-8", "surrogateescape")
                redacted = self.redact(text)
                return value if redacted == text else redacted.encode("utf-8", "replace")
            case list():
                return [self.redact_value(entry) for entry in value]
            case tuple() if type(value) is tuple:
                return tuple(self.redact_value(entry) for entry in value)
            case Mapping():
                return {self.redact_value(name): self.redact_value(value[name]) for name in value}
            case int() | float() if _SHORTEST_NUMBER < abs(value) < _LARGEST_NUMBER:
                return MARK if self._found().are_in(str(value)) else value
        return value

    def hides_header(self, name: str) -> bool:
        """Whether the value of a header must not be shown: the user's own, and those of keys."""
        names = (given.lower() for mapping in self._given for given in reveal(mapping))
        return is_sensitive(name) or name.lower() in names

    def _is_shown_in(self, text: str) -> bool:
        return self._found().are_in(text) or _KEY_LIKE.search(text) is not None

    def _found(self) -> Spellings:
        if self._spellings is None:
            self._spellings = Spellings(self._texts())
        return self._spellings

    def _texts(self) -> Iterable[str]:
        yield from secrets_of_key(reveal(self._api_key))
        for mapping in self._given:
            yield from secrets_of_values(reveal(mapping))
        if self._proxy is not None:
            yield from secrets_of_address(reveal(self._proxy))


NO_SECRETS = Secrets()
"""No secrets but what looks like an API key."""


def _mark_key(match: re.Match[str]) -> str:
    text = match[1]
    is_key = any(char.isdigit() for char in text) or text.lower() != text != text.upper()
    return MARK if is_key else match[0]

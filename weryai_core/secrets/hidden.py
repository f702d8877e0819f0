"""A dict that does not show its values."""

from __future__ import annotations

from typing import TypeVar

from weryai_core.secrets.redact import MARK

V = TypeVar("V")


class HiddenValues(dict[str, V]):
    """A dict of headers or of query parameters: its repr has their names alone."""

    def __repr__(self) -> str:
        return repr(dict.fromkeys(self, MARK))

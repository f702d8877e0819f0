"""What a base URL asks of a model that answers from memory."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from speed.server.replies import DELAY, words


class Script(NamedTuple):
    """The reply that a base URL names.

    Attributes:
        kind: "each", "tools" and so on, as in `speed.server.replies`.
        chunks: How many a stream has.
        delay: Seconds before the reply.
    """

    kind: str
    chunks: int
    delay: float

    def fragments(self) -> list[str]:
        """Return the fragments of a tool call's arguments."""
        return ['{"text": "', *words(self.chunks - 2), '"}']


def script_of(base_url: str) -> Script:
    """Read the first part of the path, as the server does."""
    kind, _, count = urlsplit(base_url).path.split("/")[1].partition("-")
    return Script(kind, int(count or 1000), DELAY if kind == "delay" else 0.0)

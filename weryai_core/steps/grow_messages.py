"""Finds what is new in streamed messages that may repeat all that came before.

OpenAI's streams have deltas. Where a stream has messages instead, each may hold the next piece
(DashScope's `incremental_output`), or the answer so far. The last one may hold all of it once more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TEXTS = ("content", "reasoning_content", "reasoning")


class GrowingMessage:
    """The texts of the messages of one choice so far."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._grows: bool | None = None  # whether messages repeat what came; None if not known

    def new_in(self, message: Mapping[str, Any], *, is_end: bool) -> Mapping[str, Any]:
        """The message with what is new of its texts.

        Args:
            message: The next message.
            is_end: Whether it has a finish reason.
        """
        new = {}
        for name in _TEXTS:
            text = message.get(name)
            if isinstance(text, str) and text:
                new[name] = self._new_text(name, text, is_end=is_end)
        return {**message, **new}

    def _new_text(self, name: str, text: str, *, is_end: bool) -> str:
        before = self._texts.get(name, "")
        if before and self._grows is None and text != before:
            self._grows = text.startswith(before)
        repeats = text.startswith(before) if self._grows else is_end and text == before
        self._texts[name] = text if repeats else before + text
        return text.removeprefix(before) if repeats else text

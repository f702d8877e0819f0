"""Recognizes the chunks that bring the next piece of a text and are otherwise all the same.

Nearly all chunks of a stream differ in their text alone. Whatever was found out about one of them
holds for the next, so it need not be found out again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weryai_core.call_tokens.marks import may_begin_mark
from weryai_core.chunk import Choice, Chunk
from weryai_core.new_chunk import Identity, new_choice, new_chunk
from weryai_core.reply.choice_stream import ChoiceStream
from weryai_core.reply.reasoning import plain_field

_PADDING = "obfuscation"  # differs from chunk to chunk, and says nothing
VARYING = ("id", "created", "usage", _PADDING)
"""The fields next to the choices that may differ in chunks that are otherwise alike."""

_MOST_TEXTS = 256  # to keep before they are joined


class TextPattern:
    """A chunk whose text passes unchanged, to compare the next ones with.

    Args:
        payload: The chunk as it came.
        choice: Its choice.
        field: The field of its delta that holds the text.

    Attributes:
        choice: The choice.
        field: The field of the delta that holds the text.
        is_reasoning: Whether the text is reasoning.
    """

    __slots__ = ("_delta", "_frame", "_is_padded", "_texts", "choice", "field", "is_reasoning")

    def __init__(self, payload: Mapping[str, Any], choice: ChoiceStream, field: str) -> None:
        [entry] = payload["choices"]
        self._delta: dict[str, Any] = {**entry["delta"]}
        self._frame = {**payload, "choices": [{**entry, "delta": self._delta}]}
        self._is_padded = _PADDING in payload
        self.choice: ChoiceStream = choice
        self.field: str = field
        self.is_reasoning: bool = field != "content"
        self._texts: list[str] = []  # that the choice does not have yet

    def read(self, payload: Mapping[str, Any], text: object, identity: Identity) -> Chunk | None:
        """The chunk of an object with this text; None if it is not like this one.

        Args:
            payload: The object.
            text: What it has in the place of the text.
            identity: That of the chunk.
        """
        if type(text) is not str or not text:
            return None
        self._delta[self.field] = text
        if self._is_padded:
            self._frame[_PADDING] = payload.get(_PADDING)
        if payload != self._frame:
            return None
        if self.is_reasoning:
            piece = new_choice(self.choice.index, "", text)
        elif may_begin_mark(text):  # steps look for marks
            return None
        else:
            piece = new_choice(self.choice.index, text)
        self._texts.append(text)
        if len(self._texts) >= _MOST_TEXTS:
            self.keep()
        return new_chunk(piece, identity, payload)

    def vary(self, payload: Mapping[str, Any]) -> bool:
        """Take over the fields of a chunk that may differ; False if it has other fields."""
        if payload.keys() != self._frame.keys():
            return False
        self._frame.update((name, payload[name]) for name in VARYING if name in payload)
        return True

    def keep(self) -> None:
        """Give the texts to the choice."""
        if self._texts:
            text = "".join(self._texts)
            self._texts.clear()
            if self.is_reasoning:
                self.choice.add_copied("", text, self.field)
            else:
                self.choice.add_copied(text, "", self.field)


def to_pattern(
    payload: Mapping[str, Any], choice: ChoiceStream, piece: Choice
) -> TextPattern | None:
    """The pattern of a chunk whose piece passed unchanged; None if the next one may not.

    Args:
        payload: The chunk as it came.
        choice: Its choice.
        piece: What it held.
    """
    if piece.tool_calls or (piece.text and piece.reasoning) or not choice.copies(piece):
        return None
    [entry] = payload["choices"]
    index = entry.get("index")
    if index is not None and not isinstance(index, int):
        return None
    field = "content" if piece.text else plain_field(entry["delta"])
    return TextPattern(payload, choice, field)


def entry_alike(payload: Any, before: dict[str, Any]) -> Mapping[str, Any] | None:
    """The only choice of an object whose other fields are alike; None for any other object.

    Args:
        payload: The object.
        before: An object before it, which gets its choices.
    """
    if not isinstance(payload, dict) or len(payload) != len(before):
        return None
    choices = payload.get("choices")
    if not isinstance(choices, list) or len(choices) != 1:
        return None
    before["choices"] = choices
    if payload != before:
        for name, value in payload.items():
            if name not in before or (name not in VARYING and before[name] != value):
                return None
    return choices[0] if isinstance(choices[0], dict) else None

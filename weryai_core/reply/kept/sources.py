"""Keeps the sources of an answer for its end, since their places refer to the whole text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from weryai_core.chunk import merge_sources
from weryai_core.reply.citations import ContentPart
from weryai_core.steps.join_halves import TornPieces
from weryai_core.surrogates import without_surrogates

Fields = Mapping[str, Any]


class KeptSources:
    """The sources of one choice.

    Attributes:
        fields: The web-search fields as they came, without what was repeated.
        parts: The places of the parts of the content that have citations or a number.
        length: Characters of text so far.
    """

    def __init__(self) -> None:
        self.fields: list[Fields] = []
        self.parts: list[ContentPart] = []
        self.length: int = 0

    def add(self, fields: Fields, parts: Sequence[ContentPart]) -> None:
        """Keep the sources of a piece; its places are counted from the text before it."""
        keep_sources(fields, self.fields)
        start = self.length
        self.parts += (
            replace(part, start=start + part.start, end=start + part.end) for part in parts
        )


def keep_sources(fields: Fields, kept: list[Fields]) -> None:
    """Append the web-search fields of a chunk to those of the chunks before it.

    Some services repeat with every chunk what they have so far; then the last one replaces the one
    before it, and a list that grows a thousand times is not read a thousand times.
    """
    if not fields:
        return
    if kept and merge_sources((kept[-1], fields)) == fields:
        kept.pop()
    kept.append(fields)


def joined_part(part: ContentPart, text: str, halves: TornPieces) -> ContentPart:
    """A part with its places in the text of a piece as they are once the piece is joined."""
    return replace(
        part,
        start=halves.moved(part.start, text),
        end=halves.moved(part.end, text),
        citations=without_surrogates(part.citations),
    )

"""Gathers what a reply tells of its sources, wherever in the reply it does. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from weryai_core.chunk import Choice, ContentPart, merge_sources
from weryai_core.reply.citations import to_citations

Fields = Mapping[str, Any]


def with_citations(choice: Choice, shared: Fields) -> Choice:
    """A whole choice with its citations.

    Args:
        choice: As decoded.
        shared: The web-search fields that came beside the choices.
    """
    found = [fields for fields in (shared, choice.sources) if fields]
    return replace(choice, citations=to_citations(found, choice.text, choice.parts), parts=())


class SourceCollector:
    """Gathers the sources of one stream; they are told when it has ended.

    They may come in any chunk: early, with the text, again and again, after the finish reason.
    Places in the answer refer to the whole of it.
    """

    def __init__(self) -> None:
        self._shared: list[Fields] = []
        self._own: dict[int, list[Fields]] = {}
        self._parts: dict[int, list[ContentPart]] = {}
        self._lengths: dict[int, int] = {}

    @property
    def shared(self) -> Fields:
        """The fields that came beside the choices."""
        return merge_sources(self._shared)

    def take_shared(self, fields: Fields) -> None:
        """Keep the fields that a chunk has beside its choices."""
        _keep(fields, self._shared)

    def take(self, choice: Choice) -> Choice:
        """Keep the sources of a piece of a choice, and give the piece without them."""
        start = self._lengths.get(choice.index, 0)
        self._lengths[choice.index] = start + len(choice.text)
        if not choice.sources and not choice.parts:
            return choice
        _keep(choice.sources, self._own.setdefault(choice.index, []))
        self._parts.setdefault(choice.index, []).extend(
            replace(part, start=start + part.start, end=start + part.end) for part in choice.parts
        )
        return replace(choice, sources={}, parts=())

    def choices(self, pieces: Sequence[Sequence[Choice]]) -> tuple[Choice, ...]:
        """Choices that hold nothing but the sources and citations of those so far.

        Args:
            pieces: The choices of all chunks so far.
        """
        if not self._shared and not self._own:
            return ()
        found = []
        for index in sorted(self._lengths):
            text = "".join(c.text for piece in pieces for c in piece if c.index == index)
            own = self._own.get(index, [])
            citations = to_citations([*self._shared, *own], text, self._parts.get(index, ()))
            if own or citations:
                found.append(Choice(index, sources=merge_sources(own), citations=citations))
        return tuple(found)


def _keep(fields: Fields, kept: list[Fields]) -> None:
    if not fields:
        return
    if kept and merge_sources((kept[-1], fields)) == fields:
        kept.pop()  # some repeat with every chunk what they have so far
    kept.append(fields)

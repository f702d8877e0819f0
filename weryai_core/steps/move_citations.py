"""Moves the places of citations along when a step changes the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from weryai_core.chunk import Citation
from weryai_core.strict_json import Edit


def move_citations(citations: Sequence[Citation], edits: Sequence[Edit]) -> tuple[Citation, ...]:
    """The citations with their places in the text after these edits, or without a place.

    Args:
        citations: Citations with places in the text before.
        edits: What was changed, in places of the text before.
    """
    if not edits:
        return tuple(citations)
    moved = []
    for citation in citations:
        if citation.start_index is not None and citation.end_index is not None:
            start = mapped_position(citation.start_index, edits)
            end = mapped_position(citation.end_index, edits)
            is_left = start < end
            citation = replace(
                citation,
                start_index=start if is_left else None,
                end_index=end if is_left else None,
            )
        moved.append(citation)
    return tuple(dict.fromkeys(moved))


def mapped_position(position: int, edits: Sequence[Edit]) -> int:
    """Where a character is after these edits; in a changed passage, where that begins."""
    moved = position
    for start, end, length in edits:
        if start < position:
            moved += length - (end - start) if end <= position else start - position
    return moved

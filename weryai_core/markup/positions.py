"""The places of citations after parts of the text were removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from weryai_core.chunk import Citation

Places = Sequence[tuple[int, int]]
"""Start and end of each place, in order."""


def move_citations(citations: Sequence[Citation], removed: Places) -> tuple[Citation, ...]:
    """The citations with their places in the text that is left, or without a place."""
    if not removed:
        return tuple(citations)
    moved = []
    for citation in citations:
        if citation.start_index is not None and citation.end_index is not None:
            start = _moved(citation.start_index, removed)
            end = _moved(citation.end_index, removed)
            is_left = start < end
            citation = replace(
                citation,
                start_index=start if is_left else None,
                end_index=end if is_left else None,
            )
        moved.append(citation)
    return tuple(dict.fromkeys(moved))


def _moved(position: int, removed: Places) -> int:
    """The position, in the text that is left, of a character of the original text."""
    return position - sum(min(end, position) - start for start, end in removed if start < position)

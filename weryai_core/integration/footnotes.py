"""An answer with its sources listed below it, for people to read."""

from __future__ import annotations

from collections.abc import Sequence

from weryai_core.chunk import Citation


def format_with_sources(text: str, citations: Sequence[Citation]) -> str:
    """The text with `[1]` after each passage that a source supports, and the sources below it.

        It is sunny in Rome.[1]

        [1] Weather report - https://example.com/weather

    Args:
        text: The answer.
        citations: Its citations. Sources without a position in the text are only listed. Without
            citations, the text is returned unchanged.
    """
    if not citations:
        return text
    marks: dict[int, list[int]] = {}
    sources: dict[int, Citation] = {}
    for citation in citations:
        sources.setdefault(citation.source_index, citation)
        if citation.end_index is not None:
            numbers = marks.setdefault(citation.end_index, [])
            if citation.source_index not in numbers:
                numbers.append(citation.source_index)
    for position in sorted(marks, reverse=True):
        mark = "".join(f"[{number + 1}]" for number in sorted(marks[position]))
        text = text[:position] + mark + text[position:]
    lines = [
        f"[{number + 1}] {f'{source.title} - ' if source.title else ''}{source.url}"
        for number, source in sorted(sources.items())
    ]
    return "\n".join([text.rstrip(), "", *lines])

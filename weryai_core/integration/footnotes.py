"""An answer with its sources listed below it, for people to read. No I/O."""

from __future__ import annotations

from collections.abc import Sequence

from weryai_core.chunk import Citation


def format_with_sources(text: str, citations: Sequence[Citation]) -> str:
    """The text with `[1]` behind each place that rests on a source, and the sources below it.

        It is sunny in Rome.[1]

        [1] Weather report - https://example.com/weather

    Args:
        text: The answer.
        citations: Its citations. Sources without a place in the text are listed only; without any
            citations, the text stays as it is.
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

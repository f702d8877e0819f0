"""Reads the sources of a web-search answer, in whatever shape the upstream gave them.

WeryAI does not document the shape. These are understood, in whole replies and in streams:

    annotations[].url_citation          OpenRouter, OpenAI, Google's endpoint; nested or flat
    citations[], search_results[]       Perplexity, xAI: the sources only, without places
    groundingMetadata                   Google: sources x places in bytes; in camel or snake case
    vertex_ai_grounding_metadata[]      LiteLLM: the same, repeated as annotations
    content[].citations[]               Anthropic: for the part of the content that has them

A place is the passage of the answer that a source supports. Sources come with places in bytes or in
characters, or without; they leave here as citations with places in characters.
"""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import Any

from weryai_core.chunk import Citation

_log = logging.getLogger(__name__)

_GROUNDING = ("groundingMetadata", "grounding_metadata", "vertex_ai_grounding_metadata")

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ContentPart:
    """A part of content that came as a list, or the next piece of one, with its citations.

    Attributes:
        index: Number of the part; None if the service gave none.
        start: Where its text begins, in characters.
        end: Where it ends.
        citations: As they came.
    """

    index: int | None
    start: int
    end: int
    citations: tuple[Mapping[str, Any], ...] = ()


@dataclass(slots=True)
class _Source:
    """A source, and the place in the answer that it supports, as it came."""

    url: str
    title: str = ""
    cited_text: str = ""
    start: int | None = None
    end: int | None = None


def to_citations(
    found: Sequence[Fields], text: str, parts: Sequence[ContentPart] = ()
) -> tuple[Citation, ...]:
    """The citations of an answer in the order of their places; those without a place come last.

    A source that is given twice is one citation. Unknown shapes are skipped and logged.

    Args:
        found: The web-search fields of the reply, by name, as they came; in a stream, those of each
            chunk.
        text: The whole answer.
        parts: The parts of an answer whose content is a list.
    """
    if not found and not parts:
        return ()
    places = _Places(text)
    grounding = [metadata for fields in found for metadata in _grounding(fields)]
    sources = [source for fields in found for source in _listed(fields)]
    sources += _grounded(grounding, places)
    # LiteLLM repeats Google's places as annotations, still in bytes.
    repeated = {(source.url, source.start, source.end) for source in _supported(grounding)}
    annotated = [source for fields in found for source in _annotated(fields)]
    annotated = [one for one in annotated if (one.url, one.start, one.end) not in repeated]
    sources += places.in_characters(annotated)
    sources += _in_parts(parts)
    return _merged(sources, len(text))


def search_queries(found: Sequence[Fields]) -> list[str]:
    """The search queries of the model, as far as the reply reports them; each once."""
    queries = [
        query
        for fields in found
        for metadata in _grounding(fields)
        for query in _list(metadata, "web_search_queries")
        if isinstance(query, str)
    ]
    return list(dict.fromkeys(queries))


class _Places:
    """Converts places in an answer, given in bytes or in characters, to characters."""

    def __init__(self, text: str) -> None:
        self._text = text

    def of_segment(self, start: int, end: int, words: str) -> tuple[int | None, int | None]:
        """The place of Google's segment, which is in bytes.

        The segment's words prove it: a gateway may have converted the place already, or trimmed the
        answer before it.
        """
        in_bytes = self._character(start), self._character(end)
        if not words:
            return in_bytes
        for first, last in (in_bytes, (start, end)):
            if self._text[first:last] == words:
                return first, last
        first = self._text.find(words)
        return (first, first + len(words)) if first >= 0 else (None, None)

    def in_characters(self, sources: list[_Source]) -> list[_Source]:
        """The sources; their places count as bytes if one lies beyond the last character."""
        ends = [source.end for source in sources if source.end is not None]
        if not ends or not len(self._text) < max(ends) <= self._bounds[-1]:
            return sources
        return [
            source
            if source.start is None or source.end is None
            else replace(
                source, start=self._character(source.start), end=self._character(source.end)
            )
            for source in sources
        ]

    def _character(self, position: int) -> int:
        return bisect_right(self._bounds, position) - 1

    @cached_property
    def _bounds(self) -> list[int]:
        """Where each character begins, in bytes, and where the last one ends."""
        sizes = (len(character.encode("utf-8", "replace")) for character in self._text)
        return list(accumulate(sizes, initial=0))


def _annotated(fields: Fields) -> Iterator[_Source]:
    for entry in _list(fields, "annotations"):
        inner = entry.get("url_citation") if isinstance(entry, Mapping) else None
        source = _to_source(inner or entry)
        if source is not None:
            yield source


def _listed(fields: Fields) -> Iterator[_Source]:
    """Sources without a place, in the order in which the answer cites them as [1], [2] ..."""
    for name in ("citations", "search_results"):
        for entry in _list(fields, name):
            source = _to_source({"url": entry} if isinstance(entry, str) else entry)
            if source is not None:
                yield source


def _grounding(fields: Fields) -> Iterator[Fields]:
    for name in _GROUNDING:
        value = fields.get(name)
        for metadata in value if isinstance(value, list) else [value]:
            if isinstance(metadata, Mapping):
                yield metadata
            elif metadata is not None:
                _skip(metadata)


def _grounded(grounding: Sequence[Fields], places: _Places) -> Iterator[_Source]:
    """All of Google's sources, then each with the places that it supports, in characters."""
    for metadata in grounding:
        yield from filter(None, map(_to_chunk, _list(metadata, "grounding_chunks")))
    for source in _supported(grounding):
        if source.start is not None and source.end is not None:
            first, last = places.of_segment(source.start, source.end, source.cited_text)
            yield replace(source, start=first, end=last)


def _supported(grounding: Sequence[Fields]) -> Iterator[_Source]:
    """Google's sources with the places that they support, in bytes."""
    chunks: list[_Source | None] = []
    for metadata in grounding:
        # In a stream, the places may come after the sources.
        chunks = [_to_chunk(entry) for entry in _list(metadata, "grounding_chunks")] or chunks
        for support in _list(metadata, "grounding_supports"):
            segment = _get(support, "segment")
            if not isinstance(segment, Mapping):
                _skip(support)
                continue
            start, end = _get(segment, "start_index"), _get(segment, "end_index")
            for number in _list(support, "grounding_chunk_indices"):
                is_known = _is_index(number) and number < len(chunks) and _is_index(end)
                chunk = chunks[number] if is_known else None
                if chunk is None:
                    _skip(support)
                    continue
                # Google leaves out a start that is 0.
                first = start if _is_index(start) else 0
                yield replace(chunk, cited_text=_text(segment.get("text")), start=first, end=end)


def _to_chunk(entry: object) -> _Source | None:
    """One of Google's `groundingChunks`: `{"web": {"uri", "title"}}`, or a kind other than web."""
    kinds = entry.values() if isinstance(entry, Mapping) else ()
    return _to_source(next((kind for kind in kinds if isinstance(kind, Mapping)), entry))


def _in_parts(parts: Sequence[ContentPart]) -> Iterator[_Source]:
    # A part may come in pieces with the same number, its citations after its text.
    spans: dict[int, tuple[int, int]] = {}
    for part in parts:
        if part.index is not None and part.start < part.end:
            first, last = spans.get(part.index, (part.start, part.end))
            spans[part.index] = (min(first, part.start), max(last, part.end))
    for part in parts:
        own = part.start, part.end
        start, end = own if part.index is None else spans.get(part.index, own)
        for entry in part.citations:
            source = _to_source(entry)
            if source is not None:
                # The citation's own places are places in the source.
                yield replace(source, start=start, end=end)


def _to_source(entry: object) -> _Source | None:
    """A source with its place; None if the entry is not a source."""
    url = ""
    if isinstance(entry, Mapping):
        url = next(filter(None, (_text(entry.get(name)) for name in ("url", "uri", "source"))), "")
    if not url or not isinstance(entry, Mapping):
        _skip(entry)
        return None
    words = (_text(entry.get(name)) for name in ("cited_text", "content", "snippet"))
    start, end = entry.get("start_index"), entry.get("end_index")
    is_placed = _is_index(start) and _is_index(end)
    return _Source(
        url,
        _text(entry.get("title")),
        next(filter(None, words), ""),
        start if is_placed else None,
        end if is_placed else None,
    )


def _merged(sources: Sequence[_Source], length: int) -> tuple[Citation, ...]:
    """One citation for each source and place, numbered by source.

    A source that has places gets no citation without one.
    """
    numbers: dict[str, int] = {}
    titles: dict[str, str] = {}
    merged: dict[tuple[str, int | None, int | None], str] = {}
    for source in sources:
        numbers.setdefault(source.url, len(numbers))
        titles[source.url] = titles.get(source.url) or source.title
        start, end = source.start, source.end
        # Some send an empty place if they know none.
        if start is None or end is None or not 0 <= start < end <= length:
            start = end = None
        key = (source.url, start, end)
        merged[key] = merged.get(key) or source.cited_text
    placed = {url for url, start, _ in merged if start is not None}
    citations = [
        Citation(url, titles[url], words, start, end, numbers[url])
        for (url, start, end), words in merged.items()
        if start is not None or url not in placed
    ]
    return tuple(sorted(citations, key=_place))


def _place(citation: Citation) -> tuple[bool, int, int, int]:
    start, end = citation.start_index, citation.end_index
    return start is None, start or 0, end or 0, citation.source_index


def _get(fields: object, name: str) -> Any:
    """A field of Google's by its name in snake case, or by the same name in camel case."""
    if not isinstance(fields, Mapping):
        return None
    head, *tail = name.split("_")
    camel = head + "".join(word.capitalize() for word in tail)
    value = fields.get(name)
    return fields.get(camel) if value is None else value


def _list(fields: object, name: str) -> list[Any]:
    value = _get(fields, name)
    if isinstance(value, list):
        return value
    if value is not None:
        _skip(value)
    return []


def _is_index(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _skip(entry: object) -> None:
    _log.debug("A source of the answer was not understood: %.200r", entry)

"""The web search: whole, streamed, with options, and with a JSON schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from weryai_core.doctor.probe import Answers, Finding, Probe, differs, holds, unknown
from weryai_core.doctor.probes.content import JSON_SCHEMA
from weryai_core.doctor.probes.reading import describe, is_refused
from weryai_core.doctor.question import Answer, Question, says
from weryai_core.doctor.record.exchange import entries_of

_ASKS = "Search the web: which version of Python was released in October 2024?"
_RESULTS = 4000  # tokens that search results may add to the prompt

SEARCH = Question(
    "web-search", says(_ASKS, web_search=True), role="search", tokens=256, more_input=_RESULTS
)
STREAMED = Question(
    "web-search-stream",
    says(
        f"{_ASKS} Answer in one sentence.",
        plugins=[{"id": "web", "max_results": 1}],
    ),
    way="stream",
    role="search",
    tokens=256,
    more_input=_RESULTS,
)
WITH_SCHEMA = Question(
    "web-search-schema",
    says(
        _ASKS,
        plugins=[{"id": "web"}],
        response_format={
            "type": "json_schema",
            "json_schema": {
                "name": "release",
                "schema": {"type": "object", "properties": {"version": {"type": "string"}}},
            },
        },
    ),
    way="raw",
    role="search",
    tokens=64,
    more_input=_RESULTS,
)

_GROUNDING = ("groundingMetadata", "grounding_metadata", "vertex_ai_grounding_metadata")
_LISTS = ("citations", "search_results")


def _judge_search(answers: Answers) -> Finding:
    return _judge_sources(answers["web-search"])


def _judge_streamed(answers: Answers) -> Finding:
    return _judge_sources(answers["web-search-stream"])


def _judge_sources(answer: Answer) -> Finding:
    shapes = list(dict.fromkeys(_shapes_in(answer)))
    found = () if answer.chunk is None else answer.chunk.choice.citations
    seen = f"{' and '.join(shapes)}; citations read: {len(found)}"
    if found and shapes:
        return holds(f"{seen}{_place_in_stream(answer)}")
    if shapes:
        return differs(seen)
    fields = sorted({name for payload in answer.exchange.payloads for name in _fields_in(payload)})
    return unknown(f"{answer.model} names no sources; fields: {', '.join(fields)}")


def _shapes_in(answer: Answer) -> Iterator[str]:
    """Where the sources of an answer are, and in which shape."""
    for payload in answer.exchange.payloads:
        yield from (f"top-level `{name}`" for name in _sources_in(payload))
        for entry in entries_of(payload):
            yield from (f"`choices[].{name}`" for name in _sources_in(entry))
            for kind in ("message", "delta"):
                message = entry.get(kind)
                if isinstance(message, Mapping):
                    yield from _shapes_in_message(kind, message)


def _sources_in(fields: Mapping[str, Any]) -> list[str]:
    return [name for name in (*_LISTS, *_GROUNDING) if fields.get(name)]


def _shapes_in_message(kind: str, message: Mapping[str, Any]) -> Iterator[str]:
    annotations = message.get("annotations")
    if isinstance(annotations, list) and annotations and isinstance(annotations[0], Mapping):
        is_nested = isinstance(annotations[0].get("url_citation"), Mapping)
        yield f"`{kind}.annotations`, {'nested' if is_nested else 'flat'}"
    yield from (f"`{kind}.{name}`" for name in _sources_in(message))
    content = message.get("content")
    for part in content if isinstance(content, list) else ():
        if isinstance(part, Mapping) and part.get("citations"):
            yield f"`{kind}.content[].citations`"


def _place_in_stream(answer: Answer) -> str:
    """Where in a stream the first sources come."""
    if not answer.exchange.is_stream:
        return ""
    has_ended = False
    for payload in answer.exchange.payloads:
        is_end = any(entry.get("finish_reason") for entry in entries_of(payload))
        if _has_sources(payload):
            if has_ended:
                return ", after the finish reason"
            return ", with the finish reason" if is_end else ", before the finish reason"
        has_ended = has_ended or is_end
    return ""


def _has_sources(payload: Mapping[str, Any]) -> bool:
    if _sources_in(payload):
        return True
    for entry in entries_of(payload):
        messages = [entry.get(kind) for kind in ("message", "delta")]
        given = [one for one in messages if isinstance(one, Mapping)]
        if _sources_in(entry) or any(any(_shapes_in_message("", one)) for one in given):
            return True
    return False


def _fields_in(payload: Mapping[str, Any]) -> Iterator[str]:
    """The names of the fields of a completion, its choices and their messages."""
    yield from payload
    for entry in entries_of(payload):
        yield from entry
        for kind in ("message", "delta"):
            if isinstance(entry.get(kind), Mapping):
                yield from entry[kind]


def _judge_options(answers: Answers) -> Finding:
    answer = answers["web-search-stream"]
    count = len({one.url for one in answer.chunk.choice.citations}) if answer.chunk else 0
    return (holds if count else unknown)(f"`max_results=1` is taken; sources: {count}")


def _judge_with_schema(answers: Answers) -> Finding:
    answer = answers["web-search-schema"]
    if is_refused(answer):
        return holds(describe(answer.error))
    seen = f"{answer.model} takes both" if answer.error is None else describe(answer.error)
    return differs(seen)


PROBES = (
    Probe(
        "web-search",
        ("source-shapes",),
        "Sources come in a known shape",
        (SEARCH,),
        _judge_search,
    ),
    Probe(
        "web-search-stream",
        ("source-shapes",),
        "Sources are streamed in a known shape",
        (STREAMED,),
        _judge_streamed,
    ),
    Probe(
        "web-search-options",
        ("search-options",),
        "Options of the web plugin are taken",
        (STREAMED,),
        _judge_options,
        "`web_search=True` alone",
    ),
    Probe(
        "web-search-schema",
        ("documented-search",),
        "Gemini does not search with a JSON schema",
        (WITH_SCHEMA,),
        _judge_with_schema,
        may_fail=("web-search-schema",),
        controls=(SEARCH, JSON_SCHEMA),
    ),
)

"""The JSON objects of a reply to the types of `_reply`, tolerant of nulls and variants. No I/O."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from pydantic_core import from_json

from weryai_core.chunk import Choice, ContentPart, ToolCallDelta, Usage
from weryai_core.reply.tool_calls import ToolCallAssembler, whole_tool_call

# Fields in which upstreams send the sources of a web search. They are kept as they come.
_SOURCE_FIELDS = frozenset(
    (
        "annotations",
        "citations",
        "search_results",
        "groundingMetadata",
        "grounding_metadata",
        "vertex_ai_grounding_metadata",
    )
)
_NO_SOURCES: Mapping[str, Any] = {}

BOM = b"\xef\xbb\xbf"
Identity = tuple[str | None, str | None, int | None, str | None]
NO_IDENTITY: Identity = (None, None, None, None)


def parse_json(body: bytes) -> Any:
    """The JSON in a body, which may begin with a byte order mark; None if it is no JSON."""
    try:
        return from_json(body.removeprefix(BOM))
    except ValueError:
        return None


def to_identity(payload: Mapping[str, Any], before: Identity = NO_IDENTITY) -> Identity:
    """Id, model, time of creation and system fingerprint, as `Chunk` takes them in this order.

    What one chunk leaves out, those before it have said.
    """
    created = payload.get("created")
    return (
        _text(payload.get("id")) or before[0],
        _text(payload.get("model")) or before[1],
        created if isinstance(created, int) else before[2],
        _text(payload.get("system_fingerprint")) or before[3],
    )


def to_choices(
    payload: Mapping[str, Any],
    assemblers: dict[int, ToolCallAssembler] | None,
    begun: Container[int] = (),
) -> tuple[Choice, ...]:
    """The choices of a completion or of a chunk of one.

    Args:
        payload: The JSON object.
        assemblers: Of a stream: what numbers the tool calls, by choice; filled here. None for a
            whole reply.
        begun: Of a stream: the indices of choices that have given out something. Their last chunk
            may have the whole message once more, which is then passed over.
    """
    entries = payload.get("choices")
    if not isinstance(entries, list):
        return ()
    # A list: a generator would cost a microsecond on every chunk.
    choices = [
        _to_choice(position, entry, assemblers, begun)
        for position, entry in enumerate(entries)
        if isinstance(entry, dict)
    ]
    return tuple(choices)


def to_sources(*objects: Mapping[str, Any]) -> Mapping[str, Any]:
    """The web-search fields of these objects, as they came; empty ones left out."""
    found: dict[str, Any] = {}
    for fields in objects:
        if not _SOURCE_FIELDS.isdisjoint(fields):
            found.update((name, fields[name]) for name in _SOURCE_FIELDS if fields.get(name))
    return found or _NO_SOURCES


def to_usage(usage: object, before: Usage | None = None) -> Usage | None:
    """A `usage` object; counts that it leaves out or gives as null are taken from `before`."""
    if not isinstance(usage, dict):
        return before
    counts = {**(before.raw if before else {}), **_without_nulls(usage)}
    # OpenAI's names, then Anthropic's and those of OpenAI's Responses.
    prompt = _first_count(counts.get("prompt_tokens"), counts.get("input_tokens"))
    completion = _first_count(counts.get("completion_tokens"), counts.get("output_tokens"))
    total = _count(counts.get("total_tokens"))
    if prompt is None and completion is None:
        return before
    if total is not None:
        # One that was left out is the rest.
        prompt = max(total - (completion or 0), 0) if prompt is None else prompt
        completion = max(total - prompt, 0) if completion is None else completion
    of_prompt = _details(counts.get("prompt_tokens_details", counts.get("input_tokens_details")))
    of_completion = _details(
        counts.get("completion_tokens_details", counts.get("output_tokens_details"))
    )
    return Usage(
        prompt_tokens=prompt or 0,
        completion_tokens=completion or 0,
        # Not less than its parts: with counts that grow, an early total may be an old one.
        total_tokens=max(total or 0, (prompt or 0) + (completion or 0)),
        cached_tokens=_count(of_prompt.get("cached_tokens")),
        cache_write_tokens=_first_count(
            # OpenRouter's name, then LiteLLM's, which has Anthropic's own as well.
            of_prompt.get("cache_write_tokens"),
            of_prompt.get("cache_creation_tokens"),
            counts.get("cache_creation_input_tokens"),
        ),
        prompt_audio_tokens=_count(of_prompt.get("audio_tokens")),
        reasoning_tokens=_count(of_completion.get("reasoning_tokens")),
        completion_audio_tokens=_count(of_completion.get("audio_tokens")),
        raw=counts,
    )


def find_usage(payload: Mapping[str, Any]) -> object:
    """The `usage` of a completion or a chunk; Kimi's streams have it in the choice."""
    usage = payload.get("usage")
    if usage is None and isinstance(payload.get("choices"), list):
        for entry in payload["choices"]:
            usage = usage or (entry.get("usage") if isinstance(entry, dict) else None)
    return usage


def _to_choice(
    position: int,
    entry: Mapping[str, Any],
    assemblers: dict[int, ToolCallAssembler] | None,
    begun: Container[int],
) -> Choice:
    index = entry.get("index")
    index = index if isinstance(index, int) else position
    message = entry.get("message") if assemblers is None else entry.get("delta")
    if not message and not (index in begun and "delta" in entry):
        message = entry.get("message") or entry.get("delta")
    message = message if isinstance(message, dict) else {}
    content = message.get("content")
    reasoning = message.get("reasoning_content") or message.get("reasoning")
    text, thought, parts = (content, "", ()) if isinstance(content, str) else _from_parts(content)
    return Choice(
        index,
        text,
        (reasoning if isinstance(reasoning, str) else "") or thought,
        _text(message.get("refusal")),
        _to_tool_calls(_called(message), index, assemblers),
        _text(entry.get("finish_reason")) or None,
        entry.get("logprobs"),
        _with_cited_parts(to_sources(entry, message), parts),
        parts=parts,
        audio=_details(message.get("audio")),
    )


def _called(message: Mapping[str, Any]) -> object:
    """The entries of a message's tool calls; the one of OpenAI's older `function_call`, too."""
    entries = message.get("tool_calls")
    if not entries and isinstance(message.get("function_call"), dict):
        return [{"function": message["function_call"]}]
    return entries


def _to_tool_calls(
    entries: object, index: int, assemblers: dict[int, ToolCallAssembler] | None
) -> tuple[ToolCallDelta, ...]:
    if not isinstance(entries, list):
        return ()
    calls = [entry for entry in entries if isinstance(entry, dict)]
    if assemblers is None:
        return tuple(whole_tool_call(position, call) for position, call in enumerate(calls))
    assembler = assemblers.get(index)
    if assembler is None:
        assembler = assemblers[index] = ToolCallAssembler()
    return tuple(assembler.take(call) for call in calls)


def _from_parts(content: object) -> tuple[str, str, tuple[ContentPart, ...]]:
    """Text and reasoning of content that is a list of parts; anything else has neither."""
    if not isinstance(content, list):
        return "", "", ()
    text, thoughts, parts = "", [], []
    for entry in content:
        fields = {"text": entry} if isinstance(entry, str) else entry
        if not isinstance(fields, dict):
            continue
        start = len(text)
        text += _text(fields.get("text"))
        index, citations = fields.get("index"), fields.get("citations")
        if isinstance(index, int) or citations:
            number = index if isinstance(index, int) else None
            cited = tuple(citations) if isinstance(citations, list) else ()
            parts.append(ContentPart(number, start, len(text), cited))
        thought = fields.get("thinking") or fields.get("reasoning")
        # Mistral nests a list of text parts here.
        thoughts.append(_text(thought) or _from_parts(thought)[0])
    return text, "".join(thoughts), tuple(parts)


def _with_cited_parts(
    sources: Mapping[str, Any], parts: tuple[ContentPart, ...]
) -> Mapping[str, Any]:
    """The web-search fields with, beside them, the citations that stand in parts of the content."""
    cited = [citation for part in parts for citation in part.citations]
    return {**sources, "content_citations": cited} if cited else sources


def _without_nulls(usage: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in usage.items() if value is not None}


def _details(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: object) -> int | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # JSON parsers give infinity for 1e999, and what is no count is none.
    return int(value) if is_number and 0 <= value < float("inf") else None  # type: ignore[operator, call-overload]  # a number here


def _first_count(*values: object) -> int | None:
    return next((count for count in map(_count, values) if count is not None), None)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

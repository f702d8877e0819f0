"""Reads the JSON of a completion, or of a chunk of one: its choices, usage, sources and identity.

Nulls, missing fields and values of the wrong type count as absent; they never raise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from weryai_core.chunk import Choice, ToolCallDelta, Usage
from weryai_core.reply.citations import ContentPart
from weryai_core.reply.content import read_content, read_images
from weryai_core.reply.outcome.finish_reasons import meaning_of
from weryai_core.reply.outcome.payload import entries_of
from weryai_core.reply.reasoning import reasoning_in_fields
from weryai_core.wire import calls_of, legacy_call_of

# Fields in which upstreams send the sources of a web search.
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

Identity = tuple[str | None, str | None, int | None, str | None]
NO_IDENTITY: Identity = (None, None, None, None)


def to_identity(payload: Mapping[str, Any], before: Identity = NO_IDENTITY) -> Identity:
    """Id, model, time of creation and system fingerprint, in the order of `Chunk`'s fields.

    A value that this chunk leaves out is taken from `before`.
    """
    created = payload.get("created")
    return (
        _text(payload.get("id")) or before[0],
        _text(payload.get("model")) or before[1],
        created if isinstance(created, int) else before[2],
        _text(payload.get("system_fingerprint")) or before[3],
    )


def find_sources(*objects: Mapping[str, Any]) -> Mapping[str, Any]:
    """The web-search fields of these objects as they came, without empty ones."""
    found: dict[str, Any] = {}
    for fields in objects:
        if not _SOURCE_FIELDS.isdisjoint(fields):
            found.update((name, fields[name]) for name in _SOURCE_FIELDS if fields.get(name))
    return found or _NO_SOURCES


def to_usage(usage: object, before: Usage | None = None) -> Usage | None:
    """A `usage` object as `Usage`; missing counts and nulls are taken from `before`."""
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
        # A missing count is the rest of the total.
        prompt = max(total - (completion or 0), 0) if prompt is None else prompt
        completion = max(total - prompt, 0) if completion is None else completion
    of_prompt = _details(counts.get("prompt_tokens_details", counts.get("input_tokens_details")))
    of_completion = _details(
        counts.get("completion_tokens_details", counts.get("output_tokens_details"))
    )
    return Usage(
        prompt_tokens=prompt or 0,
        completion_tokens=completion or 0,
        # At least the sum of its parts: while counts grow, the total may be an old one.
        total_tokens=max(total or 0, (prompt or 0) + (completion or 0)),
        cached_tokens=_count(of_prompt.get("cached_tokens")),
        cache_write_tokens=_first_count(
            # OpenRouter's name, LiteLLM's, Anthropic's.
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
    """The `usage` of a completion or a chunk; Kimi's streams have it in a choice."""
    usage = payload.get("usage")
    if usage is None:
        for entry in entries_of(payload):
            usage = usage or entry.get("usage")
    return usage


def find_message(entry: Mapping[str, Any], *, is_whole: bool, has_begun: bool) -> Mapping[str, Any]:
    """The `message` of a whole choice, or the `delta` of a streamed one; each may have the other.

    A message that is a text or a list is its content, and so is the `text` of a choice without a
    message.

    Args:
        entry: An entry of `choices`.
        is_whole: Whether the choice came whole.
        has_begun: Whether the stream of this choice has brought something. Then a `message` next
            to the `delta` is the whole answer once more, and is ignored.
    """
    message = entry.get("message" if is_whole else "delta")
    if not message and not (has_begun and "delta" in entry):
        message = entry.get("message") or entry.get("delta")
    if not message:
        content = entry.get("text") or entry.get("content")
        return {"content": content} if content else {}
    if isinstance(message, (str, list)):
        return {"content": message}
    return message if isinstance(message, dict) else {}


def find_finish_reason(entry: Mapping[str, Any]) -> str | None:
    """The finish reason of an entry of `choices`; None if it has none yet.

    OpenRouter's `native_finish_reason` counts where it says that the answer failed, or alone.
    """
    reason = _text(entry.get("finish_reason")) or _text(entry.get("finishReason"))
    native = _text(entry.get("native_finish_reason"))
    tells_more = meaning_of(reason) is None and meaning_of(native) in ("failed", "blocked")
    return (native if tells_more or not reason else reason) or None


def find_tool_calls(message: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The tool calls of a message, or fragments of them, as they came.

    OpenAI's older `function_call` counts as one.
    """
    if message.get("tool_calls"):
        return calls_of(message)
    legacy = legacy_call_of(message) if message.get("function_call") else None
    return () if legacy is None else [legacy]


def to_choice(
    index: int,
    entry: Mapping[str, Any],
    message: Mapping[str, Any],
    tool_calls: tuple[ToolCallDelta, ...],
) -> tuple[Choice, Sequence[ContentPart]]:
    """An entry of `choices` as a `Choice`, and the parts of its content.

    Args:
        index: Number of the choice.
        entry: The entry as it came.
        message: Its message or delta.
        tool_calls: Its tool calls, numbered.
    """
    content = read_content(message.get("content"))
    choice = Choice(
        index,
        content.text,
        reasoning_in_fields(message) or content.reasoning,
        _text(message.get("refusal")) or content.refusal,
        tool_calls,
        find_finish_reason(entry),
        entry.get("logprobs"),
        _with_cited_parts(find_sources(entry, message), content.parts),
        audio=_details(message.get("audio")),
        images=content.images,
    )
    if message.get("images"):
        images = (*choice.images, *read_images(message["images"]))
        choice = replace(choice, images=tuple(dict.fromkeys(images)))
    return choice, content.parts


def _with_cited_parts(
    sources: Mapping[str, Any], parts: tuple[ContentPart, ...]
) -> Mapping[str, Any]:
    """The web-search fields, together with the citations in parts of the content."""
    cited = [citation for part in parts for citation in part.citations]
    return {**sources, "content_citations": cited} if cited else sources


def _without_nulls(usage: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in usage.items() if value is not None}


def _details(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: object) -> int | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # JSON parsers give infinity for 1e999.
    return int(value) if is_number and 0 <= value < float("inf") else None  # type: ignore[operator, call-overload]  # a number here


def _first_count(*values: object) -> int | None:
    return next((count for count in map(_count, values) if count is not None), None)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

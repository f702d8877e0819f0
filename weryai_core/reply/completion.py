"""Reads the JSON of a completion, or of a chunk of one: choices, sources, identity and the rest.

Nulls, missing fields and values of the wrong type count as absent; they never raise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weryai_core.chunk import Choice, ToolCallDelta
from weryai_core.new_chunk import Identity, changed
from weryai_core.reply.citations import ContentPart
from weryai_core.reply.content import (
    calls_in_content,
    find_content,
    read_content,
    read_images,
    read_refusal,
)
from weryai_core.reply.outcome.finish_reasons import GOOGLES_REASONS, meaning_of
from weryai_core.reply.reasoning import reasoning_in_fields
from weryai_core.signatures.parts import with_signatures
from weryai_core.usage import USAGE_FIELDS
from weryai_core.wire import calls_of, legacy_call_of, message_extras, name_of

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
# OpenAI's name first, then those of others.
_CALL_FIELDS = ("tool_calls", "toolCalls", "tool_call", "toolCall")
_OF_CALLS = frozenset((*_CALL_FIELDS, "function_call", "functionCall"))
# OpenAI's name first, then those of others; the last tells more, or stands alone.
_REASONS = ("finish_reason", "finishReason", "stop_reason", "stopReason", "finish_details")
_NATIVE_REASON = "native_finish_reason"
_EVERY_REASON = (*_REASONS, _NATIVE_REASON)
# Fields of a message that a part of its content does not have.
_OF_MESSAGES = frozenset(("content", "role", "refusal", *_CALL_FIELDS))
_IN_PLACE = frozenset(_REASONS)
_NO_REASONS = ("", "null", "none", "nil", "undefined")
_NO_FIELDS: Mapping[str, Any] = {}
# Fields of a delta with text and reasoning.
_SPOKEN = ("content", "reasoning_content", "reasoning")

# Fields next to the choices that are read elsewhere, say nothing, or are those of an envelope.
_READ_FIELDS = _SOURCE_FIELDS.union(
    ("id", "object", "created", "model", "system_fingerprint", "choices", *USAGE_FIELDS),
    ("error", "obfuscation", "type", "event", "x_groq"),
    ("status", "code", "success", "desc", "msg", "message", "data"),
    _EVERY_REASON,
)

NO_IDENTITY: Identity = (None, None, None, None)


def to_identity(payload: Mapping[str, Any], before: Identity = NO_IDENTITY) -> Identity:
    """Id, model, time of creation and system fingerprint, in the order of `Chunk`'s fields.

    A value that this chunk leaves out is taken from `before`.
    """
    given = payload.get("id"), payload.get("model"), payload.get("created")
    if (*given, payload.get("system_fingerprint")) == before:
        return before  # as in nearly all chunks
    created = given[2]
    return (
        _text(payload.get("id")) or before[0],
        _text(payload.get("model")).strip() or before[1],
        created if isinstance(created, int) else before[2],
        _text(payload.get("system_fingerprint")) or before[3],
    )


def find_sources(*objects: Mapping[str, Any]) -> Mapping[str, Any]:
    """The web-search fields of these objects as they came, without empty ones."""
    found: dict[str, Any] = {}
    for fields in objects:
        if not _SOURCE_FIELDS.isdisjoint(fields):
            # In the order of the service, which is the same in each run.
            found.update((n, value) for n, value in fields.items() if n in _SOURCE_FIELDS and value)
    return found or _NO_FIELDS


def find_metadata(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields next to the choices that nothing else reads, as they came, without nulls."""
    if _READ_FIELDS.issuperset(payload):
        return _NO_FIELDS
    return {
        name: value
        for name, value in payload.items()
        if name not in _READ_FIELDS and value is not None
    }


def find_message(entry: Mapping[str, Any], *, is_whole: bool, has_begun: bool) -> Mapping[str, Any]:
    """The `message` of a whole choice, or the `delta` of a streamed one; each may have the other.

    A message that is a text or a list is its content, and so is the `text` of a choice without a
    message.

    Args:
        entry: An entry of `choices`.
        is_whole: Whether the choice came whole.
        has_begun: Whether deltas of this choice have brought something. Then a `message` is the
            whole answer once more, and is ignored.
    """
    message = entry.get("message" if is_whole else "delta")
    if not message and not has_begun:
        message = entry.get("message") or entry.get("delta")
    if not message:
        content = entry.get("text") or entry.get("content")
        return {"content": content} if content else {}
    if isinstance(message, (str, list)):
        return {"content": message}
    if not isinstance(message, dict):
        return {}
    # Anthropic's deltas are parts of the content.
    is_part = "type" in message and _OF_MESSAGES.isdisjoint(message)
    return {"content": [message]} if is_part else message


def find_finish_reason(entry: Mapping[str, Any]) -> str | None:
    """The finish reason of an entry of `choices`; None if it has none yet.

    OpenRouter's `native_finish_reason` counts where it says that the answer failed, or alone.
    """
    inner = as_fields(entry.get("delta")) or as_fields(entry.get("message"))
    native = _reason(entry.get(_NATIVE_REASON))
    if not native and _IN_PLACE.isdisjoint(entry) and _IN_PLACE.isdisjoint(inner):
        return None
    reason = ""
    for name in _REASONS:
        reason = reason or _reason(entry.get(name))
    for name in _REASONS:
        reason = reason or _reason(inner.get(name))
    if not native:
        return reason or None
    tells_more = meaning_of(reason) in (None, "unclear")
    tells_more = tells_more and meaning_of(native) in ("failed", "blocked")
    return (native if tells_more or not reason else reason) or None


def find_native_reason(entry: Mapping[str, Any]) -> str | None:
    """OpenRouter's `native_finish_reason` of an entry of `choices`."""
    return _reason(entry.get(_NATIVE_REASON)) or None


def with_reason_of(payload: Mapping[str, Any], entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """An entry of `choices` with the finish reason next to them, if it has none that says more."""
    fields = {name: payload[name] for name in _EVERY_REASON if payload.get(name)}
    outer = find_finish_reason(fields) if fields else None
    if outer is None:
        return entry
    inner = find_finish_reason(entry)
    if inner is not None and not (meaning_of(inner) is None and meaning_of(outer) == "failed"):
        return entry
    bare = {name: value for name, value in entry.items() if name not in _EVERY_REASON}
    return {**bare, "finish_reason": outer}


def find_texts(
    entry: Mapping[str, Any], name: str = "delta", others: Sequence[str] = ("index",)
) -> tuple[str, str] | None:
    """The text and the reasoning of an entry that holds nothing else; None for any other.

    `find_message`, `find_tool_calls` and `to_choice` find the same in such an entry. Fields that
    are null or empty count as absent there as well.

    Args:
        entry: An entry of `choices`.
        name: Where it has its message.
        others: The fields that it may have as well.
    """
    message = entry.get(name)
    if not isinstance(message, dict) or "type" in message:
        return None
    for field, value in entry.items():
        if value and field != name and field not in others:
            return None
    for field, value in message.items():
        if value and field != "role" and not (field in _SPOKEN and isinstance(value, str)):
            return None
    text = message.get("content") or ""
    reasoning = message.get("reasoning_content") or message.get("reasoning") or ""
    return (text, reasoning) if text or reasoning else None


def find_fragment(entry: Mapping[str, Any]) -> tuple[int, str] | None:
    """The index of a tool call and the next piece of its arguments; None for any other entry.

    The entry holds nothing else, see `find_texts`.
    """
    delta = entry.get("delta")
    if not isinstance(delta, dict) or not _says_only(entry, ("delta", "index")):
        return None
    calls = delta.get("tool_calls")
    if not isinstance(calls, list) or not _says_only(delta, ("tool_calls", "role")):
        return None
    call = calls[0] if len(calls) == 1 else None
    if not isinstance(call, dict) or not _says_only(call, ("index", "type", "function")):
        return None
    index, function = call.get("index"), call.get("function")
    if not isinstance(index, int) or not isinstance(function, dict):
        return None
    arguments = function.get("arguments")
    if not isinstance(arguments, str) or not _says_only(function, ("arguments",)):
        return None
    return (index, arguments) if arguments else None


def _says_only(fields: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Whether all other fields of an object are null or empty."""
    for name, value in fields.items():
        if value and name not in names:
            break
    else:
        return True
    return False


def find_tool_calls(message: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The tool calls of a message, or fragments of them, as they came.

    OpenAI's older `function_call` counts as one where no other has a name, and so do parts of the
    content that are calls.
    """
    content = message.get("content")
    if _OF_CALLS.isdisjoint(message) and (not content or isinstance(content, str)):
        return ()
    given = next((message[name] for name in _CALL_FIELDS if message.get(name)), None)
    calls = calls_of({"tool_calls": given}) if given else []
    legacy = message.get("function_call") or message.get("functionCall")
    if legacy and not any(map(name_of, calls)):
        call = legacy_call_of({"function_call": legacy})
        # Read once more: Google names the arguments `args`.
        older = [] if call is None else calls_of({"tool_calls": [call]})
        return older if not calls or any(map(name_of, older)) else calls
    if given or legacy or not content or isinstance(content, str):
        return calls
    return calls_in_content(content)


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
    content = read_content(find_content(message))
    choice = Choice(
        index,
        content.text,
        reasoning_in_fields(message) or content.reasoning,
        read_refusal(message.get("refusal")) or content.refusal,
        tool_calls,
        find_finish_reason(entry),
        _read_logprobs(entry.get("logprobs")),
        _with_cited_parts(find_sources(entry, message), content.parts),
        audio=as_fields(message.get("audio")),
        images=content.images,
        extra=with_signatures(message_extras(message), message, content.signed),
    )
    more = message.get("images") or message.get("image")
    if more:
        images = (*choice.images, *read_images(more))
        choice = changed(choice, images=tuple(dict.fromkeys(images)))
    return choice, content.parts


def _read_logprobs(given: object) -> Mapping[str, Any] | None:
    """Log probabilities: lists by name. What has another type in each chunk could not be merged."""
    if not isinstance(given, Mapping):
        return None
    return {name: one for name, one in given.items() if one is None or isinstance(one, list)}


def _with_cited_parts(
    sources: Mapping[str, Any], parts: tuple[ContentPart, ...]
) -> Mapping[str, Any]:
    """The web-search fields, together with the citations in parts of the content."""
    cited = [citation for part in parts for citation in part.citations]
    return {**sources, "content_citations": cited} if cited else sources


def _reason(value: object) -> str:
    """A finish reason, also in an object; DashScope writes the text "null" before it has one."""
    if not value:
        return ""
    if isinstance(value, list):
        found = [*filter(None, map(_reason, value))]
        return next((one for one in found if meaning_of(one) == "failed"), "".join(found[:1]))
    if isinstance(value, Mapping):
        value = value.get("type") or value.get("reason")
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        text = GOOGLES_REASONS.get(value, str(value))
    else:
        text = _text(value)
    return "" if text.strip().lower() in _NO_REASONS else text


def as_fields(value: object) -> Mapping[str, Any]:
    """The value if it is an object; else no fields."""
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

"""Keeps the signatures of reasoning that comes in parts of the content or in an object.

    {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}                       Claude
    {"type": "reasoning", "summary": [{"text": "Hm.", "signature": "c2ln"}]}           Databricks
    {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2ln"}}}      Bedrock
    {"type": "text", "text": "Hi", "thought_signature": "c2ln"}                        Gemini

They go back in the fields that gateways take: `thinking_blocks`, `reasoning_items` and
`extra_content`. A stream may sign a part long after its text. So all reasoning in parts is kept in
a field of its own, until `signed_extras` takes what was signed at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Fields = Mapping[str, Any]

_PARTS = "thinking_parts"  # never leaves the core
_OBJECTS = ("reasoning_content", "reasoning", "thinking")
# Where an object has those that may be signed.
_WITHIN = (*_OBJECTS, "reasoningContent", "reasoningText", "summary", "content", "text")
_GOOGLES = ("thought_signature", "thoughtSignature")
_GOOGLES_LISTS = ("thought_signatures", "thoughtSignatures")
_SIGNATURES = ("signature", *_GOOGLES, "extra_content", "encrypted_content")
_DATA = ("data", "redactedContent")
_DEEPEST = 6  # lists and objects within one another


def has_signature(part: Fields) -> bool:
    """Whether a part of the content is signed itself, and is no call."""
    if not any(part.get(name) for name in _SIGNATURES):
        return False
    kind = str(part.get("type") or "").lower()
    is_call = "call" in kind or "tool" in kind or "functionCall" in part or "toolUse" in part
    return not is_call


def with_signatures(extras: Fields, message: Fields, parts: Iterable[Fields]) -> Fields:
    """The fields for signed reasoning of a message, with those of its content and objects.

    Args:
        extras: Its `message_extras`.
        message: A message or a delta.
        parts: The parts of its content that may be signed.
    """
    found: dict[str, Any] = {}
    entries: list[Fields] = []
    for part in parts:
        entries += _read_part(part, found)
    for name in _OBJECTS:
        if isinstance(value := message.get(name), (Mapping, list)):
            entries += _entries(value)
    for name in _GOOGLES_LISTS:
        if isinstance(signatures := message.get(name), list) and any(signatures):
            # LiteLLM's place for them.
            given = extras.get("provider_specific_fields")
            fields = given if isinstance(given, Mapping) else {}
            found["provider_specific_fields"] = {name: signatures, **fields}
    if entries:
        found[_PARTS] = entries
    if not found:
        return extras
    own = extras.get("reasoning_items"), extras.get("extra_content")
    if own[0]:
        found.pop("reasoning_items", None)
    if own[1]:
        found.pop("extra_content", None)
    return {**extras, **found}


def signed_extras(extras: dict[str, Any]) -> dict[str, Any]:
    """The merged fields of a whole answer, with the signed ones of its parts."""
    if _PARTS not in extras:
        return extras
    entries = extras.pop(_PARTS)
    given = extras.get("provider_specific_fields")
    has_blocks = isinstance(given, Mapping) and given.get("thinking_blocks")
    signed = [
        {name: value for name, value in entry.items() if name != "index"}
        for entry in entries
        if entry.get("signature") or entry.get("data")
    ]
    if signed and not (has_blocks or extras.get("thinking_blocks")):
        extras["thinking_blocks"] = signed
    return extras


def _read_part(part: Fields, found: dict[str, Any]) -> Iterator[Fields]:
    """The reasoning of a part as entries of `thinking_blocks`; other signatures go to `found`."""
    kind = str(part.get("type") or "").lower()
    is_text = "text" in part and not ("reasoning" in kind or "thinking" in kind)
    names = ("signature", *_GOOGLES) if is_text else _GOOGLES
    signature = next((part[name] for name in names if part.get(name)), None)
    if isinstance(signature, str):  # only Google signs text
        found["extra_content"] = {"google": {"thought_signature": signature}}
    elif isinstance(part.get("extra_content"), Mapping):
        found["extra_content"] = part["extra_content"]
    elif part.get("encrypted_content"):
        found.setdefault("reasoning_items", []).append(part)
    elif not is_text:
        index = part.get("index")
        number = {"index": index} if isinstance(index, int) else {}
        for entry in _entries(part):
            yield {**number, **entry}


def _entries(value: object, depth: int = 0) -> Iterator[Fields]:
    """The reasoning in a value as entries of `thinking_blocks`, signed or not."""
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        if value:
            yield {"type": "thinking", "thinking": value}
    elif isinstance(value, list):
        for entry in value:
            yield from _entries(entry, depth + 1)
    elif isinstance(value, Mapping):
        data = next((value[name] for name in _DATA if isinstance(value.get(name), str)), None)
        signature = value.get("signature")
        within = [value[name] for name in _WITHIN if value.get(name)]
        if data:
            yield {"type": "redacted_thinking", "data": data}
        elif isinstance(signature, str) and signature:
            texts = (entry.get("thinking", "") for entry in _entries(within[:1], depth + 1))
            text = "".join(texts)
            yield {"type": "thinking", "thinking": text, "signature": signature}
        elif within:
            yield from _entries(within[0], depth + 1)

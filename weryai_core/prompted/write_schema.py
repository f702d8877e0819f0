"""A JSON schema put into the prompt, where `response_format` cannot have it. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_json

_INSTRUCTION = (
    "{answer} with one JSON object{described}, and with nothing else: no words around it, no code "
    "fence."
)


def with_schema_in_prompt(body: Mapping[str, Any], *, beside_tools: bool = False) -> dict[str, Any]:
    """A request that asks in its prompt for what its `response_format` asked for.

    Args:
        body: A request with a `response_format` of type "json_schema" or "json_object". It is not
            changed.
        beside_tools: Whether the answer may also be a call of a tool, written in text.
    """
    rest = {name: value for name, value in body.items() if name != "response_format"}
    described = body["response_format"].get("json_schema") or {}
    has_schema = body["response_format"].get("type") == "json_schema"
    text = _INSTRUCTION.format(
        answer="Unless you call a tool, answer" if beside_tools else "Answer",
        described=" that follows this JSON schema" if has_schema else "",
    )
    if has_schema:
        text += "\n\n" + to_json(described.get("schema") or {}).decode()
    return {**rest, "messages": _with_text(body["messages"], text)}


def _with_text(messages: Sequence[Mapping[str, Any]], text: str) -> list[Mapping[str, Any]]:
    """The messages with a text behind the last one of the user's; one more if there is none.

    Not in a message of its own: their number is limited.
    """
    position = next(
        (
            position
            for position in range(len(messages) - 1, -1, -1)
            if messages[position].get("role") == "user"
        ),
        None,
    )
    if position is None:
        return [*messages, {"role": "user", "content": text}]
    message = messages[position]
    content = message.get("content")
    added: Any = [*content, {"type": "text", "text": text}] if isinstance(content, list) else None
    changed = {**message, "content": added or f"{content or ''}\n\n{text}".lstrip()}
    return [*messages[:position], changed, *messages[position + 1 :]]

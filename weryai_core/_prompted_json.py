"""A JSON schema put into the prompt, where `response_format` cannot have it. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_json

_INSTRUCTION = (
    "Answer with one JSON object that follows this JSON schema, and with nothing else: no words "
    "around it, no code fence.\n\n"
)


def with_schema_in_prompt(body: Mapping[str, Any]) -> dict[str, Any]:
    """A request that asks in its prompt for what its `response_format` asked for.

    Args:
        body: A request with a `response_format` of type "json_schema". It is not changed.
    """
    rest = {name: value for name, value in body.items() if name != "response_format"}
    described = body["response_format"].get("json_schema") or {}
    text = _INSTRUCTION + to_json(described.get("schema") or {}).decode()
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

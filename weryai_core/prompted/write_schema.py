"""Writes a JSON schema into the prompt, where `response_format` cannot carry it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weryai_core.errors import InvalidRequestError
from weryai_core.wire import Message, join_contents, role_of, write_json

_INSTRUCTION = (
    "{answer} with one JSON object{described}, and with nothing else: no words around it, no code "
    "fence."
)


def schema_instruction(response_format: Mapping[str, Any], *, allows_calls: bool = False) -> str:
    """What the prompt says in place of a `response_format`.

    Args:
        response_format: One of type "json_schema" or "json_object".
        allows_calls: Whether the answer may also be a tool call, written as text.

    Raises:
        InvalidRequestError: The schema holds something that JSON cannot.
    """
    has_schema = response_format.get("type") == "json_schema"
    text = _INSTRUCTION.format(
        answer="Unless you call a tool, answer" if allows_calls else "Answer",
        described=" that follows this JSON schema" if has_schema else "",
    )
    if has_schema:
        described = response_format.get("json_schema") or {}
        text += f"\n\n{_encode(described.get('schema') or {})}"
    return text


def with_instruction(messages: Sequence[Message], text: str) -> list[Message]:
    """The messages with a text at the end of the last user message, or in a new one.

    A message of its own would count toward the limit.
    """
    for position in range(len(messages) - 1, -1, -1):
        message = messages[position]
        if role_of(message) == "user":
            changed = {**message, "content": join_contents(message.get("content"), text)}
            return [*messages[:position], changed, *messages[position + 1 :]]
    return [*messages, {"role": "user", "content": text}]


def _encode(schema: object) -> str:
    try:
        return write_json(schema).decode()
    except ValueError as error:  # pydantic's own is one
        raise InvalidRequestError(
            f"The schema of `response_format` cannot be written as JSON: {error}"
        ) from error

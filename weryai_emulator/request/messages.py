"""Check `messages`: their number, roles, contents, tool calls and tool results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from weryai_emulator.request.errors import invalid

ROLES = ("system", "developer", "user", "assistant", "tool")

# The documented limit of `messages`.
MAX_MESSAGES = 50

# The types of content parts, each with its required field and the type of that field.
PARTS: dict[str, tuple[str, type]] = {
    "text": ("text", str),
    "image_url": ("image_url", dict),
    "input_audio": ("input_audio", dict),
    "video_url": ("video_url", dict),
    "file": ("file", dict),
    "refusal": ("refusal", str),
}
_JSON_NAMES: dict[type, str] = {str: "a string", dict: "an object"}


def check_messages(messages: Any) -> None:
    """Check the messages of a request.

    Raises:
        Refusal: A message is invalid; the text names its position.
    """
    if not isinstance(messages, list):
        raise invalid("messages", "`messages` is required and must be an array.")
    if not 1 <= len(messages) <= MAX_MESSAGES:
        raise invalid(
            "messages",
            f"`messages` must have 1 to {MAX_MESSAGES} elements, not {len(messages)}.",
        )
    called: set[str] = set()
    open_calls: set[str] = set()
    for index, message in enumerate(messages):
        where = f"messages[{index}]"
        _check_message(where, message)
        calls = {call["id"] for call in message.get("tool_calls") or ()}
        # The service does not document these two, but every vendor behind it refuses both.
        if message["role"] == "tool":
            open_calls.discard(message["tool_call_id"])
        elif open_calls:
            raise invalid(where, f"`{where}` follows a tool call without its result.")
        called |= calls
        open_calls |= calls
        if message["role"] == "tool" and message["tool_call_id"] not in called:
            raise invalid(
                f"{where}.tool_call_id",
                f"`{where}.tool_call_id` answers no tool call of an earlier assistant message.",
            )


def _check_message(where: str, message: Any) -> None:
    role = message.get("role") if isinstance(message, dict) else None
    if role not in ROLES:
        raise invalid(where, f"`{where}.role` must be one of {', '.join(ROLES)}.")
    if role == "tool" and not isinstance(message.get("tool_call_id"), str):
        raise invalid(where, f"`{where}.tool_call_id` is required in a tool message.")
    content = message.get("content")
    if content is not None or role != "assistant":
        _check_content(f"{where}.content", content)
    calls = message.get("tool_calls") or []
    if calls and role != "assistant":
        raise invalid(where, f"`{where}.tool_calls` is for assistant messages only.")
    _check_tool_calls(f"{where}.tool_calls", calls)


def _check_content(where: str, content: Any) -> None:
    if isinstance(content, str):
        return
    if not isinstance(content, list) or not content:
        raise invalid(where, f"`{where}` must be a string or a non-empty array of parts.")
    for index, part in enumerate(content):
        _check_part(f"{where}[{index}]", part)


def _check_part(where: str, part: Any) -> None:
    kind = part.get("type") if isinstance(part, dict) else None
    known = PARTS.get(kind) if isinstance(kind, str) else None
    if known is None:
        raise invalid(
            where, f"`{where}.type` is {kind!r}, which is not supported. Send {_or(list(PARTS))}."
        )
    field, expected = known
    if not isinstance(part.get(field), expected):
        raise invalid(where, f"`{where}.{field}` must be {_JSON_NAMES[expected]}.")


def _check_tool_calls(where: str, calls: Any) -> None:
    if not isinstance(calls, list):
        raise invalid(where, f"`{where}` must be an array.")
    for index, call in enumerate(calls):
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(function, dict) or not isinstance(call.get("id"), str):
            raise invalid(where, f"`{where}[{index}]` must have an `id` and a `function`.")
        for field in ("name", "arguments"):
            if not isinstance(function.get(field), str):
                raise invalid(where, f"`{where}[{index}].function.{field}` must be a string.")


def _or(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"

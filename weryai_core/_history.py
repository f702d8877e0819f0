"""Conversations of more messages than the API takes: joined or cut down to fit. No I/O."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from weryai_core.errors import MessageCountError

MAX_MESSAGES = 50
"""Most messages in a request, by the API page ("Required array length: 1 - 50 elements")."""

MessageOverflow = Literal["error", "merge", "trim"]
"""What to do with more: refuse them, join neighbours of one role, or drop the oldest turns."""

_log = logging.getLogger(__name__)

_SYSTEM_ROLES = ("system", "developer")
# Tool results are not among them: each answers its own call.
_JOINED_ROLES = (*_SYSTEM_ROLES, "user", "assistant")
_JOINED_FIELDS = ("content", "tool_calls")

Message = Mapping[str, Any]


def fit_messages(
    messages: Sequence[Message], overflow: MessageOverflow, *, limit: int = MAX_MESSAGES
) -> Sequence[Message]:
    """A conversation of at most `limit` messages; one that fits stays as it is.

    Args:
        messages: As a request takes them. They are not changed.
        overflow: "merge" joins neighbours of one role, and loses nothing. "trim" drops the oldest
            turns, as few as possible: system messages and the newest turn stay, and a tool call is
            never parted from its result. In a newest turn that is too long by itself, an agent's,
            the oldest steps are dropped.
        limit: How many fit.

    Raises:
        MessageCountError: There are more, and `overflow` is "error" or does not help.
    """
    count = len(messages)
    if count <= limit:
        return messages
    fitting = messages
    if overflow == "merge":
        fitting = _merge(messages)
    elif overflow == "trim":
        fitting = _trim(messages, limit)
    if len(fitting) <= limit:
        _log.debug("%d messages were made %d by %r.", count, len(fitting), overflow)
        return fitting
    raise MessageCountError(
        f"`messages` must hold 1 to {limit} messages (the limit of WeryAI's API), but holds "
        f"{count}.{_advice(overflow, len(fitting))}"
    )


def _advice(overflow: MessageOverflow, count: int) -> str:
    if overflow == "merge":
        return f" Joined they are {count}; message_overflow='trim' drops the oldest turns."
    if overflow == "trim":
        return f" {count} of them cannot be dropped: system messages, or one step of an agent."
    return (
        " Send fewer, or set message_overflow='merge' to join neighbours of one role, or 'trim' to "
        "drop the oldest turns."
    )


def _merge(messages: Sequence[Message]) -> list[Message]:
    merged: list[Message] = []
    for message in messages:
        if merged and _belong_together(merged[-1], message):
            merged[-1] = _join(merged[-1], message)
        else:
            merged.append(message)
    return merged


def _belong_together(first: Message, second: Message) -> bool:
    if first.get("role") not in _JOINED_ROLES:
        return False
    return all(
        first.get(name) == second.get(name)
        for name in first.keys() | second.keys()
        if name not in _JOINED_FIELDS
    )


def _join(first: Message, second: Message) -> Message:
    joined = {**first, "content": _join_contents(first.get("content"), second.get("content"))}
    calls = [*(first.get("tool_calls") or ()), *(second.get("tool_calls") or ())]
    return {**joined, "tool_calls": calls} if calls else joined


def _join_contents(first: Any, second: Any) -> Any:
    if not first or not second:
        return first or second
    if isinstance(first, str) and isinstance(second, str):
        return f"{first}\n\n{second}"
    return [*_to_parts(first), *_to_parts(second)]


def _to_parts(content: Any) -> list[Any]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def _trim(messages: Sequence[Message], limit: int) -> list[Message]:
    kept = {
        position
        for position, message in enumerate(messages)
        if message.get("role") in _SYSTEM_ROLES
    }
    turns = _to_turns(messages)
    while len(turns) > 1 and len(kept) + sum(map(_size, turns)) > limit:
        del turns[0]
    for turn in turns[:1]:
        # Behind the question of an agent's long turn; its newest step stays.
        first = 1 if messages[turn[0][0]].get("role") == "user" else 0
        while len(turn) > first + 1 and len(kept) + sum(map(_size, turns)) > limit:
            del turn[first]
    kept.update(position for turn in turns for step in turn for position in step)
    return [messages[position] for position in sorted(kept)]


def _size(turn: list[list[int]]) -> int:
    return sum(len(step) for step in turn)


def _to_turns(messages: Sequence[Message]) -> list[list[list[int]]]:
    """Turns, as lists of steps, as lists of positions.

    A turn begins with a user's message; a step is a message with the results of its tool calls.
    """
    steps: list[list[int]] = []
    owner: dict[Any, int] = {}  # id of a call -> its step
    for position, message in enumerate(messages):
        role = message.get("role")
        if role in _SYSTEM_ROLES:
            continue
        if role == "tool" and steps:
            # With all between the call and this result, if they are apart.
            first = owner.get(message.get("tool_call_id"), len(steps) - 1)
            steps[first:] = [[*(p for step in steps[first:] for p in step), position]]
            owner = {id_: min(step, first) for id_, step in owner.items()}
            continue
        steps.append([position])
        for call in message.get("tool_calls") or ():
            owner[call.get("id")] = len(steps) - 1
    turns: list[list[list[int]]] = []
    for step in steps:
        if not turns or messages[step[0]].get("role") == "user":
            turns.append([])
        turns[-1].append(step)
    return turns

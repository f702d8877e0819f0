"""At most 50 messages in a request: what has more is refused, merged or trimmed. No I/O."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from weryai_core.errors import MessageCountError

MAX_MESSAGES = 50
"""Most messages in a request, by the API page ("Required array length: 1 - 50 elements")."""

MessageOverflow = Literal["error", "merge", "trim"]
"""What to do about more: see `fit_messages`."""

Message = Mapping[str, Any]

_log = logging.getLogger(__name__)

_INSTRUCTION_ROLES = ("system", "developer")
_RESULT_ROLES = ("tool", "function")  # `function` with `function_call`: OpenAI's older way


def fit_messages(
    messages: Sequence[Message], overflow: MessageOverflow | None, *, limit: int = MAX_MESSAGES
) -> Sequence[Message]:
    """The messages, made at most `limit` of them as `overflow` says.

    Args:
        messages: A request's messages, 1 or more. Neither they nor their list are changed.
        overflow: What to do if they are too many. "error" or None refuses them. "merge" joins
            adjacent messages of one role; nothing is lost. "trim" drops the oldest turns, a turn
            being a user's message and all up to the next one; it keeps system and developer
            messages, and keeps tool calls and their results together. The newest turn is kept, but
            if it is too long by itself its oldest answers and calls, with their results, are
            dropped; never its user's message and the last of its calls.
        limit: How many messages there may be.

    Raises:
        MessageCountError: There are too many, and must not or cannot be fewer.
    """
    if len(messages) <= limit:
        return messages
    match overflow:
        case "merge":
            return _merge(messages, limit)
        case "trim":
            return _trim(messages, limit)
        case _:
            raise count_error(
                len(messages),
                '. Send fewer, or set message_overflow="merge" (joins adjacent messages of one '
                'role) or "trim" (drops the oldest turns).',
                limit=limit,
            )


def count_error(count: int, rest: str = ".", *, limit: int = MAX_MESSAGES) -> MessageCountError:
    """The error of a wrong number of messages; `rest` ends its sentence."""
    return MessageCountError(
        f"`messages` must hold 1 to {limit} messages (the limit of WeryAI's API), "
        f"but holds {count}{rest}"
    )


def _merge(messages: Sequence[Message], limit: int) -> list[Message]:
    runs: list[list[Message]] = []
    for message in messages:
        if runs and _can_join(runs[-1][-1], message):
            runs[-1].append(message)
        else:
            runs.append([message])
    if len(runs) > limit:
        raise count_error(
            len(messages),
            f", and {len(runs)} after adjacent ones of one role are joined. Send fewer, or set "
            'message_overflow="trim" (drops the oldest turns).',
            limit=limit,
        )
    return [_joined(run) if len(run) > 1 else run[0] for run in runs]


def _can_join(before: Message, after: Message) -> bool:
    """Whether two messages say the same but for their content and tool calls."""
    if not (_is_joinable(before) and _is_joinable(after)):
        return False
    return _own_fields(before) == _own_fields(after)


def _is_joinable(message: Message) -> bool:
    """Whether a message has one of the known shapes, and may be more than it is."""
    role = _role(message)
    if role is None or role in _RESULT_ROLES or message.get("function_call") is not None:
        return False  # each result answers a call of its own
    content, calls = message.get("content"), message.get("tool_calls")
    return isinstance(content, (str, list, tuple, type(None))) and isinstance(
        calls, (list, tuple, type(None))
    )


def _own_fields(message: Message) -> dict[str, Any]:
    return {
        name: value
        for name, value in message.items()
        if name not in ("content", "tool_calls") and value is not None
    }


def _joined(run: Sequence[Message]) -> Message:
    """One message that says what all of a run say, in their order."""
    calls = [call for message in run for call in message.get("tool_calls") or ()]
    contents = [content for message in run if (content := message.get("content"))]
    joined = dict(run[0])
    if not contents:
        # Null is OpenAI's way of saying that a turn is tool calls only; some refuse "".
        joined["content"] = None if calls else run[0].get("content")
    elif all(isinstance(content, str) for content in contents):
        joined["content"] = "\n\n".join(contents)
    else:
        joined["content"] = [part for content in contents for part in _to_parts(content)]
    if calls:
        joined["tool_calls"] = calls
    return joined


def _to_parts(content: str | Sequence[Any]) -> Sequence[Any]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _trim(messages: Sequence[Message], limit: int) -> list[Message]:
    groups = _droppable(messages)
    dropped: set[int] = set()
    for group in groups:
        if len(messages) - len(dropped) <= limit:
            break
        dropped.update(group)
    kept = [message for index, message in enumerate(messages) if index not in dropped]
    if len(kept) > limit:
        instructions = sum(_role(message) in _INSTRUCTION_ROLES for message in kept)
        raise count_error(
            len(messages),
            f'. message_overflow="trim" cannot drop enough: it keeps system and developer messages '
            f"({instructions} here) and the end of the newest turn, the last tool call with all "
            f"its results included ({len(kept) - instructions}). Join the system messages, or have "
            "fewer tools called at once.",
            limit=limit,
        )
    _log.debug("%d of %d messages were dropped, the oldest ones.", len(dropped), len(messages))
    return kept


def _droppable(messages: Sequence[Message]) -> list[list[int]]:
    """What may be dropped, in this order: the indices of whole turns, then of calls and results.

    What belongs to a call counts as part of the turn of the call, wherever it stands.
    """
    heads = _heads(messages)
    indices = [i for i, message in enumerate(messages) if _role(message) not in _INSTRUCTION_ROLES]
    if not indices:
        return []
    users = [i for i in indices if _role(messages[i]) == "user"]
    starts = sorted({indices[0], *users})
    last = heads[indices[-1]]
    newest = starts[bisect_right(starts, last) - 1]
    if users and newest < users[0]:
        newest = users[-1]  # else the conversation could not begin with a user's message
    kept = {last, newest, users[-1]} if users else {last}
    groups: dict[int, list[int]] = {}
    for index in indices:
        head = heads[index]
        if head < newest:
            groups.setdefault(starts[bisect_right(starts, head) - 1], []).append(index)
        elif head not in kept:
            groups.setdefault(head, []).append(index)
    return [groups[start] for start in sorted(groups)]


def _heads(messages: Sequence[Message]) -> list[int]:
    """For each message the index of the one that it is kept or dropped with.

    For a result the index of its call, if that is there, and for others their own. Some services
    number the calls of each answer anew, so that the newest call of an id counts; a result without
    an id is taken to belong to the calls in front of it.
    """
    calls: dict[str, int] = {}
    heads: list[int] = []
    for index, message in enumerate(messages):
        head = index
        if _role(message) in _RESULT_ROLES:
            call_id = message.get("tool_call_id")
            if isinstance(call_id, str):
                head = calls.get(call_id, index)
            elif heads and _makes_calls(messages[heads[-1]]):
                head = heads[-1]
        elif _makes_calls(message):
            calls.update((call_id, index) for call_id in _call_ids(message))
        heads.append(head)
    return heads


def _makes_calls(message: Message) -> bool:
    return isinstance(message, Mapping) and bool(
        message.get("tool_calls") or message.get("function_call")
    )


def _call_ids(message: Message) -> list[str]:
    calls = message.get("tool_calls")
    ids = [call.get("id") for call in calls or () if isinstance(call, Mapping)]
    return [call_id for call_id in ids if isinstance(call_id, str)]


def _role(message: Message) -> str | None:
    """A message's role; None of what is no message, which the service will tell."""
    role = message.get("role") if isinstance(message, Mapping) else None
    return role if isinstance(role, str) else None

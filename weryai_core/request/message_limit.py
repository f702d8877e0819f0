"""Keep a conversation within the API's limit of 50 messages: refuse it, merge it or trim it.

Merging joins adjacent messages of one role. Trimming drops the oldest turns, and if that is not
enough, the oldest answers and calls of the newest turn. Calls and their results stay together.
"""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, Literal

from weryai_core.errors import MessageCountError
from weryai_core.media.tool_results import ResultMedia
from weryai_core.wire import (
    Message,
    calls_of,
    id_of,
    is_instruction,
    is_result,
    join_contents,
    legacy_call_of,
    role_of,
)

MAX_MESSAGES = 50
"""Most messages in a request (the API page: "Required array length: 1 - 50 elements")."""

MessageOverflow = Literal["error", "merge", "trim"]
"""What to do about more: see `fit_messages`."""

_log = logging.getLogger(__name__)


def fit_messages(
    messages: Sequence[Message], overflow: MessageOverflow, *, limit: int = MAX_MESSAGES
) -> Sequence[Message]:
    """The messages, reduced to at most `limit` of them as `overflow` says.

    Args:
        messages: A request's messages, 1 or more. They are not changed.
        overflow: What to do if there are too many. "error" refuses them. "merge" joins adjacent
            messages of one role; nothing is lost. "trim" drops the oldest turns, a turn being a
            user's message and everything up to the next one. It keeps system and developer
            messages. Of the newest turn it drops the oldest answers and calls if necessary, but
            never the user's message and the last call.
        limit: The most messages.

    Raises:
        MessageCountError: There are too many, and `overflow` does not allow or suffice to have
            fewer.
    """
    if len(messages) <= limit:
        return messages
    match overflow:
        case "merge":
            return _merge(messages, limit)
        case "trim":
            return _trim(messages, limit)
        case _:
            raise _count_error(
                len(messages),
                '. Send fewer, or set message_overflow="merge" (joins adjacent messages of one '
                'role) or "trim" (drops the oldest turns).',
                limit,
            )


def _count_error(count: int, rest: str, limit: int) -> MessageCountError:
    """The error for too many messages; `rest` ends its sentence."""
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
        raise _count_error(
            len(messages),
            f", and {len(runs)} after merging adjacent ones of one role. Send fewer, or set "
            'message_overflow="trim" (drops the oldest turns).',
            limit,
        )
    return [_merged(run) if len(run) > 1 else run[0] for run in runs]


def _can_join(before: Message, after: Message) -> bool:
    """Whether two messages differ in their content and tool calls only."""
    if not (_is_joinable(before) and _is_joinable(after)):
        return False
    return _own_fields(before) == _own_fields(after)


def _is_joinable(message: Message) -> bool:
    """Whether a message has a known shape, and can hold more than it does."""
    if role_of(message) is None or message.get("function_call") is not None:
        return False
    if is_result(message):
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


def _merged(run: Sequence[Message]) -> Message:
    """One message with the content and the calls of a run, in their order."""
    calls = [call for message in run for call in message.get("tool_calls") or ()]
    content: Any = join_contents(*(message.get("content") for message in run))
    if not content:
        # Null is OpenAI's content of a turn with tool calls only; some upstreams refuse "".
        content = None if calls else run[0].get("content")
    return {**run[0], "content": content, **({"tool_calls": calls} if calls else {})}


def _trim(messages: Sequence[Message], limit: int) -> list[Message]:
    groups = _droppable(messages)
    dropped: set[int] = set()
    for group in groups:
        if len(messages) - len(dropped) <= limit:
            break
        dropped.update(group)
    kept = [message for index, message in enumerate(messages) if index not in dropped]
    if len(kept) > limit:
        instructions = sum(map(is_instruction, kept))
        raise _count_error(
            len(messages),
            f'. message_overflow="trim" cannot drop enough: it keeps system and developer messages '
            f"({instructions} here) and the end of the newest turn, including the last tool call "
            f"with all its results ({len(kept) - instructions}). Join the system messages, or have "
            "the model call fewer tools at once.",
            limit,
        )
    _log.debug("Dropped the %d oldest of %d messages.", len(dropped), len(messages))
    return kept


def _droppable(messages: Sequence[Message]) -> list[list[int]]:
    """The indices of messages to drop together, in order: whole turns, then calls with results.

    A result belongs to the turn of its call, wherever it stands.
    """
    heads = _heads(messages)
    indices = [i for i, message in enumerate(messages) if not is_instruction(message)]
    if not indices:
        return []
    users = [i for i in indices if role_of(messages[i]) == "user" and heads[i] == i]
    starts = sorted({indices[0], *users})
    last = heads[indices[-1]]
    newest = starts[bisect_right(starts, last) - 1]
    if users and newest < users[0]:
        newest = users[-1]  # so that the conversation can begin with a user's message
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
    """For each message, the index of the message that it is kept or dropped with.

    That is the call of a result, if there is one, and otherwise the message itself. Some services
    reuse ids in each answer, so the newest call with the id counts. A result without an id belongs
    to the calls directly before it, and media of results to the result before them.
    """
    calls: dict[str, int] = {}
    heads: list[int] = []
    for index, message in enumerate(messages):
        head = index
        if is_result(message):
            call_id = message.get("tool_call_id")
            if isinstance(call_id, str) and call_id:
                head = calls.get(call_id, index)
            elif heads and _makes_calls(messages[heads[-1]]):
                head = heads[-1]
        elif isinstance(message, ResultMedia) and heads:
            head = heads[-1]
        elif _makes_calls(message):
            calls.update((id_, index) for call in calls_of(message) if (id_ := id_of(call)))
        heads.append(head)
    return heads


def _makes_calls(message: Message) -> bool:
    return bool(calls_of(message)) or legacy_call_of(message) is not None

"""Drops the oldest turns, and if that is not enough, the oldest steps of the newest turn."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from weryai_core.request.overflow.pairs import heads_of
from weryai_core.wire import Message, is_instruction, role_of


def trim(messages: Sequence[Message], limit: int) -> list[Message]:
    """The messages without the oldest turns: at most `limit`, if enough can be dropped.

    System and developer messages stay, and so do the newest user message and the last call with
    all its results.
    """
    dropped: set[int] = set()
    for group in _droppable(messages):
        if len(messages) - len(dropped) <= limit:
            break
        dropped.update(group)
    return [message for index, message in enumerate(messages) if index not in dropped]


def _droppable(messages: Sequence[Message]) -> list[list[int]]:
    """The indices of messages to drop together, in order: whole turns, then calls with results.

    A result belongs to the turn of its call, wherever it stands.
    """
    heads = heads_of(messages)
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

"""Which tool results belong to which calls, so that no way of having fewer messages parts them."""

from __future__ import annotations

from collections.abc import Sequence

from weryai_core.media.tool_results import ResultMedia
from weryai_core.wire import Message, calls_of, id_of, is_result, legacy_call_of


def heads_of(messages: Sequence[Message]) -> list[int]:
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

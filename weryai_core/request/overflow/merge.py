"""Joins adjacent messages of one role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from weryai_core.wire import Message, is_result, join_contents, role_of


def merge(messages: Sequence[Message]) -> list[Message]:
    """The messages with adjacent ones of one role in one, where nothing is lost by that.

    Results of tool calls are never joined: each answers a call of its own.
    """
    runs: list[list[Message]] = []
    for message in messages:
        if runs and _can_join(runs[-1][-1], message):
            runs[-1].append(message)
        else:
            runs.append([message])
    return [join(run) for run in runs]


def join(run: Sequence[Message]) -> Message:
    """One message with the content and the calls of some, in their order."""
    if len(run) == 1:
        return run[0]
    calls = [call for message in run for call in message.get("tool_calls") or ()]
    content: Any = join_contents(*(message.get("content") for message in run))
    if not content:
        # Null is OpenAI's content of a turn with tool calls only; some upstreams refuse "".
        content = None if calls else run[0].get("content")
    return {**run[0], "content": content, **({"tool_calls": calls} if calls else {})}


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

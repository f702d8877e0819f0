"""Thoughts of earlier answers: which of them go back with a request. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

EchoReasoning = bool | Literal["auto"]
"""Whether thoughts are sent back: all, none, or, with "auto", those that the model demands."""


def with_thoughts(
    messages: Sequence[Mapping[str, Any]], echo: EchoReasoning, model: str
) -> Sequence[Mapping[str, Any]]:
    """The messages with the thoughts (`reasoning_content`) that are to be sent, and no others.

    Args:
        messages: A request's messages, with all the thoughts there are.
        echo: Which to send.
        model: Key of the model.
    """
    thoughtful = [message for message in messages if "reasoning_content" in message]
    if echo is True or not thoughtful:
        return messages
    keeps_with_calls = echo == "auto" and _demands_thoughts(model)
    return [
        message
        if keeps_with_calls and message.get("tool_calls")
        else {name: value for name, value in message.items() if name != "reasoning_content"}
        for message in messages
    ]


def _demands_thoughts(model: str) -> bool:
    """Whether a model refuses earlier tool calls without the thoughts that led to them.

    Moonshot's do: "thinking is enabled but reasoning_content is missing in assistant tool call
    message". Others refuse thoughts (OpenAI's, as an unknown field) or pay no heed to them.
    """
    return "KIMI" in model.upper()

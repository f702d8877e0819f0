"""Which reasoning of earlier answers goes back with a request (`reasoning_content`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from weryai_core.wire import Message, calls_of

EchoReasoning = bool | Literal["auto"]
"""Which reasoning is sent: all (True), none (False), or only what the model requires ("auto")."""


def with_reasoning(
    messages: Sequence[Message], echo: EchoReasoning, model: str
) -> Sequence[Message]:
    """The messages without the reasoning that stays here.

    Args:
        messages: A request's messages, with all the reasoning there is.
        echo: Which reasoning to send.
        model: Key of the model.
    """
    if echo is True or not any("reasoning_content" in message for message in messages):
        return messages
    keeps_with_calls = echo == "auto" and _requires_reasoning(model)
    return [
        message
        if keeps_with_calls and calls_of(message)
        else {name: value for name, value in message.items() if name != "reasoning_content"}
        for message in messages
    ]


def _requires_reasoning(model: str) -> bool:
    """Whether a model refuses earlier tool calls without the reasoning that led to them.

    Moonshot's do: "thinking is enabled but reasoning_content is missing in assistant tool call
    message". Others refuse reasoning (OpenAI's, as an unknown field) or ignore it.
    """
    return "KIMI" in model.upper()

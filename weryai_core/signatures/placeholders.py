"""Placeholders for the signatures that Gemini 3 wants, on tool calls that it did not make.

Google refuses tool calls of the current turn, which is what follows the last user message, if the
first call of an answer has no signature. For calls of other models it documents a placeholder
(ai.google.dev/gemini-api/docs/thought-signatures, "FAQs"):

    user        Compare Rome and Oslo.
    assistant   (GPT calls get_weather)            gets the placeholder
    tool        21 °C
    assistant   (Gemini calls get_weather)         has Gemini's signature
"""

from __future__ import annotations

from collections.abc import Sequence

from weryai_core.signatures.families import holds_gemini_signature
from weryai_core.wire import Message, call_extras, calls_of, message_extras, role_of

# Both of Google's APIs take this one; the other documented one is refused by Vertex AI.
_PLACEHOLDER = {"google": {"thought_signature": "skip_thought_signature_validator"}}


def turn_start(messages: Sequence[Message]) -> int:
    """Where the current turn begins: after the last user message."""
    users = (index for index, one in enumerate(messages) if role_of(one) == "user")
    return max(users, default=-1) + 1


def is_signed(message: Message) -> bool:
    """Whether a message has a signature of Gemini's, on itself or on a call."""
    held = [message_extras(message), *map(call_extras, calls_of(message))]
    return any(holds_gemini_signature(name, fields[name]) for fields in held for name in fields)


def with_placeholder(message: Message) -> Message:
    """The message with the placeholder on its first tool call, unless it is signed."""
    calls = calls_of(message)
    if not calls or is_signed(message):
        return message
    first, *rest = calls
    return {**message, "tool_calls": [{**first, "extra_content": _PLACEHOLDER}, *rest]}


def with_placeholders(messages: Sequence[Message]) -> list[Message]:
    """The messages with the placeholder on each unsigned answer, whatever turn it belongs to.

    Where a turn begins is up to the service: a gateway may join a user message with results.
    """
    return [with_placeholder(one) if role_of(one) == "assistant" else one for one in messages]

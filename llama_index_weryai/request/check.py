"""What a call is given, before anything is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage

from weryai_core import UnsupportedContentError


def check_messages(messages: Any) -> None:
    """Check that these are messages.

    Raises:
        UnsupportedContentError: They are not; the error says what they are.
    """
    if isinstance(messages, (str, bytes, ChatMessage)) or not isinstance(messages, Sequence):
        raise UnsupportedContentError(
            f"The messages are {_in_words(messages)}. Pass a list of ChatMessage, or a text to "
            "`complete`."
        )
    for number, message in enumerate(messages, 1):
        if not isinstance(message, ChatMessage):
            raise UnsupportedContentError(
                f"Message {number} is {_in_words(message)}. Pass a ChatMessage, such as "
                'ChatMessage(role="user", content="Hello").'
            )


def check_prompt(prompt: Any) -> None:
    """Check that this is a prompt.

    Raises:
        UnsupportedContentError: It is not; the error says what it is.
    """
    if not isinstance(prompt, str):
        raise UnsupportedContentError(
            f"The prompt is {_in_words(prompt)}. Pass a str, or messages to `chat`."
        )


def _in_words(value: Any) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"

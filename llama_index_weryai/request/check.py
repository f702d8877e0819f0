"""What a call is given, before anything is made of it."""

from __future__ import annotations

from typing import Any

from llama_index.core.base.llms.types import ChatMessage

from weryai_core import UnsupportedContentError


def check_messages(messages: Any) -> None:
    """Check that these are messages, which can be read more than once.

    Raises:
        UnsupportedContentError: They are not; the error says what they are.
    """
    entries = None if isinstance(messages, (str, ChatMessage)) else _entries(messages)
    if entries is None or entries is messages:  # an iterator, of which one look takes something
        raise UnsupportedContentError(
            f"The messages are {_in_words(messages)}. Pass a list of ChatMessage, or a text to "
            "`complete`."
        )
    for number, message in enumerate(entries, 1):
        if not isinstance(message, ChatMessage):
            raise UnsupportedContentError(
                f"Message {number} is {_in_words(message)}. Pass a ChatMessage, such as "
                'ChatMessage(role="user", content="Hello").'
            )


def check_prompt(prompt: Any, name: str = "The prompt") -> None:
    """Check that this is a prompt.

    Args:
        prompt: The prompt.
        name: What the error calls it.

    Raises:
        UnsupportedContentError: It is not; the error says what it is.
    """
    if not isinstance(prompt, str):
        raise UnsupportedContentError(
            f"{name} is {_in_words(prompt)}. Pass a str, or messages to `chat`."
        )


def _entries(messages: Any) -> Any:
    try:
        return iter(messages)
    except TypeError:
        return None


def _in_words(value: Any) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"

"""What is measured: a class or an engine at an address, called in one way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

Conversation = Sequence[tuple[str, str]]
"""Messages as role ("user" or "assistant") and text."""

HELLO: Conversation = [("user", "Hello")]


class Answer(NamedTuple):
    """What a reply held, as a check compares it.

    Attributes:
        text: Its text.
        reasoning: Its reasoning.
        calls: Names and arguments of its tool calls.
        usage: Tokens of the prompt and of the answer, if reported.
    """

    text: str
    reasoning: str = ""
    calls: tuple[tuple[str, Any], ...] = ()
    usage: tuple[int, int] | None = None


class Subject(Protocol):
    """A model or an engine, made for one base URL.

    The timed methods return what the framework returns, without a layer of our own.
    """

    sync: bool
    """Whether `call` and `stream` exist."""
    aio: bool
    """Whether `acall` and `astream` exist."""

    def prompt(self, conversation: Conversation) -> Any:
        """Return a conversation as the methods below take it."""

    def image_prompt(self, text: str, png: bytes) -> Any:
        """Return a message with text and an image."""

    def call(self, prompt: Any) -> Any:
        """Return a whole reply."""

    async def acall(self, prompt: Any) -> Any:
        """Return a whole reply, asynchronous."""

    def stream(self, prompt: Any) -> Iterator[Any]:
        """Return the iterator of a stream."""

    async def astream(self, prompt: Any) -> AsyncIterator[Any]:
        """Return the iterator of a stream, asynchronous."""

    async def aclose(self) -> None:
        """Close the connections, if the class has a way."""

    def answer(self, parts: Sequence[Any]) -> Answer:
        """Return what a stream's parts, or one whole reply, held together."""

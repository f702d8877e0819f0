"""A question to the service, and its answer.

A question is a request that one or more probes need. It is sent once, however many look at the
answer: as `Client` would send it, or raw where the client would refuse or change it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from weryai_core.chunk import Chunk
from weryai_core.doctor.record.exchange import Exchange
from weryai_core.errors import WeryAIError
from weryai_core.reply.account import ModelEntry

Way = Literal["chat", "stream", "raw", "models", "balance", "own connections"]
"""How a question is sent.

"chat" and "stream" are those of `Client`. "raw" posts the body as it is. "models" and "balance"
read the two lists; "own connections" reads the models with both clients' own HTTP engines.
"""

Role = Literal["main", "images", "search", "reasoning", "signatures", "fixed"]
"""What a model must be able to do for a question; "main" is nothing in particular."""

Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """A request.

    Attributes:
        name: Its name, and that of its cassette.
        parameters: What is sent besides model and `max_tokens`; a function makes it of the answers
            so far, and returns None if they do not allow the question.
        way: How it is sent.
        role: Which model is asked.
        tokens: Tokens that the answer needs; sent as `max_tokens`, with room for reasoning. None
            sends none.
        most: Tokens of the answer at most, where `max_tokens` does not say it; 0 where it does.
        has_room: Whether room for reasoning is added.
        key: The API key to send; None for the user's.
        more_input: Tokens that the service adds to the prompt, such as search results.
        is_refused: Whether any service refuses it.
    """

    name: str
    parameters: Parameters | MakeParameters = field(default_factory=dict)
    way: Way = "chat"
    role: Role = "main"
    tokens: int | None = 32
    most: int = 0
    has_room: bool = True
    key: str | None = None
    more_input: int = 0
    is_refused: bool = False

    @property
    def is_free(self) -> bool:
        """Whether it costs no tokens."""
        return self.way in ("models", "balance", "own connections")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question.

    Attributes:
        question: The question.
        model: The model that was asked; "" for none.
        exchanges: What was on the wire; several if the client tried again in another way, none if
            the question was not sent.
        chunk: The whole answer as the client reads it; None without one.
        error: What the client raises in its place.
        models: The models that are listed, for a question about them.
        why_not: Why the question was not sent; "" if it was.
        max_tokens: The limit that was sent; None for none.
    """

    question: Question
    model: str = ""
    exchanges: Sequence[Exchange] = ()
    chunk: Chunk | None = None
    error: WeryAIError | None = None
    models: Sequence[ModelEntry] = ()
    why_not: str = ""
    max_tokens: int | None = None

    @property
    def exchange(self) -> Exchange:
        """The last exchange; that of an answer which was asked for."""
        return self.exchanges[-1]

    @property
    def text(self) -> str:
        """The text of the answer; "" without one."""
        return "" if self.chunk is None else self.chunk.text

    @property
    def message(self) -> Mapping[str, Any]:
        """The message of the first choice, as it came whole; an empty one without it."""
        choices = [] if self.chunk is None else self.chunk.raw.get("choices") or []
        first = choices[0] if choices else {}
        found = first.get("message") if isinstance(first, Mapping) else None
        return found if isinstance(found, Mapping) else {}


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known when a question is made.

    Attributes:
        model: The model that is asked.
        listed: The models that the service lists, by key.
        answers: The answers so far, by the names of their questions.
    """

    model: str
    listed: Mapping[str, ModelEntry]
    answers: Mapping[str, Answer]


MakeParameters = Callable[[Situation], Parameters | None]
"""Makes the parameters of a question of what is known by then; None if that is not enough."""


def says(text: str, **parameters: Any) -> dict[str, Any]:
    """The parameters of a question with one user message."""
    return {"messages": [{"role": "user", "content": text}], **parameters}

"""Says before the start what questions cost at most."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from weryai_core.doctor.question import Question
from weryai_core.reply.account import ModelEntry
from weryai_core.wire import write_json

_BYTES_PER_TOKEN = 3  # a token has more; so this counts too many
_IMAGE = 300  # tokens of a small image
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What questions cost at most.

    Attributes:
        requests: How many requests are sent.
        free: How many of them cost no tokens.
        input_tokens: Tokens of the prompts.
        output_tokens: Tokens of the answers.
        price: The price, if the listed prices are for a million tokens, without what any service
            refuses; None if prices are not listed.
    """

    requests: int = 0
    free: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    price: float | None = 0.0


def cost_of(
    questions: Iterable[Question],
    request_for: Callable[[Question], Mapping[str, Any]],
    listed: Mapping[str, ModelEntry],
) -> Cost:
    """What these questions cost at most.

    Args:
        questions: The questions, each once.
        request_for: Gives the request of a question, as far as it is known.
        listed: The models with their prices, by key.
    """
    requests = free = inputs = outputs = 0
    price: float | None = 0.0
    for question in questions:
        requests += 2 if question.way == "own connections" else 1
        if question.is_free:
            free += 2 if question.way == "own connections" else 1
            continue
        request = request_for(question)
        sent, received = _tokens(question, request)
        inputs += sent
        outputs += received
        if not question.is_refused:
            price = _added(price, listed.get(str(request.get("model"))), sent, received)
    return Cost(requests, free, inputs, outputs, price)


def _tokens(question: Question, request: Mapping[str, Any]) -> tuple[int, int]:
    """Tokens of a request and of its answer, at most."""
    body = write_json(request)
    images = body.count(b'"image_url":{') + body.count(b'"image_url": {')
    sent = len(body) // _BYTES_PER_TOKEN + images * _IMAGE + question.more_input
    answers = request.get("n") or 1
    return sent, (question.most or request.get("max_tokens") or 0) * max(answers, 1)


def _added(price: float | None, entry: ModelEntry | None, sent: int, received: int) -> float | None:
    if price is None or entry is None or entry.input_price is None or entry.output_price is None:
        return None
    return price + (sent * entry.input_price + received * entry.output_price) / _MILLION

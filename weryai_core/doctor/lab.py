"""Sends questions, each once, and keeps the answers."""

from __future__ import annotations

import asyncio
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from weryai_core.async_client import AsyncClient
from weryai_core.chunk import Chunk, merge_chunks
from weryai_core.client import Client
from weryai_core.config import Config
from weryai_core.doctor.question import Answer, Question, Situation
from weryai_core.doctor.record.exchange import Exchange
from weryai_core.doctor.record.tap import TappedClient
from weryai_core.doctor.roles import Roles, room_for_reasoning
from weryai_core.errors import (
    DailyQuotaError,
    InsufficientCreditsError,
    NotFoundError,
    ProtocolError,
    WeryAIError,
)
from weryai_core.reply.account import ModelEntry
from weryai_core.transport.http_options import POOL_LIMITS, build_client
from weryai_core.wire import write_json

Record = Callable[[str, Sequence[Exchange]], None]

# After these, further questions would only be refused, and bring no verdict.
_HOPELESS = (InsufficientCreditsError, DailyQuotaError)
# If nothing else comes, the address is not that of a gateway.
_NOT_SERVED = (NotFoundError, ProtocolError)
_OWN_REQUESTS = 2  # of a question that both clients send over connections of their own
_NOT_POSSIBLE = "the answers before leave nothing to ask"


class RawClient(Client):
    """A client that also sends what `Client` refuses to send."""

    def post(self, body: Mapping[str, Any], key: str | None = None) -> Chunk:
        """The reply to a body that is sent as it is.

        Args:
            body: The body.
            key: The API key; None for the client's.

        Raises:
            WeryAIError: See `weryai_core.errors`.
        """
        headers = None if key is None else {"authorization": f"Bearer {key}"}
        call = self._call("POST", "/chat/completions", body=write_json(body), headers=headers)
        return self._fetch(call, call.decode_reply)


class Lab:
    """Asks the service.

    Args:
        config: The settings of the client; they should have no retries.
        roles: The models to ask.
        pause: Seconds between two questions that cost something.
        record: Called with the name of each question and its exchanges.

    Attributes:
        answers: The answers so far, by the names of their questions.
        roles: The models to ask; set once the models of the service are known.
    """

    def __init__(
        self,
        config: Config,
        roles: Roles,
        *,
        pause: float = 0.0,
        record: Record = lambda name, exchanges: None,
    ) -> None:
        self._config = config
        self._pause = pause
        self._record = record
        self._tap = build_client(TappedClient, config.proxy, POOL_LIMITS)
        self._tap.base_path = config.base_url
        self._client = RawClient.from_config(config, http_client=self._tap)
        self._hopeless: WeryAIError | None = None
        self._is_first = True
        self.answers: dict[str, Answer] = {}
        self.roles: Roles = roles

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._tap.close()

    @property
    def listed(self) -> Mapping[str, ModelEntry]:
        """The models that the service lists, by key, as far as they are known."""
        answer = self.answers.get("models")
        return {} if answer is None else {entry.key: entry for entry in answer.models}

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        own = sum(one.question.way == "own connections" for one in self.answers.values())
        return len(self._tap.exchanges) + _OWN_REQUESTS * own

    @property
    def is_served(self) -> bool:
        """Whether the service knows chat completions; True if none were asked for."""
        paid = [one for one in self.answers.values() if one.model and one.exchanges]
        return not paid or not all(isinstance(one.error, _NOT_SERVED) for one in paid)

    def ask_all(self, questions: Iterable[Question]) -> Mapping[str, Answer]:
        """The answers to these questions, by their names; those that were asked before are kept."""
        found = {}
        for question in questions:
            if question.name not in self.answers:
                self.answers[question.name] = self.ask(question)
            found[question.name] = self.answers[question.name]
        return found

    def ask(self, question: Question) -> Answer:
        """The answer to a question, which is sent now."""
        if question.is_free:
            return self._send(question, "", {})
        if self._hopeless is not None:
            return Answer(question, error=self._hopeless)
        model = self.roles.model_for(question.role)
        request = self.request_for(question, model)
        if request is None:
            return Answer(question, model, why_not=_NOT_POSSIBLE)
        if not self._is_first:
            time.sleep(self._pause)
        self._is_first = False
        answer = self._send(question, model, request)
        if isinstance(answer.error, _HOPELESS):
            self._hopeless = answer.error
        return answer

    def request_for(self, question: Question, model: str) -> dict[str, Any] | None:
        """The request of a question; None if the answers so far do not allow it."""
        given = question.parameters
        situation = Situation(model, self.listed, self.answers)
        parameters = given(situation) if callable(given) else given
        return None if parameters is None else {**_limits_of(question, model), **parameters}

    def estimate_for(self, question: Question) -> dict[str, Any]:
        """The request of a question, or what is known of it before the answers that it needs."""
        model = self.roles.model_for(question.role)
        return self.request_for(question, model) or _limits_of(question, model)

    def _send(self, question: Question, model: str, request: Mapping[str, Any]) -> Answer:
        before = len(self._tap.exchanges)
        answer = Answer(question, model, max_tokens=request.get("max_tokens"))
        with warnings.catch_warnings():
            # What the client warns about is what the questions are for.
            warnings.simplefilter("ignore")
            try:
                answer = self._sent(answer, request)
            except WeryAIError as error:
                answer = replace(answer, error=error)
            finally:
                exchanges = self._tap.exchanges[before:]
                self._record(question.name, exchanges)
        return replace(answer, exchanges=exchanges)

    def _sent(self, answer: Answer, request: Mapping[str, Any]) -> Answer:
        match answer.question.way:
            case "chat":
                return replace(answer, chunk=self._client.chat(request))
            case "stream":
                return replace(answer, chunk=merge_chunks(list(self._client.stream(request))))
            case "raw":
                return replace(answer, chunk=self._client.post(request, answer.question.key))
            case "models":
                return replace(answer, models=self._client.models())
            case "balance":
                self._client.balance()
                return answer
            case "own connections":
                return replace(answer, models=_models_twice(self._config))


def _limits_of(question: Question, model: str) -> dict[str, Any]:
    if question.tokens is None:
        return {"model": model}
    room = room_for_reasoning(model) if question.has_room else 0
    return {"model": model, "max_tokens": question.tokens + room}


def _models_twice(config: Config) -> list[ModelEntry]:
    """The models as both clients list them, each over connections of its own.

    Raises:
        WeryAIError: One of them failed.
    """
    with Client.from_config(config) as client:
        models = client.models()

    async def list_models() -> list[ModelEntry]:
        async with AsyncClient.from_config(config) as other:
            return await other.models()

    return [*models, *asyncio.run(list_models())]

"""Situations that people reported: what a service sends or an application has, and what is right.

Each situation names its source: a public issue or a page of a vendor's documentation. `real_world`
collects them; a test file per package runs them. A kind has a file of its own:

    failures    answers that are errors, whatever their HTTP status
    answers     answers in unusual shapes
    calls       tool calls in unusual shapes
    echoes      answers that go back with the next request
    histories   messages of users, tools and other providers, and the JSON they become
    definitions tools, names and parameters, and the JSON they become
    bindings    tools and formats that applications of LangChain bind
    objects     structured answers
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

UNPUBLISHED = "reported without a public address"

ANY = object()
"""A value that the table leaves open."""


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What every situation has.

    Attributes:
        id: A name that says what happens.
        source: Where it was reported, or the documentation that describes it.
        model: The model that is asked.
    """

    id: str
    source: str
    model: str = "GPT_4O"


@dataclass(frozen=True, kw_only=True)
class Reply(Situation):
    """What the service sends.

    Attributes:
        message: The answer's message, sent whole and as the only delta.
        deltas: The deltas of the stream, where they are not the message.
        finish_reason: The finish reason of both.
        body: The whole reply, where it is not a completion of `message`. A request for a stream
            gets it too if there are neither events nor deltas.
        events: The stream without `[DONE]`, where it is not one of `deltas`: objects or texts.
        reply_fields: Other fields of the reply; in a stream, of its last chunk.
        status: The HTTP status.
    """

    message: Any = None
    deltas: Sequence[Any] = ()
    finish_reason: str | None = "stop"
    body: Any = None
    events: Sequence[Any] = ()
    reply_fields: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200

    @property
    def is_whole(self) -> bool:
        """Whether it says what a plain request gets."""
        return self.body is not None or self.message is not None

    @property
    def is_streamed(self) -> bool:
        """Whether it says what a request for a stream gets."""
        return bool(self.events or self.deltas) or self.is_whole

    def to_body(self) -> Any:
        """The whole reply."""
        if self.body is not None:
            return self.body
        fields = {"model": self.model, **self.reply_fields}
        return completion(self.message, self.finish_reason, **fields)

    def to_events(self) -> list[Any] | None:
        """The stream's events; None if a request for a stream gets the whole reply."""
        if self.events:
            return list(self.events)
        if self.body is not None and not self.deltas:
            return None
        deltas = self.deltas or [self.message]
        return [
            *(chunk(delta, model=self.model) for delta in deltas),
            {**chunk({}, self.finish_reason, model=self.model), **self.reply_fields},
        ]


@dataclass(frozen=True, kw_only=True)
class Failure(Reply):
    """A reply that is an error.

    Attributes:
        error: The error's class, or several of which one is right.
        says: What the error's message contains.
        requests: How many requests are made with two retries; None leaves it open. A stream that
            gave something out is never retried.
        partial: The text that had arrived in the stream.
        key: The API key.
    """

    error: str | tuple[str, ...]
    says: str = ""
    requests: int | None = None
    partial: str | None = None
    key: str = "sk-0123456789abcdef0123456789abcdef"


@dataclass(frozen=True, kw_only=True)
class Answer(Reply):
    """A reply that is an answer.

    Attributes:
        text: The text.
        reasoning: The reasoning.
        refusal: The refusal.
        calls: The tool calls that may be run, as name and arguments.
        invalid: The names of the calls that must not be run.
        ids: The ids of the calls, where the service gave some to keep.
        usage: Token counts by the names of `Usage`.
        named: The model's name in the answer.
        images: The addresses of the images in the answer.
        metadata: Other fields of the usage, which both frameworks show.
    """

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: Sequence[tuple[str, dict[str, Any]]] = ()
    invalid: Sequence[str] = ()
    ids: Sequence[str] | None = None
    usage: Mapping[str, int] = field(default_factory=dict)
    named: str | None = None
    images: Sequence[str] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    reason: Any = ANY  # the finish reason in the metadata


@dataclass(frozen=True, kw_only=True)
class Echo(Reply):
    """An answer that goes back with the next request.

    Attributes:
        back: The answer in the next request's `messages`; None if it must not be there.
        next_model: The model that the next request asks; None for the same one.
        called: The names of the tools that an agent would call; None leaves them open.
    """

    back: Any
    next_model: str | None = None
    called: Sequence[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Sent(Situation):
    """A request and the JSON that it becomes.

    Attributes:
        request: The parameters for `Client`, in the API's form, without `model`.
        sent: Parameters that the request must hold, exactly; `ANY` for any value.
        error: The class of the error before anything is sent, if that is right.
        says: What the error's message contains.
    """

    request: Mapping[str, Any]
    sent: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class History(Situation):
    """Messages of LangChain that other providers and their tools wrote.

    Attributes:
        messages: LangChain's messages as a type ("human", "ai" or "tool") and fields.
        sent: The request's messages. A tuple of words stands for a tool's result that holds them.
    """

    messages: Sequence[tuple[str, Mapping[str, Any]]]
    sent: Sequence[Any]


@dataclass(frozen=True, kw_only=True)
class Binding(Situation):
    """Tools and parameters that an application of LangChain binds.

    Attributes:
        tools: The tools for `bind_tools`; none calls `bind`.
        options: The other parameters.
        sent: Parameters that the request must hold; none if there must be an error.
        says: What the error's message contains.
    """

    tools: Sequence[Any] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    sent: Mapping[str, Any] | None = None
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class Structured(Situation):
    """A structured answer.

    Attributes:
        schema: The class.
        text: The text of the answer, if it is one.
        arguments: The arguments of the call that the answer is, if it is one.
        name: The called name; None for the class's, "" for the name of the only tool sent.
        refusal: The refusal that the answer is, if it is one.
        value: The object; None if there must be an error.
        says: What the error's message contains.
    """

    schema: type
    text: str | None = None
    arguments: str | None = None
    name: str | None = None
    refusal: str | None = None
    finish_reason: str = "stop"
    value: Any = None
    says: str = ""


def completion(message: Any, finish_reason: str | None = "stop", **fields: Any) -> dict[str, Any]:
    """A whole reply."""
    if isinstance(message, Mapping):
        message = {"role": "assistant", "content": None, **message}
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    return {**_head("chat.completion"), "choices": [choice], **fields}


def chunk(delta: Any, finish_reason: str | None = None, **fields: Any) -> dict[str, Any]:
    """A chunk of a streamed reply."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {**_head("chat.completion.chunk"), "choices": [choice], **fields}


def call(name: Any, arguments: Any, id_: Any = "call_1", **fields: Any) -> dict[str, Any]:
    """An entry of a message's `tool_calls`."""
    function = {"name": name, "arguments": arguments}
    return {"id": id_, "type": "function", "function": function, **fields}


def escaped(value: Any) -> str:
    """A value as JSON in ASCII, so that half a surrogate pair can be sent."""
    return value if isinstance(value, str) else json.dumps(value)


def _head(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1711929600, "model": "GPT_4O"}

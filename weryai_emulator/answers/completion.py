"""A finished completion, and its two forms on the wire: a document and chunks. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from weryai_emulator.tokens import split_tokens
from weryai_emulator.web_search.pages import CitedText
from weryai_emulator.web_search.source_shapes import Fields, Shape, part_pieces

JsonObject = dict[str, Any]


@dataclass(slots=True)
class Choice:
    """One answer: its message, why it ended, its log probabilities and the sources it has."""

    message: JsonObject
    finish_reason: str | None = "stop"
    logprobs: JsonObject | None = None
    cited: CitedText | None = None

    def fields(self, build: Fields | None) -> JsonObject:
        """Return what a shape makes of the sources; nothing where there are none."""
        return build(self.cited) if build and self.cited else {}


@dataclass(slots=True)
class Completion:
    """Everything that goes into the reply to one request."""

    id: str
    created: int
    model: str
    choices: list[Choice]
    usage: JsonObject | None
    shape: Shape
    extra: JsonObject = field(default_factory=dict)

    def to_body(self) -> JsonObject:
        """Return the reply as one JSON document."""
        choices = [
            {
                "index": index,
                "message": {**choice.message, **choice.fields(self.shape.message)},
                "logprobs": choice.logprobs,
                "finish_reason": choice.finish_reason,
                **choice.fields(self.shape.choice),
            }
            for index, choice in enumerate(self.choices)
        ]
        body = self._header("chat.completion")
        body["choices"] = choices
        if self.usage is not None:
            body["usage"] = self.usage
        return {**body, **_reply_fields(self.shape, self.choices), **self.extra}

    def to_chunks(self, *, include_usage: bool) -> Iterator[JsonObject]:
        """Yield the reply as the chunks of a stream, in the order they are sent."""
        header = self._header("chat.completion.chunk")
        if self.shape.streamed == "throughout":
            header.update(_reply_fields(self.shape, self.choices))
        # As OpenAI does: every chunk names the usage once it was asked for, the last one has it.
        tail: JsonObject = {"usage": None} if include_usage else {}
        streams = (_choice_chunks(i, choice, self.shape) for i, choice in enumerate(self.choices))
        # Extra fields ride on the last chunk that has a choice: merging clients see them once.
        held: JsonObject | None = None
        for turn in zip_longest(*streams):
            for chunk in filter(None, turn):
                if held is not None:
                    yield held
                held = {**header, **chunk, **tail}
        if held is not None:
            yield {**held, **self.extra}
        if include_usage:
            yield {**header, "choices": [], "usage": self.usage}

    def _header(self, kind: str) -> JsonObject:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


def _reply_fields(shape: Shape, choices: list[Choice]) -> JsonObject:
    answers = [choice.cited for choice in choices if choice.cited is not None]
    return shape.reply(answers) if shape.reply and answers else {}


def _choice_chunks(index: int, choice: Choice, shape: Shape) -> Iterator[JsonObject]:
    """Yield what the chunks of one choice have beside their header."""
    placed = choice.fields(shape.message)
    message = choice.message
    pieces: Iterable[Any] = _pieces(message.get("content"))
    if shape.streamed == "before":
        message = {**message, **placed}
    elif shape.streamed == "in parts" and placed:
        pieces = part_pieces(placed["content"])
    for delta, logprobs in _deltas(message, pieces, choice.logprobs):
        yield {"choices": [_entry(index, delta, logprobs)]}
    last = _entry(index, placed if shape.streamed == "last" else {}, None)
    last["finish_reason"] = choice.finish_reason
    last.update(choice.fields(shape.choice))
    beside = _reply_fields(shape, [choice]) if shape.streamed == "last" else {}
    yield {"choices": [last], **beside}
    if shape.streamed == "late" and placed:
        yield {"choices": [_entry(index, placed, None)]}


def _entry(index: int, delta: JsonObject, logprobs: JsonObject | None) -> JsonObject:
    return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": None}


def _deltas(
    message: JsonObject, pieces: Iterable[Any], logprobs: JsonObject | None
) -> Iterator[tuple[JsonObject, JsonObject | None]]:
    """Yield a message's deltas, `pieces` being those of its content, with log probabilities."""
    message = dict(message)
    content = message.pop("content", None)
    reasoning = message.pop("reasoning_content", None)
    tool_calls = message.pop("tool_calls", None)
    opening = None if content is None else ""
    yield {"role": message.pop("role", "assistant"), "content": opening}, None
    for piece in _pieces(reasoning):
        yield {"reasoning_content": piece}, None
    entries = iter((logprobs or {}).get("content") or ())
    for piece in pieces:
        entry = next(entries, None)
        yield {"content": piece}, None if entry is None else {"content": [entry], "refusal": None}
    for number, call in enumerate(tool_calls or ()):
        for delta in _tool_call_deltas(number, call):
            yield {"tool_calls": [delta]}, None
    late = {name: value for name, value in message.items() if value is not None}
    if late:
        yield late, None


def _pieces(value: Any) -> list[Any]:
    """Return what is streamed of a field: tokens of a text, any other value in one piece."""
    if isinstance(value, str):
        return split_tokens(value)
    return [] if value is None else [value]


def _tool_call_deltas(number: int, call: JsonObject) -> Iterator[JsonObject]:
    function = dict(call.get("function") or {})
    arguments = function.pop("arguments", None)
    index = call.get("index", number)  # a scripted call may have one of its own
    yield {**call, "index": index, "function": {**function, "arguments": ""}}
    for piece in _pieces(arguments):
        yield {"index": index, "function": {"arguments": piece}}

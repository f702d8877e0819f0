"""A completion in its two forms: one JSON document, or the chunks of a stream.

In go the choices of an answer and the shape of its sources. `to_body` places everything in one
document. `to_chunks` splits each message into deltas, interleaves the choices, and places the same
fields on the chunks where the upstream has them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from weryai_emulator.json_text import JsonObject
from weryai_emulator.text import split_tokens
from weryai_emulator.web_search.pages import CitedText
from weryai_emulator.web_search.source_shapes import Fields, Shape, part_deltas


@dataclass(slots=True)
class Choice:
    """One answer: its message, finish reason, log probabilities and sources."""

    message: JsonObject
    finish_reason: str | None = "stop"
    logprobs: JsonObject | None = None
    cited: CitedText | None = None

    def fields(self, build: Fields | None) -> JsonObject:
        """Return the fields that a shape makes of the sources; none without sources."""
        return build(self.cited) if build and self.cited else {}


@dataclass(slots=True)
class Completion:
    """Everything in the reply to one request."""

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
        """Yield the reply as the chunks of a stream, in order."""
        header = self._header("chat.completion.chunk")
        if self.shape.streamed == "throughout":
            header.update(_reply_fields(self.shape, self.choices))
        # As OpenAI does: with `include_usage`, every chunk has `usage`, null on all but the last.
        tail: JsonObject = {"usage": None} if include_usage else {}
        streams = (_choice_chunks(i, choice, self.shape) for i, choice in enumerate(self.choices))
        # Extra fields go on the last chunk with a choice, so that merging clients see them once.
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
    """Yield the chunks of one choice, without their header."""
    placed = choice.fields(shape.message)
    message = choice.message
    pieces: Iterable[Any] = _pieces(message.get("content"))
    if shape.streamed == "before":
        message = {**message, **placed}
    elif shape.streamed == "in parts" and placed:
        pieces = part_deltas(placed["content"])
    for delta, logprobs in _deltas(message, pieces, choice.logprobs):
        yield {"choices": [_entry(index, delta, logprobs)]}
    last = _entry(index, placed if shape.streamed == "last" else {}, None)
    last["finish_reason"] = choice.finish_reason
    last.update(choice.fields(shape.choice))
    top_level = _reply_fields(shape, [choice]) if shape.streamed == "last" else {}
    yield {"choices": [last], **top_level}
    if shape.streamed == "late" and placed:
        yield {"choices": [_entry(index, placed, None)]}


def _entry(index: int, delta: JsonObject, logprobs: JsonObject | None) -> JsonObject:
    return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": None}


def _deltas(
    message: JsonObject, pieces: Iterable[Any], logprobs: JsonObject | None
) -> Iterator[tuple[JsonObject, JsonObject | None]]:
    """Yield the deltas of a message, each with its log probabilities.

    Args:
        message: The message.
        pieces: The pieces of its content, one a delta.
        logprobs: The log probabilities of the content.
    """
    message = dict(message)
    content = message.pop("content", None)
    reasoning = message.pop("reasoning_content", None)
    # A scripted message may have anything there; what has no fragments is sent whole.
    is_list = isinstance(message.get("tool_calls"), list)
    tool_calls = message.pop("tool_calls") if is_list else ()
    opening = None if content is None else ""
    yield {"role": message.pop("role", "assistant"), "content": opening}, None
    for piece in _pieces(reasoning):
        yield {"reasoning_content": piece}, None
    entries = iter((logprobs or {}).get("content") or ())
    for piece in pieces:
        entry = next(entries, None)
        yield {"content": piece}, None if entry is None else {"content": [entry], "refusal": None}
    for number, call in enumerate(tool_calls):
        for delta in _tool_call_deltas(number, call):
            yield {"tool_calls": [delta]}, None
    late = {name: value for name, value in message.items() if value is not None}
    if late:
        yield late, None


def _pieces(value: Any) -> list[Any]:
    """Return the streamed pieces of a field: the tokens of a text, any other value whole."""
    if isinstance(value, str):
        return split_tokens(value)
    return [] if value is None else [value]


def _tool_call_deltas(number: int, call: Any) -> Iterator[Any]:
    given = call.get("function") if isinstance(call, dict) else 0
    if not isinstance(given, (dict, type(None))):
        yield call
        return
    function = dict(given or {})
    arguments = function.pop("arguments", None)
    index = call.get("index", number)  # a scripted call may have its own
    yield {**call, "index": index, "function": {**function, "arguments": ""}}
    for piece in _pieces(arguments):
        yield {"index": index, "function": {"arguments": piece}}


def token_logprobs(text: str, alternatives: int) -> JsonObject:
    """Return log probabilities in OpenAI's shape: invented, and always the same for a token."""
    return {
        "content": [
            {**_logprob(token, 0), "top_logprobs": _alternatives(token, alternatives)}
            for token in split_tokens(text)
        ],
        "refusal": None,
    }


def _alternatives(token: str, count: int) -> list[JsonObject]:
    others = [_logprob(f"{token}{chr(ord('a') + rank)}", rank + 1) for rank in range(count - 1)]
    return [_logprob(token, 0), *others][:count]


def _logprob(token: str, rank: int) -> JsonObject:
    encoded = token.encode()
    value = -(zlib.crc32(encoded) % 100) / 1000 - rank - 0.001
    return {"token": token, "logprob": round(value, 3), "bytes": list(encoded)}

"""Finds the completion in a JSON value: at its root, in an envelope, or in another API's form.

Choices may come as a list, as one choice, by their number, or as JSON text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from weryai_core.usage import USAGE_FIELDS
from weryai_core.wire import parse_json

Fields = Mapping[str, Any]

MESSAGE_FIELDS = ("message", "delta", "text", "content")
"""The fields of a choice that may hold its message, or a piece of it."""

# Where gateways and functions in the cloud put a completion.
_ENVELOPES = (
    *("data", "result", "response", "body", "output", "completion", "chat_completion", "payload"),
    "Output",
)
_DEEPEST = 3  # envelopes within one another

# Fields of Ollama's own API.
_OF_OLLAMA = ("message", "response", "done", "done_reason", "context")
_COUNTS = {"prompt_eval_count": "prompt_tokens", "eval_count": "completion_tokens"}


def find_completion(payload: object) -> Fields | None:
    """The object that has choices: this one, or one in an envelope; None if there is none.

    `{"choices": [{}]}` has none: its choice holds nothing.
    """
    for fields in layers(payload):
        found = _from_ollama(fields)
        if any(entries_of(found)):
            if found is payload or not isinstance(payload, Mapping):
                return found
            # DashScope counts the tokens next to the envelope.
            return {**{name: payload[name] for name in USAGE_FIELDS if name in payload}, **found}
    return None


def entries_of(payload: Fields) -> Sequence[Fields]:
    """The entries of `choices`, which may be one choice, choices by their number, or JSON text."""
    choices = payload.get("choices")
    if isinstance(choices, str):
        choices = parse_json(choices.encode("utf-8", "replace"))
    if isinstance(choices, dict):
        given = [choices] if not all(map(str.isdecimal, choices)) else [*choices.values()]
        choices = [entry for entry in given if isinstance(entry, dict) and has_message(entry)]
    if isinstance(choices, list):
        return [entry for entry in choices if isinstance(entry, dict)]
    return ()


def has_message(entry: Fields) -> bool:
    """Whether an entry of `choices` has a message or a delta, be it empty."""
    return any(entry.get(name) is not None for name in MESSAGE_FIELDS)


def says_something(payload: Fields) -> bool:
    """Whether a choice of a completion has a message or delta, be it empty, or a finish reason."""
    return any(
        has_message(entry) or entry.get("finish_reason") or entry.get("finishReason")
        for entry in entries_of(payload)
    )


def is_piece(payload: Fields) -> bool:
    """Whether an object is an event of a stream: the whole answer is not in it."""
    if payload.get("object") != "chat.completion.chunk":
        return payload.get("done") is False
    names = {name for entry in entries_of(payload) for name in entry if entry[name] is not None}
    return "delta" in names and names.isdisjoint(("message", "text", "content", "finish_reason"))


def layers(payload: object, depth: int = 0) -> Iterator[Fields]:
    """The payload and what it is an envelope of, from the outside in.

    Google wraps an error in a list, functions in the cloud write a body as text.
    """
    if isinstance(payload, str) and depth and payload.lstrip().startswith("{"):
        payload = parse_json(payload.encode("utf-8", "replace"))
    if isinstance(payload, list) and len(payload) == 1:
        payload = payload[0]
    if not isinstance(payload, Mapping):
        return
    yield payload
    # The text of Ollama's answers is not an envelope, though it may be JSON.
    is_of_ollama = isinstance(payload.get("done"), bool)
    if depth < _DEEPEST and not payload.get("choices") and not is_of_ollama:
        for name in _ENVELOPES:
            yield from layers(payload.get(name), depth + 1)


def _from_ollama(payload: Fields) -> Fields:
    """An answer of Ollama's own API, or a piece of one, as a completion; else the payload itself.

    It has a message, or a text, and says whether the answer is done.
    """
    is_done = payload.get("done")
    if not isinstance(is_done, bool) or "choices" in payload:
        return payload
    message, text = payload.get("message"), payload.get("response")
    if not isinstance(message, Mapping):
        if not isinstance(text, str):
            return payload
        message = {"content": text, "thinking": payload.get("thinking")}
    reason = (payload.get("done_reason") or "stop") if is_done else None
    rest = {
        name: value
        for name, value in payload.items()
        if name not in _OF_OLLAMA and name not in _COUNTS
    }
    counts = {_COUNTS[name]: payload[name] for name in _COUNTS if payload.get(name)}
    return {
        **rest,
        "choices": [{"message": message, "finish_reason": reason}],
        **({"usage": counts} if counts else {}),
    }

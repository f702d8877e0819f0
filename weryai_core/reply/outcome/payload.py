"""Decides what a JSON object of a reply is: a completion, an error, or neither.

The same rules hold for whole documents, for the events of a stream and for a document that answers
a request for a stream.

    a completion   {"choices": [...]}, or that in an envelope: {"status": 0, "data": {...}}
    an error       {"error": ...}, next to choices, in one or in an envelope; also {"code": 1007},
                   {"success": false}, {"object": "error"}, {"detail": ...} without choices or
                   next to choices that bring nothing
    neither        a keep-alive, usage, sources; or something unknown, which a complete stream may
                   hold and a cut one is explained by
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from weryai_core.reply.outcome.completions import (
    MESSAGE_FIELDS,
    entries_of,
    find_completion,
    layers,
)
from weryai_core.reply.outcome.finish_reasons import find_block_reason, meaning_of
from weryai_core.reply.outcome.words import (
    EXCEPTIONS,
    KEEP_ALIVE,
    MESSAGES,
    NO_ERROR,
    OF_FAILURES,
    PROGRESS,
    SUCCESS,
    TEXTS,
    Fields,
    as_code,
    as_flag,
    failure_field,
    failure_values,
    has_plain_fields,
    is_success_code,
    means_error,
    names_failure,
    plain_name,
    says,
    says_success,
    words_of_success,
)

# Objects in which MiniMax (with status_code), Spark (with code) and Google (its `Status`) say how a
# request went.
_STATUS_OBJECTS = ("base_resp", "header", "status")
_OF_GOOGLES_STATUS = frozenset(("code", "message", "details"))


# Where Groq, Tencent and Volcano put an error.
_ERROR_HOLDERS = ("x_groq", "Response", "ResponseMetadata")


# Fields that only chunks have, and fields that say nothing.
_OF_CHUNKS = frozenset(
    (
        *("usage", "prompt_filter_results", "prompt_annotations", "x_groq", "timings"),
        *("annotations", "citations", "search_results", "groundingMetadata", "grounding_metadata"),
    )
)
_AROUND_CHUNKS = frozenset(
    (
        *("id", "object", "created", "model", "choices", "system_fingerprint", "service_tier"),
        *("provider", "obfuscation", "type", "event", "status", "code", "success", "ok"),
        *("request_id", *TEXTS),
    )
)


# Fields of a message that say who speaks, not what.
_OF_NO_ANSWER = ("role", "name", "type", "id", "object", "index")

_OF_ANSWERS = frozenset(
    (
        *("delta", "content", "role", "name", "index", "logprobs", "tool_calls"),
        *("finish_reason", "native_finish_reason"),
    )
)

_LEAST_CODE = 100  # smaller codes need words to be a failure


def is_plain(payload: object) -> bool:
    """Whether this is a completion or a chunk, and no error; False if that is uncertain.

    Nearly all are plain: they have choices with a message or a delta, and no field, in any of them,
    that `is_error_payload` looks at.
    """
    if not isinstance(payload, dict) or not has_plain_fields(payload):
        return False
    choices = payload.get("choices")
    if not isinstance(choices, list) or not choices:
        return False
    return all(map(_is_plain_choice, choices))


def _is_plain_choice(entry: object) -> bool:
    if not isinstance(entry, dict) or not has_plain_fields(entry):
        return False
    message, delta = entry.get("message"), entry.get("delta")
    if message is None or delta is None:
        one = delta if message is None else message
        return (
            isinstance(one, dict)
            and not isinstance(one.get("content"), (list, dict))
            and has_plain_fields(one)
        )
    return False


def is_error_payload(payload: object) -> bool:
    """Whether a JSON value is an error, or holds one."""
    if find_error(payload) is not None:
        return True
    completion = find_completion(payload)
    if completion is None:
        return any(map(_reports_failure, reports(payload)))
    holds_answer = any(map(_brings_something, entries_of(completion)))
    return any(_contradicts(fields, holds_answer=holds_answer) for fields in reports(payload))


def reports(payload: object) -> Iterator[Fields]:
    """The objects that may say how a request went: the layers, and MiniMax's and Spark's."""
    for fields in layers(payload):
        yield fields
        for name in _STATUS_OBJECTS:
            if isinstance(fields.get(name), Mapping):
                yield fields[name]


def find_error(payload: object) -> Any | None:
    """The error in a payload, in an envelope, in a choice or in its content; None if none is.

    It is the value of `error` or of a field like it. Where a choice or what is in it says in other
    fields that it failed, it is an object of those.
    """
    for fields in layers(payload):
        entries = entries_of(fields)
        for holder in (fields, *map(fields.get, _ERROR_HOLDERS)):
            error = _named_error(holder, is_alone=not entries)
            if error is not None:
                return error
        for entry in entries:
            error = _error_in_choice(entry)
            if error is not None:
                return error
    return None


def _named_error(holder: object, *, is_alone: bool = False) -> Any | None:
    """The error that a field of an object names; None if none does.

    Args:
        holder: The object.
        is_alone: Whether there is no answer. Then also Amazon's `{"throttlingException": {...}}`.
    """
    if not isinstance(holder, Mapping):
        return None
    for error in failure_values(holder, "error"):
        if means_error(error):
            return error
    for name, error in holder.items() if is_alone else ():
        is_one = plain_name(name).endswith(EXCEPTIONS) and isinstance(error, Mapping)
        if is_one and means_error(error):
            return {"type": name, **error}
    return None


def _error_in_choice(entry: Fields) -> Any | None:
    """The error in an entry of `choices`, in its message, or in a part of its content."""
    messages = (entry.get("message"), entry.get("delta"))
    states = map(entry.get, _STATUS_OBJECTS)
    holders = [holder for holder in (entry, *messages, *states) if isinstance(holder, Mapping)]
    errors = (error for holder in holders if (error := _named_error(holder)) is not None)
    error = next(errors, None)
    if error is not None:
        return error
    parts = [part for holder in holders for part in _error_parts(holder.get("content"))]
    if parts:
        return _named_error(parts[0]) or parts[0]
    holds_answer = _brings_something(entry)
    for holder in holders:
        if _has_failed_state(holder) or _contradicts(holder, holds_answer=holds_answer):
            return {
                name: value
                for name, value in holder.items()
                if name not in _OF_ANSWERS and not (name == "message" and isinstance(value, dict))
            }
    return None


def _error_parts(content: object) -> Iterator[Fields]:
    """The parts of content that are errors. Those of a server's own tools are no errors."""
    for part in content if isinstance(content, list) else [content]:
        if not isinstance(part, Mapping):
            continue
        kind = part.get("type")
        if not isinstance(kind, str) or "tool" in kind:
            continue
        is_text = "text" in kind and _named_error(part) is not None
        # An object of its own may be what a user asked for.
        is_listed = part is not content or isinstance(part.get("error"), Mapping)
        if is_text or (names_failure(kind) and is_listed):
            yield part


def is_harmless(payload: Fields) -> bool:
    """Whether an event without a message says nothing that matters: a keep-alive, usage, sources.

    Nothing at all (`{}`, `{"choices": null}`) is not harmless: the rest of the answer is missing.
    """
    kind = payload.get("type") or payload.get("event") or payload.get("object")
    if isinstance(kind, str) and kind.lower() in KEEP_ALIVE:
        return True
    codes = [as_code(payload.get(name)) for name in ("status", "code")]
    if codes[0] in PROGRESS:
        return True
    is_success = says_success(payload) or says(payload, PROGRESS)
    if any(payload.get(name) for name in TEXTS) and not is_success:
        return False
    if not is_success and not all(map(is_success_code, codes)):
        return False
    if not payload.keys().isdisjoint(_OF_CHUNKS):
        return True
    if payload.get("choices", []) != []:
        return False
    if "choices" in payload and not any(map(OF_FAILURES.search, payload)):
        return True
    return bool(payload) and payload.keys() <= _AROUND_CHUNKS


def _reports_failure(payload: Fields) -> bool:
    """Whether an object without choices reports a failure in a field other than `error`."""
    if _says_failed(payload) or _has_failed_state(payload):
        return True
    if find_block_reason(payload) or payload.get("__type"):
        return True
    if any(map(means_error, failure_values(payload, "text", "doubt"))) or _has_code(payload):
        return True
    # Of statuses only numbers are codes; chunks may have a status like "completed".
    statuses = (as_code(payload.get(name)) for name in ("status", "status_code"))
    if any(isinstance(status, int) and not is_success_code(status) for status in statuses):
        return True
    code = as_code(payload.get("code"))
    if is_success_code(code) or says_success(payload):
        return False
    return isinstance(code, int) or any(isinstance(payload.get(name), str) for name in TEXTS)


def _has_failed_state(fields: Fields) -> bool:
    """Whether the state of an object is a failure, in the words of finish reasons."""
    return any(map(_is_failed_state, (fields.get("status"), fields.get("state"))))


def _is_failed_state(state: object) -> bool:
    word = as_code(state)
    return isinstance(word, str) and word not in NO_ERROR and meaning_of(word) == "failed"


def _says_failed(fields: Fields) -> bool:
    """Whether the type or a flag of an object says that it failed."""
    if any(names_failure(fields.get(name)) for name in ("object", "type", "event")):
        return True
    flags = (as_flag(fields.get(name)) for name in ("success", "ok"))
    failed = (as_flag(fields.get(name)) for name in ("is_error", "isError", "has_error"))
    return False in flags or True in failed


def _has_code(payload: Fields) -> bool:
    """Whether a field for the code of a failure has one."""
    values = failure_values(payload, "code")
    has_code = any(means_error(value) and not is_success_code(as_code(value)) for value in values)
    return has_code and not words_of_success(payload)


def _contradicts(payload: Fields, *, holds_answer: bool) -> bool:
    """Whether an object with choices, in or around them, says that the request failed.

    Args:
        payload: The object.
        holds_answer: Whether a choice holds something. Then only what cannot be read otherwise
            counts: some services have codes of success of their own.
    """
    if _says_failed(payload) or _has_code(payload):
        return True
    codes = [as_code(payload.get(name)) for name in ("status", "status_code", "code")]
    numbers = [code for code in codes if isinstance(code, int) and not is_success_code(code)]
    given = (*codes, *map(as_code, failure_values(payload, "code")))
    is_success = any(code is not None and is_success_code(code) for code in given)
    if not is_success and any(map(means_error, failure_values(payload, "text"))):
        return True
    if holds_answer and not payload.keys() <= _OF_GOOGLES_STATUS:
        return any(400 <= number < 600 for number in numbers)
    if _has_failed_state(payload):
        return True
    if any(map(means_error, failure_values(payload, "text", "doubt"))):
        return True
    if says_success(payload):
        return False
    has_words = any(isinstance(payload.get(name), str) and payload[name] for name in MESSAGES)
    is_name = isinstance(codes[-1], str) and codes[-1] not in (SUCCESS | PROGRESS)
    if has_words and (numbers or is_name):
        return True
    return any(abs(number) >= _LEAST_CODE for number in numbers)


def _brings_something(entry: Fields) -> bool:
    """Whether an entry of `choices` holds something of an answer."""
    for name in MESSAGE_FIELDS:
        message = entry.get(name)
        values = (
            [message[key] for key in message if not (key in _OF_NO_ANSWER or failure_field(key))]
            if isinstance(message, Mapping)
            else [message]
        )
        if any(value.strip() if isinstance(value, str) else value for value in values):
            return True
    return False

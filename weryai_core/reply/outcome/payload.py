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

import re
from collections.abc import Iterator, Mapping
from typing import Any

from weryai_core.reply.outcome.completions import (
    MESSAGE_FIELDS,
    entries_of,
    find_completion,
    layers,
)

Fields = Mapping[str, Any]

# Objects in which MiniMax (with status_code) and Spark (with code) say how a request went.
_STATUS_OBJECTS = ("base_resp", "header")

SUCCESS = frozenset(
    (
        *(None, "", 0, 200, "success", "successful", "succeeded", "ok", "true", "completed"),
        *("complete", "done", "finished", "成功", "请求成功", "操作成功"),
    )
)
"""Codes and texts that say that all is well, in lower case."""

PROGRESS = frozenset(
    (
        *("in_progress", "in progress", "queued", "pending", "processing", "running", "searching"),
        *("started", "starting", "thinking", "waiting", "generating", "loading", "accepted"),
    )
)
"""States of an answer that is being made."""
_FAILURES = frozenset(("error", "fail", "failed", "failure", "exception"))
FAILURE_CODES = (
    *("error_code", "errorCode", "err_code", "errcode", "errno", "resultCode", "result_code"),
    *("retCode", "ret_code", "retcode", "ret", "returnCode", "return_code", "respCode"),
    *("resp_code", "bizCode"),
)
_FAILURE_TEXTS = ("detail", "errors", "error_message", "error_msg", "errorMessage", "errmsg")
_MESSAGES = ("message", "Message", "msg", "desc", "status_msg")
_TEXTS = (*_MESSAGES, "text", "content", "error_description")

# Where Groq, Tencent and Volcano put an error.
_ERROR_HOLDERS = ("x_groq", "Response", "ResponseMetadata")
# `fault` is Apigee's.
_ERRORS = ("error", "Error", "err", "exception", "fault")
_OF_ERRORS = frozenset(_ERRORS)
# What chunks without an error have as `object`.
_OF_NO_ERROR = (None, "chat.completion.chunk", "chat.completion", "text_completion")
# Fields that may say that a request failed, whatever the choice next to them holds.
_SUSPECT = frozenset(
    (
        *(*_ERRORS, "x_groq", *FAILURE_CODES, *_FAILURE_TEXTS, *_STATUS_OBJECTS),
        *("type", "event", "status", "status_code", "code", "success", "ok"),
    )
)
_NO_ERROR = SUCCESS | {"none", "null", "nil", "n/a", "false", "no error", "no errors", "0"}

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
        *(
            "provider",
            "obfuscation",
            "type",
            "event",
            "status",
            "code",
            "success",
            "ok",
            "request_id",
            *_TEXTS,
        ),
    )
)

# Parts of the names of fields that say what went wrong.
_OF_FAILURES = re.compile("err|fail|exception|fault|reason|detail|warn", re.IGNORECASE)

# The `type` of events that only keep a connection open.
KEEP_ALIVE = (
    *("ping", "pong", "keepalive", "keep-alive", "keep_alive", "keep alive", "heartbeat"),
    "comment",
)

# Fields of a message that say who speaks, not what.
_OF_NO_ANSWER = ("role", "name", "type", "id", "object", "index")

_LEAST_CODE = 100  # smaller codes need words to be a failure
_BEYOND = 10**9  # no code is that large
_MAX_CODE = 100  # characters


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
    if not isinstance(entry, dict) or not _lacks(entry, _OF_ERRORS):
        return False
    message, delta = entry.get("message"), entry.get("delta")
    if message is None or delta is None:
        one = delta if message is None else message
        return isinstance(one, dict) and _lacks(one, _OF_ERRORS)
    return False


def has_plain_fields(payload: Fields) -> bool:
    """Whether no field of an object, next to its choices, may be an error."""
    return payload.get("object") in _OF_NO_ERROR and _lacks(payload, _SUSPECT)


def _lacks(fields: Fields, names: frozenset[str]) -> bool:
    """Whether an object has none of these fields, or only nulls in them."""
    return names.isdisjoint(fields) or all(fields.get(name) is None for name in names)


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
    """The value of `error` in a payload, in an envelope or in a choice; None if there is none."""
    for fields in layers(payload):
        holders: list[Any] = [fields, *map(fields.get, _ERROR_HOLDERS)]
        for entry in entries_of(fields):
            holders += [entry, entry.get("message"), entry.get("delta")]
        for holder in holders:
            if isinstance(holder, Mapping):
                errors = (holder.get(name) for name in _ERRORS)
                error = next((error for error in errors if _means_error(error)), None)
                if error is not None:
                    return error
    return None


def find_block_reason(payload: Fields) -> str:
    """Why Google or Azure blocked the prompt, so that there is no answer; "" if they did not."""
    feedback = payload.get("promptFeedback") or payload.get("prompt_feedback")
    if isinstance(feedback, Mapping):
        reason = feedback.get("blockReason") or feedback.get("block_reason")
        if isinstance(reason, str) and not reason.endswith("UNSPECIFIED"):
            return reason
    results = payload.get("prompt_filter_results")
    for entry in results if isinstance(results, list) else ():
        found = entry.get("content_filter_results") if isinstance(entry, Mapping) else None
        for name, result in found.items() if isinstance(found, Mapping) else ():
            if isinstance(result, Mapping) and result.get("filtered") is True:
                return str(name)
    return ""


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
    is_success = says_success(payload) or _says(payload, PROGRESS)
    if any(payload.get(name) for name in _TEXTS) and not is_success:
        return False
    if not is_success and not all(map(_is_success, codes)):
        return False
    if not payload.keys().isdisjoint(_OF_CHUNKS):
        return True
    if payload.get("choices", []) != []:
        return False
    if "choices" in payload and not any(map(_OF_FAILURES.search, payload)):
        return True
    return bool(payload) and payload.keys() <= _AROUND_CHUNKS


def as_code(value: object) -> int | str | None:
    """A code as an integer if it is one of any type ("1001", 1001, 1001.0), else as lower case."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return int(value) if abs(value) < _BEYOND else None  # else infinity or nonsense
    if not isinstance(value, str):
        return None
    text = value.strip()[:_MAX_CODE]
    return int(text) if text.isdecimal() and len(text) < 10 else text.lower() or None


def says_success(payload: Fields) -> bool:
    """Whether the code of a payload, or all its texts, only say that all is well."""
    code = as_code(payload.get("code"))
    if isinstance(code, int) and code and _is_success(code):
        return True
    return _says(payload, SUCCESS)


def _says(payload: Fields, expected: frozenset[Any]) -> bool:
    """Whether a payload has texts, and they are these words only."""
    texts = [payload.get(name) for name in _TEXTS]
    words = [text.strip().lower().rstrip(".!…") for text in texts if isinstance(text, str)]
    return bool(words) and all(word in expected for word in words)


def _means_error(error: object) -> bool:
    """Whether the value of `error` is one: not null, not empty, not `{"code": 0}`."""
    if isinstance(error, Mapping):
        return any(map(_means_error, error.values()))
    if isinstance(error, list):
        return any(map(_means_error, error))
    if isinstance(error, str):
        return error.strip().lower() not in _NO_ERROR
    return bool(error) and error not in SUCCESS


def _reports_failure(payload: Fields) -> bool:
    """Whether an object without choices reports a failure in a field other than `error`."""
    kinds = (as_code(payload.get(name)) for name in ("object", "type", "event", "status"))
    if any(kind in _FAILURES for kind in kinds) or find_block_reason(payload):
        return True
    if as_flag(payload.get("success")) is False or as_flag(payload.get("ok")) is False:
        return True
    if any(_means_error(payload.get(name)) for name in _FAILURE_TEXTS) or _has_code(payload):
        return True
    # Of statuses only numbers are codes; chunks may have a status like "completed".
    statuses = (as_code(payload.get(name)) for name in ("status", "status_code"))
    if any(isinstance(status, int) and not _is_success(status) for status in statuses):
        return True
    code = as_code(payload.get("code"))
    if _is_success(code) or says_success(payload):
        return False
    return isinstance(code, int) or any(isinstance(payload.get(name), str) for name in _TEXTS)


def says_nothing(words: str) -> bool:
    """Whether words in place of an event only keep a connection open, or report progress."""
    word = words.strip(" \t\r\n\"'[]:.!…-").lower()
    return word in KEEP_ALIVE or word in PROGRESS or word in SUCCESS


def _has_code(payload: Fields) -> bool:
    """Whether a field for the code of a failure has one."""
    values = [payload[name] for name in FAILURE_CODES if name in payload]
    return any(_means_error(value) and not _is_success(as_code(value)) for value in values)


def _contradicts(payload: Fields, *, holds_answer: bool) -> bool:
    """Whether an object with choices, or around them, says that the request failed.

    Args:
        payload: The object.
        holds_answer: Whether a choice holds something. Then only what cannot be read otherwise
            counts: some services have codes of success of their own.
    """
    names = ("object", "type", "event", *(() if holds_answer else ("status",)))
    kinds = (as_code(payload.get(name)) for name in names)
    flags = (as_flag(payload.get(name)) for name in ("success", "ok"))
    if any(kind in _FAILURES for kind in kinds) or False in flags:
        return True
    if _has_code(payload):
        return True
    codes = [as_code(payload.get(name)) for name in ("status", "status_code", "code")]
    numbers = [code for code in codes if isinstance(code, int) and not _is_success(code)]
    if holds_answer:
        return any(400 <= number < 600 for number in numbers)
    if any(_means_error(payload.get(name)) for name in _FAILURE_TEXTS):
        return True
    if says_success(payload):
        return False
    has_words = any(isinstance(payload.get(name), str) and payload[name] for name in _MESSAGES)
    is_name = isinstance(codes[-1], str) and codes[-1] not in (SUCCESS | PROGRESS)
    if has_words and (numbers or is_name):
        return True
    return any(abs(number) >= _LEAST_CODE for number in numbers)


def _brings_something(entry: Fields) -> bool:
    """Whether an entry of `choices` holds something of an answer."""
    for name in MESSAGE_FIELDS:
        message = entry.get(name)
        values = (
            [message[key] for key in message if key not in _OF_NO_ANSWER]
            if isinstance(message, Mapping)
            else [message]
        )
        if any(value.strip() if isinstance(value, str) else value for value in values):
            return True
    return False


def _is_success(code: int | str | None) -> bool:
    """Whether a code says that all is well, or that work goes on: also HTTP's 1xx and 2xx."""
    return code in SUCCESS or (
        isinstance(code, int) and (code in range(100, 104) or code // 100 == 2)
    )


def as_flag(value: object) -> bool | None:
    """A boolean, also one that is text; None for anything else."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None

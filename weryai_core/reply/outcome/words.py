"""The names of fields and the words by which services say how a request went."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from weryai_core.brackets import PLACEHOLDERS

Fields = Mapping[str, Any]

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

FAILURES = frozenset(("error", "fail", "failed", "failure", "exception", "fatal"))
"""Types and states of what failed."""

MESSAGES = ("message", "Message", "msg", "desc", "status_msg")
"""Fields with what a service says of a request."""

TEXTS = (*MESSAGES, "text", "content", "error_description")
"""Those, and fields that may also be part of an answer."""

_LONGEST_NAME = 100  # characters; longer names are not kept
_LONGEST_END = 4096  # characters at each end of a text that are searched for known words

FailureField = Literal["error", "code", "text", "doubt", "state", ""]
"""What a field says of a failure, see `failure_field`."""

# Names of fields in lower case and without separators -> what they say of a failure. `fault` is
# Apigee's.
_FAILURE_FIELDS: Mapping[str, FailureField] = {
    **dict.fromkeys(("error", "err", "exception", "fault"), "error"),
    **dict.fromkeys(
        (
            *("errorcode", "errcode", "errno", "errorno", "errornum", "errortype"),
            *("resultcode", "retcode"),
            *("ret", "returncode", "respcode", "bizcode"),
        ),
        "code",
    ),
    **dict.fromkeys(
        (
            *("errors", "errormessage", "errormsg", "errmsg", "errmessage", "errordescription"),
            *("errordetail", "errordetails", "errorreason", "errorinfo", "errortext"),
            *("failurereason", "failreason", "failuremessage", "failmessage"),
        ),
        "text",
    ),
    # A text next to an answer may be about something else.
    "detail": "doubt",
    **dict.fromkeys(
        (
            *("type", "event", "status", "state", "statuscode", "code", "success", "ok"),
            *("iserror", "haserror", "baseresp", "header", "xgroq"),
        ),
        "state",
    ),
}

EXCEPTIONS = ("exception", "fault", "error")
"""The last parts of the names of exceptions."""

# What chunks without an error have as `object`.
_OF_NO_ERROR = (None, "chat.completion.chunk", "chat.completion", "text_completion")

NO_ERROR = SUCCESS | {
    *("none", "null", "nil", "n/a", "false", "no error", "no errors", "no_error", "0")
}
"""Values of `error` that say that there is none, in lower case."""

# Parts of the names of fields that say what went wrong.
OF_FAILURES = re.compile("err|fail|exception|fault|reason|detail|warn", re.IGNORECASE)
_OF_WORDS = re.compile("title|description|cause|info", re.IGNORECASE)
# The `type` of events that only keep a connection open.
KEEP_ALIVE = (
    *("ping", "pong", "keepalive", "keep-alive", "keep_alive", "keep alive", "heartbeat"),
    "comment",
)
_WORDS = ("msg", "message", "desc")  # last parts of the names of texts
_BEYOND = 10**9  # no code is that large
_MAX_CODE = 100  # characters


def has_plain_fields(payload: Fields) -> bool:
    """Whether no field of an object may say that something failed, except by null."""
    for name, value in payload.items():
        if value is not None and failure_field(name):
            return False
    return payload.get("object") in _OF_NO_ERROR


def failure_field(name: str) -> FailureField:
    """What a field of a body, a choice, a message, a delta or a part says of a failure.

    "error": its value is the error. "code" and "text": the code or the words of one. "doubt": words
    of one if there is no answer. "state": how it went. "": nothing.
    """
    return _failure_field(name) if len(name) <= _LONGEST_NAME else ""


@lru_cache(maxsize=1024)
def _failure_field(name: str) -> FailureField:
    return _FAILURE_FIELDS.get(plain_name(name), "")


def says_failure(name: str) -> bool:
    """Whether the name of an unknown field promises words about a failure."""
    return (OF_FAILURES.search(name) or _OF_WORDS.search(name)) is not None


def failure_values(fields: Fields, *kinds: FailureField) -> list[Any]:
    """The values of the fields that say these things of a failure."""
    return [value for name, value in fields.items() if failure_field(name) in kinds]


def ends_of(text: str) -> str:
    """The beginning and the end of a long text, between which services quote the request."""
    if len(text) <= 2 * _LONGEST_END:
        return text
    return f"{text[:_LONGEST_END]}\n{text[-_LONGEST_END:]}"


def plain_name(name: str) -> str:
    """The name of a field in lower case, without separators."""
    return name.lower().replace("_", "").replace("-", "")


def as_code(value: object) -> int | str | None:
    """A code as an integer if it is one of any type ("1001", 1001, 1001.0), else as lower case."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return int(value) if abs(value) < _BEYOND else None  # else infinity or nonsense
    if not isinstance(value, str):
        return None
    if value in PLACEHOLDERS:
        return None
    text = value.strip()[:_MAX_CODE]
    return int(text) if text.isdecimal() and len(text) < 10 else text.lower() or None


def says_success(payload: Fields) -> bool:
    """Whether the code of a payload, or all its texts, only say that all is well."""
    code = as_code(payload.get("code"))
    if isinstance(code, int) and code and is_success_code(code):
        return True
    return says(payload, SUCCESS)


def says(payload: Fields, expected: frozenset[Any]) -> bool:
    """Whether a payload has texts, and they are these words only."""
    texts = [payload.get(name) for name in TEXTS]
    words = [_bare(text) for text in texts if isinstance(text, str)]
    return bool(words) and all(word in expected for word in words)


def _bare(text: str) -> str:
    """A text in lower case, without what surrounds its words."""
    return text.strip().lower().strip(".!…。\uff01- ")


def words_of_success(payload: Fields) -> bool:
    """Whether a field for the words of a code, such as `biz_msg`, says that all is well."""
    return any(
        isinstance(value, str) and value and _bare(value) in SUCCESS
        for name, value in payload.items()
        if plain_name(name).endswith(_WORDS)
    )


def means_error(error: object) -> bool:
    """Whether the value of `error` is one: not null, not empty, not `{"code": 0}`."""
    if isinstance(error, Mapping):
        return any(map(means_error, error.values()))
    if isinstance(error, list):
        return any(map(means_error, error))
    if isinstance(error, str):
        return _bare(error) not in NO_ERROR
    return bool(error) and error not in SUCCESS


def names_failure(kind: object) -> bool:
    """Whether the type of an event or an object is that of a failure: `error`, `x.failed`."""
    word = as_code(kind)
    return isinstance(word, str) and re.split(r"[._:\-]", word)[-1] in FAILURES


def says_nothing(words: str) -> bool:
    """Whether words in place of an event only keep a connection open, or report progress."""
    word = words.strip(" \t\r\n\"'[]:.!…-").lower()
    return word in KEEP_ALIVE or word in PROGRESS or word in SUCCESS


def is_success_code(code: int | str | None) -> bool:
    """Whether a code says that all is well, or that work goes on: also HTTP's 1xx and 2xx."""
    return code in SUCCESS or (
        isinstance(code, int) and (code in range(100, 104) or code // 100 == 2)
    )


def as_flag(value: object) -> bool | None:
    """A boolean, also one that is text; None for anything else."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None

"""Turns an answer that is not a completion into the error it means.

WeryAI reports errors in several shapes (two envelopes, OpenAI's error object, none at all), under
fitting HTTP statuses and under 200, and documents two tables of codes that disagree on 1001 and
1002. Secrets are redacted first; then status, code and text are read into a `_Report`, and the
report decides the class. The text is read before the two disputed codes: the order matters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from pydantic_core import to_json

from weryai_core import errors
from weryai_core.errors import ErrorResponse, WeryAIError
from weryai_core.wire import parse_json

_MAX_TEXT = 500  # characters of the service's own words in a message
_MAX_BODY = 64 * 1024  # characters of the body kept on the error
_MAX_NAME = 100  # characters of a code or a request id

_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-trace-id", "trace-id")
_REQUEST_ID_FIELDS = ("request_id", "requestId", "trace_id", "traceId")
_TEXT_FIELDS = ("message", "msg", "desc", "detail")
_SUCCESS = (None, 0, 200, "success", "ok")

# Statuses that name their cause whatever the body says. 403 is a bad key at WeryAI, too.
_BY_STATUS: dict[int, type[WeryAIError]] = {
    401: errors.AuthenticationError,
    403: errors.AuthenticationError,
    429: errors.RateLimitError,
    402: errors.InsufficientCreditsError,
    404: errors.NotFoundError,
}

# OpenAI's `error.code` and `error.type`.
_BY_NAME: dict[str, type[WeryAIError]] = {
    "invalid_api_key": errors.AuthenticationError,
    "authentication_error": errors.AuthenticationError,
    "permission_error": errors.PermissionDeniedError,
    "insufficient_quota": errors.InsufficientCreditsError,
    "rate_limit_exceeded": errors.RateLimitError,
    "rate_limit_error": errors.RateLimitError,
    "context_length_exceeded": errors.ContextOverflowError,
    "model_not_found": errors.UnknownModelError,
    "not_found_error": errors.NotFoundError,
    "content_filter": errors.ContentFilterError,
    "content_policy_violation": errors.ContentFilterError,
    "server_error": errors.ServerError,
    "api_error": errors.ServerError,
    "overloaded_error": errors.ServerError,
}

# Words in the text -> class, with the codes that mean the same; tested from the top.
_BY_TEXT: tuple[tuple[re.Pattern[str] | None, frozenset[int], type[WeryAIError]], ...] = tuple(
    (re.compile(words, re.IGNORECASE) if words else None, frozenset(codes), error_class)
    for words, codes, error_class in (
        # Not the bare word "frequency": it is in `frequency_penalty`.
        (
            r"(?<![a-z])rate.?limit|too many requests|request frequency|请求频率|频繁",
            (6002, 6010, 1007),
            errors.RateLimitError,
        ),
        (
            r"api.?key|authentication|unauthori[sz]ed|鉴权|认证|密钥",
            (),
            errors.AuthenticationError,
        ),
        # Not the bare word "credit": code 6003 is "credit deduction failed".
        (
            r"insufficient (credits?|balance)|积分不足|余额不足",
            (1004, 1011),
            errors.InsufficientCreditsError,
        ),
        (
            r"\bmodel (\S+ )?(is )?(not (supported|found)|does not exist)",
            (1006,),
            errors.UnknownModelError,
        ),
        (r"sensitive|moderation|safety", (1005, 2001, 2003), errors.ContentFilterError),
        (None, (6101,), errors.DailyQuotaError),
        (None, (1003, 1010), errors.NotFoundError),
        (None, (1009, 1017), errors.PermissionDeniedError),
        (None, (2004,), errors.InvalidRequestError),
    )
)
_SERVER_CODES = (6001, 6003, 6004)

_PARAMETER = re.compile(r"parameter|invalid|required|参数", re.IGNORECASE)
_TOO_MANY_MESSAGES = re.compile(
    # Not `messages[0].content`, which is about one of them.
    r"messages\b(?![.\[]).{0,60}(\b50\b|at most|too many|exceed|(array|list) length)"
    r"|too many messages|array length: 1 - 50\b",
    re.IGNORECASE,
)
_TOO_LONG = re.compile(
    # Last line: in Gemini's, Grok's, Kimi's and Qwen's words.
    r"context.?(length|window)|maximum context|(prompt|input) is too long|too many (input )?tokens"
    r"|token count.{0,40}exceed|maximum prompt length|exceed\w* .{0,10}token limit(?! per)"
    r"|input length should be",
    re.IGNORECASE,
)
_BEYOND = 10**9  # no code is that large
_KEY_LIKE = re.compile(r"\bsk-[\w*.\-]{3,}")
_MARK = "[hidden]"


@dataclass(frozen=True)
class _Report:
    """What an answer reports about itself, whatever its shape."""

    status: int  # of HTTP
    code: int | str | None  # the envelope's `status`, or `error.code`
    text: str  # all its words
    names: tuple[str, ...]  # OpenAI's `error.code` and `error.type`
    kind: str  # "json", "empty" or "other": what the body is


def error_from_response(
    status_code: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    secrets: Sequence[str] = (),
    expected: str = "choices",
) -> WeryAIError:
    """The error that an answer without a completion means; the caller raises it.

    Args:
        status_code: HTTP status; 200 is common for errors here.
        headers: Response headers, names in lower case.
        body: The body, or the event of a stream.
        secrets: Texts to redact if the service repeats them: the key, values of headers.
        expected: The field that a good answer would have.
    """
    text = redact(body.decode("utf-8", "replace"), secrets)
    payload = parse_json(text.encode())
    if payload is not None and any(secret.encode() in to_json(payload) for secret in secrets):
        # A secret was there, with some characters escaped.
        text = redact(to_json(payload).decode(), secrets)
        payload = parse_json(text.encode())
    safe_headers = {name: redact(value, secrets) for name, value in headers.items()}
    report = _read_report(status_code, payload, text)
    error_class = _classify(report)
    error = error_class(
        _message(error_class, report, expected),
        status_code=status_code,
        code=report.code,
        request_id=_request_id(safe_headers, payload),
        response=ErrorResponse(status_code, safe_headers, text[:_MAX_BODY]),
        retry_after=retry_after_seconds(safe_headers),
    )
    if 400 <= status_code < 500 and error_class is not errors.RateLimitError:
        error.is_retryable = False  # whatever the body says, the request is at fault
    if error.request_id:
        error.explain(f"Request id: {error.request_id}.")
    return error


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text with a mark in place of these secrets and of whatever looks like an API key."""
    for secret in secrets:
        text = text.replace(secret, _MARK)
    return _KEY_LIKE.sub(_MARK, text)


def retry_after_seconds(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The wait that an answer asks for, in seconds (0 or more); None if it asks for none.

    Reads `retry-after-ms` (milliseconds), then `retry-after`: seconds or an HTTP date
    (RFC 9110, section 10.2.3). An unreadable value counts as missing.

    Args:
        headers: Response headers, names in lower case.
        now: The time to subtract from an HTTP date; the clock's if None.
    """
    milliseconds = _seconds(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _seconds(value)
    if seconds is not None or not value:
        return seconds
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def _seconds(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    # "nan" and "inf" are floats to Python, but not waits.
    return number if 0 <= number < float("inf") else None


def is_error_payload(payload: Mapping[str, Any]) -> bool:
    """Whether a JSON object is an error: it holds an error object, or an envelope with a code."""
    if payload.get("error"):
        return True
    if payload.get("choices"):
        return False
    code = _as_code(payload.get("status"))
    # Only a number is WeryAI's code; other gateways' chunks may have a status like "completed".
    return isinstance(code, int) and code not in _SUCCESS


def _classify(report: _Report) -> type[WeryAIError]:
    status = report.status
    if status == 404 and _by_text(report) is errors.UnknownModelError:
        return errors.UnknownModelError
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return errors.ServerError
    if status < 300 and report.kind != "json":
        return errors.ProtocolError
    found = _by_name(report) or _by_text(report) or _by_disputed_code(report)
    if found is None and _is_bad_request(report):
        found = errors.InvalidRequestError
    if found is errors.InvalidRequestError:
        return _kind_of_bad_request(report)
    if found is not None:
        return found
    if status < 300 and report.code in _SUCCESS and not report.names:
        return errors.ProtocolError
    return errors.APIError


def _by_name(report: _Report) -> type[WeryAIError] | None:
    return next((_BY_NAME[name] for name in report.names if name in _BY_NAME), None)


def _by_text(report: _Report) -> type[WeryAIError] | None:
    for words, codes, error_class in _BY_TEXT:
        if report.code in codes or (words and words.search(report.text)):
            return error_class
    return None


def _by_disputed_code(report: _Report) -> type[WeryAIError] | None:
    """The class by 1001 and 1002, which mean two things, and by codes that are HTTP statuses."""
    code = report.code
    if code == 1001:
        # Seen live with rate limits only; one of the two tables has it as a parameter error.
        is_parameter = _PARAMETER.search(report.text)
        return errors.InvalidRequestError if is_parameter else errors.RateLimitError
    if code == 1002:
        # "Authentication failed" in one table, "parameter error" in the other: never retried.
        return errors.InvalidRequestError
    if code in _SERVER_CODES or (isinstance(code, int) and 500 <= code < 600):
        return errors.ServerError
    return _BY_STATUS.get(code) if isinstance(code, int) else None


def _is_bad_request(report: _Report) -> bool:
    return (
        report.status in (400, 422)
        or report.code in (400, 422)
        or "invalid_request_error" in report.names
    )


def _kind_of_bad_request(report: _Report) -> type[WeryAIError]:
    # First: such a text often ends in "reduce the length of the messages".
    if _TOO_LONG.search(report.text):
        return errors.ContextOverflowError
    if _TOO_MANY_MESSAGES.search(report.text):
        return errors.MessageCountError
    return errors.InvalidRequestError


def _read_report(status: int, payload: object, body: str) -> _Report:
    kind = "empty" if not body.strip() else "json" if payload is not None else "other"
    if not isinstance(payload, Mapping):
        return _Report(status, None, "", (), kind)
    error = payload.get("error")
    inner = error if isinstance(error, Mapping) else payload
    texts = [error] if isinstance(error, str) else []
    texts += [text for source in (inner, payload) for text in _texts(source)]
    candidates = [_as_code(inner.get("code")), _as_code(payload.get("status"))]
    code = next((code for code in candidates if code not in _SUCCESS), candidates[-1])
    names = tuple(str(inner[key]) for key in ("code", "type") if error and inner.get(key))
    if error and not names:
        names = ("error",)  # an error of an unknown kind
    return _Report(status, code, "; ".join(dict.fromkeys(texts)), names, kind)


def _texts(source: Mapping[str, Any]) -> Iterator[str]:
    for name in _TEXT_FIELDS:
        text = source.get(name)
        if isinstance(text, str) and text.strip():
            yield text.strip()
        elif isinstance(text, list):
            yield from _validation_errors(text)


def _validation_errors(entries: list[Any]) -> Iterator[str]:
    """The errors that FastAPI lists under `detail`: `{"loc": [...], "msg": "..."}`."""
    for entry in entries:
        text = entry.get("msg") if isinstance(entry, Mapping) else entry
        if isinstance(text, str) and text.strip():
            place = entry.get("loc") if isinstance(entry, Mapping) else None
            where = ".".join(str(part) for part in place) if isinstance(place, list) else ""
            yield f"{where}: {text.strip()}".removeprefix(": ")


def _message(error_class: type[WeryAIError], report: _Report, expected: str) -> str:
    text = report.text
    text = text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}..."
    code = "" if report.code in _SUCCESS else f", code {report.code}"
    parts = [f"WeryAI answered with HTTP {report.status}{code}"]
    if text:
        parts[0] += f": {text}"
    parts[0] += "" if parts[0].endswith((".", "!", "?")) else "."
    if report.kind == "empty":
        parts.append("The body is empty.")
    elif report.kind == "other":
        parts.append("The body is not JSON; check `base_url` if this persists.")
    elif error_class is errors.ProtocolError:
        parts.append(f"The body holds no `{expected}`.")
    if report.code == 1002 and error_class is errors.InvalidRequestError:
        parts.append("WeryAI documents this code both as a wrong key and as a wrong parameter.")
    if 300 <= report.status < 400:
        parts.append("Redirects are not followed, to protect the key; check `base_url`.")
    return " ".join([*parts, error_class.advice]).strip()


def _request_id(headers: Mapping[str, str], payload: object) -> str | None:
    found = [headers.get(name) for name in _REQUEST_ID_HEADERS]
    if isinstance(payload, Mapping):
        found += [payload.get(name) for name in _REQUEST_ID_FIELDS]
    given = (value for value in found if isinstance(value, str) and value)
    return next((value[:_MAX_NAME] for value in given), None)


def _as_code(value: object) -> int | str | None:
    """A code as an integer if it is one of any type ("1001", 1001, 1001.0), else as lower case."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return int(value) if abs(value) < _BEYOND else None  # else infinity or nonsense
    if not isinstance(value, str):
        return None
    text = value.strip()[:_MAX_NAME]
    return int(text) if text.isdecimal() and len(text) < 10 else text.lower() or None

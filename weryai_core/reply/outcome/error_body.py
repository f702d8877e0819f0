"""Turns an answer that is not a completion into the error it means.

The body is read into a `Report`, the report decides the class, and only then secrets are redacted
from all that the error shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from weryai_core import errors
from weryai_core.errors import ErrorResponse, WeryAIError
from weryai_core.limits import MAX_ERROR_BYTES
from weryai_core.reply.events.sse import SSEDecoder
from weryai_core.reply.outcome.classify import RETRIED, classify, effective_status
from weryai_core.reply.outcome.hints import (
    request_id,
    reset_seconds,
    retry_after_seconds,
    should_retry,
    wait_in_body,
)
from weryai_core.reply.outcome.report import Report, read_report
from weryai_core.reply.outcome.words import SUCCESS
from weryai_core.secrets.redact import NO_SECRETS, Secrets
from weryai_core.wire import parse_body

_EVENT_STREAM = re.compile(r"\s*(data|event|id|retry|error)?:")
_MAX_TEXT = 500  # characters of the service's own words in a message
_MAX_BODY = 64 * 1024  # characters of the body kept on the error


def error_from_response(
    status_code: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    secrets: Secrets = NO_SECRETS,
    expected: str = "choices",
) -> WeryAIError:
    """The error that an answer without a completion means; the caller raises it.

    Args:
        status_code: HTTP status; 200 is common for errors here.
        headers: Response headers, names in lower case.
        body: The body, or the event of a stream.
        secrets: What to redact if the service repeats it.
        expected: The field that a good answer would have.
    """
    text = body[:MAX_ERROR_BYTES].decode("utf-8", "replace")
    payload = _payload_of(text)
    report = read_report(status_code, payload, text)
    error_class = classify(report)
    code = secrets.redact_value(report.code)
    shown = replace(
        report,
        code=code,
        text=secrets.redact(report.text),
        hint=secrets.redact(report.hint),
    )
    safe_headers = {secrets.redact(name): secrets.redact(value) for name, value in headers.items()}
    id_ = request_id(safe_headers, payload)
    error = error_class(
        _message(error_class, shown, expected),
        status_code=status_code,
        code=code,
        request_id=secrets.redact(id_) if id_ else None,
        response=ErrorResponse(
            status_code, safe_headers, secrets.redact_body(text, payload)[:_MAX_BODY]
        ),
        retry_after=retry_after_seconds(safe_headers),
    )
    if error.retry_after is None:
        error.retry_after = wait_in_body(payload, report.text)
    if error.retry_after is None and effective_status(report) == 429:
        error.retry_after = reset_seconds(safe_headers)  # other answers have these headers as well
    _decide_retry(error, effective_status(report), should_retry(headers))
    if error.request_id:
        error.explain(f"Request id: {error.request_id}.")
    return error


def _payload_of(body: str) -> Any:
    """The JSON of a body, or of the first event in an event stream; None if there is none."""
    payload = parse_body(body.encode())
    if payload is not None or not _EVENT_STREAM.match(body):
        return payload
    events = SSEDecoder()
    data = body[:_MAX_BODY].encode()
    found = (parse_body(event.data) for event in [*events.feed(data), *events.flush()])
    return next((payload for payload in found if payload is not None), None)


def _decide_retry(error: WeryAIError, status: int, wish: bool | None) -> None:
    """Decide by the status whether the same request may succeed later.

    Args:
        error: The error, which has the answer of its class.
        status: The status, of HTTP or in the body.
        wish: What the service says; None if it says nothing.
    """
    if type(error) is errors.APIError and status in RETRIED:
        error.is_retryable = True
    elif (error.status_code or 0) >= 400 and status < 500:
        # Whatever the body says, the request is at fault.
        error.is_retryable = isinstance(error, errors.RateLimitError)
    if wish is not None:
        error.is_retryable = wish


def _message(error_class: type[WeryAIError], report: Report, expected: str) -> str:
    text = report.text or report.hint
    text = text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}..."
    code = "" if report.code in SUCCESS else f", code {report.code}"
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

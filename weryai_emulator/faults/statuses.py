"""Refusals with an HTTP status of their own: the service's, its gateway's, and redirects."""

from __future__ import annotations

import time
from dataclasses import replace
from email.utils import formatdate

from weryai_emulator.checks import WITHOUT_BODY, check_choice, check_whole, write_number
from weryai_emulator.json_text import JsonObject, to_bytes
from weryai_emulator.options import ERROR_STYLES, ErrorStyle
from weryai_emulator.request.chat_request import ChatRequest
from weryai_emulator.request.errors import Refusal, kind_for
from weryai_emulator.server.script import ScriptedRaw

_BODIES = (*ERROR_STYLES, "detail", "validation", "upstream", "html", "text", "empty")
_PAGE = b"<html><head><title>%b</title></head><body><h1>%b</h1></body></html>"


def http_error(
    chat: ChatRequest,
    *,
    status: int = 500,
    code: int | None = None,
    message: str | None = None,
    body: str = "envelope",
    retry_after: float | None = None,
    as_date: bool = False,
) -> ScriptedRaw:
    """Answers with any HTTP status.

    Args:
        chat: The request.
        status: The HTTP status.
        code: WeryAI's code in the envelope; None takes the code for the status.
        message: The text; None takes the text for the status.
        body: The form of the body: an `error_style` of the emulator, "detail" or "validation"
            (FastAPI's), "upstream" (an error of the service behind a gateway), "html", "text" or
            "empty".
        retry_after: Seconds in `Retry-After`; None sends no such header.
        as_date: Whether `Retry-After` is the date and time of that, in whole seconds.
    """
    if status in WITHOUT_BODY:
        body = "empty"
    check_choice("body", body, _BODIES)
    headers: dict[str, str] = {}
    if retry_after is not None:
        date = formatdate(time.time() + retry_after, usegmt=True)
        headers = {"retry-after": date if as_date else write_number(retry_after)}
    kind = kind_for(status)
    if code is not None:
        kind = replace(kind, code=code)
    text = kind.desc if message is None else message
    if body in ERROR_STYLES:
        styles: dict[str, ErrorStyle] = {style: style for style in ERROR_STYLES}
        value: JsonObject = Refusal(kind, text).to_body(styles[body])
    elif body == "detail":
        value = {"detail": text}
    elif body == "validation":
        value = {"detail": [{"loc": ["body", "messages", 0], "msg": text, "type": "missing"}]}
    elif body == "upstream":
        raw = to_bytes({"error": {"message": text}}).decode()
        metadata = {"raw": raw, "provider_name": "Upstream"}
        error = {"message": "Provider returned error", "code": status, "metadata": metadata}
        value = {"error": error}
    else:
        return _no_json(status, body, text.encode(), headers)
    return ScriptedRaw(status, to_bytes(value), "application/json", headers)


def rate_limit(
    chat: ChatRequest, *, retry_after: float | None = None, as_date: bool = False
) -> ScriptedRaw:
    """Answers 429: too many requests."""
    return http_error(chat, status=429, retry_after=retry_after, as_date=as_date)


def server_error(chat: ChatRequest, *, status: int = 500) -> ScriptedRaw:
    """Answers 500: the service failed."""
    return http_error(chat, status=status)


def overloaded(chat: ChatRequest, *, retry_after: float | None = None) -> ScriptedRaw:
    """Answers 503 in OpenAI's form: overloaded."""
    message = "The server is overloaded"
    return http_error(chat, status=503, message=message, body="openai", retry_after=retry_after)


def bad_gateway(chat: ChatRequest, *, status: int = 502) -> ScriptedRaw:
    """Answers 502 with a page: a proxy does not reach the service."""
    return http_error(chat, status=status, message="Bad Gateway", body="html")


def unauthorized(chat: ChatRequest) -> ScriptedRaw:
    """Answers 401: a wrong key."""
    return http_error(chat, status=401, message="Invalid API Key")


def forbidden(chat: ChatRequest) -> ScriptedRaw:
    """Answers 403: the key lacks a permission."""
    return http_error(chat, status=403)


def no_credits(chat: ChatRequest) -> ScriptedRaw:
    """Answers 402: no credits are left."""
    return http_error(chat, status=402)


def not_found(chat: ChatRequest) -> ScriptedRaw:
    """Answers 404: an unknown path."""
    return http_error(chat, status=404)


def bad_request(
    chat: ChatRequest, *, message: str = "temperature must be at most 2"
) -> ScriptedRaw:
    """Answers 400: a wrong parameter."""
    return http_error(chat, status=400, message=message)


def too_large(chat: ChatRequest) -> ScriptedRaw:
    """Answers 413 with a page: the request is too large."""
    return http_error(chat, status=413, message="Request Entity Too Large", body="html")


def redirect(chat: ChatRequest, *, status: int = 302, location: str = "/login") -> ScriptedRaw:
    """Redirects to another address, as a proxy that wants a login."""
    check_whole("status", status, 300, 399)
    return ScriptedRaw(status, b"", "text/html", {"location": location})


FAULTS = (
    http_error,
    rate_limit,
    server_error,
    overloaded,
    bad_gateway,
    unauthorized,
    forbidden,
    no_credits,
    not_found,
    bad_request,
    too_large,
    redirect,
)


def _no_json(status: int, body: str, text: bytes, headers: dict[str, str]) -> ScriptedRaw:
    if body == "html":
        return ScriptedRaw(status, _PAGE % (text, text), "text/html", headers)
    return ScriptedRaw(status, text if body == "text" else b"", "text/plain", headers)

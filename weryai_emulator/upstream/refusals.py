"""The failures of an upstream as errors of the service."""

from __future__ import annotations

import html
import json
from typing import Any

import httpx2

from weryai_emulator.json_text import JsonObject, read_json, to_bytes
from weryai_emulator.request.errors import ErrorKind, Refusal, kind_for
from weryai_emulator.upstream.address import Upstream

_BAD_GATEWAY = kind_for(502)
# An upstream may answer with a page of HTML.
_LONGEST_TEXT = 500

_SHORTEST_SECRET = 16

# The statuses of OpenAI's types and codes, for errors whose HTTP status is 200.
_STATUSES = {
    "invalid_request_error": 400,
    "context_length_exceeded": 400,
    "authentication_error": 401,
    "invalid_api_key": 401,
    "insufficient_quota": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "model_not_found": 404,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "overloaded_error": 503,
}


class Refusals:
    """Makes the errors of one upstream. None of them contains its key.

    Args:
        upstream: The upstream.
    """

    def __init__(self, upstream: Upstream) -> None:
        key = upstream.api_key
        # In JSON and in HTML some characters of a key are written in another way.
        self._keys = {key, json.dumps(key)[1:-1], html.escape(key)} if key else set()
        self._is_secret = key is not None and len(key) >= _SHORTEST_SECRET
        self._is_own = upstream.is_own
        self._name = "The local model" if self._is_own else f"The upstream at {upstream.shown}"

    def for_failure(self, error: httpx2.RequestError) -> Refusal:
        """Return the error for a connection that cannot be made, or breaks."""
        reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if isinstance(error, (httpx2.ConnectError, httpx2.ConnectTimeout)):
            advice = (
                "It has ended. Restart the emulator."
                if self._is_own
                else "Start it, or give the emulator another address."
            )
            return Refusal(_BAD_GATEWAY, f"{self._name} cannot be reached ({reason}). {advice}")
        return Refusal(_BAD_GATEWAY, f"{self._name} broke off its answer ({reason}).")

    def for_status(self, response: httpx2.Response) -> Refusal:
        """Return the error for a response with another status than 200; its body has been read."""
        status = response.status_code
        if response.is_redirect:
            target = self._masked(response.headers.get("location", "nowhere"))
            message = f"{self._name} redirects to {target}. Give the emulator that address."
            return Refusal(_BAD_GATEWAY, message)
        message = f"{self._name} answered with status {status}: {self._text_of(response.content)}"
        if status in (httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN):
            message += " (It gets the key `upstream_api_key`, not the client's.)"
        wait = response.headers.get("retry-after")
        return Refusal(
            kind_for(status) if response.is_error else _BAD_GATEWAY,
            message,
            headers={"retry-after": wait} if wait is not None and wait.isascii() else {},
        )

    def for_body(self, body: bytes) -> Refusal:
        """Return the error for an answer of status 200, or an event, that is not a completion."""
        text = self._text_of(body)
        kind = _kind_of(body)
        if kind is not None:
            return Refusal(kind, f"{self._name} answered with an error: {text}")
        return Refusal(_BAD_GATEWAY, f"{self._name} sent no completion: {text}")

    def mask(self, body: JsonObject) -> JsonObject:
        """Return an answer without the key, which a server may repeat in any field.

        A short key is no secret but a word such as "ollama", of which a model may speak.
        """
        if not self._is_secret:
            return body
        text = to_bytes(body).decode()
        masked = self._masked(text)
        found: JsonObject = body if masked == text else read_json(masked)
        return found

    def _text_of(self, body: bytes) -> str:
        """Return what an error says, in any of the known forms, or the beginning of its text."""
        try:
            value: Any = read_json(body)
        except ValueError:
            value = None
        text = _message_of(value) if isinstance(value, dict) else ""
        if not text:
            # JSON in one way of writing, in which the key can be found.
            written = body if value is None else to_bytes(value, compact=False)
            text = " ".join(written.decode(errors="replace").split()) or "nothing"
        return self._masked(text)[:_LONGEST_TEXT]

    def _masked(self, text: str) -> str:
        for key in self._keys:
            text = text.replace(key, "[key]")
        return text


def _kind_of(body: bytes) -> ErrorKind | None:
    """Return the row for an error in a body or an event, by its code or type; None for none."""
    try:
        value: Any = read_json(body)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    error = value.get("error")
    for place in (error, value):
        if isinstance(place, dict):
            named = (place.get(name) for name in ("status", "code", "status_code", "type"))
            for each in named:
                status = _status_of(each)
                if status is not None:
                    return kind_for(status)
    return None


def _status_of(value: Any) -> int | None:
    """Return the HTTP status that a code or a type stands for; None if it stands for none."""
    text = str(value)
    if text in _STATUSES:
        return _STATUSES[text]
    return int(text) if len(text) == 3 and text.isdecimal() and text[0] in "45" else None


def _message_of(body: JsonObject) -> str:
    """Return the message of OpenAI's errors, of Ollama's or of FastAPI's; empty for others."""
    error = body.get("error")
    message = error.get("message") if isinstance(error, dict) else error
    texts = (message, body.get("message"), body.get("detail"))
    return next((text for text in texts if isinstance(text, str) and text), "")

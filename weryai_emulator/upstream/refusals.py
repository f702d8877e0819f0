"""The failures of an upstream as errors of the service."""

from __future__ import annotations

from typing import Any

import httpx2

from weryai_emulator.json_text import JsonObject, read_json
from weryai_emulator.request.errors import Refusal, kind_for
from weryai_emulator.upstream.address import Upstream

_BAD_GATEWAY = kind_for(502)
# An upstream may answer with a page of HTML.
_LONGEST_TEXT = 500


class Refusals:
    """Makes the errors of one upstream. None of them contains its key.

    Args:
        upstream: The upstream.
    """

    def __init__(self, upstream: Upstream) -> None:
        self._key = upstream.api_key
        self._name = f"The upstream at {upstream.shown}"

    def for_failure(self, error: httpx2.RequestError) -> Refusal:
        """Return the error for a connection that cannot be made, or breaks."""
        reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if isinstance(error, (httpx2.ConnectError, httpx2.ConnectTimeout)):
            advice = "Start it, or give the emulator another address."
            return Refusal(_BAD_GATEWAY, f"{self._name} cannot be reached ({reason}). {advice}")
        return Refusal(_BAD_GATEWAY, f"{self._name} broke off its answer ({reason}).")

    def for_status(self, response: httpx2.Response) -> Refusal:
        """Return the error for a response with another status than 200; its body has been read."""
        status = response.status_code
        message = f"{self._name} answered with status {status}: {self._text_of(response.content)}"
        if status in (httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN):
            message += " (It gets the key `upstream_api_key`, not the client's.)"
        wait = response.headers.get("retry-after")
        return Refusal(
            kind_for(status) if response.is_error else _BAD_GATEWAY,
            message,
            headers={} if wait is None else {"retry-after": wait},
        )

    def for_body(self, body: bytes) -> Refusal:
        """Return the error for an answer of status 200, or an event, that is not a completion."""
        return Refusal(_BAD_GATEWAY, f"{self._name} sent no completion: {self._text_of(body)}")

    def _text_of(self, body: bytes) -> str:
        """Return what an error says, in any of the known forms, or the beginning of its text."""
        try:
            value: Any = read_json(body)
        except ValueError:
            value = None
        text = _message_of(value) if isinstance(value, dict) else ""
        text = text or " ".join(body.decode(errors="replace").split()) or "nothing"
        return (text.replace(self._key, "[key]") if self._key else text)[:_LONGEST_TEXT]


def _message_of(body: JsonObject) -> str:
    """Return the message of OpenAI's errors, of Ollama's or of FastAPI's; empty for others."""
    error = body.get("error")
    message = error.get("message") if isinstance(error, dict) else error
    texts = (message, body.get("message"), body.get("detail"))
    return next((text for text in texts if isinstance(text, str) and text), "")

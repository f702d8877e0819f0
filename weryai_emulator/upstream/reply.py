"""An upstream's reply: one completion, or the chunks of a stream as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2

from weryai_emulator.json_text import JsonObject, read_json
from weryai_emulator.upstream.events import DONE, read_events
from weryai_emulator.upstream.refusals import Refusals


class Reply:
    """A reply whose body is not read yet.

    Args:
        response: The response of status 200.
        refusals: Makes the errors of the upstream.
        is_asked: Whether a stream was asked for.

    Attributes:
        is_done: Whether a stream has ended with `[DONE]`.
    """

    def __init__(
        self, response: httpx2.Response, refusals: Refusals, *, is_asked: bool = False
    ) -> None:
        self._response = response
        self._is_asked = is_asked
        self._refusals = refusals
        self.is_done: bool = False

    @property
    def is_stream(self) -> bool:
        """Whether the reply is a stream; not every server sends one if it is asked to.

        Some servers name a stream as plain text.
        """
        kind: str = self._response.headers.get("content-type", "").lower()
        is_plain = kind.startswith("text/plain")
        return kind.startswith("text/event-stream") or (is_plain and self._is_asked)

    async def read(self) -> JsonObject:
        """Return the completion.

        Raises:
            Refusal: The reply breaks off, or is no completion.
        """
        try:
            body = await self._response.aread()
        except httpx2.RequestError as error:
            raise self._refusals.for_failure(error) from error
        completion = _read_choices(body)
        if not completion.get("choices") or completion.get("error"):
            raise self._refusals.for_body(body)
        return self._refusals.mask(completion)

    async def chunks(self) -> AsyncIterator[JsonObject | None]:
        """Yield the chunks; None is a comment, by which a server keeps the connection.

        Raises:
            Refusal: The stream breaks off, or an event is an error or no chunk.
        """
        try:
            async for data in read_events(self._response.aiter_bytes()):
                if data is None:
                    yield None
                elif data.strip() == DONE:
                    self.is_done = True
                    return
                elif data.strip() != b"{}":
                    chunk = _read_choices(data)
                    if not chunk or _is_error(chunk):
                        raise self._refusals.for_body(data)
                    yield self._refusals.mask(chunk)
        except httpx2.RequestError as error:
            raise self._refusals.for_failure(error) from error


def _is_error(chunk: JsonObject) -> bool:
    """Whether an event is an error, by its field or in the form of Ollama, vLLM or FastAPI."""
    if chunk.get("error") or chunk.get("object") == "error":
        return True
    return "choices" not in chunk and (isinstance(chunk.get("message"), str) or "detail" in chunk)


def _read_choices(data: bytes) -> JsonObject:
    """Return a completion or a chunk; empty if it is neither."""
    try:
        value = read_json(data)
    except ValueError:
        return {}
    if not isinstance(value, dict):
        return {}
    choices = value.get("choices") or []
    is_known = isinstance(choices, list) and all(isinstance(one, dict) for one in choices)
    return value if is_known else {}

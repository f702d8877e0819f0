"""The limit of a service that answers only so many chat requests at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.responses import JSONResponse, Response

from weryai_emulator.checks import write_number
from weryai_emulator.options import Options
from weryai_emulator.request.errors import Refusal, kind_for
from weryai_emulator.server.record import RecordedRequest
from weryai_emulator.server.script import Script


class Gate:
    """Counts the chat requests that are answered now, and refuses one too many.

    Args:
        options: The options of the emulator.
        script: Has the limit, which may change at any time.
    """

    def __init__(self, options: Options, script: Script) -> None:
        self._options = options
        self._script = script
        self._open = 0

    @asynccontextmanager
    async def entry(self, record: RecordedRequest) -> AsyncIterator[Response | None]:
        """Keep a place for a chat request; yields the refusal if there is none."""
        if not record.path.endswith("/chat/completions"):
            yield None
            return
        limit = self._script.limit
        if limit is not None and self._open >= limit:
            yield self._refusal(limit)
            return
        self._open += 1
        try:
            await asyncio.sleep(self._options.answer_delay)
            yield None
        finally:
            self._open -= 1

    def _refusal(self, limit: int) -> Response:
        style, wait = self._options.error_style, self._options.retry_after
        refusal = Refusal(kind_for(429), f"Request rate limit exceeded: {limit} requests at once")
        headers = {} if wait is None else {"retry-after": write_number(wait)}
        return JSONResponse(refusal.to_body(style), refusal.http_status(style), headers)

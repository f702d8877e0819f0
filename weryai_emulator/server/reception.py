"""The reception of every request: record it, number it, and answer it if a test queued an answer.

A chat request beyond `max_concurrency` is refused. Any other without a queued answer is answered
from the cassettes, if there are some, and continues to the routes otherwise. On the way back, each
response gets a request id, and a client that closes its connection before the end is noted in the
record.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from weryai_emulator.json_text import read_json
from weryai_emulator.server.broken_connections import Connection
from weryai_emulator.server.gate import Gate
from weryai_emulator.server.record import RecordedRequest, Recorder
from weryai_emulator.server.script import Script, Scripted, ScriptedPieces


class Reception:
    """ASGI middleware around the routes.

    It is not Starlette's BaseHTTPMiddleware, because that hides lost clients. A request arrives
    with its Connection as `state.connection`. It continues with its RecordedRequest as
    `state.record`, and with a unique text for identifiers as `state.serial`.

    Args:
        app: The application with the routes.
        recorder: Records the requests.
        script: The queued answers.
        answer: Turns a queued answer into an ASGI application.
        gate: Refuses what is too much at once.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        recorder: Recorder,
        script: Script,
        answer: Callable[[Request, Scripted], ASGIApp],
        gate: Gate,
    ) -> None:
        self._app = app
        self._recorder = recorder
        self._script = script
        self._answer = answer
        self._gate = gate
        self._count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        # With version 2.4 or later, Starlette notices a lost client only when it sends more, and
        # a stream that waits sends nothing. Some releases of uvicorn announce 2.4.
        scope["asgi"] = {**scope["asgi"], "spec_version": "2.3"}
        request = Request(scope, receive)
        unread = self._script.pop_unread()
        record = await _read_record(request) if unread is None else _record(request)
        self._recorder.add(record)
        self._count += 1
        request.state.record = record
        request.state.serial = _serial(self._count, record)
        exchange = _Exchange(request, receive, send)
        if unread is not None:
            await self._answer(request, unread)(scope, exchange.receive, exchange.send)
            return
        async with self._gate.entry(record) as refusal:
            app = self._choose(request, exchange) if refusal is None else refusal
            await app(scope, exchange.receive, exchange.send)

    def _choose(self, request: Request, exchange: _Exchange) -> ASGIApp:
        scripted = self._script.pop()
        if scripted is None and self._script.replay is not None:
            scripted = self._script.replay(request.state.record)
            exchange.has_id = not isinstance(scripted, ScriptedPieces)
        return self._app if scripted is None else self._answer(request, scripted)


class _Exchange:
    """The ASGI messages of one request: adds its id, and notices a client that is lost.

    Attributes:
        has_id: Whether to add the id.
    """

    def __init__(self, request: Request, receive: Receive, send: Send) -> None:
        self._id = f"req-{request.state.serial}"
        self._record: RecordedRequest = request.state.record
        self._connection: Connection = request.state.connection
        self._receive = receive
        self._send = send
        self._answered = False
        self.has_id = True

    async def receive(self) -> Message:
        message = await self._receive()
        # "http.disconnect" also comes after a whole answer, and when the emulator closes.
        disconnected = message["type"] == "http.disconnect" and not self._answered
        if disconnected and self._connection.lost:
            self._record.mark_disconnected()
        return message

    async def send(self, message: Message) -> None:
        if self._connection.lost:
            self._record.mark_disconnected()
            # A turn of the event loop, so that uvicorn notices it too. It would otherwise write
            # on, and asyncio would warn about each write.
            await asyncio.sleep(0)
        if message["type"] == "http.response.start":
            if self.has_id:
                MutableHeaders(scope=message).setdefault("x-request-id", self._id)
        else:
            self._answered = not message.get("more_body", False)
        await self._send(message)


async def _read_record(request: Request) -> RecordedRequest:
    body = bytearray()
    # A client may close the connection in the middle of its request.
    with suppress(ClientDisconnect):
        async for part in request.stream():
            body += part
    try:
        parsed = read_json(bytes(body)) if body else None
    except ValueError:
        parsed = None
    return _record(request, bytes(body), parsed)


def _record(request: Request, body: bytes = b"", parsed: Any = None) -> RecordedRequest:
    headers = dict(request.headers.items())
    return RecordedRequest(request.method, request.scope["path"], headers, body, parsed)


def _serial(count: int, record: RecordedRequest) -> str:
    content = b"%d:%b:%b" % (count, record.path.encode(), record.body)
    return hashlib.sha256(content).hexdigest()[:24]

"""What every request meets before the routes: it is recorded, numbered, or answered by script."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from contextlib import suppress

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from weryai_emulator.server.broken_connections import Connection
from weryai_emulator.server.record import RecordedRequest, Recorder
from weryai_emulator.server.script import Script, Scripted


class Reception:
    """ASGI middleware, and not Starlette's BaseHTTPMiddleware: that hides lost clients.

    Requests come with their Connection as `state.connection`. They go on with their
    RecordedRequest as `state.record` and, for identifiers, a text of their own as
    `state.serial`.

    Args:
        app: The application behind it.
        recorder: Keeps the requests.
        script: Answers before the application does.
        answer: Makes an answer of what the script holds.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        recorder: Recorder,
        script: Script,
        answer: Callable[[Request, Scripted], ASGIApp],
    ) -> None:
        self._app = app
        self._recorder = recorder
        self._script = script
        self._answer = answer
        self._count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        # From 2.4 on Starlette sees that a stream's client has gone only when it sends more,
        # and a stream that waits sends nothing. Some releases of uvicorn say 2.4.
        scope["asgi"] = {**scope["asgi"], "spec_version": "2.3"}
        request = Request(scope, receive)
        record = await _read_record(request)
        self._recorder.add(record)
        self._count += 1
        request.state.record = record
        request.state.serial = _serial(self._count, record)
        scripted = self._script.take()
        app = self._app if scripted is None else self._answer(request, scripted)
        exchange = _Exchange(request, receive, send)
        await app(scope, exchange.receive, exchange.send)


class _Exchange:
    """The messages of one request: adds its id, and sees a client go before the end."""

    def __init__(self, request: Request, receive: Receive, send: Send) -> None:
        self._id = f"req-{request.state.serial}"
        self._record: RecordedRequest = request.state.record
        self._connection: Connection = request.state.connection
        self._receive = receive
        self._send = send
        self._answered = False

    async def receive(self) -> Message:
        message = await self._receive()
        # Said when the answer is whole as well, and of a connection closed from this side.
        gone = message["type"] == "http.disconnect" and not self._answered
        if gone and self._connection.lost:
            self._record.mark_disconnected()
        return message

    async def send(self, message: Message) -> None:
        if self._connection.lost:
            self._record.mark_disconnected()
            # Parts sent without a pause leave the server no turn to learn it: it would go on
            # writing, and asyncio would warn of each write.
            await asyncio.sleep(0)
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).setdefault("x-request-id", self._id)
        else:
            self._answered = not message.get("more_body", False)
        await self._send(message)


async def _read_record(request: Request) -> RecordedRequest:
    body = bytearray()
    # A client that goes away in the middle of its request has no more to say.
    with suppress(ClientDisconnect):
        async for part in request.stream():
            body += part
    try:
        parsed = json.loads(body) if body else None
    except ValueError:
        parsed = None
    headers = dict(request.headers.items())
    return RecordedRequest(request.method, request.scope["path"], headers, bytes(body), parsed)


def _serial(count: int, record: RecordedRequest) -> str:
    content = b"%d:%b:%b" % (count, record.path.encode(), record.body)
    return hashlib.sha256(content).hexdigest()[:24]

"""The routes: record the request, then answer it from the script or by rule."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from typing import Any

from weryai_emulator._completion import Choice, Completion
from weryai_emulator._errors import AUTHENTICATION, METHOD, NOT_FOUND, Refusal
from weryai_emulator._models import MODELS
from weryai_emulator._options import Options
from weryai_emulator._record import RecordedRequest, Recorder
from weryai_emulator._replies import Replier
from weryai_emulator._request import ChatRequest
from weryai_emulator._script import (
    Script,
    Scripted,
    ScriptedEvents,
    ScriptedMessage,
)
from weryai_emulator._validation import check_chat_request
from weryai_emulator._wire import (
    Answer,
    Exchange,
    Receive,
    Scope,
    Send,
    completion_stream,
    json_response,
    scripted_stream,
)

CHAT = "/v1/chat/completions"
ROUTES = {
    CHAT: "POST",
    "/v1/chat/models": "GET",
    "/v1/models": "GET",
    "/v1/generation/balance": "GET",
}

# When the documented sample of a completion was made; the model list needs some date.
_MODELS_CREATED = 1_711_929_600
_BALANCE = 1000


class Application:
    """The service as an ASGI application.

    Args:
        options: How it behaves.
        recorder: Keeps what it was asked.
        script: What it answers before any rule.
    """

    def __init__(self, options: Options, recorder: Recorder, script: Script) -> None:
        self._options = options
        self._recorder = recorder
        self._script = script
        self._replier = Replier()
        self._stopping = asyncio.Event()
        self._count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        self._count += 1
        record = await _read_request(scope, receive)
        self._recorder.add(record)
        request_id = _identifier("req", self._count, record.path.encode())
        exchange = Exchange(scope, receive, send, record=record, stopping=self._stopping)
        await exchange.answer(self._answer(record), {"x-request-id": request_id})

    def stop(self) -> None:
        """Cut every answer that is not finished; called on the event loop."""
        self._stopping.set()

    def reset(self) -> None:
        """Forget what earlier requests said."""
        self._replier.forget()

    def _answer(self, record: RecordedRequest) -> Answer:
        scripted = self._script.take()
        if scripted is not None:
            return self._answer_scripted(scripted, record)
        try:
            self._check_route(record)
            self._check_key(record)
            return self._answer_by_rule(record)
        except Refusal as refusal:
            style = self._options.error_style
            return json_response(refusal.to_body(style), status=refusal.http_status(style))

    def _answer_scripted(self, scripted: Scripted, record: RecordedRequest) -> Answer:
        match scripted:
            case ScriptedEvents():
                return scripted_stream(scripted)
            case ScriptedMessage():
                request = ChatRequest.from_body(record.json)
                choice = Choice(scripted.message, scripted.finish_reason)
                usage = scripted.usage or self._replier.count_usage(request, [choice])
                return self._send_completion(request, record, [choice], usage, scripted.extra)
            case _:
                return scripted

    def _answer_by_rule(self, record: RecordedRequest) -> Answer:
        if record.path == CHAT:
            request = check_chat_request(record.body)
            choices, usage = self._replier.reply(request)
            return self._send_completion(request, record, choices, usage, {})
        if record.path == "/v1/chat/models":
            return json_response({"models": [model.to_entry() for model in MODELS.values()]})
        if record.path == "/v1/models":
            entries = [
                {"id": key, "object": "model", "created": _MODELS_CREATED, "owned_by": "weryai"}
                for key in MODELS
            ]
            return json_response({"object": "list", "data": entries})
        success = {"status": 0, "desc": "success", "message": "success", "data": _BALANCE}
        return json_response(success)

    def _send_completion(
        self,
        request: ChatRequest,
        record: RecordedRequest,
        choices: list[Choice],
        usage: dict[str, Any],
        extra: dict[str, Any],
    ) -> Answer:
        completion = Completion(
            id=_identifier("chatcmpl", self._count, record.body),
            created=int(time.time()),
            model=request.model,
            choices=choices,
            usage=usage,
            extra=extra,
        )
        if not request.stream:
            return json_response(completion.to_body())
        chunks = completion.to_chunks(include_usage=request.include_usage)
        return completion_stream(chunks, delay=self._options.chunk_delay)

    def _check_route(self, record: RecordedRequest) -> None:
        method = ROUTES.get(record.path)
        if method is None:
            raise Refusal(NOT_FOUND, f"There is no {record.path}. Known: {', '.join(ROUTES)}.")
        if record.method != method:
            raise Refusal(METHOD, f"{record.path} takes {method}, not {record.method}.")

    def _check_key(self, record: RecordedRequest) -> None:
        keys = self._options.api_keys
        scheme, _, key = record.headers.get("authorization", "").partition(" ")
        if keys and (scheme.lower() != "bearer" or key.strip() not in keys):
            raise Refusal(AUTHENTICATION, "Invalid API Key")


async def _read_request(scope: Scope, receive: Receive) -> RecordedRequest:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        # A client that goes away in the middle of its request has no more to say.
        more = message.get("more_body", False)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    try:
        parsed = json.loads(body) if body else None
    except ValueError:
        parsed = None
    return RecordedRequest(scope["method"], scope["path"], headers, bytes(body), parsed)


def _identifier(prefix: str, count: int, content: bytes) -> str:
    digest = hashlib.sha256(b"%d:%b" % (count, content)).hexdigest()
    return f"{prefix}-{digest[:24]}"

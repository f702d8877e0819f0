"""The routes of the service, as a Starlette application.

A request is recorded (`reception`) and answered by the script, or it reaches its route. The route
checks the key, reads the request (`request`), answers it (`answers`) and sends the answer as one
document or as a stream. A refusal on the way is sent in the envelope of `error_style`.
"""

from __future__ import annotations

import time

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from weryai_emulator.answers.completion import Choice, Completion
from weryai_emulator.answers.rules import Replier
from weryai_emulator.json_text import JsonObject, to_bytes
from weryai_emulator.models import MODELS
from weryai_emulator.options import Options
from weryai_emulator.request.bounds import check_chat_request
from weryai_emulator.request.chat_request import ChatRequest
from weryai_emulator.request.errors import AUTHENTICATION, METHOD, NOT_FOUND, PARAMETER, Refusal
from weryai_emulator.server.broken_connections import drop, hang, wire
from weryai_emulator.server.delivery import Delivery
from weryai_emulator.server.event_stream import (
    completion_stream,
    recorded_response,
    scripted_stream,
)
from weryai_emulator.server.gate import Gate
from weryai_emulator.server.reception import Reception
from weryai_emulator.server.record import Recorder
from weryai_emulator.server.script import (
    Script,
    Scripted,
    ScriptedEvents,
    ScriptedFault,
    ScriptedMessage,
    ScriptedPieces,
    ScriptedRaw,
    ScriptedWire,
)
from weryai_emulator.web_search.source_shapes import SHAPES

# The date of the completion in the documentation; OpenAI's model list requires one.
_MODELS_CREATED = 1_711_929_600
_BALANCE = 1000

_PLAINLY = Delivery()


def build_app(
    options: Options, *, recorder: Recorder, script: Script, replier: Replier, gate: Gate
) -> Starlette:
    """Return the service as an ASGI application.

    Args:
        options: The options of the emulator.
        recorder: Records the requests.
        script: The queued answers.
        replier: Answers by rule.
        gate: Refuses what is too much at once.
    """
    service = _Service(options, replier)
    app = Starlette(
        routes=[
            Route("/v1/chat/completions", service.complete, methods=["POST"]),
            Route("/v1/chat/models", service.list_models),
            Route("/v1/models", service.list_openai_models),
            Route("/v1/generation/balance", service.show_balance),
        ],
        middleware=[
            Middleware(
                Reception,
                recorder=recorder,
                script=script,
                answer=service.answer_scripted,
                gate=gate,
            )
        ],
        exception_handlers={
            Refusal: service.refuse,
            HTTPException: service.refuse,
            RecursionError: service.refuse,
        },
    )
    app.router.redirect_slashes = False
    return app


class _Service:
    """The endpoints, and the answers that a test queued."""

    def __init__(self, options: Options, replier: Replier) -> None:
        self._options = options
        self._replier = replier

    async def complete(self, request: Request) -> Response:
        self._check_key(request)
        # The body is in the record; reading it there consumed it.
        chat = check_chat_request(
            request.state.record.body, ignore_tools=self._options.ignore_tools
        )
        choices, usage = self._replier.reply(chat, _key_of(request))
        return self._send(chat, self._completion(request, chat, choices, usage))

    async def list_models(self, request: Request) -> Response:
        self._check_key(request)
        return JSONResponse({"models": [model.to_entry() for model in MODELS.values()]})

    async def list_openai_models(self, request: Request) -> Response:
        self._check_key(request)
        entries = [
            {"id": key, "object": "model", "created": _MODELS_CREATED, "owned_by": "weryai"}
            for key in MODELS
        ]
        return JSONResponse({"object": "list", "data": entries})

    async def show_balance(self, request: Request) -> Response:
        self._check_key(request)
        success = {"status": 0, "desc": "success", "message": "success", "data": _BALANCE}
        return JSONResponse(success)

    def answer_scripted(self, request: Request, scripted: Scripted) -> ASGIApp:
        """Return a queued answer as an ASGI application."""
        record = request.state.record
        match scripted:
            case ScriptedFault():
                record.fault = scripted.name
                chat = ChatRequest.from_body(record.json)
                return self.answer_scripted(request, scripted.answer(chat))
            case ScriptedMessage():
                chat = ChatRequest.from_body(record.json)
                choice = Choice(scripted.message, scripted.finish_reason)
                usage = scripted.usage or self._replier.count_usage(
                    chat, [choice], _key_of(request)
                )
                completion = self._completion(request, chat, [choice], usage)
                completion.extra = scripted.extra
                return self._send(chat, completion, scripted.delivery)
            case ScriptedEvents():
                return scripted_stream(scripted, request.state.connection)
            case ScriptedPieces():
                pace = self._options.cassette_pace
                return recorded_response(scripted, request.state.connection, pace=pace)
            case ScriptedWire():
                return wire(scripted)
            case ScriptedRaw():
                response = Response(scripted.body, scripted.status)
                # `media_type` would add a charset to "text/html".
                response.headers["content-type"] = scripted.content_type
                response.headers.update(scripted.headers)
                return response
            case _:
                return drop if scripted.close else hang

    async def refuse(self, request: Request, error: Exception) -> Response:
        """Return a refusal in the service's envelope: a rule's, a router's, or for deep JSON."""
        path = request.scope["path"]
        match error:
            case Refusal():
                refusal = error
            case RecursionError():
                refusal = Refusal(PARAMETER, "The request is nested too deeply.")
            case HTTPException(status_code=404):
                known = ", ".join(route.path for route in request.app.routes)
                refusal = Refusal(NOT_FOUND, f"Unknown path {path}. Known paths: {known}.")
            case HTTPException(status_code=405, headers={"Allow": allowed}):
                methods = " or ".join(sorted(allowed.split(", ")))
                refusal = Refusal(METHOD, f"{path} takes {methods}, not {request.method}.")
            case _:
                raise error
        style = self._options.error_style
        return JSONResponse(refusal.to_body(style), refusal.http_status(style))

    def _check_key(self, request: Request) -> None:
        keys = self._options.api_keys
        if keys and _key_of(request) not in keys:
            raise Refusal(AUTHENTICATION, "Invalid API Key")

    def _completion(
        self, request: Request, chat: ChatRequest, choices: list[Choice], usage: JsonObject
    ) -> Completion:
        return Completion(
            id=f"chatcmpl-{request.state.serial}",
            created=int(time.time()),
            model=chat.model,
            choices=choices,
            usage=usage,
            shape=SHAPES[self._options.source_shape],
        )

    def _send(
        self, chat: ChatRequest, completion: Completion, delivery: Delivery = _PLAINLY
    ) -> Response:
        if not delivery.is_streamed(asked=chat.stream):
            body = to_bytes(delivery.change_body(completion.to_body()))
            return Response(body, media_type="application/json")
        chunks = completion.to_chunks(include_usage=chat.include_usage)
        return completion_stream(delivery.change_chunks(chunks), delay=self._options.chunk_delay)


def _key_of(request: Request) -> str:
    """Return the API key of a request; an empty text for none."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""

"""The control API: queue answers and faults, read the recorded requests, forget everything.

    GET  /_emulator            what is pending, and the catalogue of faults
    POST /_emulator/queue      take a step, or a list of steps (`control.steps`)
    GET  /_emulator/requests   the recorded requests
    POST /_emulator/reset      forget requests, answers and faults

It is for programs on this machine: other hosts and web pages are refused. Its requests are not
recorded, and they take no queued answer.
"""

from __future__ import annotations

import json
from ipaddress import ip_address
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from weryai_emulator.answer_queue import AnswerQueue
from weryai_emulator.control.steps import StepError, take_steps
from weryai_emulator.faults.catalogue import CATALOGUE
from weryai_emulator.server.record import RecordedRequest

PREFIX = "/_emulator"

_CREDENTIALS = ("authorization", "proxy-authorization", "x-api-key", "cookie")


class Controlled(Protocol):
    """An emulator as the control API sees it."""

    @property
    def requests(self) -> list[RecordedRequest]:
        """The recorded requests."""

    @property
    def pending_replies(self) -> int:
        """How many queued answers are unused."""

    def reset(self) -> None:
        """Forget the requests and the answers."""


class Control:
    """ASGI middleware around the whole service.

    Args:
        app: The service.
        queue: What the steps change.
        emulator: The same emulator.
    """

    def __init__(self, app: ASGIApp, queue: AnswerQueue, emulator: Controlled) -> None:
        self._app = app
        self._queue = queue
        self._emulator = emulator
        self._control = Starlette(
            routes=[
                Route(PREFIX, self._show),
                Route(f"{PREFIX}/queue", self._take_steps, methods=["POST"]),
                Route(f"{PREFIX}/requests", self._show_requests),
                Route(f"{PREFIX}/reset", self._reset, methods=["POST"]),
            ],
            exception_handlers={HTTPException: _refuse},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request: of the control API, or of the service."""
        path = scope.get("path", "")
        if path != PREFIX and not path.startswith(f"{PREFIX}/"):
            await self._app(scope, receive, send)
            return
        reason = _reason_to_refuse(Request(scope))
        app: ASGIApp = self._control if reason is None else _error(403, reason)
        await app(scope, receive, send)

    async def _show(self, request: Request) -> Response:
        return JSONResponse(
            {
                "pending": self._emulator.pending_replies,
                "requests": len(self._emulator.requests),
                "faults": {
                    name: {"description": kind.description, "parameters": dict(kind.parameters)}
                    for name, kind in CATALOGUE.items()
                },
            }
        )

    async def _take_steps(self, request: Request) -> Response:
        try:
            taken = take_steps(self._queue, json.loads(await request.body()))
        except StepError as error:
            return _error(400, str(error))
        except ValueError as error:
            return _error(400, f"The body is not JSON ({error}).")
        return JSONResponse({"taken": taken, "pending": self._emulator.pending_replies})

    async def _show_requests(self, request: Request) -> Response:
        return JSONResponse([_to_json(record) for record in self._emulator.requests])

    async def _reset(self, request: Request) -> Response:
        self._emulator.reset()
        return JSONResponse({"pending": 0})


def _to_json(record: RecordedRequest) -> dict[str, Any]:
    return {
        "method": record.method,
        "path": record.path,
        "headers": {name: _hide(name, value) for name, value in record.headers.items()},
        "json": record.json,
        "text": record.body.decode(errors="replace") if record.json is None else None,
        "fault": record.fault,
        "disconnected": record.disconnected,
    }


def _hide(name: str, value: str) -> str:
    """Return the value of a header; of a credential, its scheme."""
    if name not in _CREDENTIALS:
        return value
    scheme, separator, _ = value.partition(" ")
    return f"{scheme} [hidden]" if separator else "[hidden]"


def _reason_to_refuse(request: Request) -> str | None:
    client = request.client
    if client is None or not _is_loopback(client.host):
        return "The control API answers programs on this machine only."
    # A web page may reach this machine too: by its address, or by a name that leads to it.
    if "origin" in request.headers or not _is_loopback(request.url.hostname or ""):
        return "The control API does not answer web pages. Use 127.0.0.1 or localhost as its host."
    return None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


async def _refuse(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    known = f"GET {PREFIX}, POST {PREFIX}/queue, GET {PREFIX}/requests, POST {PREFIX}/reset"
    return _error(status, f"Unknown request. Known ones: {known}.")


def _error(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": message}, status)

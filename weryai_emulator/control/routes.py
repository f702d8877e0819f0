"""The control API: queue answers and faults, read the recorded requests, forget everything.

    GET  /_emulator            what is pending, and the catalogue of faults
    POST /_emulator/queue      take a step, or a list of steps (`control.steps`)
    GET  /_emulator/requests   the recorded requests
    POST /_emulator/reset      forget requests, answers and faults

It is for programs on this machine. Other machines are refused unless the emulator allows them, and
web pages always. Its requests are not recorded, and they take no queued answer.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from ipaddress import ip_address
from typing import Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from weryai_emulator.answer_queue import AnswerQueue
from weryai_emulator.control.steps import StepError, read_steps, take_steps
from weryai_emulator.faults.catalogue import CATALOGUE
from weryai_emulator.server.record import RecordedRequest

PREFIX = "/_emulator"

# Names of headers that may hold a credential, and beginnings of values that do.
_CREDENTIALS = re.compile(r"key|token|secret|auth|cookie|passw|credential|session|signature", re.I)
_SCHEME = re.compile(r"(Bearer|Basic|Digest|Negotiate|Token|ApiKey|AWS4-HMAC-SHA256) ", re.I)
_NO_CREDENTIALS = ("idempotency-key", "x-idempotency-key")


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
        allow_remote: Whether other machines may use it.
    """

    def __init__(
        self,
        app: ASGIApp,
        queue: AnswerQueue,
        emulator: Controlled,
        *,
        allow_remote: bool = False,
    ) -> None:
        self._app = app
        self._allow_remote = allow_remote
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
        reason = self._reason_to_refuse(Request(scope))
        app: ASGIApp = self._control if reason is None else _error(403, reason)
        await app({**scope, "path": path.rstrip("/")}, receive, send)

    def _reason_to_refuse(self, request: Request) -> str | None:
        client = request.client
        is_local = client is not None and _is_loopback(client.host)
        if not is_local and not self._allow_remote:
            return (
                "The control API answers programs on this machine, at 127.0.0.1 or localhost. "
                "Start the emulator with --allow-remote-control to use it from other machines, "
                "containers and addresses."
            )
        # A web page may reach this machine too: by its address, or by a name that leads to it.
        is_named = not self._allow_remote and not _is_loopback(request.url.hostname or "")
        if "origin" in request.headers or is_named:
            return (
                "The control API does not answer web pages. Use 127.0.0.1 or localhost as its host."
            )
        return None

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
            taken = take_steps(self._queue, read_steps(await request.body()))
        except StepError as error:
            return _error(400, str(error))
        return JSONResponse({"taken": taken, "pending": self._emulator.pending_replies})

    async def _show_requests(self, request: Request) -> Response:
        shown = b",".join(map(_to_json, self._emulator.requests))
        return Response(b"[%b]" % shown, media_type="application/json")

    async def _reset(self, request: Request) -> Response:
        self._emulator.reset()
        return JSONResponse({"pending": 0})


def _to_json(record: RecordedRequest) -> bytes:
    """Return a record; a body that not everybody reads, as with NaN, is shown as text."""
    shown = {
        "method": record.method,
        "path": record.path,
        "headers": {name: _hide(name, value) for name, value in record.headers.items()},
        "json": record.json,
        "text": None,
        "fault": record.fault,
        "disconnected": record.disconnected,
    }
    with suppress(ValueError, RecursionError):
        if record.json is not None:
            return json.dumps(shown, ensure_ascii=False, allow_nan=False).encode()
    text = record.body.decode(errors="replace")
    return json.dumps({**shown, "json": None, "text": text}).encode()


def _hide(name: str, value: str) -> str:
    """Return the value of a header; of a credential, its scheme."""
    scheme = _SCHEME.match(value)
    is_named = _CREDENTIALS.search(name) is not None and name not in _NO_CREDENTIALS
    if scheme is None and not is_named:
        return value
    return f"{scheme[1]} [hidden]" if scheme else "[hidden]"


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

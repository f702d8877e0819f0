"""How answers leave the emulator: documents, event streams and silence, as ASGI responses."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
)
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from weryai_emulator._record import RecordedRequest
from weryai_emulator._script import JSON_TYPE, ScriptedEvents, ScriptedRaw, Silence

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

DONE = b"data: [DONE]\n\n"
EVENT_STREAM = "text/event-stream; charset=utf-8"

# Deltas that need no pause between them are written together: a test's stream costs less.
_EVENTS_PER_WRITE = 16

# Threading events cannot wake an event loop; they are looked at this often, in seconds.
_LOOK_EVERY = 0.005


def encode_json(value: Any) -> bytes:
    """Return a value as compact JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def encode_event(payload: dict[str, Any]) -> bytes:
    """Return one server-sent event."""
    return b"data: %b\n\n" % encode_json(payload)


def json_response(
    body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> ScriptedRaw:
    """Return a complete JSON response."""
    return ScriptedRaw(status, encode_json(body), JSON_TYPE, headers or {})


@dataclass(frozen=True, slots=True)
class EventStream:
    """A stream to be sent: its parts, in the order they are written, and how it ends."""

    parts: AsyncGenerator[bytes, None]
    headers: Mapping[str, str]
    abort: bool = False


def completion_stream(chunks: Iterable[dict[str, Any]], *, delay: float) -> EventStream:
    """Return the stream of a completion, closed by `[DONE]`."""
    events = (encode_event(chunk) for chunk in chunks)
    parts = _paced(events, delay) if delay else _batched(events)
    return EventStream(parts, {})


def scripted_stream(scripted: ScriptedEvents) -> EventStream:
    """Return the stream that a test wrote down."""
    return EventStream(_scripted_parts(scripted), scripted.headers, scripted.abort)


async def _paced(events: Iterator[bytes], delay: float) -> AsyncGenerator[bytes, None]:
    for event in events:
        yield event
        await asyncio.sleep(delay)
    yield DONE


async def _batched(events: Iterator[bytes]) -> AsyncGenerator[bytes, None]:
    batch: list[bytes] = []
    for event in events:
        batch.append(event)
        if len(batch) == _EVENTS_PER_WRITE:
            yield b"".join(batch)
            batch.clear()
            # Lets a client that went away be noticed, and other requests have their turn.
            await asyncio.sleep(0)
    yield b"".join([*batch, DONE])


async def _scripted_parts(scripted: ScriptedEvents) -> AsyncGenerator[bytes, None]:
    for item in scripted.items:
        match item:
            case bytes():
                yield item
            case str():
                yield b"data: %b\n\n" % item.encode()
            case dict():
                yield encode_event(item)
            case threading.Event():
                while not item.is_set():  # noqa: ASYNC110  # set by another thread
                    await asyncio.sleep(_LOOK_EVERY)
            case _:
                await asyncio.sleep(item)
    if scripted.done and not scripted.abort:
        yield DONE


Answer = ScriptedRaw | EventStream | Silence


class Exchange:
    """One request on its way: sends the answer, and sees the client or the emulator go.

    Args:
        scope: The ASGI scope; its `state` holds the connection's transport.
        receive: The ASGI channel that tells when the client has gone.
        send: The ASGI channel to the client.
        record: The request, marked when the client goes away too soon.
        stopping: Set when the emulator stops.
    """

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        record: RecordedRequest,
        stopping: asyncio.Event,
    ) -> None:
        self._transport: asyncio.Transport = scope["state"]["transport"]
        self._receive = receive
        self._send = send
        self._record = record
        self._stopping = stopping

    async def answer(self, answer: Answer, headers: Mapping[str, str]) -> None:
        """Send an answer, with these headers beside its own."""
        match answer:
            case ScriptedRaw():
                await self._send_raw(answer, headers)
            case EventStream():
                await self._while_connected(self._send_stream(answer, headers))
            case Silence(close=True):
                self._transport.close()
            case Silence():
                await self._while_connected(asyncio.Event().wait())

    async def _send_raw(self, raw: ScriptedRaw, headers: Mapping[str, str]) -> None:
        content = {"content-type": raw.content_type, "content-length": str(len(raw.body))}
        await self._send(_start(raw.status, {**headers, **content, **raw.headers}))
        await self._send({"type": "http.response.body", "body": raw.body})

    async def _send_stream(self, stream: EventStream, headers: Mapping[str, str]) -> None:
        content = {"content-type": EVENT_STREAM, "cache-control": "no-cache"}
        await self._send(_start(200, {**headers, **content, **stream.headers}))
        async with aclosing(stream.parts) as parts:
            async for part in parts:
                await self._send({"type": "http.response.body", "body": part, "more_body": True})
        if stream.abort:
            # Closed without the last chunk of the chunked coding: the body is incomplete.
            self._transport.close()
            return
        await self._send({"type": "http.response.body", "body": b""})

    async def _while_connected(self, work: Awaitable[object]) -> None:
        working = asyncio.ensure_future(work)
        leaving = asyncio.ensure_future(self._wait_until_gone())
        stopping = asyncio.ensure_future(self._stopping.wait())
        tasks = (working, leaving, stopping)
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            if leaving.done():
                self._record.mark_disconnected()
            self._transport.abort()
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        if isinstance(results[0], Exception):
            raise results[0]

    async def _wait_until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


def _start(status: int, headers: Mapping[str, str]) -> Message:
    merged = {name.lower(): value for name, value in headers.items()}
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in merged.items()]
    return {"type": "http.response.start", "status": status, "headers": encoded}

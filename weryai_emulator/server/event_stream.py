"""Server-sent events: streams of completions, of an upstream, and those that a test queued."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from types import MappingProxyType

from starlette.responses import StreamingResponse

from weryai_emulator.json_text import JsonObject, to_bytes
from weryai_emulator.server.broken_connections import Connection
from weryai_emulator.server.script import ScriptedEvents

DONE = b"data: [DONE]\n\n"

# Without a delay, several events are written at once, which makes streams in tests faster.
_EVENTS_PER_WRITE = 16

# Seconds between two looks at a `threading.Event`, which cannot wake an event loop.
_POLL_INTERVAL = 0.005


def completion_stream(chunks: Iterable[JsonObject], *, delay: float) -> StreamingResponse:
    """Return the stream of a completion, closed by `[DONE]`.

    Args:
        chunks: The chunks in order.
        delay: Seconds to wait after each chunk.
    """
    events = (json_event(chunk) for chunk in chunks)
    return event_stream(_paced(events, delay) if delay else _batched(events))


def scripted_stream(scripted: ScriptedEvents, connection: Connection) -> StreamingResponse:
    """Return the stream that a test queued; it may end by closing the connection."""
    return event_stream(_scripted(scripted, connection), scripted.headers)


def event_stream(
    parts: AsyncIterator[bytes], headers: Mapping[str, str] = MappingProxyType({})
) -> StreamingResponse:
    """Return a stream of these bytes, which are whole events or pieces of them."""
    response = StreamingResponse(parts, media_type="text/event-stream")
    response.headers["cache-control"] = "no-cache"
    response.headers.update(headers)
    return response


async def _paced(events: Iterator[bytes], delay: float) -> AsyncIterator[bytes]:
    for event in events:
        yield event
        await asyncio.sleep(delay)
    yield DONE


async def _batched(events: Iterator[bytes]) -> AsyncIterator[bytes]:
    batch: list[bytes] = []
    for event in events:
        batch.append(event)
        if len(batch) == _EVENTS_PER_WRITE:
            yield b"".join(batch)
            batch.clear()
            # A turn of the event loop, to notice a lost client and to serve other requests.
            await asyncio.sleep(0)
    yield b"".join([*batch, DONE])


async def _scripted(scripted: ScriptedEvents, connection: Connection) -> AsyncIterator[bytes]:
    for item in scripted.items:
        match item:
            case bytes():
                yield item
            case str():
                yield to_event(item.encode())
            case dict():
                yield json_event(item)
            case threading.Event():
                while not item.is_set():  # noqa: ASYNC110  # set by another thread
                    await asyncio.sleep(_POLL_INTERVAL)
            case _:
                await asyncio.sleep(item)
    if scripted.abort:
        connection.close()
        # Returning would send the last chunk of the body; wait until the closing cancels this.
        await asyncio.Event().wait()
    if scripted.done:
        yield DONE


def json_event(chunk: JsonObject) -> bytes:
    """Return an event with this JSON."""
    return to_event(to_bytes(chunk))


def to_event(data: bytes) -> bytes:
    """Return an event with this data, which is one line."""
    return b"data: %b\n\n" % data

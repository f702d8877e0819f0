"""Bodies that are sent piece by piece: event streams, and what a cassette has recorded."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping

from starlette.responses import Response, StreamingResponse

from weryai_emulator.checks import WITHOUT_BODY
from weryai_emulator.json_text import JsonObject, to_bytes
from weryai_emulator.server.broken_connections import Connection
from weryai_emulator.server.script import ScriptedEvents, ScriptedPieces

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
    events = (_json_event(chunk) for chunk in chunks)
    return _event_stream(_paced(events, delay) if delay else _batched(events), {})


def scripted_stream(scripted: ScriptedEvents, connection: Connection) -> StreamingResponse:
    """Return the stream that a test queued; it may end by closing the connection."""
    return _event_stream(_scripted(scripted, connection), scripted.headers)


def recorded_response(scripted: ScriptedPieces, connection: Connection, *, pace: float) -> Response:
    """Return a recorded response.

    Args:
        scripted: The response.
        connection: The client's connection, which is closed if the recorded one broke.
        pace: How long to wait between two pieces, as a multiple of the recorded time.
    """
    pieces = () if scripted.status in WITHOUT_BODY else scripted.pieces
    if len(pieces) < 2 and not scripted.is_cut:
        response = Response(b"".join(data for _, data in pieces), scripted.status)
        framing = [header for header in response.raw_headers if header[0] == b"content-length"]
    else:
        body = _recorded(scripted, connection, pace)
        response, framing = StreamingResponse(body, scripted.status), []
    headers = [
        (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
        for name, value in scripted.headers
    ]
    response.raw_headers = headers + framing
    return response


def _event_stream(parts: AsyncIterator[bytes], headers: Mapping[str, str]) -> StreamingResponse:
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


async def _recorded(
    scripted: ScriptedPieces, connection: Connection, pace: float
) -> AsyncIterator[bytes]:
    for wait, data in scripted.pieces:
        await asyncio.sleep(wait * pace)
        yield data
    if scripted.is_cut:
        await _close(connection)


async def _scripted(scripted: ScriptedEvents, connection: Connection) -> AsyncIterator[bytes]:
    for item in scripted.items:
        match item:
            case bytes():
                yield item
            case str():
                yield _event(item.encode())
            case dict():
                yield _json_event(item)
            case threading.Event():
                while not item.is_set():  # noqa: ASYNC110  # set by another thread
                    await asyncio.sleep(_POLL_INTERVAL)
            case _:
                await asyncio.sleep(item)
    if scripted.abort:
        await _close(connection)
    if scripted.done:
        yield DONE


async def _close(connection: Connection) -> None:
    connection.close()
    # Returning would send the last chunk of the body; wait until the closing cancels this.
    await asyncio.Event().wait()


def _json_event(chunk: JsonObject) -> bytes:
    return _event(to_bytes(chunk))


def _event(data: bytes) -> bytes:
    return b"data: %b\n\n" % data

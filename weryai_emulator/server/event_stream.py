"""Server-sent events: the stream of a completion, and the streams that tests wrote down."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Any

from starlette.responses import StreamingResponse

from weryai_emulator.server.broken_connections import Connection
from weryai_emulator.server.script import ScriptedEvents

DONE = b"data: [DONE]\n\n"

# Deltas that need no pause between them are written together: a test's stream costs less.
_EVENTS_PER_WRITE = 16

# Threading events cannot wake an event loop; they are looked at this often, in seconds.
_LOOK_EVERY = 0.005


def encode_event(payload: dict[str, Any]) -> bytes:
    """Return one server-sent event."""
    encoded = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return b"data: %b\n\n" % encoded.encode()


def completion_stream(chunks: Iterable[dict[str, Any]], *, delay: float) -> StreamingResponse:
    """Return the stream of a completion, closed by `[DONE]`.

    Args:
        chunks: The chunks in order.
        delay: Seconds to wait after each.
    """
    events = (encode_event(chunk) for chunk in chunks)
    return _event_stream(_paced(events, delay) if delay else _batched(events), {})


def scripted_stream(scripted: ScriptedEvents, connection: Connection) -> StreamingResponse:
    """Return the stream that a test wrote down; it may end by closing the connection."""
    return _event_stream(_scripted(scripted, connection), scripted.headers)


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
            # Lets a client that went away be noticed, and other requests have their turn.
            await asyncio.sleep(0)
    yield b"".join([*batch, DONE])


async def _scripted(scripted: ScriptedEvents, connection: Connection) -> AsyncIterator[bytes]:
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
    if scripted.abort:
        connection.close()
        # Ended here, the body would still get its last chunk. The closed connection ends it.
        await asyncio.Event().wait()
    if scripted.done:
        yield DONE

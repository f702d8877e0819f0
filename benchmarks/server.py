"""A cheap loopback server: it answers every chat request with the same bytes.

    python benchmarks/server.py PORT_FILE

A request with `"stream":true` gets CHUNKS chunks, each in its own write. A header `x-delay` delays
the answer by that many seconds.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
from pathlib import Path

CHUNKS = 1000
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_DELAY = re.compile(rb"x-delay: *([0-9.]+)", re.IGNORECASE)


def _event(delta: dict[str, str], finish_reason: str | None = None) -> bytes:
    chunk = {
        "id": "chatcmpl-benchmark",
        "object": "chat.completion.chunk",
        "created": 1711929600,
        "model": "GPT_4O",
        "system_fingerprint": "fp_benchmark",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
    }
    return _frame(b"data: " + json.dumps(chunk).encode() + b"\n\n")


def _frame(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


_USAGE = {"prompt_tokens": 10, "completion_tokens": CHUNKS, "total_tokens": CHUNKS + 10}
_WHOLE_BODY = json.dumps(
    {
        "id": "chatcmpl-benchmark",
        "object": "chat.completion",
        "created": 1711929600,
        "model": "GPT_4O",
        "system_fingerprint": "fp_benchmark",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "A short answer of a few words."},
                "finish_reason": "stop",
            }
        ],
        "usage": _USAGE,
    }
).encode()
_WHOLE = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    % len(_WHOLE_BODY)
) + _WHOLE_BODY
_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)
_STREAM = [_event({"content": " word"}) for _ in range(CHUNKS)]
_STREAM_END = _event({}, "stop") + _frame(b"data: [DONE]\n\n") + b"0\r\n\r\n"


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            body = await reader.readexactly(int(length.group(1))) if length else b""
            delay = _DELAY.search(head)
            if delay:
                await asyncio.sleep(float(delay.group(1)))
            if b'"stream":true' in body.replace(b" ", b""):
                writer.write(_STREAM_HEAD)
                for chunk in _STREAM:
                    writer.write(chunk)
                    await writer.drain()
                writer.write(_STREAM_END)
            else:
                writer.write(_WHOLE)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def main(port_file: str) -> None:
    """Serve until killed, and write the port to the given file."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    Path(port_file).write_text(str(listener.getsockname()[1]))
    asyncio.run(_serve_on(listener))


async def _serve_on(listener: socket.socket) -> None:
    server = await asyncio.start_server(_serve, sock=listener, limit=2**20)
    await server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])

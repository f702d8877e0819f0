"""A server that sends huge or endless answers, and a client whose memory is limited.

Run it as a script in its own process: `python hostile_server.py KIND WAY MEGABYTES`. MEGABYTES is
the client's limit. It prints the class of the error and the client's peak memory in megabytes.
"""

import asyncio
import json
import resource
import socket
import sys
import threading
import zlib

import httpx
import httpx2

from weryai_core import AsyncClient, Client

MEGABYTE = 1024 * 1024
SLACK = 64 * MEGABYTE


def event(choice, **fields):
    return b"data: " + json.dumps({"choices": [choice], **fields}).encode() + b"\n\n"


def chunks(make):
    """Events without end; the same ten thousand again and again."""
    block = b"".join(event({"index": 0, "delta": make(n)}) for n in range(10_000))
    while True:
        yield block


def endless(block):
    while True:
        yield block


def bomb(start):
    """A few kilobytes of gzip in gzip that become a quarter of a gigabyte."""
    outer = zlib.compressobj(9, wbits=31)
    inner = zlib.compressobj(9, wbits=31)
    pieces = [start, *[b" " * MEGABYTE] * 256]
    packed = [outer.compress(inner.compress(piece)) for piece in pieces]
    return [b"".join((*packed, outer.compress(inner.flush()), outer.flush()))]


def long(start, end=b"", size=60):
    """A text of megabytes."""
    return [start, *[b"a" * MEGABYTE] * size, end]


def calls():
    for n in range(20_000):
        call = {"index": n, "id": f"c{n}", "function": {"name": "f", "arguments": "{}"}}
        yield event({"index": 0, "delta": {"tool_calls": [call]}})


EMOJI = "\N{GRINNING FACE}".encode()
ANSWER = b'{"choices": [{"message": {"content": "'
DELTA = b'{"choices": [{"delta": {"content": "'
END = b'"}, "finish_reason": "stop"}]}'

# Kind -> status, further headers, pieces of the body.
BODIES = {
    "body": (200, "", lambda: endless(b'{"choices": [' + b" " * MEGABYTE)),
    "error": (500, "", lambda: endless(b"failed " * 100_000)),
    "gzip": (200, "content-encoding: gzip, gzip\r\n", lambda: bomb(b'{"choices": "')),
    "values": (200, "", lambda: [b'{"a": [' + b"[]," * MEGABYTE + b"1]}"]),
    "event": (200, "", lambda: endless(b"data: " + b"x" * MEGABYTE)),
    "gzip event": (200, "content-encoding: gzip, gzip\r\n", lambda: bomb(b"data: ")),
    "text": (200, "", lambda: chunks(lambda n: {"content": f" word {n}" * 8})),
    "reasoning": (200, "", lambda: chunks(lambda n: {"reasoning_content": f" word {n}" * 8})),
    "sources": (
        200,
        "",
        lambda: chunks(
            lambda n: {"content": "a", "annotations": [{"url_citation": {"url": f"http://a/{n}"}}]}
        ),
    ),
    "calls": (200, "", calls),
    "lines": (200, "", lambda: endless(b"xx yy\n" * 10_000)),
    "data lines": (200, "", lambda: endless(b"data: a\n" * 10_000)),
    # One character makes each of its text take four bytes, or two.
    "emoji": (200, "", lambda: long(ANSWER + EMOJI, END)),
    "half": (200, "", lambda: long(ANSWER + b"\\ud83d ", END)),
    "half and emoji": (200, "", lambda: long(ANSWER + b"\\ud83d " + EMOJI, END)),
    "page": (200, "", lambda: long(b"<html>" + EMOJI)),
    "words": (200, "", lambda: long(b'{"a" ' + EMOJI)),
    "emoji event": (200, "", lambda: long(b"data: " + DELTA + EMOJI, b'"}}]}\n\n', 15) * 3),
}


def serve(kind, listener):
    status, headers, pieces = BODIES[kind]
    while True:
        connection = listener.accept()[0]
        try:
            while not connection.recv(MEGABYTE).endswith(b"}"):
                pass  # closing before all is read would reset the connection
            head = f"HTTP/1.1 {status} X\r\nconnection: close\r\n{headers}\r\n"
            connection.sendall(head.encode())
            for piece in pieces():
                connection.sendall(piece)
        except OSError:
            pass  # the client has had enough
        connection.close()


def main(kind, way, megabytes):
    limit = int(megabytes) * MEGABYTE
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(kind, listener), daemon=True).start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    is_async, is_stream, engine = way.split("-")
    options = {"api_key": "k" * 8, "base_url": address, "max_retries": 2}
    options |= {"max_reply_bytes": limit, "max_event_bytes": min(limit, 16 * MEGABYTE)}
    library = {"httpx": httpx, "httpx2": httpx2}.get(engine)
    request = {"model": "M", "messages": [{"role": "user", "content": "Hello!"}]}

    def read():
        given = {} if library is None else {"http_client": library.Client()}
        client = Client(**options, **given)
        if is_stream == "whole":
            client.chat(request)
        for _ in client.stream(request):
            pass

    async def aread():
        given = {} if library is None else {"http_client": library.AsyncClient()}
        client = AsyncClient(**options, **given)
        if is_stream == "whole":
            await client.chat(request)
        async for _ in client.stream(request):
            pass

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    with open("/proc/self/statm") as statm:
        size = int(statm.read().split()[0]) * resource.getpagesize()
    room = size + limit + SLACK + 256 * MEGABYTE  # threads reserve addresses that they do not use
    resource.setrlimit(resource.RLIMIT_AS, (room, room))
    try:
        asyncio.run(aread()) if is_async == "async" else read()
    except Exception as error:  # the class is what is asked for
        name = type(error).__name__
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    sys.stdout.write(f"{name} {peak // MEGABYTE}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

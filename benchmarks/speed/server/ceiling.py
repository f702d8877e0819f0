"""Measure what the server reaches by itself, with a raw client that costs nearly nothing."""

from __future__ import annotations

import socket
import time
from urllib.parse import urlsplit

_REQUEST = (
    b"POST /%b/v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: %d\r\n\r\n%b"
)
_PIPELINED = 50


def ceiling(address: str, seconds: float = 1.0) -> dict[str, float]:
    """Return the server's requests per second, and separately written chunks per second."""
    url = urlsplit(address)
    with socket.create_connection((url.hostname, url.port or 80)) as connection:
        requests = _REQUEST % (b"each-1000", 2, b"{}") * _PIPELINED
        whole = _rate(connection, requests, b"HTTP/1.1 200", _PIPELINED, seconds)
        body = b'{"stream":true}'
        stream = _REQUEST % (b"each-1000", len(body), body)
        chunks = _rate(connection, stream, b"0\r\n\r\n", 1, seconds) * 1000
    return {"requests/s": whole, "chunks/s": chunks}


def _rate(
    connection: socket.socket, requests: bytes, mark: bytes, replies: int, seconds: float
) -> float:
    done = 0
    start = time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds:
        connection.sendall(requests)
        found, tail = 0, b""
        while found < replies:
            data = tail + connection.recv(1 << 20)
            found += data.count(mark)
            tail = data[len(data) - len(mark) + 1 :]
        done += replies
    return done / spent

"""Writes the head of a request, for an address as it was given."""

from __future__ import annotations

import functools
from typing import NamedTuple

import httpx2

from weryai_core.transport.call import Call


class Address(NamedTuple):
    """An address without its query, in the parts that HTTP needs.

    Attributes:
        origin: Scheme, host and port.
        host: Host and port as the `Host` header has them.
        path: The path, quoted.
    """

    origin: str
    host: str
    path: str


@functools.lru_cache(maxsize=128)
def address_of(url: str) -> Address:
    """The parts of an address.

    Args:
        url: The address without its query, which may hold secrets.

    Raises:
        httpx2.InvalidURL: It is not an address.
    """
    parsed = httpx2.URL(url)
    host = parsed.netloc.decode("ascii")
    return Address(f"{parsed.scheme}://{host}", host, parsed.raw_path.decode("ascii"))


def head_of(call: Call, host: str, target: str, further: str = "") -> bytes:
    """The head of a request.

    Args:
        call: The call. Its headers are of printable ASCII.
        host: The host, unless the call's headers name one.
        target: The path with its query, or all of the address for a proxy.
        further: Lines of further headers, each with its end.
    """
    headers, body = call.headers, call.body
    lines = [f"{call.method} {target} HTTP/1.1\r\n"]
    if "host" not in headers:
        lines.append(f"Host: {host}\r\n")
    lines += [f"{name}: {value}\r\n" for name, value in headers.items()]
    if body is not None:
        lines.append(f"content-length: {len(body)}\r\n")
    lines += (further, "\r\n")
    return "".join(lines).encode("ascii")

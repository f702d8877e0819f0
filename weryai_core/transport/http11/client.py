"""Our own synchronous HTTP client: it writes requests to connections of its own.

httpx2 resolves proxies and certificates, once an address. Behind a proxy it sends the request as
well. Everywhere else a call costs a quarter of what it costs in httpx2.
"""

from __future__ import annotations

import ssl
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import httpcore2
import httpx2

from weryai_core.clock import Seconds
from weryai_core.config import Timeout
from weryai_core.transport.http11.connections import Connections, Server
from weryai_core.transport.http11.h11_reply import H11Reply
from weryai_core.transport.http11.head import write_head
from weryai_core.transport.http11.reply import Reply
from weryai_core.transport.sync_network import BoundedStream, sync_client, with_clock
from weryai_core.transport.sync_replies import send

if TYPE_CHECKING:
    from weryai_core.transport.call import Call

_READ_SIZE = 64 * 1024
_JOINED = 64 * 1024  # bytes of a body that are sent together with the head
_MOST_ADDRESSES = 64
_PORTS = {"http": 80, "https": 443}
_NO_TIMEOUT = Timeout(None, None, None, None)


class _Address(NamedTuple):
    server: Server
    host: bytes
    target: bytes


class Http11Client:
    """A client whose connections end their waits with the calls.

    Args:
        verify: The TLS context.
        options: Other options of `httpx2.Client`.
    """

    def __init__(self, *, verify: ssl.SSLContext, **options: Any) -> None:
        self._connections = Connections(verify)
        self._httpx2 = sync_client(verify=verify, **options)
        self._addresses: dict[str, _Address | None] = {}

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self._connections.is_closed

    def close(self) -> None:
        """Close the connections: those in use when their answers end."""
        self._connections.close()
        self._httpx2.close()

    def send(self, call: Call) -> Reply | httpx2.Response:
        """The answer to a call, whose body is not read yet.

        Raises:
            Exception: One of the `http_errors`.
        """
        address = self._address_of(call.url)
        if address is None:
            return self._send_by_httpx2(call)
        data, odd = _request_of(call, address)
        steps = call.timeout or _NO_TIMEOUT
        server = address.server
        stream = self._connections.take(server, Seconds(steps.connect, call.clock))
        try:
            is_sent = _write(stream, data, Seconds(steps.write, call.clock))
            read = partial(stream.read, _READ_SIZE, Seconds(steps.read, call.clock))
            release = partial(self._release, server, stream, is_sent)
            return Reply(call.method, read, release, odd=odd, network=stream)
        except BaseException:
            self._connections.drop(stream)
            raise

    def _send_by_httpx2(self, call: Call) -> httpx2.Response:
        response: httpx2.Response = send(self._httpx2, call, with_clock(call.timeout, call.clock))
        return response

    def _release(
        self, server: Server, stream: BoundedStream, is_sent: bool, is_reusable: bool
    ) -> None:
        if is_sent and is_reusable:
            self._connections.put(server, stream)
        else:
            self._connections.drop(stream)

    def _address_of(self, url: str) -> _Address | None:
        """Where and what to ask; None if that is up to httpx2."""
        try:
            return self._addresses[url]
        except KeyError:
            address = self._look_up(httpx2.URL(url))
        # A query may hold a secret, and is not kept.
        if "?" not in url and len(self._addresses) < _MOST_ADDRESSES:
            self._addresses[url] = address
        return address

    def _look_up(self, url: httpx2.URL) -> _Address | None:
        http = self._httpx2
        if http._transport_for_url(url) is not http._transport:
            return None
        is_encrypted = url.scheme == "https"
        server = Server(url.raw_host.decode(), url.port or _PORTS[url.scheme], is_encrypted)
        return _Address(server, url.netloc, url.raw_path)


def _request_of(call: Call, address: _Address) -> tuple[tuple[bytes, ...], H11Reply | None]:
    """The bytes of a request, and what wrote them if that was h11."""
    body = call.body
    size = None if body is None else len(body)
    head = write_head(call.method, address.target, address.host, call.headers, size)
    if head is None:
        odd = H11Reply()
        headers = {"host": address.host.decode(), **call.headers}
        if size is not None:
            headers["content-length"] = str(size)
        return (odd.write(call.method, address.target, list(headers.items()), body),), odd
    if not body:
        return (head,), None
    return ((head + body,) if len(body) <= _JOINED else (head, body)), None


def _write(stream: BoundedStream, parts: tuple[bytes, ...], timeout: Seconds) -> bool:
    """Write a request; whether all of it was taken.

    A server may refuse a request before it has read all of it. Its answer says more than the error.
    """
    try:
        for part in parts:
            stream.write(part, timeout)
    except httpcore2.WriteError:
        return False
    return True

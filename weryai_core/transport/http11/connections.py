"""The connections of our own synchronous client: those that are idle, and new ones.

Idle connections lie on one stack for each address. To take or to put one needs no lock and looks at
no other connection, so that a hundred threads do not wait for each other; the garbage collector may
do both.
"""

from __future__ import annotations

import ssl
import time
from collections import deque
from contextlib import suppress
from typing import NamedTuple

from weryai_core.clock import Seconds
from weryai_core.transport.http_options import IDLE_LIFETIME, MOST_IDLE
from weryai_core.transport.sync_network import Backend, BoundedStream


class Server(NamedTuple):
    """Where to connect to.

    Attributes:
        host: Its name or address.
        port: Its port.
        is_encrypted: Whether through TLS.
    """

    host: str
    port: int
    is_encrypted: bool


class Connections:
    """The connections to any number of servers.

    Args:
        tls: The TLS context.

    Attributes:
        is_closed: Whether connections that come back are closed.
    """

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._backend = Backend()
        self._idle: dict[Server, deque[tuple[float, BoundedStream]]] = {}
        # Held here as well: what is garbage together with its reader would be a ResourceWarning.
        self._in_use: set[BoundedStream] = set()
        self._next_look = 0.0  # at the idle connections of all servers
        self.is_closed: bool = False

    def take(self, server: Server, timeout: Seconds) -> BoundedStream:
        """A connection to a server: an idle one, else a new one.

        Raises:
            httpcore2.ConnectError: It cannot be made.
            httpcore2.ConnectTimeout: Not in time.
        """
        stream = self._take_idle(server) or self._connect(server, timeout)
        self._in_use.add(stream)
        return stream

    def drop(self, stream: BoundedStream) -> None:
        """Close a connection that was in use."""
        self._in_use.discard(stream)
        stream.close()

    def put(self, server: Server, stream: BoundedStream) -> None:
        """Keep a connection that was in use for the next request."""
        self._in_use.discard(stream)
        now = time.monotonic()
        idle = self._idle.get(server)
        if idle is None:
            idle = self._idle.setdefault(server, deque())
        idle.append((now + IDLE_LIFETIME, stream))
        _close_oldest(idle, now)
        if now >= self._next_look:
            self._next_look = now + IDLE_LIFETIME
            for other in list(self._idle.values()):  # perhaps nobody asks those servers again
                _close_oldest(other, now)
        if self.is_closed:
            self.close()

    def close(self) -> None:
        """Close the idle connections, and each other one when it comes back."""
        self.is_closed = True
        for idle in list(self._idle.values()):
            with suppress(IndexError):
                while True:
                    idle.popleft()[1].close()

    def _take_idle(self, server: Server) -> BoundedStream | None:
        idle = self._idle.get(server)
        while idle:
            try:
                ends_at, stream = idle.pop()
            except IndexError:  # another thread was faster
                return None
            # An idle server says nothing: what can be read is the end of the connection.
            if time.monotonic() < ends_at and not stream.is_readable():
                return stream
            stream.close()
        return None

    def _connect(self, server: Server, timeout: Seconds) -> BoundedStream:
        stream = self._backend.connect_tcp(server.host, server.port, timeout, socket_options=None)
        if not server.is_encrypted:
            return stream
        self._tls.set_alpn_protocols(["http/1.1"])
        return stream.start_tls(self._tls, server.host, timeout)


def _close_oldest(idle: deque[tuple[float, BoundedStream]], now: float) -> None:
    """Close connections that were idle for too long, and those that are too many.

    The oldest lie at the bottom.
    """
    with suppress(IndexError):  # another thread was faster
        while len(idle) > MOST_IDLE or idle[0][0] < now:
            idle.popleft()[1].close()

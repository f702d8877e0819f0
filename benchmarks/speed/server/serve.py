"""Answer every request on a port with ready-made bytes, as fast as one Python thread can.

One loop waits for all sockets with epoll or kqueue. A request is looked at no closer than needed:
where it ends, which reply its path names, and whether it is for a stream.
"""

from __future__ import annotations

import re
import selectors
import socket
import sys
import time
from collections import deque
from contextlib import suppress

from speed.server.replies import Reply, reply_for

_READ = 1 << 18
_TURN = 64  # writes to one connection before the others have their turn
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_STREAM = re.compile(rb'"stream": ?true')


class Connection:
    """One client's connection: what it has sent so far, and what it is still to get."""

    __slots__ = ("at", "end", "received", "reply", "rest", "socket")

    def __init__(self, client: socket.socket) -> None:
        self.socket = client
        self.received = bytearray()
        self.end = 0  # where the request ends, once its head has been read
        self.reply: Reply | None = None
        self.at = 0
        self.rest = b""

    def request(self) -> bytes | None:
        """Return the next whole request, or None."""
        received = self.received
        if not self.end:
            head = received.find(b"\r\n\r\n")
            if head < 0:
                return None
            length = _LENGTH.search(received, 0, head)
            self.end = head + 4 + (int(length.group(1)) if length else 0)
        if len(received) < self.end:
            return None
        request = bytes(received[: self.end])
        del received[: self.end]
        self.end = 0
        return request


class Server:
    """The loop over all connections."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)
        self._selector.register(sys.stdin, selectors.EVENT_READ)
        self._writing: deque[Connection] = deque()  # may be written to at once
        self._delayed: deque[tuple[float, Connection]] = deque()  # all wait equally long
        self._paced: deque[tuple[float, Connection]] = deque()

    def run(self) -> None:
        """Serve until the standard input is closed."""
        while True:
            for key, events in self._selector.select(self._patience()):
                if key.fileobj is sys.stdin:
                    return  # the process that started this one has ended
                if key.data is None:
                    self._accept()
                elif events & selectors.EVENT_READ:
                    self._read(key.data)
                else:
                    self._selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
                    self._writing.append(key.data)
            now = time.monotonic()
            for waiting in (self._delayed, self._paced):
                while waiting and waiting[0][0] <= now:
                    self._writing.append(waiting.popleft()[1])
            for _ in range(len(self._writing)):
                self._write(self._writing.popleft())

    def _patience(self) -> float | None:
        if self._writing or self._paced:
            return 0
        if self._delayed:
            return max(0.0, self._delayed[0][0] - time.monotonic())
        return None

    def _accept(self) -> None:
        with suppress(BlockingIOError):
            while True:
                client, _ = self._listener.accept()
                client.setblocking(False)
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._selector.register(client, selectors.EVENT_READ, Connection(client))

    def _read(self, connection: Connection) -> None:
        try:
            data = connection.socket.recv(_READ)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data:
            self._close(connection)
            return
        connection.received += data
        if connection.reply is None:
            self._answer(connection)

    def _answer(self, connection: Connection) -> None:
        request = connection.request()
        if request is None:
            return
        variant = request[request.index(b"/") + 1 :].partition(b"/")[0].decode()
        reply = reply_for(variant, _STREAM.search(request) is not None)
        connection.reply, connection.at = reply, 0
        if reply.delay:
            self._delayed.append((time.monotonic() + reply.delay, connection))
        else:
            self._write(connection)

    def _write(self, connection: Connection) -> None:
        """Write for one turn, and arrange what follows."""
        reply = connection.reply
        if reply is None:
            return  # closed meanwhile
        writes, send = reply.writes, connection.socket.send
        stop = min(len(writes), connection.at + (1 if reply.pause else _TURN))
        try:
            while connection.rest or connection.at < stop:
                data = connection.rest or writes[connection.at]
                if not connection.rest:
                    connection.at += 1
                connection.rest = data
                sent = send(data)
                connection.rest = data[sent:]
        except BlockingIOError:
            self._selector.modify(
                connection.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, connection
            )
            return
        except ConnectionError:
            self._close(connection)
            return
        if connection.at == len(writes):
            connection.reply = None
            if connection.received:
                self._answer(connection)
        elif reply.pause:
            self._paced.append((time.monotonic() + reply.pause, connection))
        else:
            self._writing.append(connection)

    def _close(self, connection: Connection) -> None:
        connection.reply = None
        with suppress(KeyError, ValueError):
            self._selector.unregister(connection.socket)
        connection.socket.close()


def main() -> None:
    """Listen on a free port, print it, and serve."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        listener.setblocking(False)
        print(listener.getsockname()[1], flush=True)
        Server(listener).run()


if __name__ == "__main__":
    main()

"""Replies of synchronous clients: how their bodies are read, watched and ended.

The replies are ours, or responses of httpx and httpx2: from clients that users pass in, and from
our own behind a proxy.
"""

from __future__ import annotations

import _thread
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING, Any

import httpx2

from weryai_core import clock as time_limits
from weryai_core.bodies import is_compressed, pieces_of
from weryai_core.clock import Clock
from weryai_core.transport import http_options
from weryai_core.transport.http11.reply import Reply
from weryai_core.transport.http_errors import http_errors
from weryai_core.transport.sync_network import BoundedStream

if TYPE_CHECKING:
    import httpx

    from weryai_core.transport.call import Call

    AnyReply = Reply | httpx.Response | httpx2.Response
else:
    AnyReply = Reply | httpx2.Response

WATCH = "weryai-watch"
"""Name of the threads that watch connections of clients that were passed in."""


def send(http: Any, call: Call, timeouts: Mapping[str, float | None] | None = None) -> Any:
    """Send a call by a client of httpx or httpx2; its response, whose body is not read yet.

    Args:
        http: The client. httpx and httpx2 have the same methods and no common type.
        call: The call.
        timeouts: Those of the steps, if the client's connections look at the clock of the call.
    """
    request = http.build_request(
        call.method, call.url, content=call.body, headers=call.headers, timeout=call.steps()
    )
    if timeouts is not None:
        request.extensions["timeout"] = timeouts
    return http.send(request, stream=True, follow_redirects=False)


def pieces_in_time(response: AnyReply, clock: Clock) -> Iterator[bytes]:
    """The pieces of a body, for as long as the clock allows.

    Our connections look at the clock while they wait. Few compressed bytes may become many pieces,
    for which no connection waits.
    """
    body = pieces_of(response)
    return body if _is_timed(response) and not is_compressed(response) else _timed(body, clock)


def _is_timed(response: AnyReply) -> bool:
    return isinstance(response.extensions.get("network_stream"), BoundedStream)


def _timed(body: Iterator[bytes], clock: Clock) -> Iterator[bytes]:
    """The pieces of a body on a connection that does not look at the clock by itself.

    Looks when a piece has come. `watch` looks while none comes.
    """
    for data in body:
        clock.end_wait()
        yield data
        clock.begin_wait()
        if clock.left() <= 0:
            raise httpx2.ReadTimeout("the call has no time left")


def watch(response: AnyReply, clock: Clock) -> Callable[[], None] | None:
    """Shut the connection of a response down once the clock has no time left for its body.

    Returns:
        What ends the watch; None if there is nothing to watch, or no thread can be started. Our own
        connections look at the clock by themselves.
    """
    connection = None if _is_timed(response) else _socket_of(response)
    if connection is None or clock.left() == inf:
        return None
    done = threading.Event()

    def look() -> None:
        while (left := clock.left()) > 0:
            # The finish reason may make the time shorter.
            if done.wait(min(left, time_limits.GRACE)):
                return
        clock.has_fired = True
        _shut_down(connection)

    try:
        threading.Thread(target=look, name=WATCH, daemon=True).start()
    except RuntimeError:
        return None
    return done.set


def drain(response: AnyReply, body: Iterator[bytes], clock: Clock) -> None:
    """Read the rest of a stream's body after its answer, so that the connection can be used again.

    If the server keeps the body open, the connection is shut down after `LINGER` seconds, which
    ends the body with one of the `http_errors`.
    """
    if response.http_version == "HTTP/2":
        return  # the connection is shared with other answers, and is kept anyway
    clock.end_within(http_options.LINGER)
    stop_watching = watch(response, clock)
    if stop_watching is None and not _is_timed(response) and _socket_of(response) is not None:
        return
    try:
        for _ in body:
            pass
    finally:
        if stop_watching is not None:
            stop_watching()


def close_collected(response: AnyReply) -> None:
    """Close a response in a thread of its own, and wait at most `LINGER` seconds for it.

    For a stream that ends because it is garbage-collected. The garbage collector may run within an
    operation of the HTTP library in this very thread, which holds the lock that closing needs.
    Closed in this thread, both would wait for each other forever; another thread gets the lock as
    soon as the garbage collector is done.

    While the interpreter shuts down, no thread runs any more: one that was started would be waited
    for forever. Then only the socket is closed. This thread may be ending itself, as when a stream
    in a thread-local goes; so nothing of `threading` is used, which would register it again.
    """
    if sys.is_finalizing():
        connection = _socket_of(response)
        if connection is not None:
            connection.close()
        response.is_closed = True  # the library would close it now, in modules that are gone
        return
    if isinstance(response, Reply):
        response.close()  # takes no lock
    else:
        close_apart(response.close)


def close_apart(close: Callable[[], None]) -> None:
    """Close something in a thread of its own, and wait at most `LINGER` seconds for it.

    Not a thread of `threading`, which takes locks when it starts one: the garbage collector may run
    within them.
    """
    if sys.is_finalizing():
        return  # no thread runs any more
    is_closed = _thread.allocate_lock()
    is_closed.acquire()

    def run() -> None:
        try:
            close_quietly(close)
        finally:
            is_closed.release()

    try:
        _thread.start_new_thread(run, ())
    except RuntimeError:
        close_quietly(close)  # no thread can be started, as at the end of the interpreter
        return
    is_closed.acquire(timeout=http_options.LINGER)


def _socket_of(response: AnyReply) -> socket.socket | None:
    """The socket of a response that no other response shares; None without one."""
    network = response.extensions.get("network_stream")
    if network is None or response.http_version == "HTTP/2":
        return None
    connection: socket.socket | None = network.get_extra_info("socket")
    return connection


def close_quietly(close: Callable[[], None]) -> None:
    """Close something that may be broken."""
    with suppress(*http_errors()):
        close()


def _shut_down(connection: socket.socket) -> None:
    with suppress(OSError):  # already closed
        connection.shutdown(socket.SHUT_RDWR)

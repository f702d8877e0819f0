"""aiohttp's connection with one timer for all waits of a call.

aiohttp has no timeout for writing, and starts a timer for each piece of data. Here one timer looks
at how long the call has waited: to write, for the next bytes, and for what its clock allows.
"""

from __future__ import annotations

import asyncio
from math import inf
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler

from weryai_core.clock import Clock, Seconds
from weryai_core.config import Timeout
from weryai_core.transport.http_options import show_progress

_HEAD_END = b"\r\n\r\n"
_FIRST_FINAL = 200  # of the statuses; those before it announce an answer


class WriteTimeout(aiohttp.SocketTimeoutError):
    """The server does not take the request."""


class Connection(ResponseHandler):
    """A connection that ends when its call has no time left.

    Args:
        loop: The event loop.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._now = loop.time
        self._call_at = loop.call_at
        self._clock: Clock | None = None  # of the call that the connection serves
        self._read = self._write = inf
        self._has_head = False
        self._is_writing = False
        self._unsent = 0  # bytes of the request, when the timer looked last
        self._idle_since = 0.0  # when bytes came or went, or the wait for them began
        self._alarm: asyncio.TimerHandle | None = None

    def set_response_params(self, *, read_timeout: float | None = None, **params: Any) -> None:
        """Begin a call. Its clock comes with the timeout."""
        self._stop()
        if not isinstance(read_timeout, Seconds):
            super().set_response_params(read_timeout=read_timeout, **params)
            return
        super().set_response_params(read_timeout=None, **params)
        self._clock = read_timeout.clock
        self._read, self._write = float(read_timeout), read_timeout.write
        self._is_writing, self._unsent, self._idle_since = True, 0, self._now()
        self._has_head = False
        self._look_in(self._left())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Have the timer see each step of a long request."""
        super().connection_made(transport)
        show_progress(transport.get_extra_info("socket"))

    def start_timeout(self) -> None:
        """Begin to wait for the head: the request has been written."""
        super().start_timeout()
        clock = self._clock
        if clock is not None and self._is_writing:
            self._is_writing, self._idle_since = False, self._now()
            clock.note_sent(self._read)
            self._look_in(self._left())

    def data_received(self, data: bytes) -> None:
        """Take bytes of the answer."""
        clock = self._clock
        if clock is not None and not self._has_head:
            end = data.find(_HEAD_END) + len(_HEAD_END)
            if len(_HEAD_END) <= end < len(data):
                # Apart, since aiohttp would drop the head with a malformed body.
                self.data_received(data[:end])
                data = data[end:]
        super().data_received(data)
        clock = self._clock
        if clock is None or not data:
            return
        self._idle_since = self._now()
        if not clock.has_begun:
            self._is_writing = False
            clock.note_bytes()
            self._look_in(self._left())

    def feed_data(self, data: Any, size: int = 0) -> None:
        """Take the head of an answer, and forget the call with the end of its body."""
        super().feed_data(data, size)
        message, body = data
        if self._clock is not None and message.code >= _FIRST_FINAL:
            self._has_head = True
            body.on_eof(self._stop)

    def resume_writing(self) -> None:
        """Note that the server has taken bytes of the request."""
        super().resume_writing()
        self._idle_since = self._now()

    def begin_wait(self) -> None:
        """Note that the call waits for bytes of the body."""
        clock = self._clock
        if clock is not None:
            clock.begin_wait()
            self._idle_since = self._now()
            self._look_in(self._left())

    def end_wait(self) -> None:
        """Note that the call does not wait while its caller looks at what came."""
        if self._clock is not None:
            self._clock.end_wait()

    def connection_lost(self, exc: BaseException | None) -> None:
        """End a body that is not whole with an error.

        aiohttp leaves its reader waiting if the connection ends after a malformed chunk header.
        """
        body: Any = self._payload
        super().connection_lost(exc)
        self._stop()
        if body is not None and not body.is_eof() and body.exception() is None:
            body.set_exception(aiohttp.ClientPayloadError("the connection ended within the body"))

    def close(self) -> None:
        """Close the connection; aborts it if the request is not written."""
        if self._is_writing and self._clock is not None:
            self.abort()
            return
        self._stop()
        super().close()

    def abort(self) -> None:
        """Close the connection, and drop what is not written."""
        self._stop()
        super().abort()

    def _left(self) -> float:
        """Seconds until the present wait has been too long."""
        assert self._clock is not None
        left, idle = self._clock.left(), self._now() - self._idle_since
        if self._is_writing:
            return min(left, self._write - idle)
        if not self._clock.is_waiting:
            return left
        return min(left, self._read - idle)

    def _look_in(self, seconds: float) -> None:
        """Have the timer look in so many seconds, unless it does so earlier."""
        if self._is_writing:
            seconds = min(seconds, self._write / 2)  # to see whether bytes went
        if seconds == inf:
            return
        at = self._now() + seconds
        if self._alarm is not None:
            if self._alarm.when() <= at:
                return
            self._alarm.cancel()
        self._alarm = self._call_at(at, self._look)

    def _look(self) -> None:
        """End the call if it has waited too long, or look again later."""
        self._alarm = None
        transport = self.transport
        if self._clock is None or transport is None:
            return
        if self._is_writing:
            unsent = transport.get_write_buffer_size()
            if unsent < self._unsent or not self._unsent:
                self._idle_since = self._now()
            self._unsent = unsent
        left = self._left()
        if left > 0:
            self._look_in(left)
            return
        kind = WriteTimeout if self._is_writing else aiohttp.SocketTimeoutError
        error = kind("the call has no time left")
        self.set_exception(error)
        if self._payload is not None:
            self._payload.set_exception(error)
        transport.abort()

    def _stop(self) -> None:
        """Forget the call."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        self._clock = None
        self._is_writing = False


def with_read_clock(timeout: Timeout | None, clock: Clock) -> dict[str, float | None]:
    """The timeouts of a request's steps, as httpx2 passes them on, with the clock of the call."""
    steps = timeout or Timeout(None, None, None, None)
    return {**steps._asdict(), "read": Seconds(steps.read, clock, steps.write)}

"""aiohttp's connection with one timer for all waits of a call, which writes the call's request.

aiohttp has no timeout for writing, starts a timer for each piece of data and a task for each body.
Here one timer looks at how long the call has waited: to write, for the next bytes, and for what its
clock allows. A long body is written in pieces, whenever the transport takes more.
"""

from __future__ import annotations

import asyncio
import select
import time
from math import inf
from typing import Any, Protocol

import aiohttp
from aiohttp.client_proto import ResponseHandler

from weryai_core.clock import Clock
from weryai_core.config import Timeout
from weryai_core.transport.http_options import show_progress
from weryai_core.transport.on_aiohttp.faults import WriteTimeout

GONE = "the connection ended within the body"

_HEAD_END = b"\r\n\r\n"
_SWITCHING = 101  # the only final status of those that announce an answer
_ANNOUNCING = range(100, 200)
_PIECE = 64 * 1024  # bytes to write at once
_NOTHING = memoryview(b"")
_NO_LIMITS = Timeout(None, None, None, None)


Answer = tuple[Any, aiohttp.StreamReader]
"""The head of an answer and its body, as aiohttp has them."""


class Owner(Protocol):
    """What takes a connection back."""

    def take_back(self, connection: Connection) -> None:
        """Take a connection back: its answer is whole."""

    def forget(self, connection: Connection) -> None:
        """Forget a connection: it has ended."""


class Connection(ResponseHandler):
    """A connection that ends when its call has no time left.

    Args:
        loop: The event loop.

    Attributes:
        owner: What takes the connection back; None before it can be used.
        origin: Where it leads to.
        idle_since: When it was taken back.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.owner: Owner | None = None
        self.origin: str = ""
        self.idle_since: float = 0.0
        self._now = time.monotonic
        self._clock: Clock | None = None  # of the call that the connection serves
        self._read = self._write = inf
        self._has_head = False
        self._head_tail = b""  # the last bytes that came of it: its end may be in two pieces
        self._answer: asyncio.Future[Answer] | None = None
        self._is_writing = False
        self._rest = _NOTHING  # of the request
        self._unsent = 0  # bytes of the request, when the timer looked last
        self._moved_at = 0.0  # when bytes came or went, or the wait for them began
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = inf

    def is_reusable(self) -> bool:
        """Whether another call may use the connection."""
        transport = self.transport
        return transport is not None and not transport.is_closing() and not self.should_close

    def has_news(self) -> bool:
        """Whether something has arrived that the loop has not read yet: the end, as a rule.

        The loop may have stood still since the last call, for a tool that blocks it, say.
        """
        connected = None if self.transport is None else self.transport.get_extra_info("socket")
        return connected is not None and _is_readable(connected)

    def is_serving(self) -> bool:
        """Whether the connection serves a call."""
        return self._clock is not None

    def send(
        self, head: bytes, body: bytes | None, clock: Clock, timeout: Timeout | None
    ) -> asyncio.Future[Answer]:
        """Send a request.

        Returns:
            The head of the answer, and its body, which still arrives. Raises aiohttp's errors if
            the connection ends, the time of a step is over, or the answer is not HTTP.
        """
        if (error := self.exception()) is not None:
            raise error
        if self._tail:
            self.force_close()  # it began to answer unasked: nobody knows what belongs to what
        answer: asyncio.Future[Answer] = self._loop.create_future()
        self._answer = answer
        self.set_response_params(read_until_eof=True, auto_decompress=False)
        steps = timeout or _NO_LIMITS
        self._clock = clock
        self._read = inf if steps.read is None else steps.read
        self._write = inf if steps.write is None else steps.write
        self._has_head, self._head_tail, self._is_writing = False, b"", True
        self._unsent, self._moved_at = 0, self._now()
        if body is None or len(body) <= _PIECE:
            self._put(head if body is None else head + body)
        else:
            self._put(head)
            self._rest = memoryview(body)
        self._write_more()
        self._look_in(self._left())
        return answer

    def give_up(self, clock: Clock) -> None:
        """Close the connection, unless it has been taken back: it may serve another call then.

        Args:
            clock: The clock of the call that gives up.
        """
        if self._clock is clock:
            self.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Have the timer see each step of a long request."""
        super().connection_made(transport)
        show_progress(transport.get_extra_info("socket"))

    def data_received(self, data: bytes) -> None:
        """Take bytes of the answer."""
        clock = self._clock
        if clock is None or self._has_head:
            super().data_received(data)
            self._moved_at = self._now()
            return
        # The head apart, since aiohttp would drop it with a malformed body or bytes after the body.
        seen, self._head_tail = self._head_tail + data, b""
        start = len(seen) - len(data)
        searched = 0
        while not self._has_head and self.exception() is None:
            end = seen.find(_HEAD_END, searched) + len(_HEAD_END)
            if not len(_HEAD_END) <= end < len(seen):
                self._head_tail = seen[1 - len(_HEAD_END) :]
                break
            super().data_received(seen[start:end])
            start = searched = end
        super().data_received(seen[start:])
        self._moved_at = self._now()
        if self._clock is not None and not clock.has_begun:
            self._is_writing = False
            clock.note_bytes()
            self._look_in(self._left())

    def feed_data(self, data: Any, size: int = 0) -> None:
        """Take the head of an answer, and forget the call with the end of its body."""
        message, body = data
        answer = self._answer
        if answer is None:
            super().feed_data(data, size)  # of a proxy; otherwise nobody asked for it
        elif message.code not in _ANNOUNCING or message.code == _SWITCHING:
            self._has_head, self._answer = True, None
            if not answer.done():
                answer.set_result(data)
            body.on_eof(self._end)

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """Raise an error in the call that waits for an answer."""
        super().set_exception(exc, *cause)
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(exc)

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Read on, if reading was paused. aiohttp asks for it with each piece of a body."""
        if self._reading_paused:
            super().resume_reading(resume_parser)

    def resume_writing(self) -> None:
        """Note that the server has taken bytes of the request, and write more."""
        super().resume_writing()
        self._moved_at = self._now()
        if self._clock is not None:
            self._loop.call_soon(self._write_more)

    def begin_wait(self) -> None:
        """Note that the call waits for bytes of the body."""
        clock = self._clock
        if clock is not None:
            clock.begin_wait()
            self._moved_at = now = self._now()
            left = min(clock.left(), self._read)
            if now + left < self._alarm_at:
                self._look_in(left)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End a body that is not whole with an error.

        aiohttp leaves its reader waiting if the connection ends after a malformed chunk header.
        """
        body: Any = self._payload
        super().connection_lost(exc)
        self._stop()
        _break_off(body)
        if self.owner is not None:
            self.owner.forget(self)

    def close(self) -> None:
        """Close the connection; aborts it if the request is not written."""
        if self._loop.is_closed():
            return
        if self._is_writing or self._rest:
            self.abort()
            return
        self._stop()
        _break_off(self._payload)
        super().close()

    def abort(self) -> None:
        """Close the connection, and drop what is not written."""
        self._stop()
        _break_off(self._payload)
        if not self._loop.is_closed():
            super().abort()

    def _put(self, data: bytes | memoryview) -> None:
        if self.transport is not None:
            self.transport.write(data)

    def _write_more(self) -> None:
        """Write as much of the request as the transport takes."""
        rest, clock = self._rest, self._clock
        if clock is None:
            return
        while rest and not self.writing_paused:
            self._put(rest[:_PIECE])
            rest = rest[_PIECE:]
        self._rest = rest
        if self._is_writing and not rest and not self.writing_paused:
            self._is_writing, self._moved_at = False, self._now()
            clock.note_sent(self._read)

    def _left(self) -> float:
        """Seconds until the present wait has been too long."""
        assert self._clock is not None
        left, idle = self._clock.left(), self._now() - self._moved_at
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
        if self._alarm_at <= at:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm, self._alarm_at = self._loop.call_later(seconds, self._look), at

    def _look(self) -> None:
        """End the call if it has waited too long, or look again later."""
        self._alarm, self._alarm_at = None, inf
        transport = self.transport
        if self._clock is None or transport is None:
            return
        if self._is_writing:
            unsent = len(self._rest) + transport.get_write_buffer_size()
            if unsent < self._unsent or not self._unsent:
                self._moved_at = self._now()
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

    def _end(self) -> None:
        """Give the connection back: the answer is whole."""
        if self._rest:
            self.abort()  # the server wants no more of the request
            return
        self._forget_call()
        if self.owner is not None:
            self.owner.take_back(self)

    def _stop(self) -> None:
        """Forget the call, and look no more."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm, self._alarm_at = None, inf
        self._forget_call()

    def _forget_call(self) -> None:
        # The timer stays for the next call: a timer that looks early costs less than a new one.
        self._clock = None
        self._is_writing = False
        self._rest = _NOTHING


def _break_off(body: Any) -> None:
    """End a body that is not whole."""
    if body is not None and not body.is_eof() and body.exception() is None:
        body.set_exception(aiohttp.ClientPayloadError(GONE))


def _is_readable(connected: Any) -> bool:
    """Whether bytes, or the end, can be read from a socket without a wait."""
    if not hasattr(select, "poll"):  # Windows, where sockets have any number
        return bool(select.select([connected], [], [], 0)[0])
    poll = select.poll()
    poll.register(connected, select.POLLIN)
    return bool(poll.poll(0))

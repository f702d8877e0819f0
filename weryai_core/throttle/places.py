"""The places of one key: threads and event loops wait for them in one line.

A call holds a place while its request is under way, a stream until it ends. The line decides who
may start; this module makes the others wait, and wakes them.

What happens is put into a queue. Whoever puts it there works the queue off, unless somebody is at
it already, who then does that too. So nobody waits for the lock, not even the garbage collector,
which gives back the places of streams that were dropped and may run anywhere.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from functools import partial
from math import inf
from types import TracebackType
from typing import Any

from weryai_core.errors import APITimeoutError, RateLimitError, WeryAIError
from weryai_core.retry import RetryPolicy
from weryai_core.throttle.line import Line, Refused, Ticket
from weryai_core.throttle.outage import PATIENCE
from weryai_core.throttle.window import Window
from weryai_core.transport.call import Call

_LOOK_AGAIN = 5.0  # seconds; one who waits looks at the time, others only if that one is stuck


class Place(Ticket):
    """A ticket of a throttle. As a context manager, it gives its place back at the end.

    Args:
        throttle: Whose place it is.
        line: The line of the throttle, which is another one after a fork.
        max_concurrency: See `Ticket`.
        policy: The caller's policy of retries.
        call: The call that needs the place.
    """

    __slots__ = ("__weakref__", "_call", "_line", "_policy", "_throttle", "loop", "wake")

    def __init__(
        self,
        throttle: Throttle,
        line: Line,
        max_concurrency: int | None,
        policy: RetryPolicy,
        call: Call,
    ) -> None:
        super().__init__(max_concurrency)
        self._throttle = throttle
        self._line = line
        self._policy = policy
        self._call = call
        self.wake: Callable[[], bool] = _wake_nobody
        self.loop: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # A stream that its reader ends has been accepted as well.
        self.leave(exception, is_success=exception is None or self._call.delivered)

    def leave(self, exception: BaseException | None = None, *, is_success: bool = False) -> None:
        """Give the place back, or leave the line."""
        if self.has_place or self.is_waiting:
            refused = None if exception is None else self._refusal(exception)
            line = self._line
            if refused is not None and isinstance(exception, WeryAIError):
                self._throttle.last_refusal = _as_told_to_others(exception)
            if refused is not None and isinstance(exception, RateLimitError):
                self._throttle.judge(self._call, line, is_patient=self._policy.max_retries > 0)
            self._throttle.note_left(self)
            is_answered = is_success or (refused is None and self._call.answered)
            change = partial(
                line.leave, self, is_success=is_success, is_answered=is_answered, refused=refused
            )
            self._throttle.post(line, change)

    def _refusal(self, exception: BaseException) -> Refused | None:
        if not isinstance(exception, WeryAIError) or not exception.is_retryable:
            return None
        wait = exception.retry_after
        if wait is None and not isinstance(exception, RateLimitError):
            return None
        if wait is not None and wait > self._policy.max_retry_after:
            wait = None
        return Refused(wait, self._policy.backoff)

    def __del__(self, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        # A stream that is dropped after its event loop has closed does not run its `finally`.
        if self.has_place and not is_finalizing():
            self.leave(is_success=self._call.delivered)


class Throttle:
    """The line of one key, for threads and event loops.

    Args:
        now: Gives the time in seconds.

    Attributes:
        last_refusal: Makes an error like the last refusal.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self.last_refusal: Callable[[], WeryAIError] = RateLimitError
        self._line = Line(Window())
        self._queue: deque[tuple[Line, Callable[[float], object]]] = deque()
        self._lock = threading.Lock()
        self._timekeeper: Ticket | None = None
        self._in_loops: dict[int, weakref.ref[Place]] = {}
        throttles.add(self)

    def wait(self, max_concurrency: int | None, policy: RetryPolicy, call: Call) -> Place:
        """A place, as soon as there is one for this thread.

        Raises:
            APITimeoutError: There is none within the time that the call has.
        """
        place = self._join(max_concurrency, policy, call)
        if not place.has_place:
            self._wait_in_thread(place, call)
        return place

    async def wait_in_loop(
        self, max_concurrency: int | None, policy: RetryPolicy, call: Call
    ) -> Place:
        """A place, as soon as there is one for this task. Raises as `wait` does."""
        place = self._join(max_concurrency, policy, call)
        place.loop = asyncio.get_running_loop()
        self._in_loops[id(place)] = weakref.ref(place)
        if not place.has_place:
            await self._wait_in_loop(place, call)
        return place

    def post(self, line: Line, change: Callable[[float], object]) -> None:
        """Change the line, and wake those who may start."""
        queue = self._queue
        queue.append((line, change))
        while queue and self._lock.acquire(blocking=False):
            try:
                awake = self._work_off()
            finally:
                self._lock.release()
            for place in awake:
                if not place.wake():
                    place.leave()  # its event loop is closed

    def forget(self) -> None:
        """Forget what refusals have taught; those in flight and in the line stay there."""
        line = self._line
        self.post(line, line.forget)

    def judge(self, call: Call, line: Line, *, is_patient: bool) -> None:
        """Decide whether a refusal of a call was an attempt.

        Args:
            call: The call.
            line: The line in which it has its place.
            is_patient: See `Line.count_early`.
        """
        call.early = line.count_early(
            call.queued_at, self._now(), early=call.early, is_patient=is_patient
        )

    def note_left(self, place: Place) -> None:
        """Note that somebody in an event loop has left."""
        self._in_loops.pop(id(place), None)

    def restart_in_child(self) -> None:
        """Forget the waiting and the places of the parent process; keep the window."""
        self._line = Line(self._line.window)
        self._queue = deque()
        self._lock = threading.Lock()
        self._timekeeper = None
        self._in_loops = {}

    def _join(self, max_concurrency: int | None, policy: RetryPolicy, call: Call) -> Place:
        if call.queued_at == inf:
            call.queued_at = self._now()
        line = self._line
        place = Place(self, line, max_concurrency, policy, call)
        self.post(line, partial(line.join, place))
        return place

    def _work_off(self) -> list[Any]:
        """Make the changes that are queued; returns the places to wake."""
        now = self._now()
        while self._queue:
            line, change = self._queue.popleft()
            if line is self._line:
                change(now)
        line = self._line
        awake: list[Any] = [*line.admit(now), *line.pop_given_up()]
        keeper = self._timekeeper
        if keeper is None or not keeper.is_waiting:
            # The last in the line stays longest.
            self._timekeeper = keeper = line.last()
            if keeper is not None:
                awake.append(keeper)
        return awake

    def _wait_in_thread(self, place: Place, call: Call) -> None:
        event = threading.Event()
        place.wake = partial(_set_event, event)
        try:
            while not place.has_place:
                event.wait(self._pause(place, call))
                event.clear()
                self._look(place)
        except BaseException:
            place.leave()
            raise

    async def _wait_in_loop(self, place: Place, call: Call) -> None:
        loop = asyncio.get_running_loop()
        try:
            while not place.has_place:
                future: asyncio.Future[None] = loop.create_future()
                place.wake = partial(_set_future, loop, future)
                if place.has_place:
                    break
                timer = loop.call_later(self._pause(place, call), _set_result, future)
                try:
                    await future
                finally:
                    timer.cancel()
                self._look(place)
        except BaseException:
            place.leave()
            raise

    def _look(self, place: Place) -> None:
        """Admit whoever may start by now, and take the places of loops that were closed."""
        if place.has_place:
            return
        for key in list(self._in_loops):
            reference = self._in_loops.get(key)
            other = None if reference is None else reference()
            if other is not None and other.loop is not None and other.loop.is_closed():
                other.leave()
        self.post(self._line, lambda now: None)

    def _pause(self, place: Place, call: Call) -> float:
        """Seconds until this one should look again.

        Raises:
            APITimeoutError: It has waited as long as the call may.
            WeryAIError: The service refuses everything.
        """
        if place.is_given_up:
            raise self.last_refusal()
        now = self._now()
        until = now + _LOOK_AGAIN
        if self._timekeeper is place:
            until = min(until, self._line.next_change())
        limit = place.max_concurrency
        gives_up_at, patience = inf, None if call.timeout is None else call.timeout.pool
        if limit is not None and patience is not None:
            gives_up_at = max(place.since, self._line.moved_at(limit)) + patience
            if gives_up_at <= now and not self._line.is_held(place):
                gives_up_at = now + patience  # it waits for something else
        over_in = call.clock.remaining()
        if over_in <= 0 and not place.has_place:
            raise _timed_out(call.clock.reason())
        if gives_up_at <= now and not place.has_place:
            raise _timed_out(
                f"None of the {limit} places (`max_concurrency`) came free for {patience:g} s. "
                "A stream holds its place until it is read to its end or closed."
            )
        return max(0.0, min(until - now, gives_up_at - now, over_in))


throttles: weakref.WeakSet[Throttle] = weakref.WeakSet()
"""Those of this process."""


def _restart_in_child() -> None:
    for throttle in list(throttles):
        throttle.restart_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_restart_in_child)


def _timed_out(message: str) -> APITimeoutError:
    error = APITimeoutError(message)
    error.is_retryable = False  # it has waited long enough
    return error


def _as_told_to_others(refusal: WeryAIError) -> Callable[[], WeryAIError]:
    """Makes errors for calls that need not be sent: like the refusal of another one."""
    kind, status_code, code = type(refusal), refusal.status_code, refusal.code
    message = (
        f"{refusal} This request was not sent: for {PATIENCE:g} s the service has refused all "
        "requests of this key."
    )

    def make() -> WeryAIError:
        error = kind(message, status_code=status_code, code=code)
        error.is_retryable = False  # it has waited long enough
        return error

    return make


def _wake_nobody() -> bool:
    return True  # it looks by itself before it waits


def _set_event(event: threading.Event) -> bool:
    event.set()
    return True


def _set_future(loop: asyncio.AbstractEventLoop, future: asyncio.Future[None]) -> bool:
    try:
        loop.call_soon_threadsafe(_set_result, future)
    except RuntimeError:
        return False
    return True


def _set_result(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)

"""Tells how long one call may still wait: in all, for the head of an answer, and without payload.

The HTTP library bounds each single wait for bytes. That bounds nothing if a server sends a byte or
a comment now and then. So the code that waits asks a `Clock` how many seconds are left. The clock
looks at how much payload has arrived; nobody has to report a chunk to it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf
from typing import Protocol

GRACE = 5.0
"""Seconds that usage and sources may come after the finish reason, if no `[DONE]` ends the wait."""

PIECE = 65536
"""Bytes of a document or an event that count as payload before it is whole."""


class Progress(Protocol):
    """An answer that is arriving."""

    @property
    def received(self) -> int:
        """How much payload has arrived; it grows with each piece."""

    @property
    def is_answered(self) -> bool:
        """Whether the answer seems to be complete; usage and sources may still come."""


class HasSize(Protocol):
    """An HTTP library's response."""

    @property
    def num_bytes_downloaded(self) -> int:
        """How many bytes of the body have arrived."""


class ArrivingBody:
    """The progress of a body that is read whole: large pieces count, single bytes do not.

    Args:
        response: The response of the HTTP library.
    """

    __slots__ = ("_response",)

    is_answered = False

    def __init__(self, response: HasSize) -> None:
        self._response = response

    @property
    def received(self) -> int:
        """How many large pieces have arrived."""
        return self._response.num_bytes_downloaded // PIECE


class Clock:
    """The time of one call.

    Args:
        total: Seconds for the call with all its attempts and waits; None for no bound.
        between: Seconds without payload, once an answer has begun; None or 0 for no bound.
        now: Gives the time in seconds.

    Attributes:
        has_begun: Whether the head of an answer has arrived.
        has_fired: Whether a watchdog has ended the connection because the time was over.
        is_waiting: Whether the call waits for bytes. While a caller holds a chunk, it does not.
    """

    __slots__ = (
        "_between",
        "_ends_at",
        "_head_ends_at",
        "_held_since",
        "_is_sent",
        "_now",
        "_progress",
        "_quiet",
        "_received",
        "_since",
        "_total",
        "has_begun",
        "has_fired",
        "is_waiting",
    )

    def __init__(
        self,
        total: float | None = None,
        between: float | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = now
        self._total = total
        self._between = between or inf
        self._ends_at = inf
        self._forget()

    @property
    def is_over(self) -> bool:
        """Whether the call as a whole has no time left."""
        return self._ends_at <= self._now()

    def remaining(self) -> float:
        """Seconds that the call has left as a whole; infinite without a bound."""
        return self._ends_at - self._now() if self._ends_at < inf else inf

    def stop(self) -> None:
        """Leave the call no time: nobody waits for it any more."""
        self._ends_at = -inf

    def begin_attempt(self) -> None:
        """Begin an attempt; with the first, the call begins."""
        if self._total is not None and self._ends_at == inf:
            self._ends_at = self._now() + self._total
        self._forget()

    def _forget(self) -> None:
        """Forget the attempt before."""
        self._quiet = self._between  # seconds without payload; fewer at the end
        self._since = self._head_ends_at = inf
        self._is_sent = False
        self._progress: Progress | None = None
        self._received = 0
        self.has_begun: bool = False
        self.has_fired: bool = False
        self.is_waiting: bool = True
        self._held_since = inf

    def note_writing(self) -> None:
        """Note that a request is being written: the head of its answer is still to come.

        The first request of a call may be one to a proxy.
        """
        if not self.has_begun:
            self._is_sent = False
            self._since = self._head_ends_at = inf

    def note_sent(self, read: float) -> None:
        """Note that the request was sent: the whole head must come within `read` seconds."""
        self._is_sent = True
        self._head_ends_at = self._now() + read

    def note_bytes(self) -> None:
        """Note that bytes of the head have arrived; no payload has come since the first of them."""
        if self._since == inf:
            self._since = self._now()

    def wait_for_head(self, read: float) -> None:
        """Note that a wait for bytes of the head begins, each time one does."""
        if self._is_sent:
            self.note_bytes()
        else:
            self.note_sent(read)

    def begin_answer(self, progress: Progress) -> None:
        """Note that the head has arrived, and what shows the progress of the rest."""
        self._progress, self._received = progress, progress.received
        self._since, self._head_ends_at = self._now(), inf
        self.has_begun = True

    def begin_wait(self) -> None:
        """Note that the call waits for bytes of the body: the caller has done with what came."""
        if not self.is_waiting:
            now = self._now()
            # A watchdog may have looked meanwhile.
            self._since = min(self._since + now - self._held_since, now)
            self.is_waiting = True

    def end_wait(self) -> None:
        """Note that the call does not wait while its caller looks at what came."""
        self._held_since = self._now()
        self.is_waiting = False

    def end_within(self, seconds: float) -> None:
        """Leave the answer, which is complete, at most these seconds to end."""
        self._since, self._quiet = self._now(), min(self._between, seconds)
        self._progress = None

    def left(self) -> float:
        """Seconds left to wait for the next bytes: 0 or less if there are none; may be infinite."""
        now = self._now()
        progress = self._progress
        if progress is not None:
            received = progress.received
            if received != self._received:
                self._received, self._since = received, now
                self._quiet = min(self._between, GRACE) if progress.is_answered else self._between
        if not self.is_waiting:
            return self._ends_at - now
        return min(self._ends_at, self._head_ends_at, self._since + self._quiet) - now

    def reason(self) -> str:
        """What the time is over for, as a sentence; empty if there is time left."""
        now = self._now()
        if self._ends_at <= now:
            total = self._total.whole if isinstance(self._total, Rest) else self._total
            return (
                f"The call took longer than its `total_timeout` of {total:g} s. Raise it, or "
                "ask for a shorter answer."
            )
        if self._since + self._quiet <= now:
            return (
                f"Nothing of the answer came for {self._quiet:g} s (`stream_chunk_timeout`), "
                "though the connection is open. Raise it if the model needs longer."
            )
        return ""


class Rest(float):
    """The seconds that are left of a time for a whole call.

    Args:
        left: The seconds that are left.
        whole: All seconds of the call.

    Attributes:
        whole: All seconds of the call.
    """

    __slots__ = ("whole",)

    whole: float

    def __new__(cls, left: float, whole: float) -> Rest:
        """The seconds that are left."""
        made = super().__new__(cls, left)
        made.whole = whole
        return made


class Seconds(float):
    """The read timeout of a call, with the clock of the call. The HTTP library sees a number.

    Args:
        seconds: The timeout; None for none, which makes it infinite.
        clock: The clock of the call.
        write: The timeout for writing; None for none.

    Attributes:
        clock: The clock of the call.
        write: The timeout for writing; infinite for none.
    """

    __slots__ = ("clock", "write")

    clock: Clock
    write: float

    def __new__(cls, seconds: float | None, clock: Clock, write: float | None = None) -> Seconds:
        """The seconds with their clock."""
        made = super().__new__(cls, inf if seconds is None else seconds)
        made.clock, made.write = clock, inf if write is None else write
        return made

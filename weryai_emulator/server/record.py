"""What the emulator was asked: requests kept for the test to read. No I/O."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False, slots=True)
class RecordedRequest:
    """One request as it arrived.

    Attributes:
        method: "POST" or "GET".
        path: The path without its query.
        headers: Every header, names in lower case. `authorization` is kept here, and
            never shown by `repr`.
        body: The bytes of the body.
        json: The body decoded, or None when it is not JSON.
    """

    method: str
    path: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    json: Any = field(repr=False)
    _gone: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def disconnected(self) -> bool:
        """Whether the client went away before the whole answer was sent."""
        return self._gone.is_set()

    def wait_for_disconnect(self, timeout: float = 5.0) -> bool:
        """Wait until the client is seen to have gone.

        Args:
            timeout: Seconds to wait at most.

        Returns:
            Whether the client went away in time.
        """
        return self._gone.wait(timeout)

    def mark_disconnected(self) -> None:
        """Note that the client went away; called by the server."""
        self._gone.set()


class Recorder:
    """The requests of one emulator, safe to read while it serves."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._requests: list[RecordedRequest] = []

    def add(self, request: RecordedRequest) -> None:
        """Keep a request and wake whoever waits for it."""
        with self._changed:
            self._requests.append(request)
            self._changed.notify_all()

    def snapshot(self) -> list[RecordedRequest]:
        """Return the requests so far, oldest first, in a list of the caller's own."""
        with self._changed:
            return list(self._requests)

    def clear(self) -> None:
        """Forget every request."""
        with self._changed:
            self._requests.clear()

    def wait_for(self, count: int, timeout: float) -> bool:
        """Wait until at least `count` requests have arrived; whether they did in time."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._requests) >= count, timeout)

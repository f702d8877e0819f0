"""The requests that an emulator has received, for tests to read."""

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
        headers: All headers, with names in lower case. `repr` shows none of them, so that it
            does not show the key.
        body: The bytes of the body.
        json: The decoded body, or None if it is not JSON.
        fault: The name of the fault that answered the request, or None.
    """

    method: str
    path: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    json: Any = field(repr=False)
    fault: str | None = field(default=None, repr=False)
    _gone: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def disconnected(self) -> bool:
        """Whether the client closed the connection before the end of the answer."""
        return self._gone.is_set()

    def wait_for_disconnect(self, timeout: float = 5.0) -> bool:
        """Wait until the client closes the connection.

        Args:
            timeout: The limit in seconds.

        Returns:
            Whether the client closed the connection in time.
        """
        return self._gone.wait(timeout)

    def mark_disconnected(self) -> None:
        """Note that the client closed the connection; the server calls this."""
        self._gone.set()


class Recorder:
    """The requests of one emulator. All methods are safe to call from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._requests: list[RecordedRequest] = []

    def add(self, request: RecordedRequest) -> None:
        """Record a request and wake the threads that wait for it."""
        with self._changed:
            self._requests.append(request)
            self._changed.notify_all()

    def snapshot(self) -> list[RecordedRequest]:
        """Return a new list of the requests so far, oldest first."""
        with self._changed:
            return list(self._requests)

    def clear(self) -> None:
        """Forget every request."""
        with self._changed:
            self._requests.clear()

    def wait_for(self, count: int, timeout: float) -> bool:
        """Wait for at least `count` requests; return whether they arrived in time."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._requests) >= count, timeout)

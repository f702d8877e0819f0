"""Reads files of this machine, and those at addresses, within limits.

A device has no end, a network drive may be gone, and a server may take as long as it likes. So a
file is read in a thread of its own, for which nobody waits longer than allowed. The threads end,
too: connections look at the clock, and files that say nothing of their size are not read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import closing

import httpx2

from weryai_core.bodies import ACCEPTED, pieces_of
from weryai_core.clock import Clock, Rest
from weryai_core.config import Timeout
from weryai_core.errors import APITimeoutError, InvalidRequestError, ProtocolError
from weryai_core.transport.files.apart import run_apart
from weryai_core.transport.http_errors import http_errors
from weryai_core.transport.http_options import build_client
from weryai_core.transport.sync_network import sync_client, with_clock

LARGEST_FILES = 100 * 2**20
"""Bytes of all files of a call together that are read at most."""
LONGEST_READ = 60.0
"""Seconds that reading one file may take."""
MOST_REDIRECTS = 20
"""How often an address may point to another."""

# Also: a path or an address that is none, no thread that can be started, an unknown compression.
_FAULTS: tuple[type[Exception], ...] = (
    *http_errors(),
    *(OSError, ValueError, RuntimeError, ProtocolError),
)
_LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=0)


class FileReader:
    """Reads the files of one call.

    Args:
        total: Seconds for the call with all that it does; None for no limit.
    """

    def __init__(self, total: float | None = None) -> None:
        self._total = total
        self._clock = Clock(total)
        self._clock.begin_attempt()
        self._room = LARGEST_FILES

    def read(self, path: str | os.PathLike[str]) -> bytes:
        """The bytes of a file.

        Raises:
            InvalidRequestError: It cannot be read, is not a regular file, or is beyond the limits.
            APITimeoutError: The time of the call is over.
        """
        return self._within_limits(str(path), lambda _: _read(path, self._room))

    def fetch(self, url: str) -> bytes:
        """The bytes at an address. They may come from any host.

        Raises:
            InvalidRequestError: It cannot be read, or is beyond the limits.
            APITimeoutError: The time of the call is over.
        """
        return self._within_limits(url, lambda clock: _fetch(url, self._room, clock))

    def rest(self) -> float | None:
        """The seconds that are left for the call; None for no limit.

        Raises:
            APITimeoutError: None are left.
        """
        if self._total is None:
            return None
        left = self._clock.remaining()
        if left <= 0:
            raise APITimeoutError(self._clock.reason())
        return Rest(left, self._total)

    def stop(self) -> None:
        """Read no further: nobody waits for it any more."""
        self._clock.stop()

    def _within_limits(self, place: str, read: Callable[[Clock], bytes]) -> bytes:
        self.rest()
        seconds = min(LONGEST_READ, max(self._clock.remaining(), 0))
        clock = Clock(seconds)
        clock.begin_attempt()
        try:
            data = run_apart(lambda: read(clock), seconds)
        except _TooLarge:
            raise InvalidRequestError(
                f"{place} cannot be read: the files of a call are larger than {LARGEST_FILES:,} "
                "bytes together."
            ) from None
        except _FAULTS as error:
            self.rest()
            reason = f"it takes longer than {seconds:.0f} s" if clock.is_over else error
            raise InvalidRequestError(f"{place} cannot be read: {reason}") from error
        self._room -= len(data)
        return data


class _TooLarge(Exception):
    """There is no room for a file."""


def _read(path: str | os.PathLike[str], room: int) -> bytes:
    # Opening a device or a pipe may wait, or have an effect.
    _check_is_file(os.stat(path))
    with open(path, "rb", opener=_open_at_once) as file:
        status = os.fstat(file.fileno())
        _check_is_file(status)
        if status.st_size > room:
            raise _TooLarge
        # Those of /proc say that they are empty; reading some of them waits for ever.
        return file.read(status.st_size) if status.st_size else b""


def _check_is_file(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is not a file.")


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _fetch(url: str, room: int, clock: Clock) -> bytes:
    timeouts = with_clock(Timeout(*[LONGEST_READ] * 4), clock)
    data = bytearray()
    with build_client(sync_client, None, _LIMITS) as http:
        request = http.build_request("GET", url, headers={"accept-encoding": ACCEPTED})
        for _ in range(MOST_REDIRECTS + 1):
            request.extensions["timeout"] = timeouts
            # httpx2 itself would read the body of a redirect, whatever its size.
            response = http.send(request, stream=True, follow_redirects=False)
            with closing(response):
                if response.next_request is None:
                    response.raise_for_status()
                    for piece in pieces_of(response):
                        if len(data) + len(piece) > room:
                            raise _TooLarge
                        data += piece
                    return bytes(data)
                request = response.next_request
    raise ValueError(f"it is redirected more than {MOST_REDIRECTS} times.")

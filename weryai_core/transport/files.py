"""Reads a file of this machine, or one at an address, within limits.

A device has no end, and a server may take as long as it likes.
"""

from __future__ import annotations

import stat
import time
from pathlib import Path

import httpx2

from weryai_core.errors import InvalidRequestError

LARGEST_FILE = 100 * 2**20
"""Bytes of a file that are read at most."""
LONGEST_READ = 60.0
"""Seconds that reading from an address may take."""


def read_file(path: str | Path) -> bytes:
    """The bytes of a file.

    Raises:
        InvalidRequestError: It cannot be read, is no regular file, or is larger than
            `LARGEST_FILE`.
    """
    path = Path(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InvalidRequestError(f"{path} cannot be read: it is no file.")
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise InvalidRequestError(f"{path} cannot be read: {error}") from error
    if len(data) > LARGEST_FILE:
        raise InvalidRequestError(_too_large(str(path)))
    return data


def fetch_file(url: str) -> bytes:
    """The bytes at an address. They may come from any host.

    Raises:
        InvalidRequestError: It cannot be read, is larger than `LARGEST_FILE`, or takes longer than
            `LONGEST_READ`.
    """
    end = time.monotonic() + LONGEST_READ
    data = bytearray()
    try:
        with httpx2.stream("GET", url, follow_redirects=True, timeout=LONGEST_READ) as response:
            response.raise_for_status()
            for part in response.iter_bytes():
                data += part
                if len(data) > LARGEST_FILE:
                    raise InvalidRequestError(_too_large(url))
                if time.monotonic() > end:
                    raise InvalidRequestError(
                        f"{url} cannot be read: it takes longer than {LONGEST_READ:.0f} s."
                    )
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise InvalidRequestError(f"{url} cannot be read: {error}") from error
    return bytes(data)


def _too_large(place: str) -> str:
    return f"{place} cannot be read: it is larger than {LARGEST_FILE:,} bytes."

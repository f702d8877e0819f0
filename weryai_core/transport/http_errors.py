"""Turns exceptions of the HTTP libraries into ours.

Our own clients raise those of httpcore2 and httpx2, the asynchronous one some of aiohttp; clients
that users pass in may raise httpx's. So the exceptions of all four are known here, by their names:
only a library that somebody has imported raises any.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from weryai_core.errors import APIConnectionError, APITimeoutError, WeryAIError

_ERRORS = {
    "httpx": ("HTTPError", "InvalidURL"),
    "httpx2": ("HTTPError", "InvalidURL"),
    "httpcore2": ("NetworkError", "ProtocolError", "TimeoutException"),
    # These escape from httpx-aiohttp where that has no name for them.
    "aiohttp": ("ClientError",),
    "aiohttp.http_exceptions": ("HttpProcessingError",),
}
_TIMEOUTS = dict.fromkeys(("httpx", "httpx2", "httpcore2"), ("TimeoutException",))
_OF_AIOHTTP = {"aiohttp": ("ClientError",)}


def http_errors() -> tuple[type[Exception], ...]:
    """The exceptions of the HTTP libraries that are imported."""
    # zlib's is of a body that is not compressed as it says.
    return (*_imported(_ERRORS), zlib.error)


def _imported(names: Mapping[str, tuple[str, ...]]) -> Iterator[Any]:
    """The classes of these names whose modules are imported."""
    for module, of_module in names.items():
        for name in of_module:
            # A module that another thread imports right now has no names yet.
            found = getattr(sys.modules.get(module), name, None)
            if found is not None:
                yield found


def to_error(exception: BaseException) -> WeryAIError | None:
    """An exception of the HTTP libraries as one of ours; None for any other."""
    if type(exception) is RuntimeError:
        # What asyncio and the libraries raise for a client of another event loop, or a closed one.
        error = APIConnectionError(
            f"The HTTP client cannot be used here ({exception}). If it was passed in, it must be "
            "open, and made for the event loop that is running."
        )
        error.is_retryable = False
        return error
    if not isinstance(exception, (*http_errors(), UnicodeError)):
        return None
    # httpx-aiohttp raises a ConnectTimeout for any failure of a connection. The cause is aiohttp's
    # own error, as it is with our client. Its own timeouts are asyncio's.
    cause = exception.__cause__
    origin = cause if isinstance(cause, tuple(_imported(_OF_AIOHTTP))) else exception
    if isinstance(origin, (*_imported(_TIMEOUTS), TimeoutError)):
        return APITimeoutError(
            f"WeryAI did not answer in time ({type(exception).__name__}). "
            "Raise `timeout` if the model needs longer."
        )
    what = f"{type(origin).__name__}: {origin}".rstrip(": ")
    return APIConnectionError(
        f"The connection to WeryAI failed ({what}). Check `base_url` and the network."
    )

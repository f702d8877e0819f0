"""Turns exceptions of the HTTP libraries into ours.

Our own clients raise those of httpcore2 and httpx2, the asynchronous one some of aiohttp; clients
that users pass in may raise httpx's. So the exceptions of all four are known here.
"""

from __future__ import annotations

import asyncio
import zlib

import aiohttp
import httpcore2
import httpx
import httpx2

from weryai_core.errors import APIConnectionError, APITimeoutError, WeryAIError

# aiohttp's own errors escape from httpx-aiohttp where that has no name for them.
HTTP_ERRORS: tuple[type[Exception], ...] = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.TimeoutException,
    aiohttp.ClientError,
    aiohttp.http_exceptions.HttpProcessingError,
    zlib.error,  # of a body that is not compressed as it says
)
_TIMEOUTS = (httpx.TimeoutException, httpx2.TimeoutException, httpcore2.TimeoutException)


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
    if not isinstance(exception, (*HTTP_ERRORS, UnicodeError)):
        return None
    # httpx-aiohttp raises a ConnectTimeout for any failure of a connection. The cause is aiohttp's
    # own error, as it is with our client. Its own timeouts are asyncio's.
    cause = exception.__cause__
    origin = cause if isinstance(cause, aiohttp.ClientError) else exception
    if isinstance(origin, (*_TIMEOUTS, asyncio.TimeoutError)):
        return APITimeoutError(
            f"WeryAI did not answer in time ({type(exception).__name__}). "
            "Raise `timeout` if the model needs longer."
        )
    what = f"{type(origin).__name__}: {origin}".rstrip(": ")
    return APIConnectionError(
        f"The connection to WeryAI failed ({what}). Check `base_url` and the network."
    )

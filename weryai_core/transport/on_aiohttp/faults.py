"""Turns aiohttp's exceptions into httpx2's, which name the step that failed."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import aiohttp
import httpx2
from aiohttp.http_exceptions import HttpProcessingError


class WriteTimeout(aiohttp.SocketTimeoutError):
    """The server does not take the request."""


# The first that fits counts.
_FAULTS: tuple[tuple[type[Exception], type[httpx2.RequestError]], ...] = (
    (WriteTimeout, httpx2.WriteTimeout),
    (aiohttp.SocketTimeoutError, httpx2.ReadTimeout),
    (asyncio.TimeoutError, httpx2.ConnectTimeout),
    (aiohttp.ClientConnectorError, httpx2.ConnectError),
    (aiohttp.ClientError, httpx2.ReadError),
)
# They have headers: those of a request to a proxy, or those of an answer.
_SHOWS_HEADERS = (aiohttp.ClientResponseError, HttpProcessingError)


class Fault(NamedTuple):
    """What to raise in place of an exception of aiohttp.

    Attributes:
        error: The error.
        cause: Its cause, unless that would show secrets.
    """

    error: Exception
    cause: Exception | None


def fault_of(exception: Exception) -> Fault | None:
    """The error to raise for an exception, outside its `except`; None to raise the exception."""
    if isinstance(exception, _SHOWS_HEADERS):
        return Fault(httpx2.RemoteProtocolError(str(exception)), None)
    for kind, ours in _FAULTS:
        if isinstance(exception, kind):
            return Fault(ours(str(exception)), exception)
    return None

"""Exceptions without the secrets in them.

Error trackers and debuggers show the local variables of each frame, and an exception of an HTTP
library has the request. Both have the headers, key and all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from types import TracebackType
from typing import Any

import aiohttp

from weryai_core.secrets.redact import MARK

_SECRET_HEADERS = ("authorization", "proxy-authorization")
_NO_HEADERS: Any = {}


def without_secrets(exception: BaseException, secrets: Collection[str]) -> BaseException:
    """The exception and those behind it, without frames, and with the secrets of requests hidden.

    Args:
        exception: What an HTTP library raised. It changes.
        secrets: The texts to hide in headers.
    """
    for error in _chain(exception):
        error.__traceback__ = None
        _hide_in_request(error, secrets)
    return exception


def cut_frames(exception: BaseException, traceback: TracebackType | None) -> None:
    """Remove the frames of what was called, as of a request that was cancelled.

    Args:
        exception: What is raised.
        traceback: Its traceback from the frame on that stays.
    """
    if traceback is not None:
        traceback.tb_next = None
    for error in _chain(exception):
        if error is not exception:
            error.__traceback__ = None


def _chain(exception: BaseException) -> Iterator[BaseException]:
    """The exception and all behind it."""
    seen: set[int] = set()
    behind: list[BaseException | None] = [exception]
    while behind:
        error = behind.pop()
        if error is not None and id(error) not in seen:
            seen.add(id(error))
            yield error
            behind += [error.__cause__, error.__context__]


def _hide_in_request(error: BaseException, secrets: Collection[str]) -> None:
    if isinstance(error, aiohttp.ClientResponseError):
        error.request_info = error.request_info._replace(headers=_NO_HEADERS)
        error.args = (error.request_info, error.history)
    try:
        request: Any = getattr(error, "request", None)
    except RuntimeError:  # of httpx: it has none
        return
    headers = getattr(request, "headers", {})
    for name, value in [*headers.items()]:
        if name.lower() in _SECRET_HEADERS or any(secret in value for secret in secrets):
            headers[name] = MARK

"""Exceptions without the secrets in them.

Error trackers and debuggers show the local variables of each frame, and an exception of an HTTP
library has the request. Both have the headers, key and all; and what a service repeats is in the
variables of whatever reads it. So the frames below an attempt lose their variables when it fails.
File and line of each stay.
"""

from __future__ import annotations

import dis
import inspect
import sys
from collections.abc import Mapping
from types import FrameType, TracebackType
from typing import Any

from weryai_core.secrets.hidden import MARK
from weryai_core.secrets.redact import Secrets

_WORDS = ("strerror", "filename", "object")
_NO_HEADERS: Any = {}
_YIELD = dis.opmap["YIELD_VALUE"]
_MOST_LINKS = 1000  # exceptions behind one
_RESUMABLE = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def forget_variables(
    exception: BaseException, traceback: TracebackType | None
) -> list[BaseException]:
    """Forget the local variables of the frames below an attempt.

    Written as one function: after a `RecursionError` there may be no room for another call.

    Args:
        exception: What ended the attempt.
        traceback: Its traceback, from the frame on that runs the attempt; that frame still runs.

    Returns:
        The exception and those behind it that were raised in the attempt. What the caller was
        handling before belongs to the caller, and is left alone.
    """
    callers: set[FrameType] = set()
    running = None if traceback is None else traceback.tb_frame
    frame = None if running is None else running.f_back
    while frame is not None:
        callers.add(frame)
        frame = frame.f_back
    found: dict[int, BaseException] = {}
    behind: list[BaseException | None] = [exception]
    while behind and len(found) < _MOST_LINKS:
        error = behind.pop()
        if error is None or id(error) in found:
            continue
        entry = traceback if error is exception else error.__traceback__
        if entry is not None and entry.tb_frame in callers:
            continue
        found[id(error)] = error
        behind += [error.__cause__, error.__context__]
        if isinstance(error, BaseExceptionGroup):
            behind += error.exceptions
        if error is not exception:
            while entry is not None and entry.tb_frame is not running and not _is_cleared(entry):
                entry = entry.tb_next
            error.__traceback__ = entry
        while entry is not None:
            below = entry.tb_next
            while not (below is None or below.tb_frame in callers or _is_cleared(below)):
                below = below.tb_next
            if below is not entry.tb_next:
                entry.tb_next = below
            entry = below
    return list(found.values())


def hide_secrets(exception: BaseException, secrets: Secrets) -> None:
    """Hide secrets in what an exception says, and in the request that belongs to it.

    Args:
        exception: It changes if it has any.
        secrets: The secrets.
    """
    _hide_in_request(exception, secrets)
    args = secrets.redact_value(exception.args)
    if args != exception.args:
        exception.args = args
    for name in _WORDS:  # of OSError and UnicodeError, which have no dict
        value = getattr(exception, name, None)
        redacted = secrets.redact_value(value)
        if redacted != value:
            setattr(exception, name, redacted)
    attributes = getattr(exception, "__dict__", {})
    for name, value in [*attributes.items()]:
        if isinstance(value, (str, bytes, tuple, list, Mapping)):
            before = dict(value) if isinstance(value, Mapping) else value
            redacted = secrets.redact_value(before)
            if redacted != before:
                attributes[name] = redacted


def _is_cleared(entry: TracebackType) -> bool:
    """Clear a frame's variables; whether that could be done.

    A generator or coroutine may have caught the exception and be suspended elsewhere by now. To
    clear its frame would close it before Python 3.13, which refuses that.
    """
    frame = entry.tb_frame
    if sys.version_info < (3, 13) and frame.f_code.co_flags & _RESUMABLE:
        last = frame.f_lasti
        if last != entry.tb_lasti and last >= 0 and frame.f_code.co_code[last] == _YIELD:
            return False
    try:
        frame.clear()
    except RuntimeError:  # it still runs
        return False
    return True


def _hide_in_request(error: BaseException, secrets: Secrets) -> None:
    aiohttp: Any = sys.modules.get("aiohttp")
    if aiohttp is not None and isinstance(error, aiohttp.ClientResponseError):
        info = error.request_info
        error.request_info = info._replace(
            url=info.url.with_query(None), real_url=info.url.with_query(None), headers=_NO_HEADERS
        )
        error.args = (error.request_info, error.history)
    try:
        request: Any = getattr(error, "request", None)
    except RuntimeError:  # of httpx: it has none
        return
    headers = getattr(request, "headers", None)
    if headers is None:
        return
    for name, value in [*headers.items()]:
        if secrets.hides_header(name) or secrets.redact(value) != value:
            headers[name] = MARK
    if request.url.query:
        request.url = request.url.copy_with(query=MARK.encode())

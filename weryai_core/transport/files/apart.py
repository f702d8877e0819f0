"""Runs blocking functions in threads of their own, and waits no longer than it is allowed to.

Some waits cannot be ended from outside: for a name server, for a network drive that is gone. Their
threads are daemons, so neither an event loop nor the interpreter waits for them at its end.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from math import inf
from typing import Generic, TypeVar

T = TypeVar("T")

_NAME = "weryai-apart"


def run_apart(function: Callable[[], T], seconds: float = inf) -> T:
    """What a function returns.

    Args:
        function: Called in a thread of its own. It may go on after the time is over.
        seconds: How long to wait for it.

    Raises:
        TimeoutError: It takes longer.
        RuntimeError: No thread can be started.
        Exception: What the function raises.
    """
    outcome = _Outcome(function)
    done = threading.Event()

    def run() -> None:
        outcome.run()
        done.set()

    _start(run)
    if not done.wait(None if seconds == inf else seconds):
        raise TimeoutError
    return outcome.get()


async def arun_apart(function: Callable[[], T]) -> T:
    """Async version of `run_apart`, without a limit: a cancellation ends the wait at once."""
    outcome = _Outcome(function)
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def finish() -> None:
        if not done.done():
            done.set_result(None)

    def run() -> None:
        outcome.run()
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(finish)

    _start(run)
    await done
    return outcome.get()


class _Outcome(Generic[T]):
    """What a function returned or raised."""

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._context = copy_context()
        self._values: list[T] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._values.append(self._context.run(self._function))
        except BaseException as error:
            self._error = error

    def get(self) -> T:
        error, self._error = self._error, None
        if error is None:
            return self._values.pop()
        try:
            raise error
        finally:
            del error  # its frames lead here


def _start(function: Callable[[], object]) -> None:
    threading.Thread(target=function, name=_NAME, daemon=True).start()

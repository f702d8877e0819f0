"""Blocking functions run in threads that nobody waits for."""

import asyncio
import contextvars
import threading

import pytest

from weryai_core.transport.files.apart import arun_apart, run_apart

NAME = contextvars.ContextVar("NAME", default="none")


UNFINISHED = """
import asyncio, threading
from weryai_core.transport.files.apart import arun_apart, run_apart

never = threading.Event().wait

async def give_up():
    await asyncio.wait_for(arun_apart(never), 0.05)

for run in (lambda: asyncio.run(give_up()), lambda: run_apart(never, 0.05)):
    try:
        run()
    except TimeoutError:
        print("given up")
"""


def fail():
    raise KeyError("a")


def run_in_loop(function):
    return asyncio.run(arun_apart(function))


@pytest.mark.parametrize("run", [run_apart, run_in_loop], ids=["sync", "async"])
def test_a_function_returns_and_raises_as_if_called_here(run):
    token = NAME.set("ann")
    assert run(NAME.get) == "ann"
    NAME.reset(token)
    assert run(threading.get_ident) != threading.get_ident()
    with pytest.raises(KeyError, match="a"):
        run(fail)


def test_a_function_that_takes_too_long_is_not_waited_for():
    never = threading.Event()
    with pytest.raises(TimeoutError):
        run_apart(never.wait, 0.05)
    never.set()


@pytest.mark.timeout(60)
def test_a_cancelled_function_holds_neither_the_task_nor_the_loop():
    never = threading.Event()

    async def cancel():
        task = asyncio.create_task(arun_apart(never.wait))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert not never.is_set()
    never.set()


@pytest.mark.timeout(60)
def test_a_function_that_is_not_done_does_not_hold_the_interpreter(run_script):
    result = run_script(UNFINISHED)
    assert (result.returncode, result.stdout, result.stderr) == (0, "given up\n" * 2, "")

"""Answer a file of prompts on one machine, and go on where the last run ended.

    python examples/batch.py ROWS RESULTS [--framework llama-index] [--model KEY] [--concurrency 20]

Uses WeryAI if `WERYAI_API_KEY` is set, otherwise the emulator on this machine. Run the same command
again after a kill: rows with a result are not asked again. Ctrl-C takes no further rows and awaits
the answers that are on their way; a second one ends at once.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from types import FrameType
from typing import Any

from batch_job import FRAMEWORKS, Job, model_settings, parser
from batch_rows import (
    Results,
    Tally,
    forget_errors,
    list_of_bad_lines,
    lock,
    read_results,
    read_rows,
    removed_after_failure,
)
from connection import connect

from weryai_core import WeryAIError


def main() -> int:
    """Answer the rows. The exit status is 1 if some are left."""
    options = parser(
        "Answer a file of prompts.", results="JSON Lines to append to, one for each row"
    ).parse_args()
    with ExitStack() as stack:
        connection = connect(stack, options.model)
        try:
            return run(options, connection)
        except (OSError, ValueError, WeryAIError) as error:
            sys.exit(f"batch.py: {error}")


def run(options: Namespace, connection: dict[str, Any]) -> int:
    """Answer the rows that have no result yet."""
    path = options.results
    with ExitStack() as stack:
        locked = path.with_name(f"{path.name}.lock")
        stack.enter_context(removed_after_failure(locked))
        stack.enter_context(lock(locked))
        if options.retry_errors:
            forget_errors(path)
        done = {row.key for row in read_results(path)}
        ask = FRAMEWORKS[options.framework](
            max_concurrency=options.concurrency, **model_settings(options, connection)
        )
        tally = stack.enter_context(closing(Tally(options.rows, list_of_bad_lines(path))))
        results = stack.enter_context(closing(Results(path)))
        job = Job(ask, concurrency=options.concurrency, give_up_after=options.give_up_after)
        rows = read_rows(options.rows, done, tally)
        with stopped_by_signals(job):
            asyncio.run(job.run(rows, results, tally.add))
    print(tally)
    if tally.counts["bad lines"]:
        print(f"The bad lines are listed in {list_of_bad_lines(path)}.")
    if job.stopped:
        print(f"Stopped: {job.stopped}\nRun the same command again to go on.")
    return 1 if job.stopped else 0


@contextmanager
def stopped_by_signals(job: Job) -> Iterator[None]:
    """Let Ctrl-C stop the job, and the signal with which systems ask a process to end."""
    numbers = (signal.SIGINT, signal.SIGTERM)

    def stop(number: int, frame: FrameType | None) -> None:
        job.stop(f"{signal.Signals(number).name}.")
        for one in numbers:
            signal.signal(one, signal.default_int_handler)
        os.write(2, b"\nWaiting for the answers on their way. Ctrl-C again ends at once.\n")

    handlers = [signal.signal(number, stop) for number in numbers]
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in zip(numbers, handlers, strict=True):
            signal.signal(number, handler)


if __name__ == "__main__":
    sys.exit(main())

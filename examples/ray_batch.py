"""Answer a file of prompts on a Ray cluster, and go on where the last run ended.

    python examples/ray_batch.py ROWS FOLDER [--actors 2] [--concurrency 20] [--address auto]

Rows and results are those of `batch.py`, in files that all machines see. The driver finds the rows
that have no result yet, and Ray Data spreads them over actors, some at a time. Each actor holds a
model, asks the rows of a task and appends what comes of them to a file for this task in FOLDER. So
whatever is killed, an answer that has arrived is kept.

Ray asks nothing again by itself: the model retries requests, and a run with the same command asks
the rows that have no result. Without `--address`, Ray runs on this machine alone. The key comes
from the environment of the machines, because what is passed to Ray shows in its logs.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import ExitStack, closing, suppress
from itertools import islice
from pathlib import Path
from typing import Any

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when Ray is imported

import pyarrow
import ray
from batch_job import FRAMEWORKS, Job, count, model_settings, parser
from batch_rows import (
    Outcome,
    Results,
    Row,
    Tally,
    forget_errors,
    list_of_bad_lines,
    lock,
    read_results,
    read_row,
    read_rows,
    removed_after_failure,
)
from connection import connect

from weryai_core import WeryAIError

_COUNTS = tuple(Outcome().counts())
_STOP = "stop"  # a file that the driver writes: no actor asks further rows
_PATIENCE = 60.0  # seconds to wait for the actors of a driver that was killed


class Answerer:
    """An actor that holds a model, and answers the rows of its tasks.

    Args:
        rows: The file of all rows.
        folder: Where the results go.
        framework: Which model class to use.
        settings: The arguments of the model class.
        concurrency: How many requests of this actor are under way at once.
        give_up_after: See `Job`.
    """

    def __init__(
        self,
        rows: Path,
        folder: Path,
        framework: str,
        settings: dict[str, Any],
        concurrency: int,
        give_up_after: int,
    ) -> None:
        self.lock = lock(folder / "actors.lock", shared=True)
        self._rows = rows
        self._folder = folder
        ask = FRAMEWORKS[framework](max_concurrency=concurrency, **settings)
        self._job = Job(ask, concurrency=concurrency, give_up_after=give_up_after)

    async def __call__(self, task: dict[str, Any]) -> AsyncIterator[dict[str, list[Any]]]:
        """Answer the rows of a task; gives their counts, because the answers are in the file."""
        counts: Counter[str] = Counter()
        if (self._folder / _STOP).exists():
            self._job.stop("another actor has stopped")
        # Ray runs a task again if it has lost its actor or its counts. The file is there then, and
        # nothing is asked: what of it has no result is for the next run.
        with suppress(FileExistsError):
            if not self._job.stopped:
                results = Results(self._folder / task["name"][0], is_new=True)
                with closing(results):
                    await self._job.run(self._read(task), results, counts.update)
        yield {name: [counts[name]] for name in _COUNTS} | {"stopped": [self._job.stopped]}

    def _read(self, task: dict[str, Any]) -> Iterator[Row]:
        with open(self._rows, "rb") as file:
            for number, offset in zip(task["number"], task["offset"], strict=True):
                if (self._folder / _STOP).exists():
                    return
                file.seek(offset)
                yield read_row(file.readline(), int(number))


def main() -> int:
    """Answer the rows. The exit status is 1 if some are left."""
    made = parser("Answer a file of prompts with Ray.", results="a folder of JSON Lines files")
    made.add_argument("--actors", type=count, default=2, help="actors that share the concurrency")
    made.add_argument("--rows-per-task", type=count, default=100)
    made.add_argument(
        "--address",
        default=os.environ.get("RAY_ADDRESS", "local"),
        help='of a Ray cluster, such as "auto"; otherwise RAY_ADDRESS, or this machine alone',
    )
    options = made.parse_args()
    with ExitStack() as stack:
        connection = connect(stack, options.model)
        try:
            return run(options, connection)
        except (OSError, ValueError, WeryAIError) as error:
            sys.exit(f"ray_batch.py: {error}")


def run(options: argparse.Namespace, connection: dict[str, Any]) -> int:
    """Answer the rows that have no result yet."""
    folder = options.results.absolute()
    options.rows.open("rb").close()  # must be there
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        locks = (folder / "driver.lock", folder / "actors.lock")
        stack.enter_context(removed_after_failure(*locks))
        stack.enter_context(lock(folder / "driver.lock"))
        wait_for_actors(folder)
        (folder / _STOP).unlink(missing_ok=True)
        done = find_done(folder, is_forgetting=options.retry_errors)
        settings = model_settings(options, connection)
        FRAMEWORKS[options.framework](**settings)  # refuses wrong settings before Ray starts
        tally = stack.enter_context(closing(Tally(options.rows, list_of_bad_lines(folder))))
        name = uuid.uuid4().hex[:8]
        tasks = list(to_tasks(read_rows(options.rows, done, tally), options.rows_per_task, name))
        stopped = ""
        if tasks:
            stopped = run_tasks(tasks, options, settings, tally)
            wait_for_actors(folder)
            tally.correct(count_results(folder, name))
            (folder / _STOP).unlink(missing_ok=True)
    print(tally)
    if tally.counts["bad lines"]:
        print(f"The bad lines are listed in {list_of_bad_lines(options.results)}.")
    left = sum(task.num_rows for task in tasks) - tally.asked
    if left:
        reason = stopped or "Ray could not finish all tasks, see its messages above."
        print(f"{left:,} rows are left: {reason}\nRun the same command again to go on.")
    return 1 if left else 0


def wait_for_actors(folder: Path) -> None:
    """Wait until no actor writes into the folder; those of a killed driver end soon after it."""
    lock(folder / "actors.lock", patience=_PATIENCE).close()


def find_done(folder: Path, *, is_forgetting: bool) -> set[bytes]:
    """The keys of the rows with a result in any file of the folder."""
    done: set[bytes] = set()
    for part in sorted(folder.glob("part-*.jsonl")):
        if is_forgetting:
            forget_errors(part, is_ours=True)
        done.update(row.key for row in read_results(part, is_ours=True))
    return done


def count_results(folder: Path, name: str) -> Counter[str]:
    """What came of the rows of a run, also of tasks that were not finished."""
    counts: Counter[str] = Counter()
    for part in folder.glob(f"part-{name}-*.jsonl"):
        for row in read_results(part, is_ours=True):
            counts.update(Outcome.of(row).counts())
    return counts


def to_tasks(rows: Iterable[Row], size: int, name: str) -> Iterator[pyarrow.Table]:
    """A table for each task: the name of its file, and where its rows are in theirs."""
    places = ((row.number, row.offset) for row in rows)
    while task := list(islice(places, size)):
        numbers, offsets = zip(*task, strict=True)
        names = [f"part-{name}-{numbers[0]}.jsonl"] * len(task)
        yield pyarrow.table({"name": names, "number": numbers, "offset": offsets})


def run_tasks(
    tasks: list[pyarrow.Table],
    options: argparse.Namespace,
    settings: dict[str, Any],
    tally: Tally,
) -> str:
    """Run the tasks on Ray, and show how far they are; returns why they were stopped, if so.

    If one actor stops, it stops the others as well. All tasks return before Ray is shut down: a
    shutdown under running tasks may end the driver.
    """
    reason = ""
    start_ray(options.address)
    try:
        for counts in answer(tasks, options, settings):
            stopped = str(counts.pop("stopped"))
            tally.add(Counter(counts))
            if stopped and not reason:
                reason = stopped
                (options.results / _STOP).touch()
    except KeyboardInterrupt:
        reason = reason or "SIGINT."
    finally:
        ray.shutdown()
    return reason


def start_ray(address: str) -> None:
    """Start Ray on this machine, or connect to a cluster."""
    ray.init(address=address, include_dashboard=False, logging_level=logging.WARNING)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False  # ours counts rows
    context.execution_no_progress_timeout_s = -1  # the rows of a task may take longer than that
    context.max_errored_blocks = -1  # if a task fails, the others go on


def answer(
    tasks: list[pyarrow.Table], options: argparse.Namespace, settings: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Run the tasks on the actors; gives the counts of each as it ends.

    Each actor has an equal part of the concurrency, so the account's limit holds, and no request
    waits for another machine. An actor works on two tasks at once: while it awaits the last answers
    of one, the other one fills the places that are free.
    """
    actors = min(options.actors, options.concurrency)
    dataset = ray.data.from_arrow(tasks).map_batches(
        Answerer,
        fn_constructor_kwargs={
            "rows": options.rows.absolute(),
            "folder": options.results.absolute(),
            "framework": options.framework,
            "settings": settings,
            "concurrency": options.concurrency // actors,
            "give_up_after": options.give_up_after,
        },
        batch_size=None,
        compute=ray.data.ActorPoolStrategy(size=actors, max_concurrent_calls_per_actor=2),
        num_cpus=0.1,  # an actor waits most of the time
    )
    yield from dataset.iter_rows()


if __name__ == "__main__":
    sys.exit(main())

"""Ask a model about rows: what `batch.py` and `ray_batch.py` share of their work.

A job asks several rows at once and writes what comes of each. Retries are the model's: a row has an
error only after its last attempt. To ask something else, such as a chain, a tool or a structured
answer, write another `ask_...` function.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from batch_rows import Messages, Outcome, Results, Row, to_result

from weryai_core import ContentFilterError, InvalidRequestError, ReplyTooLargeError

Ask = Callable[[Messages], Awaitable[Outcome]]
Note = Callable[[Counter[str]], None]

# Errors of the row itself: the same row would have them again. All others may pass, or be fixed.
_LASTING = (InvalidRequestError, ContentFilterError, ReplyTooLargeError)


def ask_langchain(**settings: Any) -> Ask:
    """A function that asks a `ChatWeryAI` with these settings."""
    from langchain_weryai import ChatWeryAI

    model = ChatWeryAI(**settings)

    async def ask(messages: Messages) -> Outcome:
        reply = await model.ainvoke(messages)
        usage = reply.usage_metadata
        return Outcome(
            answer=reply.text,
            model=reply.response_metadata.get("model_name"),
            prompt_tokens=usage["input_tokens"] if usage else None,
            completion_tokens=usage["output_tokens"] if usage else None,
            finish_reason=reply.response_metadata.get("finish_reason"),
        )

    return ask


def ask_llama_index(**settings: Any) -> Ask:
    """A function that asks a LlamaIndex `WeryAI` with these settings."""
    from llama_index.core.llms import ChatMessage

    from llama_index_weryai import WeryAI

    llm = WeryAI(**settings)

    async def ask(messages: Messages) -> Outcome:
        reply = await llm.achat([ChatMessage(**message) for message in messages])
        raw: Any = reply.raw
        usage = raw.get("usage") or {}
        return Outcome(
            answer=reply.message.content or "",
            model=raw.get("model"),
            prompt_tokens=usage.get("prompt_tokens"),
            completion_tokens=usage.get("completion_tokens"),
            finish_reason=reply.additional_kwargs.get("finish_reason"),
        )

    return ask


FRAMEWORKS = {"langchain": ask_langchain, "llama-index": ask_llama_index}


class Job:
    """Asks rows and writes what comes of them.

    Args:
        ask: Asks a model.
        concurrency: How many rows are asked at once.
        give_up_after: Errors in a row, without an answer between them, after which no more rows are
            asked: the key, the credits or the network are gone.

    Attributes:
        stopped: Why no more rows are asked; empty while rows are asked.
    """

    def __init__(self, ask: Ask, *, concurrency: int, give_up_after: int) -> None:
        self._ask = ask
        self._concurrency = concurrency
        self._places = asyncio.Semaphore(concurrency)
        self._give_up_after = give_up_after
        self._failures = 0  # since the last answer
        self.stopped = ""

    async def run(self, rows: Iterable[Row], results: Results, note: Note) -> None:
        """Ask rows, write what comes of each, and tell its counts.

        Rows are taken one by one as places come free. Several calls share the places. What could
        not be written, because the disk is full, is written at the end, or printed.
        """
        waiting = iter(rows)
        unwritten: list[tuple[Row, Outcome]] = []
        work = partial(self._work, waiting, results, note, unwritten)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._concurrency):
                    group.create_task(work())
        finally:
            for row, outcome in unwritten:
                _write_at_last(row, outcome, results, note)

    def stop(self, reason: str) -> None:
        """Ask no more rows. The answers that are on their way are awaited: they are paid."""
        self.stopped = self.stopped or reason

    async def _work(
        self,
        waiting: Iterator[Row],
        results: Results,
        note: Note,
        unwritten: list[tuple[Row, Outcome]],
    ) -> None:
        while not self.stopped:
            async with self._places:
                try:
                    row = None if self.stopped else next(waiting, None)
                except OSError as error:  # of the input
                    self.stop(f"{error}.")
                    return
                if row is None:
                    return
                outcome = await self._outcome(row)
                try:
                    results.add(row, outcome)  # nothing is awaited between the answer and the file
                except OSError as error:
                    self.stop(f"{error}.")
                    unwritten.append((row, outcome))
                    return
            note(outcome.counts())

    async def _outcome(self, row: Row) -> Outcome:
        try:
            outcome = await self._ask(row.messages)
        except Exception as error:  # whatever a chain raises, the other rows go on
            self._failures += 1
            if self._failures >= self._give_up_after:
                self.stop(f"{self._failures} errors in a row. The last one: {error}")
            return Outcome(
                error=type(error).__name__,
                message=str(error),
                retryable=not isinstance(error, _LASTING),
            )
        self._failures = 0
        return outcome


def _write_at_last(row: Row, outcome: Outcome, results: Results, note: Note) -> None:
    """Write a result for the second time; print it to the standard error if that fails, too."""
    try:
        results.add(row, outcome)
    except OSError:
        sys.stderr.write(f"\n{to_result(row, outcome).decode()}")
    else:
        note(outcome.counts())


def parser(description: str, *, results: str) -> argparse.ArgumentParser:
    """The command line of both programs.

    Args:
        description: What the program does.
        results: What it writes.
    """
    made = argparse.ArgumentParser(description=description)
    made.add_argument("rows", type=Path, help="JSON Lines with a prompt or messages in each line")
    made.add_argument("results", type=Path, help=results)
    made.add_argument("--framework", choices=FRAMEWORKS, default="langchain")
    made.add_argument("--model", type=name, default="GEMINI_25_FLASH")
    made.add_argument("--concurrency", type=count, default=20, help="most requests at once")
    made.add_argument("--max-tokens", type=count, help="most tokens of an answer")
    made.add_argument("--max-retries", type=int, default=5, help="of a row, before it has an error")
    made.add_argument("--retry-errors", action="store_true", help="ask rows with errors again")
    made.add_argument(
        "--give-up-after", type=count, default=50, metavar="N", help="stop after N errors in a row"
    )
    return made


def name(text: str) -> str:
    """The key of a model, of the command line."""
    if not text.strip():
        raise argparse.ArgumentTypeError("pass the key of a model")
    return text


def count(text: str) -> int:
    """A number from 1, of the command line."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("pass a whole number from 1")
    return int(text)


def model_settings(options: argparse.Namespace, connection: dict[str, Any]) -> dict[str, Any]:
    """The arguments of the model class."""
    return {
        "model": options.model,
        "max_tokens": options.max_tokens,
        "max_retries": options.max_retries,
        **connection,
    }

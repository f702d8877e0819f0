"""Rows in, results out: the files of `batch.py` and `ray_batch.py`, from which a job resumes.

A line of the input is a JSON object with a `prompt`, or with `messages` that have a `role` and a
text as `content`. Its `id` and its other fields are kept. A row without `id` is recognized by its
messages; the results show the number of its line, and `"id_is_line": true`.

A line of the results is the same object with the answer or the error. It is written in one piece as
soon as the answer is there, so a killed process loses only what was not answered yet. The results
say what is done: a row with the same id and messages is not asked again. Lines that are no rows are
listed in a file next to the results.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, Literal

from tqdm import tqdm

if sys.platform != "win32":
    import fcntl

Messages = list[dict[str, str]]

_ROLES = ("system", "user", "assistant")
_IS_LINE = "id_is_line"  # a field of results: the row has no id
_START = b'{"id": '  # of each line of the results
_BAD_START = b'{"line": '  # of each line of the list of bad lines
_SYNC = 1.0  # seconds of results that may be lost if the machine itself fails
_ROWS = ("answered", "errors", "bad lines", "done before")
_SHOWN = 20  # bad lines that are shown; the others are only counted


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the input.

    Attributes:
        key: The same for rows with the same id and messages, or with the same messages and no id.
        fields: The object of the line; its id comes first.
        messages: What to ask.
        number: The number of the line, from 1.
        offset: Where the line begins in the file.
    """

    key: bytes
    fields: dict[str, Any]
    messages: Messages
    number: int
    offset: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a row: an answer, or an error.

    Attributes:
        answer: The text; None after an error.
        model: Which model answered.
        prompt_tokens: Tokens of the prompt, if the service counts them.
        completion_tokens: Tokens of the answer.
        finish_reason: Why the answer ended; "length" if it is truncated.
        error: The class of the error; None if there is an answer.
        message: What the error says.
        retryable: Whether the row may be answered another time.
    """

    answer: str | None = None
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    finish_reason: str | None = None
    error: str | None = None
    message: str | None = None
    retryable: bool = False

    @classmethod
    def of(cls, row: Row) -> Outcome:
        """The outcome in a line of the results."""
        return cls(**{field.name: row.fields[field.name] for field in fields(cls)})

    def counts(self) -> Counter[str]:
        """The outcome in numbers, for a sum."""
        return Counter(
            answered=int(self.error is None),
            errors=int(self.error is not None),
            retryable=int(self.retryable),
            prompt_tokens=self.prompt_tokens or 0,
            completion_tokens=self.completion_tokens or 0,
        )


class NotJSONError(ValueError):
    """A line is not JSON, perhaps because its end is missing."""


def read_row(line: bytes, number: int, offset: int = 0) -> Row:
    """The row in a line. Raises `ValueError`, which says what is wrong with it."""
    try:
        found = json.loads(line.strip())
    except (ValueError, RecursionError) as error:
        raise NotJSONError(f"not JSON ({error})") from error
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    name = found.pop("id", None)
    if isinstance(name, bool) or not isinstance(name, int | str | None):
        raise ValueError("its `id` is neither a text nor a whole number")
    messages = _read_messages(found)
    is_line = found.pop(_IS_LINE, None) is True or name is None
    known = json.dumps([None if is_line else name, messages], sort_keys=True)
    key = blake2b(known.encode(), digest_size=16).digest()
    shown = {"id": number if name is None else name, **found}
    return Row(key, shown | {_IS_LINE: True} if is_line else shown, messages, number, offset)


def _read_messages(found: dict[str, Any]) -> Messages:
    if ("prompt" in found) == ("messages" in found):
        raise ValueError("it needs a `prompt` or `messages`, and not both")
    if "prompt" in found:
        messages: Any = [{"role": "user", "content": found["prompt"]}]
    else:
        messages = found["messages"]
        if not isinstance(messages, list) or not messages:
            raise ValueError("its `messages` are not a list of messages")
    for message in messages:
        if not isinstance(message, dict) or message.keys() != {"role", "content"}:
            raise ValueError("a message needs a `role` and a `content`, and nothing else")
        if message["role"] not in _ROLES:
            raise ValueError(f"a `role` is none of {', '.join(_ROLES)}")
        if not isinstance(message["content"], str) or not message["content"].strip():
            raise ValueError("a prompt or a message is not a text, or is empty")
    return messages  # type: ignore[no-any-return]  # checked above


def to_line(found: dict[str, Any]) -> bytes:
    """An object as a line of JSON."""
    text = json.dumps(found, ensure_ascii=False)
    # JSON's own escape for half of a character, which UTF-8 cannot encode.
    return text.encode("utf-8", "backslashreplace") + b"\n"


def to_result(row: Row, outcome: Outcome) -> bytes:
    """The line of the results for a row."""
    return to_line({**row.fields, **asdict(outcome)})


class Tally:
    """Counts what comes of the rows, and shows it as a progress bar.

    Args:
        path: The input, whose lines are counted for the bar.
        bad: The file in which lines that are no rows are listed. Each run writes it anew.

    Raises:
        ValueError: The input is not UTF-8, or `bad` is a file of something else.
    """

    def __init__(self, path: Path, bad: Path) -> None:
        lines = _count_lines(path)
        _remove_list(bad)
        self._bad = bad
        self._bad_file: BinaryIO | None = None
        self.counts: Counter[str] = Counter()
        pause = 0.1 if sys.stderr.isatty() else 60  # seconds; a log gets a line a minute
        self._bar = tqdm(total=lines, unit="row", smoothing=0.02, mininterval=pause)

    def add(self, counts: Counter[str]) -> None:
        """Add the counts of one outcome, or of several."""
        self.counts.update(counts)
        self._bar.set_postfix(errors=self.counts["errors"], refresh=False)
        self._bar.update(counts["answered"] + counts["errors"])

    def note_done(self) -> None:
        """Note a row that has a result already."""
        self.counts["done before"] += 1
        self._bar.update()

    def note_repeated(self) -> None:
        """Note a row that is equal to an earlier one of this run."""
        self.counts["repeated"] += 1
        self._bar.update()

    def note_bad(self, number: int, problem: ValueError) -> None:
        """Note a line that is no row, and show it."""
        self.counts["bad lines"] += 1
        self._bar.update()
        if self.counts["bad lines"] <= _SHOWN:
            tqdm.write(f"line {number}: {problem}")
        if self._bad_file is None:
            self._bad_file = open(self._bad, "wb", buffering=0)  # noqa: SIM115  # closed by `close`
        self._bad_file.write(to_line({"line": number, "reason": str(problem)}))

    def correct(self, counts: Counter[str]) -> None:
        """Replace the counts of outcomes by others."""
        for name in Outcome().counts():
            self.counts[name] = counts[name]

    @property
    def asked(self) -> int:
        """How many rows were asked in this run."""
        return self.counts["answered"] + self.counts["errors"]

    def close(self) -> None:
        """End the bar, and the list of bad lines."""
        self._bar.close()
        if self._bad_file is not None:
            self._bad_file.close()

    def __str__(self) -> str:
        counts = self.counts
        rows = (*_ROWS, "repeated")
        text = (
            ", ".join(f"{counts[name]:,} {name}" for name in rows if name in _ROWS or counts[name])
            + f"\n{counts['prompt_tokens']:,} tokens of prompts, "
            f"{counts['completion_tokens']:,} tokens of answers"
        )
        if counts["retryable"]:
            text += f"\n{counts['retryable']:,} of these errors may pass: see --retry-errors."
        return text


def _count_lines(path: Path) -> int:
    with open(path, "rb") as file:
        start = file.read(4)
        if start.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in start:
            raise ValueError(f"{path} is UTF-16 or UTF-32. Convert it to UTF-8.")
        file.seek(0)
        return sum(1 for line in file if line.strip())


def list_of_bad_lines(results: Path) -> Path:
    """The file for the bad lines of a job with these results."""
    return results.with_name(f"{results.stem}.bad.jsonl")


def _remove_list(path: Path) -> None:
    if path.exists():
        with open(path, "rb") as file:
            start = file.read(len(_BAD_START))
        if start not in (b"", _BAD_START):
            raise ValueError(
                f"{path} is not a list of bad lines. Name another file for the results."
            )
        path.unlink()


def read_rows(path: Path, done: set[bytes], tally: Tally) -> Iterator[Row]:
    """The rows to ask, read one by one: the file may be larger than the memory.

    Args:
        path: The input.
        done: The keys of rows that have a result.
        tally: Is told of the other lines.
    """
    offset = 0
    asked: set[bytes] = set()
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            start, offset = offset, offset + len(line)
            if not line.strip():
                continue
            try:
                row = read_row(line, number, start)
            except ValueError as problem:
                tally.note_bad(number, problem)
                continue
            if row.key in done:
                tally.note_done()
                continue
            if row.key in asked:
                tally.note_repeated()
                continue
            asked.add(row.key)
            yield row


class Results:
    """A file of results that one process appends to.

    Args:
        path: The file. It is made if it is missing.
        is_new: Whether the file must be missing.

    Raises:
        FileExistsError: It must be missing and is there.
    """

    def __init__(self, path: Path, *, is_new: bool = False) -> None:
        mode: Literal["xb", "ab"] = "xb" if is_new else "ab"
        self._file = open(path, mode, buffering=0)  # noqa: SIM115  # closed by `close`
        self._synced = time.monotonic()

    def add(self, row: Row, outcome: Outcome) -> None:
        """Write what came of a row, in one piece and at once: from here on, a kill cannot lose it.

        The system has the line then, but perhaps not the disk: that is waited for once a second.
        """
        line = memoryview(to_result(row, outcome))
        size = self._file.seek(0, os.SEEK_END)
        try:
            while line:
                line = line[self._file.write(line) :]
            if time.monotonic() - self._synced > _SYNC:
                self._sync()
        except OSError:
            self._file.truncate(size)  # a full disk takes half a line
            raise

    def close(self) -> None:
        """Close the file once the disk has it."""
        self._sync()
        self._file.close()

    def _sync(self) -> None:
        os.fsync(self._file.fileno())
        self._synced = time.monotonic()


def read_results(path: Path, *, is_ours: bool = False) -> Iterator[Row]:
    """The rows of a file of results.

    A kill may tear the last line. What is left of it is removed, or ended if only its end is
    missing.

    Args:
        path: The file.
        is_ours: Whether its name says that it has results. Otherwise a first line must say it.

    Raises:
        ValueError: The file has other lines than results.
    """
    if not path.exists():
        return
    size = 0
    with open(path, "rb+") as file:
        for number, line in enumerate(file, 1):
            has_no_end = not line.endswith(b"\n")
            try:
                row = read_row(line, number)
                Outcome.of(row)
            except (ValueError, KeyError) as error:
                is_torn = has_no_end and isinstance(error, NotJSONError)
                is_torn = is_torn and (is_ours or size > 0)
                if is_torn and _START.startswith(line[: len(_START)].rstrip(b"\0")):
                    file.truncate(size)
                    return
                raise ValueError(
                    f"Line {number} of {path} is not a result. Name another file for the results, "
                    "or remove this line."
                ) from error
            yield row
            size += len(line)
            if has_no_end:
                file.seek(0, os.SEEK_END)
                file.write(b"\n")


def forget_errors(path: Path, *, is_ours: bool = False) -> None:
    """Remove the errors that another time may not have, so that their rows are asked again."""
    if not path.exists():
        return
    lasting = path.with_name(f"{path.name}.new")
    with open(lasting, "wb") as file:
        for row in read_results(path, is_ours=is_ours):
            if not row.fields["retryable"]:
                file.write(to_line(row.fields))
        file.flush()
        os.fsync(file.fileno())
    os.replace(lasting, path)


@contextmanager
def removed_after_failure(*paths: Path) -> Iterator[None]:
    """Remove these files if a job fails, such as its locks, unless they were there before."""
    new = [path for path in paths if not path.exists()]
    try:
        yield
    except BlockingIOError:  # they are another job's
        raise
    except Exception:  # whatever failed is raised again below
        for path in new:
            with suppress(OSError):
                path.unlink()
        raise


def lock(path: Path, *, shared: bool = False, patience: float = 0.0) -> BinaryIO:
    """A lock on a file, which ends when the file is closed or the process dies.

    Two jobs with the same results would pay twice. On Windows, and on file systems without locks,
    nothing keeps them from it.

    Args:
        path: The file. It is made if it is missing.
        shared: Whether others may hold the lock as well, if theirs is shared too.
        patience: Seconds to wait for those who have it.

    Raises:
        BlockingIOError: Another process has it.
    """
    file = open(path, "ab")  # noqa: SIM115  # the caller closes it
    until = time.monotonic() + patience
    while sys.platform != "win32":
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                file.close()
                raise BlockingIOError(f"Another job is at work: it holds {path}.") from None
            time.sleep(0.1)
            continue
        except OSError:
            pass  # a file system without locks
        break
    return file

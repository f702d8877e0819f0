"""Run a row: a class and a fresh emulator go in, a verdict in words comes out."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from weryai_emulator import Emulator

KEY = "sk-secret-0123456789"
MODEL = "GPT_4O"
GEMINI = "GEMINI_3_1_PRO"
LIMIT = 30.0
"""Seconds that a row may take; "no end" is a verdict, too."""


@dataclass(frozen=True)
class Answer:
    """An answer, in terms that both frameworks share.

    Attributes:
        text: The text.
        reasoning: The text of the framework's own reasoning blocks.
        sources: Where the sources are found; "citations" are the framework's own.
        usage: Input and output tokens as the framework has them.
        calls: Tool calls that an agent would run: name and arguments.
        message: The framework's message.
    """

    text: str
    reasoning: str
    sources: str
    usage: tuple[int, int] | None
    calls: list[tuple[str, Any]]
    message: Any


@dataclass(frozen=True)
class Framework:
    """How to call the classes of a framework; the only tool is `get_weather`.

    Attributes:
        ask: Returns a whole answer.
        stream: Returns a streamed answer, merged.
        aask: `ask`, asynchronous.
        pieces: Yields the pieces of a stream.
        apieces: `pieces`, asynchronous.
        send: Returns an answer to a list of (role, text).
        answer_back: Sends a given message, which calls a tool, back with the tool's result, and
            returns the answer.
        shown_by: Lists the ways in which a model shows a secret.
    """

    ask: Callable[..., Answer]
    stream: Callable[..., Answer]
    aask: Callable[..., Any]
    pieces: Callable[..., Iterator[Any]]
    apieces: Callable[..., Any]
    send: Callable[[Any, Sequence[tuple[str, str]]], Answer]
    answer_back: Callable[[Any, Any], Answer]
    shown_by: Callable[[Any, str], list[str]]


@dataclass(frozen=True)
class Subject:
    """A class to compare.

    Attributes:
        name: Its name.
        make: Makes a model from an address and settings by name.
        usage_settings: Settings of the model that ask for token counts in a stream.
        usage_parameters: Parameters of a call that ask for them.
        key_field: The field with the API key.
    """

    name: str
    framework: Framework
    make: Callable[..., Any]
    usage_settings: dict[str, Any] = field(default_factory=dict)
    usage_parameters: dict[str, Any] = field(default_factory=dict)
    key_field: str = "api_key"


@dataclass(frozen=True)
class Attempt:
    """The outcome of calling a class: a value or an error."""

    value: Any = None
    error: BaseException | None = None

    def failure(self, mentions: str = "") -> str:
        """Describe the error; with `mentions`, also whether it quotes the service's text."""
        if self.error is None:
            return "no error"
        name = f"`{type(self.error).__name__}`"
        if not mentions:
            return name
        return f"{name} {'with' if mentions in str(self.error) else 'without'} the service's text"


class Trial:
    """What a row works with: one class and an emulator."""

    def __init__(self, subject: Subject, emulator: Emulator) -> None:
        self.subject = subject
        self.framework = subject.framework
        self.emulator = emulator
        self._made: list[Any] = []

    def make(self, **settings: Any) -> Any:
        """Make a model of the class, without retries unless the row asks for them."""
        settings = {"max_retries": 0, "api_key": KEY, **settings}
        self._made.append(self.subject.make(self.emulator.base_url, **settings))
        return self._made[-1]

    def attempt(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Attempt:
        """Call the class and catch its errors, which are verdicts."""
        try:
            return Attempt(function(*args, **kwargs))
        except ImportError:
            raise  # a missing package says nothing about the class
        except Exception as error:  # of any library: which one it raises is what is measured
            return Attempt(error=error)

    def close(self) -> None:
        """Close the models that have a `close` method."""
        for model in self._made:
            close = getattr(model, "close", None)
            if callable(close):
                close()


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        title: What the row tries, in Markdown.
        good: The verdict on a class that is right.
        run: Tries it and returns what it observed.
    """

    title: str
    good: str
    run: Callable[[Trial], str]


class RowError(Exception):
    """The row itself failed, or a package is missing; this is not a verdict on the class."""


def row(title: str, *, good: str) -> Callable[[Callable[[Trial], str]], Row]:
    """Turn a function into a row."""
    return lambda function: Row(title, good, function)


def verdict(row: Row, subject: Subject, emulator: Emulator, *, limit: float = LIMIT) -> str:
    """Run a row for a class, on an emulator that has served nothing else, and return the verdict.

    Raises:
        RowError: The row itself failed.
    """
    ended: list[str | BaseException] = []

    def run() -> None:
        trial = Trial(subject, emulator)
        try:
            ended.append(row.run(trial))
        except BaseException as error:
            ended.append(error)
        finally:
            with suppress(Exception):
                trial.close()

    with quiet():
        # Only a thread can be abandoned, and only a daemon does not keep the process alive.
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(limit)
    if not ended:
        return f"no end within {limit:.0f} s"
    if isinstance(ended[0], BaseException):
        raise RowError(f"{row.title!r} failed for {subject.name}") from ended[0]
    return ended[0]


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress the warnings of the classes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def table(rows: Sequence[Row], subjects: Sequence[Subject]) -> str:
    """Return the verdicts as a Markdown table: a line per row, a column per class.

    Raises:
        RowError: See `verdict`.
    """
    lines = [
        "| | " + " | ".join(f"`{subject.name}`" for subject in subjects) + " |",
        "| --- |" + " --- |" * len(subjects),
    ]
    for each in rows:
        print(each.title, file=sys.stderr)
        cells = []
        for subject in subjects:
            with Emulator() as emulator:
                cells.append(verdict(each, subject, emulator))
        lines.append(f"| {each.title} | {' | '.join(cells)} |")
    return "\n".join(lines)

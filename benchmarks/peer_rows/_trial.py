"""Rows, and how one is run: a class, a fresh emulator, a verdict in words."""

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
LIMIT = 30.0
"""Seconds after which a row is over; that something never ends is a verdict, too."""


@dataclass(frozen=True)
class Answer:
    """An answer in the terms of a framework, whichever that is.

    Attributes:
        text: The text.
        reasoning: The text of the framework's own reasoning blocks.
        sources: Where an address in the answer is found: "citations" are the framework's own.
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
    """How a framework's classes are used; `model` is any of them, and tools are `get_weather`.

    Attributes:
        ask: One answer, whole.
        stream: One answer, streamed and added up.
        aask: One answer, asynchronous.
        pieces: What is streamed, one piece after the other.
        apieces: The same, asynchronous.
        send: One answer to a list of (role, text).
        answer_back: One answer to a conversation that goes on with a given message, which calls a
            tool, and with the tool's result.
        shown_by: The ways in which a model shows a secret.
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
    """A class that is compared.

    Attributes:
        name: Its name.
        make: Makes one, from an address and `max_retries`, and further settings by name.
        usage_settings: Settings that ask for token counts in a stream; what a user who wants them
            would write.
        usage_parameters: The same, where it is parameters of a call.
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
    """What came of calling a class: a value or an error."""

    value: Any = None
    error: BaseException | None = None

    def failure(self, mentions: str = "") -> str:
        """The error in words; with `mentions`, whether it tells what the service said."""
        if self.error is None:
            return "no error"
        name = f"`{type(self.error).__name__}`"
        if not mentions:
            return name
        return f"{name} {'with' if mentions in str(self.error) else 'without'} the service's text"


class Trial:
    """What a row works with: one class and an emulator of its own."""

    def __init__(self, subject: Subject, emulator: Emulator) -> None:
        self.subject = subject
        self.framework = subject.framework
        self.emulator = emulator
        self._made: list[Any] = []

    def make(self, **settings: Any) -> Any:
        """A model of the class; without retries unless a row asks for them."""
        settings = {"max_retries": 0, "api_key": KEY, **settings}
        self._made.append(self.subject.make(self.emulator.base_url, **settings))
        return self._made[-1]

    def attempt(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Attempt:
        """Call the class. Errors of it are verdicts; errors of a row itself are not caught here."""
        try:
            return Attempt(function(*args, **kwargs))
        except ImportError:
            raise  # a package that is missing here says nothing of the class
        except Exception as error:
            return Attempt(error=error)

    def close(self) -> None:
        """Close the models that can be."""
        for model in self._made:
            close = getattr(model, "close", None)
            if callable(close):
                close()


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        title: What is tried, in Markdown.
        good: The verdict on a class that does it right.
        run: Tries it, and says what was observed.
    """

    title: str
    good: str
    run: Callable[[Trial], str]


class RowError(Exception):
    """A row itself failed, or misses a package: it says nothing of the class."""


def row(title: str, *, good: str) -> Callable[[Callable[[Trial], str]], Row]:
    """Make a row of a function."""
    return lambda function: Row(title, good, function)


def verdict(row: Row, subject: Subject, *, limit: float = LIMIT) -> str:
    """Run a row for a class.

    Raises:
        RowError: The row failed in a way that it did not foresee.
    """
    ended: list[str | BaseException] = []
    with Emulator() as emulator:

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
            # A thread, since only that can be given up; daemonic, since it may never end.
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
    """Without warnings: a class may warn of what is tried here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def table(rows: Sequence[Row], subjects: Sequence[Subject]) -> str:
    """The verdicts as a Markdown table, a line a row and a column a class.

    Raises:
        RowError: See `verdict`.
    """
    lines = [
        "| | " + " | ".join(f"`{subject.name}`" for subject in subjects) + " |",
        "| --- |" + " --- |" * len(subjects),
    ]
    for each in rows:
        print(each.title, file=sys.stderr)
        cells = " | ".join(verdict(each, subject) for subject in subjects)
        lines.append(f"| {each.title} | {cells} |")
    return "\n".join(lines)

"""What became of the calls of a soak test."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from weryai_core import WeryAIError

# What the emulator's faults answer that are no errors: the texts of all good answers, of one in
# letters of another encoding, and of many small chunks.
_OF_FAULTS = ("One two three four five.", "O\ufffd est le caf\ufffd?")


class WrongText(Exception):
    """A call ended with a text that is not its own."""


class Record:
    """Which calls have begun, and how each of them ended.

    Attributes:
        started: How many calls of each kind have begun.
        ended: How many ended in which way: "answered", "given up", or the name of an error.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._open: dict[int, tuple[str, float]] = {}
        self._strange: list[str] = []
        self.started: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()

    @contextmanager
    def call(self, kind: str) -> Iterator[str]:
        """One call; gives the text that it asks with. Its end is noted, and so is any error."""
        with self._lock:
            number = next(self._numbers)
            self.started[kind] += 1
            self._open[number] = (kind, time.monotonic())
        how, error = "given up" if "given up" in kind else "answered", None
        try:
            yield f"Hello {number:08}."
        except WeryAIError as failure:
            how = type(failure).__name__
        except BaseException as failure:
            is_cancelled = isinstance(failure, TimeoutError) and kind.endswith("given up")
            how, error = ("given up", None) if is_cancelled else ("strange", failure)
        with self._lock:
            del self._open[number]
            self.ended[how] += 1
            if error is not None:
                self._strange.append(f"{kind}: {error!r}")

    def complaints(self) -> list[str]:
        """The calls that ended as none may, and those that have not ended."""
        now = time.monotonic()
        with self._lock:
            held = [
                f"{kind} has not ended after {now - at:.0f} s" for kind, at in self._open.values()
            ]
            return [*self._strange, *held]


def check_text(prompt: str, text: str | None) -> None:
    """Check the text of an answer.

    Raises:
        WrongText: It is neither what the emulator answers to this prompt, nor that of a fault.
    """
    if text == f'Hello! You said: "{prompt}"' or text in _OF_FAULTS or set(text or "") == {"a"}:
        return
    raise WrongText(f"{text!r} is not the answer to {prompt!r}")

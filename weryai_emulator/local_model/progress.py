"""Show on a terminal that a model is loaded, and for how long already."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from weryai_emulator.local_model.weights import Weights

_SECOND = 1.0


@contextmanager
def show_loading(weights: Weights, stream: TextIO) -> Iterator[None]:
    """Write the name of the model before the block, and the seconds that it took after it.

    Args:
        weights: What is loaded.
        stream: Where to write; on a terminal the seconds count up.
    """
    text = f"Loading {weights.name} ({weights.megabytes} MB)"
    is_over = threading.Event()
    counter = threading.Thread(target=_count, args=(text, stream, is_over), daemon=True)
    started = time.monotonic()
    _write(stream, text)
    if stream.isatty():
        counter.start()
    try:
        yield
    except BaseException:
        end = "\n"
        raise
    else:
        end = f"\r{text}: {time.monotonic() - started:.1f} s\n"
    finally:
        is_over.set()
        if counter.ident is not None:
            counter.join()
        _write(stream, end)


def _count(text: str, stream: TextIO, is_over: threading.Event) -> None:
    seconds = 0
    while not is_over.wait(_SECOND):
        seconds += 1
        _write(stream, f"\r{text}: {seconds} s")


def _write(stream: TextIO, text: str) -> None:
    stream.write(text)
    stream.flush()

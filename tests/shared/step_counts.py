"""Counts the steps of Python code, to compare work without a clock."""

import sys
from collections.abc import Callable


def count_steps(run: Callable[[], object]) -> int:
    """How many lines a call executes; each turn of a loop counts."""
    count = 0

    def trace(frame, event, arg):
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(before)
    return count


def growth(run: Callable[[int], object], size: int) -> float:
    """How many times the steps for `size` things more are, if there are twice as many of them."""
    counts = [count_steps(lambda n=n: run(n)) for n in (size, 2 * size, 4 * size)]
    return (counts[2] - counts[1]) / (counts[1] - counts[0])

"""Steps: what a scenario file and the control API queue, as JSON.

A step is an object with one name: that of a method of the emulator, such as `reply` or `fail`. Its
value is an object with the arguments, or the first argument alone:

    {"reply": "Hello"}
    {"fail": {"name": "cut", "after": 3}}
    {"max_concurrency": 20}
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any, get_type_hints

from weryai_emulator.answer_queue import AnswerQueue
from weryai_emulator.faults.catalogue import check_type

_METHODS = (
    "reply",
    "reply_json",
    "reply_chunks",
    "reply_error",
    "reply_raw",
    "fail",
    "fail_sometimes",
)
_LIMIT = "max_concurrency"


class StepError(ValueError):
    """A step cannot be taken; those before it have been."""


def take_steps(emulator: AnswerQueue, steps: Any) -> int:
    """Take a step, or a list of steps, in order.

    Returns:
        The number of steps.

    Raises:
        StepError: A step is wrong. Those before it have been taken.
    """
    listed = steps if isinstance(steps, list) else [steps]
    for number, step in enumerate(listed, 1):
        try:
            _take(emulator, step)
        except (TypeError, ValueError) as error:
            raise StepError(f"Step {number}: {error}") from error
    return len(listed)


def read_scenario(path: str) -> Any:
    """Return the steps of a scenario file.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"The scenario {path} is not JSON ({error}).") from error


def _take(emulator: AnswerQueue, step: Any) -> None:
    if not isinstance(step, dict) or len(step) != 1:
        raise ValueError('not an object with one name. Pass one such as {"reply": "Hello"}.')
    [(name, value)] = step.items()
    if name == _LIMIT:
        check_type(_LIMIT, value, int | None)
        setattr(emulator, _LIMIT, value)
        return
    if name not in _METHODS:
        known = ", ".join((*_METHODS, _LIMIT))
        raise ValueError(f"unknown name {name!r}. Pass one of {known}.")
    method = getattr(emulator, name)
    if isinstance(value, dict):
        arguments = value
    else:
        arguments = {next(iter(inspect.signature(method).parameters)): value}
    if name == "reply_raw" and isinstance(arguments.get("body"), str):
        arguments = {**arguments, "body": arguments["body"].encode()}
    types = get_type_hints(method)
    for argument, given in arguments.items():
        if argument in types:
            check_type(argument, given, types[argument])
    method(**arguments)

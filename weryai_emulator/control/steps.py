"""Steps: what a scenario file and the control API queue, as JSON.

A step is an object with one name: that of a method of the emulator, such as `reply` or `fail`. Its
value is an object with the arguments, or the first argument alone:

    {"reply": "Hello"}
    {"fail": {"name": "cut", "after": 3}}
    {"max_concurrency": 20}

A list of steps is tried on a draft first: if one is wrong, none of them is taken.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

from weryai_emulator.answer_queue import AnswerQueue
from weryai_emulator.checks import show

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
    """The steps cannot be read, or one of them is wrong. None has been taken."""


def take_steps(queue: AnswerQueue, steps: Any) -> int:
    """Take a step, or a list of steps, in order.

    Returns:
        The number of steps.

    Raises:
        StepError: A step is wrong.
    """
    listed = steps if isinstance(steps, list) else [steps]
    for target in (queue.draft(), queue):
        for number, step in enumerate(listed, 1):
            _take(target, number, step)
    return len(listed)


def read_steps(text: bytes) -> Any:
    """Return the steps in a JSON text.

    Raises:
        StepError: It is not JSON, is nested too deeply, or has a name twice in one object.
    """
    try:
        return json.loads(text, object_pairs_hook=_object)
    except StepError:
        raise
    except ValueError as error:
        raise StepError(f"It is not JSON ({error}).") from error
    except RecursionError as error:
        raise StepError("It is nested too deeply.") from error


def take_scenario(queue: AnswerQueue, path: str) -> int:
    """Take the steps of a scenario file, and return their number.

    Raises:
        OSError: The file cannot be read.
        StepError: It cannot be read as steps, or a step is wrong.
    """
    text = Path(path).read_bytes()
    try:
        return take_steps(queue, read_steps(text))
    except StepError as error:
        raise StepError(f"Scenario {path}: {error}") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; of two steps with one name, JSON readers would drop one."""
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise StepError(
            f"An object has the name {show(twice)} twice. Write two steps as a list of two objects."
        )
    return dict(pairs)


def _take(queue: AnswerQueue, number: int, step: Any) -> None:
    if not isinstance(step, dict) or len(step) != 1:
        raise StepError(
            f"Step {number} is {show(step)}. "
            'Pass an object with one name, such as {"reply": "Hello"}.'
        )
    [(name, value)] = step.items()
    if name not in (*_METHODS, _LIMIT):
        known = ", ".join((*_METHODS, _LIMIT))
        raise StepError(f"Step {number} has the unknown name {show(name)}. Pass one of {known}.")
    try:
        if name == _LIMIT:
            queue.max_concurrency = value
        else:
            getattr(queue, name)(**_arguments(name, value))
    except ValueError as error:
        raise StepError(f"Step {number} (`{name}`): {error}") from error


def _arguments(name: str, value: Any) -> dict[str, Any]:
    """Return the arguments in the value of a step, by name."""
    _, *parameters = inspect.signature(getattr(AnswerQueue, name)).parameters.values()
    first = parameters[0].name
    if not isinstance(value, dict):
        return {first: value}
    if first not in value:
        raise ValueError(
            f"`{first}` is missing. Pass an object with the arguments: "
            f'{{"{name}": {{"{first}": ...}}}}.'
        )
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    names = [parameter.name for parameter in parameters]
    unknown = next((given for given in value if given not in names), None)
    if unknown is not None and not takes_any:
        raise ValueError(f"Unknown argument {show(unknown)}. Pass {', '.join(names)}.")
    return value

"""The faults by name, and their parameters.

A fault is a function: from a request and parameters to the answer that it gets. Its name is the
function's, its description the first line of the docstring, and its parameters are those of the
signature, with their defaults.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from weryai_emulator.faults import (
    bodies,
    connections,
    delays,
    encodings,
    failures,
    sizes,
    statuses,
)
from weryai_emulator.request.chat_request import ChatRequest
from weryai_emulator.server.script import ScriptedFault, ScriptedRaw, ScriptedWire, Silence

FaultFunction = Callable[..., ScriptedRaw | ScriptedWire | Silence]


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One row of the catalogue.

    Attributes:
        name: The name, as `Emulator.fail` takes it.
        group: The module it comes from, such as "connections".
        description: What happens, in a sentence.
        parameters: The parameters with their defaults.
    """

    name: str
    group: str
    description: str
    parameters: Mapping[str, Any]


_GROUPS = (statuses, failures, bodies, connections, delays, encodings, sizes)
_FUNCTIONS: dict[str, FaultFunction] = {
    function.__name__: function for group in _GROUPS for function in group.FAULTS
}

# What a healthy service does now and then, and what the next attempt may not meet.
TEMPORARY: tuple[str, ...] = (
    "rate_limit",
    "server_error",
    "overloaded",
    "bad_gateway",
    "envelope",
    "error_object",
    "error_event",
    "empty_body",
    "unfinished",
    "drop",
    "reset",
    "cut",
)


def _kind(function: FaultFunction) -> FaultKind:
    description, *_ = (inspect.getdoc(function) or "").splitlines()
    _, *parameters = inspect.signature(function).parameters.values()
    defaults = {parameter.name: parameter.default for parameter in parameters}
    return FaultKind(function.__name__, function.__module__.split(".")[-1], description, defaults)


CATALOGUE: Mapping[str, FaultKind] = {name: _kind(one) for name, one in _FUNCTIONS.items()}


def make_fault(name: str, parameters: Mapping[str, Any] | None = None) -> ScriptedFault:
    """Return a fault with these parameters, checked.

    Args:
        name: A name of the catalogue.
        parameters: Parameters that differ from their defaults.

    Raises:
        ValueError: The name or a parameter is unknown, or a value is of another type or out of
            range.
    """
    parameters = dict(parameters or {})
    if name not in _FUNCTIONS:
        raise ValueError(f"Unknown fault {name!r}. Pass one of {', '.join(_FUNCTIONS)}.")
    function = _FUNCTIONS[name]
    known = CATALOGUE[name].parameters
    types = get_type_hints(function)
    for parameter, value in parameters.items():
        if parameter not in known:
            names = ", ".join(known) or "none"
            raise ValueError(f"`{name}` has no parameter {parameter!r}. Its parameters: {names}.")
        check_type(parameter, value, types[parameter])
        _check_range(parameter, value)
    fault = partial(function, **parameters)
    # A value out of range is an error now, rather than in the server's thread.
    for stream in (False, True):
        fault(ChatRequest.from_body({"stream": stream}))
    return ScriptedFault(name, fault, reads=name != "unread")


def check_type(name: str, value: Any, expected: Any) -> None:
    """Check that an argument from JSON has the type of its annotation.

    Raises:
        ValueError: It has another type.
    """
    kinds = get_args(expected) if isinstance(expected, UnionType) else (expected,)
    classes = tuple(get_origin(kind) or kind for kind in kinds)
    if Any in classes or not all(isinstance(kind, type) for kind in classes):
        return  # Any and Literal
    wanted = (*classes, int) if float in classes else classes
    is_stray_bool = isinstance(value, bool) and bool not in classes
    if not isinstance(value, wanted) or is_stray_bool:
        names = " or ".join("null" if kind is NoneType else kind.__name__ for kind in classes)
        raise ValueError(f"`{name}` is {value!r}. Pass a value of type {names}.")


def _check_range(name: str, value: Any) -> None:
    if isinstance(value, (int, float)) and not 0 <= value < float("inf"):
        raise ValueError(f"`{name}` is {value!r}. Pass a number from 0.")

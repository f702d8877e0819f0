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
from types import NoneType
from typing import Any, get_args, get_type_hints

from weryai_emulator.checks import (
    HIGHEST,
    check_flag,
    check_number,
    check_object,
    check_text,
    check_whole,
    show,
    wrong,
)
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

# What these answers hold is made in memory.
_HIGHEST = {
    ("random_bytes", "size"): 64_000_000,
    ("not_http", "size"): 64_000_000,
    ("long_head", "size"): 64_000_000,
    ("deep_json", "levels"): 10_000_000,
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
    if not isinstance(name, str) or name not in _FUNCTIONS:
        raise ValueError(f"Unknown fault {show(name)}. Pass one of {', '.join(_FUNCTIONS)}.")
    check_object(name, {} if parameters is None else parameters)
    parameters = dict(parameters or {})
    function = _FUNCTIONS[name]
    known = CATALOGUE[name].parameters
    types = get_type_hints(function)
    for parameter, value in parameters.items():
        if parameter not in known:
            names = ", ".join(known) or "none"
            raise ValueError(
                f"`{name}` has no parameter {show(parameter)}. Its parameters: {names}."
            )
        highest = _HIGHEST.get((name, parameter), HIGHEST)
        _check(parameter, value, get_args(types[parameter]) or (types[parameter],), highest)
    fault = partial(function, **parameters)
    # An answer that cannot be sent is an error now, rather than in the server's thread.
    for stream in (False, True):
        fault(ChatRequest.from_body({"stream": stream}))
    return ScriptedFault(name, fault, reads=name != "unread")


def _check(name: str, value: Any, kinds: tuple[Any, ...], highest: int) -> None:
    """Check a parameter: it is of one of these kinds, and a number is not too high."""
    or_null = NoneType in kinds
    if str in kinds and int in kinds:
        if isinstance(value, str):
            check_text(name, value)
        elif not isinstance(value, int) or isinstance(value, bool):
            raise wrong(name, value, "text or a whole number")
        else:
            check_whole(name, value, 0, highest)
    elif str in kinds:
        check_text(name, value, or_null=or_null)
    elif bool in kinds:
        check_flag(name, value)
    elif int in kinds:
        check_whole(name, value, 0, highest, or_null=or_null)
    else:
        check_number(name, value, 0, highest, or_null=or_null)

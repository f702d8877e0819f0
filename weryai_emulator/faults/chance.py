"""Faults by probability: which requests meet one, and which fault that is.

The same seed gives the same faults in the same order of requests.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from weryai_emulator.checks import check_list, check_number, check_whole
from weryai_emulator.faults.catalogue import TEMPORARY, make_fault
from weryai_emulator.server.script import ScriptedFault

Names = Sequence[str] | Mapping[str, Mapping[str, Any]]


class Chance:
    """Draws a fault, or none, for each request.

    Args:
        probability: The share of the requests that meet a fault, from 0 to 1.
        seed: Of the random numbers.
        names: The names of the faults, or a mapping from names to parameters; each is as likely as
            the others. None takes those that a healthy service has now and then.

    Raises:
        ValueError: The probability is out of range, the seed is not an integer, or a fault is
            unknown.
    """

    def __init__(self, probability: float, seed: int, names: Names | None) -> None:
        check_number("probability", probability, 0, 1)
        check_whole("seed", seed, None, None)
        chosen = TEMPORARY if names is None else names
        if not isinstance(chosen, Mapping):
            check_list("names", chosen, "names, or an object of names and parameters")
        if not chosen:
            raise ValueError("`names` is empty. Pass at least one name, or None.")
        if isinstance(chosen, Mapping):
            self._faults = [make_fault(name, given) for name, given in chosen.items()]
        else:
            self._faults = [make_fault(name) for name in chosen]
        self._probability = probability
        self._random = random.Random(seed)

    def __call__(self) -> ScriptedFault | None:
        """Return the fault of the next request, or None."""
        # Two numbers each time, so that another probability meets the same faults.
        number, fault = self._random.random(), self._random.choice(self._faults)
        return fault if number < self._probability else None

"""Turns faulty classes into test classes of the suites' parts that must notice the fault."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from conformance import LLMIntegrationTests, LLMUnitTests, Subject

from ._parrot import Parrot

KEY = "the-key-of-the-parrot"
# Name of a test class -> exactly the tests that must fail.
FAULTS: dict[str, set[str]] = {}
PARTS = [part for suite in (LLMUnitTests, LLMIntegrationTests) for part in suite.__bases__]


class Cage(Subject):
    """How to create a parrot, and what it can do."""

    kind: type[Parrot]
    secrets = (KEY,)
    secret_settings = {"api_key": KEY}  # noqa: RUF012
    init_from_env_params = ({"PARROT_KEY": KEY}, {}, {"api_key": KEY})
    has_tool_calling = True
    supports_image_inputs = True
    returns_reasoning = True
    answers_repeat = True

    def make_llm(self, **settings: Any) -> Parrot:
        return self.kind(api_key=KEY, **settings)

    def count_requests(self) -> int:
        return Parrot.requests


def noticed_by(*tests: str) -> Callable[[type[Parrot]], type[Parrot]]:
    """Test a faulty class with the suites' parts that hold these tests, which must fail."""

    def decorate(kind: type[Parrot]) -> type[Parrot]:
        parts = [part for part in PARTS if set(tests) & set(vars(part))]
        name = f"Test{kind.__name__}"
        FAULTS[name] = set(tests)
        setattr(sys.modules[kind.__module__], name, type(name, (Cage, *parts), {"kind": kind}))
        return kind

    return decorate

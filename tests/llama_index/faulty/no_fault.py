"""A correct class, tested with both suites."""

from __future__ import annotations

from conformance import LLMIntegrationTests, LLMUnitTests

from ._noticed import Cage
from ._parrot import Parrot


class TestNoFault(Cage, LLMUnitTests):
    kind = Parrot


class TestNoFaultOnline(Cage, LLMIntegrationTests):
    kind = Parrot

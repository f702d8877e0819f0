"""The two suites to subclass."""

from __future__ import annotations

from typing import Any

from ._applications import ApplicationTests
from ._blocks import BlockTests
from ._chat import ChatTests
from ._identity import IdentityTests
from ._life import LifeTests
from ._observed import ObservedTests
from ._prompts import PromptTests
from ._saving import SavingTests
from ._structured import StructuredTests
from ._subject import Subject
from ._tools import ToolTests


class Whole(Subject):
    """A suite whose tests may not be replaced."""

    def test_no_test_is_replaced(self) -> None:
        """A subclass may give up a test with a mark, but not replace it silently."""
        suite = LLMIntegrationTests if isinstance(self, LLMIntegrationTests) else LLMUnitTests
        tests = {name: getattr(type(self), name) for name in dir(suite) if name.startswith("test_")}
        replaced = [name for name, test in tests.items() if test is not getattr(suite, name)]
        assert [name for name in replaced if not _is_given_up(tests[name])] == []


def _is_given_up(test: Any) -> bool:
    marks = {mark.name for mark in getattr(test, "pytestmark", ())}
    return not marks.isdisjoint({"skip", "skipif", "xfail"})


class LLMUnitTests(IdentityTests, SavingTests, Whole):
    """Tests of an LLM class without requests. See the package's docstring."""


class LLMIntegrationTests(
    ChatTests,
    PromptTests,
    ToolTests,
    StructuredTests,
    BlockTests,
    ObservedTests,
    LifeTests,
    ApplicationTests,
    Whole,
):
    """Tests of an LLM class with a model or an emulator. See the package's docstring."""

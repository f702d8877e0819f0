"""The two suites that others subclass."""

from __future__ import annotations

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
    """A suite that is taken as it is."""

    def test_no_test_is_replaced(self) -> None:
        """A test may be marked in a subclass, and not quietly be made easier."""
        kept = LLMIntegrationTests if isinstance(self, LLMIntegrationTests) else LLMUnitTests
        replaced = [
            name
            for name in dir(kept)
            if name.startswith("test_")
            and getattr(type(self), name) is not getattr(kept, name)
            and not getattr(getattr(type(self), name), "pytestmark", None)
        ]
        assert replaced == []


class LLMUnitTests(IdentityTests, SavingTests, Whole):
    """Tests of an LLM class that ask no model; see the package's docstring."""


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
    """Tests of an LLM class that ask a model, or an emulator; see the package's docstring."""

"""The conformance suites themselves: they pass a correct class and notice each fault."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import faulty
import pytest
from conformance import LLMIntegrationTests, LLMUnitTests

FOLDER = Path(faulty.__file__).parent
# Plugins of pytest that are not needed here. Without them the run takes half the time.
UNUSED = ["cacheprovider", "faulthandler", "logging", "terminal", "threadexception"]


class Outcomes:
    """A plugin that records the names of tests by outcome, for each test class."""

    def __init__(self) -> None:
        self.failed: dict[str, set[str]] = defaultdict(set)
        self.skipped: dict[str, set[str]] = defaultdict(set)
        self.passed: dict[str, set[str]] = defaultdict(set)

    def pytest_configure(self, config: pytest.Config) -> None:
        config.option.tbstyle = "native"  # nobody reads the tracebacks

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Run only the tests that a fault concerns, and all tests of the correct class."""
        everything = {"TestNoFault", "TestNoFaultOnline"}
        items[:] = [
            item
            for item in items
            if item.cls.__name__ in everything
            or item.originalname in faulty.FAULTS[item.cls.__name__]
        ]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            _, group, test = report.nodeid.split("::")
            getattr(self, report.outcome)[group].add(test.partition("[")[0])


@pytest.fixture
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """The outcomes of the faulty classes' tests, in a pytest without plugins or settings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        settings = tmp_path_factory.mktemp("pytest") / "pytest.ini"
        settings.write_text("[pytest]\npython_files = [a-z]*.py\n")
        outcomes = Outcomes()
        options = [f"--config-file={settings}", f"--rootdir={FOLDER.parent}", "--noconftest"]
        options += [f"-pno:{name}" for name in UNUSED]
        code = pytest.main([*options, "--capture=no", str(FOLDER)], plugins=[outcomes])
    assert code == pytest.ExitCode.TESTS_FAILED
    return outcomes


@pytest.mark.slow  # it runs hundreds of tests
def test_each_fault_fails_the_tests_it_concerns(outcomes: Outcomes) -> None:
    for group in ("TestNoFault", "TestNoFaultOnline"):
        assert outcomes.failed.pop(group, set()) == set()
        assert outcomes.skipped[group] == set()
        assert len(outcomes.passed[group]) > 20
    assert outcomes.failed == faulty.FAULTS


def test_every_test_notices_a_fault() -> None:
    suites = (LLMUnitTests, LLMIntegrationTests)
    tests = {name for suite in suites for name in dir(suite) if name.startswith("test_")}
    unnoticed = tests - set().union(*faulty.FAULTS.values())
    # All faulty classes are LLMs, and the other test is tested below.
    assert unnoticed == {"test_it_is_an_llm", "test_no_test_is_replaced"}


def test_a_replaced_test_is_an_error() -> None:
    class Easier(LLMUnitTests):
        def test_it_is_an_llm(self) -> None:
            pass

    with pytest.raises(AssertionError, match="test_it_is_an_llm"):
        Easier().test_no_test_is_replaced()


def test_a_test_may_be_replaced_by_a_marked_one() -> None:
    class Marked(LLMUnitTests):
        @pytest.mark.xfail(reason="It is not one.")
        def test_it_is_an_llm(self) -> None:
            super().test_it_is_an_llm()

    Marked().test_no_test_is_replaced()

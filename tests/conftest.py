"""Fixtures for all tests: the emulator, and an environment without the user's settings."""

import gc
import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

from weryai_core.throttle.keys import forget_limits

# A loaded machine may be slow. `--hypothesis-profile=thorough` looks longer, once in a while.
LOADED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("quick", max_examples=60, **LOADED)
settings.register_profile("thorough", max_examples=2000, **LOADED)
settings.load_profile("quick")

# Pytest finds it by itself, except where PYTEST_DISABLE_PLUGIN_AUTOLOAD is set.
pytest_plugins = ["weryai_emulator.pytest_plugin"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that start a Python process as slow, and run the slow tests first.

    At the end of a run no worker then waits for another one's slow test.
    """
    for item in items:
        if "run_script" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Keep the garbage collector away from what the imports have made.

    It takes a fifth of a second to go through the frameworks, and some tests call it often.
    """
    gc.freeze()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WERYAI_API_KEY", "WERYAI_BASE_URL", "WERYAI_API_BASE", "LC_OUTPUT_VERSION"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _no_limits_from_other_tests() -> None:
    """Forget what the refusals in other tests have taught, as in a new process."""
    forget_limits()


@pytest.fixture
def run_script() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Python source in its own process, where an unclosed resource is an error."""

    def run(source: str, *args: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(entry or os.curdir for entry in sys.path)
        command = [sys.executable, "-X", "dev", "-W", "error::ResourceWarning", "-c", source, *args]
        environment = {**os.environ, "PYTHONPATH": path}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run

"""Fixtures for the transport: scripts in processes of their own."""

import os
import subprocess
from collections.abc import Callable, Iterator

import pytest
from forked_scripts import ForkedScripts


@pytest.fixture(scope="session")
def _forked_scripts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkedScripts]:
    scripts = ForkedScripts(tmp_path_factory.mktemp("scripts"))
    yield scripts
    scripts.stop()


@pytest.fixture
def run_forked(
    request: pytest.FixtureRequest,
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Python source in a process of its own that has imported the clients."""
    if hasattr(os, "fork"):
        return request.getfixturevalue("_forked_scripts").run
    return request.getfixturevalue("run_script")

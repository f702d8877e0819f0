"""What all tests share: the emulator, and an environment without the user's own settings."""

import pytest

pytest_plugins = ["weryai_emulator.pytest_plugin"]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WERYAI_API_KEY", "WERYAI_BASE_URL", "WERYAI_API_BASE", "LC_OUTPUT_VERSION"):
        monkeypatch.delenv(name, raising=False)

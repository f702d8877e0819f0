"""Pytest fixtures that run the emulator for your tests.

Pytest finds them where the distribution is installed; no `conftest.py` needs to name them:

    def test_my_bot_survives_a_rate_limit(weryai_emulator):
        weryai_emulator.reply_error(429, headers={"Retry-After": "0"})
        weryai_emulator.reply("Back again.")
        model = ChatWeryAI(model="GPT_4O", base_url=weryai_emulator.base_url, api_key="any")
        assert model.invoke("Hello").text == "Back again."
        assert len(weryai_emulator.requests) == 2

`weryai_emulator` is one server for the whole session. It is reset before and after each test, and
the clients of `weryai_core` in this process forget the rate limits that they have met, so that the
next test does not wait for them. `weryai_emulator_env` is the same server, with `WERYAI_BASE_URL`
and `WERYAI_API_KEY` set for code that makes its own client.

Where pytest does not look for plugins, `-p weryai_emulator.pytest_plugin` or
`pytest_plugins = ["weryai_emulator.pytest_plugin"]` names this one, and
`-p no:weryai_emulator.pytest_plugin` leaves it out. It loads nothing of the emulator before a test
asks for a fixture.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from weryai_emulator import Emulator

# Any key works: the session's server requires none.
EMULATOR_API_KEY: str = "emulator-key"


@pytest.fixture(scope="session")
def weryai_emulator_server() -> Iterator[Emulator]:
    """Run one emulator for the whole session."""
    try:
        from weryai_emulator import Emulator
    except ModuleNotFoundError as error:
        pytest.fail(str(error), pytrace=False)  # which extra to install
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def weryai_emulator(weryai_emulator_server: Emulator) -> Iterator[Emulator]:
    """Return the session's emulator, without queued answers and recorded requests."""
    _reset(weryai_emulator_server)
    yield weryai_emulator_server
    _reset(weryai_emulator_server)


@pytest.fixture
def weryai_emulator_env(weryai_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """Return the emulator, with the clients' environment variables set to its address."""
    monkeypatch.setenv("WERYAI_BASE_URL", weryai_emulator.base_url)
    monkeypatch.setenv("WERYAI_API_KEY", EMULATOR_API_KEY)
    return weryai_emulator


def _reset(emulator: Emulator) -> None:
    emulator.reset()
    # The emulator serves any client, so it does not import ours: one that is used has been.
    core = sys.modules.get("weryai_core")
    if core is not None:
        core.forget_limits()

"""Pytest fixtures that run the emulator for your tests.

Name the plugin in the `conftest.py` at the root of your tests:

    pytest_plugins = ["weryai_emulator.pytest_plugin"]

and use a fixture:

    def test_my_bot_survives_a_rate_limit(weryai_emulator):
        weryai_emulator.reply_error(429, headers={"Retry-After": "0"})
        weryai_emulator.reply("Back again.")
        model = ChatWeryAI(model="GPT_4O", base_url=weryai_emulator.base_url, api_key="any")
        assert model.invoke("Hello").text == "Back again."
        assert len(weryai_emulator.requests) == 2

`weryai_emulator` is one server for the whole session; queued answers and recorded requests are
cleared before and after each test. `weryai_emulator_env` is the same server, with
`WERYAI_BASE_URL` and `WERYAI_API_KEY` set for code that makes its own client.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from weryai_emulator import Emulator

# Any key works: the session's server requires none.
EMULATOR_API_KEY: str = "emulator-key"


@pytest.fixture(scope="session")
def weryai_emulator_server() -> Iterator[Emulator]:
    """Run one emulator for the whole session."""
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def weryai_emulator(weryai_emulator_server: Emulator) -> Iterator[Emulator]:
    """Return the session's emulator, without queued answers and recorded requests."""
    weryai_emulator_server.reset()
    yield weryai_emulator_server
    weryai_emulator_server.reset()


@pytest.fixture
def weryai_emulator_env(weryai_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """Return the emulator, with the clients' environment variables set to its address."""
    monkeypatch.setenv("WERYAI_BASE_URL", weryai_emulator.base_url)
    monkeypatch.setenv("WERYAI_API_KEY", EMULATOR_API_KEY)
    return weryai_emulator

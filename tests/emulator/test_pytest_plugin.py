from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

USERS_TESTS = """
import os
import urllib.request

import pytest

def ask(url):
    with urllib.request.urlopen(url + "/models") as response:
        return response.read()

def test_scripts(weryai_emulator):
    weryai_emulator.reply_json({"mine": 1})
    assert ask(weryai_emulator.base_url) == b'{"mine": 1}'
    weryai_emulator.reply("left over")

def test_fixtures_start_clean(weryai_emulator, weryai_emulator_server):
    assert weryai_emulator is weryai_emulator_server
    assert weryai_emulator.requests == []
    assert weryai_emulator.pending_replies == 0

@pytest.mark.parametrize("test", [1, 2])
def test_no_limit_is_left_over(weryai_emulator, test):
    from weryai_core import Client, RateLimitError
    assert weryai_emulator.max_concurrency is None
    weryai_emulator.max_concurrency = 1
    weryai_emulator.fail("rate_limit", retry_after=60)
    request = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
    url = weryai_emulator.base_url
    with Client(api_key="any", base_url=url, max_retries=0, total_timeout=10) as client:
        with pytest.raises(RateLimitError):
            client.chat(request)

def test_environment(weryai_emulator_env):
    assert os.environ["WERYAI_BASE_URL"] == weryai_emulator_env.base_url
    assert os.environ["WERYAI_API_KEY"]

def test_environment_is_restored():
    assert "WERYAI_BASE_URL" not in os.environ
"""


@pytest.mark.slow
def test_the_fixtures_work_in_the_tests_of_a_user(tmp_path):
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["weryai_emulator.pytest_plugin"]\n')
    (tmp_path / "test_mine.py").write_text(USERS_TESTS)
    result = run_pytest(tmp_path)
    assert result.returncode == 0, result.stdout
    assert "6 passed" in result.stdout


def run_pytest(folder):
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("WERYAI_")},
        "PYTHONPATH": str(ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    options = ["-q", "-W", "error", "-p", "no:cacheprovider"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(folder)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder,
        check=False,
    )


def test_the_plugin_is_documented():
    plugin = pytest.importorskip("weryai_emulator.pytest_plugin")
    for name in ("weryai_emulator_env", "pytest_plugins", "reply_error"):
        assert name in plugin.__doc__

"""The plugin for pytest, in a fresh environment with the wheel, as users have it."""

from __future__ import annotations

import os
import subprocess

import pytest
from fresh_environment import Environment, build_wheel, with_dependencies

pytestmark = pytest.mark.slow

NAMED = 'pytest_plugins = ["weryai_emulator.pytest_plugin"]\n'
BLOCKED = ["-p", "no:weryai_emulator.pytest_plugin"]
INSTALL = 'weryai_emulator needs starlette: pip install "weryai-integrations[emulator]"'

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

LOOKS_AT_MODULES = """
import sys

def test_nothing_else_is_loaded():
    ours = {name for name in sys.modules if name.startswith(("weryai", "llama", "langchain"))}
    assert ours == {"weryai_emulator", "weryai_emulator.pytest_plugin"}
    assert not {"starlette", "uvicorn", "pydantic", "aiohttp"} & sys.modules.keys()
"""

IMPORTS_FIRST = """
import pytest, weryai_core, weryai_emulator.server
raise SystemExit(pytest.main(["-q", "-W", "error"]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build_wheel(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory):
    """The extra `emulator`, pytest and pytest-xdist; nothing else, and no name of the plugin."""
    return make_environment(tmp_path_factory, wheel, "weryai-integrations[emulator]")


@pytest.fixture(scope="module")
def without_extra(wheel, tmp_path_factory):
    return make_environment(tmp_path_factory, wheel, "weryai-integrations")


def make_environment(tmp_path_factory, wheel, ours):
    names = {*with_dependencies(ours, "pytest", "pytest-xdist")} - {"weryai-integrations"}
    environment = Environment(tmp_path_factory.mktemp("environment") / "venv", sorted(names))
    environment.install(wheel)
    return environment


def run(environment, folder, *command):
    known = {
        k: v for k, v in os.environ.items() if not k.startswith(("WERYAI", "PYTEST", "PYTHON"))
    }
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        env={**known, "COLUMNS": "200"},
        cwd=folder,
        check=False,
    )


def run_pytest(environment, folder, *options):
    command = (environment.python, "-m", "pytest", "-q", "-W", "error", *options)
    done = run(environment, folder, *command)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("conftest", "options"),
    [
        ("", []),
        (NAMED, []),
        (NAMED, BLOCKED),
        ("", ["-n", "2"]),
        ("", ["-p", "weryai_emulator.pytest_plugin"]),
        ("from weryai_emulator.pytest_plugin import weryai_emulator\n", []),
    ],
    ids=["found", "named", "blocked", "workers", "option", "imported"],
)
def test_the_fixtures_work_in_the_tests_of_a_user(environment, tmp_path, conftest, options):
    (tmp_path / "conftest.py").write_text(conftest)
    (tmp_path / "test_mine.py").write_text(USERS_TESTS)
    status, output = run_pytest(environment, tmp_path, *options)
    if options == BLOCKED:
        assert "fixture 'weryai_emulator' not found" in output
    else:
        assert status == 0, output
        assert "6 passed" in output


@pytest.mark.parametrize("has_extra", [True, False], ids=["with extra", "without"])
def test_nothing_is_loaded_for_tests_without_the_fixtures(request, tmp_path, has_extra):
    environment = request.getfixturevalue("environment" if has_extra else "without_extra")
    (tmp_path / "test_mine.py").write_text(LOOKS_AT_MODULES)
    status, output = run_pytest(environment, tmp_path)
    assert status == 0, output


def test_a_program_may_import_the_packages_before_it_starts_pytest(environment, tmp_path):
    (tmp_path / "test_mine.py").write_text("def test_it(weryai_emulator):\n    pass\n")
    done = run(environment, tmp_path, environment.python, "-c", IMPORTS_FIRST)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_missing_extra_is_named_where_the_emulator_is_asked_for(without_extra, tmp_path):
    (tmp_path / "test_mine.py").write_text("def test_it(weryai_emulator):\n    pass\n")
    status, output = run_pytest(without_extra, tmp_path)
    assert status == 1
    assert INSTALL in output
    assert "Traceback" not in output
    assert "1 error" in output
    imported = run(
        without_extra, tmp_path, without_extra.python, "-c", "from weryai_emulator import Emulator"
    )
    assert imported.stderr.endswith(f"ModuleNotFoundError: {INSTALL}\n")
    assert "No module named" not in imported.stderr
    commands = (
        [without_extra.scripts / "weryai-emulator"],
        [without_extra.python, "-m", "weryai_emulator"],
    )
    for command in commands:
        done = run(without_extra, tmp_path, *command)
        assert (done.returncode, done.stderr) == (1, f"weryai-emulator: {INSTALL}\n")
        assert "usage: weryai-emulator" in run(without_extra, tmp_path, *command, "--help").stdout

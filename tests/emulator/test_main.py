from __future__ import annotations

import re
import signal
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest

from weryai_emulator import Emulator
from weryai_emulator.__main__ import main

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@contextmanager
def run_command(*options, stop=signal.SIGTERM):
    """Run the command; yields its notice and a client, and checks that the signal ends it."""
    command = [sys.executable, "-m", "weryai_emulator", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            notice = "".join(process.stdout.readline().decode() for _ in range(9))
            url = re.search(r"http://\S+", notice).group()
            with httpx.Client(base_url=url, timeout=60) as client:
                yield notice, client
        finally:
            process.send_signal(stop)
            stdout, stderr = process.communicate()
    assert (process.returncode, stdout, stderr) == (0, b"", b"")


@needs_signals
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_until_a_signal(number):
    keys = ["--api-key", "sk-one", "--api-key", "sk-two"]
    with run_command(*keys, stop=number) as (notice, client):
        denied = client.get("/models")
        allowed = client.get("/models", headers={"Authorization": "Bearer sk-two"})
    assert (denied.status_code, allowed.status_code) == (401, 200)
    assert "No model is behind it" in notice
    assert f"export WERYAI_BASE_URL={str(client.base_url).rstrip('/')}\n" in notice
    assert "export WERYAI_API_KEY=" in notice
    assert "sk-one" not in notice


@needs_signals
@pytest.mark.slow
def test_options_of_the_command_line_reach_the_emulator():
    body = {
        "messages": [{"role": "user", "content": "Hello"}],
        "plugins": [{"id": "web"}],
        "tools": [{"type": "function", "function": {"name": "greet"}}],
        "tool_choice": "required",
    }
    options = ["--source-shape", "gemini", "--ignore-plugins", "--ignore-tools"]
    with run_command(*options, "--error-style", "openai") as (_, client):
        gemini, other = (
            client.post("/chat/completions", json={**body, "model": model}).json()["choices"][0]
            for model in ("GEMINI_25_PRO", "GPT_4O")
        )
        error = client.get("/nowhere").json()
    assert "groundingMetadata" in gemini
    assert "groundingMetadata" not in other
    assert other["message"]["content"] == 'Hello! You said: "Hello"'
    assert error["error"]["code"] == "not_found"


@needs_signals
@pytest.mark.slow
def test_an_empty_variable_is_no_key_for_an_upstream(weryai_emulator, monkeypatch):
    monkeypatch.setenv("UPSTREAM_API_KEY", "")
    with run_command("--upstream", weryai_emulator.base_url) as (_, client):
        assert client.get("/models").status_code == 200


@needs_signals
@pytest.mark.slow
def test_the_command_stands_in_front_of_an_upstream(weryai_emulator, monkeypatch):
    monkeypatch.setenv("UPSTREAM_API_KEY", "sk-upstream")
    weryai_emulator.reply("Hello from afar.")
    body = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
    options = ["--upstream", weryai_emulator.base_url, "--upstream-model", "small"]
    with run_command(*options) as (notice, client):
        answer = client.post("/chat/completions", json=body).json()
    assert answer["choices"][0]["message"]["content"] == "Hello from afar."
    assert f"A real model behind {weryai_emulator.base_url} answers" in notice
    request = weryai_emulator.last_request
    assert request.json["model"] == "small"
    assert request.headers["authorization"] == "Bearer sk-upstream"
    assert "sk-upstream" not in notice


@needs_signals
@pytest.mark.slow
def test_a_scenario_is_queued_and_the_emulator_is_controlled_from_outside(tmp_path):
    scenario = tmp_path / "scenario.json"
    scenario.write_text('[{"fail": "rate_limit"}, {"reply": "Hi"}]')
    body = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
    with run_command("--scenario", str(scenario)) as (_, client):
        answers = [client.post("/chat/completions", json=body) for _ in range(2)]
        requests = client.get(str(client.base_url.copy_with(path="/_emulator/requests"))).json()
    assert [answer.status_code for answer in answers] == [429, 200]
    assert [request["fault"] for request in requests] == ["rate_limit", None]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "scenario.json: It is not JSON"),
        ("[" * 100_000, "scenario.json: It is nested too deeply."),
        ('[{"fail": "lightning"}]', "scenario.json: Step 1 (`fail`): Unknown fault"),
        ('{"fail": {"name": "random_bytes", "size": 10000000000}}', "Pass a whole number from 0"),
        (None, "No such file"),
    ],
)
def test_a_wrong_scenario_is_reported_in_one_line(tmp_path, capsys, text, message):
    scenario = tmp_path / "scenario.json"
    if text is not None:
        scenario.write_text(text)
    assert main(["--port", "0", "--scenario", str(scenario)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("weryai-emulator: ")
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "99999"], "--port is 99999. Pass a whole number from 0 to 65535."),
        (["--retry-after", "nan"], "--retry-after is nan. Pass a number from 0"),
        (["--chunk-delay", "inf"], "--chunk-delay is inf. Pass a number from 0"),
        (["--max-concurrency", "0"], "--max-concurrency is 0. Pass a whole number from 1"),
        (["--upstream", "h"], "--upstream is not the base URL of an API. Pass one such as"),
        (["--upstream-model", "m"], "--upstream-model needs an upstream. Pass --upstream, its"),
        (["--local", ""], "--local is ''. Pass true, false or the path of a GGUF file"),
        (["--local", "--upstream", "http://h"], "--local starts an upstream of its own."),
        (["--cassettes", "nowhere"], "--cassettes is 'nowhere', where no .har file is. Pass"),
        (["--cassette-pace", "-1"], "--cassette-pace is -1.0. Pass a number from 0"),
    ],
)
def test_an_option_out_of_range_is_reported_in_one_line(capsys, arguments, message):
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"weryai-emulator: {message}")
    assert error.count("\n") == 1


def test_a_taken_port_is_reported_in_one_line(capsys):
    with Emulator() as emulator:
        assert main(["--port", str(emulator.port)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("weryai-emulator: ")
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--port", "x"],
        ["--error-style", "html"],
        ["--source-shape", "xml"],
        ["--log-level", "loud"],
        ["--nope"],
    ],
    ids=str,
)
def test_help_and_wrong_arguments_show_the_usage(arguments, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == (0 if arguments == ["--help"] else 2)
    captured = capsys.readouterr()
    assert "usage: weryai-emulator" in captured.out + captured.err

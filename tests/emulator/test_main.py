from __future__ import annotations

import re
import signal
import subprocess
import sys

import httpx
import pytest

from weryai_emulator import Emulator
from weryai_emulator.__main__ import main

COMMAND = [sys.executable, "-m", "weryai_emulator", "--port", "0"]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_the_command_serves_until_it_is_stopped(number):
    command = [*COMMAND, "--api-key", "sk-one", "--api-key", "sk-two"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            notice = [process.stdout.readline().decode() for _ in range(9)]
            url = re.search(r"http://\S+", notice[0]).group()
            denied = httpx.get(url + "/models")
            allowed = httpx.get(url + "/models", headers={"Authorization": "Bearer sk-two"})
        finally:
            process.send_signal(number)
            stdout, stderr = process.communicate()
    assert (denied.status_code, allowed.status_code) == (401, 200)
    assert (process.returncode, stdout, stderr) == (0, b"", b"")
    text = "".join(notice)
    assert "No model is behind it" in text
    assert f"export WERYAI_BASE_URL={url}\n" in text
    assert "export WERYAI_API_KEY=" in text
    assert "sk-one" not in text


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_the_command_line_says_how_the_web_is_searched():
    command = [*COMMAND, "--source-shape", "gemini", "--ignore-plugins"]
    body = {"messages": [{"role": "user", "content": "Weather?"}], "plugins": [{"id": "web"}]}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            url = re.search(r"http://\S+", process.stdout.readline().decode()).group()
            choices = [
                httpx.post(f"{url}/chat/completions", json={"model": model, **body}).json()
                for model in ("GEMINI_25_PRO", "GPT_4O")
            ]
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate()
    assert ["groundingMetadata" in each["choices"][0] for each in choices] == [True, False]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_the_command_line_says_that_tools_are_ignored():
    body = {
        "model": "GPT_4O",
        "messages": [{"role": "user", "content": "Hello"}],
        "tools": [{"type": "function", "function": {"name": "greet"}}],
        "tool_choice": "required",
    }
    command = [*COMMAND, "--ignore-tools"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            url = re.search(r"http://\S+", process.stdout.readline().decode()).group()
            answer = httpx.post(f"{url}/chat/completions", json=body).json()
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate()
    assert answer["choices"][0]["message"]["content"] == 'Hello! You said: "Hello"'


def test_a_taken_port_is_said_plainly(capsys):
    with Emulator() as emulator:
        assert main(["--port", str(emulator.port)]) == 1
    assert capsys.readouterr().err.startswith("weryai-emulator: ")


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
)
def test_wrong_arguments_are_explained(arguments, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == (0 if arguments == ["--help"] else 2)
    captured = capsys.readouterr()
    assert "usage: weryai-emulator" in captured.out + captured.err

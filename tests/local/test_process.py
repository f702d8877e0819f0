"""The model's process: it lives as long as its parent wants, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from weryai_emulator import Emulator
from weryai_emulator.local_model.process import LocalModel
from weryai_emulator.local_model.weights import find_weights

CHILDREN = Path(f"/proc/self/task/{os.getpid()}/children")
pytestmark = pytest.mark.skipif(not CHILDREN.exists(), reason="looks at /proc")

# A parent that says the number of its model's process, and waits to be killed.
PARENT = """
import time
from weryai_emulator.local_model.process import LocalModel
model = LocalModel()
model.start()
print(model.pid, flush=True)
time.sleep(600)
"""


def capital_of_france(base_url, **options):
    question = {"role": "user", "content": "What is the capital of France?"}
    body = {"model": "GPT_4O", "messages": [question], "temperature": 0, "max_tokens": 20}
    response = httpx2.post(f"{base_url}/chat/completions", json=body, timeout=60, **options)
    return response.json()["choices"][0]["message"]["content"]


def ends(pid):
    """Whether a process ends within seconds; one that has ended may still have a number."""
    for _ in range(100):
        try:
            if "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text():
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def test_an_emulator_brings_its_model_and_takes_it_along(capfd):
    before = CHILDREN.read_text()
    emulator = Emulator(local=True)
    for _ in range(2):
        with emulator:
            assert CHILDREN.read_text() != before
            answer = capital_of_france(emulator.base_url)
            assert answer == "The capital of France is Paris."
        assert CHILDREN.read_text() == before
    assert capfd.readouterr() == ("", "")


def test_a_model_may_be_any_file():
    with LocalModel(find_weights().path) as model:
        assert model.name == "SmolLM2-135M-Instruct.Q4_1"
        headers = {"Authorization": f"Bearer {model.api_key}"}
        assert capital_of_france(model.base_url, headers=headers)


def test_the_models_server_answers_nobody_without_its_key(local_model):
    url = f"{local_model.base_url}/chat/completions"
    assert httpx2.post(url, json={"messages": []}).status_code == 401


def test_a_model_stops_in_the_middle_of_an_answer():
    with LocalModel() as model:
        pid = model.pid
        body = {"messages": [{"role": "user", "content": "Go on."}], "ignore_eos": True}
        headers = {"Authorization": f"Bearer {model.api_key}"}
        url = f"{model.base_url}/chat/completions"
        with httpx2.stream(
            "POST", url, json={**body, "stream": True}, headers=headers, timeout=60
        ) as response:
            next(response.iter_lines())
            model.stop()
            assert ends(pid)


def test_a_killed_parent_takes_its_model_along():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        pid = int(parent.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        parent.kill()
    assert ends(pid)


def test_ctrl_c_ends_the_command_and_its_model():
    command = [sys.executable, "-m", "weryai_emulator", "--local", "--port", "0"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            notice = "".join(process.stdout.readline() for _ in range(9))
            answer = capital_of_france(re.search(r"http://\S+", notice).group())
        finally:
            # A terminal sends it to the emulator and to the model's process.
            os.killpg(process.pid, signal.SIGINT)
        stdout, stderr = process.communicate()
    assert answer == "The capital of France is Paris."
    assert "a real model of 135 million parameters on this machine: fluent, not wise" in notice
    assert (process.returncode, stdout) == (0, "")
    assert re.fullmatch(
        r"Loading SmolLM2-135M-Instruct.Q4_1 \(98 MB\)\n"
        r"Loading SmolLM2-135M-Instruct.Q4_1 \(98 MB\): \d+\.\d s\n",
        stderr.replace("\r", "\n"),
    )
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)

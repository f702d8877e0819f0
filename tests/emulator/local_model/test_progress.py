"""What a terminal shows while a model is loaded."""

from __future__ import annotations

import io
import re
import threading

import pytest

from weryai_emulator.local_model import progress
from weryai_emulator.local_model.progress import show_loading
from weryai_emulator.local_model.weights import Weights


class Terminal(io.StringIO):
    """A terminal; `counted` is set when it shows a second."""

    def __init__(self):
        super().__init__()
        self.counted = threading.Event()

    def isatty(self):
        return True

    def write(self, text):
        if text.endswith(" 1 s"):
            self.counted.set()
        return super().write(text)


@pytest.fixture
def weights(tmp_path):
    file = tmp_path / "small.gguf"
    file.write_bytes(b"x" * 1_000_000)
    return Weights(file)


def test_a_file_gets_the_name_and_the_time(weights):
    stream = io.StringIO()
    with show_loading(weights, stream):
        assert stream.getvalue() == "Loading small (1 MB)"
    assert re.fullmatch(
        r"Loading small \(1 MB\)\rLoading small \(1 MB\): 0\.\d s\n", stream.getvalue()
    )


def test_a_terminal_counts_the_seconds(weights, monkeypatch):
    monkeypatch.setattr(progress, "_SECOND", 0.001)
    terminal = Terminal()
    with show_loading(weights, terminal):
        assert terminal.counted.wait(60)
    assert "\rLoading small (1 MB): 1 s" in terminal.getvalue()
    assert terminal.getvalue().endswith(" s\n")


def test_a_failure_leaves_the_line(weights):
    stream = io.StringIO()
    with pytest.raises(RuntimeError), show_loading(weights, stream):
        raise RuntimeError
    assert stream.getvalue() == "Loading small (1 MB)\n"

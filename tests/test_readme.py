"""The README is true: its snippets run, its tables match the code, its demo prints what it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import weryai_core
from weryai_core import known_models

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)

# Snippets that bring an emulator of their own, or show what is refused before anything is sent.
WITHOUT_REQUEST = ("with Emulator()", "except InvalidRequestError")


def fact(value):
    return {True: "yes", False: "no", None: "?"}.get(value, value)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.split("\n")[0])
def test_every_snippet_runs(snippet, weryai_emulator_env, capsys):
    exec(compile(snippet, "README.md", "exec"), {"__name__": "readme"})
    if not any(mark in snippet for mark in WITHOUT_REQUEST):
        assert weryai_emulator_env.requests
    assert capsys.readouterr().out


def test_the_model_table_is_the_catalogue():
    rows = re.findall(r"^\| `([A-Z0-9_]+)` \|(.*)\|$", README, flags=re.MULTILINE)
    table = {key: [cell.strip() for cell in cells.split("|")] for key, cells in rows}
    assert list(table) == list(known_models())
    for key, model in known_models().items():
        facts = [
            model.name,
            f"{model.max_input_tokens:,}",
            f"{model.max_output_tokens:,}",
            fact(model.reasoning),
            fact(model.image_inputs),
            fact(model.pdf_inputs),
            fact(model.audio_inputs),
            fact(model.tool_calling),
            fact(model.structured_output),
            fact(model.temperature),
            fact(model.web_search),
        ]
        assert table[key] == facts


def test_the_error_table_names_every_class():
    errors = {
        name
        for name in weryai_core.__all__
        if isinstance(getattr(weryai_core, name), type)
        and issubclass(getattr(weryai_core, name), weryai_core.WeryAIError)
    }
    named = set(re.findall(r"^\| `(\w+Error)` \|", README, flags=re.MULTILINE))
    assert named == errors - {"WeryAIError"}


def test_the_demo_prints_what_the_readme_shows(monkeypatch):
    monkeypatch.delenv("WERYAI_API_KEY", raising=False)
    demo = subprocess.run(
        [sys.executable, "examples/demo.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    shown = re.search(r"<!-- demo -->\n\n```text\n(.*?)```", README, flags=re.DOTALL)
    assert shown is not None
    assert demo.stdout == shown.group(1)


def test_the_web_search_example_prints_its_sources(monkeypatch):
    monkeypatch.delenv("WERYAI_API_KEY", raising=False)
    example = subprocess.run(
        [sys.executable, "examples/web_search.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "this week.[1][2]\n\n[1] News from space - https://example.com/space" in example.stdout
    assert "   News from space: https://example.com/space" in example.stdout
    assert 'https://example.net/astronomy: "The telescope sent new pictures' in example.stdout

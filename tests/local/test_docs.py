"""What the pages show of the local model is what it does."""

from __future__ import annotations

import re
import runpy
import sys

import pytest
from doc_snippets import EXAMPLES, PYTHON, ROOT


def rows(snippets):
    return [pytest.param(one, id=one.place) for one in snippets if one.starts_model]


@pytest.mark.parametrize("snippet", rows(PYTHON))
def test_every_snippet_runs_and_prints_what_the_page_shows(snippet, capsys):
    exec(compile(snippet.code, snippet.place, "exec"), {"__name__": "page"})
    assert capsys.readouterr().out == snippet.output


@pytest.mark.parametrize("snippet", rows(EXAMPLES))
def test_every_example_prints_what_the_page_shows(snippet, monkeypatch, capsys):
    """All but the words of the model, which may be others on another processor."""
    monkeypatch.syspath_prepend(ROOT / "examples")
    monkeypatch.setattr(sys, "argv", [snippet.example])
    runpy.run_path(str(ROOT / snippet.example), run_name="__main__")
    printed, shown = capsys.readouterr().out.splitlines(), snippet.output.splitlines()

    assert fixed_lines(printed) == fixed_lines(shown)
    assert len(printed) >= len(fixed_lines(printed)) + 3


def fixed_lines(lines):
    """The introduction, the titles, the questions and how many passages were found."""
    return lines[:2] + [line for line in lines if re.match(r"\d\. |   > |   \(from ", line)]

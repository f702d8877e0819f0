"""Our classes are right in every row of the comparison, and the pages show what it measures."""

import re
import sys
import threading
from pathlib import Path

import pytest
from peer_rows import langchain_classes, langchain_rows, llama_index_classes, llama_index_rows
from peer_rows.trial import Row, RowError, table, verdict

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMPARISON = (ROOT / "docs" / "comparison.md").read_text(encoding="utf-8")
COMPARISONS = {
    "langchain": (langchain_classes, langchain_rows.ROWS),
    "llama-index": (llama_index_classes, llama_index_rows.ROWS),
}
CASES = [
    pytest.param(framework.OURS, row, id=f"{name}: {row.title}")
    for name, (framework, rows) in COMPARISONS.items()
    for row in rows
]


def table_of(page, name):
    """Returns the table below a comment `<!-- NAME peers -->`: its head and its lines by title."""
    shown = re.search(rf"<!-- {name} peers -->\n\n((?:\|.*\n)+)", page)
    assert shown is not None
    head, _, *lines = (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in shown.group(1).splitlines()
    )
    assert all(len(line) == len(head) and all(line) for line in lines)
    return head, {line[0]: dict(zip(head[1:], line[1:], strict=True)) for line in lines}


@pytest.mark.parametrize(("ours", "row"), CASES)
def test_our_class_is_right(ours, row, weryai_emulator):
    assert verdict(row, ours, weryai_emulator) == row.good


@pytest.mark.parametrize("name", COMPARISONS)
def test_the_page_has_these_rows_and_our_verdicts(name):
    framework, rows = COMPARISONS[name]
    _, lines = table_of(COMPARISON, name)
    ours = f"`{framework.OURS.name}`"
    shown = [(title, verdicts[ours]) for title, verdicts in lines.items()]
    assert shown == [(row.title, row.good) for row in rows]


def test_the_readme_repeats_verdicts_of_the_page():
    _, langchain = table_of(COMPARISON, "langchain")
    _, llama_index = table_of(COMPARISON, "llama-index")
    _, lines = table_of(README, "readme")
    assert len(lines) == 10
    for title, verdicts in lines.items():
        assert verdicts == {
            "`ChatOpenAI`": langchain[title]["`ChatOpenAI`"],
            "`OpenAILike`": llama_index[title]["`OpenAILike`"],
            "this package": langchain[title]["`ChatWeryAI`"],
        }
        assert langchain[title]["`ChatWeryAI`"] == llama_index[title]["`WeryAI`"]


@pytest.mark.parametrize("name", COMPARISONS)
def test_titles_of_rows_are_unique(name):
    titles = [row.title for row in COMPARISONS[name][1]]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    ("framework", "module"),
    [
        (langchain_classes, "langchain_openai"),
        (llama_index_classes, "llama_index.llms.openai_like"),
    ],
)
def test_classes_that_are_not_installed_are_left_out(framework, module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    missing = []
    subjects = framework.subjects(missing.append)
    assert subjects[0] is framework.OURS
    assert any(module in reason for reason in missing)


def test_an_error_of_a_class_is_a_verdict(weryai_emulator):
    row = Row("a model without a name", "", lambda trial: trial.attempt(int, "x").failure())
    assert verdict(row, langchain_classes.OURS, weryai_emulator) == "`ValueError`"


def test_an_error_of_a_row_is_not_a_verdict(weryai_emulator):
    row = Row("a row with a mistake", "", lambda trial: str(1 / 0))
    with pytest.raises(RowError, match="'a row with a mistake' failed for ChatWeryAI"):
        verdict(row, langchain_classes.OURS, weryai_emulator)


def test_a_missing_package_is_not_a_verdict(weryai_emulator):
    row = Row("a package", "", lambda trial: trial.attempt(__import__, "no_such").failure())
    with pytest.raises(RowError):
        verdict(row, langchain_classes.OURS, weryai_emulator)


def test_a_row_without_an_end_is_a_verdict(weryai_emulator):
    released = threading.Event()
    row = Row("waiting", "", lambda trial: str(released.wait()))
    said = verdict(row, langchain_classes.OURS, weryai_emulator, limit=0)
    assert said == "no end within 0 s"
    released.set()


def test_a_table_has_a_line_per_row_and_a_column_per_class():
    rows = [Row("speed", "", lambda trial: trial.subject.name.lower())]
    subjects = [langchain_classes.OURS, llama_index_classes.OURS]
    assert table(rows, subjects).splitlines() == [
        "| | `ChatWeryAI` | `WeryAI` |",
        "| --- | --- | --- |",
        "| speed | chatweryai | weryai |",
    ]

"""Our classes do right in every row of the comparison, and the README shows what it measures."""

import re
import sys
import threading
from pathlib import Path

import pytest
from peer_rows import _langchain, _langchain_rows, _llama_index, _llama_index_rows
from peer_rows._trial import Row, RowError, table, verdict

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
COMPARISONS = {
    "langchain": (_langchain, _langchain_rows.ROWS),
    "llama-index": (_llama_index, _llama_index_rows.ROWS),
}
CASES = [
    pytest.param(framework.OURS, row, id=f"{name}: {row.title}")
    for name, (framework, rows) in COMPARISONS.items()
    for row in rows
]


@pytest.mark.parametrize(("ours", "row"), CASES)
def test_our_class_does_right(ours, row):
    assert verdict(row, ours) == row.good


@pytest.mark.parametrize("name", COMPARISONS)
def test_the_readme_has_these_rows_and_our_verdicts(name):
    framework, rows = COMPARISONS[name]
    shown = re.search(rf"<!-- {name} peers -->\n\n((?:\|.*\n)+)", README)
    assert shown is not None
    head, _, *lines = (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in shown.group(1).splitlines()
    )
    assert head[1] == f"`{framework.OURS.name}`"
    assert [line[:2] for line in lines] == [[row.title, row.good] for row in rows]
    assert all(len(line) == len(head) and all(line) for line in lines)


@pytest.mark.parametrize("name", COMPARISONS)
def test_titles_tell_rows_apart(name):
    titles = [row.title for row in COMPARISONS[name][1]]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    ("framework", "module"),
    [(_langchain, "langchain_openai"), (_llama_index, "llama_index.llms.openai_like")],
)
def test_classes_that_are_not_installed_are_left_out(framework, module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    missing = []
    subjects = framework.subjects(missing.append)
    assert subjects[0] is framework.OURS
    assert any(module in reason for reason in missing)


def test_an_error_of_a_class_is_a_verdict():
    row = Row("a model without a name", "", lambda trial: trial.attempt(int, "x").failure())
    assert verdict(row, _langchain.OURS) == "`ValueError`"


def test_an_error_of_a_row_is_none():
    row = Row("a row with a mistake", "", lambda trial: str(1 / 0))
    with pytest.raises(RowError, match="'a row with a mistake' failed for ChatWeryAI"):
        verdict(row, _langchain.OURS)


def test_a_missing_package_is_none():
    row = Row("a package", "", lambda trial: trial.attempt(__import__, "no_such").failure())
    with pytest.raises(RowError):
        verdict(row, _langchain.OURS)


def test_what_never_ends_is_a_verdict():
    released = threading.Event()
    row = Row("waiting", "", lambda trial: str(released.wait()))
    assert verdict(row, _langchain.OURS, limit=0) == "no end within 0 s"
    released.set()


def test_a_table_has_a_line_a_row_and_a_column_a_class(capsys):
    rows = [Row("speed", "", lambda trial: trial.subject.name.lower())]
    subjects = [_langchain.OURS, _llama_index.OURS]
    assert table(rows, subjects).splitlines() == [
        "| | `ChatWeryAI` | `WeryAI` |",
        "| --- | --- | --- |",
        "| speed | chatweryai | weryai |",
    ]

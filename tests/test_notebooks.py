"""The notebooks run from top to bottom, with and without a key, and print what is committed."""

import getpass
import re
from pathlib import Path

import nbformat
import pytest
from measured_notebooks import without_installing
from nbclient import NotebookClient
from nbformat import NotebookNode

from weryai_emulator import Emulator

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
# The others measure something, and have tests of their own.
REPEATABLE = [
    FOLDER / f"{name}.ipynb"
    for name in ("01_quickstart", "02_langchain_agents", "03_llama_index_rag")
]
MACHINE_PATH = re.compile(r"(?<![\w.:/])/(home|root|Users|tmp|var|opt|usr|work|private)/")
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def setup_cell(notebook: NotebookNode) -> NotebookNode:
    """Return the cell that asks for the key."""
    [cell] = [cell for cell in code_cells(notebook) if "getpass.getpass(" in cell.source]
    return cell


def outputs(cell: NotebookNode) -> list[dict[str, str]]:
    """Return what a cell shows, by kind, without stderr.

    Printed text may come in several pieces. Of an image only its presence counts: other versions
    and fonts draw other pixels.
    """
    shown: list[dict[str, str]] = []
    for output in cell.outputs:
        if output.output_type != "stream":
            shown.append({k: "" if k.startswith("image/") else v for k, v in output.data.items()})
        elif output.name == "stdout" and shown and "text" in shown[-1]:
            shown[-1]["text"] += output.text
        elif output.name == "stdout":
            shown.append({"text": output.text})
    return shown


def execute(path: Path) -> NotebookNode:
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(FOLDER)}}
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources)
    client.execute(env=without_installing())
    return notebook


@pytest.mark.slow
@pytest.mark.parametrize("path", REPEATABLE, ids=lambda path: path.stem)
def test_a_notebook_prints_what_is_committed(path):
    committed, executed = nbformat.read(path, as_version=4), execute(path)
    for before, after in zip(code_cells(committed), code_cells(executed), strict=True):
        assert outputs(after) == outputs(before), before.source


@pytest.mark.slow
@pytest.mark.parametrize("path", REPEATABLE, ids=lambda path: path.stem)
def test_the_same_cells_run_with_a_key(path, monkeypatch):
    with Emulator(api_keys=["a-key"]) as service:
        monkeypatch.setenv("WERYAI_API_KEY", "a-key")
        monkeypatch.setenv("WERYAI_BASE_URL", service.base_url)
        executed = execute(path)
        assert service.requests
    committed = nbformat.read(path, as_version=4)
    shown = "".join(output["text"] for output in outputs(setup_cell(executed)))
    assert shown == "With your key, WeryAI answers. Calls cost credits.\n"
    for before, after in zip(code_cells(committed), code_cells(executed), strict=True):
        if after is not setup_cell(executed):
            assert outputs(after) == outputs(before), before.source


@pytest.mark.parametrize("typed", ["", "a-key"], ids=["enter", "key"])
@pytest.mark.parametrize("path", REPEATABLE, ids=lambda path: path.stem)
def test_the_key_is_asked_for(path, typed, monkeypatch, capsys):
    prompts = []
    monkeypatch.setattr(getpass, "getpass", lambda prompt: prompts.append(prompt) or typed)
    environment: dict[str, str] = {}
    monkeypatch.setattr("os.environ", environment)
    source = setup_cell(nbformat.read(path, as_version=4)).source
    names: dict[str, object] = {}
    try:
        exec(source, names)
        exec(source, names)  # a second run of the cell asks nothing and says the same
    finally:
        if "emulator" in names:
            names["emulator"].stop()
    assert prompts == ["WeryAI API key (Enter if you have none): "]
    assert environment["WERYAI_API_KEY"] == (typed or "emulator")
    assert ("WERYAI_BASE_URL" in environment) == (not typed)
    first = "With your key" if typed else "No key"
    assert capsys.readouterr().out.count(first) == 2


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_with_clean_outputs(path):
    assert not MACHINE_PATH.search(path.read_text(encoding="utf-8"))
    cells = code_cells(nbformat.read(path, as_version=4))
    assert [cell.execution_count for cell in cells] == [*range(1, len(cells) + 1)]
    committed = [output for cell in cells for output in cell.outputs]
    assert committed
    assert not [output for output in committed if output.get("name") == "stderr"]
    assert not [output for output in committed if output.output_type == "error"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_links_of_a_notebook_lead_somewhere(path):
    cells = nbformat.read(path, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    for target, anchor in LINK.findall(text):
        assert (path.parent / target).exists(), target
        assert target or anchor in anchors, anchor

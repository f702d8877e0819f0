"""The notebooks whose outputs are measured: times and answers differ from run to run.

Each output must be of the committed kind. What it says must be the same, except for numbers that
were measured: tables are compared by their titles, and charts not at all.
"""

import os
import re
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
EXPERIMENTS = NOTEBOOKS / "04_experiments.ipynb"
SCALING_OUT = NOTEBOOKS / "05_scaling_out.ipynb"
MEASURED = (EXPERIMENTS, SCALING_OUT)

_MEASURED_LINE = re.compile(r"^.*(%\||done before).*\n", re.MULTILINE)
_TITLE = re.compile(r"<th[^>]*>(.*?)</th>")


def without_installing():
    """Return the environment for a kernel, in which `%pip install` changes nothing.

    A first cell installs what is missing. In a test that would replace the package that is tested.
    """
    return {**os.environ, "PIP_DRY_RUN": "1"}


def run(path, check=""):
    """Return the notebook as it was committed, and as it ran; `check` runs at its end."""
    committed = nbformat.read(path, as_version=4)
    executed = nbformat.read(path, as_version=4)
    if check:
        executed.cells.insert(-1, nbformat.v4.new_code_cell(check))
    where = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(
        executed, timeout=200, kernel_name="python3", coalesce_streams=True, resources=where
    )
    client.execute(env=without_installing())
    if check:
        del executed.cells[-2]
    return committed, executed


def shown(notebook):
    """Return what each code cell shows, without what was measured."""
    return [
        [_shown(output) for output in cell.outputs]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def printed(notebook):
    """Return all that the cells print."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    return "".join(output.get("text", "") for output in outputs)


def _shown(output):
    if output.output_type == "stream":
        return output.name, _MEASURED_LINE.sub("", output.text)
    kinds = sorted(output.data)
    return output.output_type, kinds, _TITLE.findall(output.data.get("text/html", ""))


def check_with_a_key(path, service, monkeypatch, models, count):
    """Run a notebook with a key of a service that another emulator plays."""
    monkeypatch.setenv("WERYAI_API_KEY", "sk-of-a-user")
    monkeypatch.setenv("WERYAI_BASE_URL", service.base_url)
    _, executed = run(path)
    chats = [one for one in service.requests if one.method == "POST"]
    assert "With your key, WeryAI answers. Calls cost credits." in printed(executed)
    assert re.search("prices .*for a million tokens", printed(executed))
    assert {one.json["model"] for one in chats} == models
    assert len(chats) == count
    assert {one.headers["authorization"] for one in chats} == {"Bearer sk-of-a-user"}

"""The notebooks with measured numbers, with and without a key; another emulator plays WeryAI."""

import nbformat
import pytest
from measured_notebooks import MEASURED, SCALING_OUT, check_with_a_key, run, shown

# Runs in the notebook, where its names are known.
FACTS = """
assert [answer.text for answer in answers] == [f'You said: "{prompt}"' for prompt in prompts]
assert sorted(done) == list(range(len(prompts)))
assert (sweep["requests a call"] >= 1).all()
assert len(times) == 80
assert retries["failed"][0] == PROBABILITY and (retries["failed"] <= PROBABILITY).all()
assert 0 < kept < ROWS == complete and 0 <= twice <= AT_ONCE
"""


@pytest.mark.slow
def test_scaling_out_shows_what_is_committed():
    committed, executed = run(SCALING_OUT, FACTS)

    assert shown(executed) == shown(committed)


@pytest.mark.slow
def test_the_same_cells_of_scaling_out_run_with_a_key(weryai_emulator, monkeypatch):
    check_with_a_key(SCALING_OUT, weryai_emulator, monkeypatch, {"GEMINI_25_FLASH"}, 101)


@pytest.mark.parametrize("path", MEASURED, ids=lambda path: path.stem)
def test_the_committed_outputs_have_neither_errors_nor_warnings(path):
    cells = nbformat.read(path, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]

    assert {output.output_type for output in outputs} == {
        "stream",
        "display_data",
        "execute_result",
    }
    assert {output.get("name", "stdout") for output in outputs} == {"stdout"}

"""The notebooks with measured numbers, with and without a key; another emulator plays WeryAI."""

import re

import nbformat
import pytest
from measured_notebooks import EXPERIMENTS, MEASURED, SCALING_OUT, printed, run, shown

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
@pytest.mark.parametrize(
    ("path", "models", "requests"),
    [
        pytest.param(
            EXPERIMENTS, {"GEMINI_25_FLASH", "GLM_4_7_FLASH", "SEED_2_0_MINI"}, 63, id="experiments"
        ),
        pytest.param(SCALING_OUT, {"GEMINI_25_FLASH"}, 101, id="scaling out"),
    ],
)
def test_the_same_cells_run_with_a_key(path, models, requests, weryai_emulator, monkeypatch):
    monkeypatch.setenv("WERYAI_API_KEY", "sk-of-a-user")
    monkeypatch.setenv("WERYAI_BASE_URL", weryai_emulator.base_url)
    _, executed = run(path)
    chats = [one for one in weryai_emulator.requests if one.method == "POST"]

    assert "With your key, WeryAI answers. Calls cost credits." in printed(executed)
    assert re.search("prices .*for a million tokens", printed(executed))
    assert {one.json["model"] for one in chats} == models
    assert len(chats) == requests
    assert {one.headers["authorization"] for one in chats} == {"Bearer sk-of-a-user"}


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

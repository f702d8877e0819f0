"""The notebook that measures the local model."""

from __future__ import annotations

from measured_notebooks import EXPERIMENTS, check_with_a_key, run, shown

# Runs in the notebook, where its names are known.
FACTS = """
assert len(results) == len(questions) * len(candidates) == 24
assert (results["first_token"] <= results["seconds"]).all()
assert set(results["finish_reason"]) <= {"stop", "length"}
limits = results["candidate"].map(lambda name: candidates[name]["max_tokens"]).astype(int)
assert (results["answer_tokens"] <= limits).all()
assert results["cost"].isna().all()
assert agreement["agreement"].between(1 / SAMPLES, 1).all()
assert trips["schema"].notna().all()
"""


def test_the_experiments_show_what_is_committed():
    """All but the times and the words of the model."""
    committed, executed = run(EXPERIMENTS, FACTS)

    assert shown(executed) == shown(committed)


def test_the_same_cells_run_with_a_key(weryai_emulator, monkeypatch):
    """Here, because its first cell installs the local model where that is missing."""
    models = {"GEMINI_25_FLASH", "GLM_4_7_FLASH", "SEED_2_0_MINI"}
    check_with_a_key(EXPERIMENTS, weryai_emulator, monkeypatch, models, 63)

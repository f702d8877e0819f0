"""The notebook that measures the local model."""

from __future__ import annotations

from measured_notebooks import EXPERIMENTS, run, shown

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

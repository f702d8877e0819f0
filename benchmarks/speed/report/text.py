"""Tables for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from speed.report.goals import TITLES, results


def goal_table(reports: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the ratios with their goals."""
    lines = [f"{'':62}{'CPU':>8}{'wall':>8}   goal"]
    for result in results(reports):
        goal = result.goal
        cells = "".join(
            f"{result.ratios[clock]:8.2f}" if clock in result.ratios else f"{'-':>8}"
            for clock in ("cpu", "wall")
        )
        if "count" in result.ratios:
            cells = f"{result.ratios['count']:8.0f}{'-':>8}"
        bound = f"{'>=' if goal.is_least else '<='} {goal.bound:g}"
        verdict = "reached" if result.is_reached else "missed"
        lines.append(f"{TITLES[goal.framework] + ' ' + goal.title:62}{cells}   {bound:8}{verdict}")
    return "\n".join(lines)

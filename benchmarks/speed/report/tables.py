"""The figures as tables, of which a terminal and a page show the same cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from speed.report.goals import TITLES, Result, results

Reports = Mapping[str, Mapping[str, Any]]
"""The report of each framework."""


class Table(NamedTuple):
    """Cells under a header."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


_CALLS = ("call", "async call", "first token", "first token, async", "200 KB history", "5 MB image")
_CHUNKS = (
    "stream",
    "astream",
    "stream, each",
    "astream, each",
    "stream, one by one",
    "astream, one by one",
)
_LONG = ("stream 10,000", "astream 10,000", "stream 10,000, each", "astream 10,000, each")
_OTHERS = (
    "tool arguments",
    "tool arguments, async",
    "reasoning",
    "reasoning, async",
    "v2 events",
    "v3 events",
)
_COSTS = {
    "A call: microseconds, CPU / wall": _CALLS,
    "A chunk of a stream of 1,000: microseconds, CPU / wall": _CHUNKS,
    "A chunk of a stream of 10,000: microseconds, CPU / wall": _LONG,
    "Other chunks: microseconds, CPU / wall": _OTHERS,
}


def goal_table(reports: Reports) -> Table:
    """Return the ratios with their goals."""
    rows = [_goal_row(result) for result in results(reports)]
    return Table("Goals", ("measure", "CPU", "wall", "goal", ""), rows)


def _goal_row(result: Result) -> list[str]:
    goal, ratios = result.goal, result.ratios
    cells = [f"{ratios[clock]:.2f}" if clock in ratios else "-" for clock in ("cpu", "wall")]
    if "count" in ratios:
        cells[0] = f"{ratios['count']:.2f}".removesuffix(".00")
    bound = f"{'≥' if goal.is_least else '≤'} {goal.bound:g}"
    title = f"{TITLES[goal.framework]} {goal.title}"
    return [title, *cells, bound, "reached" if result.is_reached else "missed"]


def cost_tables(report: Mapping[str, Any]) -> Iterator[Table]:
    """Yield the tables of one framework."""
    for title, columns in _COSTS.items():
        if taken := [column for column in columns if report["costs"].get(column)]:
            yield _by_row(title, taken, report["costs"], _cost)
    if report["rates"]:
        title = "Calls in flight, each answered after 50 ms: answers/s (unfinished)"
        yield _by_row(title, list(report["rates"]), report["rates"], _rate)
    for title, key in (
        ("A model object, in a fresh process", "objects"),
        ("200 streams at once, in a fresh process", "200 streams"),
        ("Import, in a fresh process", "imports"),
    ):
        if found := report.get(key):
            columns = tuple(next(iter(found.values())))
            rows = [
                [name, *(_short(of_it[column]) for column in columns)]
                for name, of_it in found.items()
            ]
            yield Table(title, ("", *columns), rows)


def _by_row(title: str, columns: Sequence[str], figures: Mapping[str, Any], show: Any) -> Table:
    names = dict.fromkeys(name for column in columns for name in figures[column])
    rows = [
        [
            name,
            *(
                show(figures[column][name]) if name in figures[column] else "-"
                for column in columns
            ),
        ]
        for name in names
    ]
    return Table(title, ("", *columns), rows)


def _cost(figures: Mapping[str, float]) -> str:
    wall = _short(figures["wall"])
    return f"{_short(figures['cpu'])} / {wall}" if "cpu" in figures else wall


def _rate(figures: Mapping[str, float]) -> str:
    unfinished = f" ({figures['unfinished']:.0f})" if figures["unfinished"] else ""
    return f"{figures['rate']:,.0f}{unfinished}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def remarks(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was not measured, and why."""
    for name, reason in report["left out"].items():
        yield f"{name} is left out: {reason}."
    for name, failed in report["failed"].items():
        for measure, reason in failed.items():
            yield f"{name} is not timed on {measure}: {reason}."
    for name, kinds in report["without usage"].items():
        yield f"{name} gives no token counts ({', '.join(kinds)}), and is timed all the same."


def as_text(table: Table) -> str:
    """Return a table for a terminal."""
    lines = [table.header, *table.rows]
    widths = [max(len(line[n]) for line in lines) for n in range(len(table.header))]
    shown = [
        line[0].ljust(widths[0])
        + "".join(cell.rjust(width + 2) for cell, width in zip(line[1:], widths[1:], strict=True))
        for line in lines
    ]
    return "\n".join([f"\n{table.title}", *shown])


def as_markdown(table: Table) -> str:
    """Return a table for a page."""
    lines = [table.header, ["---", *["--:"] * (len(table.header) - 1)], *table.rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)

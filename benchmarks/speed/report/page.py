"""Write the generated part of docs/performance.md, and the chart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from speed.report.chart import chart
from speed.report.goals import TITLES
from speed.report.tables import Reports, as_markdown, cost_tables, goal_table, remarks

DOCS = Path(__file__).resolve().parents[3] / "docs"
BEGIN, END = "<!-- measured by `make bench` -->", "<!-- end of what `make bench` measured -->"


def publish(reports: Reports) -> None:
    """Replace what is between the two comments of the page, and the chart.

    Raises:
        ValueError: The page lacks one of the comments.
    """
    page = DOCS / "performance.md"
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{page} lacks {BEGIN} or {END}.")
    page.write_text(f"{before}{begin}\n\n{measured(reports)}\n\n{end}{after}", "utf-8")
    (DOCS / "performance.svg").write_text(chart(reports), "utf-8")


def measured(reports: Reports) -> str:
    """Return the generated part of the page."""
    return "\n\n".join(_blocks(reports))


def _blocks(reports: Reports) -> Iterator[str]:
    first = next(iter(reports.values()))
    ceiling = first["ceiling"]
    yield (
        f"Measured on {first['date']}: {first['machine']}. The server by itself answered "
        f"{ceiling['requests/s']:,.0f} requests/s and wrote {ceiling['chunks/s']:,.0f} chunks/s."
    )
    yield "![Costs of a chunk and of a call, and answers per second](performance.svg)"
    yield "## Goals"
    yield as_markdown(goal_table(reports))
    for framework, report in reports.items():
        yield f"## {TITLES[framework]}"
        yield ", ".join(f"{name} {number}" for name, number in report["versions"].items()) + "."
        for table in cost_tables(report):
            yield f"**{table.title}**"
            yield as_markdown(table)
        if notes := [f"- {remark}" for remark in remarks(report)]:
            yield "\n".join(notes)
